//! The network: embedding, blocks, pooling, head, composed of ops. It knows
//! nothing of optimizers or threads; gradients go where the pass says.

use super::batch::Batch;
use super::error::ModelError;
use super::heads;
use super::initial::Initial;
use super::parameters::{Layouter, Parameters};
use super::ready::Ready;
use super::spec::{InputSpec, ModelSpec};
use crate::config::{ModelKind, NormPlacement, Pooling, PositionKind};
use crate::ops::{
    self, BlockRun, BlockShape, Dropout, Keep, PatchShape, Pool, Positions, Products, ReadyBlock, Record,
    Rotary, RowSink, Sink, Spans, StochasticDepth, Tape, TokenRecord,
};
use crate::random::{Key, Purpose};
use candle_core::{Device, Tensor};
use std::ops::Range;
use std::sync::{Arc, Mutex};

/// What a forward pass is for.
#[derive(Clone, Copy)]
pub enum Pass<'a> {
    /// Logits only; nothing is kept for backward.
    Infer,
    /// Training: noise acts and backward may follow.
    Train {
        /// What disturbs this step.
        noise: Noise,
        /// Index in the whole batch of the first sample at hand.
        first: u64,
        /// Where the ops record themselves and parameter gradients go; candle's graph if `None`.
        record: Option<(&'a Tape, &'a Sinks)>,
    },
}

/// Random disturbance of a training step, against overfitting. It may differ from step to step.
#[derive(Clone, Copy, Debug)]
pub struct Noise {
    /// The step's key.
    pub key: Key,
    /// Share of activations set to zero, 0 up to but not including 1.
    pub dropout: f64,
    /// Share of samples for which the last block's branches are left out, 0 up to but not
    /// including 1; block l of L has l / L of it (Huang et al. 2016).
    pub stochastic_depth: f64,
}

impl Noise {
    /// None at all.
    pub fn none() -> Self {
        Self { key: Key::new(0, Purpose::Dropout), dropout: 0.0, stochastic_depth: 0.0 }
    }
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
    query: Option<usize>,
    /// One for each layer of the head.
    head: Vec<usize>,
}

enum Embedding {
    Patches { shape: PatchShape, segment: usize },
    Tokens { table: usize, positions: Option<usize> },
}

/// A transformer, encoder or decoder, with a classification head.
pub struct Model {
    spec: ModelSpec,
    parameters: Parameters,
    plan: Plan,
    /// Positions that are added and not learned, `[rows, width]`.
    fixed: Option<Arc<[f32]>>,
    rotary: Option<Rotary>,
    products: Products,
    ready: Ready,
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
        let rows = spec.rows();
        let fixed = (spec.positions == PositionKind::Sinusoidal).then(|| ops::sinusoidal(rows, spec.width));
        let rotary = (spec.positions == PositionKind::Rotary)
            .then(|| Rotary::new(rows, spec.width / spec.heads))
            .transpose()?;
        let (spec, products) = (spec.clone(), spec.products());
        let ready = Ready::new(spec.depth);
        Ok(Self { spec, parameters: layout.build(seed, device)?, plan, fixed, rotary, products, ready })
    }

    /// With another kernel for the linear layers than the quickest here, to compare them.
    #[must_use]
    pub fn with_products(self, products: Products) -> Self {
        Self { products, ..self }
    }

    /// How the linear layers multiply.
    pub fn products(&self) -> Products {
        self.products
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
        let (mut x, spans) = self.blocks(&run, input, self.spec.keep())?;
        if let Some(segment) = self.plan.query {
            x = ops::attention_pool(&x, &run.parameter(segment), &spans, run.record(segment))?;
        } else if self.spec.keep() == Keep::All {
            x = ops::pool(&x, &spans, Pool::Mean, run.tape())?;
        }
        for (layer, &segment) in heads::layers(&self.spec).iter().zip(&self.plan.head) {
            x = run.linear(&x, segment)?;
            if let Some(activation) = layer.activation {
                x = activation(&x, run.tape())?;
            }
        }
        Ok(x)
    }

    /// All rows of all samples as they come out of the blocks and the last norm, `[rows, width]`.
    ///
    /// # Errors
    /// If the input does not fit the model.
    pub fn rows(&self, input: Batch<'_>) -> Result<Tensor, ModelError> {
        Ok(self.blocks(&Run { model: self, pass: Pass::Infer }, input, Keep::All)?.0)
    }

    /// From the input to the rows that pooling reads; where each sample's rows were.
    fn blocks(&self, run: &Run<'_>, input: Batch<'_>, keep: Keep) -> Result<(Tensor, Spans), ModelError> {
        let (mut x, spans) = run.embed(input)?;
        if let Some(segment) = self.plan.embedding_norm {
            x = ops::layer_norm(&x, &run.parameter(segment), self.spec.epsilon, run.record(segment))?;
        }
        if let Some(dropout) = run.dropout(0) {
            x = ops::dropout(&x, &spans, dropout, run.tape())?;
        }
        for (i, &segment) in self.plan.blocks.iter().enumerate() {
            let last = i + 1 == self.plan.blocks.len();
            let block_run = BlockRun {
                train: matches!(run.pass, Pass::Train { .. }),
                dropout: run.dropout(1 + i as u64),
                depth: run.stochastic_depth(i),
                rotary: self.rotary.as_ref(),
                products: self.products,
                ready: self.ready(i, segment)?,
                record: run.record(segment),
            };
            // The last block computes only what pooling reads.
            let keep = if last { keep } else { Keep::All };
            let shape = BlockShape { keep, ..block_shape(&self.spec) };
            x = ops::block(&x, &run.parameter(segment), &spans, shape, block_run)?;
        }
        if let Some(segment) = self.plan.norm {
            x = ops::layer_norm(&x, &run.parameter(segment), self.spec.epsilon, run.record(segment))?;
        }
        Ok((x, spans))
    }
}

