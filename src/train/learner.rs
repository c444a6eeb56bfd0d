//! The engine with what learning needs besides: examples made ready, their targets, the
//! optimizer. One step is one gradient and one update; a bad gradient updates nothing.

use super::average::Average;
use super::checkpoint::{MODEL, OPTIMIZER, TRAINED, read};
use super::class_weights::balanced;
use super::engine::Engine;
use super::error::{Halt, TrainError};
use super::metrics::StepFacts;
use super::mixup::{Mixing, blend};
use super::optimizer::{Optimizer, StepSize, unmoved};
use super::parallel::{StepOptions, StepOutcome};
use crate::config::{RunConfig, Sampling};
use crate::data::{Dataset, Progress};
use crate::model::{InputSpec, ModelError, ModelSpec, Noise};
use crate::ops::Mix;
use crate::preprocess::{Augmentation, InputShape, Prepared, Preprocess};
use crate::random::{Key, Purpose};
use crate::runs::RunError;
use std::path::Path;

/// A learning rate below this may leave a weight of size 1 where it was, in `f32`.
const VISIBLE_RATE: f64 = 1e-6;

/// What a checkpoint's files take to name one field, and its `state.json`: more than they do.
const NAME_BYTES: usize = 160;
const STATE_BYTES: usize = 16 << 10;

/// With dropout or stochastic depth, a parameter must have moved by this step.
const STEPS_WITH_NOISE: u64 = 20;

pub(super) struct Learner {
    pub engine: Engine,
    pub prepared: Prepared,
    optimizer: Optimizer,
    average: Option<Average>,
    targets: Vec<u32>,
    /// How much each class counts where classes are balanced.
    class_weights: Vec<f64>,
    /// Parameters that have not moved yet.
    stuck: Vec<String>,
}

/// How a step ended.
pub(super) enum Stepped {
    /// The weights were updated. Learning rate and seconds are the caller's to fill in.
    Done(StepFacts),
    /// A wish to stop came between; nothing changed.
    Interrupted,
    /// This is no longer a number, where the batch gave this loss; nothing changed.
    NotFinite(&'static str, f64),
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
        let class_weights = balanced(data);
        Ok(Self { engine, prepared, optimizer, average, targets, class_weights, stuck: Vec::new() })
    }

