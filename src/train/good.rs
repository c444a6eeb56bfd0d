//! Which checkpoint a run that has gone wrong can go on from. Weights are known to be good by the
//! loss of the step after them, which they gave: when it is not far above that of the untrained
//! weights (by the measure of `spike`). A fold over steps and saves; it keeps and deletes nothing.

use super::spike::is_far_above;
use crate::runs::Event;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of the checkpoints so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Good {
    /// The loss of the untrained weights.
    first: Option<f64>,
    /// The newest checkpoint, whose next step is not known yet.
    waiting: Option<u64>,
    /// The newest one that is known to be good.
    step: Option<u64>,
    /// Whether a loss was far up, and no checkpoint since is known to be good.
    doubtful: bool,
}

impl Good {
    /// As the events that stand tell it, of a run that goes on from the checkpoint of `step`.
    pub fn of(events: &[Event], step: u64) -> Self {
        let mut losses = BTreeMap::new();
        let mut saved = BTreeSet::from([step]);
        for event in events {
            match event {
                Event::Step { step, metrics, .. } => {
                    losses.extend(metrics.get("loss").map(|loss| (*step, *loss)));
                }
                Event::Checkpoint { step, .. } => {
                    saved.insert(*step);
                }
                _ => {}
            }
        }
        let mut good = Self::default();
        for (at, loss) in losses.range(..=step) {
            good.take(*at, *loss);
            if saved.contains(at) {
                good.saved(*at);
            }
        }
        good
    }

    /// A checkpoint of this step was saved.
    pub fn saved(&mut self, step: u64) {
        self.waiting = Some(step);
    }

    /// Takes in the loss of one more step; whether the weights before it are good.
    pub fn take(&mut self, step: u64, loss: f64) -> bool {
        let is_good = !is_far_above(loss, *self.first.get_or_insert(loss));
        self.doubtful |= !is_good;
        if let Some(saved) = self.waiting.take_if(|saved| *saved < step)
            && is_good
            && saved + 1 == step
        {
            (self.step, self.doubtful) = (Some(saved), false);
        }
        is_good
    }

    /// The newest checkpoint that is known to be good.
    pub fn step(&self) -> Option<u64> {
        self.step
    }

    /// The one that must stay while the run may be going wrong.
    pub fn kept(&self) -> Option<u64> {
        self.step.filter(|_| self.doubtful)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_good_by_the_loss_that_they_gave() {
        let mut good = Good::default();
        assert!(good.take(1, 2.0));
        good.saved(1);
        assert_eq!(good.step(), None, "the next step is not known yet");
        assert!(good.take(2, 1.0));
        assert_eq!((good.step(), good.kept()), (Some(1), None));
        good.saved(2);
        assert!(!good.take(3, 3.01), "more than 1.5 times the first, and by more than 0.5");
        assert_eq!((good.step(), good.kept()), (Some(1), Some(1)), "2 broke it, so 1 stays");
        good.saved(3);
        assert!(!good.take(4, f64::NAN));
        assert_eq!(good.step(), Some(1));
        assert!(good.take(5, 3.0));
        assert_eq!((good.step(), good.kept()), (Some(1), Some(1)), "a calm step proves no checkpoint");
        good.saved(5);
        assert!(good.take(6, 3.0));
        assert_eq!((good.step(), good.kept()), (Some(5), None), "it has come back");
    }

    #[test]
    fn the_log_tells_what_the_run_knew() {
        let losses = [2.0, 1.0, 1.1, 9.0, 9.0, 1.0, 1.0];
        let mut whole = Good::default();
        let mut events = Vec::new();
        for (step, loss) in (1..).zip(losses) {
            whole.take(step, loss);
            let metrics = [("loss".to_owned(), loss)].into();
            events.push(Event::Step { step, epoch: 0.0, seconds: 0.0, metrics });
            if step % 2 == 0 {
                whole.saved(step);
                events.push(Event::Checkpoint { step, path: String::new(), best: false });
                assert_eq!(Good::of(&events, step), whole, "at step {step}");
            }
        }
        assert_eq!(whole.step(), Some(6));
    }
}
