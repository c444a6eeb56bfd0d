//! What a network looks like: everything needed to build it again.

use super::error::ModelError;
use super::heads;
use crate::config::{HeadKind, ModelKind, NormPlacement, Pooling, PositionKind, Precision, RunConfig};
use crate::ops::{ClassRow, Keep, Products};
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

/// A transformer, encoder or decoder, with a fully connected classification head.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelSpec {
    /// What goes in.
    pub input: InputSpec,
    /// Number of classes that come out.
    pub classes: usize,
    /// Embedding size.
    pub width: usize,
    /// Blocks.
    pub depth: usize,
    /// Attention heads in a block.
    pub heads: usize,
    /// Hidden size of the MLP.
    pub mlp: usize,
    /// Whether rows see all others or only those before them.
    #[serde(default = "encoder")]
    pub kind: ModelKind,
    /// From rows to one vector.
    pub pooling: Pooling,
    /// How places in a sequence are known.
    #[serde(default = "learned")]
    pub positions: PositionKind,
    /// Pre- or post-norm. Pre-norm has a final layer norm after the last block;
    /// post-norm has one on the embeddings instead, as BERT.
    pub norm: NormPlacement,
    /// From one vector to one number per class.
    #[serde(default = "linear")]
    pub head: HeadKind,
    /// Epsilon of the layer norms.
    pub epsilon: f64,
    /// In which numbers the linear layers multiply.
    #[serde(default = "exact")]
    pub precision: Precision,
}

/// What a spec means that was written before there was a choice.
fn encoder() -> ModelKind {
    ModelKind::Encoder
}
fn linear() -> HeadKind {
    HeadKind::Linear
}
fn learned() -> PositionKind {
    PositionKind::Learned
}
fn exact() -> Precision {
    Precision::F32
}

impl ModelSpec {
    /// The model that the settings describe, for this input and number of classes.
    ///
    /// # Errors
    /// As [`ModelSpec::validate`].
    pub fn from_config(config: &RunConfig, input: InputSpec, classes: usize) -> Result<Self, ModelError> {
        let model = &config.model;
        let size = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
        let spec = Self {
            input,
            classes,
            width: size(model.width),
            depth: size(model.depth),
            heads: size(model.heads),
            mlp: ((model.width as f64 * model.mlp_ratio).round() as usize).max(1),
            kind: model.kind,
            pooling: model.pooling,
            positions: model.positions,
            norm: model.norm,
            head: model.head,
            epsilon: 1e-5,
            precision: config.train.precision,
        };
        spec.validate()?;
        Ok(spec)
    }

    /// Checks that the sizes make a model.
    ///
    /// # Errors
    /// A [`ModelError`] that names the sizes and what would fit.
    pub fn validate(&self) -> Result<(), ModelError> {
        let size = |what, value: &dyn ToString, expected| ModelError::Size {
            what,
            value: value.to_string(),
            expected,
        };
        if self.classes < 2 {
            return Err(size("the number of classes", &self.classes, "at least 2"));
        }
        for (what, value) in
            [("the width", self.width), ("the MLP's hidden size", self.mlp), ("the depth", self.depth)]
        {
            if value == 0 {
                return Err(size(what, &value, "at least 1"));
            }
        }
        if self.heads == 0 || !self.width.is_multiple_of(self.heads) {
            return Err(ModelError::HeadsDoNotDivide {
                heads: self.heads,
                width: self.width,
                fits: common_divisors(self.width, self.width),
            });
        }
        if self.positions == PositionKind::Rotary && !(self.width / self.heads).is_multiple_of(2) {
            let value = self.width / self.heads;
            return Err(size("the size of a head (width / heads)", &value, "even for rotary positions"));
        }
        match self.input {
            InputSpec::Image { channels, height, width, patch } => {
                if channels == 0 || height == 0 || width == 0 {
                    let value = format!("{channels} x {height} x {width}");
                    return Err(size("the image size", &value, "at least 1 in each direction"));
                }
                if patch == 0 || !height.is_multiple_of(patch) || !width.is_multiple_of(patch) {
                    let fits = common_divisors(height, width);
                    return Err(ModelError::PatchDoesNotDivide { patch, height, width, fits });
                }
            }
            InputSpec::Text { vocabulary, length } => {
                if vocabulary == 0 || length == 0 {
                    let value = format!("{vocabulary} tokens, length {length}");
                    return Err(size("the vocabulary", &value, "at least one token and a length of 1"));
                }
            }
        }
        Ok(())
    }

    /// Which rows pooling reads, where it is not all of them: the last block computes no others.
    /// The class token stands where it sees all rows: in front, or behind if attention is causal.
    pub fn keep(&self) -> Keep {
        match (self.pooling, self.kind) {
            (Pooling::ClassToken, ModelKind::Encoder) => Keep::First,
            (Pooling::ClassToken, ModelKind::Decoder) | (Pooling::Last, _) => Keep::Last,
            (Pooling::Mean | Pooling::Attention, _) => Keep::All,
        }
    }

    /// Where an image's class token stands.
    pub(super) fn class_row(&self) -> ClassRow {
        match (self.pooling, self.kind) {
            (Pooling::ClassToken, ModelKind::Encoder) => ClassRow::First,
            (Pooling::ClassToken, ModelKind::Decoder) => ClassRow::Last,
            _ => ClassRow::None,
        }
    }

    /// How the linear layers multiply on this machine.
    pub(super) fn products(&self) -> Products {
        match self.precision {
            Precision::F32 => Products::F32,
            Precision::Bf16 => Products::bf16(),
        }
    }

    /// Rows that one sample becomes; for text the most it can become.
    pub fn rows(&self) -> usize {
        match self.input {
            InputSpec::Image { height, width, patch, .. } => {
                (height / patch) * (width / patch) + usize::from(self.pooling == Pooling::ClassToken)
            }
            InputSpec::Text { length, .. } => length,
        }
    }

    /// Floating-point operations of one forward pass over a sample of `rows` rows, a multiply
    /// and an add counted apart; products only (layer norms, softmax and GELU are small).
    pub fn forward_flops(&self, rows: usize) -> u64 {
        let (w, m, r) = (self.width as u64, self.mlp as u64, rows as u64);
        let embedding = match self.input {
            InputSpec::Image { channels, height, width, .. } => 2 * (channels * height * width) as u64 * w,
            InputSpec::Text { .. } => 0,
        };
        let block = 2 * r * (4 * w * w + 2 * w * m) + 4 * r * r * w;
        embedding
            + self.depth as u64 * block
            + heads::layers(self).iter().map(|layer| 2 * (layer.inputs * layer.outputs) as u64).sum::<u64>()
    }
}

/// Numbers that divide both, smallest first; both are at least 1.
fn common_divisors(a: usize, b: usize) -> Vec<usize> {
    (1..=a.min(b)).filter(|d| a.is_multiple_of(*d) && b.is_multiple_of(*d)).collect()
}
