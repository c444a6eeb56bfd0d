//! Lets the window go first: a worker's thread asks the system for less than the window's share,
//! and whatever threads it starts, as the compute threads of a step, inherit that. On Linux
//! alone, where each thread has a niceness of its own; elsewhere nothing happens. It changes
//! when work is done, never what comes out, and never takes a thread's share back.

/// Added to the niceness: where both want the same core, a worker gets a third of what the
/// window gets. Alone on it, it gets all.
#[cfg(target_os = "linux")]
const NICER: i32 = 5;
/// The system's largest niceness.
#[cfg(target_os = "linux")]
const MOST: i32 = 19;

/// Makes the calling thread yield to those that are as the program was started. Where that
/// cannot be done the thread stays as it is, which costs smoothness alone.
#[cfg(target_os = "linux")]
pub(super) fn yield_to_the_window() {
    use rustix::process::{getpriority_process, setpriority_process};
    // Without a process they speak of the calling thread.
    if let Ok(now) = getpriority_process(None) {
        let _ = setpriority_process(None, (now + NICER).min(MOST));
    }
}

/// Elsewhere priorities are those of a process.
#[cfg(not(target_os = "linux"))]
pub(super) fn yield_to_the_window() {}
