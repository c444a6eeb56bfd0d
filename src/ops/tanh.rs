//! Hyperbolic tangent of every number, as an op that can be recorded on a tape.

use super::cpu::{by_dtype, output, read, slice, tensor};
use super::tape::{Tape, apply1};
use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};

/// tanh of `x`, of any shape.
///
/// # Errors
/// If the number type is not `f32` or `f64`.
pub fn tanh(x: &Tensor, tape: Option<&Tape>) -> Result<Tensor> {
    if !x.device().is_cpu() {
        return plain(x);
    }
    apply1(&x.contiguous()?, Op, tape)
}

/// The same from candle's own operation.
pub fn plain(x: &Tensor) -> Result<Tensor> {
    x.tanh()
}

struct Op;

impl CustomOp1 for Op {
    fn name(&self) -> &'static str {
        "tanh"
    }
    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        by_dtype!(x.dtype(), self.name(), T => {
            Ok(output(slice::<T>(x, layout)?.iter().map(|v| v.tanh()).collect(), layout.shape()))
        })
    }
    fn bwd(&self, _: &Tensor, y: &Tensor, dy: &Tensor) -> Result<Option<Tensor>> {
        by_dtype!(y.dtype(), self.name(), T => {
            read::<T, _>(y, |y_data| read::<T, _>(dy, |dy| {
                let dx = y_data.iter().zip(dy).map(|(y, d)| d * (1.0 - y * y)).collect();
                Ok(Some(tensor(dx, y.shape())?))
            }))
        })
    }
}
