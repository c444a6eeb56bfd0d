//! Verifying a run: the trainer trains a part of it again and compares, while no run goes. What
//! came out the same carries a mark on disk, which the list of runs reads; what differs is told,
//! with the step and what differs there.

use super::tell_notice;
use crate::app::{Effect, State};
use crate::language::{later, tr};
use crate::runs::{Event, Level};
use crate::train::{Control, Verification, VerifyJob};
use crate::worker::{Command, Job, JobId, WorkerEventKind};
use std::path::{Path, PathBuf};

/// A run that is being verified, or the last one that was.
#[derive(Clone, Debug)]
pub struct Verifying {
    /// The trainer's job while it is going.
    pub job: Option<JobId>,
    /// Folder of the run.
    pub run: PathBuf,
    /// What is being done: (stage, done, total); a total of 0 is not known.
    pub progress: (String, u64, u64),
    /// Where it differs, as (step, what), if it does.
    pub differs: Option<(u64, String)>,
}

impl State {
    /// The run that is being verified now.
    pub fn verifies(&self) -> Option<&Verifying> {
        self.verifying.as_ref().filter(|verifying| verifying.job.is_some())
    }

    /// Why the trainer can be given nothing to do now; `None` when it can.
    pub fn why_busy(&self) -> Option<String> {
        if self.training_job().is_some() {
            return Some(tr!("A run is going; stop it first.").to_owned());
        }
        let busy = tr!("A run is being verified; cancel that first, or wait for it.");
        self.verifies().map(|_| busy.to_owned())
    }

    /// Why a run cannot be verified now; `None` when it can.
    pub fn why_not_verify(&self, folder: &Path) -> Option<String> {
        let going = |row: &crate::app::RunRow| row.folder == folder && row.status == "running";
        if self.runs.iter().any(going) || self.follows(folder) {
            return Some(tr!("The run is going; wait until it has ended.").to_owned());
        }
        self.why_busy()
    }
}

/// Verifies a run, its last steps or all of it.
pub fn verify(state: &mut State, run: PathBuf, from_start: bool) -> Vec<Effect> {
    if let Some(reason) = state.why_not_verify(&run) {
        state.tell(Level::Warning, reason);
        return Vec::new();
    }
    let job = state.next_job();
    let shown = state.run.as_ref().is_some_and(|shown| shown.folder == run);
    let data = state.run_data.clone().filter(|_| shown);
    state.verifying = Some(Verifying {
        job: Some(job),
        run: run.clone(),
        progress: (later!("Preparing").to_owned(), 0, 0),
        differs: None,
    });
    vec![Effect::Trainer(Command::Start(job, Job::Verify(VerifyJob { run, steps: 1, from_start, data })))]
}

/// Verifies the last steps of the run shown.
pub fn verify_shown(state: &mut State) -> Vec<Effect> {
    match state.run.as_ref().filter(|run| run.accepted.is_some()).map(|run| run.folder.clone()) {
        Some(folder) => verify(state, folder, false),
        None => {
            state.tell(Level::Warning, tr!("Open a run first, in the Runs panel."));
            Vec::new()
        }
    }
}

/// Ends it without a result.
pub fn cancel(state: &mut State) -> Vec<Effect> {
    let job = state.verifies().and_then(|verifying| verifying.job);
    job.map(|job| Effect::Trainer(Command::Control(job, Control::Stop))).into_iter().collect()
}

/// The trainer says something about it.
pub fn report(state: &mut State, kind: WorkerEventKind) -> Vec<Effect> {
    tell_notice(state, &kind);
    let Some(verifying) = &mut state.verifying else { return Vec::new() };
    match kind {
        WorkerEventKind::Run(Event::Progress { stage, done, total }) => {
            verifying.progress = (stage, done, total);
            Vec::new()
        }
        WorkerEventKind::Verified(found) => {
            verifying.differs = found.difference.as_ref().map(|found| (found.step, found.what.clone()));
            let name = state.title_of(&found.run);
            let (level, text) = told(&name, &found);
            state.tell(level, text);
            Vec::new()
        }
        WorkerEventKind::Ended(result) => {
            verifying.job = None;
            if let Err(reason) = result {
                state.tell(Level::Error, reason);
            }
            vec![Effect::ListRuns]
        }
        _ => Vec::new(),
    }
}

/// What came of it, in words.
fn told(run: &str, found: &Verification) -> (Level, String) {
    let replay = &found.replay;
    let (from, to) = (replay.from_step + 1, replay.to_step);
    match &found.difference {
        None => (
            Level::Info,
            tr!(
                "{run} is verified: steps {from} to {to} come out the same, to the last bit of weights and optimizer.",
                run = run,
                from = from,
                to = to
            ),
        ),
        Some(difference) => (
            Level::Error,
            tr!(
                "{run} does not come out the same: of steps {from} to {to} the first that differs is step {step}: {what}. Another processor, another version of the program or changed files may be why; the run is as it was.",
                run = run,
                from = from,
                to = to,
                step = difference.step,
                what = difference.what
            ),
        ),
    }
}
