//! Where a run stands: step, epoch, position in the epoch's order. It depends on nothing
//! but seed and examples, so that a run can be taken up again from three numbers.

use super::sampling::Sampler;

/// A place between two steps.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    /// Updates done.
    pub step: u64,
    /// Epochs gone through.
    pub epoch: u64,
    /// Examples of the current epoch gone through.
    pub position: usize,
    sampler: Sampler,
    order: Vec<u32>,
}

impl Place {
    /// Before the first step over the sampler's examples, of which there is at least one.
    pub fn start(sampler: Sampler) -> Self {
        Self::at(sampler, 0, 0, 0)
    }

    /// After `step` updates, `position` examples into an epoch.
    pub fn at(sampler: Sampler, step: u64, epoch: u64, position: usize) -> Self {
        let order = sampler.epoch(epoch);
        Self { step, epoch, position, sampler, order }
    }

    /// The examples of the next step; fewer at the end of an epoch.
    pub fn batch(&self, size: usize) -> &[u32] {
        &self.order[self.position..(self.position + size.max(1)).min(self.order.len())]
    }

    /// Goes on by one step over a batch of this size.
    pub fn advance(&mut self, size: usize) {
        self.step += 1;
        self.position += size.max(1);
        if self.position >= self.order.len() {
            self.epoch += 1;
            self.position = 0;
            self.order = self.sampler.epoch(self.epoch);
        }
    }

    /// Whether an epoch has just ended.
    pub fn epoch_ended(&self) -> bool {
        self.step > 0 && self.position == 0
    }

    /// Epochs gone through, with the fraction of the current one.
    pub fn epochs(&self) -> f64 {
        self.epoch as f64 + self.position as f64 / self.order.len().max(1) as f64
    }
}

/// Updates in an epoch.
pub(super) fn steps_per_epoch(samples: usize, batch: u64) -> u64 {
    (samples as u64).div_ceil(batch.max(1))
}

/// Updates in all: whole epochs, cut by the limit where there is one.
pub(super) fn total_steps(steps_per_epoch: u64, epochs: u64, max_steps: u64) -> u64 {
    let planned = steps_per_epoch.saturating_mul(epochs);
    if max_steps > 0 { planned.min(max_steps) } else { planned }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_epoch_sees_every_sample_once_in_another_order() {
        let samples: Vec<u32> = (10..20).collect();
        let mut place = Place::start(Sampler::shuffled(7, samples.clone()));
        let mut epochs = Vec::new();
        for epoch in 0..3 {
            let mut seen = Vec::new();
            for _ in 0..steps_per_epoch(10, 4) {
                assert_eq!(place.epoch, epoch);
                seen.extend_from_slice(place.batch(4));
                place.advance(4);
            }
            assert!(place.epoch_ended());
            assert_eq!(place.epochs(), epoch as f64 + 1.0);
            epochs.push(seen.clone());
            seen.sort_unstable();
            assert_eq!(seen, samples, "the last, smaller batch is kept");
        }
        assert_eq!(place.step, 9);
        assert!(epochs[0] != epochs[1] && epochs[1] != epochs[2]);
    }

    #[test]
    fn the_limit_cuts_the_plan() {
        let cases = [(3, 10, 0, 30), (3, 10, 7, 7), (3, 1, 7, 3), (u64::MAX, 2, 0, u64::MAX)];
        for (per_epoch, epochs, limit, total) in cases {
            assert_eq!(total_steps(per_epoch, epochs, limit), total);
        }
    }
}
