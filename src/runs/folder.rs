//! A run's folder while it is being written: created once, never over another run, opened
//! again only to go on with the same one, and locked (`lock`) so that other processes see that it is going.

use super::aside::write_aside_on;
use super::disk::{Disk, system_disk};
use super::room::with_margin;
use super::{Checkpoints, Event, EventLog, LogPart, PredictionTable, RunError, read_log};
use crate::config::{RunConfig, read_toml, to_toml};
use crate::data::Task;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Names inside a run folder.
pub(super) const CONFIG: &str = "config.toml";
pub(super) const EVENTS: &str = "events.jsonl";
const LABELS: &str = "labels.json";
const PREDICTIONS: &str = "predictions";
const LOCK: &str = "lock";

/// Who only looks whether a run is being written holds its lock for a moment: so often, and with
/// these pauses, a run that goes on tries again.
const TRIES: u32 = 20;
const BETWEEN_TRIES: Duration = Duration::from_millis(5);

/// What the numbers that a model gives mean; `labels.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labels {
    /// What was learned.
    pub task: Task,
    /// Class names, in the order of the model's outputs.
    pub classes: Vec<String>,
}

impl Labels {
    /// Name of the file in a run folder.
    pub const FILE: &'static str = LABELS;

    /// Reads a run's labels.
    ///
    /// # Errors
    /// [`RunError`] when the file is missing or damaged.
    pub fn read(run: &Path) -> Result<Self, RunError> {
        let path = run.join(LABELS);
        let bytes = fs::read(&path).map_err(|e| RunError::read(&path, &e))?;
        serde_json::from_slice(&bytes)
            .map_err(|e| RunError::at(&path, format!("damaged: {e}"), "the run cannot be used; train again"))
    }
}

/// A run folder that this process writes.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    log: EventLog,
    disk: Arc<dyn Disk>,
    evaluations: u64,
    made_folder: bool,
    /// Whether nothing was saved yet that a run could be resumed from.
    is_new: bool,
    // Held while the run is written, so that other processes see that it is going.
    _lock: Option<File>,
}

impl RunFolder {
    /// Creates the folder with its settings and an empty event log.
    ///
    /// # Errors
    /// [`RunError`] when the folder is already a run, is not empty or cannot be written.
    pub fn create(path: &Path, config: &RunConfig) -> Result<Self, RunError> {
        Self::create_on(path, config, system_disk())
    }

    /// The same on a given disk.
    ///
    /// # Errors
    /// As [`RunFolder::create`].
    pub fn create_on(path: &Path, config: &RunConfig, disk: Arc<dyn Disk>) -> Result<Self, RunError> {
        refuse_what_is_there(path)?;
        let made_folder = !path.exists();
        // Absolute, so that the run stays reachable if the working folder changes.
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let not_writable = |e: std::io::Error| match RunError::write(&path, &e) {
            full if full.full => full.of_new_run(&path),
            _ => RunError::at(
                &path,
                format!("the run folder cannot be created: {e}"),
                "choose a folder that you may write to with --run, or free some space",
            ),
        };
        fs::create_dir_all(&path).map_err(not_writable)?;
        // The log is the claim: of two processes that got here, only one can create it.
        let log = EventLog::create_on(&path.join(EVENTS), disk.clone()).map_err(|e| e.of_new_run(&path))?;
        let rest = || {
            fs::create_dir_all(path.join(PREDICTIONS)).map_err(not_writable)?;
            Checkpoints::of(&path).create().map_err(not_writable)?;
            write_aside_on(&*disk, &path.join(CONFIG), to_toml(config).as_bytes())?;
            File::create(path.join(LOCK)).map_err(not_writable)
        };
        let lock = rest();
        if lock.is_err() {
            clear(&path, made_folder);
        }
        let lock = lock.map_err(|e| e.of_new_run(&path))?;
        // Waits at most for somebody who looks. Some network file systems cannot lock; the run
        // is then shown as cut off while it goes.
        let held = lock.try_lock().is_ok() || lock.lock().is_ok();
        let _lock = held.then_some(lock);
        Ok(Self { path, log, disk, evaluations: 0, made_folder, is_new: true, _lock })
    }

