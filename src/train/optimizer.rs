//! AdamW, SGD with momentum and Lion over the packed parameters, in place, with clipping by
//! the global norm. State can be saved and taken up exactly. A gradient that is not finite
//! changes nothing.

use super::parallel::{Compute, ComputeError};
use crate::config::OptimizerKind;
use crate::model::{Field, Model, ModelError, flat_from_tensors, flat_to_bytes};
use crate::ops::{BETA1, BETA2, UpdateFactors, adamw, lion, sgd, sum_of_squares};
use std::sync::{Mutex, PoisonError};

/// How far and how a step goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepSize {
    /// Learning rate of this step.
    pub learning_rate: f64,
    /// Weight decay, on matrices and embeddings only; decoupled except with SGD.
    pub weight_decay: f64,
    /// Gradients with a larger norm are scaled down to it; 0 for no limit.
    pub clip_norm: f64,
}

/// An optimizer with its state: AdamW (Loshchilov and Hutter 2019) as in `torch.optim.AdamW`,
/// SGD with momentum as in `torch.optim.SGD`, weight decay added to the gradient, or Lion
/// (Chen et al. 2023, "Symbolic Discovery of Optimization Algorithms", algorithm 2).
pub struct Optimizer {
    kind: OptimizerKind,
    /// Mean of the gradients, or the momentum.
    first: Vec<f32>,
    /// Mean of their squares; AdamW's only, otherwise empty.
    second: Vec<f32>,
    steps: u64,
}

impl Optimizer {
    /// With zero moments.
    pub fn new(kind: OptimizerKind, model: &Model) -> Self {
        let len = model.parameters().len();
        let second = if kind == OptimizerKind::AdamW { len } else { 0 };
        Self { kind, first: vec![0.0; len], second: vec![0.0; second], steps: 0 }
    }

    /// Whether every weight with a gradient moves by about the learning rate, however small the
    /// gradient is.
    pub(super) fn is_scale_free(&self) -> bool {
        self.kind != OptimizerKind::Sgd
    }

    /// Whether the state holds numbers only.
    pub(super) fn is_finite(&self) -> bool {
        self.first.iter().chain(&self.second).all(|number| number.is_finite())
    }

    /// Numbers in its state.
    pub(super) fn numbers(&self) -> usize {
        self.first.len() + self.second.len()
    }

    /// Steps taken.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Changes the weights by the gradient in `compute`; returns the gradient's norm before
    /// clipping. If it is not finite, nothing changes.
    ///
    /// # Errors
    /// If the gradient is another model's or the weights do not lie in the CPU's memory.
    pub fn step(&mut self, model: &Model, compute: &Compute, size: StepSize) -> Result<f64, ComputeError> {
        let gradients = compute.gradients();
        if gradients.len() != self.first.len() || gradients.len() != model.parameters().len() {
            let problem = format!("{} gradients for {} parameters", gradients.len(), self.first.len());
            return Err(ModelError::OtherModel { problem }.into());
        }
        let norm = norm(compute, gradients)?;
        if !norm.is_finite() {
            return Ok(norm);
        }
        self.steps += 1;
        let t = self.steps as f64;
        // As torch.nn.utils.clip_grad_norm_.
        let clip = if size.clip_norm > 0.0 { (size.clip_norm / (norm + 1e-6)).min(1.0) } else { 1.0 };
        let factors = |decays: bool| UpdateFactors {
            clip: clip as f32,
            keep: (1.0 - if decays { size.learning_rate * size.weight_decay } else { 0.0 }) as f32,
            rate: match self.kind {
                OptimizerKind::AdamW => size.learning_rate / (1.0 - BETA1.powf(t)),
                OptimizerKind::Sgd | OptimizerKind::Lion => size.learning_rate,
            } as f32,
            decay: if decays { size.weight_decay as f32 } else { 0.0 },
            root: (1.0 / (1.0 - BETA2.powf(t)).sqrt()) as f32,
        };
        let kind = self.kind;
        let moments = Mutex::new((self.first.as_mut_slice(), self.second.as_mut_slice()));
        let parameters = model.parameters();
        // Each variable's moments, split off in flat order.
        let lengths = (0..parameters.segments()).map(|s| parameters.range(s).len());
        let parts: Vec<_> = lengths
            .map(|len| {
                let mut rest = moments.lock().unwrap_or_else(PoisonError::into_inner);
                let (m, m_rest) = std::mem::take(&mut rest.0).split_at_mut(len);
                let second = if kind == OptimizerKind::AdamW { len } else { 0 };
                let (v, v_rest) = std::mem::take(&mut rest.1).split_at_mut(second);
                *rest = (m_rest, v_rest);
                Mutex::new((m, v))
            })
            .collect();
        compute.for_each(gradients.len(), parts.len(), &|segment| {
            let mut part = parts[segment].lock().unwrap_or_else(PoisonError::into_inner);
            let (m, v) = &mut *part;
            parameters.update(segment, |range, fields, weights| {
                for field in fields {
                    let at = field.range.start - range.start..field.range.end - range.start;
                    let (w, m, g) =
                        (&mut weights[at.clone()], &mut m[at.clone()], &gradients[field.range.clone()]);
                    let factors = factors(field.decays());
                    match kind {
                        OptimizerKind::AdamW => adamw(w, m, &mut v[at], g, factors),
                        OptimizerKind::Sgd => sgd(w, m, g, factors),
                        OptimizerKind::Lion => lion(w, m, g, factors),
                    }
                }
            })?;
            Ok(())
        })?;
        Ok(norm)
    }

