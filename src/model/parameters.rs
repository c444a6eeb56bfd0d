//! The parameter store: named fields packed into one variable per op, all of them along
//! one flat line, in an order that depends on the spec alone. Files hold the named
//! fields (`blocks.0.attention.qkv.weight`, `[out, in]` as PyTorch's), not the packing.

use super::error::ModelError;
use super::initial::{Initial, fill};
use crate::random::{Key, Purpose};
use candle_core::{CpuStorage, Device, InplaceOp1, Layout, Storage, Tensor, Var};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::cell::RefCell;
use std::ops::Range;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Release};

/// One named tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// As in files.
    pub name: String,
    /// As in files.
    pub shape: Vec<usize>,
    /// Where it lies along the flat line.
    pub range: Range<usize>,
    /// How it starts.
    pub(super) initial: Initial,
}

impl Field {
    /// Whether weight decay pulls on it: matrices and embeddings, not biases and layer norms.
    pub fn decays(&self) -> bool {
        self.shape.len() >= 2
    }
}

/// A variable: the packed parameters of one op.
pub(super) struct Segment {
    var: Var,
    range: Range<usize>,
    fields: Range<usize>,
}

/// All parameters of a model.
pub struct Parameters {
    fields: Vec<Field>,
    segments: Vec<Segment>,
    device: Device,
    /// How often they were changed.
    changes: AtomicU64,
}

/// Lays out the fields of one variable after another.
pub(super) struct Layouter {
    fields: Vec<Field>,
    segments: Vec<(Range<usize>, Vec<usize>)>,
    end: usize,
}

impl Layouter {
    pub fn new() -> Self {
        Self { fields: Vec::new(), segments: Vec::new(), end: 0 }
    }

    /// A variable with these fields; the variable is flat, or has its field's shape if it is
    /// `whole`, the only one. Returns its index.
    pub fn segment(
        &mut self,
        prefix: &str,
        fields: &[(&str, Vec<usize>)],
        initial: impl Fn(&str, &[usize]) -> Initial,
        whole: bool,
    ) -> usize {
        let first = self.fields.len();
        for (name, shape) in fields {
            let len: usize = shape.iter().product();
            self.fields.push(Field {
                name: format!("{prefix}{name}"),
                shape: shape.clone(),
                range: self.end..self.end + len,
                initial: initial(name, shape),
            });
            self.end += len;
        }
        let start = self.fields.get(first).map_or(self.end, |f| f.range.start);
        let shape = match fields {
            [(_, shape)] if whole => shape.clone(),
            _ => vec![self.end - start],
        };
        self.segments.push((first..self.fields.len(), shape));
        self.segments.len() - 1
    }

    /// Number of parameters.
    pub fn len(&self) -> usize {
        self.end
    }

    /// First values from the seed, on `device`.
    pub fn build(self, seed: u64, device: &Device) -> Result<Parameters, ModelError> {
        let key = Key::new(seed, Purpose::Initialise);
        let mut segments = Vec::new();
        for (fields, shape) in self.segments {
            let mut values = Vec::new();
            for (i, field) in self.fields[fields.clone()].iter().enumerate() {
                fill(field.initial, key.with((fields.start + i) as u64), field.range.len(), &mut values);
            }
            let start = self.fields[fields.start].range.start;
            let range = start..start + values.len();
            let var = Var::from_tensor(&Tensor::from_vec(values, shape, device)?)?;
            segments.push(Segment { var, range, fields });
        }
        Ok(Parameters { fields: self.fields, segments, device: device.clone(), changes: AtomicU64::new(0) })
    }
}

impl Parameters {
    /// All fields, in flat order.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Number of parameters.
    pub fn len(&self) -> usize {
        self.segments.last().map_or(0, |s| s.range.end)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The device that holds them.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The variables, in order.
    pub fn vars(&self) -> impl Iterator<Item = &Var> {
        self.segments.iter().map(|s| &s.var)
    }

    /// The variable for a pass that records gradients.
    pub(super) fn tracked(&self, segment: usize) -> &Tensor {
        self.segments[segment].var.as_tensor()
    }

    /// The same numbers without gradients.
    pub(super) fn detached(&self, segment: usize) -> Tensor {
        self.segments[segment].var.as_detached_tensor()
    }

    /// Where a variable lies along the flat line.
    pub fn range(&self, segment: usize) -> Range<usize> {
        self.segments[segment].range.clone()
    }

    /// Shows the numbers of one variable, where they lie. On the CPU only.
    ///
    /// # Errors
    /// If the variable does not lie in the CPU's memory.
    pub(super) fn with_numbers<R>(
        &self,
        segment: usize,
        look: impl FnOnce(&[f32]) -> R,
    ) -> Result<R, ModelError> {
        let (storage, layout) = self.segments[segment].var.storage_and_layout();
        if let Storage::Cpu(CpuStorage::F32(data)) = &*storage
            && let Some(data) = layout.contiguous_offsets().and_then(|(start, end)| data.get(start..end))
        {
            return Ok(look(data));
        }
        Err(candle_core::Error::Msg("parameters are f32 in the CPU's memory".to_owned()).into())
    }

    /// How often numbers were changed: what was derived from them at another count is stale.
    pub fn changes(&self) -> u64 {
        self.changes.load(Acquire)
    }

    /// All numbers along the flat line, `f32`.
    ///
    /// # Errors
    /// If the device fails.
    pub fn to_flat(&self) -> Result<Vec<f32>, ModelError> {
        let mut flat = Vec::with_capacity(self.len());
        for segment in &self.segments {
            flat.extend(segment.var.flatten_all()?.to_vec1::<f32>()?);
        }
        Ok(flat)
    }

    /// Replaces all numbers.
    ///
    /// # Errors
    /// If there are not as many as parameters, or the device fails.
    pub fn set_flat(&self, flat: &[f32]) -> Result<(), ModelError> {
        if flat.len() != self.len() {
            let problem = format!("{} numbers for {} parameters", flat.len(), self.len());
            return Err(ModelError::OtherModel { problem });
        }
        let set = self.segments.iter().try_for_each(|segment| {
            let values = &flat[segment.range.clone()];
            segment.var.set(&Tensor::from_slice(values, segment.var.shape(), &self.device)?)
        });
        self.changes.fetch_add(1, Release);
        Ok(set?)
    }

    /// Number of variables.
    pub fn segments(&self) -> usize {
        self.segments.len()
    }

    /// Changes one variable in place: `change(flat range, fields, numbers)`. On the CPU only.
    ///
    /// # Errors
    /// If the variable does not lie in the CPU's memory.
    pub fn update(
        &self,
        segment: usize,
        change: impl FnMut(Range<usize>, &[Field], &mut [f32]),
    ) -> Result<(), ModelError> {
        let segment = &self.segments[segment];
        let op =
            Update { change: RefCell::new(change), segment, fields: &self.fields[segment.fields.clone()] };
        let changed = segment.var.inplace_op1(&op);
        self.changes.fetch_add(1, Release);
        Ok(changed?)
    }

    /// The weights as a safetensors file; equal weights give equal bytes.
    ///
    /// # Errors
    /// If the device fails.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ModelError> {
        flat_to_bytes(&self.fields, &[("", &self.to_flat()?)], 0)
    }

