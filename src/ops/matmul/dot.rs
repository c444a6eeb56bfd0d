//! Products of operands rounded to bfloat16 with AVX-512 BF16. Both operands are packed into
//! panels of pairs along the inner size; `vdpbf16ps` adds two products to each of sixteen
//! sums. It refuses processors without it; the caller asks [`runs_here`].
//!
//! The instruction rounds each addition to the nearest `f32`, and takes and gives numbers
//! below 2^-126 as 0 whatever the thread's rounding mode; see Intel's manual at VDPBF16PS.

use super::super::buffers::Buffer;
use super::products::{BLOCK, blocks};
use super::{Matrix, Target};
use core::arch::x86_64::{
    __cpuid, __m512bh, __m512i, _mm512_dpbf16_ps, _mm512_loadu_si512, _mm512_set1_epi32, _mm512_setzero_ps,
    _mm512_storeu_ps,
};

/// Rows of a tile. With two registers of columns its sums take 24 of the 32 registers.
const ROWS: usize = 12;
/// Columns of a tile: two registers.
const COLUMNS: usize = 32;

/// Whether the processor has the instructions.
pub fn runs_here() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512bf16")
}

/// Whether they are quicker than `f32`: not on Intel's; see [`super::Bf16Kernel::best`].
pub fn is_quick() -> bool {
    let id = __cpuid(0);
    let maker: Vec<u8> = [id.ebx, id.edx, id.ecx].iter().flat_map(|part| part.to_le_bytes()).collect();
    maker != b"GenuineIntel"
}

/// target (+)= rounded(a) rounded(b); the views have been checked and are not empty.
///
/// # Panics
/// Where [`runs_here`] is false.
pub fn product(target: Target<'_, f32>, a: Matrix<'_, f32>, b: Matrix<'_, f32>) {
    assert!(runs_here(), "AVX-512 BF16");
    let Target { data, stride, accumulate } = target;
    let (mut left, mut right) = (Buffer::dirty(BLOCK * BLOCK), Buffer::dirty(BLOCK * BLOCK));
    let (left, right) = (as_pairs(&mut left), as_pairs(&mut right));
    for columns in blocks(b.columns) {
        for depth in blocks(a.columns) {
            // SAFETY: the processor has AVX-512 F, BW and BF16, as asserted above.
            let b = unsafe { pack::<COLUMNS>(b.part(depth.clone(), columns.clone()).t(), right) };
            for rows in blocks(a.rows) {
                // SAFETY: as above.
                let a = unsafe { pack::<ROWS>(a.part(rows.clone(), depth.clone()), left) };
                let data = &mut data[rows.start * stride + columns.start..];
                let target = Target::place(data, stride, accumulate || depth.start > 0);
                // SAFETY: as above.
                unsafe { tiles(target, (rows.len(), columns.len(), depth.len().div_ceil(2)), a, b) };
            }
        }
    }
}

/// Scratch memory as pairs of bfloat16.
fn as_pairs(numbers: &mut [f32]) -> &mut [u32] {
    // SAFETY: both types have the same size and alignment, and every pattern of bits is a
    // value of both; the borrow passes on.
    unsafe { std::slice::from_raw_parts_mut(numbers.as_mut_ptr().cast(), numbers.len()) }
}

/// Two neighbours along the inner size, the first in the lower half. Rounded to nearest, ties
/// to even: as [`super::super::Real::to_bf16`].
#[inline(always)]
fn pair(first: f32, second: f32) -> u32 {
    (rounded(first) >> 16) | (rounded(second) & 0xffff_0000)
}

#[inline(always)]
fn rounded(v: f32) -> u32 {
    super::super::real::bf16_bits(v)
}

