//! What a network looks like: everything needed to build it again.

use crate::config::{NormPlacement, Pooling};
use serde::{Deserialize, Serialize};

/// What goes in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum InputSpec {
    /// Pictures cut into square patches.
    Image {
        /// 1 or 3.
        channels: usize,
        /// Pixels down.
        height: usize,
        /// Pixels across.
        width: usize,
        /// Side of a patch in pixels; divides height and width.
        patch: usize,
    },
    /// Token ids.
    Text {
        /// Number of distinct tokens.
        vocabulary: usize,
        /// Longest sequence, in tokens.
        length: usize,
    },
}

/// A transformer encoder with a fully connected classification head.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelSpec {
    /// What goes in.
    pub input: InputSpec,
    /// Number of classes that come out.
    pub classes: usize,
    /// Embedding size.
    pub width: usize,
    /// Encoder blocks.
    pub depth: usize,
    /// Attention heads in a block.
    pub heads: usize,
    /// Hidden size of the MLP.
    pub mlp: usize,
    /// From rows to one vector.
    pub pooling: Pooling,
    /// Pre- or post-norm. Pre-norm has a final layer norm after the last block;
    /// post-norm has one on the embeddings instead, as BERT.
    pub norm: NormPlacement,
    /// A dense layer with tanh between pooling and head, as BERT's pooler.
    pub pooler: bool,
    /// Epsilon of the layer norms.
    pub epsilon: f64,
    /// Share of activations dropped in training.
    pub dropout: f64,
}
