//! Slow work before a result, with progress on the terminal. Ctrl-C simply ends it: nothing is
//! half written then.

use super::exit::Failure;
use super::progress::Bar;
use crate::data::{Dataset, OpenOptions, Progress, open};
use std::sync::{Mutex, PoisonError};

/// Does the work and shows how far it is.
pub(super) fn shown<T, E: Into<Failure>>(
    work: impl FnOnce(Progress<'_>) -> Result<T, E>,
) -> Result<T, Failure> {
    let bar = Mutex::new(Bar::new());
    // A poisoned lock would only mean that drawing panicked once.
    let locked = || bar.lock().unwrap_or_else(PoisonError::into_inner);
    let progress = |stage: &'static str, done: u64, total: u64| {
        locked().stage(stage, done, total);
        true
    };
    let result = work(&progress);
    locked().clear();
    result.map_err(Into::into)
}

/// Opens a path or `builtin:NAME`.
pub(super) fn open_shown(source: &str, options: &OpenOptions) -> Result<Dataset, Failure> {
    shown(|progress| open(source, options, progress))
}
