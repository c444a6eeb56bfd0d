//! Which neighbouring pieces of words are worth a token of their own: byte-pair encoding
//! (Sennrich, Haddow, Birch 2016), counted on distinct words.
//!
//! The trainers of the `tokenizers` crate number pieces in the order of a randomly keyed
//! hash map, so that two processes learn different vocabularies from the same texts. Here
//! nothing depends on the order of a map: words are sorted, ties go to the smaller pair.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};

/// Two neighbouring pieces.
pub type Pair = (u32, u32);

/// A word as pieces, and how often it occurs.
pub struct Word {
    /// Ids of its pieces.
    pub pieces: Vec<u32>,
    /// Occurrences.
    pub count: u64,
}

/// Merges are learned only from pairs that occur at least this often: a pair seen once
/// says nothing about other texts.
const LEAST: u64 = 2;

/// Learns merges, the most frequent pair first. `add` makes a new piece of a pair and
/// returns its id, or `None` when there is room for no more; it may return an id that
/// exists. `tick` is called now and then and returns whether to go on.
pub fn learn(
    mut words: Vec<Word>,
    mut add: impl FnMut(Pair) -> Option<u32>,
    mut tick: impl FnMut() -> bool,
) -> Option<Vec<Pair>> {
    let mut counts: HashMap<Pair, u64> = HashMap::new();
    let mut places: HashMap<Pair, BTreeSet<usize>> = HashMap::new();
    for (index, word) in words.iter().enumerate() {
        for pair in pairs(&word.pieces) {
            *counts.entry(pair).or_default() += word.count;
            places.entry(pair).or_default().insert(index);
        }
    }
    // Entries are unique by (count, pair), so their order is total. Outdated ones are skipped.
    let mut queue: BinaryHeap<(u64, Reverse<Pair>)> =
        counts.iter().map(|(pair, count)| (*count, Reverse(*pair))).collect();
    let mut merges = Vec::new();
    while let Some((count, Reverse(pair))) = queue.pop() {
        if count < LEAST {
            break;
        }
        if counts.get(&pair) != Some(&count) {
            continue;
        }
        if merges.len() % 64 == 0 && !tick() {
            return None;
        }
        let Some(merged) = add(pair) else { break };
        merges.push(pair);
        let mut changed: BTreeMap<Pair, i64> = BTreeMap::new();
        for index in places.remove(&pair).unwrap_or_default() {
            let Some(word) = words.get_mut(index) else { continue };
            let weight = word.count as i64;
            pairs(&word.pieces).for_each(|old| *changed.entry(old).or_default() -= weight);
            word.pieces = merge(&word.pieces, pair, merged);
            for new in pairs(&word.pieces) {
                *changed.entry(new).or_default() += weight;
                places.entry(new).or_default().insert(index);
            }
        }
        for (pair, change) in changed.into_iter().filter(|(_, change)| *change != 0) {
            let count = counts.entry(pair).or_default();
            *count = count.saturating_add_signed(change);
            if *count > 0 {
                queue.push((*count, Reverse(pair)));
            }
        }
    }
    Some(merges)
}

fn pairs(pieces: &[u32]) -> impl Iterator<Item = Pair> {
    pieces.array_windows().map(|[a, b]| (*a, *b))
}

/// Replaces each occurrence of the pair, from left to right.
fn merge(pieces: &[u32], pair: Pair, merged: u32) -> Vec<u32> {
    let mut out = Vec::with_capacity(pieces.len());
    let mut at = 0;
    while let Some(piece) = pieces.get(at) {
        if *piece == pair.0 && pieces.get(at + 1) == Some(&pair.1) {
            out.push(merged);
            at += 2;
        } else {
            out.push(*piece);
            at += 1;
        }
    }
    out
}
