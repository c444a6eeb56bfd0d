//! How long an update takes on this machine: a few steps of the same network with fewer
//! blocks and, where that is enough, fewer examples, in the very code that trains; the rest
//! follows from the numbers of operations. Random input, weights that are thrown away.

use super::super::TrainError;
use super::super::deal::deal;
use super::super::optimizer::{Optimizer, StepSize};
use super::super::parallel::{Compute, StepOptions, StepOutcome};
use super::facts::Facts;
use crate::config::{OptimizerKind, RunConfig};
use crate::model::{InputSpec, Model, ModelSpec, Noise};
use crate::ops::Keep;
use crate::preprocess::Input;
use candle_core::Device;
use std::time::{Duration, Instant};

/// Blocks of the shortened network, the last of which may compute only what pooling reads.
const BLOCKS: usize = 3;
/// Operations of a measured step, per thread, that are aimed at.
const OPERATIONS: f64 = 4e9;
/// Rows with which the batch is cut as a large one is.
const ENOUGH_ROWS: usize = 4096;
/// Rows with which each thread has a micro-batch of its own.
const ROWS_PER_THREAD: usize = 512;
/// Tokens of the measured network at most: looking a row up takes no longer in a large table.
const VOCABULARY: usize = 2048;
/// Parameters of a network that is tried at all.
const MOST_PARAMETERS: usize = 32 << 20;
/// Time after which no further step is measured, and the most steps.
const ENOUGH: Duration = Duration::from_millis(250);
const STEPS: usize = 7;
/// What summing a lane's gradient takes beside an update of the weights, per number: four
/// memory accesses beside seven.
const SUM_SHARE: f64 = 0.5;

#[derive(Clone, Copy)]
pub(super) struct Speed {
    /// Seconds of an update.
    pub step: f64,
    /// Seconds in which one example is predicted, by all threads together.
    pub inference_of_one: f64,
    /// Whether a smaller network was measured, since this one is too large.
    pub extrapolated: bool,
}

/// What is measured, and what for.
pub(super) struct Plan {
    spec: ModelSpec,
    tried: ModelSpec,
    /// Rows of a whole batch's examples.
    rows: Vec<usize>,
    /// How many of them are tried.
    count: usize,
    optimizer: OptimizerKind,
    noise: Noise,
    threads: usize,
    /// Multiply-adds of all examples that were looked at, per example, by those of `rows`.
    typical: f64,
}

impl Plan {
    pub fn of(config: &RunConfig, facts: &Facts, threads: usize) -> Self {
        let spec = facts.spec.clone();
        let batch = usize::try_from(config.train.batch_size).unwrap_or(1).clamp(1, facts.training.max(1));
        let rows: Vec<usize> = (0..batch).map(|i| facts.rows_of(i)).collect();
        let mut tried = ModelSpec { depth: spec.depth.min(BLOCKS), ..spec.clone() };
        if let InputSpec::Text { vocabulary, .. } = &mut tried.input {
            *vocabulary = (*vocabulary).min(VOCABULARY);
        }
        while Model::count(&tried) > MOST_PARAMETERS && tried.width > 2 * tried.heads {
            if tried.depth > 1 {
                tried.depth -= 1;
            } else {
                let size = (tried.width / tried.heads / 2).next_multiple_of(2);
                if size * tried.heads >= tried.width {
                    break;
                }
                (tried.width, tried.mlp) = (size * tried.heads, (tried.mlp / 2).max(1));
            }
        }
        let mut count = 0;
        let (mut seen, mut work) = (0, 0.0);
        for length in &rows {
            let enough = seen >= ENOUGH_ROWS
                || (seen >= threads * ROWS_PER_THREAD && work >= OPERATIONS * threads as f64);
            if enough {
                break;
            }
            count += 1;
            seen += length;
            work += 3.0 * operations(&tried, *length);
        }
        let mean = |rows: &[usize]| {
            rows.iter().map(|length| operations(&spec, *length)).sum::<f64>() / rows.len() as f64
        };
        let typical = mean(&facts.rows) / mean(&rows);
        let noise = Noise {
            dropout: config.model.dropout,
            stochastic_depth: config.model.stochastic_depth,
            ..Noise::none()
        };
        Self { spec, tried, rows, count, optimizer: config.train.optimizer, noise, threads, typical }
    }

    /// Equal plans take equal time.
    pub fn key(&self) -> String {
        let Noise { dropout, stochastic_depth, .. } = self.noise;
        format!(
            "{:?} {:?} {:?} {} {} {dropout} {stochastic_depth}",
            self.spec, self.rows, self.optimizer, self.count, self.threads
        )
    }

