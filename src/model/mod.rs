//! Networks made of ops: encoder and decoder, embeddings, heads, the parameter store.
//! It refuses to know of optimizers, data sets or threads.

mod batch;
mod error;
mod heads;
mod initial;
mod memory;
mod network;
mod outline;
mod parameters;
mod ready;
mod spec;

pub use batch::Batch;
pub use error::ModelError;
pub use heads::{HEADS, HeadRow};
pub use memory::Scratch;
pub use network::{Model, Noise, Pass, Sinks};
pub use outline::{Extent, Layer, Outline, Part};
pub use parameters::{Field, Parameters};
pub(crate) use parameters::{flat_from_tensors, flat_to_bytes};
pub use spec::{InputSpec, ModelSpec};
