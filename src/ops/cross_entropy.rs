//! Softmax cross-entropy with label smoothing, summed over the rows at hand and divided
//! by a given count, so that micro-batches add up to the mean over the whole batch.
//! A target outside the classes is refused, not ignored.

use super::Real;
use super::cpu::{by_dtype, output, read, slice, tensor};
use super::tape::{Tape, apply1};
use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp1, D, Layout, Result, Shape, Tensor, bail};

/// For each row of `logits` `[samples, classes]` with target t:
/// `-(1 - smoothing) log p_t - smoothing / classes * sum log p` (Szegedy et al. 2016, as
/// PyTorch's `label_smoothing`); the sum over rows divided by `count`, a scalar.
///
/// # Errors
/// If the number of targets or a target does not fit the logits.
pub fn cross_entropy(
    logits: &Tensor,
    targets: &[u32],
    smoothing: f64,
    count: usize,
    tape: Option<&Tape>,
) -> Result<Tensor> {
    let (samples, classes) = logits.dims2()?;
    if samples != targets.len() {
        bail!("{} targets for {samples} samples", targets.len())
    }
    if let Some(target) = targets.iter().find(|t| **t as usize >= classes) {
        bail!("target {target} is not one of {classes} classes")
    }
    if !logits.device().is_cpu() {
        return plain(logits, targets, smoothing, count);
    }
    apply1(&logits.contiguous()?, Op { targets: targets.to_vec(), smoothing, count }, tape)
}

/// The same from candle's own operations.
pub fn plain(logits: &Tensor, targets: &[u32], smoothing: f64, count: usize) -> Result<Tensor> {
    let (samples, classes) = logits.dims2()?;
    let log_p = candle_nn::ops::log_softmax(logits, D::Minus1)?;
    let targets = Tensor::new(targets, logits.device())?.reshape((samples, 1))?;
    let picked = (log_p.gather(&targets, 1)?.sum_all()? * (1.0 - smoothing))?;
    let spread = (log_p.sum_all()? * (smoothing / classes as f64))?;
    (picked + spread)? * (-1.0 / count as f64)
}

struct Op {
    targets: Vec<u32>,
    smoothing: f64,
    count: usize,
}

/// Largest logit of a row, and the logarithm of the sum of exponentials above it.
fn log_sum<T: Real>(row: &[T]) -> (T, T) {
    let largest = row.iter().fold(T::neg_infinity(), |a, &b| if b > a { b } else { a });
    // NaN logits leave `largest` at -inf; the sum below is then NaN too, as it must be.
    let total = row.iter().fold(T::zero(), |sum, &v| sum + (v - largest).exp_nonpositive());
    (largest, total.ln())
}

impl Op {
    fn forward<T: Real>(&self, logits: &[T], classes: usize) -> T {
        let mut sum = 0.0;
        for (row, &target) in logits.chunks_exact(classes).zip(&self.targets) {
            let (largest, log) = log_sum(row);
            let log_p = |v: T| (v - largest - log).double();
            let all: f64 = row.iter().map(|&v| log_p(v)).sum();
            sum -=
                (1.0 - self.smoothing) * log_p(row[target as usize]) + self.smoothing / classes as f64 * all;
        }
        T::of(sum / self.count as f64)
    }

    /// (p - q) / count, with q the smoothed target.
    fn backward<T: Real>(&self, logits: &[T], classes: usize, upstream: T) -> Vec<T> {
        let scale = upstream / T::of(self.count as f64);
        let spread = T::of(self.smoothing / classes as f64);
        let mut out = logits.to_vec();
        for (row, &target) in out.chunks_exact_mut(classes).zip(&self.targets) {
            let (largest, log) = log_sum(row);
            for v in row.iter_mut() {
                *v = ((*v - largest - log).exp_nonpositive() - spread) * scale;
            }
            let at = target as usize;
            row[at] -= T::of(1.0 - self.smoothing) * scale;
        }
        out
    }
}

impl CustomOp1 for Op {
    fn name(&self) -> &'static str {
        "cross-entropy"
    }
    fn cpu_fwd(&self, logits: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (_, classes) = layout.shape().dims2()?;
        by_dtype!(logits.dtype(), self.name(), T => {
            Ok(output(vec![self.forward::<T>(slice(logits, layout)?, classes)], ()))
        })
    }
    fn bwd(&self, logits: &Tensor, _: &Tensor, dy: &Tensor) -> Result<Option<Tensor>> {
        let (_, classes) = logits.dims2()?;
        by_dtype!(logits.dtype(), self.name(), T => {
            let upstream = dy.to_scalar::<T>()?;
            read::<T, _>(logits, |x| Ok(Some(tensor(self.backward(x, classes, upstream), logits.shape())?)))
        })
    }
}
