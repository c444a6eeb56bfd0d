//! Which evaluation the shown predictions are compared with. Plain values.

use crate::runs::PredictionTable;
use std::path::PathBuf;
use std::sync::Arc;

/// An evaluation on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Against {
    /// Folder of its run.
    pub folder: PathBuf,
    /// Its file, relative to the run; `None` for the newest that the run kept of each split.
    pub file: Option<String>,
    /// What the run is called.
    pub name: String,
}

/// Predictions to compare with.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Folder of their run.
    pub folder: PathBuf,
    /// What the run is called.
    pub name: String,
    /// Names the content of their data.
    pub fingerprint: String,
    /// The predictions.
    pub table: Arc<PredictionTable>,
}
