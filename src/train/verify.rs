//! Replaying a run: from one of its checkpoints, or from the start, to its newest one, with the
//! changes that its log tells of made at their steps. Numbers of each step and the bytes of the
//! weights and of the optimizer must be those that the run has. It keeps the replayed weights in
//! memory; in the run folder it writes nothing but the mark of a run that came out the same.

use super::checkpoint::{MODEL, OPTIMIZER, Sound, TRAINED, hash, newest_sound, read, sound_of};
use super::error::Halt;
use super::extend::{Rebuilt, now, refuse_what_is_no_run};
use super::link::Link;
use super::room::Room;
use super::session::Session;
use super::setup::build;
use super::{Observer, Steering, SystemClock, TrainError};
use crate::config::setting;
use crate::data::Dataset;
use crate::ops::Instructions;
use crate::runs::{
    Checkpoints, Event, Metrics, Parent, RunError, RunStatus, Verified, read_entry, read_run, standing,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Metrics of a step that depend on nothing but settings and data.
const COMPARED: &[&str] = &["loss", "accuracy", "gradient_norm", "learning_rate"];

/// What is to be replayed.
#[derive(Clone, Debug)]
pub struct VerifyJob {
    /// Run folder.
    pub run: PathBuf,
    /// At least so many steps, if checkpoints allow; the last to the newest checkpoint.
    pub steps: u64,
    /// From the beginning instead; that of a fork is its checkpoint.
    pub from_start: bool,
    /// The run's data, if already open.
    pub data: Option<Arc<Dataset>>,
}

/// Where a replay differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The first step that differs.
    pub step: u64,
    /// What differs, in words.
    pub what: String,
}

/// What came of a replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// Run folder.
    pub run: PathBuf,
    /// What was replayed, and where.
    pub replay: Verified,
    /// Where it differs, if it does; then there is no new mark.
    pub difference: Option<Difference>,
}

/// Keeps the numbers of the last step and hands progress on.
struct Listener<'a> {
    observer: &'a mut dyn Observer,
    last: Arc<Mutex<Metrics>>,
}

impl Observer for Listener<'_> {
    fn event(&mut self, event: &Event) {
        match event {
            Event::Step { metrics, .. } => {
                *self.last.lock().unwrap_or_else(PoisonError::into_inner) = metrics.clone();
            }
            Event::Progress { .. } => self.observer.event(event),
            _ => {}
        }
    }
}

/// Replays and compares; a run that came out the same is marked.
///
/// # Errors
/// [`TrainError`] when there is nothing to replay or it was stopped. A difference is none.
pub fn verify(
    job: VerifyJob,
    steering: &mut dyn Steering,
    observer: &mut dyn Observer,
) -> Result<Verification, TrainError> {
    refuse_what_is_no_run(&job.run)?;
    let refused = |cause: &str, remedy: &str| RunError::at(&job.run, cause, remedy);
    if read_entry(&job.run)?.status == RunStatus::Running {
        return Err(refused("the run is going", "wait until it has ended").into());
    }
    let end = newest_sound(&Checkpoints::of(&job.run), &[MODEL, OPTIMIZER, TRAINED])?;
    let end = end.ok_or_else(|| {
        refused("the run has no checkpoint to compare with", "resume it, so that it saves one")
    })?;
    let events = standing(read_run(&job.run)?.0);
    refuse_clock(&job.run, &end, &events)?;
    let begin = begin(&job, end.state.step)?;
    let last = Arc::new(Mutex::new(Metrics::new()));
    let mut listener = Listener { observer, last: last.clone() };
    let clock = SystemClock::start();
    let link = Link::new(steering, &mut listener, &clock).within(Room { force: true, ..Room::default() });
    let mut session = match &begin {
        Some(sound) => {
            let config = sound.state.settings.clone();
            Rebuilt::of(sound, (&job.run, None), config, job.data, &link)?.into_session(sound, None, &link)
        }
        None => {
            let first = events.iter().find_map(|e| if let Event::Accepted(a) = e { Some(a) } else { None });
            let first = first
                .ok_or_else(|| refused("its log does not say how it began", "verify it from a checkpoint"))?;
            let fingerprint = Some(&*first.data.fingerprint);
            build(first.config.clone(), job.data, None, fingerprint, &link)?.into_session(None, &link)
        }
    };
    let from_step = session.place.step;
    let difference = match session.replay(&end, &events, &last) {
        Ok(difference) => difference,
        Err(Halt::Stopped) => return Err(TrainError::Cancelled),
        Err(Halt::Failed(what) | Halt::Full(what) | Halt::Broken(what)) => {
            Some(Difference { step: session.place.step + 1, what: format!("the replay failed: {what}") })
        }
    };
    let replay = Verified {
        from_step,
        to_step: end.state.step,
        weights: of_file(&end, MODEL)?,
        processor: processor(),
        instructions: Instructions::chosen().name().to_owned(),
        threads: session.learner.engine.compute().threads() as u64,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        at: now(),
    };
    if difference.is_none() {
        replay.write(&job.run)?;
    }
    Ok(Verification { run: job.run, replay, difference })
}

