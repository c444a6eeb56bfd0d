//! A network described part by part, with shapes and numbers of parameters, as plain values
//! to be drawn or listed. It names no colours and no words for a person, and builds nothing.

use super::heads;
use super::spec::{InputSpec, ModelSpec};
use crate::config::{ModelKind, NormPlacement, Pooling, PositionKind};

/// A network: what comes before its blocks, one of its equal blocks, and what comes after.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    /// From the input to the first block.
    pub before: Vec<Layer>,
    /// One block.
    pub block: Vec<Layer>,
    /// How many such blocks follow each other.
    pub depth: usize,
    /// From the last block to the classes.
    pub after: Vec<Layer>,
}

/// One part of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// What it is.
    pub part: Part,
    /// What comes out of it.
    pub output: Vec<Extent>,
    /// Its trainable numbers.
    pub parameters: usize,
}

/// One dimension of an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// As many as there are examples.
    Batch,
    /// Rows of an example, always as many.
    Rows(usize),
    /// Rows of an example, at most as many.
    UpTo(usize),
    /// A fixed number.
    Of(usize),
}

/// What a part is, with the numbers that belong to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Part {
    /// Pictures.
    Images,
    /// Token ids; `[CLS]` among them where the class is read from it.
    Tokens,
    /// Square patches, each through one linear layer.
    Patches {
        /// Side in pixels.
        patch: usize,
    },
    /// A learned row for each token.
    TokenTable {
        /// Tokens.
        vocabulary: usize,
    },
    /// A learned row beside the patches.
    ClassToken {
        /// Whether it stands behind them instead of in front.
        behind: bool,
    },
    /// Added positions: learned or sinusoidal.
    Positions(PositionKind),
    /// Layer norm of the embedded rows (post-norm models).
    EmbeddingNorm,
    /// Layer norm in a block.
    Norm,
    /// Multi-head attention with its four linear maps, and its residual sum.
    Attention {
        /// Heads.
        heads: usize,
        /// Numbers in a head.
        size: usize,
        /// Whether rows see only those before them.
        causal: bool,
        /// Whether queries and keys are turned by their places.
        rotary: bool,
    },
    /// Two linear layers with GELU between, and the residual sum.
    Mlp {
        /// Numbers between them.
        hidden: usize,
    },
    /// Layer norm after the last block (pre-norm models).
    FinalNorm,
    /// From rows to one vector.
    Pool {
        /// How.
        pooling: Pooling,
        /// Whether the class token stands behind.
        causal: bool,
    },
    /// Linear layer with tanh, as BERT's.
    Pooler,
    /// Linear layer to one number for each class.
    Head,
}

impl Outline {
    /// All trainable numbers.
    pub fn parameters(&self) -> usize {
        let sum = |layers: &[Layer]| layers.iter().map(|layer| layer.parameters).sum::<usize>();
        sum(&self.before) + self.depth * sum(&self.block) + sum(&self.after)
    }
}

impl ModelSpec {
    /// The network of this spec, part by part.
    pub fn outline(&self) -> Outline {
        let (w, m) = (self.width, self.mlp);
        let rows = match self.input {
            InputSpec::Image { .. } => Extent::Rows(self.rows()),
            InputSpec::Text { .. } => Extent::UpTo(self.rows()),
        };
        let sequence = vec![Extent::Batch, rows, Extent::Of(w)];
        let vector = vec![Extent::Batch, Extent::Of(w)];
        let layer = |part, output: &[Extent], parameters| Layer { part, output: output.to_vec(), parameters };
        let (causal, post) = (self.kind == ModelKind::Decoder, self.norm == NormPlacement::Post);
        let rotary = self.positions == PositionKind::Rotary;

        let mut before = Vec::new();
        match self.input {
            InputSpec::Image { channels, height, width, patch } => {
                let size = [channels, height, width].map(Extent::Of);
                before.push(layer(Part::Images, &[&[Extent::Batch], &size[..]].concat(), 0));
                let count = (height / patch) * (width / patch);
                let cut = [Extent::Batch, Extent::Rows(count), Extent::Of(w)];
                before.push(layer(Part::Patches { patch }, &cut, w * (channels * patch * patch + 1)));
                if self.pooling == Pooling::ClassToken {
                    before.push(layer(Part::ClassToken { behind: causal }, &sequence, w));
                }
            }
            InputSpec::Text { vocabulary, .. } => {
                before.push(layer(Part::Tokens, &[Extent::Batch, rows], 0));
                before.push(layer(Part::TokenTable { vocabulary }, &sequence, vocabulary * w));
            }
        }
        if !rotary {
            let learned = if self.positions == PositionKind::Learned { self.rows() * w } else { 0 };
            before.push(layer(Part::Positions(self.positions), &sequence, learned));
        }
        if post {
            before.push(layer(Part::EmbeddingNorm, &sequence, 2 * w));
        }

        let norm = layer(Part::Norm, &sequence, 2 * w);
        let attention = Part::Attention { heads: self.heads, size: w / self.heads, causal, rotary };
        let attention = layer(attention, &sequence, 4 * w * (w + 1));
        let mlp = layer(Part::Mlp { hidden: m }, &sequence, 2 * w * m + w + m);
        let block = if post {
            vec![attention, norm.clone(), mlp, norm]
        } else {
            vec![norm.clone(), attention, norm, mlp]
        };

        let mut after = Vec::new();
        if !post {
            after.push(layer(Part::FinalNorm, &sequence, 2 * w));
        }
        let query = if self.pooling == Pooling::Attention { w } else { 0 };
        after.push(layer(Part::Pool { pooling: self.pooling, causal }, &vector, query));
        after.extend(
            heads::layers(self)
                .into_iter()
                .map(|l| layer(l.part, &[Extent::Batch, Extent::Of(l.outputs)], l.outputs * (l.inputs + 1))),
        );
        Outline { before, block, depth: self.depth, after }
    }
}
