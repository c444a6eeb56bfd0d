//! A run between its first and its last event: what it has and what it can be asked to do.

use super::baseline::Cheap;
use super::checkpoint::{CheckpointState, MODEL, OPTIMIZER, Reached, STATE, TRAINED, hash};
use super::clock::Stopwatch;
use super::deadline::Pace;
use super::engine::Engine;
use super::error::Halt;
use super::evaluate::{Examples, evaluation, first_not_finite, is_better, predict};
use super::good::Good;
use super::learner::Learner;
use super::link::Link;
use super::machine::Watch;
use super::place::{Place, total_steps};
use super::spike::Spikes;
use super::wishes::Stop;
use crate::config::{Precision, RunConfig, Value};
use crate::data::{Dataset, Split};
use crate::runs::{Accepted, Done, Event, Outcome, Parent, RunFolder, Score, Trouble};
use std::any::Any;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

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
    /// The newest losses.
    pub spikes: Spikes,
    /// Which checkpoints are known to be good.
    pub good: Good,
    pub marks: Marks,
    /// What the model is compared with.
    pub cheap: Cheap,
    /// Whether a Paused was reported and no Resumed yet.
    pub stands: bool,
    /// Settings that changed so far, as the log tells it.
    pub changes: Vec<Event>,
    /// Changes that were made behind the checkpoint which the run goes on from, in order: the
    /// first step with the new value, key and value.
    pub replay: VecDeque<(u64, String, Value)>,
    /// Whether the evaluation planned after the checkpoint's step has not been made.
    pub owes_evaluation: bool,
    /// BLAKE3 of the files in the run folder that the weights need.
    pub beside: BTreeMap<String, String>,
}

/// What has been reached so far.
pub(super) struct Marks {
    reached: Reached,
    /// The same without an evaluation after a Stop that no plan asked for; `None` when there
    /// was none.
    planned: Option<Reached>,
    test: Option<Score>,
    saved: (Option<u64>, Instant),
}

impl Marks {
    pub fn none() -> Self {
        let reached = Reached { evaluations: Some(0), ..Reached::default() };
        Self { reached, planned: None, test: None, saved: (None, Instant::now()) }
    }

    /// As a checkpoint of `step` left them.
    pub fn left(step: u64, reached: Reached) -> Self {
        Self { reached, planned: None, test: None, saved: (Some(step), Instant::now()) }
    }

    /// What was saved last says something else by now.
    pub fn unsave(&mut self) {
        self.saved.0 = None;
    }

    /// The step after which the validation examples were last evaluated.
    pub fn evaluated(&self) -> Option<u64> {
        self.reached.validation.as_ref().map(|score| score.step)
    }

    /// The best validation result.
    pub fn best(&self) -> Option<&Score> {
        self.reached.best.as_ref()
    }

    /// The step of the best result, and how many planned evaluations ago that was.
    pub fn waited(&self) -> Option<(u64, u64)> {
        self.reached.best.as_ref().map(|best| (best.step, self.reached.waited))
    }

    fn is_best(&self, step: u64) -> bool {
        self.reached.best.as_ref().is_some_and(|best| best.step == step)
    }

    /// One more evaluation stands in the log.
    fn count(&mut self) {
        self.reached.evaluations = self.reached.evaluations.map(|count| count + 1);
    }

    /// Files of predictions that must stay: those of the best results and of the last.
    fn predictions(&self, last: Option<&String>) -> Vec<String> {
        let planned = self.planned.as_ref().and_then(|planned| planned.best_predictions.as_ref());
        [last, self.reached.best_predictions.as_ref(), planned].into_iter().flatten().cloned().collect()
    }
}

