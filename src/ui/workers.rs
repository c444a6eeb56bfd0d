//! The two workers behind the window: one trains, one reads data and predicts. Commands that
//! find a full channel wait here in order; the window itself never waits.

use crate::app::Action;
use crate::worker::{Command, WorkerEvent};
use eframe::egui;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Wakes the window at most thirty times a second.
const WAKE_AFTER: Duration = Duration::from_millis(33);

/// Called by a worker when it has something to say.
pub type Waker = Arc<dyn Fn() + Send + Sync>;

/// A waker for this window.
pub fn waker(ctx: &egui::Context) -> Waker {
    let ctx = ctx.clone();
    Arc::new(move || ctx.request_repaint_after(WAKE_AFTER))
}

/// Both workers.
pub struct Workers {
    trainer: Port,
    reader: Port,
}

impl Workers {
    /// Starts both.
    pub fn start(waker: &Waker) -> Self {
        Self { trainer: Port::start("trainer", waker), reader: Port::start("reader", waker) }
    }

    /// Tells the worker that trains.
    pub fn tell_trainer(&mut self, command: Command) {
        self.trainer.outbox.push_back(command);
        self.trainer.flush();
    }

    /// Tells the worker that reads and predicts.
    pub fn tell_reader(&mut self, command: Command) {
        self.reader.outbox.push_back(command);
        self.reader.flush();
    }

    /// Sends what waits and collects what was reported, until `deadline`. Returns whether
    /// there is or may be more.
    pub fn drain(&mut self, actions: &mut Vec<Action>, deadline: Instant) -> bool {
        let mut more = false;
        for port in [&mut self.reader, &mut self.trainer] {
            port.flush();
            more |= !port.outbox.is_empty();
            while let Some(event) = port.receive() {
                actions.push(Action::Worker(event));
                if Instant::now() >= deadline {
                    more = true;
                    break;
                }
            }
        }
        more
    }
}

struct Port {
    outbox: VecDeque<Command>,
    events: (crossbeam_channel::Sender<WorkerEvent>, crossbeam_channel::Receiver<WorkerEvent>),
    waker: Waker,
}

impl Port {
    fn start(_name: &'static str, waker: &Waker) -> Self {
        Self { outbox: VecDeque::new(), events: crossbeam_channel::unbounded(), waker: waker.clone() }
    }

    fn flush(&mut self) {
        use crate::worker::{Job, WorkerEventKind};
        for command in self.outbox.drain(..) {
            let (sender, waker) = (self.events.0.clone(), self.waker.clone());
            if let Command::Start(job, Job::Describe { source, options, hold_out }) = command {
                std::thread::spawn(move || {
                    let opened = crate::data::open(&source, &options, &crate::data::silent);
                    let result = opened.map(|mut data| {
                        data.hold_out(hold_out.0, hold_out.1);
                        let summary = crate::data::summary(&data);
                        let kind = WorkerEventKind::Data(Arc::new(data), summary);
                        let _ = sender.send(WorkerEvent { job, kind });
                    });
                    let kind = WorkerEventKind::Ended(result.map_err(|e| e.to_string()));
                    let _ = sender.send(WorkerEvent { job, kind });
                    waker();
                });
            }
        }
    }

    fn receive(&mut self) -> Option<WorkerEvent> {
        self.events.1.try_recv().ok()
    }
}
