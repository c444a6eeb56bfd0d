//! The learning rate of each step, as a pure function: linear warm-up, then a cosine to 0.
//! It keeps no state, so a run whose length or peak changes half-way only asks again.

/// Learning rate of `step` (counted from 1) in a run of `total` steps.
///
/// The first `floor(total x warmup_fraction)` steps, at least one unless the fraction is 0,
/// rise linearly to `peak`; the rest follow half a cosine (Loshchilov and Hutter 2017,
/// "SGDR", without restarts) from `peak` toward 0, which the step after the last would reach.
pub fn learning_rate(step: u64, total: u64, warmup_fraction: f64, peak: f64) -> f64 {
    let warmup = warmup_steps(total, warmup_fraction);
    let done = step.saturating_sub(1);
    if done < warmup {
        return peak * step as f64 / warmup as f64;
    }
    let progress = (done - warmup) as f64 / total.saturating_sub(warmup).max(1) as f64;
    peak * 0.5 * (1.0 + (std::f64::consts::PI * progress.min(1.0)).cos())
}

/// Number of steps in which the learning rate rises.
pub fn warmup_steps(total: u64, warmup_fraction: f64) -> u64 {
    if warmup_fraction > 0.0 { ((total as f64 * warmup_fraction) as u64).max(1) } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_reference() {
        // total 20, one tenth warm-up, peak 1: from PyTorch's LambdaLR with
        // lambda t: (t + 1) / 2 if t < 2 else 0.5 * (1 + cos(pi * (t - 2) / 18)), t from 0.
        let expected = [
            (1, 0.5),
            (2, 1.0),
            (3, 1.0),
            (4, 0.992_403_876_506_104),
            (12, 0.5),
            (20, 0.007_596_123_493_895_97),
        ];
        for (step, rate) in expected {
            assert!((learning_rate(step, 20, 0.1, 1.0) - rate).abs() < 1e-12, "step {step}");
        }
    }

    #[test]
    fn edges_are_finite_and_within_the_peak() {
        for total in [0, 1, 2, 3, 1000] {
            for fraction in [0.0, 1e-9, 0.1, 0.5, 1.0] {
                let rates: Vec<f64> =
                    (1..=total + 2).map(|step| learning_rate(step, total, fraction, 3e-4)).collect();
                assert!(rates.iter().all(|r| (0.0..=3e-4).contains(r)), "{total} {fraction}: {rates:?}");
                let planned = &rates[..total as usize];
                assert!(planned.iter().all(|r| *r > 0.0), "no step is wasted: {total} {fraction}");
            }
        }
        assert_eq!(learning_rate(1, 1, 0.1, 1.0), 1.0);
        assert_eq!(learning_rate(1, 10, 0.0, 1.0), 1.0, "no warm-up starts at the peak");
        assert_eq!(learning_rate(10, 10, 1.0, 1.0), 1.0, "only warm-up ends at the peak");
    }
}
