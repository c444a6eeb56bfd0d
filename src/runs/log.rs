//! The event log, `events.jsonl`: one event a line, only ever appended to.
//!
//! Each event is handed to the system as it comes: a killed process loses none that it told of,
//! and whoever follows the log sees it at once. A crash leaves at most one torn line, which
//! reading drops; a power cut costs what came since the last save, which forces the log to disk.
//! Progress is never logged.

use super::disk::{Disk, system_disk};
use super::{Event, RunError};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Appends events to a file.
#[derive(Debug)]
pub struct EventLog {
    path: PathBuf,
    file: File,
    disk: Arc<dyn Disk>,
    /// Bytes of whole lines in the file.
    length: u64,
    /// Whether a failed write may have left a torn line behind them.
    torn: bool,
    /// What could not be written yet.
    waiting: Vec<u8>,
}

impl EventLog {
    /// Creates the file, which must not exist.
    ///
    /// # Errors
    /// [`RunError`] when it exists or cannot be written.
    pub fn create(path: &Path) -> Result<Self, RunError> {
        Self::create_on(path, system_disk())
    }

    /// The same on a given disk.
    pub(super) fn create_on(path: &Path, disk: Arc<dyn Disk>) -> Result<Self, RunError> {
        let file = OpenOptions::new()
            .append(true)
            .create_new(true)
            .open(path)
            .map_err(|e| RunError::write(path, &e))?;
        Ok(Self::of(path, file, 0, disk))
    }

    fn of(path: &Path, file: File, length: u64, disk: Arc<dyn Disk>) -> Self {
        Self { path: path.to_owned(), file, disk, length, torn: false, waiting: Vec::new() }
    }

    /// Opens the log of a run that goes on. A torn last line, left by a crash, is cut off.
    ///
    /// # Errors
    /// [`RunError`] when it is missing or cannot be written.
    pub fn reopen(path: &Path) -> Result<Self, RunError> {
        Self::reopen_on(path, system_disk())
    }

    /// The same on a given disk.
    pub(super) fn reopen_on(path: &Path, disk: Arc<dyn Disk>) -> Result<Self, RunError> {
        let open = || {
            let mut file = OpenOptions::new().read(true).append(true).open(path)?;
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            if whole < bytes.len() {
                file.set_len(whole as u64)?;
            }
            Ok((file, whole as u64))
        };
        let (file, whole) = open().map_err(|e| RunError::write(path, &e))?;
        Ok(Self::of(path, file, whole, disk))
    }

    /// Adds an event and hands it to the system; the last event is forced to disk.
    ///
    /// # Errors
    /// [`RunError`] when the file can no longer be written.
    pub fn append(&mut self, event: &Event) -> Result<(), RunError> {
        if matches!(event, Event::Progress { .. }) {
            return Ok(());
        }
        serde_json::to_writer(&mut self.waiting, event)
            .map_err(|e| RunError::write(&self.path, &e.into()))?;
        self.waiting.push(b'\n');
        self.flush()?;
        if matches!(event, Event::Done(_)) { self.sync() } else { Ok(()) }
    }

    /// Waits until everything is on disk.
    ///
    /// # Errors
    /// As [`EventLog::append`].
    pub fn sync(&mut self) -> Result<(), RunError> {
        self.flush()?;
        self.disk.sync(&self.file).map_err(|e| RunError::write(&self.path, &e))
    }

    /// Hands to the system what it has not yet taken.
    fn flush(&mut self) -> Result<(), RunError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        // A deleted file still takes what is written to it, and all of that is lost.
        if !self.path.exists() {
            return Err(RunError::at(
                &self.path,
                "the event log was moved or deleted while the run was going",
                "put the run folder back where it was, or find where it is now, and resume the run from its last \
                 checkpoint; if it was deleted, start the run again. Leave the folder where it is while it trains",
            ));
        }
        let mut write = || {
            if self.torn {
                // What a write that failed half-way left would spoil the line behind it.
                self.file.set_len(self.length)?;
            }
            self.torn = true;
            self.disk.write(&mut self.file, &self.waiting)
        };
        let written: std::io::Result<()> = write();
        written.map_err(|e| RunError::write(&self.path, &e))?;
        self.torn = false;
        self.length += self.waiting.len() as u64;
        self.waiting.clear();
        Ok(())
    }
}

impl Drop for EventLog {
    fn drop(&mut self) {
        // Nobody is left to hear of a failure; `append` of the last event has reported it.
        let _ = self.flush();
    }
}

/// What was read from a log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogPart {
    /// Whole events, in order.
    pub events: Vec<Event>,
    /// Where to go on reading: just behind the last whole line.
    pub offset: u64,
    /// Damaged lines that were skipped, in words.
    pub problems: Vec<String>,
}

/// Reads the whole lines from byte `offset` on; a torn last line is left for the next call.
///
/// # Errors
/// [`RunError`] when the file cannot be read.
pub fn read_log(path: &Path, offset: u64) -> Result<LogPart, RunError> {
    let read = || {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|e| RunError::read(path, &e))?;
    let mut part = LogPart { offset, ..LogPart::default() };
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let Some(text) = line.strip_suffix(b"\n") else { break };
        match serde_json::from_slice(text) {
            Ok(event) => part.events.push(event),
            Err(_) if text.iter().all(u8::is_ascii_whitespace) => {}
            Err(error) => part.problems.push(format!(
                "{}, byte {}: a damaged line was skipped ({error}); the other events are complete",
                path.display(),
                part.offset
            )),
        }
        part.offset += line.len() as u64;
    }
    Ok(part)
}
