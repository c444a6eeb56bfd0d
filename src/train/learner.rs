//! The engine with what learning needs besides: examples made ready, their targets, the
//! optimizer. One step is one gradient and one update; a bad gradient updates nothing.

use super::average::Average;
use super::class_weights::balanced;
use super::engine::Engine;
use super::error::{Halt, TrainError};
use super::metrics::StepFacts;
use super::optimizer::{Optimizer, StepSize, unmoved};
use super::parallel::{StepOptions, StepOutcome};
use crate::config::RunConfig;
use crate::data::{Dataset, Progress};
use crate::model::{InputSpec, ModelError, ModelSpec};
use crate::preprocess::{Augmentation, InputShape, Prepared, Preprocess};
use crate::random::{Key, Purpose};

/// A learning rate below this may leave a weight of size 1 where it was, in `f32`.
const VISIBLE_RATE: f64 = 1e-6;

/// With dropout, a parameter must have moved by this step.
const STEPS_WITH_DROPOUT: u64 = 20;

pub(super) struct Learner {
    pub engine: Engine,
    pub prepared: Prepared,
    optimizer: Optimizer,
    average: Option<Average>,
    targets: Vec<u32>,
    /// How much each class counts, if not alike.
    class_weights: Option<Vec<f64>>,
    /// Parameters that have not moved yet.
    stuck: Vec<String>,
}

/// How a step ended.
pub(super) enum Stepped {
    /// The weights were updated. Learning rate and seconds are the caller's to fill in.
    Done(StepFacts),
    /// A wish to stop came between; nothing changed.
    Interrupted,
    /// This is no longer a number; nothing changed.
    NotFinite(&'static str),
    /// The first update left these parameters where they were.
    Unmoved(Vec<String>),
}

impl Learner {
    /// Makes the data ready and builds the network that fits it.
    pub fn build(
        config: &RunConfig,
        data: &Dataset,
        preprocess: Preprocess,
        progress: Progress<'_>,
    ) -> Result<Self, TrainError> {
        let input = match preprocess.input_shape() {
            InputShape::Image { channels, height, width } => {
                let patch = usize::try_from(config.model.patch).unwrap_or(usize::MAX);
                InputSpec::Image { channels, height, width, patch }
            }
            InputShape::Text { vocabulary, length } => InputSpec::Text { vocabulary, length },
        };
        // Settings are checked before the long work of making the data ready.
        let spec = ModelSpec::from_config(config, input, data.classes.len())?;
        let prepared = preprocess.prepare(data, progress)?;
        let engine = Engine::new(config, &spec, preprocess)?;
        let optimizer = Optimizer::new(config.train.optimizer, &engine.model);
        // Training examples all have a class; see `check_labels`.
        let targets = data.targets.iter().map(|target| target.class().unwrap_or(0)).collect();
        let average = Average::new(config.train.ema);
        let class_weights = config.train.class_weights.then(|| balanced(data));
        Ok(Self { engine, prepared, optimizer, average, targets, class_weights, stuck: Vec::new() })
    }