    /// As a checkpoint left it: the weights that were trained, their average where there is
    /// one, and the optimizer's state.
    pub fn take_up(
        config: &RunConfig,
        spec: &ModelSpec,
        checkpoint: &Path,
        data: &Dataset,
        preprocess: Preprocess,
        progress: Progress<'_>,
    ) -> Result<Self, TrainError> {
        let file = |name: &str| read(&checkpoint.join(name));
        let damaged = |name: &str, error: ModelError| {
            let remedy = "the run cannot go on from here; train a new one";
            TrainError::Run(RunError::at(&checkpoint.join(name), error.to_string(), remedy))
        };
        let saved = file(MODEL)?;
        let trained = checkpoint.join(TRAINED).is_file().then(|| file(TRAINED)).transpose()?;
        let (name, weights) = trained.as_ref().map_or((MODEL, &saved), |trained| (TRAINED, trained));
        let engine = Engine::open(config, spec, weights, preprocess).map_err(|e| damaged(name, e))?;
        let optimizer = Optimizer::from_bytes(config.train.optimizer, &engine.model, &file(OPTIMIZER)?)
            .map_err(|e| damaged(OPTIMIZER, e))?;
        let mut average = Average::new(config.train.ema);
        if let (Some(average), Some(_)) = (&mut average, &trained) {
            average.take_up(engine.model.parameters(), &saved).map_err(|e| damaged(MODEL, e))?;
        }
        let prepared = engine.preprocess.prepare(data, progress)?;
        let targets = data.targets.iter().map(|target| target.class().unwrap_or(0)).collect();
        let class_weights = balanced(data);
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
        // Live settings take effect here, with the step that uses them.
        let augmentation = Augmentation::of(augment, augmentation_key(config, epoch, step));
        let (prepared, engine) = (&self.prepared, &self.engine);
        let mixing = match engine.model.spec().input {
            InputSpec::Image { .. } => {
                let key = Key::new(train.seed, Purpose::Mixup).with(step);
                Mixing::draw(augment.mixup, key, samples.len())
            }
            InputSpec::Text { .. } => None,
        };
        // By places in the batch, because a blend needs two of them.
        let places: Vec<u32> = (0..samples.len() as u32).collect();
        let at = |places: &[u32]| places.iter().map(|place| samples[*place as usize]).collect::<Vec<u32>>();
        let make = |places: &[u32]| {
            let mut input = prepared.input(&at(places), augmentation.as_ref());
            if let Some(mixing) = &mixing {
                let partners: Vec<u32> = places.iter().map(|p| mixing.partners[*p as usize]).collect();
                let others = prepared.input(&at(&partners), augmentation.as_ref());
                blend(&mut input, &others, mixing.share);
            }
            input
        };
        let targets: Vec<u32> = samples.iter().map(|sample| self.targets[*sample as usize]).collect();
        let other_targets: Vec<u32> = mixing
            .iter()
            .flat_map(|mixing| mixing.partners.iter().map(|place| targets[*place as usize]))
            .collect();
        let noise = Noise {
            key: Key::new(train.seed, Purpose::Dropout).with(step),
            dropout: config.model.dropout,
            stochastic_depth: config.model.stochastic_depth,
        };
        let options = StepOptions {
            label_smoothing: train.label_smoothing,
            class_weights: train.class_weights.then_some(&self.class_weights[..]),
            mix: mixing.as_ref().map(|m| Mix { partners: &other_targets, share: m.share }),
            noise,
        };
        let mut compute = engine.compute();
        let (loss, correct) =
            match compute.step(&engine.model, &make, &places, &targets, options, interrupted)? {
                StepOutcome::Done { loss, correct, finite: true } => (loss, correct),
                StepOutcome::Done { loss, .. } => return Ok(Stepped::NotFinite("the loss", loss)),
                StepOutcome::Interrupted => return Ok(Stepped::Interrupted),
            };
        let parameters = engine.model.parameters();
        let before = if step == 1 { parameters.to_flat()? } else { Vec::new() };
        let size = StepSize { learning_rate, weight_decay: train.weight_decay, clip_norm: train.clip_norm };
        // From here on weights change: what fails half-way leaves weights of no step.
        let norm =
            self.optimizer.step(&engine.model, &compute, size).map_err(|e| Halt::Broken(e.to_string()))?;
        if !norm.is_finite() {
            return Ok(Stepped::NotFinite("the gradient", loss));
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
        // Noise may silence a whole parameter for a while.
        let quiet = config.model.dropout == 0.0 && config.model.stochastic_depth == 0.0;
        if !self.stuck.is_empty() && (quiet || step >= STEPS_WITH_NOISE) {
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
            loading: compute.loading(),
            threads: compute.threads(),
            machine: None,
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

    /// Whether all weights, those behind their average and the optimizer's state are numbers.
    pub fn is_finite(&self) -> Result<bool, Halt> {
        let finite = |numbers: &[f32]| numbers.iter().all(|number| number.is_finite());
        let averaged = self.averaged().is_none_or(|average| finite(average.weights()));
        Ok(averaged && self.optimizer.is_finite() && finite(&self.engine.model.parameters().to_flat()?))
    }

    /// Parameters that have not moved yet.
    pub fn stuck(&self) -> &[String] {
        &self.stuck
    }

    /// Goes on with what was known about parameters that have not moved.
    pub fn remember_stuck(&mut self, names: Vec<String>) {
        self.stuck = names;
    }

    /// About how many bytes a checkpoint takes: a little more than it does.
    pub fn checkpoint_bytes(&self) -> u64 {
        let parameters = self.engine.model.parameters();
        let weights = 1 + usize::from(self.average.is_some());
        let numbers = parameters.len() * weights + self.optimizer.numbers();
        // Each number is an f32; each set of them names its fields.
        let names = parameters.fields().len() * NAME_BYTES * (weights + 2);
        (numbers * size_of::<f32>() + names + STATE_BYTES) as u64
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

/// Where the changes to training images are drawn from. A sample that comes several times in
/// an epoch is changed differently each time.
fn augmentation_key(config: &RunConfig, epoch: u64, step: u64) -> Key {
    let key = Key::new(config.train.seed, Purpose::Augment).with(epoch);
    match config.train.sampling {
        Sampling::Shuffled => key,
        Sampling::Balanced => key.with(step),
    }
}

fn without_gradient(engine: &Engine, gradients: &[f32]) -> Vec<String> {
    let fields = engine.model.parameters().fields().iter();
    let zero = |range: std::ops::Range<usize>| gradients[range].iter().all(|g| *g == 0.0);
    fields.filter(|field| zero(field.range.clone())).map(|field| field.name.clone()).collect()
}