impl Session<'_> {
    /// Reports an event to the log and the observer.
    pub fn emit(&mut self, event: &Event) -> Result<(), Halt> {
        if matches!(event, Event::SettingChanged { .. }) && !self.changes.contains(event) {
            self.changes.push(event.clone());
        }
        let logged = self.folder.as_mut().map_or(Ok(()), |folder| folder.append(event));
        self.link.event(event);
        Ok(logged?)
    }

    /// What the log that stands tells of the losses up to here.
    pub fn remember_losses(&mut self, events: &[Event]) {
        self.good = Good::of(events, self.place.step);
        for event in events {
            if let Event::Step { step, metrics, .. } = event
                && *step <= self.place.step
                && let Some(loss) = metrics.get("loss")
            {
                self.spikes.take(*loss);
            }
        }
    }

    /// Reports the beginning.
    pub fn accept(&mut self) -> Result<(), Halt> {
        if let Some(folder) = &mut self.folder {
            folder.has_begun();
        }
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
        let waited = self.marks.reached.waited;
        if !self.evaluate(Split::Validation, Stop::Once)? {
            return Err(Halt::Stopped);
        }
        if !planned {
            self.marks.reached.waited = self.marks.reached.waited.min(waited);
        }
        self.keep_best()
    }

    fn keep_best(&mut self) -> Result<(), Halt> {
        if !self.marks.is_best(self.place.step) {
            return self.save_now_and_then();
        }
        self.save()?;
        if let Some(folder) = &self.folder {
            folder.prune_predictions(&self.marks.predictions(None));
        }
        Ok(())
    }

    /// Saves if it is time, by steps or by the clock.
    pub fn save_now_and_then(&mut self) -> Result<(), Halt> {
        let (train, step) = (&self.config.train, self.place.step);
        let by_steps = train.save_every > 0 && step.is_multiple_of(train.save_every);
        let minutes = self.marks.saved.1.elapsed().as_secs_f64() / 60.0;
        let by_time = train.save_minutes > 0.0 && minutes >= train.save_minutes;
        if (by_steps || by_time) && self.marks.saved.0 != Some(step) { self.save() } else { Ok(()) }
    }

    /// Saves the weights and what goes with them, and tells of it; keeps the best and the last.
    pub fn save(&mut self) -> Result<(), Halt> {
        match self.store()? {
            Some(path) => {
                let step = self.place.step;
                let best = self.marks.is_best(step);
                self.emit(&Event::Checkpoint { step, path, best })
            }
            None => Ok(()),
        }
    }

    /// Saves the weights and what goes with them; returns where, relative to the run.
    pub fn store(&mut self) -> Result<Option<String>, Halt> {
        let step = self.place.step;
        if self.folder.is_none() {
            self.marks.saved = (Some(step), Instant::now());
            return Ok(None);
        }
        if !self.learner.is_finite()? {
            return Err(self.went_wrong("a weight or the optimizer's state", step, f64::NAN));
        }
        self.link.progress("Saving", 0, 1);
        // Nothing is saved that the log does not tell of yet.
        if let Some(folder) = &mut self.folder {
            folder.sync()?;
        }
        let (model, optimizer) = (self.learner.model_bytes()?, self.learner.optimizer_bytes()?);
        let trained = self.learner.trained_bytes()?;
        let mut files: Vec<(&str, &[u8])> = vec![(MODEL, &model), (OPTIMIZER, &optimizer)];
        files.extend(trained.as_deref().map(|trained| (TRAINED, trained)));
        let mut hashes = self.beside.clone();
        hashes.extend(files.iter().map(|(name, bytes)| ((*name).to_owned(), hash(bytes))));
        let state = self.state(hashes).to_bytes().map_err(|e| Halt::Failed(e.to_string()))?;
        files.push((STATE, &state));
        let Some(folder) = &self.folder else { return Ok(None) };
        folder.check_room(files.iter().map(|(_, bytes)| bytes.len() as u64).sum())?;
        let checkpoints = folder.checkpoints();
        let path = checkpoints.save(step, &files)?;
        self.marks.saved = (Some(step), Instant::now());
        self.good.saved(step);
        if self.marks.is_best(step) {
            checkpoints.set_best(step)?;
        }
        // Older ones, and what they name, go only now that this one is on disk.
        let count = usize::try_from(self.config.train.keep_checkpoints).unwrap_or(usize::MAX);
        let steps = checkpoints.steps();
        let newest = steps.iter().rev().copied().filter(|older| *older <= step).take(count);
        let bests = [Some(&self.marks.reached), self.marks.planned.as_ref()].into_iter().flatten();
        let bests = bests.filter_map(|reached| reached.best.as_ref()).map(|best| best.step);
        // What a fork began with is its step 0.
        let root = Parent::read(folder.path()).ok().flatten().map(|parent| parent.step);
        checkpoints.prune(&newest.chain(bests).chain(root).chain(self.good.kept()).collect::<Vec<_>>());
        Ok(Some(path))
    }

    fn state(&self, files: BTreeMap<String, String>) -> CheckpointState {
        let planned = self.marks.planned.clone();
        CheckpointState {
            format: CheckpointState::FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            model: self.learner.engine.model.spec().clone(),
            step: self.place.step,
            epoch: self.place.epoch,
            position: self.place.position as u64,
            seconds: self.seconds(),
            before: (self.stopwatch.before(), self.first_step),
            closing: planned.is_some().then(|| self.marks.reached.clone()),
            reached: planned.unwrap_or_else(|| self.marks.reached.clone()),
            changes: self.changes.clone(),
            stuck: self.learner.stuck().to_vec(),
            settings: self.config.clone(),
            settings_hash: CheckpointState::hash(&self.config),
            data: self.data.fingerprint.clone(),
            files,
        }
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
            let what = format!("the prediction for sample {sample} of the {} examples", split.name());
            return Err(self.went_wrong(&what, step, f64::NAN));
        }
        let mut found = evaluation(&table, split, self.place.epochs(), begun.elapsed().as_secs_f64());
        if let Some(folder) = &mut self.folder {
            found.predictions = Some(folder.write_predictions(&table)?);
        }
        let score = found.score();
        let reached = &mut self.marks.reached;
        if split == Split::Test {
            self.marks.test = Some(score);
        } else {
            found.best = is_better(&score, reached.best.as_ref());
            reached.waited = if found.best { 0 } else { reached.waited + 1 };
            if found.best {
                reached.best = Some(score.clone());
                reached.best_predictions.clone_from(&found.predictions);
            }
            reached.validation = Some(score);
        }
        self.marks.count();
        // Those of the best before stay until the new best is saved: a run that is cut off in
        // between goes on from there.
        let pruned = split != Split::Test && !found.best;
        let kept = self.marks.predictions(found.predictions.as_ref());
        self.emit(&Event::Evaluation(Box::new(found)))?;
        if let (true, Some(folder)) = (pruned, &self.folder) {
            folder.prune_predictions(&kept);
        }
        self.link.predictions(&Arc::new(table));
        Ok(true)
    }

    /// Something is no longer a finite number at a step; `loss` is that of the next batch with the
    /// weights as they are. They are saved only if it shows that they are good: what is broken
    /// must not take the place of an earlier checkpoint.
    pub fn went_wrong(&mut self, what: &str, step: u64, loss: f64) -> Halt {
        let mut moreover = String::new();
        let now = self.place.step;
        if self.good.take(now + 1, loss) && self.marks.saved.0 != Some(now) {
            match self.save() {
                Ok(()) => {
                    self.good.take(now + 1, loss);
                }
                Err(halt @ Halt::Broken(_)) => return halt,
                Err(halt) => moreover = format!("; moreover: {}", halt.reason()),
            }
        }
        let there = self.folder.as_ref().map(|folder| folder.checkpoints().steps()).unwrap_or_default();
        let trouble = Trouble::NotFinite {
            step,
            what: what.to_owned(),
            learning_rate: self.config.train.learning_rate,
            good: self.good.step().filter(|step| there.contains(step)),
            bf16: self.config.train.precision == Precision::Bf16,
        };
        let reason = format!("{trouble}{moreover}");
        match self.emit(&Event::Trouble(trouble)) {
            Ok(()) => Halt::Broken(reason),
            Err(halt) => Halt::Broken(format!("{reason}; moreover: {}", halt.reason())),
        }
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
            Err(Halt::Failed(ref reason) | Halt::Full(ref reason) | Halt::Broken(ref reason)) => {
                (Outcome::Failed, reason.clone())
            }
        };
        let saves = !matches!(end, Err(Halt::Full(_) | Halt::Broken(_)));
        let closed = if saves { self.last_works(outcome) } else { Ok(()) };
        let closed = self.answer().and(closed);
        if let Err(Halt::Failed(late) | Halt::Full(late) | Halt::Broken(late)) = closed {
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
            validation: self.marks.reached.validation.clone().filter(|score| score.step == step),
            test: self.marks.test.clone(),
            best: self.marks.reached.best.clone(),
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
            if !self.evaluation_due() {
                self.marks.planned = Some(self.marks.reached.clone());
            }
            if !self.evaluate(Split::Validation, limit)? {
                return Ok(());
            }
            if self.marks.is_best(step) {
                self.keep_best()?;
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