    /// Opens the folder of a run that goes on.
    ///
    /// # Errors
    /// [`RunError`] when another process is writing it or it cannot be written.
    pub fn reopen(path: &Path) -> Result<Self, RunError> {
        Self::reopen_on(path, system_disk())
    }

    /// The same on a given disk.
    ///
    /// # Errors
    /// As [`RunFolder::reopen`].
    pub fn reopen_on(path: &Path, disk: Arc<dyn Disk>) -> Result<Self, RunError> {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(path.join(LOCK));
        let lock = lock.map_err(|e| RunError::write(&path, &e))?;
        let held = match lock_soon(&lock) {
            Ok(()) => true,
            Err(fs::TryLockError::WouldBlock) => {
                return Err(RunError::at(
                    &path,
                    "another process is training this run",
                    "wait until it has ended, or stop it there",
                ));
            }
            // Some network file systems cannot lock.
            Err(fs::TryLockError::Error(_)) => false,
        };
        let log = EventLog::reopen_on(&path.join(EVENTS), disk.clone())?;
        // A crash right after the beginning may have come before them.
        let folders =
            fs::create_dir_all(path.join(PREDICTIONS)).and_then(|()| Checkpoints::of(&path).create());
        folders.map_err(|e| RunError::write(&path, &e))?;
        let number = |name: &str| name.strip_prefix("eval-")?.strip_suffix(".parquet")?.parse::<u64>().ok();
        let files = fs::read_dir(path.join(PREDICTIONS)).into_iter().flatten().flatten();
        let evaluations = files.filter_map(|file| number(&file.file_name().to_string_lossy())).max();
        let evaluations = evaluations.unwrap_or(0);
        let _lock = held.then_some(lock);
        Ok(Self { path, log, disk, evaluations, made_folder: false, is_new: false, _lock })
    }

    /// The folder, absolute.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The weights kept in it.
    pub fn checkpoints(&self) -> Checkpoints {
        Checkpoints::on(&self.path, self.disk.clone())
    }

    /// Refuses when a checkpoint of so many bytes, and what comes with it, would not fit on the
    /// disk.
    ///
    /// # Errors
    /// [`RunError`], which is `full` and says how much is needed and free, and what to do.
    pub fn check_room(&self, checkpoint_bytes: u64) -> Result<(), RunError> {
        let needed = with_margin(checkpoint_bytes);
        match self.disk.room(&self.path) {
            Some(free) if free < needed => Err(RunError::no_room(&self.path, needed, free, !self.is_new)),
            _ => Ok(()),
        }
    }

    /// From here on there is something that a run can be resumed from.
    pub fn has_begun(&mut self) {
        self.is_new = false;
    }

    /// Logs an event.
    ///
    /// # Errors
    /// [`RunError`] when the log can no longer be written.
    pub fn append(&mut self, event: &Event) -> Result<(), RunError> {
        self.log.append(event)
    }

    /// Forces all events to disk, so that nothing saved after this is ahead of the log.
    ///
    /// # Errors
    /// As [`RunFolder::append`].
    pub fn sync(&mut self) -> Result<(), RunError> {
        self.log.sync()
    }

    /// Writes what the model's outputs mean.
    ///
    /// # Errors
    /// [`RunError`] when it cannot be written.
    pub fn write_labels(&self, labels: &Labels) -> Result<(), RunError> {
        let path = self.path.join(LABELS);
        let text = serde_json::to_vec_pretty(labels).map_err(|e| RunError::write(&path, &e.into()))?;
        write_aside_on(&*self.disk, &path, &text)
    }

