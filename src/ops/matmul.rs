//! Matrix products on one thread, over strided views of slices. Views are checked
//! against their slice before the kernel is called; nothing here allocates.

use super::Real;

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
}

impl<'a, T: Real> Target<'a, T> {
    /// [`matmul`] into this target, whose slice comes back.
    pub fn product(self, scale: T, a: Matrix<'_, T>, b: Matrix<'_, T>) -> &'a mut [T] {
        let Self { data, stride, accumulate } = self;
        matmul(Target { data: &mut *data, stride, accumulate }, scale, a, b);
        data
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
    assert!(extent(m, k, a.row_stride, a.column_stride) <= a.data.len(), "left view");
    assert!(extent(k, n, b.row_stride, b.column_stride) <= b.data.len(), "right view");
    assert!(extent(m, n, target.stride, 1) <= target.data.len() && target.stride >= n, "target view");
    if m == 0 || n == 0 {
        return;
    }
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
