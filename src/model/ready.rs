//! Weights made ready for matrix products, once between two changes of the parameters
//! instead of once for each micro-batch. Who comes first makes a block's ready, the other
//! threads wait for it. On the CPU only.

use super::error::ModelError;
use super::parameters::Parameters;
use super::spec::ModelSpec;
use crate::ops::{BlockShape, Products, ReadyBlock};
use std::sync::{Arc, Mutex, PoisonError};

/// For each block its weights, and the count of changes at which they were made ready.
pub struct Ready(Vec<Mutex<Place>>);

/// Of one block; nothing as long as nobody asked.
type Place = Option<(u64, Option<Arc<ReadyBlock>>)>;

impl ModelSpec {
    /// Numbers that weights made ready take beside the weights themselves.
    pub fn ready_numbers(&self) -> usize {
        if self.products() == Products::F32 {
            self.depth * super::network::block_shape(self).ready_numbers()
        } else {
            0
        }
    }
}

impl Ready {
    /// Of none yet.
    pub fn new(blocks: usize) -> Self {
        Self((0..blocks).map(|_| Mutex::default()).collect())
    }

    /// The weights of a block, whose parameters are this segment; `None` where nothing is
    /// gained by it.
    ///
    /// # Errors
    /// If the device fails.
    pub fn get(
        &self,
        block: usize,
        parameters: &Parameters,
        segment: usize,
        shape: &BlockShape,
    ) -> Result<Option<Arc<ReadyBlock>>, ModelError> {
        let Some(place) = self.0.get(block).filter(|_| parameters.device().is_cpu()) else { return Ok(None) };
        let now = parameters.changes();
        let mut place = place.lock().unwrap_or_else(PoisonError::into_inner);
        match &*place {
            Some((then, ready)) if *then == now => Ok(ready.clone()),
            _ => {
                // What was is freed first, so that it can be there only once.
                *place = None;
                let ready = parameters.with_numbers(segment, |numbers| ReadyBlock::new(shape, numbers))?;
                let ready = ready.map(Arc::new);
                *place = Some((now, ready.clone()));
                Ok(ready)
            }
        }
    }
}