impl Model {
    /// A block's weights made ready for products, as they are now.
    fn ready(&self, block: usize, segment: usize) -> Result<Option<Arc<ReadyBlock>>, ModelError> {
        if self.products != Products::F32 {
            return Ok(None);
        }
        self.ready.get(block, &self.parameters, segment, &block_shape(&self.spec))
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

    fn linear(&self, x: &Tensor, segment: usize) -> Result<Tensor, ModelError> {
        Ok(ops::linear(x, &self.parameter(segment), self.model.products, self.record(segment))?)
    }

    fn dropout(&self, layer: u64) -> Option<Dropout> {
        match self.pass {
            Pass::Train { noise, first, .. } if noise.dropout > 0.0 => {
                Some(Dropout { share: noise.dropout, key: noise.key.with(layer), first })
            }
            _ => None,
        }
    }

    /// That of a block, counted from 0.
    fn stochastic_depth(&self, block: usize) -> Option<StochasticDepth> {
        match self.pass {
            Pass::Train { noise, first, .. } if noise.stochastic_depth > 0.0 => {
                let share = noise.stochastic_depth * (block + 1) as f64 / self.model.spec.depth as f64;
                Some(StochasticDepth { share, key: noise.key.with(1 + block as u64), first })
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
                let parameters = self.parameter(*segment);
                let (fixed, products) = (self.model.fixed.as_ref(), self.model.products);
                let x = ops::embed_patches(pixels.to_vec(), &parameters, *shape, fixed, products, record)?;
                Ok((x, Spans::equal(input.len(), shape.rows())))
            }
            (Embedding::Tokens { table, positions }, Batch::Tokens { ids, offsets }) => {
                let base = offsets.first().copied().unwrap_or(0);
                let offsets: Vec<usize> = offsets.iter().map(|o| o.saturating_sub(base)).collect();
                let spans = Spans::new(&offsets)?;
                let record = match self.pass {
                    Pass::Train { record: Some((tape, sinks)), .. } => {
                        let positions = positions.and_then(|p| self.record(p)).map(|record| record.sink);
                        Some(TokenRecord { tape, table: sinks.table.clone(), positions })
                    }
                    _ => None,
                };
                let (table, learned) = (self.parameter(*table), positions.map(|p| self.parameter(p)));
                let positions = match (&learned, &self.model.fixed) {
                    (Some(learned), _) => Positions::Learned(learned),
                    (None, Some(fixed)) => Positions::Fixed(fixed),
                    (None, None) => Positions::None,
                };
                Ok((ops::embed_tokens(ids, &spans, &table, positions, record)?, spans))
            }
            (Embedding::Patches { .. }, _) => Err(wrong("text given to a model of images".to_owned())),
            (Embedding::Tokens { .. }, _) => Err(wrong("images given to a model of text".to_owned())),
        }
    }
}

pub(super) fn block_shape(spec: &ModelSpec) -> BlockShape {
    BlockShape {
        width: spec.width,
        mlp: spec.mlp,
        heads: spec.heads,
        epsilon: spec.epsilon,
        post_norm: spec.norm == NormPlacement::Post,
        causal: spec.kind == ModelKind::Decoder,
        keep: Keep::All,
    }
}

/// Lays out the parameters of a spec.
fn plan(spec: &ModelSpec, layout: &mut Layouter) -> Plan {
    let w = spec.width;
    let norm_fields = [("weight", vec![w]), ("bias", vec![w])];
    let linear_fields = |out: usize, inner: usize| [("weight", vec![out, inner]), ("bias", vec![out])];
    // Deviation of embeddings, positions and class token in ViT and BERT.
    let embedded = |_: &str, _: &[usize]| Initial::Truncated(0.02);
    // Beside sines and cosines, tokens as small as BERT's would not be seen: there they start
    // with deviation 1, as PyTorch's embeddings.
    let fixed_positions = spec.positions == PositionKind::Sinusoidal;
    let tokens = |name: &str, shape: &[usize]| {
        if fixed_positions { Initial::Truncated(1.0) } else { embedded(name, shape) }
    };
    let linear = |inner: usize| Initial::Uniform(1.0 / (inner as f64).sqrt());
    let norm = |name: &str, _: &[usize]| Initial::Constant(if name == "weight" { 1.0 } else { 0.0 });

    let learned_positions = spec.positions == PositionKind::Learned;
    let embedding = match spec.input {
        InputSpec::Image { channels, height, width, patch } => {
            let class = spec.class_row();
            let shape = PatchShape { channels, height, width, patch, embedding: w, class, learned_positions };
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
            table: layout.segment("embedding.", &[("tokens", vec![vocabulary, w])], tokens, true),
            positions: learned_positions
                .then(|| layout.segment("embedding.", &[("positions", vec![length, w])], embedded, true)),
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
    let query = (spec.pooling == Pooling::Attention)
        .then(|| layout.segment("pool.", &[("query", vec![1, w])], embedded, false));
    let head = heads::layers(spec).into_iter().map(|layer| {
        let fields = linear_fields(layer.outputs, layer.inputs);
        layout.segment(layer.prefix, &fields, |_, _| linear(layer.inputs), false)
    });
    let head = head.collect();
    Plan { embedding, embedding_norm, blocks, norm: final_norm, query, head }
}
