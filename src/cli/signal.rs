//! Ctrl-C, and a request to terminate: the first one stops the run, which then saves and
//! evaluates; the second one leaves at once. What was saved before is whole: a save takes its
//! name only when it is.

use crate::train::{Control, Steering};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// How often Ctrl-C (or a request to terminate) has come.
static SIGNALS: AtomicUsize = AtomicUsize::new(0);

/// What the window does at the first signal; a second try to open one has another.
static FIRST: Mutex<Option<Box<dyn Fn() + Send>>> = Mutex::new(None);

/// For the window: at the first signal this is called, which closes it; the second leaves at
/// once. Where the system does not allow it, signals end the program as they usually do.
pub fn on_signal(first: Box<dyn Fn() + Send>) {
    *FIRST.lock().unwrap_or_else(PoisonError::into_inner) = Some(first);
    // Fails where a first try to open the window listens already, which is as good.
    let _ = ctrlc::set_handler(|| {
        if SIGNALS.fetch_add(1, Ordering::SeqCst) > 0 {
            std::process::exit(i32::from(super::Exit::Interrupted.code()));
        }
        if let Some(first) = &*FIRST.lock().unwrap_or_else(PoisonError::into_inner) {
            first();
        }
    });
}

/// Steers a run by Ctrl-C.
pub(super) struct CtrlC {
    seen: usize,
}

impl CtrlC {
    /// Listens from now on. Where the system does not allow it, the run simply cannot be
    /// stopped this way, as the returned text says.
    pub(super) fn listen() -> (Self, Option<String>) {
        Self::listen_saying("Stopping: saving and evaluating. Press Ctrl-C again to leave at once.")
    }

    /// The same, saying this when it comes.
    pub(super) fn listen_saying(words: &'static str) -> (Self, Option<String>) {
        let handler = move || {
            let before = SIGNALS.fetch_add(1, Ordering::SeqCst);
            let mut output = super::output::Output::default();
            if before == 0 {
                output.message(words);
            } else {
                output.message("Leaving at once.");
                std::process::exit(i32::from(super::Exit::Interrupted.code()));
            }
        };
        let refused =
            ctrlc::set_handler(handler).err().map(|e| format!("Ctrl-C cannot be listened to here: {e}"));
        (Self { seen: 0 }, refused)
    }

    /// Whether Ctrl-C has come.
    pub(super) fn came() -> bool {
        SIGNALS.load(Ordering::SeqCst) > 0
    }
}

impl Steering for CtrlC {
    fn poll(&mut self) -> Option<Control> {
        if self.seen < SIGNALS.load(Ordering::SeqCst) {
            self.seen += 1;
            return Some(Control::Stop);
        }
        None
    }

    /// Nothing here ever pauses a run, so there is nothing to wait for.
    fn wait(&mut self) -> Option<Control> {
        self.poll()
    }
}
