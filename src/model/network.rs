//! The network: embedding, encoder blocks, pooling, head, composed of ops. It knows
//! nothing of optimizers or threads; gradients go where the pass says.

use super::batch::Batch;
use super::error::ModelError;
use super::initial::Initial;
use super::parameters::{Layouter, Parameters};
use super::spec::{InputSpec, ModelSpec};
use crate::config::{NormPlacement, Pooling};
use crate::ops::{
    self, BlockRun, BlockShape, Dropout, PatchShape, Pool, Record, RowSink, Sink, Spans, Tape, TokenRecord,
};
use crate::random::Key;
use candle_core::{Device, Tensor};
use std::ops::Range;
use std::sync::{Arc, Mutex};

/// What a forward pass is for.
#[derive(Clone, Copy)]
pub enum Pass<'a> {
    /// Logits only; nothing is kept for backward.
    Infer,
    /// Training: dropout acts and backward may follow.
    Train {
        /// The step's key for dropout.
        dropout: Key,
        /// Index in the whole batch of the first sample at hand.
        first: u64,
        /// Where the ops record themselves and parameter gradients go; candle's graph if `None`.
        record: Option<(&'a Tape, &'a Sinks)>,
    },
}

/// Gradient buffers that training passes add to, one after another.
#[derive(Clone, Default)]
pub struct Sinks {
    /// Of all parameters but a token table, in flat order: see [`Model::dense`].
    pub dense: Arc<Mutex<Vec<f32>>>,
    /// Of the token table, as rows.
    pub table: RowSink,
}

/// Which variable belongs to which op.
struct Plan {
    embedding: Embedding,
    embedding_norm: Option<usize>,
    blocks: Vec<usize>,
    norm: Option<usize>,
    pooler: Option<usize>,
    head: usize,
}

enum Embedding {
    Patches { shape: PatchShape, segment: usize },
    Tokens { table: usize, positions: usize },
}

/// A transformer encoder with a classification head.
pub struct Model {
    spec: ModelSpec,
    parameters: Parameters,
    plan: Plan,
}

impl Model {
    /// With first weights drawn from the seed.
    ///
    /// # Errors
    /// If the spec makes no model, or the device fails.
    pub fn new(spec: &ModelSpec, seed: u64, device: &Device) -> Result<Self, ModelError> {
        spec.validate()?;
        let mut layout = Layouter::new();
        let plan = plan(spec, &mut layout);
        Ok(Self { spec: spec.clone(), parameters: layout.build(seed, device)?, plan })
    }

    /// With weights from a safetensors file.
    ///
    /// # Errors
    /// As [`Model::new`] and [`Parameters::load_bytes`].
    pub fn from_bytes(spec: &ModelSpec, bytes: &[u8], device: &Device) -> Result<Self, ModelError> {
        let model = Self::new(spec, 0, device)?;
        model.parameters.load_bytes(bytes)?;
        Ok(model)
    }

