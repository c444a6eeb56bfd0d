//! Forward of the encoder block.

use super::super::Real;
use super::super::buffers::Buffer;
use super::super::kernels as k;
use super::super::matmul::{Matrix, Panels, Start, Target, Weight};
use super::super::rotary::Turn;
use super::{BlockShape, Fields, Keep, Op, ReadyBlock, Saved};

impl Op {
    /// `out = residual + disturbed(x weight^T + bias)`.
    fn branch<T: Real>(
        &self,
        residual: &[T],
        x: &[T],
        weight: Weight<'_, T>,
        bias: &[T],
        place: u64,
        out: &mut [T],
    ) {
        let (w, inner) = (bias.len(), weight.numbers.len() / bias.len());
        let x = Matrix::new(x, self.kept_rows(), inner);
        if !self.disturbed() {
            k::add_bias(residual, bias, out);
            self.products.linear(out, w, Start::Itself, x, weight);
        } else {
            self.products.linear(out, w, Start::Row(bias), x, weight);
            self.drop_out(out, place);
            k::add(residual, out);
        }
    }

    /// One of the block's weights, with its panels where there are some.
    fn weight<'a, T>(&'a self, numbers: &'a [T], of: impl Fn(&ReadyBlock) -> &Panels) -> Weight<'a, T> {
        Weight { numbers, ready: self.ready.as_deref().map(of) }
    }

    fn project_qkv<T: Real>(&self, input: &[T], p: &Fields<&[T]>) -> Buffer<T> {
        let (rows, w) = (self.spans.rows(), self.shape.width);
        let mut qkv = Buffer::dirty(rows * 3 * w);
        let x = Matrix::new(input, rows, w);
        if self.shape.keep == Keep::All {
            let weight = self.weight(p.qkv, |ready| &ready.qkv);
            self.products.linear(&mut qkv, 3 * w, Start::Row(p.qkv_bias), x, weight);
            return qkv;
        }
        k::broadcast(p.qkv_bias, &mut qkv);
        let (wq, wkv) = p.qkv.split_at(w * w);
        self.products.matmul(Target::add(&mut qkv[w..], 3 * w), x, Matrix::new(wkv, 2 * w, w).t());
        let kept = self.kept(input);
        let n = self.spans.len();
        let mut q = Buffer::dirty(n * w);
        let kept = Matrix::new(&kept, n, w);
        self.products.matmul(Target::set(&mut q, w), kept, Matrix::new(wq, w, w).t());
        for (q, row) in q.chunks_exact(w).zip(self.single_rows()) {
            k::add(q, &mut qkv[row * 3 * w..][..w]);
        }
        qkv
    }

    pub(super) fn forward<T: Real>(&self, x: &[T], parameters: &[T]) -> (Vec<T>, Saved<T>) {
        let BlockShape { width: w, mlp: m, post_norm, .. } = self.shape;
        let (rows, n) = (self.spans.rows(), self.kept_rows());
        let epsilon = T::of(self.shape.epsilon);
        let mut rest = parameters;
        let p = Fields::split(&self.shape, |len| {
            let (field, tail) = rest.split_at(len);
            rest = tail;
            field
        });

        let mut statistics1 = Buffer::dirty(2 * if post_norm { n } else { rows });
        let mut statistics2 = Buffer::dirty(2 * n);
        let normed1 = (!post_norm).then(|| {
            let mut out = Buffer::dirty(rows * w);
            k::layer_norm(x, p.norm1_gain, p.norm1_bias, epsilon, &mut out, &mut statistics1);
            out
        });
        let mut qkv = self.project_qkv(normed1.as_deref().unwrap_or(x), &p);
        if let Some(rotary) = &self.rotary {
            rotary.turn(&mut qkv, &self.spans, w, self.shape.keep, Turn::There);
        }
        let mut attended = Buffer::dirty(n * w);
        let probabilities = self.shape.attention().forward(&qkv, &self.spans, &mut attended, self.train);

        let out = self.weight(p.out, |ready| &ready.out);
        let mut sum1 = Buffer::dirty(n * w);
        if self.shape.keep == Keep::All {
            self.branch(x, &attended, out, p.out_bias, 0, &mut sum1);
        } else {
            self.branch(&self.kept(x), &attended, out, p.out_bias, 0, &mut sum1);
        }
        let mut normed2 = Buffer::dirty(n * w);
        if post_norm {
            k::layer_norm(&sum1, p.norm1_gain, p.norm1_bias, epsilon, &mut normed2, &mut statistics1);
        } else {
            k::layer_norm(&sum1, p.norm2_gain, p.norm2_bias, epsilon, &mut normed2, &mut statistics2);
        }

        let mut active = Buffer::dirty(n * m);
        let up = self.weight(p.up, |ready| &ready.up);
        self.products.linear(&mut active, m, Start::Row(p.up_bias), Matrix::new(&normed2, n, w), up);
        let mut slope = Buffer::dirty(if self.train { n * m } else { 0 });
        if self.train {
            k::gelu_with_derivative(&mut active, &mut slope);
        } else {
            k::gelu(&mut active);
        }

        let down = self.weight(p.down, |ready| &ready.down);
        let mut y = vec![T::zero(); n * w];
        let sum2 = post_norm.then(|| {
            let mut sum = Buffer::dirty(n * w);
            self.branch(&normed2, &active, down, p.down_bias, 1, &mut sum);
            k::layer_norm(&sum, p.norm2_gain, p.norm2_bias, epsilon, &mut y, &mut statistics2);
            sum
        });
        if !post_norm {
            self.branch(&sum1, &active, down, p.down_bias, 1, &mut y);
        }
        let saved = Saved {
            normed1,
            qkv,
            probabilities,
            attended,
            sum1,
            normed2,
            active,
            slope,
            sum2,
            statistics1,
            statistics2,
        };
        (y, saved)
    }
}