    /// Runs the shortened network.
    pub fn measure(&self, interrupted: &mut dyn FnMut() -> bool) -> Result<Speed, TrainError> {
        let model = Model::new(&self.tried, 0, &Device::Cpu)?;
        let (mut compute, mut optimizer) =
            (Compute::new(self.threads), Optimizer::new(self.optimizer, &model));
        let samples: Vec<u32> = (0..self.count as u32).collect();
        let targets: Vec<u32> = samples.iter().map(|i| i % self.spec.classes as u32).collect();
        let make = |samples: &[u32]| self.input(samples);
        let options = StepOptions { label_smoothing: 0.1, class_weights: None, mix: None, noise: self.noise };
        let size = StepSize { learning_rate: 1e-6, weight_decay: 0.01, clip_norm: 1.0 };
        // One pass of everything that does not count: it allocates.
        let (mut computing, mut updating, mut predicting) = (Vec::new(), Vec::new(), Vec::new());
        let mut begun = Instant::now();
        for round in 0..=STEPS {
            if round > 2 && begun.elapsed() >= ENOUGH {
                break;
            }
            let timed = |times: &mut Vec<f64>, start: Instant| {
                if round > 0 {
                    times.push(start.elapsed().as_secs_f64());
                }
            };
            let start = Instant::now();
            let outcome = compute.step(&model, &make, &samples, &targets, options, interrupted)?;
            timed(&mut computing, start);
            if outcome == StepOutcome::Interrupted {
                return Err(TrainError::Cancelled);
            }
            let start = Instant::now();
            optimizer.step(&model, &compute, size)?;
            timed(&mut updating, start);
            if round < 3 {
                let start = Instant::now();
                compute.infer(&model, &make, &samples, &mut |_| false)?;
                timed(&mut predicting, start);
            }
            if round == 0 {
                begun = Instant::now();
            }
        }
        Ok(self.scale(&model, median(computing), median(updating), median(predicting)))
    }

    /// From the shortened network to the whole.
    fn scale(&self, model: &Model, computing: f64, updating: f64, predicting: f64) -> Speed {
        let tried = &self.rows[..self.count];
        let work = |spec: &ModelSpec, rows: &[usize]| -> f64 {
            rows.iter().map(|length| operations(spec, *length)).sum()
        };
        let (all, here) = (work(&self.spec, &self.rows), work(&self.tried, tried));
        let (parameters, parameters_here) =
            (Model::count(&self.spec) as f64, model.parameters().len() as f64);
        let (dense, dense_here) = (dense(&self.spec), model.dense().len());
        let (lanes, lanes_here) = (deal(&self.rows, dense).1.len(), deal(tried, dense_here).1.len());
        let update_of_one = updating / parameters_here;
        let summing = |lanes: usize, dense: usize| SUM_SHARE * update_of_one * (lanes * dense) as f64;
        // Threads wait for the one that has most lanes.
        let waiting = |lanes: usize| {
            let threads = self.threads.min(lanes);
            (lanes.div_ceil(threads) * threads) as f64 / lanes as f64 * (self.threads as f64 / threads as f64)
        };
        let passes = (computing - summing(lanes_here, dense_here)).max(0.5 * computing);
        let step = passes * all / here * waiting(lanes) / waiting(lanes_here) * self.typical
            + updating * parameters / parameters_here
            + summing(lanes, dense);
        let inference_of_one =
            predicting / self.count as f64 * (work(&self.spec, tried) / here) * self.typical;
        Speed { step, inference_of_one, extrapolated: self.tried.width != self.spec.width }
    }

    fn input(&self, samples: &[u32]) -> Input {
        match self.tried.input {
            InputSpec::Image { channels, height, width, .. } => {
                let count = samples.len() * channels * height * width;
                let pixels = (0..count).map(|i| (i % 17) as f32 / 8.0 - 1.0).collect();
                Input::Images { pixels, channels, height, width }
            }
            InputSpec::Text { vocabulary, .. } => {
                let (mut ids, mut offsets) = (Vec::new(), vec![0]);
                for sample in samples {
                    let length = self.rows[*sample as usize] as u32;
                    ids.extend((0..length).map(|i| (sample * 7919 + i * 104_729) % vocabulary as u32));
                    offsets.push(ids.len());
                }
                Input::Tokens { ids, offsets }
            }
        }
    }
}

/// Parameters whose gradients lie in the lanes.
fn dense(spec: &ModelSpec) -> usize {
    let table = match spec.input {
        InputSpec::Text { vocabulary, .. } => vocabulary * spec.width,
        InputSpec::Image { .. } => 0,
    };
    Model::count(spec) - table
}

/// Multiply-adds, times two, of a forward pass over an example of `rows` rows, as the engine
/// computes it: the last block only what pooling reads.
fn operations(spec: &ModelSpec, rows: usize) -> f64 {
    let (w, m, r) = (spec.width as f64, spec.mlp as f64, rows as f64);
    let whole = 2.0 * r * (4.0 * w * w + 2.0 * w * m) + 4.0 * r * r * w;
    let last = match spec.keep() {
        Keep::All => whole,
        // Keys and values of all rows; queries, scores, MLP of one.
        Keep::First | Keep::Last => 4.0 * r * w * w + 2.0 * (2.0 * w * w + 2.0 * w * m) + 4.0 * r * w,
    };
    let embedding = match spec.input {
        InputSpec::Image { channels, height, width, .. } => 2.0 * (channels * height * width) as f64 * w,
        InputSpec::Text { .. } => 0.0,
    };
    embedding + (spec.depth - 1) as f64 * whole + last + 2.0 * w * spec.classes as f64
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(0.0)
}
