//! Going on from a checkpoint of a run in a new one: the trainer writes its folder, and then it is
//! resumed like a run that was cut off.

use super::resuming;
use crate::app::{Effect, State};
use crate::config::Value;
use crate::runs::{Level, new_run_folder};
use crate::train::{ForkJob, ForkPoint};
use crate::worker::{Command, Job, WorkerEventKind};
use std::path::PathBuf;

/// Asks for the fork.
pub fn go_on_from(
    state: &mut State,
    run: PathBuf,
    step: u64,
    changes: Vec<(&'static str, Value)>,
) -> Vec<Effect> {
    if state.going_back.is_some() {
        return Vec::new();
    }
    if let Some(reason) = state.why_busy() {
        state.tell(Level::Warning, reason);
        return Vec::new();
    }
    let folder = new_run_folder(&state.runs_folder, "fork");
    let job = state.next_job();
    state.going_back = Some((job, folder.clone()));
    (state.notice, state.remedies) = (None, Vec::new());
    let changes = changes.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    let fork = ForkJob { run, point: ForkPoint::Step(step), changes, folder, name: String::new() };
    vec![Effect::Trainer(Command::Start(job, Job::Fork(fork)))]
}

/// The trainer says something about it.
pub fn report(state: &mut State, kind: WorkerEventKind) -> Vec<Effect> {
    let WorkerEventKind::Ended(result) = kind else { return Vec::new() };
    let Some((_, folder)) = state.going_back.take() else { return Vec::new() };
    match result {
        Ok(()) => {
            let mut effects = vec![Effect::ListRuns];
            effects.extend(resuming::resume(state, folder));
            effects
        }
        Err(reason) => {
            state.tell(Level::Error, reason);
            Vec::new()
        }
    }
}
