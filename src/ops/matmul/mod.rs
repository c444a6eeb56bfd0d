//! Matrix products on one thread, over strided views of slices. Views are checked
//! against their slice before the kernel is called; nothing in this file allocates. What
//! rounds its operands first is in [`Products`] and the files beside it.

#[cfg(target_arch = "x86_64")]
mod dot;
mod products;
mod rounded;
mod tiles;

use super::{Real, profile};
pub use products::{Bf16Kernel, Products, Weight};
use std::ops::Range;
pub use tiles::{Panels, Start, Tiles, product};

/// A matrix inside a slice: element (i, j) is `data[i * row_stride + j * column_stride]`.
#[derive(Clone, Copy)]
pub struct Matrix<'a, T> {
    data: &'a [T],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a, T> Matrix<'a, T> {
    /// `rows` rows of `columns` numbers, one behind the other.
    pub fn new(data: &'a [T], rows: usize, columns: usize) -> Self {
        Self::strided(data, rows, columns, columns)
    }
    /// Rows that start `stride` apart.
    pub fn strided(data: &'a [T], rows: usize, columns: usize, stride: usize) -> Self {
        Self { data, rows, columns, row_stride: stride, column_stride: 1 }
    }
    /// Rows and columns exchanged.
    #[must_use]
    pub fn t(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }
    /// Some of its rows and columns.
    fn part(self, rows: Range<usize>, columns: Range<usize>) -> Self {
        let start = rows.start * self.row_stride + columns.start * self.column_stride;
        Self { data: &self.data[start..], rows: rows.len(), columns: columns.len(), ..self }
    }
    /// Whether no element lies beyond the slice.
    fn fits(&self) -> bool {
        extent(self.rows, self.columns, self.row_stride, self.column_stride) <= self.data.len()
    }
}

impl<'a, T: Real> Matrix<'a, T> {
    /// The same where its numbers are `f32`.
    fn as_f32(&self) -> Option<Matrix<'a, f32>> {
        let Self { rows, columns, row_stride, column_stride, .. } = *self;
        Some(Matrix { data: T::as_f32(self.data)?, rows, columns, row_stride, column_stride })
    }
}

/// Where a product goes.
pub struct Target<'a, T> {
    data: &'a mut [T],
    stride: usize,
    accumulate: bool,
}

impl<'a, T> Target<'a, T> {
    /// Overwrites rows that start `stride` apart.
    pub fn set(data: &'a mut [T], stride: usize) -> Self {
        Self { data, stride, accumulate: false }
    }
    /// Adds to them.
    pub fn add(data: &'a mut [T], stride: usize) -> Self {
        Self { data, stride, accumulate: true }
    }
}

impl<'a, T> Target<'a, T> {
    /// Adds to them or overwrites them.
    pub fn place(data: &'a mut [T], stride: usize, accumulate: bool) -> Self {
        Self { data, stride, accumulate }
    }
    /// Whether `rows` rows of `columns` numbers have room and do not overlap.
    fn fits(&self, rows: usize, columns: usize) -> bool {
        extent(rows, columns, self.stride, 1) <= self.data.len() && self.stride >= columns
    }
}

/// Highest index that a `rows` x `columns` view touches, plus one.
fn extent(rows: usize, columns: usize, row_stride: usize, column_stride: usize) -> usize {
    if rows == 0 || columns == 0 { 0 } else { (rows - 1) * row_stride + (columns - 1) * column_stride + 1 }
}

/// target (+)= scale * a b, with a `[m, k]` and b `[k, n]`.
///
/// # Panics
/// If the inner sizes differ or a view reaches beyond its slice: a mistake in a kernel.
pub fn matmul<T: Real>(target: Target<'_, T>, scale: T, a: Matrix<'_, T>, b: Matrix<'_, T>) {
    let (m, k, n) = (a.rows, a.columns, b.columns);
    assert_eq!(k, b.rows, "inner sizes of a product");
    assert!(a.fits(), "left view");
    assert!(b.fits(), "right view");
    assert!(target.fits(m, n), "target view");
    if m == 0 || n == 0 {
        return;
    }
    let _span = profile::kernel("products");
    // SAFETY: the three assertions above show that every element that the kernel may touch
    // lies in its slice; `target.data` is borrowed mutably, so it overlaps neither operand;
    // target rows do not overlap each other because its stride is at least `n`. Strides
    // are lengths of live slices and so fit `isize`.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            target.data.as_mut_ptr(),
            1,
            target.stride as isize,
            target.accumulate,
            a.data.as_ptr(),
            a.column_stride as isize,
            a.row_stride as isize,
            b.data.as_ptr(),
            b.column_stride as isize,
            b.row_stride as isize,
            T::one(),
            scale,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}
