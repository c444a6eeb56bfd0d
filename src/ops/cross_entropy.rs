//! Softmax cross-entropy with label smoothing, summed over the rows at hand and divided
//! by a given count, so that micro-batches add up to the mean over the whole batch; the same
//! with class weights, and for rows blended of two (mixup). A target outside the classes is
//! refused, not ignored.

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
    check(logits, targets)?;
    if !logits.device().is_cpu() {
        return plain(logits, targets, smoothing, count);
    }
    let op = Op { targets: targets.to_vec(), mix: None, weights: None, smoothing, total: count as f64 };
    apply1(&logits.contiguous()?, op, tape)
}

/// The same with a weight for each class, as PyTorch's `weight` together with
/// `label_smoothing`: for each row `-(1 - smoothing) w_t log p_t - smoothing / classes *
/// sum w_c log p_c`; the sum over rows divided by `total`, for PyTorch's mean the sum of the
/// batch's `w_t`.
///
/// # Errors
/// As [`cross_entropy`], or if there is not one weight for each class.
pub fn weighted_cross_entropy(
    logits: &Tensor,
    targets: &[u32],
    weights: &[f64],
    smoothing: f64,
    total: f64,
    tape: Option<&Tape>,
) -> Result<Tensor> {
    let classes = check(logits, targets)?;
    if weights.len() != classes {
        bail!("{} weights for {classes} classes", weights.len())
    }
    if !logits.device().is_cpu() {
        return plain_weighted(logits, targets, weights, smoothing, total);
    }
    let op = Op { targets: targets.to_vec(), mix: None, weights: Some(weights.to_vec()), smoothing, total };
    apply1(&logits.contiguous()?, op, tape)
}

/// What rows were blended with.
#[derive(Clone, Copy, Debug)]
pub struct Mix<'a> {
    /// The other target of each row.
    pub partners: &'a [u32],
    /// Share of the row's own target, 0 to 1; the other has the rest.
    pub share: f64,
}

/// The cross-entropy of rows that are blends of two examples: `share` times that of the own
/// target and the rest that of the other (Zhang et al. 2018, "mixup: Beyond Empirical Risk
/// Minimization"), with weights for classes where given; the sum over rows divided by `total`.
///
/// # Errors
/// As [`weighted_cross_entropy`], or if the other targets do not fit.
pub fn mixed_cross_entropy(
    logits: &Tensor,
    targets: &[u32],
    mix: Mix<'_>,
    weights: Option<&[f64]>,
    smoothing: f64,
    total: f64,
    tape: Option<&Tape>,
) -> Result<Tensor> {
    check(logits, targets)?;
    let classes = check(logits, mix.partners)?;
    if let Some(weights) = weights.filter(|weights| weights.len() != classes) {
        bail!("{} weights for {classes} classes", weights.len())
    }
    if !logits.device().is_cpu() {
        return plain_mixed(logits, targets, mix, weights, smoothing, total);
    }
    let (own, weights) = (targets.to_vec(), weights.map(<[f64]>::to_vec));
    let op = Op { targets: own, mix: Some((mix.partners.to_vec(), mix.share)), weights, smoothing, total };
    apply1(&logits.contiguous()?, op, tape)
}

