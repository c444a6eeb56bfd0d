//! Stochastic depth (Huang et al. 2016): a residual branch left out for whole samples, drawn
//! at random, and scaled up for the others, so that evaluation needs no change. A draw is a
//! function of key, sample and place, never stored. It refuses to know which block it is in.

use super::{Real, Spans};
use crate::random::Key;
use candle_core::{Result, Tensor};

/// Which samples go without a residual branch.
#[derive(Clone, Copy, Debug)]
pub struct StochasticDepth {
    /// Share of samples that go without, 0 up to but not including 1.
    pub share: f64,
    /// The step's key; a site in the network adds its own counter.
    pub key: Key,
    /// Index in the whole batch of the first sample at hand.
    pub first: u64,
}

/// Places of a block below this are dropout's.
const PLACES: u64 = 2;

impl StochasticDepth {
    /// The same at another place in the block.
    #[must_use]
    pub fn at(self, place: u64) -> Self {
        Self { key: self.key.with(PLACES + place), ..self }
    }

    /// Scales in place; `lengths` are the samples' numbers of values, in order.
    pub fn apply<T: Real>(&self, mut x: &mut [T], lengths: impl Iterator<Item = usize>) {
        let scale = T::of(1.0 / (1.0 - self.share));
        for (i, length) in lengths.enumerate() {
            let (sample, rest) = x.split_at_mut(length);
            x = rest;
            if self.leaves_out(i as u64) {
                sample.fill(T::zero());
            } else {
                sample.iter_mut().for_each(|v| *v *= scale);
            }
        }
    }

    /// Whether sample `first + i` goes without; its key's upper 53 bits are a number below 1.
    fn leaves_out(&self, i: u64) -> bool {
        ((self.key.with(self.first + i).bits() >> 11) as f64) * (1.0 / (1u64 << 53) as f64) < self.share
    }
}

/// The same for `x` `[rows, width]` from candle's own operations.
pub fn plain(x: &Tensor, spans: &Spans, depth: StochasticDepth) -> Result<Tensor> {
    let (rows, width) = x.dims2()?;
    let mut scales = vec![1f64; rows * width];
    depth.apply(&mut scales, spans.iter().map(|s| s.len() * width));
    x.mul(&Tensor::from_vec(scales, (rows, width), x.device())?.to_dtype(x.dtype())?)
}
