//! Which training examples an epoch goes through, in which order: each once, or each class
//! equally often. A function of seed, epoch and examples alone, so that nothing needs to be
//! kept to go on in the midst of a run.

use crate::config::Sampling;
use crate::data::{Dataset, Split};
use crate::preprocess::order;
use crate::random::{Key, Purpose};

/// The training examples and the plan by which they come.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sampler {
    seed: u64,
    plan: Plan,
}

#[derive(Clone, Debug, PartialEq)]
enum Plan {
    Shuffled(Vec<u32>),
    /// The examples of each class that occurs.
    Balanced(Vec<Vec<u32>>),
}

impl Sampler {
    /// Over the training examples of `data`, which all have a class.
    pub fn new(kind: Sampling, seed: u64, data: &Dataset) -> Self {
        let samples = data.indices(Split::Train);
        match kind {
            Sampling::Shuffled => Self::shuffled(seed, samples),
            Sampling::Balanced => {
                let mut classes = vec![Vec::new(); data.classes.len()];
                for sample in samples {
                    let class = data.targets.get(sample as usize).and_then(|target| target.class());
                    if let Some(members) = class.and_then(|class| classes.get_mut(class as usize)) {
                        members.push(sample);
                    }
                }
                classes.retain(|members| !members.is_empty());
                Self { seed, plan: Plan::Balanced(classes) }
            }
        }
    }

    /// Each of `samples` once.
    pub fn shuffled(seed: u64, samples: Vec<u32>) -> Self {
        Self { seed, plan: Plan::Shuffled(samples) }
    }

    /// Examples in an epoch: as many as there are for training, however they are chosen.
    pub fn len(&self) -> usize {
        match &self.plan {
            Plan::Shuffled(samples) => samples.len(),
            Plan::Balanced(classes) => classes.iter().map(Vec::len).sum(),
        }
    }

    /// The examples of an epoch, in order.
    pub fn epoch(&self, epoch: u64) -> Vec<u32> {
        match &self.plan {
            Plan::Shuffled(samples) => order(self.seed, epoch, samples),
            Plan::Balanced(classes) => order(self.seed, epoch, &self.balanced(classes, epoch)),
        }
    }

    /// What each class gives to an epoch: its examples round after round, each round in another
    /// order, going on where the epoch before ended.
    fn balanced(&self, classes: &[Vec<u32>], epoch: u64) -> Vec<u32> {
        let (all, count) = (self.len() as u128, classes.len() as u128);
        // Examples that class number i has given before an epoch. The sum over all i of
        // floor((x + i) / count) is x, so every epoch is full and classes differ by one at most.
        let given = |epoch: u64, i: usize| (u128::from(epoch) * all + i as u128) / count.max(1);
        let mut chosen = Vec::with_capacity(self.len());
        for (i, members) in classes.iter().enumerate() {
            let key = Key::new(self.seed, Purpose::Balance).with(i as u64).bits();
            let size = members.len() as u128;
            let (mut next, end) = (given(epoch, i), given(epoch + 1, i));
            while next < end {
                let (round, start) = (next / size, (next % size) as usize);
                let take = (end - next).min(size - start as u128) as usize;
                chosen.extend_from_slice(&order(key, round as u64, members)[start..start + take]);
                next += take as u128;
            }
        }
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2, 11 and 5 examples of three classes, numbered through.
    fn sampler() -> Sampler {
        let classes = vec![(0..2).collect(), (2..13).collect(), (13..18).collect()];
        Sampler { seed: 3, plan: Plan::Balanced(classes) }
    }

    #[test]
    fn every_class_comes_equally_often_and_each_of_its_examples_too() {
        let sampler = sampler();
        assert_eq!(sampler.len(), 18);
        let mut times = [0u32; 18];
        let mut orders = Vec::new();
        for epoch in 0..40 {
            let samples = sampler.epoch(epoch);
            assert_eq!(samples.len(), 18, "as long as an epoch of all");
            let of = |range: std::ops::Range<u32>| samples.iter().filter(|s| range.contains(s)).count();
            let counts = [of(0..2), of(2..13), of(13..18)];
            assert_eq!(counts, [6, 6, 6], "epoch {epoch}");
            samples.iter().for_each(|s| times[*s as usize] += 1);
            orders.push(samples);
        }
        // 240 draws of each class, shared by its examples as evenly as can be.
        for (members, share) in [(0..2, 120), (2..13, 21), (13..18, 48)] {
            assert!(times[members].iter().all(|t| *t == share || *t == share + 1), "{times:?}");
        }
        assert!(orders[0] != orders[1] && orders[1] != orders[2]);
        assert_eq!(orders[7], sampler.epoch(7), "whatever was asked before");
        assert_ne!(orders[0], Sampler { seed: 4, ..sampler }.epoch(0));
    }

    #[test]
    fn what_does_not_divide_evenly_evens_out_over_the_epochs() {
        let classes = vec![vec![0], vec![1, 2, 3, 4], vec![5, 6]];
        let sampler = Sampler { seed: 0, plan: Plan::Balanced(classes) };
        let mut counts = [0usize; 3];
        for epoch in 0..30 {
            let samples = sampler.epoch(epoch);
            assert_eq!(samples.len(), 7);
            let class = |s: &u32| usize::from(*s > 0) + usize::from(*s > 4);
            let mut now = [0usize; 3];
            samples.iter().for_each(|s| now[class(s)] += 1);
            assert!(now.iter().all(|n| (2..=3).contains(n)), "epoch {epoch}: {now:?}");
            counts.iter_mut().zip(now).for_each(|(all, n)| *all += n);
        }
        assert_eq!(counts, [70, 70, 70]);
    }
}
