//! Exit codes, and failures that carry one.

use crate::config::ConfigError;
use crate::data::DataError;
use crate::preprocess::PreprocessError;
use crate::runs::RunError;
use crate::train::TrainError;

/// How the program ends; scripts rely on the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Done,
    /// 1: it could not be done.
    Failed,
    /// 2: wrong use or settings; nothing was begun.
    Usage,
    /// 130: stopped by Ctrl-C, after saving.
    Interrupted,
}

impl Exit {
    /// The number for the operating system.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Interrupted => 130,
        }
    }
}

/// Why a command did not succeed: what to tell the person, and the exit code.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) exit: Exit,
    pub(super) text: String,
}

impl Failure {
    /// Wrong use or settings.
    pub(super) fn usage(text: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, text: text.into() }
    }
    /// It could not be done.
    pub(super) fn failed(text: impl Into<String>) -> Self {
        Self { exit: Exit::Failed, text: text.into() }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::usage(error.to_string())
    }
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Self {
        Self::failed(error.to_string())
    }
}

impl From<PreprocessError> for Failure {
    fn from(error: PreprocessError) -> Self {
        let exit = match &error {
            PreprocessError::Cancelled => Exit::Interrupted,
            PreprocessError::Setting { .. } => Exit::Usage,
            _ => Exit::Failed,
        };
        Self { exit, text: error.to_string() }
    }
}

/// A run folder that is not one, is one already or cannot be used: the person named it.
impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        Self::usage(error.to_string())
    }
}

impl From<TrainError> for Failure {
    fn from(error: TrainError) -> Self {
        let exit = match &error {
            TrainError::Cancelled | TrainError::LeftAsItWas => Exit::Interrupted,
            TrainError::Run(_) => Exit::Usage,
            wrong if wrong.is_wrong_settings() => Exit::Usage,
            _ => Exit::Failed,
        };
        Self { exit, text: error.to_string() }
    }
}
