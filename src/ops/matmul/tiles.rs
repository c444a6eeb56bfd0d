//! Products in `f32` whose right operand lies ready in panels: a tile of sums stays in
//! registers while it runs along the inner size; the left operand is read where it lies.
//! The element sums are fused multiply-adds in the order of the inner size, beginning with
//! what the target starts from, so every kernel here gives the same bits.

use super::{Matrix, Target};
use crate::ops::{Instructions, Real};
use std::sync::OnceLock;

/// Inner size of a panel that is multiplied at a time: it stays in the first cache.
const DEPTH: usize = 256;

/// Rows and columns of the largest tile.
const HIGHEST: usize = 12;
const WIDEST: usize = 32;

/// A kernel: its widest tile and how it multiplies one.
#[derive(Clone, Copy)]
pub struct Tiles {
    /// Rows of a tile.
    rows: usize,
    /// Columns of a tile and of a panel.
    columns: usize,
    multiply: Multiply,
    turn: fn(Matrix<'_, f32>, &mut [f32]),
}

/// Of (rows of the tile, inner size, left operand, its row and column strides, panel, start,
/// its row stride, target, its row stride).
///
/// # Safety
/// The caller vouches for the instructions and for all that is read and written: [`product`].
type Multiply =
    unsafe fn(usize, usize, *const f32, (usize, usize), *const f32, (*const f32, usize), (*mut f32, usize));

impl Tiles {
    /// The kernel of an instruction set; `None` where there is none or the machine lacks it.
    pub fn of(set: Instructions) -> Option<Self> {
        if !set.is_here() {
            return None;
        }
        match set {
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => {
                Some(Self { rows: 12, columns: 32, multiply: x86::avx512, turn: turn::<32> })
            }
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => Some(Self { rows: 6, columns: 16, multiply: x86::avx2, turn: turn::<16> }),
            _ => None,
        }
    }

    /// Numbers in the panels of `[inner, columns]`.
    pub fn panels(self, inner: usize, columns: usize) -> usize {
        columns.next_multiple_of(self.columns) * inner
    }

    /// The widest of this machine, or of the set that the environment names. Always the same
    /// in one process.
    pub fn best() -> Option<Self> {
        static BEST: OnceLock<Option<Tiles>> = OnceLock::new();
        *BEST.get_or_init(|| Self::of(Instructions::wanted()))
    }
}

/// What a target is before the product is added.
#[derive(Clone, Copy)]
pub enum Start<'a, T> {
    /// Zeros.
    Zero,
    /// These numbers in each row.
    Row(&'a [T]),
    /// What it holds.
    Itself,
}

impl<'a, T: Real> Start<'a, T> {
    /// The same where its numbers are `f32`.
    pub(super) fn as_f32(self) -> Option<Start<'a, f32>> {
        Some(match self {
            Self::Zero => Start::Zero,
            Self::Row(row) => Start::Row(T::as_f32(row)?),
            Self::Itself => Start::Itself,
        })
    }
}

/// A right operand `[inner, columns]` in panels: each `[inner, columns of a tile]`, with zeros
/// behind its last column.
pub struct Panels {
    data: Vec<f32>,
    inner: usize,
    columns: usize,
    tiles: Tiles,
}

impl Panels {
    /// Of a view whose rows or whose columns lie in one piece.
    ///
    /// # Panics
    /// If the view reaches beyond its slice.
    pub fn new(b: Matrix<'_, f32>, tiles: Tiles) -> Self {
        assert!(b.fits(), "right view");
        let (inner, columns, wide) = (b.rows, b.columns, tiles.columns);
        let mut data = vec![0.0; tiles.panels(inner, columns)];
        for (panel, to) in data.chunks_exact_mut((wide * inner).max(1)).enumerate() {
            let first = panel * wide;
            let count = wide.min(columns - first);
            if b.column_stride == 1 {
                for (k, to) in to.chunks_exact_mut(wide).enumerate() {
                    to[..count].copy_from_slice(&b.data[k * b.row_stride + first..][..count]);
                }
            } else {
                (tiles.turn)(b.part(0..inner, first..first + count), to);
            }
        }
        Self { data, inner, columns, tiles }
    }
}

