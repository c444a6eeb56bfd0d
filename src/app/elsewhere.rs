//! What is known of a model that works on data other than its own: plain values.

use crate::data::Dataset;
use crate::runs::{Evaluation, PredictionTable};
use crate::train::PredictedFile;
use crate::worker::JobId;
use std::path::PathBuf;
use std::sync::Arc;

/// A run's model measured on other data.
#[derive(Clone, Debug)]
pub struct EvaluationOn {
    /// The reader's job while it is going.
    pub job: Option<JobId>,
    /// Whose weights.
    pub run: PathBuf,
    /// The data: a path or `builtin:NAME`.
    pub source: String,
    /// The model's classes, which the confusion matrix and the table count in.
    pub classes: Vec<String>,
    /// What is being done: (stage, done, total); a total of 0 is not known.
    pub progress: (String, u64, u64),
    /// What came out so far.
    pub found: EvaluatedOn,
    /// How it ended.
    pub result: Option<Result<(), String>>,
}

/// What a measurement on other data gives.
#[derive(Clone, Debug, Default)]
pub struct EvaluatedOn {
    /// The numbers; without labels there are no metrics.
    pub evaluation: Option<Evaluation>,
    /// One row for each example.
    pub predictions: Option<Arc<PredictionTable>>,
    /// The examples that the rows are about.
    pub data: Option<Arc<Dataset>>,
}

/// Predictions written to a file.
#[derive(Clone, Debug)]
pub struct BatchPrediction {
    /// The reader's job while it is going.
    pub job: Option<JobId>,
    /// Whose weights.
    pub run: PathBuf,
    /// A folder of pictures, a table or other data.
    pub source: String,
    /// The CSV file.
    pub out: PathBuf,
    /// What is being done: (stage, done, total); a total of 0 is not known.
    pub progress: (String, u64, u64),
    /// How many lines were written.
    pub written: Option<PredictedFile>,
    /// How it ended.
    pub result: Option<Result<(), String>>,
}
