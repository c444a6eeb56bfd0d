//! Forward and backward of a batch on several threads, with a result that does not depend
//! on how many: the batch is cut into micro-batches and these are dealt to lanes by the
//! batch alone. A lane runs its micro-batches in order and adds to its own gradient;
//! threads take lanes; lanes are summed in order. Data-parallel training over machines
//! would have the same shape. It knows no schedule and changes no weights.

use super::deal::{MOST_LANES, ROWS, deal, inference_cuts, view};
use crate::model::{InputSpec, Model, ModelError, Noise, Pass, Sinks};
use crate::ops::profile::{self, Direction};
use crate::ops::{FreeList, Mix, Tape, cross_entropy, mixed_cross_entropy, weighted_cross_entropy};
use crate::preprocess::Input;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;
use thiserror::Error;

/// Numbers that a thread sums at a time.
const CHUNK: usize = 1 << 16;
/// Chunks below which starting another thread takes longer than it saves.
const CHUNKS_PER_THREAD: usize = 8;
/// Room for deep models: candle drops a chain of tensors recursively.
const STACK_BYTES: usize = 64 << 20;
/// Samples of a text that are asked for at a time in inference.
const TEXTS: usize = 32;

/// Why a batch could not be computed.
#[derive(Debug, Error)]
pub enum ComputeError {
    /// From the model.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A bug: a panic while computing.
    #[error("computing the batch failed unexpectedly: {0}")]
    Panic(String),
    /// The caller's numbers of samples and targets differ.
    #[error("{targets} targets for {samples} samples")]
    Targets {
        /// Samples given.
        samples: usize,
        /// Targets given.
        targets: usize,
    },
    /// No memory for a thread.
    #[error("could not start a compute thread ({0}); set train.threads to a smaller number")]
    Thread(#[from] std::io::Error),
}

impl From<candle_core::Error> for ComputeError {
    fn from(error: candle_core::Error) -> Self {
        Self::Model(error.into())
    }
}

/// What a step needs besides the batch.
#[derive(Clone, Copy, Debug)]
pub struct StepOptions<'a> {
    /// Share of the target spread over all classes.
    pub label_smoothing: f64,
    /// How much each class counts; `None` for all alike.
    pub class_weights: Option<&'a [f64]>,
    /// The other targets, where `make` blends each sample with another.
    pub mix: Option<Mix<'a>>,
    /// What disturbs this step: dropout, stochastic depth.
    pub noise: Noise,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum StepOutcome {
    /// The gradient lies in [`Compute::gradients`].
    Done {
        /// Mean over the batch, with label smoothing and class weights.
        loss: f64,
        /// Samples whose largest logit is the target's, or that of a blend's larger part.
        correct: u64,
        /// Whether the loss is a number.
        finite: bool,
    },
    /// The caller wished to stop; there is no gradient.
    Interrupted,
}

/// Threads and gradient buffers, kept from step to step.
pub struct Compute {
    threads: usize,
    lanes: Vec<Sinks>,
    gradients: Vec<f32>,
    scratch: Mutex<Vec<FreeList<f32>>>,
    loading: f64,
}

/// Makes a batch's input from sample numbers; called from compute threads.
pub type MakeInput<'a> = dyn Fn(&[u32]) -> Input + Sync + 'a;

impl Compute {
    /// With this many threads; 0 takes all cores.
    pub fn new(threads: usize) -> Self {
        let all = || std::thread::available_parallelism().map_or(1, usize::from);
        let threads = if threads == 0 { all() } else { threads };
        Self { threads, lanes: Vec::new(), gradients: Vec::new(), scratch: Mutex::default(), loading: 0.0 }
    }

    /// Number of threads.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Seconds that all threads together took for making the last step's input.
    pub fn loading(&self) -> f64 {
        self.loading
    }

    /// The summed gradient of the last finished step, in the model's flat order.
    pub fn gradients(&self) -> &[f32] {
        &self.gradients
    }

