//! From a job to a session that is ready for its first step. Everything that can be wrong
//! with settings, folder, data and labels is found here, and then nothing is left behind.

use super::TrainError;
use super::baseline::Cheap;
use super::clock::Stopwatch;
use super::deadline::Pace;
use super::good::Good;
use super::learner::Learner;
use super::link::Link;
use super::machine::Watch;
use super::place::{Place, steps_per_epoch, total_steps};
use super::room;
use super::run::TrainJob;
use super::sampling::Sampler;
use super::session::{Marks, Session};
use super::spike::Spikes;
use super::wishes::Stop;
use crate::config::RunConfig;
use crate::data::{Dataset, OpenOptions, Progress, Split, Target, open, summary};
use crate::preprocess::Preprocess;
use crate::runs::{Accepted, Event, Labels, RunFolder};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::SystemTime;

/// Opens, checks and builds everything.
pub(super) fn prepare<'a>(job: TrainJob, link: &'a Link<'a>) -> Result<Session<'a>, TrainError> {
    job.config.validate()?;
    let config = job.config.with_absolute_paths();
    // The folder comes first, with all that the run can be begun again from: an hour of reading
    // must not end at a folder that cannot be written.
    let create = |path| RunFolder::create_on(path, &config, link.disk());
    let folder = job.folder.as_deref().map(create).transpose()?;
    match build(config, job.data, folder.as_ref(), None, link) {
        Ok(built) => Ok(built.into_session(folder, link)),
        Err(error) => {
            if let Some(folder) = folder {
                folder.abandon();
            }
            Err(error)
        }
    }
}

pub(super) struct Built {
    config: RunConfig,
    data: Arc<Dataset>,
    learner: Learner,
    beside: BTreeMap<String, String>,
    pub accepted: Box<Accepted>,
    /// That memory is short.
    pub warning: Option<Event>,
}

/// Everything that a first step needs. Data with another fingerprint than the one `expected`
/// is refused.
pub(super) fn build(
    config: RunConfig,
    data: Option<Arc<Dataset>>,
    folder: Option<&RunFolder>,
    expected: Option<&str>,
    link: &Link<'_>,
) -> Result<Built, TrainError> {
    let progress = |stage, done, total| {
        link.progress(stage, done, total);
        link.look() == Stop::No
    };
    let mut data = match data {
        Some(data) => Arc::unwrap_or_clone(data),
        None if expected.is_some() => open_again(&config, &progress)?,
        None => open(&config.data.source, &OpenOptions::of(&config), &progress)?,
    };
    data.hold_out(config.data.validation_fraction, config.train.seed);
    if let Some(expected) = expected {
        check_same(&data, expected)?;
    }
    check_labels(&data)?;
    let preprocess = Preprocess::fit(&data, &config, &progress)?;
    let warning = room::check(link.room(), &config, &data, &preprocess)?;
    let learner = Learner::build(&config, &data, preprocess, &progress)?;
    let mut beside = BTreeMap::new();
    if let Some(folder) = folder {
        folder.check_room(learner.checkpoint_bytes())?;
        learner.engine.preprocess.save(folder.path())?;
        folder.write_labels(&Labels { task: data.task, classes: data.classes.clone() })?;
        beside = super::checkpoint::beside(folder.path())?;
    }
    if link.look() != Stop::No {
        return Err(TrainError::Cancelled);
    }
    let accepted = accepted(&config, &data, &learner, folder);
    Ok(Built { config, data: Arc::new(data), learner, beside, accepted: Box::new(accepted), warning })
}

impl Built {
    pub fn into_session<'a>(self, folder: Option<RunFolder>, link: &'a Link<'a>) -> Session<'a> {
        let train = &self.config.train;
        let place = Place::start(Sampler::new(train.sampling, train.seed, &self.data));
        Session {
            link,
            config: self.config,
            data: self.data,
            learner: self.learner,
            folder,
            place,
            opening: std::iter::once(Event::Accepted(self.accepted.clone())).chain(self.warning).collect(),
            accepted: self.accepted,
            stopwatch: Stopwatch::start(link.now(), 0.0),
            pace: Pace::default(),
            first_step: 0,
            told_deadline: 0.0,
            watch: Watch::new(),
            spikes: Spikes::default(),
            good: Good::default(),
            marks: Marks::none(),
            cheap: Cheap::default(),
            stands: false,
            changes: Vec::new(),
            replay: VecDeque::new(),
            owes_evaluation: false,
            beside: self.beside,
        }
    }
}

