//! Samples that stand in a data set more than once. Two pictures are the same if all their
//! pixels are, as they are after reading; two texts if they are the same but for blanks at
//! both ends. Only a hash of each sample is kept (128 bits of BLAKE3), whatever its size.

use crate::data::meter::Meter;
use crate::data::{DataError, Dataset, Examples, Progress, Split};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Groups that are listed; all are counted.
pub(super) const GROUPS_LISTED: usize = 500;
/// Samples of a group that are listed; all are counted.
pub(super) const SAMPLES_LISTED: usize = 50;
/// Samples that a thread hashes between two looks at the progress.
const STRETCH: usize = 2048;

/// Samples that are the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The first of them, in order.
    pub samples: Vec<u32>,
    /// How many there are: `[train, validation, test]`.
    pub counts: [u64; 3],
    /// Whether they do not all have the same label.
    pub conflicting: bool,
}

impl Group {
    /// How many samples are the same.
    pub fn len(&self) -> u64 {
        self.counts.iter().sum()
    }
    /// Whether there are none; never so in a report.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Whether samples of it stand in more than one split.
    pub fn leaks(&self) -> bool {
        self.counts.iter().filter(|count| **count > 0).count() > 1
    }
}

/// What stands in a data set more than once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duplicates {
    /// Samples that repeat an earlier one of the same split: `[train, validation, test]`.
    pub repeated: [u64; 3],
    /// Validation samples that are among the training samples too.
    pub validation_in_train: u64,
    /// Test samples that are among the training samples too.
    pub test_in_train: u64,
    /// Test samples that are among the validation samples too.
    pub test_in_validation: u64,
    /// Samples that are the same as one with another label.
    pub conflicting: u64,
    /// Groups of samples that are the same.
    pub num_groups: u64,
    /// The first of the groups: those with different labels, then those across splits, then
    /// the largest.
    pub groups: Vec<Group>,
}

/// Looks for samples that are the same, in several threads.
///
/// # Errors
/// [`DataError::Cancelled`].
pub fn duplicates(data: &Dataset, progress: Progress<'_>) -> Result<Duplicates, DataError> {
    let mut hashes = hashes(data, "Comparing samples", progress)?;
    hashes.sort_unstable();
    let mut found = Duplicates::default();
    for run in hashes.chunk_by(|(a, _), (b, _)| a == b).filter(|run| run.len() > 1) {
        count(&mut found, data, run);
    }
    found.groups.sort_by_key(rank);
    found.groups.truncate(GROUPS_LISTED);
    Ok(found)
}

/// Smaller is listed earlier.
pub(super) fn rank(group: &Group) -> (bool, bool, Reverse<u64>, Option<u32>) {
    (!group.conflicting, !group.leaks(), Reverse(group.len()), group.samples.first().copied())
}

/// Takes one group into account; its samples are in order.
fn count(found: &mut Duplicates, data: &Dataset, run: &[(u128, u32)]) {
    let mut counts = [0u64; 3];
    for (_, sample) in run {
        counts[slot(data.splits[*sample as usize])] += 1;
    }
    let [train, validation, test] = counts;
    for (repeated, count) in found.repeated.iter_mut().zip(counts) {
        *repeated += count.saturating_sub(1);
    }
    if train > 0 {
        found.validation_in_train += validation;
        found.test_in_train += test;
    }
    if validation > 0 {
        found.test_in_validation += test;
    }
    let mut labels = run.iter().filter_map(|(_, sample)| data.targets[*sample as usize].class());
    let first = labels.next();
    let conflicting = labels.any(|label| Some(label) != first);
    if conflicting {
        found.conflicting += run.len() as u64;
    }
    found.num_groups += 1;
    let samples = run.iter().take(SAMPLES_LISTED).map(|(_, sample)| *sample).collect();
    found.groups.push(Group { samples, counts, conflicting });
    // Bounded, whatever the data: the worst half goes from time to time.
    if found.groups.len() >= 8 * GROUPS_LISTED {
        found.groups.sort_by_key(rank);
        found.groups.truncate(GROUPS_LISTED);
    }
}

pub(super) fn slot(split: Split) -> usize {
    match split {
        Split::Train => 0,
        Split::Validation => 1,
        Split::Test => 2,
    }
}

/// A hash of each sample, with its number.
pub(super) fn hashes(
    data: &Dataset,
    stage: &'static str,
    progress: Progress<'_>,
) -> Result<Vec<(u128, u32)>, DataError> {
    let meter = Meter::new(progress, stage, data.len() as u64);
    let next = AtomicUsize::new(0);
    let work = || -> Result<Vec<(u128, u32)>, DataError> {
        let mut done = Vec::new();
        loop {
            let start = next.fetch_add(STRETCH, Ordering::Relaxed);
            let end = (start + STRETCH).min(data.len());
            if start >= end {
                return Ok(done);
            }
            // A data set has fewer samples than a u32 can number.
            for sample in start..end {
                done.push((hash(data, sample)?, sample as u32));
            }
            meter.add((end - start) as u64)?;
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let running: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut all = work();
        for handle in running {
            match (handle.join(), &mut all) {
                (Ok(Ok(more)), Ok(all)) => all.extend(more),
                (Ok(Ok(_)), Err(_)) => {}
                (Ok(Err(error)), _) => all = Err(error),
                (Err(panic), _) => std::panic::resume_unwind(panic),
            }
        }
        all
    })
}

fn hash(data: &Dataset, sample: usize) -> Result<u128, DataError> {
    let whole = match &data.examples {
        Examples::Images(images) => blake3::hash(&images.get(sample)?),
        Examples::Texts(texts) => blake3::hash(texts.get(sample).trim().as_bytes()),
    };
    let mut first = [0u8; 16];
    first.copy_from_slice(&whole.as_bytes()[..16]);
    Ok(u128::from_le_bytes(first))
}