    /// One update of the weights from these samples.
    pub fn step(
        &mut self,
        config: &RunConfig,
        samples: &[u32],
        (epoch, step): (u64, u64),
        learning_rate: f64,
        interrupted: &mut dyn FnMut() -> bool,
    ) -> Result<Stepped, Halt> {
        let (train, augment) = (&config.train, &config.augment);
        let augmentation = (augment.shift > 0 || augment.flip).then(|| Augmentation {
            shift: augment.shift as usize,
            flip: augment.flip,
            key: Key::new(train.seed, Purpose::Augment).with(epoch),
        });
        let (prepared, engine) = (&self.prepared, &self.engine);
        let make = |samples: &[u32]| prepared.input(samples, augmentation.as_ref());
        let targets: Vec<u32> = samples.iter().map(|sample| self.targets[*sample as usize]).collect();
        let dropout = Key::new(train.seed, Purpose::Dropout).with(step);
        let class_weights = self.class_weights.as_deref();
        let options = StepOptions { label_smoothing: train.label_smoothing, class_weights, dropout };
        let mut compute = engine.compute();
        let (loss, correct) =
            match compute.step(&engine.model, &make, samples, &targets, options, interrupted)? {
                StepOutcome::Done { loss, correct, finite: true } => (loss, correct),
                StepOutcome::Done { .. } => return Ok(Stepped::NotFinite("the loss")),
                StepOutcome::Interrupted => return Ok(Stepped::Interrupted),
            };
        let parameters = engine.model.parameters();
        let before = if step == 1 { parameters.to_flat()? } else { Vec::new() };
        let size = StepSize { learning_rate, weight_decay: train.weight_decay, clip_norm: train.clip_norm };
        // From here on weights change: what fails half-way leaves weights of no step.
        let norm =
            self.optimizer.step(&engine.model, &compute, size).map_err(|e| Halt::Broken(e.to_string()))?;
        if !norm.is_finite() {
            return Ok(Stepped::NotFinite("the gradient"));
        }
        if let Some(average) = &mut self.average {
            average.update(parameters).map_err(|e| Halt::Broken(e.to_string()))?;
        }
        if step == 1 {
            self.stuck = if learning_rate >= VISIBLE_RATE && self.optimizer.is_scale_free() {
                unmoved(&engine.model, compute.gradients(), &before, &parameters.to_flat()?)
            } else {
                without_gradient(engine, compute.gradients())
            };
        } else if !self.stuck.is_empty() {
            let still = without_gradient(engine, compute.gradients());
            self.stuck.retain(|name| still.contains(name));
        }
        // Dropout may silence a whole parameter for a while.
        if !self.stuck.is_empty() && (config.model.dropout == 0.0 || step >= STEPS_WITH_DROPOUT) {
            return Ok(Stepped::Unmoved(self.stuck.clone()));
        }
        let samples = samples.len() as u64;
        Ok(Stepped::Done(StepFacts {
            loss,
            correct,
            samples,
            learning_rate,
            gradient_norm: norm,
            seconds: 0.0,
        }))
    }

    /// The average of the weights, where there is one.
    fn averaged(&self) -> Option<&Average> {
        self.average.as_ref().filter(|average| !average.weights().is_empty())
    }

    /// Works with the weights that count: their average, where there is one. What is trained
    /// comes back afterwards; a panic in between leaves weights that must not be saved.
    pub fn with_average<R, E: From<ModelError>>(
        &self,
        work: impl FnOnce(&Engine) -> Result<R, E>,
    ) -> Result<R, E> {
        let Some(average) = self.averaged() else { return work(&self.engine) };
        let parameters = self.engine.model.parameters();
        let trained = parameters.to_flat()?;
        parameters.set_flat(average.weights())?;
        let result = work(&self.engine);
        parameters.set_flat(&trained)?;
        result
    }

    /// The weights that count, as a file.
    pub fn model_bytes(&self) -> Result<Vec<u8>, Halt> {
        let model = &self.engine.model;
        Ok(match self.averaged() {
            Some(average) => average.to_bytes(model.parameters())?,
            None => model.to_bytes()?,
        })
    }

    /// The weights that training goes on with, where they are not those that count.
    pub fn trained_bytes(&self) -> Result<Option<Vec<u8>>, Halt> {
        Ok(self.averaged().map(|_| self.engine.model.to_bytes()).transpose()?)
    }

    pub fn optimizer_bytes(&self) -> Result<Vec<u8>, Halt> {
        Ok(self.optimizer.to_bytes(&self.engine.model)?)
    }
}

fn without_gradient(engine: &Engine, gradients: &[f32]) -> Vec<String> {
    let fields = engine.model.parameters().fields().iter();
    let zero = |range: std::ops::Range<usize>| gradients[range].iter().all(|g| *g == 0.0);
    fields.filter(|field| zero(field.range.clone())).map(|field| field.name.clone()).collect()
}