    /// Forward and backward of a batch: `samples` numbers given to `make`, and their
    /// `targets`. `interrupted` is asked on the calling thread between micro-batches.
    ///
    /// # Errors
    /// If the input does not fit the model or a compute thread panics.
    pub fn step(
        &mut self,
        model: &Model,
        make: &MakeInput<'_>,
        samples: &[u32],
        targets: &[u32],
        options: StepOptions<'_>,
        interrupted: &mut dyn FnMut() -> bool,
    ) -> Result<StepOutcome, ComputeError> {
        if samples.len() != targets.len() || samples.is_empty() {
            return Err(ComputeError::Targets { samples: samples.len(), targets: targets.len() });
        }
        if let Some(mix) = options.mix.filter(|mix| mix.partners.len() != samples.len()) {
            return Err(ComputeError::Targets { samples: samples.len(), targets: mix.partners.len() });
        }
        let loading = AtomicU64::new(0);
        let make = |samples: &[u32]| {
            let begun = Instant::now();
            let span = profile::op("loading", Direction::Neither);
            let made = make(samples);
            drop(span);
            loading.fetch_add(begun.elapsed().as_nanos() as u64, Relaxed);
            made
        };
        // Texts are made at once, since only then their lengths are known.
        let whole = match model.spec().input {
            InputSpec::Text { .. } => Some(guarded(|| Ok(make(samples)))?),
            InputSpec::Image { .. } => None,
        };
        let rows: Vec<usize> = match &whole {
            Some(Input::Tokens { offsets, .. }) => {
                offsets.windows(2).map(|w| w[1].saturating_sub(w[0])).collect()
            }
            _ => vec![model.spec().rows(); samples.len()],
        };
        if rows.len() != samples.len() {
            return Err(ComputeError::Targets { samples: rows.len(), targets: targets.len() });
        }
        // The mean is over the weights of the whole batch. A target without a weight is refused below.
        let weight = |t: &u32| options.class_weights.and_then(|w| w.get(*t as usize)).copied().unwrap_or(0.0);
        let sum = |targets: &[u32]| targets.iter().map(weight).sum::<f64>();
        let total = match options.mix {
            Some(_) if options.class_weights.is_none() => samples.len() as f64,
            Some(mix) => mix.share * sum(targets) + (1.0 - mix.share) * sum(mix.partners),
            None => sum(targets),
        };
        let dense = model.dense();
        let (parts, lanes) = deal(&rows, dense.len());
        self.prepare(model, lanes.len())?;

        let outcomes: Vec<Mutex<(f64, u64)>> = lanes.iter().map(|_| Mutex::default()).collect();
        let sinks = &self.lanes;
        let one = |lane: usize, keep_on: &mut dyn FnMut() -> bool| -> Result<(), ComputeError> {
            for part in &parts[lanes[lane].clone()] {
                if !keep_on() {
                    return Ok(());
                }
                let made;
                let batch = match &whole {
                    Some(input) => view(input, part.clone()),
                    None => {
                        made = make(&samples[part.clone()]);
                        view(&made, 0..made.len())
                    }
                };
                let tape = Tape::default();
                let record = Some((&tape, &sinks[lane]));
                let pass = Pass::Train { noise: options.noise, first: part.start as u64, record };
                let logits = model.forward(batch, pass)?;
                let part_targets = &targets[part.clone()];
                let (smoothing, on) = (options.label_smoothing, Some(&tape));
                let mix = options.mix.map(|m| Mix { partners: &m.partners[part.clone()], ..m });
                let loss = match (mix, options.class_weights) {
                    (Some(m), w) => mixed_cross_entropy(&logits, part_targets, m, w, smoothing, total, on),
                    (None, Some(w)) => weighted_cross_entropy(&logits, part_targets, w, smoothing, total, on),
                    (None, None) => cross_entropy(&logits, part_targets, smoothing, samples.len(), on),
                }?;
                // Of a blend, the larger part is what it should be taken for.
                let expected = mix.filter(|m| m.share < 0.5).map_or(part_targets, |m| m.partners);
                tape.backward(&loss)?;
                let mut outcome = outcomes[lane].lock().unwrap_or_else(PoisonError::into_inner);
                outcome.0 += f64::from(loss.to_scalar::<f32>()?);
                outcome.1 += correct(&logits.to_vec2::<f32>()?, expected);
            }
            Ok(())
        };
        let finished = self.run("network", self.threads, lanes.len(), &one, interrupted);
        if !matches!(finished, Ok(true)) {
            // What the lanes hold is half a step.
            self.lanes.clear();
        }
        if !finished? {
            return Ok(StepOutcome::Interrupted);
        }
        self.loading = loading.load(Relaxed) as f64 / 1e9;
        self.sum(model, lanes.len())?;
        let (loss, correct) = outcomes
            .into_iter()
            .map(|o| o.into_inner().unwrap_or_else(PoisonError::into_inner))
            .fold((0.0, 0), |(loss, correct), (l, c)| (loss + l, correct + c));
        Ok(StepOutcome::Done { loss, correct, finite: loss.is_finite() })
    }

