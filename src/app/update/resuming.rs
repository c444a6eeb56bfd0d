//! Resuming a run that was stopped, cut off or failed: it is read, shown, and goes on where its
//! newest checkpoint is. At the start one that was cut off is offered.

use crate::app::{Activity, Effect, RunRow, State};
use crate::config::SETTINGS;
use crate::language::tr;
use crate::runs::{Level, RunStatus};
use crate::worker::{Command, Job};
use std::path::{Path, PathBuf};

/// Reads a run, to resume it as soon as it is shown.
pub fn resume(state: &mut State, folder: PathBuf) -> Vec<Effect> {
    if let Some(reason) = state.why_busy() {
        state.tell(Level::Warning, reason);
        return Vec::new();
    }
    state.offer = None;
    state.resuming = Some(folder.clone());
    super::reopening::open(state, folder)
}

/// The run was read and is shown: the trainer goes on with it, if that was wished.
pub fn loaded(state: &mut State, folder: &Path) -> Vec<Effect> {
    let wished = state.resuming.take();
    if wished.as_deref() != Some(folder) || state.why_busy().is_some() {
        return Vec::new();
    }
    if state.follows(folder) {
        state.tell(Level::Warning, tr!("Another process is training this run; stop or steer it there."));
        return Vec::new();
    }
    let job = state.next_job();
    // What may change during a run shows the values of the run that is going.
    if let Some(accepted) = state.run.as_ref().and_then(|run| run.accepted.as_ref()) {
        let config = accepted.config.clone();
        for row in SETTINGS.iter().filter(|row| row.live) {
            let _ = row.set(&mut state.config, &(row.get)(&config));
        }
        super::recheck(state);
    }
    state.activity = Activity::Starting(job);
    state.shows_live = true;
    state.background = None;
    state.notice = None;
    let data = state.run_data.clone();
    vec![Effect::Trainer(Command::Start(job, Job::Resume { run: folder.to_owned(), data }))]
}

/// The list of runs was read; the first time, the newest of those that were cut off is offered.
pub fn listed(state: &mut State, rows: Vec<RunRow>) {
    let first = !std::mem::replace(&mut state.listed, true);
    let cut_off = |row: &&RunRow| row.status == RunStatus::CutOff.name();
    if first && state.activity == Activity::Idle {
        state.offer = rows.iter().find(cut_off).map(|row| row.folder.clone());
    }
    state.runs = rows;
}
