//! What can be wrong with a model's sizes or with a file of weights, and what to do.

use thiserror::Error;

/// Why a model cannot be built or loaded.
#[derive(Debug, Error)]
pub enum ModelError {
    /// Patches would not cover the image evenly.
    #[error(
        "a patch of {patch} pixels does not divide an image of {height} x {width} pixels; set model.patch to one of {}",
        list(fits)
    )]
    PatchDoesNotDivide {
        /// Asked for.
        patch: usize,
        /// Pixels down.
        height: usize,
        /// Pixels across.
        width: usize,
        /// Patch sizes that do divide it.
        fits: Vec<usize>,
    },
    /// Heads of unequal size.
    #[error("{heads} heads do not divide the width {width}; set model.heads to one of {}", list(fits))]
    HeadsDoNotDivide {
        /// Asked for.
        heads: usize,
        /// Embedding size.
        width: usize,
        /// Numbers of heads that do.
        fits: Vec<usize>,
    },
    /// A size that makes no model.
    #[error("{what} is {value}, but must be {expected}")]
    Size {
        /// Which size.
        what: &'static str,
        /// Asked for.
        value: String,
        /// What would fit.
        expected: &'static str,
    },
    /// The bytes are not a file of weights.
    #[error("not a safetensors file, or damaged: {0}; use another checkpoint")]
    NotWeights(#[from] safetensors::SafeTensorError),
    /// Weights of another model.
    #[error(
        "the weights do not belong to this model: {problem}; load them with the settings they were trained with"
    )]
    OtherModel {
        /// The first difference, naming the tensor.
        problem: String,
    },
    /// The input does not fit the model.
    #[error("the input does not fit the model: {problem}")]
    Input {
        /// What differs.
        problem: String,
    },
    /// A failure inside tensor operations.
    #[error(transparent)]
    Tensor(#[from] candle_core::Error),
}

fn list(numbers: &[usize]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
