//! Looking through the open data before training: a job for a worker of its own. Small data is
//! looked through by itself when it is opened, large data on request.

use crate::app::{Effect, State};
use crate::config::{Pooling, RunConfig, Text};
use crate::data::Modality;
use crate::preprocess::{DataReport, Finding};
use crate::runs::{Event, Level};
use crate::train::Control;
use crate::worker::{Command, Job, JobId, WorkerEventKind};
use std::sync::Arc;

/// Up to so many samples are looked through without being asked: about a second of work.
const BY_ITSELF: usize = 100_000;
/// And up to so many texts.
const TEXTS_BY_ITSELF: usize = 20_000;

/// What a report depends on.
#[derive(Clone, Debug, PartialEq)]
pub struct Basis {
    fingerprint: String,
    split: (f64, u64),
    text: Option<(Text, Pooling)>,
}

/// The look through the open data.
#[derive(Clone, Debug, Default)]
pub struct Checking {
    /// The job that looks, with what it is doing and how much of it.
    pub job: Option<(JobId, (String, u64, u64))>,
    /// What was found last.
    pub report: Option<Arc<DataReport>>,
    /// Why there is no report.
    pub error: Option<String>,
    /// What the report, or the job, is about.
    basis: Option<Basis>,
}

impl State {
    /// What should be known before training: findings, each with whether it is serious. Empty
    /// while nothing is known about the data as it is now.
    pub fn findings(&self) -> Vec<(Finding, bool)> {
        match &self.checking.report {
            Some(report) if !self.check_is_old() => report.findings(&self.config),
            _ => Vec::new(),
        }
    }

    /// Whether settings have changed since the data was looked through.
    pub fn check_is_old(&self) -> bool {
        self.checking.basis.is_some() && self.checking.basis != basis(self)
    }
}

/// What a report on the open data with the settings shown would depend on.
pub(super) fn basis(state: &State) -> Option<Basis> {
    let data = state.data.as_ref()?;
    let RunConfig { text, model, train, data: reading, .. } = &state.config;
    Some(Basis {
        fingerprint: data.summary.fingerprint.clone(),
        split: (reading.validation_fraction, train.seed),
        text: (data.summary.modality == Modality::Text).then(|| (text.clone(), model.pooling)),
    })
}

/// Looks through the open data.
pub fn check(state: &mut State) -> Vec<Effect> {
    let mut effects = give_up(state);
    let Some(data) = state.data.as_ref().map(|data| data.dataset.clone()) else { return effects };
    let job = state.next_job();
    state.checking =
        Checking { job: Some((job, (String::new(), 0, 0))), report: None, error: None, basis: basis(state) };
    let config = Box::new(state.config.clone());
    effects.push(Effect::Checker(Command::Start(job, Job::Check { data, config })));
    effects
}

/// Other data is open: what was found belongs to the old.
pub fn opened(state: &mut State) -> Vec<Effect> {
    let Some(data) = &state.data else { return Vec::new() };
    let most = if data.summary.modality == Modality::Text { TEXTS_BY_ITSELF } else { BY_ITSELF };
    if data.dataset.len() <= most {
        return check(state);
    }
    let effects = give_up(state);
    state.checking = Checking::default();
    effects
}

/// A person gives up.
pub fn cancel(state: &mut State) -> Vec<Effect> {
    let effects = give_up(state);
    state.checking = Checking::default();
    effects
}

fn give_up(state: &mut State) -> Vec<Effect> {
    match state.checking.job.take() {
        Some((job, _)) => vec![Effect::Checker(Command::Control(job, Control::Stop))],
        None => Vec::new(),
    }
}

/// The worker says something about it.
pub fn report(state: &mut State, kind: WorkerEventKind) -> Vec<Effect> {
    match kind {
        WorkerEventKind::Run(Event::Progress { stage, done, total }) => {
            if let Some((_, progress)) = &mut state.checking.job {
                *progress = (stage, done, total);
            }
        }
        WorkerEventKind::Report(report) => state.checking.report = Some(report),
        WorkerEventKind::Ended(result) => {
            state.checking.job = None;
            if let Err(reason) = result {
                state.tell(Level::Error, reason.clone());
                state.checking.error = Some(reason);
            }
        }
        _ => {}
    }
    Vec::new()
}
