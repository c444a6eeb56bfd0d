//! What the next run will cost: asked of the reader whenever settings or data have changed,
//! one question at a time, and never while a run goes, which would slow both and measure
//! neither. A question that is overtaken is answered and then asked anew.

use crate::app::{Effect, State};
use crate::train::Estimate;
use crate::worker::{Command, Job, JobId, WorkerEventKind};

/// Asks, if there is something new to ask.
pub fn refresh(state: &mut State) -> Vec<Effect> {
    let busy = state.estimate.job.is_some() || state.opening.is_some() || state.why_busy().is_some();
    let Some(data) = state.data.as_ref().filter(|_| !busy && state.problems.is_empty()) else {
        return Vec::new();
    };
    let asked = state.estimate.asked.as_ref();
    if asked.is_some_and(|(config, data_set)| *config == state.config && *data_set == data.summary) {
        return Vec::new();
    }
    state.estimate.asked = Some((state.config.clone(), data.summary.clone()));
    let (config, data) = (Box::new(state.config.clone()), data.dataset.clone());
    let job = state.next_job();
    state.estimate.job = Some(job);
    vec![Effect::Reader(Command::Start(job, Job::Estimate { config, data }))]
}

/// The reader says something about it.
pub fn report(state: &mut State, job: JobId, kind: WorkerEventKind) {
    match kind {
        WorkerEventKind::Estimated(estimate) => state.estimate.answer = Some(Ok(*estimate)),
        WorkerEventKind::Ended(result) => {
            if let Err(reason) = result {
                state.estimate.answer = Some(Err::<Estimate, String>(reason));
            }
            if state.estimate.job == Some(job) {
                state.estimate.job = None;
            }
        }
        _ => {}
    }
}
