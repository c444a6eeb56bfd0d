//! Which examples are held out for validation: seeded, stratified, never from the test split.

use super::{Dataset, Split};
use crate::random::{Key, Purpose};
use rand::Rng;

impl Dataset {
    /// Holds out `fraction` of the labelled training examples for validation, each class
    /// giving its share: shares are rounded down and the examples still missing go to the
    /// classes with the largest remainders, the first class first. A class with a single
    /// training example keeps it, and no class gives its last one.
    ///
    /// Starts from the declared splits each time, so it may be called again with other
    /// values. A set that declares validation examples of its own is left as it is, and
    /// test examples stay what they are. Same seed and data, same split.
    pub fn hold_out(&mut self, fraction: f64, seed: u64) {
        self.splits.clone_from(&self.declared);
        if self.declared.contains(&Split::Validation) || fraction.is_nan() || fraction <= 0.0 {
            return;
        }
        let mut members: Vec<Vec<u32>> = vec![Vec::new(); self.classes.len()];
        for (index, (target, split)) in (0u32..).zip(self.targets.iter().zip(&self.splits)) {
            if let (Some(class), Split::Train) = (target.class(), split)
                && let Some(members) = members.get_mut(class as usize)
            {
                members.push(index);
            }
        }
        let sizes: Vec<usize> = members.iter().map(Vec::len).collect();
        let counts = shares(&sizes, fraction.min(1.0));
        for (class, (members, count)) in (0u64..).zip(members.iter_mut().zip(counts)) {
            // The first `count` places of a Fisher-Yates shuffle of the class.
            let mut rng = Key::new(seed, Purpose::Split).with(class).rng();
            for place in 0..count {
                let other = rng.random_range(place as u64..members.len() as u64) as usize;
                members.swap(place, other);
                self.splits[members[place] as usize] = Split::Validation;
            }
        }
    }
}

/// How many of each class are held out; see [`Dataset::hold_out`].
fn shares(sizes: &[usize], fraction: f64) -> Vec<usize> {
    let most = |size: usize| size.saturating_sub(1);
    let exact: Vec<f64> = sizes.iter().map(|size| *size as f64 * fraction).collect();
    let mut counts: Vec<usize> =
        exact.iter().zip(sizes).map(|(share, size)| (share.floor() as usize).min(most(*size))).collect();
    let wanted = (sizes.iter().sum::<usize>() as f64 * fraction).round() as usize;
    let mut by_remainder: Vec<usize> = (0..sizes.len()).collect();
    by_remainder.sort_by(|a, b| exact[*b].fract().total_cmp(&exact[*a].fract()));
    for class in by_remainder {
        let missing = wanted.saturating_sub(counts.iter().sum());
        if missing > 0 && counts[class] < most(sizes[class]) {
            counts[class] += 1;
        }
    }
    counts
}
