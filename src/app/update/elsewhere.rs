//! The shown run's model put to work on other data: measured on it, or predicting it into a
//! file. Both are jobs of the reader, so training goes on beside them.

use crate::app::{BatchPrediction, Effect, EvaluatedOn, EvaluationOn, State};
use crate::language::{later, tr};
use crate::runs::{Event, Level};
use crate::train::Control;
use crate::worker::{Command, Job, JobId, WorkerEventKind};
use std::path::PathBuf;

/// Measures the shown run's last saved weights on another data set.
pub fn evaluate(state: &mut State, source: &str) -> Vec<Effect> {
    let Some((run, source)) = checked(state, source) else { return Vec::new() };
    let mut effects = cancel_evaluation(state);
    let job = state.next_job();
    state.evaluation_on = Some(EvaluationOn {
        job: Some(job),
        run: run.clone(),
        source: source.clone(),
        classes: state.run.as_ref().map(|run| run.classes().to_vec()).unwrap_or_default(),
        progress: (later!("Opening").to_owned(), 0, 0),
        found: EvaluatedOn::default(),
        result: None,
    });
    let job_kind = Job::Evaluate { run, source: Some(source), split: None };
    effects.push(Effect::Reader(Command::Start(job, job_kind)));
    effects
}

/// Predicts a folder of pictures or a table into a CSV file.
pub fn predict(state: &mut State, source: &str, out: PathBuf) -> Vec<Effect> {
    let Some((run, source)) = checked(state, source) else { return Vec::new() };
    if out.as_os_str().is_empty() {
        state.tell(Level::Warning, tr!("Give the CSV file that the predictions are to be written to."));
        return Vec::new();
    }
    let mut effects = cancel_prediction(state);
    let job = state.next_job();
    state.batch_prediction = Some(BatchPrediction {
        job: Some(job),
        run: run.clone(),
        source: source.clone(),
        out: out.clone(),
        progress: (later!("Opening").to_owned(), 0, 0),
        written: None,
        result: None,
    });
    effects.push(Effect::Reader(Command::Start(job, Job::PredictFile { run, source, out })));
    effects
}

/// The shown run's folder and the source, if both are there.
fn checked(state: &mut State, source: &str) -> Option<(PathBuf, String)> {
    let source = source.trim();
    let run = state.run.as_ref().filter(|run| run.accepted.is_some()).map(|run| run.folder.clone());
    match run {
        None => {
            state.tell(Level::Warning, tr!("Train a model or open a run first."));
            None
        }
        Some(_) if source.is_empty() => {
            state.tell(Level::Warning, tr!("Give the path of a file or folder."));
            None
        }
        Some(run) => Some((run, source.to_owned())),
    }
}

/// Stops a measurement that is going, or puts its result away; nothing is shown of it.
pub fn cancel_evaluation(state: &mut State) -> Vec<Effect> {
    stop(state.evaluation_on.take().and_then(|on| on.job))
}

/// Stops a batch prediction that is going, so that no file is left behind, or puts its result
/// away.
pub fn cancel_prediction(state: &mut State) -> Vec<Effect> {
    stop(state.batch_prediction.take().and_then(|batch| batch.job))
}

fn stop(job: Option<JobId>) -> Vec<Effect> {
    job.map(|job| Effect::Reader(Command::Control(job, Control::Stop))).into_iter().collect()
}

/// The reader says something about one of the two; what is about neither is dropped.
pub fn report(state: &mut State, job: JobId, kind: WorkerEventKind) {
    if let Some(on) = state.evaluation_on.as_mut().filter(|on| on.job == Some(job)) {
        match kind {
            WorkerEventKind::Run(Event::Progress { stage, done, total }) => {
                on.progress = (stage, done, total)
            }
            WorkerEventKind::Run(Event::Evaluation(evaluation)) => on.found.evaluation = Some(*evaluation),
            WorkerEventKind::Predictions(table) => on.found.predictions = Some(table),
            WorkerEventKind::Data(data, _) => on.found.data = Some(data),
            WorkerEventKind::Ended(result) => {
                on.job = None;
                let text = match (&result, &on.found.evaluation) {
                    (Err(reason), _) => Some((Level::Error, reason.clone())),
                    (Ok(()), Some(evaluation)) => Some((
                        Level::Info,
                        tr!(
                            "Evaluated {count} examples of {source}.",
                            count = evaluation.samples,
                            source = on.source
                        ),
                    )),
                    (Ok(()), None) => None,
                };
                on.result = Some(result);
                if let Some((level, text)) = text {
                    state.tell(level, text);
                }
            }
            _ => {}
        }
        return;
    }
    if let Some(batch) = state.batch_prediction.as_mut().filter(|batch| batch.job == Some(job)) {
        match kind {
            WorkerEventKind::Run(Event::Progress { stage, done, total }) => {
                batch.progress = (stage, done, total);
            }
            WorkerEventKind::PredictedFile(written) => batch.written = Some(written),
            WorkerEventKind::Ended(result) => {
                batch.job = None;
                let text = match (&result, &batch.written) {
                    (Err(reason), _) => Some((Level::Error, reason.clone())),
                    (Ok(()), Some(written)) => Some((Level::Info, written_text(batch, written))),
                    (Ok(()), None) => None,
                };
                batch.result = Some(result);
                if let Some((level, text)) = text {
                    state.tell(level, text);
                }
            }
            _ => {}
        }
    }
}

fn written_text(batch: &BatchPrediction, written: &crate::train::PredictedFile) -> String {
    let failed = match written.failed {
        0 => String::new(),
        failed => tr!(" {count} could not be predicted; the last column says why.", count = failed),
    };
    let (count, file) = (written.rows, batch.out.display());
    tr!("Wrote the predictions of {count} examples to {file}.", count = count, file = file) + &failed
}
