//! Where parameter gradients go. The training loop gives each op a sink, a range of a
//! buffer that already exists, and backward adds straight into it; without one (tests,
//! other devices) the gradient flows through candle. A sink is `f32` only.

use super::Real;
use super::cpu;
use candle_core::{Result, Tensor, bail};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// A range of a gradient buffer, `f32`.
#[derive(Clone)]
pub struct Sink {
    buffer: Arc<Mutex<Vec<f32>>>,
    range: Range<usize>,
}

impl Sink {
    /// A range of a buffer, as long as the parameters it belongs to.
    pub fn new(buffer: Arc<Mutex<Vec<f32>>>, range: Range<usize>) -> Self {
        Self { buffer, range }
    }
}

/// Lets `f` add a gradient of `len` numbers: into the sink (then candle gets `None`), or
/// into zeros that are returned for candle.
pub fn accumulate<T: Real>(
    sink: Option<&Sink>,
    len: usize,
    f: impl FnOnce(&mut [T]),
) -> Result<Option<Tensor>> {
    let Some(sink) = sink else {
        let mut grad = vec![T::zero(); len];
        f(&mut grad);
        return Ok(Some(cpu::tensor(grad, len)?));
    };
    // A panic elsewhere ends the step, so numbers left half-written are never used.
    let mut buffer = sink.buffer.lock().unwrap_or_else(PoisonError::into_inner);
    match buffer.get_mut(sink.range.clone()).and_then(T::from_sink) {
        Some(grad) if grad.len() == len => f(grad),
        _ => bail!("the gradient sink does not fit {len} parameters"),
    }
    Ok(None)
}

/// Gradients of rows looked up in a table: kept as rows, since most of the table has none.
#[derive(Clone, Default)]
pub struct RowSink(Arc<Mutex<Vec<RowGradients>>>);

/// The gradients of some rows of a table.
pub struct RowGradients {
    /// Which rows; a row may come more than once.
    pub ids: Arc<[u32]>,
    /// `[ids, width]`.
    pub grads: Tensor,
}

impl RowSink {
    /// Keeps one more set of rows.
    pub fn push(&self, rows: RowGradients) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(rows);
    }
    /// All sets since the last call, in the order in which they came.
    pub fn take(&self) -> Vec<RowGradients> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl RowGradients {
    /// Adds the rows to the gradient of the whole table, `[rows, width]`.
    ///
    /// # Errors
    /// If an id lies outside the table.
    pub fn scatter<T: Real>(&self, table: &mut [T], width: usize) -> Result<()> {
        cpu::read::<T, _>(&self.grads, |grads| {
            for (&id, grad) in self.ids.iter().zip(grads.chunks_exact(width)) {
                let start = id as usize * width;
                let Some(row) = table.get_mut(start..start + width) else {
                    bail!("token id {id} lies outside the table")
                };
                super::kernels::add(grad, row);
            }
            Ok(())
        })
    }
}
