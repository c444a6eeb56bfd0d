//! Forking a run: from one of its checkpoints to a new run that goes on from there, with settings
//! that may be other ones. It writes a folder that looks as if the new run had been cut off at
//! that step; going on with it is resuming. The parent is only read, and may be deleted later.

use super::TrainError;
use super::checkpoint::{
    CheckpointState, MODEL, OPTIMIZER, STATE, Sound, TRAINED, hash, newest_sound, read, sound_of,
};
use super::engine::Engine;
use super::extend::{best_predictions, check_plan, now, refuse_what_is_no_run};
use super::optimizer::Optimizer;
use super::place::total_steps;
use crate::config::{ConfigError, RunConfig, Setting, Value, setting};
use crate::data::Split;
use crate::preprocess::Preprocess;
use crate::runs::{
    Accepted, Checkpoints, Event, Fork, Forked, Named, Parent, RunError, Sitting, read_run, standing,
};
use std::path::{Path, PathBuf};

/// What prediction needs of a run beside its weights, where it is there.
const COPIED: &[&str] = &["labels.json", "preprocess.toml", "tokenizer.json"];

/// Where a fork goes on from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ForkPoint {
    /// The newest sound checkpoint.
    #[default]
    Last,
    /// The one with the best validation result.
    Best,
    /// That of this step.
    Step(u64),
}

/// Which run is forked, where, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct ForkJob {
    /// Folder of the run.
    pub run: PathBuf,
    /// The checkpoint.
    pub point: ForkPoint,
    /// Settings to change, as (key, value).
    pub changes: Vec<(String, Value)>,
    /// The folder to create.
    pub folder: PathBuf,
    /// What the new run is called; empty for the name of its folder.
    pub name: String,
}

/// Why a setting must stay as it is in a fork; `None` when it may be another one.
pub fn why_not_in_fork(row: &Setting) -> Option<&'static str> {
    match (row.section(), row.key) {
        _ if row.live => None,
        ("data" | "image" | "text", _) => Some("it says what the data means to the model"),
        ("model", _) => Some("the saved weights fit no other network"),
        (_, "train.seed") => Some("it also decides which examples are held out, which would mix"),
        (_, "train.batch_size") => Some("steps done and steps planned are counted in batches of this size"),
        _ => None,
    }
}

/// Creates the new run's folder; [`super::resume`] goes on with it.
///
/// # Errors
/// [`TrainError`] when the checkpoint, a setting or the folder does not fit; nothing is left then.
pub fn fork(job: &ForkJob) -> Result<Forked, TrainError> {
    refuse_what_is_no_run(&job.run)?;
    let run = std::path::absolute(&job.run).unwrap_or_else(|_| job.run.clone());
    let checkpoints = Checkpoints::of(&run);
    let sound = checkpoint(&run, &checkpoints, job.point)?;
    let (config, changes) = changed(&sound.state.settings, sound.state.step, &job.changes)?;
    let log = read_run(&run)?.0;
    let first = log.iter().find_map(|event| if let Event::Accepted(a) = event { Some(a) } else { None });
    let first = first.ok_or_else(|| {
        RunError::at(&run, "its log does not say how the run began", "train a new run instead")
    })?;
    let accepted =
        Accepted { run: job.folder.to_string_lossy().into_owned(), started: now(), ..(**first).clone() };
    let mut state = CheckpointState { settings: config.clone(), closing: None, ..sound.state.clone() };
    check_fork_plan(&config, state.step, accepted.steps_per_epoch)?;
    let (mut events, predictions) = inherited(log, &sound.state, accepted, &run);
    let mut copied: Vec<String> =
        COPIED.iter().filter(|name| run.join(name).is_file()).map(|name| (*name).to_owned()).collect();
    copied.extend(predictions);
    let evaluations = events.iter().filter(|event| matches!(event, Event::Evaluation(_))).count();
    state.reached.evaluations = Some(evaluations as u64);
    let parent = Parent {
        run: run.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        step: state.step,
        checkpoint: hash(&read(&sound.folder.join(STATE))?),
        folder: run,
    };
    let forked = Forked { parent, version: env!("CARGO_PKG_VERSION").to_owned(), started: now() };
    events.push(Event::Forked(Box::new(forked.clone())));
    events.extend(changes.iter().cloned());
    let patience = state.settings.train.patience;
    if !changes.is_empty() && patience > 0 && state.reached.waited >= patience {
        // The parent ended for want of patience; the fork was asked to go on all the same.
        state.reached.waited = 0;
    }
    state.changes.extend(changes);
    let best = state.reached.best.as_ref().map(|best| best.step);
    let files = files(&sound, state, &forked.parent.folder)?;
    let mut saved = vec![(sound.state.step, files)];
    // The best weights so far may be older ones.
    let older = best.filter(|step| *step != sound.state.step && checkpoints.folder(*step).is_dir());
    if let Some(Ok(older)) = older.map(|step| sound_of(&checkpoints, step, &[MODEL, OPTIMIZER, TRAINED])) {
        let names = [MODEL, OPTIMIZER, TRAINED, STATE];
        let there = names.into_iter().filter(|name| older.folder.join(name).is_file());
        let read = |name: &str| Ok((name.to_owned(), read(&older.folder.join(name))?));
        saved.push((older.state.step, there.map(read).collect::<Result<_, RunError>>()?));
    }
    let best = best.filter(|best| saved.iter().any(|(step, _)| step == best));
    let parent = &forked.parent;
    let (events, files, checkpoints) = (&events[..], &copied[..], &saved[..]);
    Fork { config: &config, parent, events, files, checkpoints, best, name: &job.name }.write(&job.folder)?;
    Ok(forked)
}

