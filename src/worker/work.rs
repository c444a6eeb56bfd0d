//! What the background thread does with each job: train, go on, fork, verify, estimate, evaluate,
//! predict, describe, check, show what the model is given, fetch.

use super::desk::{JobObserver, JobSteering};
use super::handle::Work;
use super::{Job, WorkerEventKind};
use crate::data::catalogue::fetch;
use crate::data::{DataError, Dataset, Progress, Split, open, preview, summary};
use crate::preprocess::{DataReport, ModelView, PreprocessError};
use crate::runs::{Checkpoints, Done, Event, Outcome};
use crate::train::{
    Control, Estimator, ExtendJob, Observer, PredictReply, PredictRequest, Predictor, ResumeJob, Room,
    Steering, TrainError, TrainJob, extend, fork, resume, run_within, verify,
};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Does all kinds of jobs. Keeps the last model opened, since predictions come in a row, and
/// what estimates rest on.
#[derive(Default)]
pub struct Trainer {
    /// Bytes of memory that count as free; `None` asks the system.
    free: Option<u64>,
    open: Option<Predictor>,
    estimator: Estimator,
}

impl Work for Trainer {
    fn run(
        &mut self,
        job: Job,
        steering: &mut JobSteering,
        observer: &mut JobObserver,
    ) -> Result<(), String> {
        match job {
            Job::Train { config, data, folder, force } => {
                let job = TrainJob { config: *config, data, folder: Some(folder) };
                let done = run_within(job, steering, observer, Room { free: self.free, force });
                if let Err(TrainError::Memory(shortage)) = &done {
                    observer.report(WorkerEventKind::Shortage(shortage.clone()));
                }
                ended(done)
            }
            Job::Extend { run, changes, data } => {
                ended(extend(ExtendJob { run, changes, data }, steering, observer))
            }
            Job::Resume { run, data } => {
                ended(resume(ResumeJob { run, changes: Vec::new(), data }, steering, observer))
            }
            Job::Fork(job) => fork(&job).map(|_| ()).map_err(|error| error.to_string()),
            Job::Verify(job) => match verify(job, steering, observer) {
                Ok(found) => {
                    observer.report(WorkerEventKind::Verified(Box::new(found)));
                    Ok(())
                }
                Err(error) if error.is_cancelled() => Ok(()),
                Err(error) => Err(error.to_string()),
            },
            Job::Evaluate { run, source, split } => self.evaluate(&run, source, split, steering, observer),
            Job::PredictFile { run, source, out } => {
                self.predict_file(&run, &source, &out, steering, observer)
            }
            Job::Predict { run, request } => {
                let reply = match self.predictor(&run) {
                    Ok(predictor) => predictor.answer(&request),
                    Err(error) => refusal(&request, &error.to_string()),
                };
                observer.predicted(reply);
                Ok(())
            }
            Job::Preview { source, options } => {
                let found = preview(&source, &options).map_err(|error| error.to_string())?;
                if let Some(preview) = found {
                    observer.report(WorkerEventKind::Preview(Box::new(preview)));
                }
                Ok(())
            }
            Job::Estimate { config, data } => interruptible(steering, observer, |progress| {
                let estimate = self.estimator.estimate(&config, &data, progress)?;
                Ok::<_, TrainError>(vec![WorkerEventKind::Estimated(Box::new(estimate))])
            }),
            Job::Describe { source, options, hold_out: (fraction, seed) } => {
                interruptible(steering, observer, |progress| {
                    let mut data = open(&source, &options, progress)?;
                    data.hold_out(fraction, seed);
                    Ok::<_, DataError>(vec![opened(data)])
                })
            }
            Job::Check { data, config } => interruptible(steering, observer, |progress| {
                let report = DataReport::make(&data, &config, progress)?;
                Ok::<_, PreprocessError>(vec![WorkerEventKind::Report(Arc::new(report))])
            }),
            Job::ModelView { data, config, request } => interruptible(steering, observer, |progress| {
                let view = ModelView::make(&data, &config, &request, progress)?;
                Ok::<_, PreprocessError>(vec![WorkerEventKind::ModelView(Arc::new(view))])
            }),
            Job::Fetch { set, folder } => interruptible(steering, observer, |progress| {
                fetch(set, &folder, progress)?;
                Ok::<_, DataError>(Vec::new())
            }),
        }
    }
}

impl Trainer {
    /// One for which so many bytes of memory count as free; `None` asks the system.
    pub fn within(free: Option<u64>) -> Self {
        Self { free, ..Self::default() }
    }

