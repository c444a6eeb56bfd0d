//! The learning rate of each step, as a pure function: a warm-up, then one of the schedules
//! that can be chosen. It keeps no state, so a run whose length or peak changes half-way
//! only asks again.

use crate::config::{Schedule, Train};
use std::f64::consts::PI;

/// Falls of [`Schedule::Step`] over the run, and what remains after each: as ResNets were
/// trained (He et al. 2016), in three parts of equal length.
const PARTS: f64 = 3.0;
const GAMMA: f64 = 0.1;

/// First and last rate of [`Schedule::OneCycle`], as shares of the peak: PyTorch's
/// `div_factor` and `final_div_factor`.
const CYCLE_FIRST: f64 = 1.0 / 25.0;
const CYCLE_LAST: f64 = CYCLE_FIRST / 1e4;

/// Learning rate of `step` (counted from 1) in a run of `total` steps with these settings:
/// `train.schedule`, `train.warmup_fraction` and `train.learning_rate`, the peak.
///
/// The first `floor(total x warmup_fraction)` steps, at least one unless the fraction is 0,
/// rise linearly to the peak. What follows, with p from 0 at the first step after them toward
/// 1, which the step after the last would reach:
///
/// - cosine: half a cosine (Loshchilov and Hutter 2017, "SGDR", without restarts), PyTorch's
///   `CosineAnnealingLR`;
/// - linear: 1 - p, PyTorch's `LinearLR` from 1 to 0;
/// - constant: the peak;
/// - step: a tenth for each third of p, PyTorch's `StepLR` with gamma 0.1;
/// - one-cycle: warm-up and fall as PyTorch's `OneCycleLR` with `pct_start` the warm-up
///   (Smith and Topin 2018): along cosines from 1/25 of the peak to the peak, then to 4e-6 of it.
pub fn learning_rate(train: &Train, step: u64, total: u64) -> f64 {
    learning_rate_after(train, step.saturating_sub(1) as f64, total)
}

/// The same for a place between steps: the learning rate after `done` of `total` steps, which
/// need not be whole. Where time leads and not steps, `done` is the share of the time gone
/// times `total`.
pub fn learning_rate_after(train: &Train, done: f64, total: u64) -> f64 {
    let (peak, fraction) = (train.learning_rate, train.warmup_fraction);
    if train.schedule == Schedule::OneCycle {
        return peak * one_cycle(done, total, fraction);
    }
    let warmup = warmup_steps(total, fraction);
    if done < warmup as f64 {
        return peak * (done + 1.0).min(warmup as f64) / warmup as f64;
    }
    let (gone, after) = (done - warmup as f64, total.saturating_sub(warmup).max(1) as f64);
    let progress = (gone / after).min(1.0);
    match train.schedule {
        Schedule::Cosine => peak * 0.5 * (1.0 + (PI * progress).cos()),
        Schedule::Linear => peak * (1.0 - progress),
        Schedule::Step => {
            let falls = (gone * PARTS / after).floor().min(PARTS - 1.0);
            peak * GAMMA.powi(falls as i32)
        }
        Schedule::Constant | Schedule::OneCycle => peak,
    }
}

/// The cycle as a share of the peak. Its turning points lie between steps where the
/// warm-up is no whole number of them, as in PyTorch.
fn one_cycle(at: f64, total: u64, fraction: f64) -> f64 {
    let (top, end) = (fraction * total as f64 - 1.0, total as f64 - 1.0);
    let (from, to, begun, ended) =
        if at <= top { (CYCLE_FIRST, 1.0, 0.0, top) } else { (1.0, CYCLE_LAST, top, end) };
    // A part without length is at its end at once.
    let part = if ended > begun { ((at - begun) / (ended - begun)).min(1.0) } else { 1.0 };
    to + (from - to) * 0.5 * (1.0 + (PI * part).cos())
}

