//! The mark of a run that was replayed and came out the same, `verified.json` in its folder: which
//! steps, where and by which version. It says nothing about what came later.

use super::RunError;
use super::aside::write_aside;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;

const VERIFIED: &str = "verified.json";

/// What was replayed, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// The replay began after this step.
    pub from_step: u64,
    /// The step of the checkpoint that it came to.
    pub to_step: u64,
    /// BLAKE3 of that checkpoint's weights, hexadecimal.
    pub weights: String,
    /// The processor's name.
    pub processor: String,
    /// The instruction set that was used, for example "AVX-512".
    pub instructions: String,
    /// Threads that computed.
    pub threads: u64,
    /// Version of the program.
    pub version: String,
    /// Seconds since 1970-01-01 UTC.
    pub at: u64,
}

impl Verified {
    /// Reads a run's mark; `None` where there is none or it cannot be read: it can be made again.
    pub fn read(run: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(run.join(VERIFIED)).ok()?).ok()
    }

    /// Writes it.
    ///
    /// # Errors
    /// [`RunError`] when the folder cannot be written.
    pub fn write(&self, run: &Path) -> Result<(), RunError> {
        let path = run.join(VERIFIED);
        let json = serde_json::to_vec_pretty(self).map_err(|e| RunError::write(&path, &e.into()))?;
        write_aside(&path, &json)
    }
}
