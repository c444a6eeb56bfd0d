//! How even the classes are among the training samples, which are all that is learned from.

use crate::data::{Dataset, Split};
use serde::{Deserialize, Serialize};

/// A class with fewer training samples is hardly learned.
pub const SCARCE: u64 = 10;

/// The classes of the training samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Balance {
    /// Training samples of each class.
    pub counts: Vec<u64>,
    /// The class with the most; the first, if several have as many.
    pub largest: u32,
    /// The class with the fewest, but at least one; the first, if several have as few.
    pub smallest: u32,
    /// How many times as many samples the largest has.
    pub ratio: f64,
    /// Classes with fewer than [`SCARCE`] training samples, in order; those without any too.
    pub scarce: Vec<u32>,
}

/// Counts the classes of the training samples.
pub fn balance(data: &Dataset) -> Balance {
    let mut counts = vec![0u64; data.classes.len()];
    for (target, split) in data.targets.iter().zip(&data.splits) {
        if let (Some(class), Split::Train) = (target.class(), split)
            && let Some(count) = counts.get_mut(class as usize)
        {
            *count += 1;
        }
    }
    let present = || (0u32..).zip(&counts).filter(|(_, count)| **count > 0);
    let largest = present().reduce(|best, next| if next.1 > best.1 { next } else { best });
    let smallest = present().min_by_key(|(_, count)| **count);
    let (largest, most) = largest.map_or((0, 0), |(class, count)| (class, *count));
    let (smallest, fewest) = smallest.map_or((0, 0), |(class, count)| (class, *count));
    let ratio = if fewest == 0 { 1.0 } else { most as f64 / fewest as f64 };
    let scarce =
        (0u32..).zip(&counts).filter(|(_, count)| **count < SCARCE).map(|(class, _)| class).collect();
    Balance { largest, smallest, ratio, scarce, counts }
}