fn checkpoint(run: &Path, all: &Checkpoints, point: ForkPoint) -> Result<Sound, RunError> {
    let needed = [MODEL, OPTIMIZER, TRAINED];
    let steps = all.steps();
    let listed = steps.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    let remedy = match steps.len() {
        0 => "it has no checkpoints: resume it, or train a new run".to_owned(),
        _ => format!("it has those of these steps: {listed}"),
    };
    match point {
        ForkPoint::Last => newest_sound(all, &needed)?
            .ok_or_else(|| RunError::at(run, "the run has no checkpoint to go on from", remedy)),
        ForkPoint::Best => {
            let best = all.best().and_then(|best| steps.iter().copied().find(|s| all.folder(*s) == best));
            let step = best.ok_or_else(|| RunError::at(run, "the run names no best checkpoint", remedy))?;
            sound_of(all, step, &needed)
        }
        ForkPoint::Step(step) if !steps.contains(&step) => {
            Err(RunError::at(run, format!("the run keeps no checkpoint of step {step}"), remedy))
        }
        ForkPoint::Step(step) => sound_of(all, step, &needed),
    }
}

/// The settings to go on with from a checkpoint that has `settings`, and the changes as the log
/// tells them.
pub(super) fn changed(
    settings: &RunConfig,
    step: u64,
    wanted: &[(String, Value)],
) -> Result<(RunConfig, Vec<Event>), ConfigError> {
    let (mut config, mut changes) = (settings.clone(), Vec::new());
    for (key, value) in wanted {
        let row = setting(key)?;
        let from = (row.get)(&config);
        row.set(&mut config, value)?;
        let to = (row.get)(&config);
        if from == to {
            continue;
        }
        if let Some(why) = why_not_in_fork(row) {
            return Err(ConfigError::Conflict {
                key: row.key,
                reason: format!("it is {from} in this run and a fork must keep it: {why}"),
                remedy: format!("leave it out, or train a new run with {} = {to}", row.key),
            });
        }
        changes.push(Event::SettingChanged { step: step + 1, key: row.key.to_owned(), from, to });
    }
    config.validate()?;
    Ok((config, changes))
}

/// Refuses a plan that leaves the fork nothing to do.
pub(super) fn check_fork_plan(
    config: &RunConfig,
    step: u64,
    steps_per_epoch: u64,
) -> Result<(), ConfigError> {
    check_plan(config, step, total_steps(steps_per_epoch, config.train.epochs, config.train.max_steps))
}

/// What stands in the parent's log up to the checkpoint, with another beginning, and the files of
/// predictions that it names and that are there.
fn inherited(
    mut log: Vec<Event>,
    state: &CheckpointState,
    accepted: Accepted,
    run: &Path,
) -> (Vec<Event>, Vec<String>) {
    let sitting = Sitting {
        version: String::new(),
        started: 0,
        total_steps: 0,
        device: String::new(),
        evaluations: state.reached.evaluations,
    };
    log.push(Event::Resumed { from_step: state.step, sitting: Some(Box::new(sitting)) });
    let (mut events, mut files) = (vec![Event::Accepted(Box::new(accepted))], Vec::new());
    let best = state.reached.best.as_ref().and_then(|best| best_predictions(&log, best.step));
    for event in standing(log) {
        match event {
            Event::Step { .. } => events.push(event),
            Event::SettingChanged { step, .. } if step <= state.step || state.changes.contains(&event) => {
                events.push(event);
            }
            Event::Baseline(ref baseline) if baseline.split == Split::Validation => events.push(event),
            Event::Evaluation(mut evaluation) if evaluation.split == Split::Validation => {
                let kept = evaluation.predictions.take().filter(|file| {
                    run.join(file).is_file() && (best.as_ref() == Some(file) || evaluation.step == state.step)
                });
                files.extend(kept.clone());
                evaluation.predictions = kept;
                events.push(Event::Evaluation(evaluation));
            }
            _ => {}
        }
    }
    (events, files)
}

/// The files of the checkpoint that the fork goes on from.
fn files(sound: &Sound, mut state: CheckpointState, run: &Path) -> Result<Named, TrainError> {
    let mut files = Vec::new();
    for name in [MODEL, TRAINED, OPTIMIZER] {
        let path = sound.folder.join(name);
        if name == TRAINED && !path.is_file() {
            continue;
        }
        files.push((name.to_owned(), read(&path)?));
    }
    let kind = state.settings.train.optimizer;
    if kind != sound.state.settings.train.optimizer {
        // Moments of one optimizer mean nothing to another.
        let weights = &files.iter().find(|(name, _)| name == TRAINED).unwrap_or(&files[0]).1;
        let engine = Engine::open(&state.settings, &state.model, weights, Preprocess::load(run)?)?;
        let fresh = Optimizer::new(kind, &engine.model).to_bytes(&engine.model)?;
        files.retain(|(name, _)| name != OPTIMIZER);
        files.push((OPTIMIZER.to_owned(), fresh));
    }
    state.format = CheckpointState::FORMAT;
    state.version = env!("CARGO_PKG_VERSION").to_owned();
    state.settings_hash = CheckpointState::hash(&state.settings);
    state.files = files.iter().map(|(name, bytes)| (name.clone(), hash(bytes))).collect();
    let bytes = state.to_bytes().map_err(|e| {
        RunError::at(&sound.folder, format!("its state cannot be written: {e}"), "please report it")
    })?;
    files.push((STATE.to_owned(), bytes));
    Ok(files)
}