/// Number of steps in which the learning rate rises.
pub fn warmup_steps(total: u64, warmup_fraction: f64) -> u64 {
    if warmup_fraction > 0.0 { ((total as f64 * warmup_fraction) as u64).max(1) } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{SettingValue, Value};

    const ALL: [Schedule; 5] =
        [Schedule::Cosine, Schedule::Linear, Schedule::Constant, Schedule::OneCycle, Schedule::Step];

    fn settings(schedule: Schedule, warmup_fraction: f64, learning_rate: f64) -> Train {
        Train { schedule, warmup_fraction, learning_rate, ..Train::default() }
    }

    #[test]
    fn every_choice_is_tested_here() {
        let chosen = Schedule::CHOICES.iter().map(|c| Schedule::from_value(&Value::Text(c.key.to_owned())));
        assert!(chosen.eq(ALL.map(Some)));
    }

    #[test]
    fn follows_the_reference() {
        // Total 20, one tenth warm-up, peak 1: from PyTorch's LambdaLR with
        // lambda t: (t + 1) / 2 if t < 2 else 0.5 * (1 + cos(pi * (t - 2) / 18)), t from 0;
        // for the others SequentialLR of the same warm-up with LinearLR(1, 0, 18) and
        // StepLR(6, 0.1), and OneCycleLR(total_steps=20, pct_start=...).
        type Case = (Schedule, f64, &'static [(u64, f64)]);
        let expected: [Case; 7] = [
            (
                Schedule::Cosine,
                0.1,
                &[
                    (1, 0.5),
                    (2, 1.0),
                    (3, 1.0),
                    (4, 0.992_403_876_506_104),
                    (12, 0.5),
                    (20, 0.007_596_123_493_895_97),
                ],
            ),
            (
                Schedule::Linear,
                0.1,
                &[
                    (1, 0.5),
                    (2, 1.0),
                    (3, 1.0),
                    (8, 0.722_222_222_222_222_2),
                    (12, 0.5),
                    (15, 0.333_333_333_333_333_3),
                    (20, 0.055_555_555_555_555_57),
                ],
            ),
            (Schedule::Constant, 0.1, &[(1, 0.5), (2, 1.0), (3, 1.0), (12, 1.0), (20, 1.0)]),
            (
                Schedule::Step,
                0.1,
                &[(1, 0.5), (2, 1.0), (3, 1.0), (8, 1.0), (9, 0.1), (14, 0.1), (15, 0.01), (20, 0.01)],
            ),
            (
                Schedule::OneCycle,
                0.1,
                &[
                    (1, 0.04),
                    (2, 1.0),
                    (3, 0.992_403_906_890_598),
                    (8, 0.750_001),
                    (9, 0.671_011_387_622_547_8),
                    (14, 0.250_003),
                    (20, 4e-6),
                ],
            ),
            (
                Schedule::OneCycle,
                0.33,
                &[
                    (1, 0.04),
                    (2, 0.113_572_384_370_423_6),
                    (3, 0.311_735_805_223_572),
                    (8, 0.973_307_944_413_866_5),
                    (9, 0.922_916_337_965_430_2),
                    (15, 0.305_956_849_847_580_65),
                    (20, 4e-6),
                ],
            ),
            (
                Schedule::OneCycle,
                0.0,
                &[(1, 0.993_844_194_920_887_7), (12, 0.345_494_120_846_515_1), (20, 4e-6)],
            ),
        ];
        for (schedule, fraction, rates) in expected {
            for (step, rate) in rates {
                let got = learning_rate(&settings(schedule, fraction, 1.0), *step, 20);
                assert!((got - rate).abs() < 1e-12, "{schedule:?} {fraction}, step {step}: {got}");
            }
        }
    }

    #[test]
    fn between_two_steps_the_rate_lies_between_theirs() {
        for schedule in ALL {
            let train = settings(schedule, 0.15, 1.0);
            let rate = |done: f64| learning_rate_after(&train, done, 40);
            for tenth in 0..400 {
                let (done, step) = (f64::from(tenth) / 10.0, tenth / 10);
                let ends = [rate(f64::from(step)), rate(f64::from(step + 1))];
                let (low, high) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
                // The top of a cycle may lie between two steps.
                let high = if schedule == Schedule::OneCycle && step == 5 { 1.0 } else { high };
                assert!((low..=high).contains(&rate(done)), "{schedule:?} at {done}: {}", rate(done));
            }
            // Past the end it stays where it ended.
            assert_eq!(rate(41.0), rate(1e9), "{schedule:?}");
        }
    }

    #[test]
    fn edges_are_finite_and_within_the_peak() {
        for schedule in ALL {
            for total in [0, 1, 2, 3, 10, 1000] {
                for fraction in [0.0, 1e-9, 0.1, 0.5, 1.0] {
                    let train = settings(schedule, fraction, 3e-4);
                    let rates: Vec<f64> =
                        (1..=total + 2).map(|step| learning_rate(&train, step, total)).collect();
                    let case = format!("{schedule:?} {total} {fraction}: {rates:?}");
                    assert!(rates.iter().all(|r| (0.0..=3e-4).contains(r)), "{case}");
                    let planned = &rates[..total as usize];
                    assert!(planned.iter().all(|r| *r > 0.0), "no step is wasted: {case}");
                }
            }
            let rate = |step, total, fraction| learning_rate(&settings(schedule, fraction, 1.0), step, total);
            assert_eq!(rate(10, 10, 1.0), 1.0, "{schedule:?}: only warm-up ends at the peak");
            if schedule != Schedule::OneCycle {
                assert_eq!(rate(1, 1, 0.1), 1.0, "{schedule:?}");
                assert_eq!(rate(1, 10, 0.0), 1.0, "{schedule:?}: no warm-up starts at the peak");
            }
        }
    }
}
