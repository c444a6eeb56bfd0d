//! Networks made of ops: encoder, embeddings, heads, the parameter store.

mod spec;

pub use spec::{InputSpec, ModelSpec};
