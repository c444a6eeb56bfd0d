//! What the worker has to say and has not yet sent. It never waits for the window: while
//! the channel is full, messages pile up here, older predictions and progress give way to
//! newer, and not one point, beginning or end is lost.

use super::{JobId, WorkerEvent, WorkerEventKind};
use crate::runs::Event;
use crossbeam_channel::{Receiver, Select, Sender, TrySendError};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Points and progress are sent at most 30 times a second.
const SEND_EVERY: Duration = Duration::from_millis(33);
/// Events in a message; bounds the time that taking one message takes.
const EVENTS_IN_MESSAGE: usize = 256;

pub(super) struct Outbox {
    sender: Sender<Vec<WorkerEvent>>,
    wake: Arc<dyn Fn() + Send + Sync>,
    /// Gathered since the last sending, newest last.
    fresh: Vec<WorkerEvent>,
    /// Messages that did not fit into the channel, oldest first.
    backlog: VecDeque<Vec<WorkerEvent>>,
    sent: Option<Instant>,
}

impl Outbox {
    pub fn new(sender: Sender<Vec<WorkerEvent>>, wake: Arc<dyn Fn() + Send + Sync>) -> Self {
        Self { sender, wake, fresh: Vec::new(), backlog: VecDeque::new(), sent: None }
    }

    /// Adds an event. Points and progress wait for the next sending; the rest goes at once,
    /// behind what was gathered before.
    pub fn push(&mut self, job: JobId, kind: WorkerEventKind) {
        let gathered = matches!(kind, WorkerEventKind::Run(Event::Step { .. } | Event::Progress { .. }));
        match &kind {
            WorkerEventKind::Run(Event::Progress { .. }) => self.replace_progress(job),
            WorkerEventKind::Predictions(_) => self.drop_older_predictions(job),
            _ => {}
        }
        self.fresh.push(WorkerEvent { job, kind });
        if gathered {
            self.tick();
        } else {
            self.send();
        }
    }

    /// Sends what was gathered, if it is time.
    pub fn tick(&mut self) {
        let due = self.sent.is_none_or(|at| at.elapsed() >= SEND_EVERY);
        if due && !(self.fresh.is_empty() && self.backlog.is_empty()) {
            self.send();
        }
    }

    /// Waits for a command; sends what is left meanwhile, as room appears. `None` when the
    /// handle is gone.
    pub fn wait<T>(&mut self, commands: &Receiver<T>) -> Option<T> {
        loop {
            self.send();
            let Some(message) = self.backlog.pop_front() else { return commands.recv().ok() };
            let mut select = Select::new();
            let receiving = select.recv(commands);
            select.send(&self.sender);
            let ready = select.select();
            if ready.index() == receiving {
                self.backlog.push_front(message);
                return ready.recv(commands).ok();
            }
            if ready.send(&self.sender, message).is_err() {
                self.backlog.clear();
            }
            (self.wake)();
        }
    }

    fn send(&mut self) {
        self.sent = Some(Instant::now());
        for event in self.fresh.drain(..) {
            match self.backlog.back_mut() {
                Some(message) if message.len() < EVENTS_IN_MESSAGE => message.push(event),
                _ => self.backlog.push_back(vec![event]),
            }
        }
        let mut any = false;
        while let Some(message) = self.backlog.pop_front() {
            match self.sender.try_send(message) {
                Ok(()) => any = true,
                Err(TrySendError::Full(message)) => {
                    self.backlog.push_front(message);
                    break;
                }
                // Nobody listens any more; the log on disk has it all.
                Err(TrySendError::Disconnected(_)) => self.backlog.clear(),
            }
        }
        if any {
            (self.wake)();
        }
    }

    fn replace_progress(&mut self, job: JobId) {
        let is_progress = |event: &mut WorkerEvent| {
            event.job == job && matches!(event.kind, WorkerEventKind::Run(Event::Progress { .. }))
        };
        self.fresh.pop_if(is_progress);
        if self.fresh.is_empty()
            && let Some(message) = self.backlog.back_mut()
        {
            message.pop_if(is_progress);
            if message.is_empty() {
                self.backlog.pop_back();
            }
        }
    }

    fn drop_older_predictions(&mut self, job: JobId) {
        let stays =
            |event: &WorkerEvent| event.job != job || !matches!(event.kind, WorkerEventKind::Predictions(_));
        self.fresh.retain(stays);
        self.backlog.iter_mut().for_each(|message| message.retain(stays));
        self.backlog.retain(|message| !message.is_empty());
    }
}
