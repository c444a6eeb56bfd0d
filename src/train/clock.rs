//! Time as a run sees it: seconds since it began, pauses left out. The time itself comes from
//! outside, so that what depends on it can be tested without waiting.

use std::time::Instant;

/// Says how late it is.
pub trait Clock: Sync {
    /// Seconds since some moment; never less than before.
    fn seconds(&self) -> f64;
}

/// The system's clock, which no change of date or zone moves.
pub struct SystemClock(Instant);

impl SystemClock {
    /// From now on.
    pub fn start() -> Self {
        Self(Instant::now())
    }
}

impl Clock for SystemClock {
    fn seconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}

/// Seconds of training.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stopwatch {
    begun: f64,
    paused: f64,
    /// Seconds of training before this sitting.
    before: f64,
}

impl Stopwatch {
    /// Begins at `now` on the clock, after `before` seconds of training in earlier sittings.
    pub fn start(now: f64, before: f64) -> Self {
        Self { begun: now, paused: 0.0, before }
    }

    /// Goes on at `now` in a sitting that has had `sitting` seconds of training already.
    pub fn go_on(now: f64, before: f64, sitting: f64) -> Self {
        Self { begun: now - sitting, paused: 0.0, before }
    }

    /// Seconds of training before this sitting.
    pub fn before(&self) -> f64 {
        self.before
    }

    /// Leaves out this many seconds.
    pub fn pause(&mut self, seconds: f64) {
        self.paused += seconds;
    }

    /// Seconds of training in this sitting.
    pub fn sitting(&self, now: f64) -> f64 {
        (now - self.begun - self.paused).max(0.0)
    }

    /// Seconds of training in all.
    pub fn total(&self, now: f64) -> f64 {
        self.before + self.sitting(now)
    }
}
