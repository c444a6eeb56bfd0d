//! The encoder block as one differentiable op of (rows, packed parameters), with a
//! hand-written backward. Activations that backward needs are kept inside the op's
//! instance, which candle hands to forward and backward alike; without training nothing
//! is kept. Rows are ragged (see [`Spans`]); there is no padding. It knows no positions but
//! rotary ones, which turn its queries and keys.
//!
//! Pre-norm (GPT-2, ViT):  a = x + attention(norm1 x),  y = a + mlp(norm2 a).
//! Post-norm (BERT):       a = norm1(x + attention x),  y = norm2(a + mlp a).
//! The mlp is down(GELU(up x)); dropout and stochastic depth stand on both residual branches.

mod backward;
mod forward;
mod memory;
pub(super) mod plain;
mod ready;

use super::attention::Attention;
use super::buffers::Buffer;
use super::cpu::{by_dtype, output, read, slice, tensor};
use super::dropout::Dropout;
use super::matmul::Products;
use super::profile::{self, Direction};
use super::rotary::Rotary;
use super::sink::{Sink, accumulate};
use super::stochastic_depth::StochasticDepth;
use super::tape::{Record, apply2};
use super::{Keep, Real, Spans};
use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, bail};
pub use memory::BlockBuffers;
pub use ready::ReadyBlock;
use std::any::Any;
use std::sync::{Arc, Mutex, PoisonError};

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
    /// Which rows of each sequence are computed; a single one gives `[sequences, width]`. For
    /// the last block when pooling reads nothing else.
    pub keep: Keep,
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
        Attention { width: self.width, heads: self.heads, causal: self.causal, keep: self.keep }
    }
}

/// How a block is run.
#[derive(Clone, Default)]
pub struct BlockRun<'a> {
    /// Keep what backward needs.
    pub train: bool,
    /// Dropout of both residual branches.
    pub dropout: Option<Dropout>,
    /// Samples whose residual branches are left out.
    pub depth: Option<StochasticDepth>,
    /// Turns of queries and keys by their places.
    pub rotary: Option<&'a Rotary>,
    /// How the linear layers multiply.
    pub products: Products,
    /// The same parameters made ready for products, where they have been.
    pub ready: Option<Arc<ReadyBlock>>,
    /// Tape and place of the parameters' gradient; candle's graph if `None`.
    pub record: Option<Record<'a>>,
}

/// One encoder block: `x` `[rows, width]`, `parameters` packed as [`BlockShape::fields`];
/// `[rows, width]`, or `[sequences, width]` where a single row of each is kept.
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
    if let Some(rotary) = run.rotary {
        rotary.check(width, shape.heads, spans)?;
    }
    run.products.check(x.device())?;
    if !x.device().is_cpu() {
        return plain::block(x, parameters, spans, shape, &run);
    }
    let x = x.contiguous()?;
    let BlockRun { train, dropout, depth, rotary, products, ready, record } = run;
    let (tape, sink) = record.map(|r| (r.tape, r.sink)).unzip();
    let rotary = rotary.cloned();
    let (spans, saved) = (spans.clone(), Mutex::new(None));
    let op = Op { shape, spans, train, dropout, depth, rotary, products, ready, sink, saved };
    if train {
        return apply2(&x, parameters, op, tape);
    }
    let _span = profile::op(op.name(), Direction::Forward);
    x.apply_op2_no_bwd(parameters, &op)
}

struct Op {
    shape: BlockShape,
    spans: Spans,
    train: bool,
    dropout: Option<Dropout>,
    depth: Option<StochasticDepth>,
    rotary: Option<Rotary>,
    products: Products,
    ready: Option<Arc<ReadyBlock>>,
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
        if self.shape.keep == Keep::All { self.spans.rows() } else { self.spans.len() }
    }

    /// The rows of `x` that come out.
    fn kept<T: Real>(&self, x: &[T]) -> Buffer<T> {
        if self.shape.keep == Keep::All {
            return Buffer::copy_of(x);
        }
        let w = self.shape.width;
        let mut out = Buffer::dirty(self.spans.len() * w);
        for (out, row) in out.chunks_exact_mut(w).zip(self.single_rows()) {
            out.copy_from_slice(&x[row * w..][..w]);
        }
        out
    }

    /// The single row of each sequence that comes out; nothing where all do.
    fn single_rows(&self) -> impl Iterator<Item = usize> + '_ {
        self.spans.iter().filter_map(|span| self.shape.keep.single(&span))
    }

    /// Whether residual branches are changed at random.
    fn disturbed(&self) -> bool {
        self.dropout.is_some() || self.depth.is_some()
    }

    /// Applies a residual branch's dropout and stochastic depth in place. Both only scale, so
    /// the same does for the gradient.
    fn drop_out<T: Real>(&self, x: &mut [T], place: u64) {
        let w = self.shape.width;
        let all = self.shape.keep == Keep::All;
        let lengths = || self.spans.iter().map(|s| if all { s.len() * w } else { w });
        if let Some(dropout) = self.dropout {
            dropout.at(place).apply(x, lengths());
        }
        if let Some(depth) = self.depth {
            depth.at(place).apply(x, lengths());
        }
    }
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
