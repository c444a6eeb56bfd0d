//! The encoder block as one differentiable op of (rows, packed parameters), with a
//! hand-written backward. Activations that backward needs are kept inside the op's
//! instance, which candle hands to forward and backward alike; without training nothing
//! is kept. Rows are ragged (see [`Spans`]); there is no padding.
//!
//! Pre-norm (GPT-2, ViT):  a = x + attention(norm1 x),  y = a + mlp(norm2 a).
//! Post-norm (BERT):       a = norm1(x + attention x),  y = norm2(a + mlp a).
//! The mlp is down(GELU(up x)); dropout stands on both residual branches.

use super::attention::Attention;
use super::buffers::Buffer;
use super::cpu::{by_dtype, output, read, slice, tensor};
use super::dropout::Dropout;
use super::kernels as k;
use super::matmul::{Matrix, Target, matmul};
use super::sink::{Sink, accumulate};
use super::tape::{Record, apply2};
use super::{Real, Spans, block_plain};
use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, bail};
use std::any::Any;
use std::sync::{Mutex, PoisonError};

/// Sizes and variants of a block.
#[derive(Clone, Copy, Debug)]
pub struct BlockShape {
    /// Numbers per row.
    pub width: usize,
    /// Hidden size of the MLP.
    pub mlp: usize,
    /// Attention heads; divides the width.
    pub heads: usize,
    /// Epsilon of the layer norms.
    pub epsilon: f64,
    /// Norm after the residual sums instead of before attention and MLP.
    pub post_norm: bool,
    /// A row sees only rows before it and itself.
    pub causal: bool,
    /// Compute only the first row of each sequence: `[sequences, width]` comes out. For the
    /// last block when pooling reads nothing else.
    pub first_only: bool,
}

/// The twelve parameter fields of a block, in packed order. Matrices are `[out, in]`.
pub struct Fields<S> {
    pub norm1_gain: S,
    pub norm1_bias: S,
    pub qkv: S,
    pub qkv_bias: S,
    pub out: S,
    pub out_bias: S,
    pub norm2_gain: S,
    pub norm2_bias: S,
    pub up: S,
    pub up_bias: S,
    pub down: S,
    pub down_bias: S,
}

impl<S> Fields<S> {
    fn split(shape: &BlockShape, mut next: impl FnMut(usize) -> S) -> Self {
        let (w, m) = (shape.width, shape.mlp);
        Self {
            norm1_gain: next(w),
            norm1_bias: next(w),
            qkv: next(3 * w * w),
            qkv_bias: next(3 * w),
            out: next(w * w),
            out_bias: next(w),
            norm2_gain: next(w),
            norm2_bias: next(w),
            up: next(m * w),
            up_bias: next(m),
            down: next(w * m),
            down_bias: next(w),
        }
    }
}

impl BlockShape {
    /// Number of packed parameters.
    pub fn parameters(&self) -> usize {
        let (w, m) = (self.width, self.mlp);
        4 * w * w + 2 * w * m + 9 * w + m
    }

    /// Names and shapes of the fields, in packed order.
    pub fn fields(&self) -> Vec<(&'static str, Vec<usize>)> {
        let (w, m) = (self.width, self.mlp);
        vec![
            ("norm1.weight", vec![w]),
            ("norm1.bias", vec![w]),
            ("attention.qkv.weight", vec![3 * w, w]),
            ("attention.qkv.bias", vec![3 * w]),
            ("attention.out.weight", vec![w, w]),
            ("attention.out.bias", vec![w]),
            ("norm2.weight", vec![w]),
            ("norm2.bias", vec![w]),
            ("mlp.up.weight", vec![m, w]),
            ("mlp.up.bias", vec![m]),
            ("mlp.down.weight", vec![w, m]),
            ("mlp.down.bias", vec![w]),
        ]
    }

    fn attention(&self) -> Attention {
        Attention { width: self.width, heads: self.heads, causal: self.causal, first_only: self.first_only }
    }
}

/// How a block is run.
#[derive(Clone, Default)]
pub struct BlockRun<'a> {
    /// Keep what backward needs.
    pub train: bool,
    /// Dropout of both residual branches.
    pub dropout: Option<Dropout>,
    /// Tape and place of the parameters' gradient; candle's graph if `None`.
    pub record: Option<Record<'a>>,
}

