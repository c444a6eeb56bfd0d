//! Opening data for a command, with progress on the terminal.

use super::exit::Failure;
use super::progress::Bar;
use crate::data::{Dataset, OpenOptions, open};
use std::sync::Mutex;

/// Opens a path or `builtin:NAME`; shows how far it is.
pub(super) fn open_shown(source: &str, options: &OpenOptions) -> Result<Dataset, Failure> {
    let bar = Mutex::new(Bar::new());
    let shown = |stage: &'static str, done: u64, total: u64| {
        // A poisoned lock would only mean that drawing panicked once.
        let mut bar = bar.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        bar.stage(stage, done, total);
        !super::signal::CtrlC::came()
    };
    let data = open(source, options, &shown);
    bar.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clear();
    Ok(data?)
}
