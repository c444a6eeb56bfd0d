//! Networks made of ops: encoder, embeddings, heads, the parameter store.
//! It refuses to know of optimizers, data sets or threads.

mod batch;
mod error;
mod initial;
mod network;
mod parameters;
mod spec;

pub use batch::Batch;
pub use error::ModelError;
pub use network::{Model, Pass, Sinks};
pub use parameters::{Field, Parameters};
pub(crate) use parameters::{flat_from_tensors, flat_to_bytes};
pub use spec::{InputSpec, ModelSpec};
