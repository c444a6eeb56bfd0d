//! In which order an epoch goes through the training examples.

use crate::random::{Key, Purpose};
use rand::Rng;

/// The samples in the order of one epoch: a Fisher-Yates shuffle that depends only on
/// seed, epoch and the samples given.
pub fn order(seed: u64, epoch: u64, samples: &[u32]) -> Vec<u32> {
    let mut rng = Key::new(seed, Purpose::Shuffle).with(epoch).rng();
    let mut order = samples.to_vec();
    for last in (1..order.len()).rev() {
        let other = rng.random_range(0..=last as u64) as usize;
        order.swap(last, other);
    }
    order
}
