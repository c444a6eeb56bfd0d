//! Going on with a run: from its last checkpoint to a session that is ready for its next step.
//! What the run learned from and what it is made of must be as it was; how long it trains may
//! be changed. Nothing in the run folder changes before all of that is known.

use super::TrainError;
use super::baseline::Cheap;
use super::checkpoint::CheckpointState;
use super::clock::Stopwatch;
use super::deadline::Pace;
use super::learner::Learner;
use super::link::Link;
use super::machine::Watch;
use super::place::Place;
use super::sampling::Sampler;
use super::session::{Marks, Session};
use super::setup::{accepted, check_labels};
use super::wishes::Stop;
use crate::config::{ConfigError, RunConfig, Setting, Value, setting};
use crate::data::{Dataset, OpenOptions, Split, open};
use crate::preprocess::Preprocess;
use crate::runs::{Checkpoints, Event, Extended, RunError, RunFolder, is_run, read_run};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// Settings that may change when a run goes on, besides those that may change while it is going.
const CHANGEABLE: &[&str] = &[
    "train.max_steps",
    "train.schedule",
    "train.warmup_fraction",
    "train.clip_norm",
    "train.evaluate_every",
    "train.patience",
    "train.threads",
];

/// Whether a setting may be another one when a run goes on.
pub fn may_change(row: &Setting) -> bool {
    row.live || CHANGEABLE.contains(&row.key)
}

/// Which run is to go on, and how.
#[derive(Clone, Debug)]
pub struct ExtendJob {
    /// Run folder.
    pub run: PathBuf,
    /// Settings to change, as (key, value); without more epochs there is nothing to do.
    pub changes: Vec<(String, Value)>,
    /// The run's data, if already open; otherwise its source is opened.
    pub data: Option<Arc<Dataset>>,
}

/// What the last checkpoint says, and where it lies.
struct Left {
    checkpoint: PathBuf,
    state: CheckpointState,
}

/// Opens, checks and builds everything.
pub(super) fn take_up<'a>(job: ExtendJob, link: &'a Link<'a>) -> Result<Session<'a>, TrainError> {
    let progress = |stage, done, total| {
        link.progress(stage, done, total);
        link.look() == Stop::No
    };
    // The folder comes first: it stays locked from here on.
    let left = Left::read(&job.run)?;
    let folder = RunFolder::reopen(&job.run)?;
    let (config, changes) = changed(&left.state, &job.changes)?;
    let source = &left.state.settings;
    let mut data = match job.data {
        Some(data) => Arc::unwrap_or_clone(data),
        None => open(&source.data.source, &OpenOptions::of(source), &progress)?,
    };
    data.hold_out(source.data.validation_fraction, source.train.seed);
    if data.fingerprint != left.state.data {
        return Err(TrainError::Unfit {
            source_name: data.source,
            cause: "the data is not what the run was trained on, so its splits would mix".to_owned(),
            remedy: "put the old files back, or train a new run".to_owned(),
        });
    }
    check_labels(&data)?;
    let preprocess = Preprocess::load(&job.run)?;
    let learner =
        Learner::take_up(&config, &left.state.model, &left.checkpoint, &data, preprocess, &progress)?;
    let now = accepted(&config, &data, &learner, Some(&folder));
    check_plan(&left.state, now.total_steps)?;
    if link.look() != Stop::No {
        return Err(TrainError::Cancelled);
    }
    let state = left.state;
    let extended = Extended {
        from_step: state.step,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started: SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs()),
        total_steps: now.total_steps,
        device: now.device.clone(),
    };
    let mut opening = vec![Event::Extended(Box::new(extended))];
    let first = state.step + 1;
    opening.extend(changes.into_iter().map(|(key, from, to)| Event::SettingChanged {
        step: first,
        key,
        from,
        to,
    }));
    // A run that ended for want of patience was asked to go on all the same.
    let patience = state.settings.train.patience;
    let waited = if patience > 0 && state.waited >= patience { 0 } else { state.waited };
    let events = read_run(&job.run)?.0;
    let best_predictions = best_predictions(&events, &state);
    let sampler = Sampler::new(config.train.sampling, config.train.seed, &data);
    let position = usize::try_from(state.position).unwrap_or(0);
    Ok(Session {
        link,
        place: Place::at(sampler, state.step, state.epoch, position),
        config,
        data: Arc::new(data),
        learner,
        folder: Some(folder),
        accepted: Box::new(now),
        opening,
        stopwatch: Stopwatch::start(link.now(), seconds_before(&events, &state)),
        pace: Pace::default(),
        first_step: state.step,
        told_deadline: 0.0,
        watch: Watch::new(),
        marks: Marks::left(state.step, state.best, waited, best_predictions),
        cheap: Cheap::measured(&events),
        stands: false,
    })
}

impl Left {
    fn read(run: &Path) -> Result<Self, RunError> {
        if !is_run(run) {
            let remedy = "give a folder that `attentive train` made; `attentive runs` lists them";
            return Err(RunError::at(run, "this folder is not a run", remedy));
        }
        let checkpoint = Checkpoints::of(run).last().ok_or_else(|| {
            RunError::at(run, "the run has no saved weights to go on from", "train a new run")
        })?;
        let state = CheckpointState::read(&checkpoint)?;
        Ok(Self { checkpoint, state })
    }
}

/// What differs: (key, from, to).
type Changes = Vec<(String, Value, Value)>;

/// The settings to go on with.
fn changed(state: &CheckpointState, wanted: &[(String, Value)]) -> Result<(RunConfig, Changes), ConfigError> {
    let (mut config, mut changes) = (state.settings.clone(), Vec::new());
    for (key, value) in wanted {
        let row = setting(key)?;
        let from = (row.get)(&config);
        row.set(&mut config, value)?;
        let to = (row.get)(&config);
        if from == to {
            continue;
        }
        if !may_change(row) {
            return Err(ConfigError::Conflict {
                key: row.key,
                reason: format!("it is {from} in this run, and a run that goes on must keep it"),
                remedy: "leave it out, or train a new run with the new value".to_owned(),
            });
        }
        changes.push((row.key.to_owned(), from, to));
    }
    config.validate()?;
    Ok((config, changes))
}

/// There must be something left to do.
fn check_plan(state: &CheckpointState, planned: u64) -> Result<(), ConfigError> {
    if planned > state.step {
        return Ok(());
    }
    let (epochs, limit) = (state.settings.train.epochs, state.settings.train.max_steps);
    let key = if limit > 0 && limit <= state.step { "train.max_steps" } else { "train.epochs" };
    Err(ConfigError::Conflict {
        key,
        reason: format!("the run is at step {} and the plan ends at step {planned}", state.step),
        remedy: match key {
            "train.max_steps" => "set it to 0, or to more steps".to_owned(),
            _ => format!("give more epochs, for example train.epochs={}", epochs.saturating_mul(2)),
        },
    })
}

/// The file with the predictions of the best result so far, if the log names it.
fn best_predictions(events: &[Event], state: &CheckpointState) -> Option<String> {
    let best = state.best.as_ref()?.step;
    events.iter().rev().find_map(|event| match event {
        Event::Evaluation(e) if e.split == Split::Validation && e.best && e.step == best => {
            e.predictions.clone()
        }
        _ => None,
    })
}

/// Seconds of training before; those that the closing evaluation took count too.
fn seconds_before(events: &[Event], state: &CheckpointState) -> f64 {
    let closed = events.iter().rev().find_map(|event| match event {
        Event::Done(done) if done.step == state.step => Some(done.seconds),
        _ => None,
    });
    closed.unwrap_or(0.0).max(state.seconds)
}