/// `from` `[lines, depth]` as panels of R lines, each `[pairs of the depth, R]`; what is
/// missing at the edges is 0.
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
fn pack<'a, const R: usize>(from: Matrix<'_, f32>, to: &'a mut [u32]) -> &'a [u32] {
    let (lines, depth) = (from.rows, from.columns);
    let pairs = depth.div_ceil(2);
    let used = lines.div_ceil(R) * R * pairs;
    for (panel, to) in to[..used].chunks_exact_mut(R * pairs).enumerate() {
        let first = panel * R;
        let count = R.min(lines - first);
        let (to, _) = to.as_chunks_mut::<R>();
        if count < R {
            to.fill([0; R]);
        }
        if from.row_stride == 1 {
            // The panel's lines lie side by side: two neighbours of the depth are woven.
            for (p, to) in to.iter_mut().enumerate() {
                let at = |depth: usize| &from.data[depth * from.column_stride + first..][..count];
                let one = at(2 * p);
                if 2 * p + 1 < depth {
                    weave(one, at(2 * p + 1), to);
                } else {
                    for (to, &one) in to.iter_mut().zip(one) {
                        *to = pair(one, 0.0);
                    }
                }
            }
        } else {
            let mut line = [0; BLOCK / 2];
            for r in 0..count {
                let numbers = &from.data[(first + r) * from.row_stride..];
                if from.column_stride == 1 {
                    let (whole, rest) = numbers[..depth].as_chunks();
                    for (to, &[one, two]) in line.iter_mut().zip(whole) {
                        *to = pair(one, two);
                    }
                    if let &[one] = rest {
                        line[pairs - 1] = pair(one, 0.0);
                    }
                } else {
                    let mut numbers = numbers.iter().step_by(from.column_stride).take(depth);
                    for to in &mut line[..pairs] {
                        *to = pair(*numbers.next().unwrap_or(&0.0), *numbers.next().unwrap_or(&0.0));
                    }
                }
                for (to, &pair) in to.iter_mut().zip(&line) {
                    to[r] = pair;
                }
            }
        }
    }
    &to[..used]
}

#[inline(always)]
fn weave<const R: usize>(one: &[f32], two: &[f32], to: &mut [u32; R]) {
    if let (Some(one), Some(two)) = (one.first_chunk::<R>(), two.first_chunk::<R>()) {
        for i in 0..R {
            to[i] = pair(one[i], two[i]);
        }
    } else {
        for ((to, &one), &two) in to.iter_mut().zip(one).zip(two) {
            *to = pair(one, two);
        }
    }
}

/// Packed a times packed b, of (rows, columns, pairs).
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
fn tiles(target: Target<'_, f32>, (rows, columns, pairs): (usize, usize, usize), a: &[u32], b: &[u32]) {
    let mut tile = [[0.0; COLUMNS]; ROWS];
    for (b, column) in b.chunks_exact(COLUMNS * pairs).zip((0..columns).step_by(COLUMNS)) {
        for (a, row) in a.chunks_exact(ROWS * pairs).zip((0..rows).step_by(ROWS)) {
            multiply(a.as_chunks().0, b.as_chunks().0, &mut tile);
            let count = COLUMNS.min(columns - column);
            for (sums, row) in tile.iter().zip(row..rows) {
                let to = &mut target.data[row * target.stride + column..][..count];
                if target.accumulate {
                    for (to, sum) in to.iter_mut().zip(sums) {
                        *to += sum;
                    }
                } else {
                    to.copy_from_slice(&sums[..count]);
                }
            }
        }
    }
}

/// One tile from its panels.
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
#[inline(never)]
fn multiply(a: &[[u32; ROWS]], b: &[[u32; COLUMNS]], out: &mut [[f32; COLUMNS]; ROWS]) {
    let mut sums = [[_mm512_setzero_ps(); 2]; ROWS];
    for (a, b) in a.iter().zip(b) {
        let (low, high) = b.split_at(COLUMNS / 2);
        // SAFETY: each half has the sixteen pairs that are read, with no demand on alignment.
        let b =
            unsafe { [_mm512_loadu_si512(low.as_ptr().cast()), _mm512_loadu_si512(high.as_ptr().cast())] };
        let b = b.map(halves);
        for r in 0..ROWS {
            let a = halves(_mm512_set1_epi32(a[r].cast_signed()));
            sums[r][0] = _mm512_dpbf16_ps(sums[r][0], a, b[0]);
            sums[r][1] = _mm512_dpbf16_ps(sums[r][1], a, b[1]);
        }
    }
    for r in 0..ROWS {
        let (low, high) = out[r].split_at_mut(COLUMNS / 2);
        // SAFETY: each half has room for the sixteen numbers, with no demand on alignment.
        unsafe {
            _mm512_storeu_ps(low.as_mut_ptr(), sums[r][0]);
            _mm512_storeu_ps(high.as_mut_ptr(), sums[r][1]);
        }
    }
}

/// The same bits as pairs of bfloat16.
#[inline(always)]
fn halves(bits: __m512i) -> __m512bh {
    // SAFETY: both are plain registers of 512 bits, of which every pattern is a value.
    unsafe { std::mem::transmute::<__m512i, __m512bh>(bits) }
}