/// Opens a run's data as its settings say, with the run's validation split.
///
/// # Errors
/// [`TrainError`] as the data's.
pub fn open_data(config: &RunConfig, progress: Progress<'_>) -> Result<Dataset, TrainError> {
    let mut data = open(&config.data.source, &OpenOptions::of(config), progress)?;
    data.hold_out(config.data.validation_fraction, config.train.seed);
    Ok(data)
}

/// Opens the data of a run that goes on: what is gone then was there before.
pub(super) fn open_again(config: &RunConfig, progress: Progress<'_>) -> Result<Dataset, TrainError> {
    let source = &config.data.source;
    open(source, &OpenOptions::of(config), progress).map_err(|error| {
        let path = std::path::Path::new(source);
        if !path.is_absolute() || path.exists() {
            return error.into();
        }
        TrainError::Unfit {
            source_name: source.clone(),
            cause: "the data that the run was trained on is no longer there".to_owned(),
            remedy: "put it back in this place and resume the run again; the run is as it was".to_owned(),
        }
    })
}

/// Data that a run was trained on must be the same when it goes on.
pub(super) fn check_same(data: &Dataset, fingerprint: &str) -> Result<(), TrainError> {
    if data.fingerprint == fingerprint {
        return Ok(());
    }
    Err(TrainError::Unfit {
        source_name: data.source.clone(),
        cause: "the data is not what the run was trained on, so its splits would mix".to_owned(),
        remedy: "put the old files back, or train a new run".to_owned(),
    })
}

/// Every label must be a class, and there must be something to tell apart: a cross-entropy
/// fed with a class that does not exist gives a plausible number and learns nothing.
pub(super) fn check_labels(data: &Dataset) -> Result<(), TrainError> {
    let unfit = |cause: String, remedy: &str| TrainError::Unfit {
        source_name: data.source.clone(),
        cause,
        remedy: remedy.to_owned(),
    };
    let mut counts = vec![0u64; data.classes.len()];
    for (index, (target, split)) in data.targets.iter().zip(&data.splits).enumerate() {
        match target {
            Target::Class(class) => match counts.get_mut(*class as usize) {
                Some(count) => *count += u64::from(*split == Split::Train),
                None => {
                    let classes = data.classes.len();
                    let cause =
                        format!("sample {index} has the label {class}, but there are {classes} classes");
                    return Err(unfit(cause, "correct the label, or name the missing classes"));
                }
            },
            Target::Unlabelled if *split == Split::Train => {
                let cause = format!("training sample {index} has no label");
                return Err(unfit(cause, "label it, or take it out of the training examples"));
            }
            Target::Unlabelled => {}
        }
    }
    if counts.iter().filter(|count| **count > 0).count() < 2 {
        let cause =
            format!("the {} training examples have fewer than two classes", counts.iter().sum::<u64>());
        return Err(unfit(cause, "give examples of at least two classes, or lower data.validation_fraction"));
    }
    Ok(())
}

/// What the run is.
pub(super) fn accepted(
    config: &RunConfig,
    data: &Dataset,
    learner: &Learner,
    folder: Option<&RunFolder>,
) -> Accepted {
    let per_epoch = steps_per_epoch(data.count(Split::Train), config.train.batch_size);
    Accepted {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started: SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs()),
        run: folder.map(|folder| folder.path().to_string_lossy().into_owned()).unwrap_or_default(),
        config: config.clone(),
        task: data.task,
        data: summary(data),
        parameters: learner.engine.model.parameters().len() as u64,
        steps_per_epoch: per_epoch,
        total_steps: total_steps(per_epoch, config.train.epochs, config.train.max_steps),
        device: learner.engine.device(),
    }
}
