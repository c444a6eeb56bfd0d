//! Samples that are nearly equal: texts that differ in case, blanks and punctuation alone or
//! share nine tenths of their parts, and pictures that differ by less than one sees. Samples
//! that are wholly the same count as one here: they are told by `duplicates`. Whatever is
//! found was compared itself, not just its hash; of what is nearly equal not all need be found.

mod pictures;
mod texts;

use super::duplicates::{Duplicates, GROUPS_LISTED, Group, SAMPLES_LISTED, hashes, rank, slot};
use crate::data::{DataError, Dataset, Examples, Progress};
use std::collections::{BTreeMap, BTreeSet};

/// What is told while samples are made comparable, and while they are compared.
const STAGES: [&str; 2] = ["Looking for near duplicates", "Comparing near duplicates"];

/// Looks for samples that are nearly equal but not the same. Numbers and groups are as those of
/// `duplicates`; a group lists one of those that are the same, from each split.
///
/// # Errors
/// [`DataError::Cancelled`]; a picture that can no longer be read.
pub fn near_duplicates(data: &Dataset, progress: Progress<'_>) -> Result<Duplicates, DataError> {
    let mut hashes = hashes(data, STAGES[0], progress)?;
    hashes.sort_unstable();
    let mut same: Vec<Vec<u32>> = hashes
        .chunk_by(|(a, _), (b, _)| a == b)
        .map(|run| run.iter().map(|(_, sample)| *sample).collect())
        .collect();
    // In the order of the samples, so that the result does not depend on hashes.
    same.sort_unstable_by_key(|samples| samples.first().copied());
    let chosen: Vec<u32> = same.iter().filter_map(|samples| samples.first().copied()).collect();
    let mut sets = Sets::new(chosen.len());
    match &data.examples {
        Examples::Texts(all) => texts::join(all, &chosen, &mut sets, progress)?,
        Examples::Images(all) => pictures::join(all, &chosen, &mut sets, progress)?,
    }
    let mut found = Duplicates::default();
    for members in sets.groups() {
        let members: Vec<&[u32]> = members.into_iter().map(|at| same[at as usize].as_slice()).collect();
        count(&mut found, data, &members);
    }
    found.groups.sort_by_key(rank);
    found.groups.truncate(GROUPS_LISTED);
    Ok(found)
}

/// Takes one group into account: of each of its members the samples that are the same.
fn count(found: &mut Duplicates, data: &Dataset, members: &[&[u32]]) {
    let mut in_split = [0u64; 3];
    let mut listed: BTreeSet<u32> = BTreeSet::new();
    let mut leaks = [0u64; 3];
    let has = |samples: &[u32], split: usize| samples.iter().any(|s| slot(data.splits[*s as usize]) == split);
    let any = [0, 1, 2].map(|split| members.iter().any(|samples| has(samples, split)));
    for samples in members {
        for (split, count) in in_split.iter_mut().enumerate() {
            let first = samples.iter().find(|s| slot(data.splits[**s as usize]) == split);
            *count += u64::from(first.is_some());
            listed.extend(first);
        }
        // (split, among which): validation in training, test in training, test in validation.
        for (leak, (split, other)) in leaks.iter_mut().zip([(1, 0), (2, 0), (2, 1)]) {
            if any[other] && !has(samples, other) {
                let inside = samples.iter().filter(|s| slot(data.splits[**s as usize]) == split);
                *leak += inside.count() as u64;
            }
        }
    }
    for (repeated, count) in found.repeated.iter_mut().zip(in_split) {
        *repeated += count.saturating_sub(1);
    }
    found.validation_in_train += leaks[0];
    found.test_in_train += leaks[1];
    found.test_in_validation += leaks[2];
    let label = |samples: &&[u32]| samples.iter().find_map(|s| data.targets[*s as usize].class());
    let labels: BTreeSet<u32> = members.iter().filter_map(label).collect();
    let conflicting = labels.len() > 1;
    if conflicting {
        found.conflicting += members.iter().map(|samples| samples.len() as u64).sum::<u64>();
    }
    found.num_groups += 1;
    let samples = listed.into_iter().take(SAMPLES_LISTED).collect();
    found.groups.push(Group { samples, counts: in_split, conflicting });
    if found.groups.len() >= 8 * GROUPS_LISTED {
        found.groups.sort_by_key(rank);
        found.groups.truncate(GROUPS_LISTED);
    }
}

/// Sets of numbers that are joined step by step (Tarjan 1975, with halved paths). The smallest
/// number of a set stands for it.
struct Sets(Vec<u32>);

impl Sets {
    fn new(count: usize) -> Self {
        Self((0u32..).take(count).collect())
    }

    fn of(&mut self, number: u32) -> u32 {
        let mut at = number;
        while self.0[at as usize] != at {
            let above = self.0[self.0[at as usize] as usize];
            self.0[at as usize] = above;
            at = above;
        }
        at
    }

    fn together(&mut self, a: u32, b: u32) -> bool {
        self.of(a) == self.of(b)
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.of(a), self.of(b));
        self.0[a.max(b) as usize] = a.min(b);
    }

    /// The sets of more than one, each in order.
    fn groups(&mut self) -> Vec<Vec<u32>> {
        let mut groups: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for number in (0u32..).take(self.0.len()) {
            groups.entry(self.of(number)).or_default().push(number);
        }
        groups.into_values().filter(|group| group.len() > 1).collect()
    }
}
