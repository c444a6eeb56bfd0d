//! Training to a deadline: how far a run is by its clock, and when it has to end so that the
//! closing evaluation is done in time. The schedule then follows whichever is further, steps
//! or time, so that the learning rate has come down when the time is up.

/// Share of a training step's time that the evaluation of as many examples is reckoned with:
/// forward alone is about a third of forward and backward, the rest is for writing.
const EVALUATION: f64 = 0.5;

/// What is known about a run's pace.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Pace {
    /// Seconds of all steps of this sitting, and their examples.
    seconds: f64,
    samples: u64,
    /// Seconds of the step before.
    step: f64,
    /// The furthest share of the time, and the deadline that it belongs to.
    share: (f64, f64),
}

impl Pace {
    /// Takes a step into account.
    pub fn stepped(&mut self, seconds: f64, samples: u64) {
        self.seconds += seconds;
        self.samples += samples;
        self.step = seconds;
    }

    /// Seconds that evaluating `examples` at the end is reckoned to take.
    fn reserve(&self, examples: usize) -> f64 {
        self.seconds / self.samples.max(1) as f64 * examples as f64 * EVALUATION
    }

    /// Share of the time until `deadline` (in seconds of training) that is gone after
    /// `elapsed` seconds, where `examples` are to be evaluated at the end; 0 to 1. It never
    /// goes back, even when the pace turns out to be quicker, unless the deadline is moved.
    pub fn share(&mut self, deadline: f64, elapsed: f64, examples: usize) -> f64 {
        let budget = deadline - self.reserve(examples);
        let share = if budget > 0.0 { (elapsed / budget).clamp(0.0, 1.0) } else { 1.0 };
        let before = if self.share.1 == deadline { self.share.0 } else { 0.0 };
        self.share = (share.max(before), deadline);
        self.share.0
    }

    /// Whether another step would end too late, with the time of one more for saving. The first
    /// step is always made.
    pub fn is_over(&self, deadline: f64, elapsed: f64, examples: usize) -> bool {
        self.samples > 0 && elapsed + 2.0 * self.step + self.reserve(examples) >= deadline
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_rises_evenly_and_never_goes_back() {
        let mut pace = Pace::default();
        let mut before = pace.share(100.0, 0.0, 50);
        assert_eq!(before, 0.0);
        let (mut elapsed, mut steps) = (0.0, 0);
        while !pace.is_over(100.0, elapsed, 50) {
            // The first steps are slow, as they are.
            let seconds = if steps < 2 { 4.0 } else { 1.0 };
            elapsed += seconds;
            steps += 1;
            pace.stepped(seconds, 10);
            let share = pace.share(100.0, elapsed, 50);
            assert!((0.0..=1.0).contains(&share) && share >= before, "{before} to {share}");
            assert!(share - before <= seconds / 80.0, "{before} to {share} at {elapsed}");
            before = share;
        }
        // 50 examples cost about half of five steps; the last step ended in time for them.
        assert!((95.0..=97.0).contains(&elapsed), "{elapsed}");
        assert!(before > 0.98, "{before}");
        // A later deadline sets it back, an earlier one forward.
        assert!(pace.share(1000.0, elapsed, 50) < 0.2);
        assert_eq!(pace.share(10.0, elapsed, 50), 1.0);
        assert!(pace.is_over(10.0, elapsed, 50));
    }

    #[test]
    fn a_deadline_too_short_for_anything_allows_one_step() {
        let mut pace = Pace::default();
        assert!(!pace.is_over(1e-9, 5.0, 1000));
        pace.stepped(1.0, 10);
        assert!(pace.is_over(1e-9, 6.0, 1000));
        assert_eq!(pace.share(1e-9, 6.0, 1000), 1.0);
    }
}
