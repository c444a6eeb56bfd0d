//! A run between its first and its last event: what it has and what it can be asked to do.

use super::baseline::Cheap;
use super::checkpoint::{CheckpointState, MODEL, OPTIMIZER, STATE, TRAINED};
use super::clock::Stopwatch;
use super::deadline::Pace;
use super::engine::Engine;
use super::error::Halt;
use super::evaluate::{Examples, evaluation, first_not_finite, is_better, predict};
use super::learner::Learner;
use super::link::Link;
use super::machine::Watch;
use super::place::{Place, total_steps};
use super::wishes::Stop;
use crate::config::RunConfig;
use crate::data::{Dataset, Split};
use crate::runs::{Accepted, Done, Event, Outcome, RunFolder, Score};
use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Without a better result, weights are saved at the end of an epoch at most this often.
const SAVE_EVERY: Duration = Duration::from_secs(60);

pub(super) struct Session<'a> {
    pub link: &'a Link<'a>,
    pub config: RunConfig,
    pub data: Arc<Dataset>,
    pub learner: Learner,
    pub folder: Option<RunFolder>,
    pub place: Place,
    /// What the run is; of one that goes on, as planned now.
    pub accepted: Box<Accepted>,
    /// Reported at the beginning.
    pub opening: Vec<Event>,
    pub stopwatch: Stopwatch,
    pub pace: Pace,
    /// Updates done before this sitting.
    pub first_step: u64,
    /// The deadline that was told of.
    pub told_deadline: f64,
    pub watch: Watch,
    pub marks: Marks,
    /// What the model is compared with.
    pub cheap: Cheap,
    /// Whether a Paused was reported and no Resumed yet.
    pub stands: bool,
}

/// What has been reached so far.
pub(super) struct Marks {
    best: Option<Score>,
    best_predictions: Option<String>,
    validation: Option<Score>,
    test: Option<Score>,
    /// Planned evaluations since the best one.
    waited: u64,
    saved: (Option<u64>, Instant),
}

impl Marks {
    pub fn none() -> Self {
        Self {
            best: None,
            best_predictions: None,
            validation: None,
            test: None,
            waited: 0,
            saved: (None, Instant::now()),
        }
    }

    /// As a checkpoint of `step` left them; `best_predictions` is the file of the best result.
    pub fn left(step: u64, best: Option<Score>, waited: u64, best_predictions: Option<String>) -> Self {
        Self { best, best_predictions, waited, saved: (Some(step), Instant::now()), ..Self::none() }
    }

    /// What was saved last says something else by now.
    pub fn unsave(&mut self) {
        self.saved.0 = None;
    }

    /// The step after which the validation examples were last evaluated.
    pub fn evaluated(&self) -> Option<u64> {
        self.validation.as_ref().map(|score| score.step)
    }

    /// The best validation result.
    pub fn best(&self) -> Option<&Score> {
        self.best.as_ref()
    }

    /// The step of the best result, and how many planned evaluations ago that was.
    pub fn waited(&self) -> Option<(u64, u64)> {
        self.best.as_ref().map(|best| (best.step, self.waited))
    }
}

