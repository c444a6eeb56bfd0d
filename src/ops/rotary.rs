//! Rotary positions (RoFormer, Su et al. 2021): pairs of numbers of each query and key are
//! turned by an angle that grows with the place in the sequence, so that scores depend on
//! distances. A pair is number i and number i + half of a head (as GPT-NeoX and Llama lay
//! them out), turned by `place / 10000^(2 i / size)`. It refuses heads of odd size.

use super::instructions::kernel;
use super::{Keep, Real, Spans};
use candle_core::{D, Result, Tensor, bail};
use std::sync::Arc;

/// Cosines and sines for every place, computed once. Cheap to clone.
#[derive(Clone)]
pub struct Rotary {
    /// `[place, 2, half]`: cosines, then sines.
    turns: Arc<[f32]>,
    half: usize,
}

/// Which way to turn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Queries and keys.
    There,
    /// Their gradients: the transpose.
    Back,
}

impl Rotary {
    /// For sequences of up to `longest` rows and heads of `size` numbers.
    ///
    /// # Errors
    /// If the size is odd or 0.
    pub fn new(longest: usize, size: usize) -> Result<Self> {
        if size == 0 || !size.is_multiple_of(2) {
            bail!("rotary positions need heads of even size, not {size}")
        }
        let half = size / 2;
        let mut turns = Vec::with_capacity(longest * size);
        for place in 0..longest {
            let angle = |i: usize| place as f64 / 10_000f64.powf(2.0 * i as f64 / size as f64);
            turns.extend((0..half).map(|i| angle(i).cos() as f32));
            turns.extend((0..half).map(|i| angle(i).sin() as f32));
        }
        Ok(Self { turns: turns.into(), half })
    }

    /// Whether it fits rows of this width.
    ///
    /// # Errors
    /// If it does not, or a sequence is too long.
    pub fn check(&self, width: usize, heads: usize, spans: &Spans) -> Result<()> {
        let size = 2 * self.half;
        if size * heads != width {
            bail!("rotary positions for heads of {size} do not fit {heads} heads in a width of {width}")
        }
        let (length, longest) = (spans.longest(), self.turns.len() / size);
        if length > longest {
            bail!("a sequence of {length} rows is longer than the {longest} positions of the model")
        }
        Ok(())
    }

    /// Turns the keys of all rows and the queries of the kept ones, in place: `qkv`
    /// `[rows, 3 width]`.
    pub fn turn<T: Real>(&self, qkv: &mut [T], spans: &Spans, width: usize, keep: Keep, way: Turn) {
        for span in spans.iter() {
            let single = keep.single(&span);
            for (place, turns) in self.turns.chunks_exact(2 * self.half).take(span.len()).enumerate() {
                let row = span.start + place;
                let [queries, keys] = [0, width].map(|at| row * 3 * width + at);
                if single.is_none_or(|kept| kept == row) {
                    turn(&mut qkv[queries..queries + width], turns, way == Turn::Back);
                }
                turn(&mut qkv[keys..keys + width], turns, way == Turn::Back);
            }
        }
    }

    /// `x` `[heads, rows, size]` turned, from candle's own operations.
    pub fn plain(&self, x: &Tensor) -> Result<Tensor> {
        let (_, rows, size) = x.dims3()?;
        let turns = Tensor::from_slice(&self.turns[..rows * size], (rows, 2, self.half), x.device())?;
        let turns = turns.to_dtype(x.dtype())?;
        let part = |which| turns.narrow(1, which, 1)?.reshape((1, rows, self.half));
        let (cos, sin) = (part(0)?, part(1)?);
        let (a, b) = (x.narrow(D::Minus1, 0, self.half)?, x.narrow(D::Minus1, self.half, self.half)?);
        let turned = [
            (a.broadcast_mul(&cos)? - b.broadcast_mul(&sin)?)?,
            (b.broadcast_mul(&cos)? + a.broadcast_mul(&sin)?)?,
        ];
        Tensor::cat(&turned, D::Minus1)?.contiguous()
    }
}

kernel! {
    /// Turns the heads of one row.
    fn turn<T: Real>(row: &mut [T], turns: &[f32], back: bool) {
        let half = turns.len() / 2;
        let (cos, sin) = turns.split_at(half);
        let sign = if back { -T::one() } else { T::one() };
        for head in row.chunks_exact_mut(2 * half) {
            let (a, b) = head.split_at_mut(half);
            for (((a, b), &cos), &sin) in a.iter_mut().zip(b).zip(cos).zip(sin) {
                let (cos, sin) = (T::of(f64::from(cos)), sign * T::of(f64::from(sin)));
                (*a, *b) = (*a * cos - *b * sin, *b * cos + *a * sin);
            }
        }
    }
}
