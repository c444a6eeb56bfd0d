//! Lets the window go first: a worker's thread asks the system for less than the window's share,
//! and whatever threads it starts, as the compute threads of a step, inherit that. On Linux
//! alone, where each thread has a niceness of its own; elsewhere nothing happens. It changes
//! when work is done, never what comes out, and never takes a thread's share back.

use std::path::Path;
use std::process::{Command, Stdio};

/// Added to the niceness: where both want the same core, a worker gets a third of what the
/// window gets. Alone on it, it gets all.
const NICER: i64 = 5;
/// The system's largest niceness.
const MOST: i64 = 19;

/// Makes the calling thread yield to those that are as the program was started. Where that
/// cannot be done the thread stays as it is, which costs smoothness alone.
pub(super) fn yield_to_the_window() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let Some(now) = niceness() else { return };
    // "PROCESS/task/THREAD"; the standard library has no call for either, and a system call
    // would be unsafe code for what happens once a thread.
    let Ok(place) = std::fs::read_link("/proc/thread-self") else { return };
    let Some(thread) = place.file_name().filter(|_| now < MOST) else { return };
    let mut command = Command::new("renice");
    command.arg((now + NICER).min(MOST).to_string()).arg("-p").arg(thread);
    // Without the program (busybox may lack it) all threads stay equal.
    let _ = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
}

/// The calling thread's niceness: the 19th field of its status. The name in the second may hold
/// anything, so it is counted from behind that.
fn niceness() -> Option<i64> {
    let status = std::fs::read_to_string(Path::new("/proc/thread-self/stat")).ok()?;
    status.rsplit_once(')')?.1.split_whitespace().nth(16)?.parse().ok()
}
