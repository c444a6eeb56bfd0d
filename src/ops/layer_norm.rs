//! Layer norm of rows as one op of (rows, packed gain and bias).

use super::buffers::Buffer;
use super::cpu::{by_dtype, output, read, slice, tensor};
use super::kernels;
use super::sink::{Sink, accumulate};
use super::tape::{Record, apply2};
use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp2, D, Layout, Result, Shape, Tensor, bail};

/// `(x - mean) / sqrt(variance + epsilon) * gain + bias` over each row of `x` `[rows, width]`
/// with the biased variance (Ba, Kiros, Hinton 2016). `parameters` is gain, then bias, `[2 width]`.
///
/// # Errors
/// If sizes do not fit.
pub fn layer_norm(
    x: &Tensor,
    parameters: &Tensor,
    epsilon: f64,
    record: Option<Record<'_>>,
) -> Result<Tensor> {
    let (_, width) = x.dims2()?;
    if parameters.dims1()? != 2 * width {
        bail!("a layer norm of width {width} does not fit parameters {:?}", parameters.shape())
    }
    if !x.device().is_cpu() {
        return plain(x, parameters, epsilon);
    }
    let (tape, sink) = record.map(|r| (r.tape, r.sink)).unzip();
    apply2(&x.contiguous()?, parameters, Op { epsilon, sink }, tape)
}

/// The same from candle's own operations.
pub fn plain(x: &Tensor, parameters: &Tensor, epsilon: f64) -> Result<Tensor> {
    let width = x.dim(D::Minus1)?;
    let centred = x.broadcast_sub(&x.mean_keepdim(D::Minus1)?)?;
    let variance = centred.sqr()?.mean_keepdim(D::Minus1)?;
    centred
        .broadcast_div(&(variance + epsilon)?.sqrt()?)?
        .broadcast_mul(&parameters.narrow(0, 0, width)?)?
        .broadcast_add(&parameters.narrow(0, width, width)?)
}

struct Op {
    epsilon: f64,
    sink: Option<Sink>,
}

impl CustomOp2 for Op {
    fn name(&self) -> &'static str {
        "layer norm"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        xl: &Layout,
        p: &CpuStorage,
        pl: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (rows, width) = xl.shape().dims2()?;
        by_dtype!(x.dtype(), self.name(), T => {
            let (gain, bias) = slice::<T>(p, pl)?.split_at(width);
            let mut out = vec![0.0; rows * width];
            let mut statistics = Buffer::dirty(2 * rows);
            kernels::layer_norm(slice::<T>(x, xl)?, gain, bias, self.epsilon as T, &mut out, &mut statistics);
            Ok(output(out, xl.shape()))
        })
    }

    fn bwd(
        &self,
        x: &Tensor,
        p: &Tensor,
        _: &Tensor,
        dy: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let (rows, width) = x.dims2()?;
        by_dtype!(x.dtype(), self.name(), T => {
            read::<T, _>(x, |x| read::<T, _>(p, |p| read::<T, _>(dy, |dy| {
                let (gain, bias) = p.split_at(width);
                // Means and deviations again: cheaper than keeping them, for the one or two
                // norms of a model that stand outside blocks.
                let (mut out, mut statistics) = (Buffer::dirty(rows * width), Buffer::dirty(2 * rows));
                kernels::layer_norm(x, gain, bias, self.epsilon as T, &mut out, &mut statistics);
                let mut dx = vec![0.0; rows * width];
                let grad = accumulate::<T>(self.sink.as_ref(), 2 * width, |grads| {
                    let (dgain, dbias) = grads.split_at_mut(width);
                    kernels::layer_norm_backward(dy, x, gain, &statistics, &mut dx, dgain, dbias);
                })?;
                Ok((Some(tensor(dx, (rows, width))?), grad))
            })))
        })
    }
}
