//! What the ops need of candle's CPU storage: typed slices in and out, and one place that
//! chooses the number type. Strided inputs are refused; ops make theirs contiguous first.

use super::Real;
use candle_core::{CpuStorage, Device, Layout, Result, Shape, Storage, Tensor, bail};
use std::ops::Deref;

/// Runs the body with `T` standing for `f32` or `f64`.
macro_rules! by_dtype {
    ($dtype:expr, $name:expr, $T:ident => $body:expr) => {
        match $dtype {
            candle_core::DType::F32 => {
                type $T = f32;
                $body
            }
            candle_core::DType::F64 => {
                type $T = f64;
                $body
            }
            other => candle_core::bail!("{} works on f32 and f64, not on {other:?}", $name),
        }
    };
}
pub(super) use by_dtype;

/// The numbers of a contiguous input.
pub fn slice<'a, T: Real>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [T]> {
    let data = T::cpu_storage_as_slice(storage)?;
    match layout.contiguous_offsets().and_then(|(start, end)| data.get(start..end)) {
        Some(data) => Ok(data),
        None => bail!("an op was given a strided tensor"),
    }
}

/// The result of a forward pass.
pub fn output<T: Real>(data: Vec<T>, shape: impl Into<Shape>) -> (CpuStorage, Shape) {
    (T::to_cpu_storage_owned(data), shape.into())
}

/// A gradient as a tensor.
pub fn tensor<T: Real>(data: Vec<T>, shape: impl Into<Shape>) -> Result<Tensor> {
    Tensor::from_vec(data, shape.into(), &Device::Cpu)
}

/// Runs `f` on the numbers of a tensor.
pub fn read<T: Real, R>(tensor: &Tensor, f: impl FnOnce(&[T]) -> Result<R>) -> Result<R> {
    let tensor = tensor.contiguous()?;
    let (storage, layout) = tensor.storage_and_layout();
    match storage.deref() {
        Storage::Cpu(storage) => f(slice(storage, layout)?),
        _ => bail!("the CPU backward of an op was given a tensor on another device"),
    }
}
