//! Products of operands rounded to bfloat16 on any processor: blocks of both are rounded into
//! scratch memory and multiplied by the `f32` kernel. The plain version of every other
//! bfloat16 kernel. It refuses nothing that the `f32` product takes.

use super::super::Real;
use super::super::buffers::Buffer;
use super::super::instructions::kernel;
use super::products::{BLOCK, blocks};
use super::{Matrix, Target, matmul};

/// target (+)= rounded(a) rounded(b); the views have been checked and are not empty.
pub fn product<T: Real>(target: Target<'_, T>, a: Matrix<'_, T>, b: Matrix<'_, T>) {
    let Target { data, stride, accumulate } = target;
    let (mut left, mut right) = (Buffer::dirty(BLOCK * BLOCK), Buffer::dirty(BLOCK * BLOCK));
    for columns in blocks(b.columns) {
        for depth in blocks(a.columns) {
            let b = copy(b.part(depth.clone(), columns.clone()), &mut right);
            for rows in blocks(a.rows) {
                let a = copy(a.part(rows.clone(), depth.clone()), &mut left);
                let data = &mut data[rows.start * stride + columns.start..];
                matmul(Target::place(data, stride, accumulate || depth.start > 0), T::one(), a, b);
            }
        }
    }
}

/// A rounded copy. It lies as the original does, so that both are read along their lines.
fn copy<'a, T: Real>(from: Matrix<'_, T>, to: &'a mut [T]) -> Matrix<'a, T> {
    if from.column_stride != 1 && from.row_stride == 1 {
        return copy(from.t(), to).t();
    }
    for (row, to) in to.chunks_exact_mut(from.columns).take(from.rows).enumerate() {
        let line = &from.data[row * from.row_stride..];
        if from.column_stride == 1 {
            round(&line[..from.columns], to);
        } else {
            for (to, &v) in to.iter_mut().zip(line.iter().step_by(from.column_stride)) {
                *to = v.to_bf16();
            }
        }
    }
    Matrix::new(to, from.rows, from.columns)
}

kernel! {
    fn round<T: Real>(from: &[T], to: &mut [T]) {
        for (to, &v) in to.iter_mut().zip(from) {
            *to = v.to_bf16();
        }
    }
}
