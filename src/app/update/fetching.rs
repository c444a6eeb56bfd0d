//! Public data sets: fetched one at a time by a worker of their own, and only on request.

use crate::app::{Effect, State};
use crate::data::catalogue::PublicSet;
use crate::language::{later, tr, tr_dynamic};
use crate::runs::{Event, Level};
use crate::train::Control;
use crate::worker::{Command, Job, JobId, WorkerEventKind};
use std::path::PathBuf;

/// The public sets, as far as they change.
#[derive(Clone, Debug, Default)]
pub struct Public {
    /// Where they are kept.
    pub folder: PathBuf,
    /// Names of those that are there.
    pub fetched: Vec<&'static str>,
    /// The one being fetched.
    pub fetching: Option<Fetching>,
    /// Why the last one was not fetched, with its name.
    pub error: Option<(&'static str, String)>,
}

/// A set being fetched.
#[derive(Clone, Debug)]
pub struct Fetching {
    /// The job.
    pub job: JobId,
    /// The set.
    pub set: &'static PublicSet,
    /// What is being done, and how much of it.
    pub progress: (String, u64, u64),
    /// Whether a person has cancelled it.
    pub cancelled: bool,
}

/// Begins to fetch a set.
pub fn fetch(state: &mut State, set: &'static PublicSet) -> Vec<Effect> {
    if let Some(other) = &state.public.fetching {
        let title = tr_dynamic(other.set.title);
        state.tell(
            Level::Warning,
            tr!("{set} is being fetched; wait for it or cancel it first.", set = title),
        );
        return Vec::new();
    }
    let job = state.next_job();
    state.public.error = None;
    let progress = (later!("Connecting").to_owned(), 0, 0);
    state.public.fetching = Some(Fetching { job, set, progress, cancelled: false });
    let folder = state.public.folder.clone();
    vec![Effect::Fetcher(Command::Start(job, Job::Fetch { set, folder }))]
}

/// A person gives up; what came so far is kept for the next time.
pub fn cancel(state: &mut State) -> Vec<Effect> {
    match &mut state.public.fetching {
        Some(fetching) => {
            fetching.cancelled = true;
            vec![Effect::Fetcher(Command::Control(fetching.job, Control::Stop))]
        }
        None => Vec::new(),
    }
}

/// The worker says something about the fetching.
pub fn report(state: &mut State, kind: WorkerEventKind) -> Vec<Effect> {
    match kind {
        WorkerEventKind::Run(Event::Progress { stage, done, total }) => {
            if let Some(fetching) = &mut state.public.fetching {
                fetching.progress = (stage, done, total);
            }
            Vec::new()
        }
        WorkerEventKind::Ended(result) => ended(state, result),
        _ => Vec::new(),
    }
}

fn ended(state: &mut State, result: Result<(), String>) -> Vec<Effect> {
    let Some(Fetching { set, cancelled, .. }) = state.public.fetching.take() else { return Vec::new() };
    let title = tr_dynamic(set.title);
    match result {
        Ok(()) if cancelled => {
            state.tell(Level::Info, tr!("Fetching {set} was cancelled; what came is kept.", set = title));
        }
        Ok(()) => state.tell(Level::Info, tr!("{set} was fetched.", set = title)),
        Err(reason) => {
            state.tell(Level::Error, reason.clone());
            state.public.error = Some((set.name, reason));
        }
    }
    vec![Effect::ListPublic]
}