impl Session<'_> {
    /// Reports an event to the log and the observer.
    pub fn emit(&mut self, event: &Event) -> Result<(), Halt> {
        let logged = self.folder.as_mut().map_or(Ok(()), |folder| folder.append(event));
        self.link.event(event);
        Ok(logged?)
    }

    /// Reports the beginning.
    pub fn accept(&mut self) -> Result<(), Halt> {
        for event in std::mem::take(&mut self.opening) {
            self.emit(&event)?;
        }
        Ok(())
    }

    pub fn seconds(&self) -> f64 {
        self.stopwatch.total(self.link.now())
    }

    /// Updates in all, as planned now.
    pub fn total_steps(&self) -> u64 {
        self.steps_with(self.config.train.epochs)
    }

    /// Updates in all if the run had this many epochs.
    pub fn steps_with(&self, epochs: u64) -> u64 {
        total_steps(self.accepted.steps_per_epoch, epochs, self.config.train.max_steps)
    }

    pub fn has(&self, split: Split) -> bool {
        self.data.splits.contains(&split)
    }

    /// Evaluates the validation examples in the midst of training and keeps the weights if
    /// they are the best. Only a `planned` evaluation uses up patience: looking is free.
    pub fn evaluate_validation(&mut self, planned: bool) -> Result<(), Halt> {
        self.measure_baseline(Split::Validation, Stop::Once)?;
        let waited = self.marks.waited;
        if !self.evaluate(Split::Validation, Stop::Once)? {
            return Err(Halt::Stopped);
        }
        if !planned {
            self.marks.waited = self.marks.waited.min(waited);
        }
        self.keep_best()
    }

    fn keep_best(&mut self) -> Result<(), Halt> {
        if self.marks.best.as_ref().is_some_and(|best| best.step == self.place.step) {
            self.save()
        } else {
            self.save_now_and_then()
        }
    }

    /// Saves unless that was done a short while ago.
    pub fn save_now_and_then(&mut self) -> Result<(), Halt> {
        if self.marks.saved.1.elapsed() >= SAVE_EVERY { self.save() } else { Ok(()) }
    }

    /// Saves the weights and what goes with them; keeps the best and the last.
    pub fn save(&mut self) -> Result<(), Halt> {
        let step = self.place.step;
        self.marks.saved = (Some(step), Instant::now());
        let Some(folder) = &self.folder else { return Ok(()) };
        let state = CheckpointState {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            model: self.learner.engine.model.spec().clone(),
            step,
            epoch: self.place.epoch,
            position: self.place.position as u64,
            seconds: self.seconds(),
            best: self.marks.best.clone(),
            waited: self.marks.waited,
            settings: self.config.clone(),
            settings_hash: CheckpointState::hash(&self.config),
            data: self.data.fingerprint.clone(),
        };
        let state = serde_json::to_vec_pretty(&state).map_err(|e| Halt::Failed(e.to_string()))?;
        self.link.progress("Saving", 0, 1);
        let (model, optimizer) = (self.learner.model_bytes()?, self.learner.optimizer_bytes()?);
        let checkpoints = folder.checkpoints();
        let mut files: Vec<(&str, &[u8])> = vec![(MODEL, &model), (OPTIMIZER, &optimizer), (STATE, &state)];
        let trained = self.learner.trained_bytes()?;
        files.extend(trained.as_deref().map(|trained| (TRAINED, trained)));
        let path = checkpoints.save(step, &files)?;
        let best = self.marks.best.as_ref().map(|best| best.step);
        if best == Some(step) {
            checkpoints.set_best(step)?;
        }
        checkpoints.prune(&[step, best.unwrap_or(step)]);
        self.emit(&Event::Checkpoint { step, path, best: best == Some(step) })
    }

    /// Answers the open requests for predictions with the weights as they are, or their average.
    pub fn answer(&self) -> Result<(), Halt> {
        if self.link.wishes(|wishes| wishes.predictions.is_empty()) {
            return Ok(());
        }
        self.learner.with_average(|engine| {
            answer(self.link, engine, self.place.step);
            Ok(())
        })
    }

    /// Evaluates one split with the weights as they are, or their average, and reports it;
    /// `false` when the wish to stop had become as strong as `limit`, and nothing was reported.
    fn evaluate(&mut self, split: Split, limit: Stop) -> Result<bool, Halt> {
        let begun = Instant::now();
        let samples = self.data.indices(split);
        let targets: Vec<Option<u32>> =
            samples.iter().map(|s| self.data.targets[*s as usize].class()).collect();
        let splits = vec![split; samples.len()];
        let classes = self.data.classes.len();
        let examples = Examples { samples: &samples, targets: &targets, splits: &splits, classes };
        let stage = if split == Split::Test { "Evaluating the test examples" } else { "Evaluating" };
        let (link, learner, step) = (self.link, &self.learner, self.place.step);
        let predicted = learner.with_average(|engine| {
            let mut infer =
                |samples: &[u32]| engine.infer(&learner.prepared, samples, &mut || link.look() >= limit);
            let mut go_on = |done, total| {
                let stop = link.look();
                answer(link, engine, step);
                link.progress(stage, done, total);
                stop < limit
            };
            predict(&examples, step, &mut infer, &mut go_on)
        })?;
        let Some(table) = predicted else {
            return Ok(false);
        };
        if let Some(sample) = first_not_finite(&table) {
            return Err(Halt::Failed(format!(
                "the prediction for sample {sample} of the {} examples is not a finite number at step {step}; \
                 try a lower train.learning_rate or gradient clipping (train.clip_norm = 1)",
                split.name()
            )));
        }
        let mut found = evaluation(&table, split, self.place.epochs(), begun.elapsed().as_secs_f64());
        if let Some(folder) = &mut self.folder {
            found.predictions = Some(folder.write_predictions(&table)?);
        }
        let score = found.score();
        if split == Split::Test {
            self.marks.test = Some(score);
        } else {
            found.best = is_better(&score, self.marks.best.as_ref());
            self.marks.waited = if found.best { 0 } else { self.marks.waited + 1 };
            if found.best {
                self.marks.best = Some(score.clone());
                self.marks.best_predictions.clone_from(&found.predictions);
            }
            self.marks.validation = Some(score);
            if let (Some(folder), Some(last)) = (&self.folder, &found.predictions) {
                let best = self.marks.best_predictions.clone();
                folder
                    .prune_predictions(&[Some(last.clone()), best].into_iter().flatten().collect::<Vec<_>>());
            }
        }
        self.emit(&Event::Evaluation(Box::new(found)))?;
        self.link.predictions(&Arc::new(table));
        Ok(true)
    }

    /// The halt for a panic in the loop.
    pub fn panicked(&self, panic: &(dyn Any + Send)) -> Halt {
        let text =
            panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(|s| &**s));
        Halt::Broken(format!(
            "an error inside the program at step {}: {}; the checkpoints before it are kept, please report it",
            self.place.step + 1,
            text.unwrap_or("it left no message")
        ))
    }

    /// Saves, evaluates and reports the end.
    pub fn close(mut self, end: Result<(), Halt>) -> Done {
        let (mut outcome, mut reason) = match end {
            Ok(()) => (Outcome::Finished, String::new()),
            Err(Halt::Stopped) if self.place.step >= self.total_steps() => (Outcome::Finished, String::new()),
            Err(Halt::Stopped) => (Outcome::Stopped, String::new()),
            Err(Halt::Failed(ref reason) | Halt::Broken(ref reason)) => (Outcome::Failed, reason.clone()),
        };
        let closed = if matches!(end, Err(Halt::Broken(_))) { Ok(()) } else { self.last_works(outcome) };
        let closed = self.answer().and(closed);
        if let Err(Halt::Failed(late) | Halt::Broken(late)) = closed {
            outcome = Outcome::Failed;
            // A disk that fails once fails again with the same words.
            if reason.is_empty() {
                reason = late;
            } else if reason != late {
                reason = format!("{reason}; moreover: {late}");
            }
        }
        let step = self.place.step;
        let mut done = Done {
            outcome,
            step,
            validation: self.marks.validation.clone().filter(|score| score.step == step),
            test: self.marks.test.clone(),
            best: self.marks.best.clone(),
            seconds: self.seconds(),
            reason,
        };
        let logged =
            self.folder.as_mut().map_or(Ok(()), |folder| folder.append(&Event::Done(Box::new(done.clone()))));
        if let Err(error) = logged
            && done.outcome != Outcome::Failed
        {
            (done.outcome, done.reason) = (Outcome::Failed, error.to_string());
        }
        self.link.event(&Event::Done(Box::new(done.clone())));
        done
    }

    /// Saves the last weights, then evaluates them on validation and, once, on test.
    fn last_works(&mut self, outcome: Outcome) -> Result<(), Halt> {
        let step = self.place.step;
        if self.marks.saved.0 != Some(step) {
            self.save()?;
        }
        // After a first Stop a second one skips this; in a finished run the first does.
        let limit = match self.link.look() {
            Stop::No => Stop::Once,
            Stop::Once => Stop::Twice,
            Stop::Twice => return Ok(()),
        };
        if outcome == Outcome::Failed {
            return Ok(());
        }
        // Nobody who stops a run waits for what was not begun.
        let finished = outcome == Outcome::Finished;
        if finished {
            self.measure_baseline(Split::Validation, limit)?;
        }
        if self.has(Split::Validation) && self.marks.evaluated() != Some(step) {
            if !self.evaluate(Split::Validation, limit)? {
                return Ok(());
            }
            if self.marks.best.as_ref().is_some_and(|best| best.step == step) {
                self.save()?;
            }
        }
        if finished {
            self.tell_baseline()?;
        }
        if self.has(Split::Test)
            && self.evaluate(Split::Test, limit)?
            && (finished || self.cheap.is_learned())
        {
            self.measure_baseline(Split::Test, limit)?;
        }
        Ok(())
    }
}

/// Answers the open requests for predictions with the engine's weights.
fn answer(link: &Link<'_>, engine: &Engine, step: u64) {
    while let Some(request) = link.wishes(|wishes| wishes.predictions.pop_front()) {
        link.predicted(engine.predict(&request, step));
    }
}