/// One encoder block: `x` `[rows, width]`, `parameters` packed as [`BlockShape::fields`];
/// `[rows, width]`, or `[sequences, width]` with `first_only`.
///
/// # Errors
/// If sizes do not fit each other.
pub fn block(
    x: &Tensor,
    parameters: &Tensor,
    spans: &Spans,
    shape: BlockShape,
    run: BlockRun<'_>,
) -> Result<Tensor> {
    let (rows, width) = x.dims2()?;
    if width != shape.width || rows != spans.rows() || parameters.dims1()? != shape.parameters() {
        bail!("a block of {shape:?} does not fit {:?} with {:?}", x.shape(), parameters.shape())
    }
    if shape.heads == 0 || !width.is_multiple_of(shape.heads) {
        bail!("{} heads do not divide the width {width}", shape.heads)
    }
    if !x.device().is_cpu() {
        return block_plain::block(x, parameters, spans, shape, run.dropout);
    }
    let x = x.contiguous()?;
    let BlockRun { train, dropout, record } = run;
    let (tape, sink) = record.map(|r| (r.tape, r.sink)).unzip();
    let op = Op { shape, spans: spans.clone(), train, dropout, sink, saved: Mutex::new(None) };
    if train { apply2(&x, parameters, op, tape) } else { x.apply_op2_no_bwd(parameters, &op) }
}

struct Op {
    shape: BlockShape,
    spans: Spans,
    train: bool,
    dropout: Option<Dropout>,
    sink: Option<Sink>,
    saved: Mutex<Option<Box<dyn Any + Send>>>,
}

/// What backward needs besides the input and the parameters. K rows come out, of R rows in.
struct Saved<T: Real> {
    /// Input of the qkv product (pre-norm only: post-norm takes x itself), `[R, width]`.
    normed1: Option<Buffer<T>>,
    /// `[R, 3 width]`.
    qkv: Buffer<T>,
    probabilities: Option<Buffer<T>>,
    /// Output of attention before its linear layer, `[K, width]`.
    attended: Buffer<T>,
    /// Input of norm2 (pre) or norm1 (post), `[K, width]`.
    sum1: Buffer<T>,
    /// Input of the MLP, `[K, width]`.
    normed2: Buffer<T>,
    /// GELU's output, `[K, mlp]`.
    active: Buffer<T>,
    /// GELU's derivative, `[K, mlp]`.
    slope: Buffer<T>,
    /// Input of norm2 (post only), `[K, width]`.
    sum2: Option<Buffer<T>>,
    /// Means and inverse deviations of both norms.
    statistics1: Buffer<T>,
    statistics2: Buffer<T>,
}

impl Op {
    /// Rows that come out.
    fn kept_rows(&self) -> usize {
        if self.shape.first_only { self.spans.len() } else { self.spans.rows() }
    }

    /// The rows of `x` that come out.
    fn kept<T: Real>(&self, x: &[T]) -> Buffer<T> {
        if !self.shape.first_only {
            return Buffer::copy_of(x);
        }
        let w = self.shape.width;
        let mut out = Buffer::dirty(self.spans.len() * w);
        for (row, span) in out.chunks_exact_mut(w).zip(self.spans.iter()) {
            row.copy_from_slice(&x[span.start * w..][..w]);
        }
        out
    }

    /// Applies a residual branch's dropout in place.
    fn drop_out<T: Real>(&self, x: &mut [T], place: u64) {
        if let Some(dropout) = self.dropout {
            let w = self.shape.width;
            let lengths = self.spans.iter().map(|s| if self.shape.first_only { w } else { s.len() * w });
            dropout.at(place).apply(x, lengths);
        }
    }

    /// `out = residual + dropout(x weight^T + bias)`, `weight` `[out, in]`.
    fn branch<T: Real>(&self, residual: &[T], x: &[T], weight: &[T], bias: &[T], place: u64, out: &mut [T]) {
        let (n, w) = (self.kept_rows(), bias.len());
        let inner = weight.len() / w;
        let (x, weight) = (Matrix::new(x, n, inner), Matrix::new(weight, w, inner).t());
        if self.dropout.is_none() {
            k::add_bias(residual, bias, out);
            matmul(Target::add(out, w), T::one(), x, weight);
        } else {
            k::broadcast(bias, out);
            matmul(Target::add(out, w), T::one(), x, weight);
            self.drop_out(out, place);
            k::add(residual, out);
        }
    }