/// Where to begin: at a checkpoint, or at step 0.
fn begin(job: &VerifyJob, end: u64) -> Result<Option<Sound>, RunError> {
    let (checkpoints, needed) = (Checkpoints::of(&job.run), [MODEL, OPTIMIZER, TRAINED]);
    let root = Parent::read(&job.run)?.map(|parent| parent.step);
    let wanted = end.saturating_sub(job.steps.max(1));
    let steps = checkpoints.steps().into_iter().rev();
    let candidates = steps.filter(|step| match root {
        Some(root) if job.from_start => *step == root,
        _ => !job.from_start && *step <= wanted,
    });
    let sound =
        candidates.filter(|step| *step < end).find_map(|step| sound_of(&checkpoints, step, &needed).ok());
    match (sound, root) {
        (None, Some(root)) => Err(RunError::at(
            &job.run,
            format!("there is no sound checkpoint to replay it from; it is a fork that began at step {root}"),
            "let it train on, or verify the run that it is a fork of",
        )),
        (sound, _) => Ok(sound),
    }
}

/// A run that follows the clock cannot be repeated.
fn refuse_clock(run: &Path, end: &Sound, events: &[Event]) -> Result<(), RunError> {
    let by_clock = |event: &Event| match event {
        Event::Accepted(accepted) => accepted.config.train.deadline > 0.0,
        Event::SettingChanged { key, to, .. } => {
            key == "train.deadline" && *to != crate::config::Value::Float(0.0)
        }
        _ => false,
    };
    if end.state.settings.train.deadline <= 0.0 && !events.iter().any(by_clock) {
        return Ok(());
    }
    Err(RunError::at(
        run,
        "it has a deadline (train.deadline), so its learning rate followed the clock and cannot be repeated",
        "verify a run without a deadline",
    ))
}

/// BLAKE3 of a checkpoint's file, hexadecimal.
fn of_file(sound: &Sound, name: &str) -> Result<String, RunError> {
    match sound.state.files.get(name) {
        Some(known) => Ok(known.clone()),
        None => Ok(hash(&read(&sound.folder.join(name))?)),
    }
}

/// The processor's name, as far as the system tells it.
fn processor() -> String {
    let told = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = told.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    name.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.trim().to_owned())
}

/// As the log would have it: numbers go through text.
fn as_logged(metrics: &Metrics) -> Metrics {
    let text = serde_json::to_string(metrics).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

impl Session<'_> {
    /// Steps to the checkpoint; returns the first difference.
    fn replay(
        &mut self,
        end: &Sound,
        events: &[Event],
        last: &Mutex<Metrics>,
    ) -> Result<Option<Difference>, Halt> {
        let told: BTreeMap<u64, &Metrics> = events
            .iter()
            .filter_map(|event| match event {
                Event::Step { step, metrics, .. } => Some((*step, metrics)),
                _ => None,
            })
            .collect();
        let (from, to) = (self.place.step, end.state.step);
        while self.place.step < to {
            let step = self.place.step + 1;
            for event in events {
                if let Event::SettingChanged { step: at, key, to, .. } = event
                    && *at == step
                    && let Ok(row) = setting(key)
                {
                    row.set(&mut self.config, to).map_err(|e| Halt::Failed(e.to_string()))?;
                }
            }
            self.link.progress("Replaying", step - from, to - from);
            if !self.step()? {
                return Err(Halt::Stopped);
            }
            let now = as_logged(&last.lock().unwrap_or_else(PoisonError::into_inner));
            // A step that the log has lost is known by the next one.
            let Some(then) = told.get(&step) else { continue };
            if let Some(name) = COMPARED.iter().find(|name| then.get(**name) != now.get(**name)) {
                let (then, now) = (then.get(*name), now.get(*name));
                let number = |value: Option<&f64>| value.map_or_else(|| "nothing".to_owned(), f64::to_string);
                let what = format!("{name} was {} and is {} now", number(then), number(now));
                return Ok(Some(Difference { step, what }));
            }
        }
        let model = self.learner.model_bytes()?;
        let trained = self.learner.trained_bytes()?;
        let optimizer = self.learner.optimizer_bytes()?;
        let parts = [(MODEL, Some(&model)), (TRAINED, trained.as_ref()), (OPTIMIZER, Some(&optimizer))];
        for (name, bytes) in parts {
            if let Some(bytes) = bytes
                && hash(bytes) != of_file(end, name)?
            {
                let what = format!("{name} has other bytes after step {to}, though the log's numbers agree");
                return Ok(Some(Difference { step: to, what }));
            }
        }
        Ok(None)
    }
}
