//! The run's link to the outside: wishes are gathered here from wherever the run looks for
//! them, also between micro-batches, and progress goes out at a rate that a screen can show.

use super::room::Room;
use super::wishes::{Stop, Wishes};
use super::{Clock, Control, Observer, PredictReply, Steering};
use crate::runs::{Disk, Event, PredictionTable, system_disk};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Progress of one stage is reported at most this often.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);

struct Ends<'a> {
    steering: &'a mut dyn Steering,
    observer: &'a mut dyn Observer,
    wishes: Wishes,
    progress: Option<(&'static str, Instant)>,
}

/// Shared by reference between the loop and the places that look for a stop.
pub(super) struct Link<'a> {
    ends: Mutex<Ends<'a>>,
    clock: &'a dyn Clock,
    disk: Arc<dyn Disk>,
    room: Room,
}

impl<'a> Link<'a> {
    pub fn new(steering: &'a mut dyn Steering, observer: &'a mut dyn Observer, clock: &'a dyn Clock) -> Self {
        let ends = Ends { steering, observer, wishes: Wishes::default(), progress: None };
        Self { ends: Mutex::new(ends), clock, disk: system_disk(), room: Room::default() }
    }

    /// The same, writing the run folder on this disk.
    pub fn on(self, disk: Arc<dyn Disk>) -> Self {
        Self { disk, ..self }
    }

    /// The same, taking only so much memory.
    pub fn within(self, room: Room) -> Self {
        Self { room, ..self }
    }

    /// How much memory it may take.
    pub fn room(&self) -> Room {
        self.room
    }

    /// Where the run folder is written.
    pub fn disk(&self) -> Arc<dyn Disk> {
        self.disk.clone()
    }

    /// How late it is, in seconds.
    pub fn now(&self) -> f64 {
        self.clock.seconds()
    }

    fn ends(&self) -> MutexGuard<'_, Ends<'a>> {
        // A panic of an observer is reported by whoever catches it; the values stay usable.
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes up all wishes that have come in; returns whether the run is to halt.
    pub fn look(&self) -> Stop {
        let ends = &mut *self.ends();
        while let Some(control) = ends.steering.poll() {
            ends.wishes.take(control);
        }
        ends.wishes.stop
    }

    /// Waits for one wish. No more to come counts as Stop.
    pub fn wait(&self) {
        let ends = &mut *self.ends();
        let control = ends.steering.wait();
        ends.wishes.take(control.unwrap_or(Control::Stop));
    }

    /// Works on the open wishes.
    pub fn wishes<R>(&self, work: impl FnOnce(&mut Wishes) -> R) -> R {
        work(&mut self.ends().wishes)
    }

    /// Reports an event.
    pub fn event(&self, event: &Event) {
        let ends = &mut *self.ends();
        ends.progress = None;
        ends.observer.event(event);
    }

    /// Reports progress; the beginning and the end of a stage always, the rest now and then.
    pub fn progress(&self, stage: &'static str, done: u64, total: u64) {
        let ends = &mut *self.ends();
        let due = match ends.progress {
            Some((last, at)) => last != stage || done >= total || at.elapsed() >= PROGRESS_EVERY,
            None => true,
        };
        if due {
            ends.progress = Some((stage, Instant::now()));
            ends.observer.event(&Event::Progress { stage: stage.to_owned(), done, total });
        }
    }

    pub fn predictions(&self, table: &Arc<PredictionTable>) {
        self.ends().observer.predictions(table);
    }

    pub fn predicted(&self, reply: PredictReply) {
        self.ends().observer.predicted(reply);
    }
}
