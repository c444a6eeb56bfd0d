//! Why a run could not begin. Once it has begun, its end is an event and never an error.

use super::parallel::ComputeError;
use super::room::Shortage;
use crate::config::ConfigError;
use crate::data::DataError;
use crate::model::ModelError;
use crate::preprocess::PreprocessError;
use crate::runs::RunError;

/// Why a run could not begin or a finished one cannot be used; the texts are meant for the person.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TrainError {
    /// The settings.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The data.
    #[error("{}", .0)]
    Data(DataError),
    /// From examples to numbers.
    #[error("{}", .0)]
    Preprocess(PreprocessError),
    /// The run folder.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The network.
    #[error("{0}")]
    Model(String),
    /// The data does not fit what is to be learned, or the run.
    #[error("{source_name}: {cause}; {remedy}")]
    Unfit {
        /// Where the examples come from.
        source_name: String,
        /// What is wrong.
        cause: String,
        /// What to do.
        remedy: String,
    },
    /// It would take more memory than there is.
    #[error("{0}. To train all the same, add --force")]
    Memory(Box<Shortage>),
    /// A person stopped it before the first step.
    #[error("stopped before the first step; nothing was kept")]
    Cancelled,
    /// A person stopped it before a run that was to go on did.
    #[error("stopped before the run went on; the run is as it was")]
    LeftAsItWas,
}

impl From<DataError> for TrainError {
    fn from(error: DataError) -> Self {
        match error {
            DataError::Cancelled => Self::Cancelled,
            other => Self::Data(other),
        }
    }
}

impl From<PreprocessError> for TrainError {
    fn from(error: PreprocessError) -> Self {
        match error {
            PreprocessError::Cancelled => Self::Cancelled,
            other => Self::Preprocess(other),
        }
    }
}

impl From<ModelError> for TrainError {
    fn from(error: ModelError) -> Self {
        Self::Model(error.to_string())
    }
}

impl From<ComputeError> for TrainError {
    fn from(error: ComputeError) -> Self {
        Self::Model(error.to_string())
    }
}

impl TrainError {
    /// The same about a run that was there before.
    pub(super) fn of_old_run(self) -> Self {
        if self == Self::Cancelled { Self::LeftAsItWas } else { self }
    }

    /// Whether other settings would help: wrong use rather than a failure.
    pub fn is_wrong_settings(&self) -> bool {
        matches!(self, Self::Config(_) | Self::Model(_) | Self::Preprocess(PreprocessError::Setting { .. }))
    }
}

/// Why the loop ended before its last step.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Halt {
    /// A person wished it.
    Stopped,
    /// It cannot go on; the weights are those of the last good step.
    Failed(String),
    /// The disk is full: nothing more is saved, earlier checkpoints stand.
    Full(String),
    /// It cannot go on and the weights are not to be trusted: earlier checkpoints stand.
    Broken(String),
}

impl Halt {
    /// Why, in words; empty where a person wished it.
    pub fn reason(&self) -> &str {
        match self {
            Self::Stopped => "",
            Self::Failed(reason) | Self::Broken(reason) => reason,
        }
    }
}

impl From<RunError> for Halt {
    fn from(error: RunError) -> Self {
        if error.full { Self::Full(error.to_string()) } else { Self::Failed(error.to_string()) }
    }
}

impl From<ModelError> for Halt {
    fn from(error: ModelError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<ComputeError> for Halt {
    fn from(error: ComputeError) -> Self {
        Self::Failed(error.to_string())
    }
}