    /// Weights as a safetensors file of named tensors; equal weights give equal bytes.
    ///
    /// # Errors
    /// If the device fails.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ModelError> {
        self.parameters.to_bytes()
    }

    /// Changes the share of activations dropped in training, from the next pass on.
    pub fn set_dropout(&mut self, share: f64) {
        self.spec.dropout = share;
    }

    /// What it was built from.
    pub fn spec(&self) -> &ModelSpec {
        &self.spec
    }

    /// The named parameters.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Flat range of the parameters whose gradients are dense: all but a token table,
    /// which comes first.
    pub fn dense(&self) -> Range<usize> {
        let start = match self.plan.embedding {
            Embedding::Patches { .. } => 0,
            Embedding::Tokens { table, .. } => self.parameters.range(table).end,
        };
        start..self.parameters.len()
    }

    /// Number of parameters of a spec, without building it.
    pub fn count(spec: &ModelSpec) -> usize {
        let mut layout = Layouter::new();
        plan(spec, &mut layout);
        layout.len()
    }

    /// Logits `[samples, classes]`.
    ///
    /// # Errors
    /// If the input does not fit the model.
    pub fn forward(&self, input: Batch<'_>, pass: Pass<'_>) -> Result<Tensor, ModelError> {
        let run = Run { model: self, pass };
        let (mut x, spans) = run.embed(input)?;
        if let Some(segment) = self.plan.embedding_norm {
            x = ops::layer_norm(&x, &run.parameter(segment), self.spec.epsilon, run.record(segment))?;
        }
        if let Some(dropout) = run.dropout(0) {
            x = ops::dropout(&x, &spans, dropout, run.tape())?;
        }
        // The last block computes only what pooling reads.
        let first_only = self.spec.pooling == Pooling::ClassToken;
        for (i, &segment) in self.plan.blocks.iter().enumerate() {
            let last = i + 1 == self.plan.blocks.len();
            let block_run = BlockRun {
                train: matches!(pass, Pass::Train { .. }),
                dropout: run.dropout(1 + i as u64),
                record: run.record(segment),
            };
            let shape = BlockShape { first_only: first_only && last, ..block_shape(&self.spec) };
            x = ops::block(&x, &run.parameter(segment), &spans, shape, block_run)?;
        }
        if let Some(segment) = self.plan.norm {
            x = ops::layer_norm(&x, &run.parameter(segment), self.spec.epsilon, run.record(segment))?;
        }
        if !first_only {
            x = ops::pool(&x, &spans, Pool::Mean, run.tape())?;
        }
        if let Some(segment) = self.plan.pooler {
            x = ops::tanh(&ops::linear(&x, &run.parameter(segment), run.record(segment))?, run.tape())?;
        }
        Ok(ops::linear(&x, &run.parameter(self.plan.head), run.record(self.plan.head))?)
    }
}

struct Run<'a> {
    model: &'a Model,
    pass: Pass<'a>,
}

impl<'a> Run<'a> {
    fn parameter(&self, segment: usize) -> Tensor {
        match self.pass {
            Pass::Train { record: None, .. } => self.model.parameters.tracked(segment).clone(),
            _ => self.model.parameters.detached(segment),
        }
    }

    fn tape(&self) -> Option<&'a Tape> {
        match self.pass {
            Pass::Train { record: Some((tape, _)), .. } => Some(tape),
            _ => None,
        }
    }

    fn record(&self, segment: usize) -> Option<Record<'a>> {
        let Pass::Train { record: Some((tape, sinks)), .. } = self.pass else { return None };
        let (range, start) = (self.model.parameters.range(segment), self.model.dense().start);
        Some(Record { tape, sink: Sink::new(sinks.dense.clone(), range.start - start..range.end - start) })
    }

    fn dropout(&self, layer: u64) -> Option<Dropout> {
        match self.pass {
            Pass::Train { dropout, first, .. } if self.model.spec.dropout > 0.0 => {
                Some(Dropout { share: self.model.spec.dropout, key: dropout.with(layer), first })
            }
            _ => None,
        }
    }

    fn embed(&self, input: Batch<'_>) -> Result<(Tensor, Spans), ModelError> {
        let wrong = |problem: String| ModelError::Input { problem };
        match (&self.model.plan.embedding, input) {
            (Embedding::Patches { shape, segment }, Batch::Images { pixels, channels, height, width }) => {
                if (shape.channels, shape.height, shape.width) != (channels, height, width) {
                    return Err(wrong(format!(
                        "images of {channels} x {height} x {width} (channels, height, width) instead of {} x {} x {}",
                        shape.channels, shape.height, shape.width
                    )));
                }
                let record = self.record(*segment);
                let x = ops::embed_patches(pixels.to_vec(), &self.parameter(*segment), *shape, record)?;
                Ok((x, Spans::equal(input.len(), shape.rows())))
            }
            (Embedding::Tokens { table, positions }, Batch::Tokens { ids, offsets }) => {
                let base = offsets.first().copied().unwrap_or(0);
                let offsets: Vec<usize> = offsets.iter().map(|o| o.saturating_sub(base)).collect();
                let spans = Spans::new(&offsets)?;
                let record = match self.pass {
                    Pass::Train { record: Some((_, sinks)), .. } => self
                        .record(*positions)
                        .map(|positions| TokenRecord { table: sinks.table.clone(), positions }),
                    _ => None,
                };
                let (table, positions) = (self.parameter(*table), self.parameter(*positions));
                Ok((ops::embed_tokens(ids, &spans, &table, &positions, record)?, spans))
            }
            (Embedding::Patches { .. }, _) => Err(wrong("text given to a model of images".to_owned())),
            (Embedding::Tokens { .. }, _) => Err(wrong("images given to a model of text".to_owned())),
        }
    }
}

