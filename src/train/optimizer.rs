//! AdamW over the packed parameters, in place, with clipping by the global norm. State can
//! be saved and taken up exactly. A gradient that is not finite changes nothing.

use super::parallel::{Compute, ComputeError};
use crate::model::{Field, Model, ModelError, flat_from_tensors, flat_to_bytes};
use multiversion::multiversion;
use std::sync::{Mutex, PoisonError};

/// PyTorch's defaults.
const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// How far and how a step goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepSize {
    /// Learning rate of this step.
    pub learning_rate: f64,
    /// Decoupled weight decay, on matrices and embeddings only.
    pub weight_decay: f64,
    /// Gradients with a larger norm are scaled down to it; 0 for no limit.
    pub clip_norm: f64,
}

/// AdamW (Loshchilov and Hutter 2019) as in `torch.optim.AdamW`.
pub struct AdamW {
    first: Vec<f32>,
    second: Vec<f32>,
    steps: u64,
}

/// The factors of one step, rounded once.
#[derive(Clone, Copy)]
struct Factors {
    clip: f32,
    keep: f32,
    rate: f32,
    root: f32,
}

impl AdamW {
    /// With zero moments.
    pub fn new(model: &Model) -> Self {
        let len = model.parameters().len();
        Self { first: vec![0.0; len], second: vec![0.0; len], steps: 0 }
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
        let factors = |decays: bool| Factors {
            clip: clip as f32,
            keep: (1.0 - if decays { size.learning_rate * size.weight_decay } else { 0.0 }) as f32,
            rate: (size.learning_rate / (1.0 - BETA1.powf(t))) as f32,
            root: (1.0 / (1.0 - BETA2.powf(t)).sqrt()) as f32,
        };
        let moments = Mutex::new((self.first.as_mut_slice(), self.second.as_mut_slice()));
        let parameters = model.parameters();
        // Each variable's moments, split off in flat order.
        let lengths = (0..parameters.segments()).map(|s| parameters.range(s).len());
        let parts: Vec<_> = lengths
            .map(|len| {
                let mut rest = moments.lock().unwrap_or_else(PoisonError::into_inner);
                let (m, m_rest) = std::mem::take(&mut rest.0).split_at_mut(len);
                let (v, v_rest) = std::mem::take(&mut rest.1).split_at_mut(len);
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
                    let (m, v) = (&mut m[at.clone()], &mut v[at.clone()]);
                    update(&mut weights[at], m, v, &gradients[field.range.clone()], factors(field.decays()));
                }
            })?;
            Ok(())
        })?;
        Ok(norm)
    }

    /// The state as a safetensors file: `first.NAME`, `second.NAME` for each parameter, and
    /// `steps`.
    ///
    /// # Errors
    /// If serialisation fails.
    pub fn to_bytes(&self, model: &Model) -> Result<Vec<u8>, ModelError> {
        let fields = model.parameters().fields();
        flat_to_bytes(fields, &[("first.", &self.first), ("second.", &self.second)], self.steps)
    }

    /// State saved by [`AdamW::to_bytes`] for the same model.
    ///
    /// # Errors
    /// If the file is damaged or another model's.
    pub fn from_bytes(model: &Model, bytes: &[u8]) -> Result<Self, ModelError> {
        let fields: &[Field] = model.parameters().fields();
        let (mut sets, steps) = flat_from_tensors(fields, bytes, &["first.", "second."])?;
        let (second, first) = (sets.pop().unwrap_or_default(), sets.pop().unwrap_or_default());
        Ok(Self { first, second, steps })
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

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma",
    "aarch64+neon"
))]
fn sum_of_squares(x: &[f32]) -> f64 {
    let mut parts = [0f64; 16];
    let (chunks, rest) = x.as_chunks::<16>();
    for chunk in chunks {
        for i in 0..16 {
            let v = f64::from(chunk[i]);
            parts[i] += v * v;
        }
    }
    parts.iter().sum::<f64>() + rest.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>()
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma",
    "aarch64+neon"
))]
fn update(weights: &mut [f32], m: &mut [f32], v: &mut [f32], gradients: &[f32], f: Factors) {
    let (b1, b2, epsilon) = (BETA1 as f32, BETA2 as f32, EPSILON as f32);
    // One minus beta from the exact decimal, not from the rounded beta.
    let (c1, c2) = ((1.0 - BETA1) as f32, (1.0 - BETA2) as f32);
    for (((w, m), v), g) in weights.iter_mut().zip(m).zip(v).zip(gradients) {
        let g = g * f.clip;
        *m = b1 * *m + c1 * g;
        *v = b2 * *v + c2 * g * g;
        *w = *w * f.keep - f.rate * *m / (v.sqrt() * f.root + epsilon);
    }
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
