//! Ctrl-C in the terminal and requests to terminate, for the window: the first closes it, as its
//! own button does, so that a run that is going is saved; the second leaves at once. What was
//! saved before is whole: a save takes its name only when it is.

use super::workers::Waker;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

static ASKED: AtomicBool = AtomicBool::new(false);
/// Wakes the window that is open; a second try to open one has another.
static WAKE: Mutex<Option<Waker>> = Mutex::new(None);

/// Exit code of a program that was told to leave and did so at once.
const INTERRUPTED: i32 = 130;

/// Listens from now on, and wakes the window by this when a signal came. Where the system does
/// not allow it, signals end the program as they usually do, which loses what a kill loses.
pub fn listen(wake: Waker) {
    *WAKE.lock().unwrap_or_else(PoisonError::into_inner) = Some(wake);
    // Fails where a first try to open the window listens already, which is as good.
    let _ = ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::SeqCst) {
            std::process::exit(INTERRUPTED);
        }
        if let Some(wake) = &*WAKE.lock().unwrap_or_else(PoisonError::into_inner) {
            wake();
        }
    });
}

/// Whether the program was told to leave.
pub fn was_asked() -> bool {
    ASKED.load(Ordering::SeqCst)
}