fn block_shape(spec: &ModelSpec) -> BlockShape {
    BlockShape {
        width: spec.width,
        mlp: spec.mlp,
        heads: spec.heads,
        epsilon: spec.epsilon,
        post_norm: spec.norm == NormPlacement::Post,
        causal: false,
        first_only: false,
    }
}

/// Lays out the parameters of a spec.
fn plan(spec: &ModelSpec, layout: &mut Layouter) -> Plan {
    let w = spec.width;
    let norm_fields = [("weight", vec![w]), ("bias", vec![w])];
    let linear_fields = |out: usize, inner: usize| [("weight", vec![out, inner]), ("bias", vec![out])];
    // Deviation of embeddings, positions and class token in ViT and BERT.
    let embedded = |_: &str, _: &[usize]| Initial::Truncated(0.02);
    let linear = |inner: usize| Initial::Uniform(1.0 / (inner as f64).sqrt());
    let norm = |name: &str, _: &[usize]| Initial::Constant(if name == "weight" { 1.0 } else { 0.0 });

    let embedding = match spec.input {
        InputSpec::Image { channels, height, width, patch } => {
            let class_token = spec.pooling == Pooling::ClassToken;
            let shape = PatchShape { channels, height, width, patch, embedding: w, class_token };
            let initial = |name: &str, field: &[usize]| {
                if name.starts_with("patches") {
                    linear(channels * patch * patch)
                } else {
                    embedded(name, field)
                }
            };
            let segment = layout.segment("embedding.", &shape.fields(), initial, false);
            Embedding::Patches { shape, segment }
        }
        InputSpec::Text { vocabulary, length } => Embedding::Tokens {
            table: layout.segment("embedding.", &[("tokens", vec![vocabulary, w])], embedded, true),
            positions: layout.segment("embedding.", &[("positions", vec![length, w])], embedded, true),
        },
    };
    let post = spec.norm == NormPlacement::Post;
    let embedding_norm = post.then(|| layout.segment("embedding.norm.", &norm_fields, norm, false));
    let shape = block_shape(spec);
    let blocks = (0..spec.depth).map(|i| {
        let initial = |name: &str, _: &[usize]| {
            if name.starts_with("norm") {
                Initial::Constant(if name.ends_with("weight") { 1.0 } else { 0.0 })
            } else if name.starts_with("mlp.down") {
                linear(spec.mlp)
            } else {
                linear(w)
            }
        };
        layout.segment(&format!("blocks.{i}."), &shape.fields(), initial, false)
    });
    let blocks = blocks.collect();
    let final_norm = (!post).then(|| layout.segment("norm.", &norm_fields, norm, false));
    let pooler =
        spec.pooler.then(|| layout.segment("pooler.", &linear_fields(w, w), |_, _| linear(w), false));
    let head = layout.segment("head.", &linear_fields(spec.classes, w), |_, _| linear(w), false);
    Plan { embedding, embedding_norm, blocks, norm: final_norm, pooler, head }
}
