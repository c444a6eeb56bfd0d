//! A linear layer as one op of (rows, packed weight and bias).

use super::Real;
use super::cpu::{by_dtype, output, read, slice, tensor};
use super::kernels;
use super::matmul::{Matrix, Products, Target};
use super::sink::{Sink, accumulate};
use super::tape::{Record, apply2};
use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, bail};

/// `x weight^T + bias`: `x` `[rows, in]`, `parameters` the weight `[out, in]` and then the
/// bias `[out]`, packed; `[rows, out]`.
///
/// # Errors
/// If sizes do not fit, or the device does not have such products.
pub fn linear(
    x: &Tensor,
    parameters: &Tensor,
    products: Products,
    record: Option<Record<'_>>,
) -> Result<Tensor> {
    outputs(x.dims2()?.1, parameters.dims1()?)?;
    products.check(x.device())?;
    if !x.device().is_cpu() {
        return plain(x, parameters);
    }
    let (tape, sink) = record.map(|r| (r.tape, r.sink)).unzip();
    apply2(&x.contiguous()?, parameters, Op { products, sink }, tape)
}

/// The same from candle's own operations.
pub fn plain(x: &Tensor, parameters: &Tensor) -> Result<Tensor> {
    let (_, inner) = x.dims2()?;
    let out = outputs(inner, parameters.dims1()?)?;
    let weight = parameters.narrow(0, 0, out * inner)?.reshape((out, inner))?;
    x.matmul(&weight.t()?)?.broadcast_add(&parameters.narrow(0, out * inner, out)?)
}

/// Outputs of a layer with `inner` inputs and this many packed parameters.
fn outputs(inner: usize, parameters: usize) -> Result<usize> {
    if parameters == 0 || !parameters.is_multiple_of(inner + 1) {
        bail!("{parameters} parameters do not make a linear layer of {inner} inputs")
    }
    Ok(parameters / (inner + 1))
}

struct Op {
    products: Products,
    sink: Option<Sink>,
}

impl CustomOp2 for Op {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        xl: &Layout,
        p: &CpuStorage,
        pl: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (rows, inner) = xl.shape().dims2()?;
        let out = outputs(inner, pl.shape().elem_count())?;
        by_dtype!(x.dtype(), self.name(), T => {
            let (weight, bias) = slice::<T>(p, pl)?.split_at(out * inner);
            let mut y = vec![0.0; rows * out];
            kernels::broadcast(bias, &mut y);
            let x = Matrix::new(slice::<T>(x, xl)?, rows, inner);
            self.products.matmul(Target::add(&mut y, out), x, Matrix::new(weight, out, inner).t());
            Ok(output(y, (rows, out)))
        })
    }

    fn bwd(
        &self,
        x: &Tensor,
        p: &Tensor,
        _: &Tensor,
        dy: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let (rows, inner) = x.dims2()?;
        let out = dy.dims2()?.1;
        by_dtype!(x.dtype(), self.name(), T => {
            read::<T, _>(x, |x| read::<T, _>(p, |p| read::<T, _>(dy, |dy| {
                let mut dx = vec![0.0; rows * inner];
                let grad = accumulate::<T>(self.sink.as_ref(), p.len(), |grads| {
                    let (dweight, dbias) = grads.split_at_mut(out * inner);
                    let weight = &p[..out * inner];
                    let dx = Target::set(&mut dx, inner);
                    linear_backward(self.products, dy, x, weight, dx, dweight, dbias);
                })?;
                Ok((Some(tensor(dx, (rows, inner))?), grad))
            })))
        })
    }
}

/// Backward of `y = x weight^T + bias`, `weight` `[out, in]`: writes the input's gradient,
/// adds the parameters'.
pub(super) fn linear_backward<T: Real>(
    products: Products,
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
    kernels::add_rows(dy, dbias);
    products.matmul(Target::add(dweight, inner), d.t(), Matrix::new(x, rows, inner));
    products.matmul(dx, d, Matrix::new(weight, out, inner));
}