    /// Takes over the weights of a safetensors file.
    ///
    /// # Errors
    /// If the file is damaged, or a tensor is missing, too many or of another shape or type.
    pub fn load_bytes(&self, bytes: &[u8]) -> Result<(), ModelError> {
        let (sets, _) = flat_from_tensors(&self.fields, bytes, &[""])?;
        self.set_flat(&sets.concat())
    }
}

/// The name of the optional step count in a file; the others are prefix and field name.
const STEPS: &str = "steps";

/// A safetensors file of sets of numbers along the flat line: for each prefix every field,
/// and a step count if it is not 0.
pub(crate) fn flat_to_bytes(
    fields: &[Field],
    sets: &[(&str, &[f32])],
    steps: u64,
) -> Result<Vec<u8>, ModelError> {
    let count = steps.to_le_bytes();
    let sets: Vec<(&str, Vec<u8>)> = sets
        .iter()
        .map(|(prefix, values)| (*prefix, values.iter().flat_map(|v| v.to_le_bytes()).collect()))
        .collect();
    let mut tensors = Vec::new();
    for (prefix, bytes) in &sets {
        for field in fields {
            let data = &bytes[4 * field.range.start..4 * field.range.end];
            tensors.push((
                format!("{prefix}{}", field.name),
                TensorView::new(Dtype::F32, field.shape.clone(), data)?,
            ));
        }
    }
    if steps != 0 {
        tensors.push((STEPS.to_owned(), TensorView::new(Dtype::U64, vec![1], &count)?));
    }
    Ok(safetensors::serialize(tensors, None)?)
}

/// Back from a file of [`flat_to_bytes`]: a set for each prefix, and the step count.
pub(crate) fn flat_from_tensors(
    fields: &[Field],
    bytes: &[u8],
    prefixes: &[&str],
) -> Result<(Vec<Vec<f32>>, u64), ModelError> {
    let tensors = SafeTensors::deserialize(bytes)?;
    let other = |problem: String| ModelError::OtherModel { problem };
    let known = |name: &str| {
        name == STEPS || fields.iter().any(|f| prefixes.iter().any(|p| name.strip_prefix(p) == Some(&f.name)))
    };
    if let Some(name) = tensors.names().into_iter().find(|name| !known(name)) {
        return Err(other(format!("tensor {name} is not known")));
    }
    let mut sets = Vec::new();
    for prefix in prefixes {
        let mut flat = Vec::new();
        for field in fields {
            let name = format!("{prefix}{}", field.name);
            let Ok(tensor) = tensors.tensor(&name) else {
                return Err(other(format!("tensor {name} is missing")));
            };
            if tensor.dtype() != Dtype::F32 || tensor.shape() != field.shape {
                let (dtype, shape) = (tensor.dtype(), tensor.shape());
                return Err(other(format!(
                    "tensor {name} is {dtype:?} {shape:?} instead of F32 {:?}",
                    field.shape
                )));
            }
            flat.extend(tensor.data().as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)));
        }
        sets.push(flat);
    }
    let steps =
        tensors.tensor(STEPS).ok().and_then(|t| t.data().try_into().ok()).map_or(0, u64::from_le_bytes);
    Ok((sets, steps))
}

struct Update<'a, F> {
    change: RefCell<F>,
    segment: &'a Segment,
    fields: &'a [Field],
}

impl<F: FnMut(Range<usize>, &[Field], &mut [f32])> InplaceOp1 for Update<'_, F> {
    fn name(&self) -> &'static str {
        "parameter update"
    }
    fn cpu_fwd(&self, storage: &mut candle_core::CpuStorage, _: &Layout) -> candle_core::Result<()> {
        match storage {
            candle_core::CpuStorage::F32(data) => {
                (self.change.borrow_mut())(self.segment.range.clone(), self.fields, data);
                Ok(())
            }
            _ => candle_core::bail!("parameters are f32"),
        }
    }
}
