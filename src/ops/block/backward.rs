//! Backward of the encoder block, by hand: forward's steps in reverse.

use super::super::Real;
use super::super::buffers::Buffer;
use super::super::kernels as k;
use super::super::linear::linear_backward;
use super::super::matmul::{Matrix, Target};
use super::super::rotary::Turn;
use super::{BlockShape, Fields, Keep, Op, Saved};

impl Op {
    /// Adds the parameters' gradient to `grads`; returns the input's, `[R, width]`.
    pub(super) fn backward<T: Real>(
        &self,
        dy: &[T],
        x: &[T],
        parameters: &[T],
        s: &Saved<T>,
        grads: &mut [T],
    ) -> Vec<T> {
        let BlockShape { width: w, mlp: m, post_norm, .. } = self.shape;
        let (rows, n, products) = (self.spans.rows(), self.kept_rows(), self.products);
        let mut rest = parameters;
        let p = Fields::split(&self.shape, |len| {
            let (field, tail) = rest.split_at(len);
            rest = tail;
            field
        });
        let mut rest = grads;
        let g = Fields::split(&self.shape, |len| {
            let (field, tail) = std::mem::take(&mut rest).split_at_mut(len);
            rest = tail;
            field
        });

        // The residual stream's gradient before the MLP's sum.
        let mut dsum = if let Some(sum2) = &s.sum2 {
            let mut d = Buffer::zeroed(n * w);
            k::layer_norm_backward(
                dy,
                sum2,
                p.norm2_gain,
                &s.statistics2,
                &mut d,
                g.norm2_gain,
                g.norm2_bias,
            );
            d
        } else {
            Buffer::copy_of(dy)
        };

        // MLP.
        let mut branch = Buffer::copy_of(&dsum);
        self.drop_out(&mut branch, 1);
        let mut dactive = Buffer::dirty(n * m);
        linear_backward(
            products,
            &branch,
            &s.active,
            p.down,
            Target::set(&mut dactive, m),
            g.down,
            g.down_bias,
        );
        k::multiply(&mut dactive, &s.slope);
        if post_norm {
            linear_backward(products, &dactive, &s.normed2, p.up, Target::add(&mut dsum, w), g.up, g.up_bias);
            let mut d = Buffer::zeroed(n * w);
            k::layer_norm_backward(
                &dsum,
                &s.sum1,
                p.norm1_gain,
                &s.statistics1,
                &mut d,
                g.norm1_gain,
                g.norm1_bias,
            );
            dsum = d;
        } else {
            let mut d = Buffer::dirty(n * w);
            linear_backward(products, &dactive, &s.normed2, p.up, Target::set(&mut d, w), g.up, g.up_bias);
            k::layer_norm_backward(
                &d,
                &s.sum1,
                p.norm2_gain,
                &s.statistics2,
                &mut dsum,
                g.norm2_gain,
                g.norm2_bias,
            );
        }

        // Attention.
        branch.copy_from_slice(&dsum);
        self.drop_out(&mut branch, 0);
        let mut dattended = Buffer::dirty(n * w);
        linear_backward(
            products,
            &branch,
            &s.attended,
            p.out,
            Target::set(&mut dattended, w),
            g.out,
            g.out_bias,
        );
        let mut dqkv = Buffer::dirty(rows * 3 * w);
        self.shape.attention().backward(
            &dattended,
            &s.qkv,
            s.probabilities.as_deref(),
            &self.spans,
            &mut dqkv,
        );
        if let Some(rotary) = &self.rotary {
            rotary.turn(&mut dqkv, &self.spans, w, self.shape.keep, Turn::Back);
        }

        // The residual stream at the input.
        let mut dx = vec![T::zero(); rows * w];
        if self.shape.keep == Keep::All {
            dx.copy_from_slice(&dsum);
        } else {
            for (d, row) in dsum.chunks_exact(w).zip(self.single_rows()) {
                dx[row * w..][..w].copy_from_slice(d);
            }
        }
        let input = s.normed1.as_deref().unwrap_or(x);
        if post_norm {
            self.project_qkv_backward(&dqkv, input, p.qkv, Target::add(&mut dx, w), g.qkv, g.qkv_bias);
        } else {
            let mut d = Buffer::dirty(rows * w);
            self.project_qkv_backward(&dqkv, input, p.qkv, Target::set(&mut d, w), g.qkv, g.qkv_bias);
            k::layer_norm_backward(&d, x, p.norm1_gain, &s.statistics1, &mut dx, g.norm1_gain, g.norm1_bias);
        }
        dx
    }

    fn project_qkv_backward<T: Real>(
        &self,
        dqkv: &[T],
        input: &[T],
        weight: &[T],
        dinput: Target<'_, T>,
        dweight: &mut [T],
        dbias: &mut [T],
    ) {
        let (rows, w, products) = (self.spans.rows(), self.shape.width, self.products);
        if self.shape.keep == Keep::All {
            return linear_backward(products, dqkv, input, weight, dinput, dweight, dbias);
        }
        // Keys and values of all rows; queries of kept rows only.
        let (wq, wkv) = weight.split_at(w * w);
        let (dwq, dwkv) = dweight.split_at_mut(w * w);
        let n = self.spans.len();
        let mut dq = Buffer::dirty(n * w);
        for (dq, row) in dq.chunks_exact_mut(w).zip(self.single_rows()) {
            dq.copy_from_slice(&dqkv[row * 3 * w..][..w]);
        }
        let mut dkept = Buffer::dirty(n * w);
        let (dbq, dbkv) = dbias.split_at_mut(w);
        linear_backward(products, &dq, &self.kept(input), wq, Target::set(&mut dkept, w), dwq, dbq);
        let d = Matrix::strided(&dqkv[w..], rows, 2 * w, 3 * w);
        for row in dqkv.chunks_exact(3 * w) {
            k::add(&row[w..], dbkv);
        }
        products.matmul(Target::add(dwkv, w), d.t(), Matrix::new(input, rows, w));
        let dinput = products.matmul(dinput, d, Matrix::new(wkv, 2 * w, w));
        for (d, row) in dkept.chunks_exact(w).zip(self.single_rows()) {
            k::add(d, &mut dinput[row * w..][..w]);
        }
    }
}