    fn evaluate(
        &mut self,
        run: &Path,
        source: Option<String>,
        split: Option<Split>,
        steering: &mut JobSteering,
        observer: &mut JobObserver,
    ) -> Result<(), String> {
        let predictor = self.predictor(run).map_err(|error| error.to_string())?;
        interruptible(steering, observer, |progress| {
            let data = match &source {
                Some(source) => open(source, &predictor.open_options(), progress)?,
                None => predictor.own_data(progress)?,
            };
            let (evaluation, table) = predictor.evaluate(&data, split, progress)?;
            let mut found = vec![
                WorkerEventKind::Run(Event::Evaluation(Box::new(evaluation))),
                WorkerEventKind::Predictions(Arc::new(table)),
            ];
            found.extend(source.is_some().then(|| opened(data)));
            Ok::<_, TrainError>(found)
        })
    }

    fn predict_file(
        &mut self,
        run: &Path,
        source: &str,
        out: &Path,
        steering: &mut JobSteering,
        observer: &mut JobObserver,
    ) -> Result<(), String> {
        let predictor = self.predictor(run).map_err(|error| error.to_string())?;
        let options = predictor.open_options();
        interruptible(steering, observer, |progress| {
            let written = predictor.predict_to_csv(Path::new(source), &options, out, progress)?;
            Ok::<_, TrainError>(vec![WorkerEventKind::PredictedFile(written)])
        })
    }

    /// The run's last model; opened again only when there is a newer checkpoint.
    fn predictor(&mut self, run: &Path) -> Result<&Predictor, TrainError> {
        let last = Checkpoints::of(run).last();
        match self.open.take().filter(|open| last.as_deref() == Some(open.checkpoint())) {
            Some(open) => Ok(self.open.insert(open)),
            None => Ok(self.open.insert(Predictor::open(run)?)),
        }
    }
}

/// How a run ended, for the job.
fn ended(done: Result<Done, TrainError>) -> Result<(), String> {
    match done {
        Ok(done) if done.outcome == Outcome::Failed => Err(done.reason),
        Ok(_) | Err(TrainError::Cancelled | TrainError::LeftAsItWas) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

fn refusal(request: &PredictRequest, reason: &str) -> PredictReply {
    let probabilities = request.inputs.iter().map(|_| Err(reason.to_owned())).collect();
    PredictReply { id: request.id, step: 0, probabilities, saliency: None }
}

fn opened(data: Dataset) -> WorkerEventKind {
    let numbers = summary(&data);
    WorkerEventKind::Data(Arc::new(data), numbers)
}

/// Errors of work that looks at its progress: whether they only say that it was told to stop.
trait Cancellable: ToString {
    fn is_cancelled(&self) -> bool;
}

impl Cancellable for DataError {
    fn is_cancelled(&self) -> bool {
        matches!(self, Self::Cancelled)
    }
}

impl Cancellable for PreprocessError {
    fn is_cancelled(&self) -> bool {
        matches!(self, Self::Cancelled)
    }
}

impl Cancellable for TrainError {
    fn is_cancelled(&self) -> bool {
        matches!(self, Self::Cancelled)
    }
}

/// Does work that a person can stop, and reports what comes of it. Work that was stopped reports
/// nothing and is no failure.
fn interruptible<E: Cancellable>(
    steering: &mut JobSteering,
    observer: &mut JobObserver,
    work: impl FnOnce(Progress<'_>) -> Result<Vec<WorkerEventKind>, E>,
) -> Result<(), String> {
    let found = work(&Link::new(steering, observer).progress());
    match found {
        Ok(found) => {
            found.into_iter().for_each(|kind| observer.report(kind));
            Ok(())
        }
        Err(error) if error.is_cancelled() => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

/// Progress that looks at the stop flag, from whichever thread reads.
struct Link<'a>(Mutex<(&'a mut JobSteering, &'a mut JobObserver)>);

impl<'a> Link<'a> {
    fn new(steering: &'a mut JobSteering, observer: &'a mut JobObserver) -> Self {
        Self(Mutex::new((steering, observer)))
    }

    fn progress(self) -> impl Fn(&'static str, u64, u64) -> bool + Sync + use<'a> {
        move |stage, done, total| {
            let (steering, observer) = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
            observer.event(&Event::Progress { stage: stage.to_owned(), done, total });
            // Any other wish means nothing to a job without steps.
            while let Some(control) = steering.poll() {
                if control == Control::Stop {
                    return false;
                }
            }
            true
        }
    }
}
