//! Dropout (Srivastava et al. 2014): numbers set to zero at random, the others scaled up.
//! A mask is a function of key, sample and place, never stored, so it depends neither
//! on threads nor on how a batch is cut.

use super::cpu::{by_dtype, output, slice};
use super::instructions::kernel;
use super::tape::{Tape, apply1};
use super::{Real, Spans};
use crate::random::Key;
use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};

/// Which numbers to drop.
#[derive(Clone, Copy, Debug)]
pub struct Dropout {
    /// Share that is dropped, 0 up to but not including 1.
    pub share: f64,
    /// The step's key; a site in the network adds its own counter.
    pub key: Key,
    /// Index in the whole batch of the first sample at hand.
    pub first: u64,
}

impl Dropout {
    /// The same dropout at another place in the network.
    #[must_use]
    pub fn at(self, place: u64) -> Self {
        Self { key: self.key.with(place), ..self }
    }

    /// Applies the mask in place; `lengths` are the samples' numbers of values, in order.
    pub fn apply<T: Real>(&self, mut x: &mut [T], lengths: impl Iterator<Item = usize>) {
        for (i, length) in lengths.enumerate() {
            let (sample, rest) = x.split_at_mut(length);
            x = rest;
            mask(sample, self.key.with(self.first + i as u64).bits(), self.share);
        }
    }
}

kernel! {
    /// Number `i` is dropped where a hash of key and `i` (MurmurHash3's finaliser, keyed at
    /// both ends) lies below the share.
    fn mask<T: Real>(x: &mut [T], key: u64, share: f64) {
        let threshold = (share * 4_294_967_296.0) as u32;
        let scale = T::of(1.0 / (1.0 - share));
        let (low, high) = (key as u32, (key >> 32) as u32);
        for (i, v) in x.iter_mut().enumerate() {
            let mut h = (i as u32).wrapping_mul(0x9e37_79b9) ^ low;
            h = (h ^ (h >> 16)).wrapping_mul(0x85eb_ca6b);
            h = (h ^ (h >> 13)).wrapping_add(high).wrapping_mul(0xc2b2_ae35);
            h ^= h >> 16;
            *v = if h < threshold { T::zero() } else { *v * scale };
        }
    }
}

/// Dropout of `x` `[rows, width]`; samples are spans of rows.
pub fn dropout(x: &Tensor, spans: &Spans, dropout: Dropout, tape: Option<&Tape>) -> Result<Tensor> {
    if dropout.share == 0.0 {
        return Ok(x.clone());
    }
    if !x.device().is_cpu() {
        return plain(x, spans, dropout);
    }
    apply1(&x.contiguous()?, Op { spans: spans.clone(), dropout }, tape)
}

/// The same from candle's own operations.
pub fn plain(x: &Tensor, spans: &Spans, dropout: Dropout) -> Result<Tensor> {
    let (rows, width) = x.dims2()?;
    let mut mask = vec![1f64; rows * width];
    dropout.apply(&mut mask, spans.iter().map(|s| s.len() * width));
    x.mul(&Tensor::from_vec(mask, (rows, width), x.device())?.to_dtype(x.dtype())?)
}

struct Op {
    spans: Spans,
    dropout: Dropout,
}

impl CustomOp1 for Op {
    fn name(&self) -> &'static str {
        "dropout"
    }
    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (_, width) = layout.shape().dims2()?;
        by_dtype!(storage.dtype(), self.name(), T => {
            let mut out = slice::<T>(storage, layout)?.to_vec();
            self.dropout.apply(&mut out, self.spans.iter().map(|s| s.len() * width));
            Ok(output(out, layout.shape()))
        })
    }
    fn bwd(&self, _: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        // The mask is linear in its input, so the gradient goes through the same mask.
        Ok(Some(grad.contiguous()?.apply_op1_no_bwd(self)?))
    }
}