    fn project_qkv<T: Real>(&self, input: &[T], p: &Fields<&[T]>) -> Buffer<T> {
        let (rows, w) = (self.spans.rows(), self.shape.width);
        let mut qkv = Buffer::dirty(rows * 3 * w);
        k::broadcast(p.qkv_bias, &mut qkv);
        let x = Matrix::new(input, rows, w);
        if !self.shape.first_only {
            matmul(Target::add(&mut qkv, 3 * w), T::one(), x, Matrix::new(p.qkv, 3 * w, w).t());
            return qkv;
        }
        let (wq, wkv) = p.qkv.split_at(w * w);
        matmul(Target::add(&mut qkv[w..], 3 * w), T::one(), x, Matrix::new(wkv, 2 * w, w).t());
        let first = self.kept(input);
        let n = self.spans.len();
        let mut q = Buffer::dirty(n * w);
        matmul(Target::set(&mut q, w), T::one(), Matrix::new(&first, n, w), Matrix::new(wq, w, w).t());
        for (q, span) in q.chunks_exact(w).zip(self.spans.iter()) {
            k::add(q, &mut qkv[span.start * 3 * w..][..w]);
        }
        qkv
    }

    fn forward<T: Real>(&self, x: &[T], parameters: &[T]) -> (Vec<T>, Saved<T>) {
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
        let qkv = self.project_qkv(normed1.as_deref().unwrap_or(x), &p);
        let mut attended = Buffer::dirty(n * w);
        let probabilities = self.shape.attention().forward(&qkv, &self.spans, &mut attended, self.train);

        let mut sum1 = Buffer::dirty(n * w);
        if self.shape.first_only {
            self.branch(&self.kept(x), &attended, p.out, p.out_bias, 0, &mut sum1);
        } else {
            self.branch(x, &attended, p.out, p.out_bias, 0, &mut sum1);
        }
        let mut normed2 = Buffer::dirty(n * w);
        if post_norm {
            k::layer_norm(&sum1, p.norm1_gain, p.norm1_bias, epsilon, &mut normed2, &mut statistics1);
        } else {
            k::layer_norm(&sum1, p.norm2_gain, p.norm2_bias, epsilon, &mut normed2, &mut statistics2);
        }

        let mut active = Buffer::dirty(n * m);
        k::broadcast(p.up_bias, &mut active);
        matmul(
            Target::add(&mut active, m),
            T::one(),
            Matrix::new(&normed2, n, w),
            Matrix::new(p.up, m, w).t(),
        );
        let mut slope = Buffer::dirty(if self.train { n * m } else { 0 });
        if self.train {
            k::gelu_with_derivative(&mut active, &mut slope);
        } else {
            k::gelu(&mut active);
        }

        let mut y = vec![T::zero(); n * w];
        let sum2 = post_norm.then(|| {
            let mut sum = Buffer::dirty(n * w);
            self.branch(&normed2, &active, p.down, p.down_bias, 1, &mut sum);
            k::layer_norm(&sum, p.norm2_gain, p.norm2_bias, epsilon, &mut y, &mut statistics2);
            sum
        });
        if !post_norm {
            self.branch(&sum1, &active, p.down, p.down_bias, 1, &mut y);
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

    /// Adds the parameters' gradient to `grads`; returns the input's, `[R, width]`.
    fn backward<T: Real>(
        &self,
        dy: &[T],
        x: &[T],
        parameters: &[T],
        s: &Saved<T>,
        grads: &mut [T],
    ) -> Vec<T> {
        let BlockShape { width: w, mlp: m, post_norm, .. } = self.shape;
        let (rows, n) = (self.spans.rows(), self.kept_rows());
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
        linear_backward(&branch, &s.active, p.down, Target::set(&mut dactive, m), g.down, g.down_bias);
        k::multiply(&mut dactive, &s.slope);
        if post_norm {
            linear_backward(&dactive, &s.normed2, p.up, Target::add(&mut dsum, w), g.up, g.up_bias);
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
            linear_backward(&dactive, &s.normed2, p.up, Target::set(&mut d, w), g.up, g.up_bias);
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
        linear_backward(&branch, &s.attended, p.out, Target::set(&mut dattended, w), g.out, g.out_bias);
        let mut dqkv = Buffer::dirty(rows * 3 * w);
        self.shape.attention().backward(
            &dattended,
            &s.qkv,
            s.probabilities.as_deref(),
            &self.spans,
            &mut dqkv,
        );

        // The residual stream at the input.
        let mut dx = vec![T::zero(); rows * w];
        if self.shape.first_only {
            for (row, span) in dsum.chunks_exact(w).zip(self.spans.iter()) {
                dx[span.start * w..][..w].copy_from_slice(row);
            }
        } else {
            dx.copy_from_slice(&dsum);
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
        let (rows, w) = (self.spans.rows(), self.shape.width);
        if !self.shape.first_only {
            return linear_backward(dqkv, input, weight, dinput, dweight, dbias);
        }
        // Keys and values of all rows; queries of first rows only.
        let (wq, wkv) = weight.split_at(w * w);
        let (dwq, dwkv) = dweight.split_at_mut(w * w);
        let n = self.spans.len();
        let mut dq = Buffer::dirty(n * w);
        for (row, span) in dq.chunks_exact_mut(w).zip(self.spans.iter()) {
            row.copy_from_slice(&dqkv[span.start * 3 * w..][..w]);
        }
        let mut dfirst = Buffer::dirty(n * w);
        let (dbq, dbkv) = dbias.split_at_mut(w);
        linear_backward(&dq, &self.kept(input), wq, Target::set(&mut dfirst, w), dwq, dbq);
        let d = Matrix::strided(&dqkv[w..], rows, 2 * w, 3 * w);
        for row in dqkv.chunks_exact(3 * w) {
            k::add(&row[w..], dbkv);
        }
        matmul(Target::add(dwkv, w), T::one(), d.t(), Matrix::new(input, rows, w));
        let dinput = dinput.product(T::one(), d, Matrix::new(wkv, 2 * w, w));
        for (d, span) in dfirst.chunks_exact(w).zip(self.spans.iter()) {
            k::add(d, &mut dinput[span.start * w..][..w]);
        }
    }
}

/// Backward of `y = x weight^T + bias`, `weight` `[out, in]`: writes the input's gradient,
/// adds the parameters'.
pub(super) fn linear_backward<T: Real>(
    dy: &[T],
    x: &[T],
    weight: &[T],
    dx: Target<'_, T>,
    dweight: &mut [T],
    dbias: &mut [T],
) {
    let out = dbias.len();
    let (rows, inner) = (dy.len() / out, weight.len() / out);
    let d = Matrix::new(dy, rows, out);
    k::add_rows(dy, dbias);
    matmul(Target::add(dweight, inner), T::one(), d.t(), Matrix::new(x, rows, inner));
    dx.product(T::one(), d, Matrix::new(weight, out, inner));
}

impl CustomOp2 for Op {
    fn name(&self) -> &'static str {
        "encoder block"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        parameters: &CpuStorage,
        parameters_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        by_dtype!(x.dtype(), self.name(), T => {
            let (y, saved) = self.forward::<T>(slice(x, x_layout)?, slice(parameters, parameters_layout)?);
            if self.train {
                *self.saved.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(saved));
            }
            Ok(output(y, (self.kept_rows(), self.shape.width)))
        })
    }

    fn bwd(
        &self,
        x: &Tensor,
        parameters: &Tensor,
        _: &Tensor,
        dy: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let saved = self.saved.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(saved) = saved else { bail!("backward of an encoder block ran twice or without training") };
        by_dtype!(x.dtype(), self.name(), T => {
            let Ok(saved) = saved.downcast::<Saved<T>>() else { bail!("an encoder block changed its number type") };
            read::<T, _>(x, |x| read::<T, _>(parameters, |p| read::<T, _>(dy, |dy| {
                let mut dx = Vec::new();
                let grad = accumulate::<T>(self.sink.as_ref(), p.len(), |grads| {
                    dx = self.backward(dy, x, p, &saved, grads);
                })?;
                Ok((Some(tensor(dx, (self.spans.rows(), self.shape.width))?), grad))
            })))
        })
    }
}
