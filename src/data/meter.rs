//! Progress gathered from several threads, and the wish to cancel seen by all of them.

use super::{DataError, Progress};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Counts units done and passes them on.
pub struct Meter<'a> {
    progress: Progress<'a>,
    stage: &'static str,
    total: u64,
    done: AtomicU64,
    stopped: AtomicBool,
}

impl<'a> Meter<'a> {
    /// A meter for `total` units of a stage named in words.
    pub fn new(progress: Progress<'a>, stage: &'static str, total: u64) -> Self {
        Self { progress, stage, total, done: AtomicU64::new(0), stopped: AtomicBool::new(false) }
    }

    /// Counts `units` more.
    ///
    /// # Errors
    /// [`DataError::Cancelled`] once the person has cancelled, in every thread.
    pub fn add(&self, units: u64) -> Result<(), DataError> {
        let done = self.done.fetch_add(units, Ordering::Relaxed) + units;
        if self.stopped.load(Ordering::Relaxed) || !(self.progress)(self.stage, done, self.total) {
            self.stopped.store(true, Ordering::Relaxed);
            return Err(DataError::Cancelled);
        }
        Ok(())
    }
}
