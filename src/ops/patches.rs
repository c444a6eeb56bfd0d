//! Images to rows: square patches through a linear layer, an optional class token in front
//! or behind, and positions added, learned or fixed (Dosovitskiy et al. 2021). Patches follow
//! each other row by row. One op of the packed parameters; pixels get no gradient.

use super::Real;
use super::buffers::Buffer;
use super::cpu::{by_dtype, output, read, slice};
use super::kernels;
use super::matmul::{Matrix, Products, Target};
use super::sink::{Sink, accumulate};
use super::tape::{Record, apply1};
use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};
use std::sync::Arc;

/// Where the learned row stands that collects what the class needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClassRow {
    /// There is none.
    None,
    /// In front of the patches.
    First,
    /// Behind them, for causal attention.
    Last,
}

/// Sizes of the images and of the rows.
#[derive(Clone, Copy, Debug)]
pub struct PatchShape {
    /// Colours.
    pub channels: usize,
    /// Pixels down.
    pub height: usize,
    /// Pixels across.
    pub width: usize,
    /// Side of a patch; divides both.
    pub patch: usize,
    /// Numbers per row.
    pub embedding: usize,
    /// The class token's row.
    pub class: ClassRow,
    /// Whether positions are parameters.
    pub learned_positions: bool,
}

impl PatchShape {
    /// Patches of an image.
    pub fn patches(&self) -> usize {
        (self.height / self.patch) * (self.width / self.patch)
    }
    /// Rows of an image.
    pub fn rows(&self) -> usize {
        self.patches() + self.class_rows()
    }
    fn class_rows(&self) -> usize {
        usize::from(self.class != ClassRow::None)
    }
    /// Rows of learned positions.
    fn learned(&self) -> usize {
        if self.learned_positions { self.rows() } else { 0 }
    }
    /// Where the patches begin among the rows of an image, in numbers.
    fn start(&self) -> usize {
        if self.class == ClassRow::First { self.embedding } else { 0 }
    }
    /// Where the class token stands among the rows of an image, in numbers.
    fn class_range(&self) -> std::ops::Range<usize> {
        let w = self.embedding;
        match self.class {
            ClassRow::None => 0..0,
            ClassRow::First => 0..w,
            ClassRow::Last => self.patches() * w..(self.patches() + 1) * w,
        }
    }
    /// Numbers in a patch.
    fn inner(&self) -> usize {
        self.channels * self.patch * self.patch
    }
    /// Names and shapes of the fields, in packed order.
    pub fn fields(&self) -> Vec<(&'static str, Vec<usize>)> {
        let w = self.embedding;
        let mut fields = vec![
            ("patches.weight", vec![w, self.channels, self.patch, self.patch]),
            ("patches.bias", vec![w]),
        ];
        if self.class != ClassRow::None {
            fields.push(("class_token", vec![1, w]));
        }
        if self.learned_positions {
            fields.push(("positions", vec![self.rows(), w]));
        }
        fields
    }
    /// Number of packed parameters.
    pub fn parameters(&self) -> usize {
        self.embedding * (self.inner() + 1 + self.class_rows() + self.learned())
    }

    /// Pixels `[image, channel, row, column]` as patches `[image, patch, (channel, row, column)]`.
    fn cut<T: Real>(&self, pixels: &[f32], out: &mut [T]) {
        let Self { channels, height, width, patch, .. } = *self;
        let mut out = out.chunks_exact_mut(patch);
        for image in pixels.chunks_exact(channels * height * width) {
            for top in (0..height).step_by(patch) {
                for left in (0..width).step_by(patch) {
                    for row in (0..channels).flat_map(|c| (top..top + patch).map(move |y| c * height + y)) {
                        let from = &image[row * width + left..][..patch];
                        for (o, &v) in out.next().into_iter().flatten().zip(from) {
                            *o = T::of(f64::from(v));
                        }
                    }
                }
            }
        }
    }
}

/// `pixels` `[image, channel, row, column]`, `parameters` packed as [`PatchShape::fields`];
/// `[images * rows, embedding]`. `fixed` `[rows, embedding]` is added where positions are not
/// learned.
///
/// # Errors
/// If sizes do not fit, or the device does not have such products.
pub fn embed_patches(
    pixels: Vec<f32>,
    parameters: &Tensor,
    shape: PatchShape,
    fixed: Option<&Arc<[f32]>>,
    products: Products,
    record: Option<Record<'_>>,
) -> Result<Tensor> {
    let size = shape.channels * shape.height * shape.width;
    if shape.patch == 0
        || !shape.height.is_multiple_of(shape.patch)
        || !shape.width.is_multiple_of(shape.patch)
    {
        bail!("patches of {shape:?} do not divide the image")
    }
    if pixels.is_empty() || !pixels.len().is_multiple_of(size) || parameters.dims1()? != shape.parameters() {
        bail!("{} pixels and {:?} do not fit {shape:?}", pixels.len(), parameters.shape())
    }
    let row_numbers = shape.rows() * shape.embedding;
    if fixed.is_some_and(|fixed| shape.learned_positions || fixed.len() != row_numbers) {
        bail!("fixed positions do not fit {shape:?}")
    }
    products.check(parameters.device())?;
    if !parameters.device().is_cpu() {
        return plain(&pixels, parameters, shape, fixed);
    }
    let (tape, sink) = record.map(|r| (r.tape, r.sink)).unzip();
    let op = Op { images: pixels.len() / size, pixels, shape, fixed: fixed.cloned(), products, sink };
    apply1(parameters, op, tape)
}

