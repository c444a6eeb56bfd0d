//! Resuming a run that ended before its last step, whatever ended it: from its newest sound
//! checkpoint, or from its settings where it has none, to a session that goes on as if nothing
//! had happened. Nothing that touches the result may be another one; the run folder does not
//! change before all is known.

use super::TrainError;
use super::baseline::Cheap;
use super::checkpoint::{Sound, set_inert};
use super::extend::{Rebuilt, best_predictions, newest, now, refuse_what_is_no_run, skipped_checkpoints};
use super::link::Link;
use super::session::Session;
use super::setup::build;
use crate::config::Value;
use crate::data::Dataset;
use crate::runs::{Accepted, Done, Event, Outcome, RunFolder, Sitting, read_run, read_run_config, standing};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

/// Which run is to be resumed.
#[derive(Clone, Debug)]
pub struct ResumeJob {
    /// Run folder.
    pub run: PathBuf,
    /// Settings that do not touch the result, as (key, value): `train.threads` and how often
    /// and how many checkpoints are saved.
    pub changes: Vec<(String, Value)>,
    /// The run's data, if already open; otherwise its source is opened.
    pub data: Option<Arc<Dataset>>,
}

/// What there is to do.
pub(super) enum Taken<'a> {
    /// Steps, or what comes after them.
    Session(Box<Session<'a>>),
    /// Nothing: the run is finished.
    Finished(Box<Done>),
}

/// Opens, checks and builds everything.
pub(super) fn take_up<'a>(job: ResumeJob, link: &'a Link<'a>) -> Result<Taken<'a>, TrainError> {
    refuse_what_is_no_run(&job.run)?;
    if let Some(done) = finished(&read_run(&job.run)?.0) {
        return Ok(Taken::Finished(Box::new(done)));
    }
    // From here on it is locked, and nobody else writes its log.
    let folder = RunFolder::reopen_on(&job.run, link.disk())?;
    let events = read_run(&job.run)?.0;
    let changes = changes_since_the_plan(&events);
    let session = match newest(&folder)? {
        Some(sound) => from_checkpoint(job, &sound, folder, &standing(events), changes, link)?,
        None => from_start(job, folder, &events, changes, link)?,
    };
    Ok(Taken::Session(Box::new(session)))
}

/// How a finished run ended; what it went on with after an earlier end counts as well.
fn finished(events: &[Event]) -> Option<Done> {
    let last = events.iter().rev().find(|event| matches!(event, Event::Done(_)) || event.goes_on().is_some());
    match last? {
        Event::Done(done) if done.outcome == Outcome::Finished => Some((**done).clone()),
        _ => None,
    }
}

/// What a person changed while the run was going, whether it stands or not: all of it belongs
/// to the run that would have been. Each change once, by the first step that used it.
fn changes_since_the_plan(events: &[Event]) -> Vec<Event> {
    let mut changes: Vec<Event> = Vec::new();
    for event in events {
        match event {
            Event::SettingChanged { .. } if !changes.contains(event) => changes.push(event.clone()),
            // An extension and a fork start from a plan of their own.
            Event::Extended(_) | Event::Forked(_) => changes.clear(),
            _ => {}
        }
    }
    changes.sort_by_key(first_step);
    changes
}

fn first_step(change: &Event) -> u64 {
    if let Event::SettingChanged { step, .. } = change { *step } else { 0 }
}

fn from_checkpoint<'a>(
    job: ResumeJob,
    sound: &Sound,
    folder: RunFolder,
    stand: &[Event],
    changes: Vec<Event>,
    link: &'a Link<'a>,
) -> Result<Session<'a>, TrainError> {
    let state = &sound.state;
    let mut config = state.settings.clone();
    set_inert(&mut config, &job.changes)?;
    let rebuilt = Rebuilt::of(sound, (folder.path(), Some(&folder)), config, job.data, link)?;
    let resumed = resumed(state.step, &rebuilt.accepted, state.reached.evaluations);
    let mut session = rebuilt.into_session(sound, Some(folder), link);
    session.cheap = Cheap::measured(stand);
    session.remember_losses(stand);
    let mut reached = state.reached.clone();
    let named = reached.best.as_ref().and_then(|best| best_predictions(stand, best.step));
    reached.best_predictions = reached.best_predictions.or(named);
    // The evaluation after the checkpoint's step may have been what was cut off.
    session.owes_evaluation =
        state.format > 1 && session.evaluation_due() && session.marks.evaluated() != Some(state.step);
    let best = reached.best.as_ref().map(|best| best.step);
    session.marks = super::session::Marks::left(state.step, reached);
    let warning = std::mem::replace(&mut session.opening, skipped_checkpoints(sound));
    session.opening.push(resumed);
    session.opening.extend(warning);
    session.replay =
        changes.into_iter().filter(|change| !state.changes.contains(change)).filter_map(wish).collect();
    // The mark of the best one is written after the checkpoint and may have been cut off.
    if let (Some(step), Some(folder)) = (best, &session.folder)
        && folder.checkpoints().folder(step).is_dir()
    {
        folder.checkpoints().set_best(step)?;
    }
    Ok(session)
}

/// Without a checkpoint the run begins again, with the same settings on the same data.
fn from_start<'a>(
    job: ResumeJob,
    folder: RunFolder,
    events: &[Event],
    changes: Vec<Event>,
    link: &'a Link<'a>,
) -> Result<Session<'a>, TrainError> {
    let begun = events.iter().find_map(|event| match event {
        Event::Accepted(accepted) => Some(accepted),
        _ => None,
    });
    let mut config = match begun {
        Some(accepted) => accepted.config.clone(),
        None => read_run_config(&job.run)?,
    };
    set_inert(&mut config, &job.changes)?;
    let fingerprint = begun.map(|accepted| accepted.data.fingerprint.as_str());
    let built = build(config, job.data, Some(&folder), fingerprint, link)?;
    let resumed = resumed(0, &built.accepted, Some(0));
    let mut session = built.into_session(Some(folder), link);
    // Its beginning is told once.
    session.opening.retain(|event| begun.is_none() || !matches!(event, Event::Accepted(_)));
    session.opening.push(resumed);
    session.cheap = Cheap::measured(events);
    session.replay = changes.into_iter().filter_map(wish).collect::<VecDeque<_>>();
    Ok(session)
}

fn wish(change: Event) -> Option<(u64, String, Value)> {
    match change {
        Event::SettingChanged { step, key, to, .. } => Some((step, key, to)),
        _ => None,
    }
}

fn resumed(from_step: u64, accepted: &Accepted, evaluations: Option<u64>) -> Event {
    let sitting = Sitting {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started: now(),
        total_steps: accepted.total_steps,
        device: accepted.device.clone(),
        evaluations,
    };
    Event::Resumed { from_step, sitting: Some(Box::new(sitting)) }
}
