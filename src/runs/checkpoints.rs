//! The index of a run's checkpoints: written whole or not at all, the best and the last kept.
//! It does not know what is in the files.

use super::RunError;
use super::aside::{sync_folder, write_aside, write_synced};
use std::fs;
use std::path::{Path, PathBuf};

const CHECKPOINTS: &str = "checkpoints";
const BEST: &str = "best";
const STEP: &str = "step-";

/// The checkpoints of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoints {
    run: PathBuf,
}

impl Checkpoints {
    /// Those of the run in this folder.
    pub fn of(run: &Path) -> Self {
        Self { run: run.to_owned() }
    }

    pub(super) fn create(&self) -> std::io::Result<()> {
        fs::create_dir_all(self.run.join(CHECKPOINTS))
    }

    /// Path of a step's checkpoint, relative to the run.
    pub fn name(step: u64) -> String {
        format!("{CHECKPOINTS}/{STEP}{step:06}")
    }

    /// Saves the files of one checkpoint: into a folder aside, forced to disk, then renamed.
    ///
    /// # Errors
    /// [`RunError`] when it cannot be written; earlier checkpoints are untouched.
    pub fn save(&self, step: u64, files: &[(&str, &[u8])]) -> Result<String, RunError> {
        let name = Self::name(step);
        let target = self.run.join(&name);
        if target.is_dir() {
            // Saved before at the same step: the weights are the same, the rest is newer.
            for (file, bytes) in files {
                write_aside(&target.join(file), bytes)?;
            }
            return Ok(name);
        }
        let aside = self.run.join(CHECKPOINTS).join(format!(".writing-{step:06}"));
        if aside.exists() {
            fs::remove_dir_all(&aside).map_err(|e| RunError::write(&aside, &e))?;
        }
        fs::create_dir(&aside).map_err(|e| RunError::write(&aside, &e))?;
        for (file, bytes) in files {
            write_synced(&aside.join(file), bytes)?;
        }
        sync_folder(&aside);
        fs::rename(&aside, &target).map_err(|e| RunError::write(&target, &e))?;
        sync_folder(&self.run.join(CHECKPOINTS));
        Ok(name)
    }

    /// Names the best one.
    ///
    /// # Errors
    /// [`RunError`] when it cannot be written.
    pub fn set_best(&self, step: u64) -> Result<(), RunError> {
        write_aside(&self.run.join(BEST), Self::name(step).as_bytes())
    }

    /// All steps with a checkpoint, in order.
    pub fn steps(&self) -> Vec<u64> {
        let entries = fs::read_dir(self.run.join(CHECKPOINTS)).into_iter().flatten().flatten();
        let mut steps: Vec<u64> = entries
            .filter_map(|entry| entry.file_name().to_str()?.strip_prefix(STEP)?.parse().ok())
            .collect();
        steps.sort_unstable();
        steps
    }

    /// Folder of the newest one.
    pub fn last(&self) -> Option<PathBuf> {
        self.steps().last().map(|step| self.run.join(Self::name(*step)))
    }

    /// Folder of the one with the best validation result.
    pub fn best(&self) -> Option<PathBuf> {
        let name = fs::read_to_string(self.run.join(BEST)).ok()?;
        // Only a name of our own making is followed, never a path out of the run.
        let step: u64 =
            name.trim().strip_prefix(CHECKPOINTS)?.strip_prefix('/')?.strip_prefix(STEP)?.parse().ok()?;
        let path = self.run.join(Self::name(step));
        path.is_dir().then_some(path)
    }

    /// Removes all but these and what a crash left half-written. What cannot be removed only
    /// takes space, so nothing is reported.
    pub fn prune(&self, keep: &[u64]) {
        for step in self.steps().into_iter().filter(|step| !keep.contains(step)) {
            let _ = fs::remove_dir_all(self.run.join(Self::name(step)));
        }
        for entry in fs::read_dir(self.run.join(CHECKPOINTS)).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(".writing-") {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }
}
