//! The worker's desk: commands come in, events go out, jobs wait their turn. The running
//! job sees it through its steering and its observer.

use super::outbox::Outbox;
use super::{Command, Job, JobId, WorkerEventKind};
use crate::runs::{Event, PredictionTable};
use crate::train::{Control, Observer, PredictReply, Steering};
use crossbeam_channel::Receiver;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

struct Papers {
    outbox: Outbox,
    waiting: VecDeque<(JobId, Job)>,
}

/// Shared by the thread, the running job's steering and its observer; all on one thread
/// except while a job reads data with helpers.
#[derive(Clone)]
pub(super) struct Desk {
    commands: Receiver<Command>,
    leaving: Arc<AtomicBool>,
    papers: Arc<Mutex<Papers>>,
}

impl Desk {
    pub fn new(commands: Receiver<Command>, leaving: Arc<AtomicBool>, outbox: Outbox) -> Self {
        let papers = Papers { outbox, waiting: VecDeque::new() };
        Self { commands, leaving, papers: Arc::new(Mutex::new(papers)) }
    }

    fn papers(&self) -> MutexGuard<'_, Papers> {
        // A job that panicked may have held it; queue and outbox are valid after each call.
        self.papers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn report(&self, job: JobId, kind: WorkerEventKind) {
        self.papers().outbox.push(job, kind);
    }

    /// The next job; waits for one. `None` when it is time to leave.
    pub fn next_job(&self) -> Option<(JobId, Job)> {
        loop {
            if self.leaving.load(Ordering::Relaxed) {
                return None;
            }
            if let Some(job) = self.papers().waiting.pop_front() {
                return Some(job);
            }
            let command = self.papers().outbox.wait(&self.commands);
            // Steering an old job means nothing; `sort` drops it.
            let _ = self.sort(command.unwrap_or(Command::Shutdown), None);
        }
    }

    /// Deals with one command; returns it if it steers the `current` job.
    fn sort(&self, command: Command, current: Option<JobId>) -> Option<Control> {
        match command {
            Command::Start(id, job) => self.papers().waiting.push_back((id, job)),
            Command::Control(id, control) if Some(id) == current => return Some(control),
            Command::Control(id, Control::Stop) => {
                let papers = &mut *self.papers();
                if let Some(place) = papers.waiting.iter().position(|(waiting, _)| *waiting == id) {
                    papers.waiting.remove(place);
                    papers.outbox.push(id, WorkerEventKind::Ended(Ok(())));
                }
            }
            Command::Control(..) => {}
            Command::Shutdown => self.leaving.store(true, Ordering::Relaxed),
        }
        None
    }
}

/// How the running job hears the person's wishes.
pub struct JobSteering {
    desk: Desk,
    job: JobId,
    stops: u32,
}

impl JobSteering {
    pub(super) fn new(desk: &Desk, job: JobId) -> Self {
        Self { desk: desk.clone(), job, stops: 0 }
    }

    /// Leaving is a Stop and, so that closing the window does not take long, another.
    fn stop_to_leave(&mut self) -> Option<Control> {
        let due = self.stops < 2 && self.desk.leaving.load(Ordering::Relaxed);
        self.stops += u32::from(due);
        due.then_some(Control::Stop)
    }
}

impl Steering for JobSteering {
    fn poll(&mut self) -> Option<Control> {
        self.desk.papers().outbox.tick();
        loop {
            if let Some(stop) = self.stop_to_leave() {
                return Some(stop);
            }
            let command = self.desk.commands.try_recv().ok()?;
            if let Some(control) = self.desk.sort(command, Some(self.job)) {
                return Some(control);
            }
        }
    }

    fn wait(&mut self) -> Option<Control> {
        loop {
            if let Some(stop) = self.stop_to_leave() {
                return Some(stop);
            }
            let command = self.desk.papers().outbox.wait(&self.desk.commands)?;
            if let Some(control) = self.desk.sort(command, Some(self.job)) {
                return Some(control);
            }
        }
    }
}

/// How the running job reports.
pub struct JobObserver {
    desk: Desk,
    job: JobId,
    /// Last step, seconds of training, and whether the last event of a run was seen.
    pub(super) seen: (u64, f64, bool),
}

impl JobObserver {
    pub(super) fn new(desk: &Desk, job: JobId) -> Self {
        Self { desk: desk.clone(), job, seen: (0, 0.0, false) }
    }

    /// Reports something that is not an event of a run.
    pub fn report(&self, kind: WorkerEventKind) {
        self.desk.report(self.job, kind);
    }
}

impl Observer for JobObserver {
    fn event(&mut self, event: &Event) {
        match event {
            Event::Step { step, seconds, .. } => (self.seen.0, self.seen.1) = (*step, *seconds),
            Event::Done(_) => self.seen.2 = true,
            _ => {}
        }
        self.report(WorkerEventKind::Run(event.clone()));
    }

    fn predictions(&mut self, table: &Arc<PredictionTable>) {
        self.report(WorkerEventKind::Predictions(table.clone()));
    }

    fn predicted(&mut self, reply: PredictReply) {
        self.report(WorkerEventKind::Predicted(reply));
    }
}
