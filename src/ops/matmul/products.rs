//! How linear layers multiply: in `f32`, or with both operands rounded to bfloat16 and sums
//! in `f32`, as PyTorch's autocast divides the labour. A value that is given to each op, never
//! a global. Attention's own products do not come here: they stay in `f32`.
//!
//! bfloat16 is the upper half of an `f32`: 8 bits of significand, the same range. A product
//! of two such numbers is exact in `f32`, so kernels differ in the order of their sums alone.

use super::super::{Real, kernels, profile};
use super::{Matrix, Panels, Start, Target, matmul, rounded, tiles};
use candle_core::{Device, Result, bail};
use std::ops::Range;

/// Rows, columns and depth that are made ready at a time: two such squares are the scratch
/// memory of a product, whatever its size.
pub(super) const BLOCK: usize = 512;

/// The products of a linear layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Products {
    /// Operands as they are.
    #[default]
    F32,
    /// Operands rounded to the nearest bfloat16, ties to even; sums in `f32`.
    Bf16(Bf16Kernel),
}

/// What computes products of bfloat16. The next one, for matrix tiles, is one more file and
/// one more row here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bf16Kernel {
    /// Operands are rounded and the `f32` kernel multiplies them: as quick as it, less the
    /// rounding.
    Rounded,
    /// AVX-512 BF16, two products per lane and instruction. Numbers below 1.2e-38 count as 0.
    Dot,
}

impl Bf16Kernel {
    /// All of them; some may not run here.
    pub const ALL: &'static [Self] = &[Self::Rounded, Self::Dot];

    /// Whether this processor has what it takes. A kernel that does not run here is replaced
    /// by [`Bf16Kernel::Rounded`].
    pub fn runs_here(self) -> bool {
        match self {
            Self::Rounded => true,
            #[cfg(target_arch = "x86_64")]
            Self::Dot => super::dot::runs_here(),
            #[cfg(not(target_arch = "x86_64"))]
            Self::Dot => false,
        }
    }

    /// The quickest here, by what the processor says of itself alone, so that a machine always
    /// takes the same. AMD's have computed bfloat16 at twice the rate of `f32` since Zen 4. On
    /// Intel's Sapphire Rapids the instruction has half of `f32`'s: one in two cycles, beside
    /// two fused multiply-adds in one.
    pub fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        if super::dot::runs_here() && super::dot::is_quick() {
            return Self::Dot;
        }
        Self::Rounded
    }

    /// For the person who compares machines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rounded => "bf16 operands in f32 units",
            Self::Dot => "bf16 units",
        }
    }
}

/// The weight `[out, in]` of a linear layer.
#[derive(Clone, Copy)]
pub struct Weight<'a, T> {
    /// Row by row.
    pub numbers: &'a [T],
    /// Its transpose in panels, where it has been made ready. Only `f32` products look at it.
    pub ready: Option<&'a Panels>,
}

impl Products {
    /// bfloat16 by the kernel that is quickest here.
    pub fn bf16() -> Self {
        Self::Bf16(Bf16Kernel::best())
    }

    /// Numbers in each of the scratch buffers that a product holds.
    pub fn scratch(self) -> &'static [usize] {
        match self {
            Self::F32 => &[],
            Self::Bf16(_) => &[BLOCK * BLOCK; 2],
        }
    }

    /// Refuses devices for which rounding is not written.
    pub(in super::super) fn check(self, device: &Device) -> Result<()> {
        if self != Self::F32 && !device.is_cpu() {
            bail!("bf16 products are computed on the CPU only; choose f32 for {device:?}")
        }
        Ok(())
    }

    /// `out = start + x weight^T`, `out` being `[rows, columns]` without gaps.
    ///
    /// # Panics
    /// As [`matmul`].
    pub fn linear<T: Real>(
        self,
        out: &mut [T],
        columns: usize,
        start: Start<'_, T>,
        x: Matrix<'_, T>,
        weight: Weight<'_, T>,
    ) {
        if self == Self::F32
            && let (Some(ready), Some(x), Some(start)) = (weight.ready, x.as_f32(), start.as_f32())
            && let Some(out) = T::as_f32_mut(&mut *out)
        {
            let _span = profile::kernel("products");
            return tiles::product(&mut Target::set(out, columns), start, x, ready);
        }
        match start {
            Start::Zero => out.fill(T::zero()),
            Start::Row(row) => kernels::broadcast(row, out),
            Start::Itself => {}
        }
        let weight = Matrix::new(weight.numbers, columns, x.columns).t();
        self.matmul(Target::add(out, columns), x, weight);
    }

    /// target (+)= a b, with a `[m, k]` and b `[k, n]`; the target's slice comes back.
    ///
    /// # Panics
    /// As [`matmul`].
    pub fn matmul<'a, T: Real>(
        self,
        target: Target<'a, T>,
        a: Matrix<'_, T>,
        b: Matrix<'_, T>,
    ) -> &'a mut [T] {
        let Target { data, stride, accumulate } = target;
        let target = Target { data: &mut *data, stride, accumulate };
        match self {
            Self::F32 => matmul(target, T::one(), a, b),
            // Nothing to round: zeros, or the target as it is.
            Self::Bf16(_) if a.columns == 0 => matmul(target, T::one(), a, b),
            Self::Bf16(kernel) => {
                let (m, n) = (a.rows, b.columns);
                assert_eq!(a.columns, b.rows, "inner sizes of a product");
                assert!(a.fits(), "left view");
                assert!(b.fits(), "right view");
                assert!(target.fits(m, n), "target view");
                if m > 0 && n > 0 {
                    let _span = profile::kernel("bf16 products");
                    bf16(kernel, target, a, b);
                }
            }
        }
        data
    }
}

fn bf16<T: Real>(kernel: Bf16Kernel, target: Target<'_, T>, a: Matrix<'_, T>, b: Matrix<'_, T>) {
    #[cfg(target_arch = "x86_64")]
    if kernel == Bf16Kernel::Dot
        && super::dot::runs_here()
        && let (Some(a), Some(b)) = (a.as_f32(), b.as_f32())
        && let Some(data) = T::as_f32_mut(&mut *target.data)
    {
        return super::dot::product(Target::place(data, target.stride, target.accumulate), a, b);
    }
    rounded::product(target, a, b);
}

/// `0..len` in blocks.
pub(super) fn blocks(len: usize) -> impl Iterator<Item = Range<usize>> {
    (0..len).step_by(BLOCK).map(move |start| start..(start + BLOCK).min(len))
}
