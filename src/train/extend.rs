//! Going on with a run: from its last checkpoint to a session that is ready for its next step.
//! What the run learned from and what it is made of must be as it was; how long it trains may
//! be changed. Nothing in the run folder changes before all of that is known.

use super::TrainError;
use super::baseline::Cheap;
use super::checkpoint::{
    CheckpointState, MODEL, OPTIMIZER, Sound, TRAINED, beside, check_beside, newest_sound,
};
use super::clock::Stopwatch;
use super::deadline::Pace;
use super::error::Halt;
use super::good::Good;
use super::learner::Learner;
use super::link::Link;
use super::machine::Watch;
use super::place::Place;
use super::room;
use super::sampling::Sampler;
use super::session::{Marks, Session};
use super::setup::{accepted, check_labels, check_same, open_again};
use super::spike::Spikes;
use super::wishes::Stop;
use crate::config::{ConfigError, RunConfig, Setting, Value, setting};
use crate::data::{Dataset, Progress, Split};
use crate::preprocess::Preprocess;
use crate::runs::{Accepted, Event, Extended, Level, RunError, RunFolder, is_run, read_run, standing};
use std::collections::{BTreeMap, VecDeque};
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
    "train.save_every",
    "train.save_minutes",
    "train.keep_checkpoints",
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

/// Opens, checks and builds everything.
pub(super) fn take_up<'a>(job: ExtendJob, link: &'a Link<'a>) -> Result<Session<'a>, TrainError> {
    refuse_what_is_no_run(&job.run)?;
    // The folder comes first: it stays locked from here on.
    let folder = RunFolder::reopen_on(&job.run, link.disk())?;
    let sound = newest(&folder)?.ok_or_else(|| {
        RunError::at(&job.run, "the run has no saved weights to go on from", "train a new run")
    })?;
    let (config, changes) = changed(&sound.state, &job.changes)?;
    let mut events = standing(read_run(&job.run)?.0);
    let rebuilt = Rebuilt::of(&sound, (folder.path(), Some(&folder)), config, job.data, link)?;
    check_plan(&sound.state.settings, sound.state.step, rebuilt.accepted.total_steps)?;
    let state = &sound.state;
    let extended = Event::Extended(Box::new(Extended {
        from_step: state.step,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started: now(),
        total_steps: rebuilt.accepted.total_steps,
        device: rebuilt.accepted.device.clone(),
    }));
    let first = state.step + 1;
    let mut opening = skipped_checkpoints(&sound);
    opening.push(extended.clone());
    opening.extend(changes.into_iter().map(|(key, from, to)| Event::SettingChanged {
        step: first,
        key,
        from,
        to,
    }));
    let seconds = seconds_before(&events, state);
    let mut reached = state.closing.clone().unwrap_or_else(|| state.reached.clone());
    // A run that ended for want of patience was asked to go on all the same.
    let patience = state.settings.train.patience;
    if patience > 0 && reached.waited >= patience {
        reached.waited = 0;
    }
    reached.best_predictions =
        reached.best_predictions.or_else(|| best_predictions(&events, reached.best.as_ref()?.step));
    // What was evaluated at the end stands, as far as the checkpoint goes.
    events.push(extended);
    let cheap = Cheap::measured(&events);
    let stand = standing(events);
    let evaluations = stand.iter().filter(|event| matches!(event, Event::Evaluation(_))).count();
    reached.evaluations = Some(evaluations as u64);
    let mut session = rebuilt.into_session(&sound, Some(folder), link);
    session.cheap = cheap;
    session.remember_losses(&stand);
    opening.append(&mut session.opening);
    session.opening = opening;
    session.stopwatch = Stopwatch::start(link.now(), seconds);
    session.first_step = state.step;
    session.marks = Marks::left(state.step, reached);
    let planned = session.opening.iter().filter(|event| matches!(event, Event::SettingChanged { .. }));
    session.changes.extend(planned.cloned());
    // The checkpoint has the new plan before the log tells of it: cut off from here on, the run
    // is resumed by this plan.
    session.store().map_err(|halt| match halt {
        Halt::Failed(cause) | Halt::Full(cause) | Halt::Broken(cause) => {
            RunError::at(&job.run, cause, "check the disk, then try again").into()
        }
        Halt::Stopped => TrainError::Cancelled,
    })?;
    Ok(session)
}

/// Refuses a folder that holds no run.
pub(super) fn refuse_what_is_no_run(run: &Path) -> Result<(), RunError> {
    if is_run(run) {
        return Ok(());
    }
    let remedy = "give a folder that `attentive train` made; `attentive runs` lists them";
    Err(RunError::at(run, "this folder is not a run", remedy))
}

/// The newest checkpoint that training can go on from.
pub(super) fn newest(folder: &RunFolder) -> Result<Option<Sound>, RunError> {
    newest_sound(&folder.checkpoints(), &[MODEL, OPTIMIZER, TRAINED])
}

