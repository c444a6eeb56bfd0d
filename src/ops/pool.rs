//! From the rows of each sequence to one row: its first, its last, or the mean of all.

use super::Spans;
use super::cpu::{by_dtype, output, read, slice, tensor};
use super::kernels;
use super::tape::{Tape, apply1};
use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};

/// Which row of a sequence stands for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
    /// The first row.
    First,
    /// The last row.
    Last,
    /// The mean over its rows.
    Mean,
}

/// `x` `[rows, width]` -> `[sequences, width]`.
///
/// # Errors
/// If `x` does not have the spans' rows.
pub fn pool(x: &Tensor, spans: &Spans, how: Pool, tape: Option<&Tape>) -> Result<Tensor> {
    if x.dims2()?.0 != spans.rows() {
        bail!("pooling {} rows of a tensor {:?}", spans.rows(), x.shape())
    }
    if !x.device().is_cpu() {
        return plain(x, spans, how);
    }
    apply1(&x.contiguous()?, Op { spans: spans.clone(), how }, tape)
}

/// The same from candle's own operations.
pub fn plain(x: &Tensor, spans: &Spans, how: Pool) -> Result<Tensor> {
    let rows = spans.iter().map(|s| match how {
        Pool::First => x.narrow(0, s.start, 1),
        Pool::Last => x.narrow(0, s.end - 1, 1),
        Pool::Mean => x.narrow(0, s.start, s.len())?.mean_keepdim(0),
    });
    Tensor::cat(&rows.collect::<Result<Vec<_>>>()?, 0)
}

struct Op {
    spans: Spans,
    how: Pool,
}

impl CustomOp1 for Op {
    fn name(&self) -> &'static str {
        "pool"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (_, width) = layout.shape().dims2()?;
        by_dtype!(x.dtype(), self.name(), T => {
            let x = slice::<T>(x, layout)?;
            let mut out = vec![0.0; self.spans.len() * width];
            for (out, span) in out.chunks_exact_mut(width).zip(self.spans.iter()) {
                match self.how {
                    Pool::First => out.copy_from_slice(&x[span.start * width..][..width]),
                    Pool::Last => out.copy_from_slice(&x[(span.end - 1) * width..][..width]),
                    Pool::Mean => {
                        let scale = 1.0 / span.len() as T;
                        kernels::add_rows(&x[span.start * width..span.end * width], out);
                        out.iter_mut().for_each(|v| *v *= scale);
                    }
                }
            }
            Ok(output(out, (self.spans.len(), width)))
        })
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, dy: &Tensor) -> Result<Option<Tensor>> {
        let (rows, width) = x.dims2()?;
        by_dtype!(x.dtype(), self.name(), T => read::<T, _>(dy, |dy| {
            let mut dx = vec![0.0; rows * width];
            for (dy, span) in dy.chunks_exact(width).zip(self.spans.iter()) {
                match self.how {
                    Pool::First => dx[span.start * width..][..width].copy_from_slice(dy),
                    Pool::Last => dx[(span.end - 1) * width..][..width].copy_from_slice(dy),
                    Pool::Mean => {
                        let scale = 1.0 / span.len() as T;
                        for row in dx[span.start * width..span.end * width].chunks_exact_mut(width) {
                            for (dx, dy) in row.iter_mut().zip(dy) {
                                *dx = scale * dy;
                            }
                        }
                    }
                }
            }
            Ok(Some(tensor(dx, (rows, width))?))
        }))
    }
}