    /// Logits `[samples, classes]` without anything kept for backward; `None` if
    /// `interrupted` said so. It is asked on the calling thread, with the number of samples
    /// done so far.
    ///
    /// # Errors
    /// As [`Compute::step`].
    pub fn infer(
        &mut self,
        model: &Model,
        make: &MakeInput<'_>,
        samples: &[u32],
        interrupted: &mut dyn FnMut(u64) -> bool,
    ) -> Result<Option<Vec<f32>>, ComputeError> {
        let at_once = match model.spec().input {
            InputSpec::Text { .. } => TEXTS,
            InputSpec::Image { .. } => (ROWS / model.spec().rows().max(1)).max(1),
        };
        let parts: Vec<&[u32]> = samples.chunks(at_once).collect();
        let classes = model.spec().classes;
        let results: Vec<Mutex<Vec<f32>>> = parts.iter().map(|_| Mutex::default()).collect();
        let done = AtomicUsize::new(0);
        let one = |part: usize, keep_on: &mut dyn FnMut() -> bool| -> Result<(), ComputeError> {
            if !keep_on() {
                return Ok(());
            }
            let span = profile::op("loading", Direction::Neither);
            let input = make(parts[part]);
            drop(span);
            let mut logits = Vec::with_capacity(parts[part].len() * classes);
            for range in inference_cuts(&input) {
                let x = model.forward(view(&input, range), Pass::Infer)?;
                logits.extend(x.flatten_all()?.to_vec1::<f32>()?);
            }
            done.fetch_add(parts[part].len(), Relaxed);
            *results[part].lock().unwrap_or_else(PoisonError::into_inner) = logits;
            Ok(())
        };
        let finished = self.run("network", self.threads, parts.len(), &one, &mut || {
            interrupted(done.load(Relaxed) as u64)
        })?;
        let results =
            results.into_iter().flat_map(|r| r.into_inner().unwrap_or_else(PoisonError::into_inner));
        Ok(finished.then(|| results.collect()))
    }

    /// Runs tasks `0..count` on the threads, the calling one among them; `false` if interrupted.
    /// A profile counts them under `name`.
    fn run(
        &self,
        name: &'static str,
        threads: usize,
        count: usize,
        one: &Task<'_>,
        interrupted: &mut dyn FnMut() -> bool,
    ) -> Result<bool, ComputeError> {
        let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
        let work = |keep_on: &mut dyn FnMut() -> bool| {
            let _scratch = Scratch::borrow(&self.scratch);
            let _span = profile::op(name, Direction::Neither);
            let result = guarded(|| {
                while keep_on() {
                    let task = next.fetch_add(1, Relaxed);
                    if task >= count {
                        break;
                    }
                    one(task, keep_on)?;
                }
                Ok(())
            });
            if result.is_err() {
                stop.store(true, Relaxed);
            }
            result
        };
        std::thread::scope(|scope| {
            let mut others = Vec::new();
            for i in 1..threads.min(count) {
                let thread = std::thread::Builder::new().name(format!("compute-{i}")).stack_size(STACK_BYTES);
                match thread.spawn_scoped(scope, || work(&mut || !stop.load(Relaxed))) {
                    Ok(handle) => others.push(handle),
                    // With at least the calling thread the work gets done.
                    Err(error) if others.is_empty() => {
                        log::warn!("a compute thread could not be started: {error}");
                        break;
                    }
                    Err(_) => break,
                }
            }
            let mut asked_to_stop = false;
            let mut result = work(&mut || {
                asked_to_stop = asked_to_stop || interrupted();
                if asked_to_stop {
                    stop.store(true, Relaxed);
                }
                !stop.load(Relaxed)
            });
            for handle in others {
                let other = handle.join().unwrap_or_else(|panic| Err(panicked(panic.as_ref())));
                result = result.and(other);
            }
            result.map(|()| !asked_to_stop)
        })
    }

    /// Makes sure that there are clean lanes for the model.
    fn prepare(&mut self, model: &Model, lanes: usize) -> Result<(), ComputeError> {
        let len = model.dense().len();
        self.lanes.truncate(MOST_LANES);
        self.lanes.resize_with(self.lanes.len().max(lanes), Sinks::default);
        for lane in &self.lanes[..lanes] {
            let mut buffer = lane.dense.lock().unwrap_or_else(PoisonError::into_inner);
            if buffer.len() != len {
                *buffer = vec![0.0; len];
            }
        }
        if self.gradients.len() != model.parameters().len() {
            self.gradients = vec![0.0; model.parameters().len()];
        }
        Ok(())
    }

