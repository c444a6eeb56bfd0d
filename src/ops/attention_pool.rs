//! Attention pooling: a learned query asks the rows of each sequence, and their mean is
//! taken with the softmax of its scaled dot products as weights (one query of Lee et al. 2019,
//! without projections). One op of (rows, query) with a hand-written backward; weights are
//! computed again in backward rather than kept.

use super::Real;
use super::Spans;
use super::cpu::{by_dtype, output, read, slice, tensor};
use super::kernels;
use super::sink::{Sink, accumulate};
use super::tape::{Record, apply2};
use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, bail};

/// `x` `[rows, width]`, `query` `[width]` -> `[sequences, width]`.
///
/// # Errors
/// If sizes do not fit.
pub fn attention_pool(
    x: &Tensor,
    query: &Tensor,
    spans: &Spans,
    record: Option<Record<'_>>,
) -> Result<Tensor> {
    let (rows, width) = x.dims2()?;
    if rows != spans.rows() || query.dims1()? != width {
        bail!("pooling {} rows of {:?} with a query {:?}", spans.rows(), x.shape(), query.shape())
    }
    if !x.device().is_cpu() {
        return plain(x, query, spans);
    }
    let (tape, sink) = record.map(|r| (r.tape, r.sink)).unzip();
    apply2(&x.contiguous()?, query, Op { spans: spans.clone(), sink }, tape)
}

/// The same from candle's own operations.
pub fn plain(x: &Tensor, query: &Tensor, spans: &Spans) -> Result<Tensor> {
    let width = x.dims2()?.1;
    let query = (query.reshape((width, 1))? / (width as f64).sqrt())?;
    let rows = spans.iter().map(|span| {
        let rows = x.narrow(0, span.start, span.len())?;
        let weights = candle_nn::ops::softmax(&rows.matmul(&query)?, 0)?;
        weights.t()?.contiguous()?.matmul(&rows)
    });
    Tensor::cat(&rows.collect::<Result<Vec<_>>>()?, 0)
}

struct Op {
    spans: Spans,
    sink: Option<Sink>,
}

/// One over the root of the width.
fn scale<T: Real>(width: usize) -> T {
    T::one() / T::of(width as f64).sqrt()
}

/// The weights of a sequence's rows.
fn weigh<T: Real>(rows: &[T], query: &[T], weights: &mut Vec<T>) {
    let scale = scale::<T>(query.len());
    weights.clear();
    weights.extend(rows.chunks_exact(query.len()).map(|row| scale * kernels::dot(row, query)));
    let count = weights.len();
    kernels::softmax(weights, count, count, None);
}

impl CustomOp2 for Op {
    fn name(&self) -> &'static str {
        "attention pooling"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        xl: &Layout,
        q: &CpuStorage,
        ql: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (_, width) = xl.shape().dims2()?;
        by_dtype!(x.dtype(), self.name(), T => {
            let (x, query) = (slice::<T>(x, xl)?, slice::<T>(q, ql)?);
            let mut out: Vec<T> = vec![0.0; self.spans.len() * width];
            let mut weights = Vec::new();
            for (out, span) in out.chunks_exact_mut(width).zip(self.spans.iter()) {
                let rows = &x[span.start * width..span.end * width];
                weigh(rows, query, &mut weights);
                for (row, &weight) in rows.chunks_exact(width).zip(&weights) {
                    kernels::add_scaled(row, weight, out);
                }
            }
            Ok(output(out, (self.spans.len(), width)))
        })
    }

    fn bwd(
        &self,
        x: &Tensor,
        q: &Tensor,
        _: &Tensor,
        dy: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let (rows, width) = x.dims2()?;
        by_dtype!(x.dtype(), self.name(), T => {
            read::<T, _>(x, |x| read::<T, _>(q, |query| read::<T, _>(dy, |dy| {
                let mut dx: Vec<T> = vec![0.0; rows * width];
                let dquery = accumulate::<T>(self.sink.as_ref(), width, |dquery| {
                    let (mut weights, mut slopes) = (Vec::new(), Vec::new());
                    for (dy, span) in dy.chunks_exact(width).zip(self.spans.iter()) {
                        let range = span.start * width..span.end * width;
                        let rows = &x[range.clone()];
                        weigh(rows, query, &mut weights);
                        // With y = sum of p x: dp = dy x, and softmax turns dp into ds.
                        slopes.clear();
                        slopes.extend(rows.chunks_exact(width).map(|row| kernels::dot(row, dy)));
                        let count = weights.len();
                        kernels::softmax_backward(&weights, &mut slopes, count, count);
                        let dx = dx[range].chunks_exact_mut(width);
                        for (((row, dx), &p), &ds) in
                            rows.chunks_exact(width).zip(dx).zip(&weights).zip(&slopes)
                        {
                            let ds = ds * scale::<T>(width);
                            kernels::add_scaled(dy, p, dx);
                            kernels::add_scaled(query, ds, dx);
                            kernels::add_scaled(row, ds, dquery);
                        }
                    }
                })?;
                Ok((Some(tensor(dx, (rows, width))?), dquery))
            })))
        })
    }
}