/// Writes a view of at most W columns into rows of W.
fn turn<const W: usize>(from: Matrix<'_, f32>, to: &mut [f32]) {
    let (inner, count, to) = (from.rows, from.columns, to.as_chunks_mut::<W>().0);
    let column = |c: usize| &from.data[c * from.column_stride..];
    // Squares of four by four, which the compiler turns within registers.
    let whole = if from.row_stride == 1 && inner.is_multiple_of(4) { count / 4 * 4 } else { 0 };
    for c in (0..whole).step_by(4) {
        let lines: [&[[f32; 4]]; 4] = std::array::from_fn(|i| column(c + i)[..inner].as_chunks().0);
        for (k, to) in to[..inner].chunks_exact_mut(4).enumerate() {
            let square = [lines[0][k], lines[1][k], lines[2][k], lines[3][k]];
            for (j, to) in to.iter_mut().enumerate() {
                to[c..c + 4].copy_from_slice(&[square[0][j], square[1][j], square[2][j], square[3][j]]);
            }
        }
    }
    for c in whole..count {
        for (to, &number) in to.iter_mut().zip(column(c).iter().step_by(from.row_stride)).take(inner) {
            to[c] = number;
        }
    }
}

/// target = start + a b. Rows or columns of `a` must lie in one piece.
///
/// # Panics
/// If sizes differ or a view reaches beyond its slice: a mistake in a kernel.
pub fn product(target: &mut Target<'_, f32>, start: Start<'_, f32>, a: Matrix<'_, f32>, b: &Panels) {
    let (m, k, n, Tiles { rows, columns, multiply, .. }) = (a.rows, a.columns, b.columns, b.tiles);
    assert_eq!(k, b.inner, "inner sizes of a product");
    assert!(a.fits(), "left view");
    assert!(a.row_stride == 1 || a.column_stride == 1, "left operand in one piece");
    assert!(target.fits(m, n), "target view");
    if m == 0 || n == 0 {
        return;
    }
    if let Start::Row(row) = start {
        assert_eq!(row.len(), n, "a start for each column");
    }
    // What a panel's rows start from, and its sums where it is wider than what is left.
    let (mut row, mut edge) = ([0.0; WIDEST], [0.0; WIDEST * HIGHEST]);
    let (stride, strides) = (target.stride, (a.row_stride, a.column_stride));
    for first in (0..n).step_by(columns) {
        let panel = &b.data[first * k..][..columns * k];
        let count = columns.min(n - first);
        if let Start::Row(numbers) = start {
            row[..count].copy_from_slice(&numbers[first..first + count]);
            row[count..].fill(0.0);
        }
        // At least once, so that an inner size of 0 gives the start.
        for depth in (0..k.max(1)).step_by(DEPTH) {
            let inner = DEPTH.min(k - depth);
            for top in (0..m).step_by(rows) {
                let height = rows.min(m - top);
                let left = &a.data[(top * a.row_stride + depth * a.column_stride).min(a.data.len())..];
                let panel = &panel[depth * columns..][..inner * columns];
                let to = &mut target.data[top * stride + first..];
                let fresh = depth == 0 && !matches!(start, Start::Itself);
                if count < columns && !fresh {
                    for (edge, to) in edge.chunks_exact_mut(columns).zip(to.chunks(stride)).take(height) {
                        edge[..count].copy_from_slice(&to[..count]);
                        edge[count..].fill(0.0);
                    }
                }
                let (out, out_stride) =
                    if count < columns { (edge.as_mut_ptr(), columns) } else { (to.as_mut_ptr(), stride) };
                let from = if fresh { (row.as_ptr(), 0) } else { (out.cast_const(), out_stride) };
                // SAFETY: the processor has the kernel's instructions (`Tiles::of`). The kernel
                // reads `height` rows of `inner` numbers of a (`a.fits`), `inner * columns` of
                // the panel (the slice), `columns` numbers of each of `height` rows from the
                // start, which is `row` or the target itself, and writes as many rows
                // of `columns` numbers to the target, which has room for them (`target.fits`,
                // `count == columns`), or else to `edge`, which is one tile.
                unsafe {
                    multiply(height, inner, left.as_ptr(), strides, panel.as_ptr(), from, (out, out_stride))
                };
                if count < columns {
                    for (edge, to) in edge.chunks_exact(columns).zip(to.chunks_mut(stride)).take(height) {
                        to[..count].copy_from_slice(&edge[..count]);
                    }
                }
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use core::arch::x86_64::{
        _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_set1_ps, _mm256_setzero_ps, _mm256_storeu_ps,
        _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_set1_ps, _mm512_setzero_ps, _mm512_storeu_ps,
    };

    /// A kernel of tiles of up to as many rows as listed, two registers wide.
    macro_rules! kernel {
        ($name:ident, $features:literal, $lanes:literal, $zero:ident, $load:ident, $store:ident, $all:ident, $fma:ident, $($rows:literal)*) => {
            /// # Safety
            /// See [`super::product`].
            #[target_feature(enable = $features)]
            pub unsafe fn $name(
                rows: usize,
                inner: usize,
                a: *const f32,
                strides: (usize, usize),
                b: *const f32,
                from: (*const f32, usize),
                to: (*mut f32, usize),
            ) {
                /// # Safety
                /// As the function around it.
                #[target_feature(enable = $features)]
                unsafe fn tile<const R: usize>(
                    inner: usize,
                    a: *const f32,
                    (row_stride, column_stride): (usize, usize),
                    b: *const f32,
                    (from, from_stride): (*const f32, usize),
                    (to, to_stride): (*mut f32, usize),
                ) {
                    let mut sums = [[$zero(); 2]; R];
                    // SAFETY: the caller vouches for R rows of two registers at `from` and `to`,
                    // for R rows of `inner` numbers at `a` and `inner` rows of two registers at `b`.
                    unsafe {
                        for r in 0..R {
                            sums[r] = [$load(from.add(r * from_stride)), $load(from.add(r * from_stride + $lanes))];
                        }
                        if column_stride == 1 {
                            let mut row = [a; R];
                            for r in 0..R {
                                row[r] = a.add(r * row_stride);
                            }
                            for k in 0..inner {
                                let (low, high) = ($load(b.add(k * 2 * $lanes)), $load(b.add(k * 2 * $lanes + $lanes)));
                                for r in 0..R {
                                    let a = $all(*row[r].add(k));
                                    sums[r] = [$fma(a, low, sums[r][0]), $fma(a, high, sums[r][1])];
                                }
                            }
                        } else {
                            for k in 0..inner {
                                let (low, high) = ($load(b.add(k * 2 * $lanes)), $load(b.add(k * 2 * $lanes + $lanes)));
                                let column = a.add(k * column_stride);
                                for r in 0..R {
                                    let a = $all(*column.add(r));
                                    sums[r] = [$fma(a, low, sums[r][0]), $fma(a, high, sums[r][1])];
                                }
                            }
                        }
                        for r in 0..R {
                            $store(to.add(r * to_stride), sums[r][0]);
                            $store(to.add(r * to_stride + $lanes), sums[r][1]);
                        }
                    }
                }
                // SAFETY: passed on.
                unsafe {
                    match rows {
                        $($rows => tile::<$rows>(inner, a, strides, b, from, to),)*
                        _ => debug_assert!(false, "a tile of {rows} rows"),
                    }
                }
            }
        };
    }
    kernel!(avx512, "avx512f", 16, _mm512_setzero_ps, _mm512_loadu_ps, _mm512_storeu_ps, _mm512_set1_ps,
        _mm512_fmadd_ps, 1 2 3 4 5 6 7 8 9 10 11 12);
    kernel!(avx2, "avx2,fma", 8, _mm256_setzero_ps, _mm256_loadu_ps, _mm256_storeu_ps, _mm256_set1_ps,
        _mm256_fmadd_ps, 1 2 3 4 5 6);
}
