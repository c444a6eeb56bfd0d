//! The two number types that kernels work in: `f32` to train, `f64` to check gradients.
//! The `f32` exponential and GELU are branch-free so that loops over them vectorise;
//! the `f64` ones are the mathematical library's. It refuses any other type.

use super::buffers::FreeList;
use candle_core::WithDType;
use std::cell::RefCell;
use std::thread::LocalKey;

/// `f32` or `f64`.
pub trait Real: WithDType + num_traits::Float {
    /// e to the power of `self`, which must not be positive; at most 2 ulp off in `f32`.
    /// Results below the smallest normal number are 0.
    fn exp_nonpositive(self) -> Self;
    /// GELU (the exact one, x Φ(x) with the normal distribution Φ; Hendrycks and Gimpel 2016)
    /// and its derivative Φ(x) + x φ(x).
    fn gelu(self) -> (Self, Self);
    /// This thread's buffers of this type that wait to be used again.
    fn free_list() -> &'static LocalKey<RefCell<FreeList<Self>>>;
    /// A gradient buffer of the training loop as numbers of this type: only `f32` has them.
    fn from_sink(buffer: &mut [f32]) -> Option<&mut [Self]>;
    /// The nearest bfloat16, ties to even: the upper 16 bits of an `f32`. What is not a number
    /// stays so; beyond the largest it is infinite.
    fn to_bf16(self) -> Self;
    /// The numbers, where they are `f32`.
    fn as_f32(numbers: &[Self]) -> Option<&[f32]>;
    /// The same, to write to.
    fn as_f32_mut(numbers: &mut [Self]) -> Option<&mut [f32]>;
    /// From `f64`, rounded.
    #[inline(always)]
    fn of(value: f64) -> Self {
        <Self as WithDType>::from_f64(value)
    }
    /// To `f64`, exactly.
    #[inline(always)]
    fn double(self) -> f64 {
        WithDType::to_f64(self)
    }
}

thread_local! {
    static FREE_F32: RefCell<FreeList<f32>> = const { RefCell::new(FreeList::new()) };
    static FREE_F64: RefCell<FreeList<f64>> = const { RefCell::new(FreeList::new()) };
}

impl Real for f32 {
    #[inline(always)]
    fn exp_nonpositive(self) -> Self {
        // x = n ln 2 + r with |r| <= ln 2 / 2, so e^x = 2^n e^r. Adding 1.5 * 2^23 rounds to
        // a whole number and leaves it in the low bits. ln 2 is split in two so that n ln 2
        // is exact enough. The polynomial (e^r - 1 - r) / r^2 is a minimax fit, error 5e-11.
        const SMALLEST: f32 = -87.3;
        const ROUND: f32 = 12_582_912.0;
        let shifted = self.mul_add(std::f32::consts::LOG2_E, ROUND);
        let n = shifted - ROUND;
        let r = n.mul_add(-0.693_145_75, self);
        let r = n.mul_add(-1.428_606_8e-6, r);
        let p = EXP[5];
        let p = p.mul_add(r, EXP[4]);
        let p = p.mul_add(r, EXP[3]);
        let p = p.mul_add(r, EXP[2]);
        let p = p.mul_add(r, EXP[1]);
        let p = p.mul_add(r, EXP[0]);
        let power = Self::from_bits((shifted.to_bits() << 23).wrapping_add(0x3f80_0000));
        let value = (p * r).mul_add(r, r) + 1.0;
        if self < SMALLEST { 0.0 } else { value * power }
    }

    #[inline(always)]
    fn gelu(self) -> (Self, Self) {
        // Φ(-z) = e^(-z²/2) R(z) for z >= 0; R is a polynomial in t = 1 / (1 + 0.35 z), fitted
        // to a relative error of 3.2e-8 over 0 <= z <= 14. The exponential serves Φ and φ.
        let t = 1.0 / self.abs().mul_add(0.35, 1.0);
        let p = TAIL[8];
        let p = p.mul_add(t, TAIL[7]);
        let p = p.mul_add(t, TAIL[6]);
        let p = p.mul_add(t, TAIL[5]);
        let p = p.mul_add(t, TAIL[4]);
        let p = p.mul_add(t, TAIL[3]);
        let p = p.mul_add(t, TAIL[2]);
        let p = p.mul_add(t, TAIL[1]);
        let p = p.mul_add(t, TAIL[0]);
        let e = (-0.5 * self * self).exp_nonpositive();
        let tail = e * (p * t);
        let below = if self < 0.0 { tail } else { 1.0 - tail };
        (self * below, (self * e).mul_add(0.398_942_3, below))
    }

    fn free_list() -> &'static LocalKey<RefCell<FreeList<Self>>> {
        &FREE_F32
    }
    fn from_sink(buffer: &mut [f32]) -> Option<&mut [Self]> {
        Some(buffer)
    }
    #[inline(always)]
    fn to_bf16(self) -> Self {
        Self::from_bits(bf16_bits(self) & 0xffff_0000)
    }
    fn as_f32(numbers: &[Self]) -> Option<&[f32]> {
        Some(numbers)
    }
    fn as_f32_mut(numbers: &mut [Self]) -> Option<&mut [f32]> {
        Some(numbers)
    }
}

/// The nearest bfloat16 in the upper half; the lower half is left over.
#[inline(always)]
pub(super) fn bf16_bits(v: f32) -> u32 {
    let bits = v.to_bits();
    // Half of the last place that stays, less one where the place is even, carries upwards.
    let nearest = bits.wrapping_add(0x7fff + ((bits >> 16) & 1));
    if v.is_nan() { bits | 0x0040_0000 } else { nearest }
}

/// (e^r - 1 - r) / r² for |r| <= ln 2 / 2, lowest power first.
const EXP: [f32; 6] = [0.5, 0.166_666_66, 0.041_666_295, 0.008_333_498, 0.001_394_475_8, 0.000_197_902_44];

/// R(z) / t, lowest power of t first.
const TAIL: [f32; 9] = [
    0.139_621_4,
    0.139_861_87,
    0.119_832_87,
    0.105_508,
    -0.023_109_814,
    0.159_174_13,
    -0.255_714_23,
    0.143_971_68,
    -0.029_145_928,
];

impl Real for f64 {
    fn exp_nonpositive(self) -> Self {
        self.exp()
    }

    fn gelu(self) -> (Self, Self) {
        let below = 0.5 * libm::erfc(-self * std::f64::consts::FRAC_1_SQRT_2);
        let density = (-0.5 * self * self).exp() / (2.0 * std::f64::consts::PI).sqrt();
        (self * below, self.mul_add(density, below))
    }

    fn free_list() -> &'static LocalKey<RefCell<FreeList<Self>>> {
        &FREE_F64
    }
    fn from_sink(_: &mut [f32]) -> Option<&mut [Self]> {
        None
    }
    /// By way of `f32`.
    fn to_bf16(self) -> Self {
        Self::from((self as f32).to_bf16())
    }
    fn as_f32(_: &[Self]) -> Option<&[f32]> {
        None
    }
    fn as_f32_mut(_: &mut [Self]) -> Option<&mut [f32]> {
        None
    }
}
