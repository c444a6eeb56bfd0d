//! The handle of the background thread. The window never waits on it: sending gives up when
//! the channel is full, taking has a time budget. Dropping it stops the job and joins.

use super::desk::{Desk, JobObserver, JobSteering};
use super::outbox::Outbox;
use super::priority::yield_to_the_window;
use super::work::Trainer;
use super::{Command, Job, WorkerEvent, WorkerEventKind};
use crate::runs::{Done, Event, Outcome};
use crate::train::Observer;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

/// Walking back through a deep network's graph recurses (candle); the usual 2 MiB end at
/// about ten thousand operations.
const STACK_BYTES: usize = 64 << 20;
const COMMANDS: usize = 256;
const MESSAGES: usize = 64;

/// What the thread does with a job. There is one for the program and there are others in tests.
pub trait Work: Send {
    /// Does the job.
    ///
    /// # Errors
    /// Why it failed and what to try, for the person.
    fn run(&mut self, job: Job, steering: &mut JobSteering, observer: &mut JobObserver)
    -> Result<(), String>;
}

/// The background thread's handle.
pub struct Worker {
    commands: Sender<Command>,
    // Taken before joining: the thread must not wait for room that nobody makes.
    events: Option<Receiver<Vec<WorkerEvent>>>,
    leaving: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    failed: Option<String>,
}

impl Worker {
    /// Starts a thread called `name`. `wake` is called, from that thread, whenever something
    /// has been sent.
    pub fn spawn(name: &str, wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self::spawn_with(name, wake, Trainer::default())
    }

    /// As [`Worker::spawn`], with other work.
    pub fn spawn_with(
        name: &str,
        wake: impl Fn() + Send + Sync + 'static,
        mut work: impl Work + 'static,
    ) -> Self {
        let (commands, incoming) = bounded(COMMANDS);
        let (outgoing, events) = bounded(MESSAGES);
        let leaving = Arc::new(AtomicBool::new(false));
        let desk = Desk::new(incoming, leaving.clone(), Outbox::new(outgoing, Arc::new(wake)));
        let thread = Builder::new().name(name.to_owned()).stack_size(STACK_BYTES);
        let (thread, failed) = match thread.spawn(move || {
            yield_to_the_window();
            serve(&desk, &mut work);
        }) {
            Ok(thread) => (Some(thread), None),
            Err(error) => (None, Some(format!("the background thread could not be started: {error}"))),
        };
        Self { commands, events: Some(events), leaving, thread, failed }
    }

    /// Sends a command without waiting.
    ///
    /// # Errors
    /// In words, when the thread is gone or too many commands are waiting.
    pub fn try_send(&self, command: Command) -> Result<(), String> {
        self.commands.try_send(command).map_err(|error| match error {
            TrySendError::Full(_) => "too many commands are waiting; try again in a moment".to_owned(),
            TrySendError::Disconnected(_) => self.failed.clone().unwrap_or_else(|| {
                "the background thread has ended; save your work and start the program again".to_owned()
            }),
        })
    }

    /// Takes what has come in, for at most about `budget`; the rest waits for the next call.
    pub fn drain(&self, budget: Duration) -> Vec<WorkerEvent> {
        let start = Instant::now();
        let mut taken = Vec::new();
        while let Some(message) = self.events.as_ref().and_then(|events| events.try_recv().ok()) {
            taken.extend(message);
            if start.elapsed() >= budget {
                break;
            }
        }
        taken
    }

    /// Waits for the next message, at most for `timeout`. For tests and tools, not for a window.
    pub fn wait(&self, timeout: Duration) -> Vec<WorkerEvent> {
        self.events.as_ref().and_then(|events| events.recv_timeout(timeout).ok()).unwrap_or_default()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.leaving.store(true, Ordering::Relaxed);
        // Wakes a thread that waits for a command; a full channel means that it does not wait.
        let _ = self.commands.try_send(Command::Shutdown);
        self.events = None;
        if let Some(thread) = self.thread.take() {
            // A panic outside of a job has nobody left to be reported to.
            let _ = thread.join();
        }
    }
}

fn serve(desk: &Desk, work: &mut impl Work) {
    while let Some((id, job)) = desk.next_job() {
        desk.report(id, WorkerEventKind::Accepted);
        let (mut steering, mut observer) = (JobSteering::new(desk, id), JobObserver::new(desk, id));
        let trains = matches!(job, Job::Train { .. } | Job::Extend { .. } | Job::Resume { .. });
        let result = catch_unwind(AssertUnwindSafe(|| work.run(job, &mut steering, &mut observer)));
        let result = result.unwrap_or_else(|panic| {
            let reason = panic_message(&*panic);
            if trains && !observer.seen.2 {
                observer.event(&failed(observer.seen.0, observer.seen.1, &reason));
            }
            Err(reason)
        });
        desk.report(id, WorkerEventKind::Ended(result));
    }
}

fn failed(step: u64, seconds: f64, reason: &str) -> Event {
    let (outcome, reason) = (Outcome::Failed, reason.to_owned());
    Event::Done(Box::new(Done { outcome, step, validation: None, test: None, best: None, seconds, reason }))
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text =
        panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!(
        "an error inside the program: {}; checkpoints saved before it are kept, please report it",
        text.unwrap_or("it left no message")
    )
}
