//! What a run can be forked from: its checkpoints with the settings that each was made with, and
//! for what a fork with other settings would be refused. It reads no weights and writes nothing;
//! whether a checkpoint is sound is found out by [`super::fork`].

use super::TrainError;
use super::checkpoint::CheckpointState;
use super::extend::refuse_what_is_no_run;
use super::fork::{changed, check_fork_plan};
use crate::config::{ConfigError, RunConfig, Value};
use crate::data::Modality;
use crate::runs::{Checkpoints, Event, RunError, read_run};
use std::path::Path;

/// A checkpoint that a fork may go on from.
#[derive(Clone, Debug, PartialEq)]
pub struct Forkable {
    /// Its step.
    pub step: u64,
    /// Whether it is the run's newest.
    pub newest: bool,
    /// Whether it has the run's best validation result.
    pub best: bool,
    /// The settings at that step.
    pub settings: RunConfig,
    /// Updates in an epoch.
    pub steps_per_epoch: u64,
    /// Images or text.
    pub modality: Modality,
}

impl Forkable {
    /// Settings of a fork with these changes, as (key, value).
    ///
    /// # Errors
    /// What [`super::fork`] would refuse: a value that does not fit, a setting that must stay, a
    /// plan that is over.
    pub fn check(&self, changes: &[(String, Value)]) -> Result<RunConfig, ConfigError> {
        let config = changed(&self.settings, self.step, changes)?.0;
        check_fork_plan(&config, self.step, self.steps_per_epoch)?;
        Ok(config)
    }

    /// For what this one change would be refused, whatever the plan.
    ///
    /// # Errors
    /// As [`Forkable::check`].
    pub fn check_one(&self, key: &str, value: &Value) -> Result<(), ConfigError> {
        changed(&self.settings, self.step, &[(key.to_owned(), value.clone())]).map(|_| ())
    }
}

/// The checkpoints of a run, newest first. What cannot be read is left out.
///
/// # Errors
/// [`TrainError`] when this is no run, its log has no beginning or it keeps no checkpoint.
pub fn forkable(run: &Path) -> Result<Vec<Forkable>, TrainError> {
    refuse_what_is_no_run(run)?;
    let log = read_run(run)?.0;
    let first = log.iter().find_map(|event| if let Event::Accepted(a) = event { Some(a) } else { None });
    let first = first.ok_or_else(|| {
        RunError::at(run, "its log does not say how the run began", "train a new run instead")
    })?;
    let checkpoints = Checkpoints::of(run);
    let best = checkpoints.best();
    let mut found: Vec<Forkable> = Vec::new();
    for step in checkpoints.steps().into_iter().rev() {
        let folder = checkpoints.folder(step);
        let Ok(state) = CheckpointState::read(&folder) else { continue };
        found.push(Forkable {
            step,
            newest: found.is_empty(),
            best: best.as_ref() == Some(&folder),
            settings: state.settings,
            steps_per_epoch: first.steps_per_epoch,
            modality: first.data.modality,
        });
    }
    if found.is_empty() {
        let remedy = "resume it, so that it saves one, or train a new run";
        return Err(RunError::at(run, "the run has no checkpoint to go on from", remedy).into());
    }
    Ok(found)
}