/// A warning for each damaged checkpoint that was passed over.
pub(super) fn skipped_checkpoints(sound: &Sound) -> Vec<Event> {
    let notice = |text: &String| Event::Notice { level: Level::Warning, text: text.clone() };
    sound.skipped.iter().map(notice).collect()
}

/// Seconds since 1970-01-01 UTC.
pub(super) fn now() -> u64 {
    SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs())
}

/// A run's data and learner as a checkpoint left them.
pub(super) struct Rebuilt {
    config: RunConfig,
    data: Arc<Dataset>,
    learner: Learner,
    beside: BTreeMap<String, String>,
    pub accepted: Accepted,
    /// That memory is short.
    pub warning: Option<Event>,
}

impl Rebuilt {
    /// Opens the data as the checkpoint's settings say, and builds what its files hold. Without
    /// a folder the run is only read.
    pub fn of(
        sound: &Sound,
        (run, folder): (&Path, Option<&RunFolder>),
        config: RunConfig,
        data: Option<Arc<Dataset>>,
        link: &Link<'_>,
    ) -> Result<Self, TrainError> {
        let progress = |stage, done, total| {
            link.progress(stage, done, total);
            link.look() == Stop::No
        };
        let data = open_same(&sound.state, data, &progress)?;
        check_beside(run, &sound.state)?;
        let preprocess = Preprocess::load(run)?;
        let beside = beside(run)?;
        let warning = room::check(link.room(), &config, &data, &preprocess)?;
        let mut learner =
            Learner::take_up(&config, &sound.state.model, &sound.folder, &data, preprocess, &progress)?;
        learner.remember_stuck(sound.state.stuck.clone());
        if let Some(folder) = folder {
            folder.check_room(learner.checkpoint_bytes())?;
        }
        let accepted = accepted(&config, &data, &learner, folder);
        if link.look() != Stop::No {
            return Err(TrainError::Cancelled);
        }
        Ok(Self { config, data: Arc::new(data), learner, beside, accepted, warning })
    }

    /// At the checkpoint's place, with the marks that it holds.
    pub fn into_session<'a>(
        self,
        sound: &Sound,
        folder: Option<RunFolder>,
        link: &'a Link<'a>,
    ) -> Session<'a> {
        let state = &sound.state;
        let train = &self.config.train;
        let sampler = Sampler::new(train.sampling, train.seed, &self.data);
        let position = usize::try_from(state.position).unwrap_or(0);
        let (before, first_step) = state.before;
        Session {
            link,
            place: Place::at(sampler, state.step, state.epoch, position),
            config: self.config,
            data: self.data,
            learner: self.learner,
            folder,
            accepted: Box::new(self.accepted),
            opening: self.warning.into_iter().collect(),
            stopwatch: Stopwatch::go_on(link.now(), before, state.seconds - before),
            pace: Pace::default(),
            first_step,
            told_deadline: 0.0,
            watch: Watch::new(),
            spikes: Spikes::default(),
            good: Good::default(),
            marks: Marks::left(state.step, state.reached.clone()),
            cheap: Cheap::default(),
            stands: false,
            changes: state.changes.clone(),
            replay: VecDeque::new(),
            owes_evaluation: false,
            beside: self.beside,
        }
    }
}

/// The data that a run was trained on, with the run's validation split.
fn open_same(
    state: &CheckpointState,
    data: Option<Arc<Dataset>>,
    progress: Progress<'_>,
) -> Result<Dataset, TrainError> {
    let source = &state.settings;
    let mut data = match data {
        Some(data) => Arc::unwrap_or_clone(data),
        None => open_again(source, progress)?,
    };
    data.hold_out(source.data.validation_fraction, source.train.seed);
    check_same(&data, &state.data)?;
    check_labels(&data)?;
    Ok(data)
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
pub(super) fn check_plan(settings: &RunConfig, step: u64, planned: u64) -> Result<(), ConfigError> {
    if planned > step {
        return Ok(());
    }
    let (epochs, limit) = (settings.train.epochs, settings.train.max_steps);
    let key = if limit > 0 && limit <= step { "train.max_steps" } else { "train.epochs" };
    Err(ConfigError::Conflict {
        key,
        reason: format!("the run is at step {step} and the plan ends at step {planned}"),
        remedy: match key {
            "train.max_steps" => "set it to 0, or to more steps".to_owned(),
            _ => format!("give more epochs, for example train.epochs={}", epochs.saturating_mul(2)),
        },
    })
}

/// The file with the predictions of the best result, made after `step`, if the log names it.
pub(super) fn best_predictions(events: &[Event], step: u64) -> Option<String> {
    events.iter().rev().find_map(|event| match event {
        Event::Evaluation(e) if e.split == Split::Validation && e.best && e.step == step => {
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
