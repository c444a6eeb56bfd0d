//! Deleting runs so that it can be taken back: a deleted run is moved into the folder
//! `.trash` beside it, which is emptied only when a person says so. It never deletes a run
//! that some process is writing, and never follows a link out of a folder.

use super::RunError;
use super::folder::{is_being_written, is_run};
use std::fs;
use std::path::{Path, PathBuf};

pub(super) const TRASH: &str = ".trash";

/// Moves a run into the trash beside it; returns where it is now.
///
/// # Errors
/// [`RunError`] when it is no run, is being written or cannot be moved.
pub fn discard(run: &Path) -> Result<PathBuf, RunError> {
    if !is_run(run) {
        return Err(RunError::at(run, "this folder is not a run", "only runs can be deleted from here"));
    }
    if is_being_written(run) {
        return Err(RunError::at(
            run,
            "a process is writing this run now",
            "stop it first, then delete the run",
        ));
    }
    let cannot = |e: std::io::Error| {
        RunError::at(
            run,
            format!("the run cannot be moved to the trash: {e}"),
            "check that its folder may be written, or delete it with the file manager",
        )
    };
    let (Some(parent), Some(name)) = (run.parent(), run.file_name()) else {
        return Err(cannot(std::io::ErrorKind::InvalidInput.into()));
    };
    let trash = parent.join(TRASH);
    fs::create_dir_all(&trash).map_err(cannot)?;
    let name = name.to_string_lossy();
    let mut target = trash.join(&*name);
    let mut count = 2;
    while target.exists() {
        target = trash.join(format!("{name}-{count}"));
        count += 1;
    }
    fs::rename(run, &target).map_err(cannot)?;
    Ok(target)
}

/// Moves a discarded run back to where it was.
///
/// # Errors
/// [`RunError`] when something is there by now, or it cannot be moved.
pub fn restore(discarded: &Path, run: &Path) -> Result<(), RunError> {
    if run.exists() {
        return Err(RunError::at(
            run,
            "something else is there by now",
            "move that away, then take the run back out of .trash",
        ));
    }
    fs::rename(discarded, run).map_err(|e| {
        RunError::at(discarded, format!("the run cannot be moved back: {e}"), "move it with the file manager")
    })
}

/// The runs in the trash of a folder of runs, by name.
pub fn discarded(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.join(TRASH)).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| is_run(path)).collect();
    found.sort();
    found
}

/// Deletes the runs in the trash for good; what is no run stays. Returns how many are gone.
///
/// # Errors
/// [`RunError`] about the first that cannot be deleted; those before it are gone.
pub fn empty_trash(folder: &Path) -> Result<usize, RunError> {
    let runs = discarded(folder);
    for run in &runs {
        fs::remove_dir_all(run).map_err(|e| {
            RunError::at(run, format!("cannot delete: {e}"), "delete it with the file manager")
        })?;
    }
    Ok(runs.len())
}

/// Bytes of all files in a folder; links count as nothing, what cannot be read too.
pub fn bytes_on_disk(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            // Of the link itself, where it is one.
            Ok(about) if about.is_dir() => bytes_on_disk(&entry.path()),
            Ok(about) if about.is_file() => about.len(),
            _ => 0,
        })
        .sum()
}
