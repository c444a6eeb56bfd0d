//! Examples become tensors' contents: image transforms and augmentation, tokenizers,
//! ragged batches. What prediction needs later is saved beside the run.
//! It fits on the training split only and never sees test examples while doing so.

mod input;

pub use input::{Input, RawInput};