/// The same from candle's own operations.
pub fn plain(
    pixels: &[f32],
    parameters: &Tensor,
    shape: PatchShape,
    fixed: Option<&Arc<[f32]>>,
) -> Result<Tensor> {
    let (w, inner, n) = (shape.embedding, shape.inner(), shape.patches());
    let images = pixels.len() / (inner * n);
    let mut cut = vec![0f32; pixels.len()];
    shape.cut(pixels, &mut cut);
    let cut =
        Tensor::from_vec(cut, (images * n, inner), parameters.device())?.to_dtype(parameters.dtype())?;
    let rows =
        super::linear::plain(&cut, &parameters.narrow(0, 0, w * (inner + 1))?)?.reshape((images, n, w))?;
    let mut start = w * (inner + 1);
    let rows = if shape.class == ClassRow::None {
        rows
    } else {
        let class = parameters.narrow(0, start, w)?.reshape((1, 1, w))?.broadcast_as((images, 1, w))?;
        start += w;
        let class = class.contiguous()?;
        Tensor::cat(&if shape.class == ClassRow::First { [&class, &rows] } else { [&rows, &class] }, 1)?
    };
    let count = shape.rows();
    let positions = match fixed {
        Some(fixed) => Tensor::from_slice(fixed, count * w, rows.device())?.to_dtype(rows.dtype())?,
        None if shape.learned_positions => parameters.narrow(0, start, count * w)?,
        None => Tensor::zeros(count * w, rows.dtype(), rows.device())?,
    };
    rows.broadcast_add(&positions.reshape((1, count, w))?)?.reshape((images * count, w))
}

struct Op {
    pixels: Vec<f32>,
    images: usize,
    shape: PatchShape,
    fixed: Option<Arc<[f32]>>,
    products: Products,
    sink: Option<Sink>,
}

impl Op {
    fn cut<T: Real>(&self) -> Buffer<T> {
        let mut cut = Buffer::dirty(self.pixels.len());
        self.shape.cut(&self.pixels, &mut cut);
        cut
    }

    fn forward<T: Real>(&self, parameters: &[T]) -> Vec<T> {
        let (w, inner, n) = (self.shape.embedding, self.shape.inner(), self.shape.patches());
        let (weight, rest) = parameters.split_at(w * inner);
        let (bias, rest) = rest.split_at(w);
        let (class, positions) = rest.split_at(self.shape.class_rows() * w);
        let (class_range, start) = (self.shape.class_range(), self.shape.start());
        let mut embedded = Buffer::dirty(self.images * n * w);
        kernels::broadcast(bias, &mut embedded);
        self.products.matmul(
            Target::add(&mut embedded, w),
            Matrix::new(&self.cut(), self.images * n, inner),
            Matrix::new(weight, w, inner).t(),
        );
        let mut out = vec![T::zero(); self.images * self.shape.rows() * w];
        for (out, embedded) in out.chunks_exact_mut(self.shape.rows() * w).zip(embedded.chunks_exact(n * w)) {
            if self.shape.learned_positions {
                out.copy_from_slice(positions);
            } else if let Some(fixed) = &self.fixed {
                for (o, &v) in out.iter_mut().zip(fixed.iter()) {
                    *o = T::of(f64::from(v));
                }
            }
            kernels::add(class, &mut out[class_range.clone()]);
            kernels::add(embedded, &mut out[start..start + n * w]);
        }
        out
    }

    fn backward<T: Real>(&self, dy: &[T], grads: &mut [T]) {
        let (w, inner, n) = (self.shape.embedding, self.shape.inner(), self.shape.patches());
        let (dweight, rest) = grads.split_at_mut(w * inner);
        let (dbias, rest) = rest.split_at_mut(w);
        let (dclass, dpositions) = rest.split_at_mut(self.shape.class_rows() * w);
        let (class_range, start) = (self.shape.class_range(), self.shape.start());
        let mut patches = Buffer::dirty(self.images * n * w);
        for (dy, patches) in dy.chunks_exact(self.shape.rows() * w).zip(patches.chunks_exact_mut(n * w)) {
            kernels::add(dy, dpositions);
            kernels::add(&dy[class_range.clone()], dclass);
            patches.copy_from_slice(&dy[start..start + n * w]);
        }
        kernels::add_rows(&patches, dbias);
        let d = Matrix::new(&patches, self.images * n, w);
        self.products.matmul(
            Target::add(dweight, inner),
            d.t(),
            Matrix::new(&self.cut(), self.images * n, inner),
        );
    }
}

impl CustomOp1 for Op {
    fn name(&self) -> &'static str {
        "patch embedding"
    }
    fn cpu_fwd(&self, p: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        by_dtype!(p.dtype(), self.name(), T => {
            let out = self.forward::<T>(slice(p, layout)?);
            Ok(output(out, (self.images * self.shape.rows(), self.shape.embedding)))
        })
    }
    fn bwd(&self, p: &Tensor, _: &Tensor, dy: &Tensor) -> Result<Option<Tensor>> {
        by_dtype!(p.dtype(), self.name(), T => read::<T, _>(dy, |dy| {
            accumulate::<T>(self.sink.as_ref(), p.elem_count(), |grads| self.backward(dy, grads))
        }))
    }
}
