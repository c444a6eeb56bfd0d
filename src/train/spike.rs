//! Whether the loss has gone up and stayed there. A fold over the losses of the steps and nothing
//! else, so that a run that goes on says what the run that never stopped says. It changes nothing.
//!
//! The rule: three steps in a row each have a loss above 1.5 times the highest of the 50 losses
//! before the three, and more than 0.5 above it. It is told once; then 50 losses must come anew.

use std::collections::VecDeque;

/// Losses before the steps that are looked at.
const BEFORE: usize = 50;
/// Steps in a row that must be far above them.
const IN_A_ROW: usize = 3;
/// Far above: more than this many times ...
const TIMES: f64 = 1.5;
/// ... and by more than this many nats.
const BY: f64 = 0.5;

/// Whether a loss is far above another one; one that is no number is.
pub(super) fn is_far_above(loss: f64, other: f64) -> bool {
    !loss.is_finite() || loss > TIMES * other && loss > other + BY
}

/// The loss has gone up and stayed there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spike {
    /// The lowest loss of the steps that are far above.
    pub loss: f64,
    /// The highest of those before.
    pub highest: f64,
}

/// The newest losses.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Spikes {
    losses: VecDeque<f64>,
}

impl Spikes {
    /// Takes in the loss of one more step; says whether a spike is to be told.
    pub fn take(&mut self, loss: f64) -> Option<Spike> {
        self.losses.push_back(loss);
        if self.losses.len() > BEFORE + IN_A_ROW {
            self.losses.pop_front();
        }
        if self.losses.len() < BEFORE + IN_A_ROW {
            return None;
        }
        let highest = self.losses.iter().take(BEFORE).copied().fold(f64::NEG_INFINITY, f64::max);
        if !self.losses.iter().skip(BEFORE).all(|loss| is_far_above(*loss, highest)) {
            return None;
        }
        let loss = self.losses.iter().skip(BEFORE).copied().fold(f64::INFINITY, f64::min);
        self.losses.clear();
        Some(Spike { loss, highest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The steps, from 1, at which a spike is told, with what is told.
    fn told(losses: &[f64]) -> Vec<(usize, f64, f64)> {
        let mut spikes = Spikes::default();
        let each = losses.iter().enumerate();
        each.filter_map(|(i, loss)| spikes.take(*loss).map(|s| (i + 1, s.loss, s.highest))).collect()
    }

    fn after(calm: usize, level: f64, then: &[f64]) -> Vec<f64> {
        std::iter::repeat_n(level, calm).chain(then.iter().copied()).collect()
    }

    #[test]
    fn three_in_a_row_are_a_spike_and_two_are_none() {
        assert_eq!(told(&after(50, 2.0, &[4.0, 3.5, 5.0])), [(53, 3.5, 2.0)]);
        assert_eq!(told(&after(50, 2.0, &[4.0, 4.0])), []);
        assert_eq!(told(&after(50, 2.0, &[4.0, 4.0, 2.0, 4.0, 4.0, 2.0])), []);
        // A lone one among the fifty is the highest from then on.
        assert_eq!(told(&after(50, 2.0, &[4.0, 2.0, 4.5, 4.5, 4.5])), []);
        assert_eq!(told(&after(50, 2.0, &[4.0, 2.0, 6.1, 6.2, 6.3])), [(55, 6.1, 4.0)]);
    }

    #[test]
    fn fifty_losses_must_have_come_before() {
        assert_eq!(told(&after(49, 2.0, &[4.0, 4.0, 4.0])), []);
        assert_eq!(told(&after(50, 2.0, &[4.0, 4.0, 4.0])), [(53, 4.0, 2.0)]);
        // The highest of the last fifty counts, not an older one.
        let mut older = after(1, 9.0, &[]);
        older.extend(after(50, 2.0, &[4.0, 4.0, 4.0]));
        assert_eq!(told(&older), [(54, 4.0, 2.0)]);
        let mut within = after(1, 9.0, &[]);
        within.extend(after(49, 2.0, &[4.0, 4.0, 4.0]));
        assert_eq!(told(&within), []);
    }

    #[test]
    fn both_the_factor_and_the_difference_must_be_exceeded() {
        // Exactly 1.5 times is not above; neither is exactly 0.5 more.
        assert_eq!(told(&after(50, 2.0, &[3.0, 3.0, 3.0])), []);
        assert_eq!(told(&after(50, 2.0, &[3.001, 3.001, 3.001])), [(53, 3.001, 2.0)]);
        assert_eq!(told(&after(50, 0.25, &[0.75, 0.75, 0.75])), [], "three times, but only 0.5 more");
        assert_eq!(told(&after(50, 0.25, &[0.751, 0.751, 0.751])), [(53, 0.751, 0.25)]);
        assert_eq!(told(&after(50, 4.0, &[5.9, 5.9, 5.9])), [], "1.9 more, but not 1.5 times");
    }

    #[test]
    fn a_spike_is_told_once_and_the_fifty_begin_anew() {
        assert_eq!(told(&after(50, 1.0, &[9.0; 40])), [(53, 9.0, 1.0)]);
        // One that doubles with every step is far above again as soon as there are fifty.
        let losses = after(50, 1.0, &(0..120).map(|step| 2f64.powi(step)).collect::<Vec<_>>());
        let steps: Vec<usize> = told(&losses).into_iter().map(|(step, ..)| step).collect();
        assert_eq!(steps, [54, 107, 160]);
    }

    #[test]
    fn a_run_that_goes_on_says_what_the_run_that_never_stopped_says() {
        let mut losses = after(60, 1.0, &[5.0, 5.0, 5.0, 5.0]);
        losses.extend(after(55, 0.5, &[3.0, 3.0, 3.0, 3.0]));
        let whole = told(&losses);
        assert_eq!(whole.len(), 2);
        for cut in 0..losses.len() {
            let mut spikes = Spikes::default();
            let mut fed = losses.iter();
            let before = fed.by_ref().take(cut).filter(|loss| spikes.take(**loss).is_some()).count();
            let after = fed.filter(|loss| spikes.take(**loss).is_some()).count();
            assert_eq!(before + after, 2, "cut after {cut}");
        }
    }
}
