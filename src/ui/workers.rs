//! The workers behind the window: one trains, one reads data and predicts, one looks through
//! data before training, one fetches public sets. Commands that
//! find a full channel wait here in order; the window itself never waits.

use crate::app::Action;
use crate::runs::Level;
use crate::worker::{Command, Trainer, Worker};
use eframe::wgpu::DeviceType;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Wakes the window at most thirty times a second.
const WAKE_AFTER: Duration = Duration::from_millis(33);
/// The same for what training tells, where the processor paints: there a frame takes as long as
/// some steps, and thirty of them in each second would leave a run little.
const WAKE_PAINTER_AFTER: Duration = Duration::from_millis(500);

/// How long a full channel is waited for before the commands are given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// Called by a worker when it has something to say.
pub type Waker = Arc<dyn Fn() + Send + Sync>;

/// A waker for this window.
pub fn waker(cc: &eframe::CreationContext<'_>) -> Waker {
    let ctx = cc.egui_ctx.clone();
    Arc::new(move || ctx.request_repaint_after(WAKE_AFTER))
}

/// A waker for the worker that trains.
pub fn trainers_waker(cc: &eframe::CreationContext<'_>) -> Waker {
    let ctx = cc.egui_ctx.clone();
    let kind = cc.wgpu_render_state.as_ref().map(|state| state.adapter.get_info().device_type);
    let after = wakes_after(kind);
    Arc::new(move || ctx.request_repaint_after(after))
}

/// How long news of a run may wait for their frame; `None` where it is not known who paints.
fn wakes_after(kind: Option<DeviceType>) -> Duration {
    match kind {
        Some(DeviceType::Cpu) => WAKE_PAINTER_AFTER,
        _ => WAKE_AFTER,
    }
}

/// All workers.
pub struct Workers {
    trainer: Port,
    reader: Port,
    checker: Port,
    fetcher: Port,
}

impl Workers {
    /// Starts all; the one that trains has a waker of its own. So many bytes of memory count as
    /// free, or what the system says.
    pub fn start(waker: &Waker, trainers: &Waker, free: Option<u64>) -> Self {
        let start = |name| Port::start(name, waker, free);
        Self {
            trainer: Port::start("trainer", trainers, free),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_shares_the_processor_with_what_paints_it() {
        assert!(wakes_after(Some(DeviceType::Cpu)) >= 10 * WAKE_AFTER);
        for kind in [None, Some(DeviceType::DiscreteGpu), Some(DeviceType::IntegratedGpu)] {
            assert_eq!(wakes_after(kind), WAKE_AFTER);
        }
    }
}
