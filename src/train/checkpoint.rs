//! What is saved beside the weights, so that a run can be used alone and taken up again.

use crate::config::{RunConfig, to_toml};
use crate::model::ModelSpec;
use crate::runs::{RunError, Score};
use serde::{Deserialize, Serialize};
use std::path::Path;

pub(super) const MODEL: &str = "model.safetensors";
/// The weights that training goes on with; only beside a [`MODEL`] that is their average.
pub(super) const TRAINED: &str = "trained.safetensors";
pub(super) const OPTIMIZER: &str = "optimizer.safetensors";
pub(super) const STATE: &str = "state.json";

/// `state.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckpointState {
    /// Version of the program.
    pub version: String,
    /// The network.
    pub model: ModelSpec,
    /// Updates done.
    pub step: u64,
    /// Whole epochs gone through.
    pub epoch: u64,
    /// Examples of the current epoch gone through.
    pub position: u64,
    /// Seconds of training.
    pub seconds: f64,
    /// The best validation result so far.
    pub best: Option<Score>,
    /// Planned evaluations since that result.
    #[serde(default)]
    pub waited: u64,
    /// All settings as they are now, live changes included.
    pub settings: RunConfig,
    /// BLAKE3 of those settings as TOML, hexadecimal.
    pub settings_hash: String,
    /// BLAKE3 of the data.
    pub data: String,
}

impl CheckpointState {
    /// Hash of settings.
    pub(super) fn hash(settings: &RunConfig) -> String {
        blake3::hash(to_toml(settings).as_bytes()).to_hex().to_string()
    }

    /// Reads the state of a checkpoint folder.
    ///
    /// # Errors
    /// [`RunError`] when it is missing or damaged.
    pub fn read(checkpoint: &Path) -> Result<Self, RunError> {
        let path = checkpoint.join(STATE);
        serde_json::from_slice(&read(&path)?).map_err(|e| {
            RunError::at(&path, format!("damaged: {e}"), "use another checkpoint of the run, or train again")
        })
    }
}

/// Reads a checkpoint's file.
///
/// # Errors
/// [`RunError`] when it cannot be read.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, RunError> {
    std::fs::read(path).map_err(|e| {
        RunError::at(
            path,
            format!("cannot read: {e}"),
            "check that the run is complete and its files are readable",
        )
    })
}
