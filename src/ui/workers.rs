//! The workers behind the window: one trains, one reads data and predicts, one looks through
//! data before training, one fetches public sets. Commands that
//! find a full channel wait here in order; the window itself never waits.

use crate::app::Action;
use crate::runs::Level;
use crate::worker::{Command, Trainer, Worker};
use eframe::egui;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Wakes the window at most thirty times a second.
const WAKE_AFTER: Duration = Duration::from_millis(33);

/// How long a full channel is waited for before the commands are given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// Called by a worker when it has something to say.
pub type Waker = Arc<dyn Fn() + Send + Sync>;

/// A waker for this window.
pub fn waker(ctx: &egui::Context) -> Waker {
    let ctx = ctx.clone();
    Arc::new(move || ctx.request_repaint_after(WAKE_AFTER))
}

/// All workers.
pub struct Workers {
    trainer: Port,
    reader: Port,
    checker: Port,
    fetcher: Port,
}

impl Workers {
    /// Starts all; so many bytes of memory count as free, or what the system says.
    pub fn start(waker: &Waker, free: Option<u64>) -> Self {
        let start = |name| Port::start(name, waker, free);
        Self {
            trainer: start("trainer"),
            reader: start("reader"),
            checker: start("checker"),
            fetcher: start("fetcher"),
        }
    }

    /// Tells the worker that trains.
    pub fn tell_trainer(&mut self, command: Command) {
        self.trainer.outbox.push_back(command);
    }

    /// Tells the worker that reads and predicts.
    pub fn tell_reader(&mut self, command: Command) {
        self.reader.outbox.push_back(command);
    }

    /// Tells the worker that looks through data.
    pub fn tell_checker(&mut self, command: Command) {
        self.checker.outbox.push_back(command);
    }

    /// Tells the worker that fetches public sets.
    pub fn tell_fetcher(&mut self, command: Command) {
        self.fetcher.outbox.push_back(command);
    }

    /// Sends what waits; returns whether something had to stay.
    pub fn flush(&mut self, actions: &mut Vec<Action>) -> bool {
        let mut waits = false;
        for port in [&mut self.reader, &mut self.trainer, &mut self.checker, &mut self.fetcher] {
            actions.extend(port.flush().map(|reason| Action::Tell(Level::Error, reason)));
            waits |= !port.outbox.is_empty();
        }
        waits
    }

    /// Collects what was reported, for at most about `budget`. Returns whether there may be more.
    pub fn drain(&mut self, actions: &mut Vec<Action>, budget: Duration) -> bool {
        let start = Instant::now();
        for port in [&self.reader, &self.trainer, &self.checker, &self.fetcher] {
            let left = budget.saturating_sub(start.elapsed());
            actions.extend(port.worker.drain(left).into_iter().map(Action::Worker));
        }
        start.elapsed() >= budget
    }
}

struct Port {
    worker: Worker,
    outbox: VecDeque<Command>,
    /// Since when nothing could be sent.
    stuck: Option<Instant>,
}

impl Port {
    fn start(name: &'static str, waker: &Waker, free: Option<u64>) -> Self {
        let waker = waker.clone();
        let work = Trainer::within(free);
        let worker = Worker::spawn_with(name, move || waker(), work);
        Self { worker, outbox: VecDeque::new(), stuck: None }
    }

    /// Sends what waits, in order; what finds no room stays. When nothing could be sent for
    /// long, gives up and says why.
    fn flush(&mut self) -> Option<String> {
        while let Some(command) = self.outbox.front() {
            // A command is a few pointers; the copy is kept until the channel took it.
            if let Err(reason) = self.worker.try_send(command.clone()) {
                let since = *self.stuck.get_or_insert_with(Instant::now);
                if since.elapsed() < PATIENCE {
                    return None;
                }
                self.stuck = None;
                self.outbox.clear();
                return Some(reason);
            }
            self.stuck = None;
            self.outbox.pop_front();
        }
        None
    }
}
