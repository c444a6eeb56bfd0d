//! What the background thread does with each job: train, go on, estimate, evaluate, predict, describe,
//! check, show pictures or tokens, fetch.

use super::desk::{JobObserver, JobSteering};
use super::handle::Work;
use super::{Job, WorkerEventKind};
use crate::data::catalogue::fetch;
use crate::data::{DataError, Dataset, OpenOptions, Split, open, preview, summary};
use crate::preprocess::{DataReport, ModelView, PreprocessError, SeenTokens};
use crate::runs::{Checkpoints, Done, Event, Outcome};
use crate::train::{
    Control, Estimator, ExtendJob, Observer, PredictReply, PredictRequest, Predictor, ResumeJob, Steering,
    TrainError, TrainJob, extend, resume, run,
};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Does all kinds of jobs. Keeps the last model opened, since predictions come in a row, and
/// what estimates rest on.
#[derive(Default)]
pub struct Trainer {
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
            Job::Train { config, data, folder } => {
                let job = TrainJob { config: *config, data, folder: Some(folder) };
                ended(run(job, steering, observer))
            }
            Job::Extend { run, changes, data } => {
                ended(extend(ExtendJob { run, changes, data }, steering, observer))
            }
            Job::Resume { run, data } => {
                ended(resume(ResumeJob { run, changes: Vec::new(), data }, steering, observer))
            }
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
            Job::Estimate { config, data } => {
                let link = Interruptible::new(steering, observer);
                let progress = |stage: &'static str, done, total| link.progress(stage, done, total);
                let found = self.estimator.estimate(&config, &data, &progress);
                match found {
                    Ok(estimate) => {
                        observer.report(WorkerEventKind::Estimated(Box::new(estimate)));
                        Ok(())
                    }
                    Err(TrainError::Cancelled) => Ok(()),
                    Err(error) => Err(error.to_string()),
                }
            }
            Job::Describe { source, options, hold_out: (fraction, seed) } => {
                let data = Interruptible::new(steering, observer).read(&source, &options);
                let Some(mut data) = cancelled_is_none(data)? else { return Ok(()) };
                data.hold_out(fraction, seed);
                let numbers = summary(&data);
                observer.report(WorkerEventKind::Data(Arc::new(data), numbers));
                Ok(())
            }
            Job::Check { data, config } => {
                let link = Interruptible::new(steering, observer);
                let progress = |stage: &'static str, done, total| link.progress(stage, done, total);
                match DataReport::make(&data, &config, &progress) {
                    Ok(report) => observer.report(WorkerEventKind::Report(Arc::new(report))),
                    Err(PreprocessError::Cancelled) => {}
                    Err(error) => return Err(error.to_string()),
                }
                Ok(())
            }
            Job::ModelView { data, config, request } => {
                let link = Interruptible::new(steering, observer);
                let progress = |stage: &'static str, done, total| link.progress(stage, done, total);
                match ModelView::make(&data, &config, &request, &progress) {
                    Ok(view) => observer.report(WorkerEventKind::ModelView(Arc::new(view))),
                    Err(PreprocessError::Cancelled) => {}
                    Err(error) => return Err(error.to_string()),
                }
                Ok(())
            }
            Job::Tokens { data, config, sample } => {
                let link = Interruptible::new(steering, observer);
                let progress = |stage: &'static str, done, total| link.progress(stage, done, total);
                match SeenTokens::make(&data, &config, sample, &progress) {
                    Ok(seen) => observer.report(WorkerEventKind::Tokens(Arc::new(seen))),
                    Err(PreprocessError::Cancelled) => {}
                    Err(error) => return Err(error.to_string()),
                }
                Ok(())
            }
            Job::Fetch { set, folder } => {
                let link = Interruptible::new(steering, observer);
                let progress = |stage: &'static str, done, total| link.progress(stage, done, total);
                match fetch(set, &folder, &progress) {
                    Ok(_) | Err(DataError::Cancelled) => Ok(()),
                    Err(error) => Err(error.to_string()),
                }
            }
        }
    }
}

impl Trainer {
    fn evaluate(
        &mut self,
        run: &Path,
        source: Option<String>,
        split: Option<Split>,
        steering: &mut JobSteering,
        observer: &mut JobObserver,
    ) -> Result<(), String> {
        let predictor = self.predictor(run).map_err(|error| error.to_string())?;
        let link = Interruptible::new(steering, observer);
        let progress = |stage: &'static str, done, total| link.progress(stage, done, total);
        let elsewhere = source.is_some();
        let data = match source {
            Some(source) => open(&source, &predictor.open_options(), &progress).map_err(TrainError::from),
            None => predictor.own_data(&progress),
        };
        let found = data.and_then(|data| {
            let (evaluation, table) = predictor.evaluate(&data, split, &progress)?;
            Ok((data, evaluation, table))
        });
        match found {
            Ok((data, evaluation, table)) => {
                observer.event(&Event::Evaluation(Box::new(evaluation)));
                observer.predictions(&Arc::new(table));
                if elsewhere {
                    let numbers = summary(&data);
                    observer.report(WorkerEventKind::Data(Arc::new(data), numbers));
                }
                Ok(())
            }
            Err(TrainError::Cancelled) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
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
        let link = Interruptible::new(steering, observer);
        let progress = |stage: &'static str, done, total| link.progress(stage, done, total);
        let options = predictor.open_options();
        match predictor.predict_to_csv(Path::new(source), &options, out, &progress) {
            Ok(written) => {
                observer.report(WorkerEventKind::PredictedFile(written));
                Ok(())
            }
            Err(TrainError::Cancelled) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
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
        Ok(_) | Err(TrainError::Cancelled) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

fn refusal(request: &PredictRequest, reason: &str) -> PredictReply {
    let probabilities = request.inputs.iter().map(|_| Err(reason.to_owned())).collect();
    PredictReply { id: request.id, step: 0, probabilities }
}

fn cancelled_is_none(data: Result<Dataset, DataError>) -> Result<Option<Dataset>, String> {
    match data {
        Ok(data) => Ok(Some(data)),
        Err(DataError::Cancelled) => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

/// Progress that looks at the stop flag, from whichever thread reads.
struct Interruptible<'a>(Mutex<(&'a mut JobSteering, &'a mut JobObserver)>);

impl<'a> Interruptible<'a> {
    fn new(steering: &'a mut JobSteering, observer: &'a mut JobObserver) -> Self {
        Self(Mutex::new((steering, observer)))
    }

    fn progress(&self, stage: &str, done: u64, total: u64) -> bool {
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

    fn read(&self, source: &str, options: &OpenOptions) -> Result<Dataset, DataError> {
        open(source, options, &|stage, done, total| self.progress(stage, done, total))
    }
}