/// Number of classes, if the targets fit.
fn check(logits: &Tensor, targets: &[u32]) -> Result<usize> {
    let (samples, classes) = logits.dims2()?;
    if samples != targets.len() {
        bail!("{} targets for {samples} samples", targets.len())
    }
    if let Some(target) = targets.iter().find(|t| **t as usize >= classes) {
        bail!("target {target} is not one of {classes} classes")
    }
    Ok(classes)
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

/// The same with weights from candle's own operations.
pub fn plain_weighted(
    logits: &Tensor,
    targets: &[u32],
    weights: &[f64],
    smoothing: f64,
    total: f64,
) -> Result<Tensor> {
    let (samples, classes) = logits.dims2()?;
    let weights = Tensor::new(weights, logits.device())?.to_dtype(logits.dtype())?;
    let log_p = candle_nn::ops::log_softmax(logits, D::Minus1)?.broadcast_mul(&weights)?;
    let targets = Tensor::new(targets, logits.device())?.reshape((samples, 1))?;
    let picked = (log_p.gather(&targets, 1)?.sum_all()? * (1.0 - smoothing))?;
    let spread = (log_p.sum_all()? * (smoothing / classes as f64))?;
    (picked + spread)? * (-1.0 / total)
}

/// The same for blended rows from candle's own operations.
pub fn plain_mixed(
    logits: &Tensor,
    targets: &[u32],
    mix: Mix<'_>,
    weights: Option<&[f64]>,
    smoothing: f64,
    total: f64,
) -> Result<Tensor> {
    let ones = vec![1.0; logits.dims2()?.1];
    let weights = weights.unwrap_or(&ones);
    let own = plain_weighted(logits, targets, weights, smoothing, total)?;
    let other = plain_weighted(logits, mix.partners, weights, smoothing, total)?;
    (own * mix.share)? + (other * (1.0 - mix.share))?
}

struct Op {
    targets: Vec<u32>,
    /// The other target of each row, and the share of the own one.
    mix: Option<(Vec<u32>, f64)>,
    /// One for each class; all 1 if absent.
    weights: Option<Vec<f64>>,
    smoothing: f64,
    /// What the sum over rows is divided by.
    total: f64,
}

/// Largest logit of a row, and the logarithm of the sum of exponentials above it.
fn log_sum<T: Real>(row: &[T]) -> (T, T) {
    let largest = row.iter().fold(T::neg_infinity(), |a, &b| if b > a { b } else { a });
    // NaN logits leave `largest` at -inf; the sum below is then NaN too, as it must be.
    let total = row.iter().fold(T::zero(), |sum, &v| sum + (v - largest).exp_nonpositive());
    (largest, total.ln())
}

impl Op {
    fn weight(&self, class: usize) -> f64 {
        self.weights.as_ref().map_or(1.0, |weights| weights[class])
    }

    /// Classes that row `i` aims at beside what smoothing spreads, each with its part of q.
    fn aims(&self, i: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let (own, other) = match &self.mix {
            None => (1.0, None),
            Some((partners, share)) => (*share, Some((partners[i], 1.0 - share))),
        };
        let aims = std::iter::once((self.targets[i], own)).chain(other);
        aims.map(move |(class, share)| {
            (class as usize, share * (1.0 - self.smoothing) * self.weight(class as usize))
        })
    }

    fn forward<T: Real>(&self, logits: &[T], classes: usize) -> T {
        let mut sum = 0.0;
        for (i, row) in logits.chunks_exact(classes).enumerate() {
            let (largest, log) = log_sum(row);
            let log_p = |v: T| (v - largest - log).double();
            let all: f64 = row.iter().enumerate().map(|(class, &v)| self.weight(class) * log_p(v)).sum();
            let aimed: f64 = self.aims(i).map(|(at, q)| q * log_p(row[at])).sum();
            sum -= aimed + self.smoothing / classes as f64 * all;
        }
        T::of(sum / self.total)
    }

    /// (p sum q - q) / total, with q the smoothed, weighted and blended target, whose sum is 1
    /// without weights.
    fn backward<T: Real>(&self, logits: &[T], classes: usize, upstream: T) -> Vec<T> {
        let scale = upstream / T::of(self.total);
        let spread = self.smoothing / classes as f64;
        let all = self.weights.as_ref().map(|weights| spread * weights.iter().sum::<f64>());
        let mut out = logits.to_vec();
        for (i, row) in out.chunks_exact_mut(classes).enumerate() {
            let (largest, log) = log_sum(row);
            let mass = T::of(all.map_or(1.0, |all| self.aims(i).map(|(_, q)| q).sum::<f64>() + all));
            for (class, v) in row.iter_mut().enumerate() {
                let q = T::of(spread * self.weight(class));
                *v = ((*v - largest - log).exp_nonpositive() * mass - q) * scale;
            }
            for (at, q) in self.aims(i) {
                row[at] -= T::of(q) * scale;
            }
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
