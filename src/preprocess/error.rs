//! What can go wrong on the way from examples to a model's input.

use std::path::PathBuf;

/// A preprocessing error; the texts are meant for a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PreprocessError {
    /// The training split is empty.
    #[error(
        "there are no training examples to learn the preprocessing from; lower data.validation_fraction or add examples"
    )]
    NoTraining,
    /// A setting does not fit the data.
    #[error("{key}: {cause}; {remedy}")]
    Setting {
        /// The setting.
        key: &'static str,
        /// What is wrong.
        cause: String,
        /// What to do.
        remedy: String,
    },
    /// The model was made for other examples than these.
    #[error("{source_name}: {cause}; {remedy}")]
    Incompatible {
        /// Where the examples come from.
        source_name: String,
        /// What differs.
        cause: String,
        /// What to do.
        remedy: String,
    },
    /// The tokenizer could not be made or did not work.
    #[error("the tokenizer failed ({cause}); {remedy}")]
    Tokenizer {
        /// Its words.
        cause: String,
        /// What to do.
        remedy: String,
    },
    /// A file of the run cannot be written or read.
    #[error("{}: {cause}; {remedy}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        cause: String,
        /// What to do.
        remedy: String,
    },
    /// The examples can no longer be read.
    #[error("{0}")]
    Data(crate::data::DataError),
    /// A person cancelled.
    #[error("preprocessing was cancelled")]
    Cancelled,
}

impl From<crate::data::DataError> for PreprocessError {
    fn from(error: crate::data::DataError) -> Self {
        match error {
            crate::data::DataError::Cancelled => Self::Cancelled,
            error => Self::Data(error),
        }
    }
}