    /// The state as a safetensors file: `first.NAME` and, for AdamW, `second.NAME` for each
    /// parameter (for SGD `momentum.NAME`, for Lion `direction.NAME`), and `steps`.
    ///
    /// # Errors
    /// If serialisation fails.
    pub fn to_bytes(&self, model: &Model) -> Result<Vec<u8>, ModelError> {
        let sets = [&self.first[..], &self.second[..]];
        let named: Vec<(&str, &[f32])> = prefixes(self.kind).iter().copied().zip(sets).collect();
        flat_to_bytes(model.parameters().fields(), &named, self.steps)
    }

    /// State saved by [`Optimizer::to_bytes`] of the same kind for the same model.
    ///
    /// # Errors
    /// If the file is damaged or another model's or optimizer's.
    pub fn from_bytes(kind: OptimizerKind, model: &Model, bytes: &[u8]) -> Result<Self, ModelError> {
        let fields: &[Field] = model.parameters().fields();
        let (sets, steps) = flat_from_tensors(fields, bytes, prefixes(kind))?;
        let mut sets = sets.into_iter();
        let (first, second) = (sets.next().unwrap_or_default(), sets.next().unwrap_or_default());
        Ok(Self { kind, first, second, steps })
    }
}

/// What the sets of numbers in the file are called.
fn prefixes(kind: OptimizerKind) -> &'static [&'static str] {
    match kind {
        OptimizerKind::AdamW => &["first.", "second."],
        OptimizerKind::Sgd => &["momentum."],
        // Not SGD's: what it remembers is another mean.
        OptimizerKind::Lion => &["direction."],
    }
}

/// Euclidean norm in `f64`, summed in chunks that do not depend on the threads.
fn norm(compute: &Compute, gradients: &[f32]) -> Result<f64, ComputeError> {
    let chunks: Vec<&[f32]> = gradients.chunks(1 << 16).collect();
    let sums: Vec<Mutex<f64>> = chunks.iter().map(|_| Mutex::default()).collect();
    compute.for_each(gradients.len(), chunks.len(), &|i| {
        *sums[i].lock().unwrap_or_else(PoisonError::into_inner) = sum_of_squares(chunks[i]);
        Ok(())
    })?;
    let sums = sums.into_iter().map(|s| s.into_inner().unwrap_or_else(PoisonError::into_inner));
    Ok(sums.sum::<f64>().sqrt())
}

/// Names of the parameters whose gradient is zero everywhere or that did not move between
/// two snapshots ([`crate::model::Parameters::to_flat`]): a sign that a gradient is cut.
pub fn unmoved(model: &Model, gradients: &[f32], before: &[f32], after: &[f32]) -> Vec<String> {
    let stuck = |field: &&Field| {
        let range = field.range.clone();
        let part = |flat: &[f32]| flat.get(range.clone()).map(<[f32]>::to_vec).unwrap_or_default();
        part(gradients).iter().all(|g| *g == 0.0) || part(before) == part(after)
    };
    model.parameters().fields().iter().filter(stuck).map(|f| f.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRADIENTS: [[f32; 3]; 3] = [[1.0, -0.5, 0.25], [0.5, 0.5, -0.125], [-2.0, 0.0, 0.75]];

    /// Weights and momentum after [`GRADIENTS`], rate 0.1 and decay 0.01.
    fn after(update: impl Fn(&mut [f32], &mut [f32], &[f32], UpdateFactors)) -> ([f32; 3], [f32; 3]) {
        let (mut weights, mut momentum) = ([0.5, -1.0, 2.0], [0.0; 3]);
        let factors = UpdateFactors { clip: 1.0, keep: 1.0 - 0.1 * 0.01, rate: 0.1, root: 1.0, decay: 0.01 };
        for gradients in GRADIENTS {
            update(&mut weights, &mut momentum, &gradients, factors);
        }
        (weights, momentum)
    }

    fn close(got: [f32; 3], expected: [f32; 3]) {
        assert!(got.iter().zip(expected).all(|(g, e)| (g - e).abs() < 3e-7), "{got:?} and {expected:?}");
    }

    #[test]
    fn sgd_is_pytorchs() {
        // torch.optim.SGD(lr=0.1, momentum=0.9, weight_decay=0.01).
        let (weights, momentum) = after(sgd);
        close(weights, [0.331_627_3, -0.954_034_75, 1.869_872_2]);
        close(momentum, [-0.729_768_04, 0.018_837_485, 0.893_549_26]);
    }

    #[test]
    fn lion_follows_its_paper() {
        // Worked out in f64 with numpy: c = 0.9 m + 0.1 g; w -= 0.1 (sign(c) + 0.01 w);
        // m = 0.99 m + 0.01 g.
        let (weights, momentum) = after(lion);
        close(weights, [0.398_801_4, -1.097_102_9, 1.894_105_9]);
        close(momentum, [-0.005_249, 0.000_049_5, 0.008_712_75]);
        // Where direction and gradient are 0, only weight decay moves.
        let (mut weight, mut momentum) = ([1.0], [0.0]);
        lion(
            &mut weight,
            &mut momentum,
            &[0.0],
            UpdateFactors { clip: 1.0, keep: 0.5, rate: 0.1, root: 1.0, decay: 0.0 },
        );
        assert_eq!((weight, momentum), ([0.5], [0.0]));
    }
}