    /// Sums the lanes in order into `gradients` and clears them.
    fn sum(&mut self, model: &Model, lanes: usize) -> Result<(), ComputeError> {
        let mut gradients = std::mem::take(&mut self.gradients);
        let start = model.dense().start;
        let (table, dense) = gradients.split_at_mut(start);
        let mut buffers: Vec<_> = self.lanes[..lanes]
            .iter()
            .map(|l| l.dense.lock().unwrap_or_else(PoisonError::into_inner))
            .collect();
        let mut work: Vec<Mutex<Share<'_>>> =
            dense.chunks_mut(CHUNK).map(|c| Mutex::new((c, Vec::new()))).collect();
        for buffer in &mut buffers {
            for (work, part) in work.iter_mut().zip(buffer.chunks_mut(CHUNK)) {
                work.get_mut().unwrap_or_else(PoisonError::into_inner).1.push(part);
            }
        }
        let one = |i: usize, _: &mut dyn FnMut() -> bool| -> Result<(), ComputeError> {
            let mut work = work[i].lock().unwrap_or_else(PoisonError::into_inner);
            let (total, parts) = &mut *work;
            let mut parts = parts.iter_mut();
            if let Some(first) = parts.next() {
                total.copy_from_slice(first);
                first.fill(0.0);
            }
            for part in parts {
                for (t, p) in total.iter_mut().zip(part.iter()) {
                    *t += p;
                }
                part.fill(0.0);
            }
            Ok(())
        };
        let result =
            self.run("sum of gradients", self.threads_for(lanes * work.len()), work.len(), &one, &mut || {
                false
            });
        drop(work);
        drop(buffers);
        table.fill(0.0);
        let width = model.spec().width;
        for lane in &self.lanes[..lanes] {
            for rows in lane.table.take() {
                rows.scatter(table, width)?;
            }
        }
        self.gradients = gradients;
        result.map(|_| ())
    }

    /// Threads worth starting for a pass over this many chunks of numbers.
    fn threads_for(&self, chunks: usize) -> usize {
        self.threads.min(chunks / CHUNKS_PER_THREAD).max(1)
    }

    /// Runs independent tasks that together pass over `len` numbers, for the optimizer.
    pub(super) fn for_each(
        &self,
        len: usize,
        count: usize,
        one: &(dyn Fn(usize) -> Result<(), ComputeError> + Sync),
    ) -> Result<(), ComputeError> {
        let threads = self.threads_for(len / CHUNK);
        self.run("optimizer", threads, count, &|i, _: &mut dyn FnMut() -> bool| one(i), &mut || false)
            .map(|_| ())
    }
}

/// A stretch of the summed gradient, and the lanes' parts of it.
type Share<'a> = (&'a mut [f32], Vec<&'a mut [f32]>);

/// A numbered task; it asks its second argument whether to keep on.
type Task<'a> = dyn Fn(usize, &mut dyn FnMut() -> bool) -> Result<(), ComputeError> + Sync + 'a;

/// Buffers of earlier threads, lent to this one while it computes.
struct Scratch<'a>(&'a Mutex<Vec<FreeList<f32>>>);

impl<'a> Scratch<'a> {
    fn borrow(lists: &'a Mutex<Vec<FreeList<f32>>>) -> Self {
        if let Some(list) = lists.lock().unwrap_or_else(PoisonError::into_inner).pop() {
            list.install();
        }
        Self(lists)
    }
}

impl Drop for Scratch<'_> {
    fn drop(&mut self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(FreeList::take());
    }
}

/// Turns a panic into an error.
fn guarded<T>(f: impl FnOnce() -> Result<T, ComputeError>) -> Result<T, ComputeError> {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|panic| Err(panicked(panic.as_ref())))
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> ComputeError {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    ComputeError::Panic(text.unwrap_or_else(|| "no reason given".to_owned()))
}

/// Rows whose first largest number stands at the target.
fn correct(logits: &[Vec<f32>], targets: &[u32]) -> u64 {
    let hits = logits.iter().zip(targets).filter(|(row, target)| {
        let best = row
            .iter()
            .enumerate()
            .fold((0, f32::NEG_INFINITY), |best, (i, &v)| if v > best.1 { (i, v) } else { best });
        best.0 == **target as usize
    });
    hits.count() as u64
}
