//! The index of a run's checkpoints: written whole or not at all, the best and the last kept.
//! It does not know what is in the files.

use super::RunError;
use super::aside::{write_aside_on, write_synced};
use super::disk::{Disk, system_disk};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const CHECKPOINTS: &str = "checkpoints";
const BEST: &str = "best";
const STEP: &str = "step-";
/// What is being written or removed; after a crash it means nothing.
const WRITING: &str = ".writing-";
const GOING: &str = ".writing-gone-";

/// The checkpoints of one run.
#[derive(Clone, Debug)]
pub struct Checkpoints {
    run: PathBuf,
    disk: Arc<dyn Disk>,
}

impl Checkpoints {
    /// Those of the run in this folder.
    pub fn of(run: &Path) -> Self {
        Self::on(run, system_disk())
    }

    /// The same on a given disk.
    pub(super) fn on(run: &Path, disk: Arc<dyn Disk>) -> Self {
        Self { run: run.to_owned(), disk }
    }

    pub(super) fn create(&self) -> std::io::Result<()> {
        fs::create_dir_all(self.run.join(CHECKPOINTS))
    }

    /// Path of a step's checkpoint, relative to the run.
    pub fn name(step: u64) -> String {
        format!("{CHECKPOINTS}/{STEP}{step:06}")
    }

    /// Saves the files of one checkpoint: into a folder aside, forced to disk, then renamed.
    /// Where the step has one already, only what differs is written, each file aside and in
    /// order, so that a file which vouches for the others must come last.
    ///
    /// # Errors
    /// [`RunError`] when it cannot be written; earlier checkpoints are untouched.
    pub fn save(&self, step: u64, files: &[(&str, &[u8])]) -> Result<String, RunError> {
        let name = Self::name(step);
        let target = self.run.join(&name);
        if target.is_dir() {
            for (file, bytes) in files {
                let path = target.join(file);
                if !fs::read(&path).is_ok_and(|there| there == *bytes) {
                    write_aside_on(&*self.disk, &path, bytes)?;
                }
            }
            return Ok(name);
        }
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |e: std::io::Error| RunError::write(&path, &e)
        };
        let all = self.run.join(CHECKPOINTS);
        let aside = all.join(format!("{WRITING}{step:06}"));
        if aside.exists() {
            self.disk.remove_folder(&aside).map_err(failed(&aside))?;
        }
        self.disk.create_folder(&aside).map_err(failed(&aside))?;
        let write =
            || files.iter().try_for_each(|(file, bytes)| write_synced(&*self.disk, &aside.join(file), bytes));
        if let Err(error) = write() {
            // Half a checkpoint would only keep a full disk full.
            let _ = self.disk.remove_folder(&aside);
            return Err(error);
        }
        self.disk.sync_folder(&aside).map_err(failed(&aside))?;
        self.disk.rename(&aside, &target).map_err(failed(&target))?;
        self.disk.sync_folder(&all).map_err(failed(&all))?;
        Ok(name)
    }

    /// Names the best one.
    ///
    /// # Errors
    /// [`RunError`] when it cannot be written.
    pub fn set_best(&self, step: u64) -> Result<(), RunError> {
        let path = self.run.join(BEST);
        let name = Self::name(step);
        if fs::read(&path).is_ok_and(|there| there == name.as_bytes()) {
            return Ok(());
        }
        write_aside_on(&*self.disk, &path, name.as_bytes())
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

    /// Folder of a step's checkpoint, whether there is one or not.
    pub fn folder(&self, step: u64) -> PathBuf {
        self.run.join(Self::name(step))
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
    /// takes space, so nothing is reported. Each goes at once, by its name: a crash in between
    /// leaves nothing that looks like a checkpoint.
    pub fn prune(&self, keep: &[u64]) {
        let all = self.run.join(CHECKPOINTS);
        for step in self.steps().into_iter().filter(|step| !keep.contains(step)) {
            let _ = self.disk.rename(&self.folder(step), &all.join(format!("{GOING}{step:06}")));
        }
        for entry in fs::read_dir(all).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(WRITING) {
                let _ = self.disk.remove_folder(&entry.path());
            }
        }
    }
}