    /// Writes the predictions of the next evaluation; returns the file, relative to the run.
    ///
    /// # Errors
    /// [`RunError`] when it cannot be written.
    pub fn write_predictions(&mut self, table: &PredictionTable) -> Result<String, RunError> {
        self.evaluations += 1;
        let name = format!("{PREDICTIONS}/eval-{:06}.parquet", self.evaluations);
        table.write_parquet_on(&*self.disk, &self.path.join(&name))?;
        Ok(name)
    }

    /// Removes the predictions of all evaluations but these.
    pub fn prune_predictions(&self, keep: &[String]) {
        let Ok(entries) = fs::read_dir(self.path.join(PREDICTIONS)) else { return };
        for entry in entries.flatten() {
            let name = format!("{PREDICTIONS}/{}", entry.file_name().to_string_lossy());
            if !keep.contains(&name) {
                // What cannot be removed only takes space.
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    /// Takes back a run that never began: removes what `create` and the preparation wrote.
    pub fn abandon(self) {
        let Self { path, log, made_folder, .. } = self;
        drop(log);
        clear(&path, made_folder);
    }
}

/// Removes what a new run wrote. The folder was empty or did not exist before, so all in it
/// is this run's; a folder that was there stays. What cannot be removed only takes space.
fn clear(path: &Path, made_folder: bool) {
    if made_folder {
        let _ = fs::remove_dir_all(path);
        return;
    }
    for entry in fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path()) {
        let _ = if entry.is_dir() { fs::remove_dir_all(&entry) } else { fs::remove_file(&entry) };
    }
}

/// The settings that a run was begun with.
///
/// # Errors
/// [`RunError`] when they are missing or damaged.
pub fn read_run_config(run: &Path) -> Result<RunConfig, RunError> {
    let path = run.join(CONFIG);
    read_toml(&path).map_err(|error| {
        RunError::at(
            &path,
            format!("the run's settings cannot be read: {error}"),
            "restore the file, or train again",
        )
    })
}

/// Whether a folder holds a run.
pub fn is_run(path: &Path) -> bool {
    path.join(EVENTS).is_file() || path.join(CONFIG).is_file()
}

fn refuse_what_is_there(path: &Path) -> Result<(), RunError> {
    if is_run(path) {
        return Err(RunError::at(
            path,
            "this folder is already a run",
            "choose another folder for the new run, or move the old one away",
        ));
    }
    if path.is_file() {
        return Err(RunError::at(path, "this is a file, not a folder", "choose another folder for the run"));
    }
    if fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(RunError::at(
            path,
            "this folder is not empty",
            "choose a new or an empty folder, so that nothing of yours is overwritten",
        ));
    }
    Ok(())
}

/// Locks a run, unless another process writes it.
fn lock_soon(lock: &File) -> Result<(), fs::TryLockError> {
    for _ in 1..TRIES {
        match lock.try_lock() {
            Err(fs::TryLockError::WouldBlock) => std::thread::sleep(BETWEEN_TRIES),
            done => return done,
        }
    }
    lock.try_lock()
}

/// Whether some process is writing the run now.
pub(super) fn is_being_written(run: &Path) -> bool {
    File::open(run.join(LOCK))
        .is_ok_and(|file| matches!(file.try_lock_shared(), Err(fs::TryLockError::WouldBlock)))
}

/// All events of a run, and what was damaged.
///
/// # Errors
/// [`RunError`] when the folder is not a run or cannot be read.
pub fn read_run(path: &Path) -> Result<(Vec<Event>, Vec<String>), RunError> {
    let LogPart { events, problems, .. } = read_run_from(path, 0)?;
    Ok((events, problems))
}

/// The events of a run from byte `offset` of its log on; for following a run being written.
///
/// # Errors
/// As [`read_run`].
pub fn read_run_from(path: &Path, offset: u64) -> Result<LogPart, RunError> {
    let log = path.join(EVENTS);
    if !log.is_file() {
        return Err(RunError::at(
            path,
            "this folder is not a run: it has no events.jsonl",
            "give a folder that `attentive train` made; `attentive runs` lists them",
        ));
    }
    read_log(&log, offset)
}
