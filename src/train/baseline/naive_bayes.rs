//! Multinomial naive Bayes on words and pairs of neighbouring words, with one added to each
//! count (Manning, Raghavan, Schütze 2008, section 13.2). A character of a script that puts no
//! blanks between words counts as a word, so that Chinese is read by characters and pairs of
//! them. It keeps a number for each word, not the word, and looks at no order but that of
//! neighbours.

use super::GoOn;
use crate::data::Texts;
use crate::preprocess::order;
use std::collections::HashMap;

/// Texts that are learned from, at most.
const TEXTS: usize = 50_000;
/// Words and pairs in them, at most.
const TERMS: usize = 5_000_000;
/// Texts between two looks at the wish to stop.
const STRETCH: usize = 256;
/// How likely a class is that no example has.
const NEVER: f64 = 1e-9;

/// Naive Bayes that has learned.
#[derive(Clone, Debug)]
pub struct NaiveBayes {
    /// Number of a word or pair, by its hash.
    numbers: HashMap<u64, u32>,
    /// Where the counts of each word begin, and where the last ones end.
    starts: Vec<u32>,
    /// (class, ln(count + 1)) where a word occurs in a class.
    counts: Vec<(u32, f32)>,
    /// ln of the share of each class.
    priors: Vec<f64>,
    /// ln of (words of the class + words that are known).
    totals: Vec<f64>,
    trained_on: usize,
}

impl NaiveBayes {
    /// Learns from texts; `target` gives the class of each of `samples`. `None` when it was
    /// told to stop.
    pub fn learn(
        texts: &Texts,
        samples: &[u32],
        target: impl Fn(u32) -> u32,
        classes: usize,
        seed: u64,
        go_on: GoOn<'_>,
    ) -> Option<Self> {
        let drawn = order(seed, 0, samples);
        let planned = drawn.len().clamp(1, TEXTS) as f64;
        let mut numbers: HashMap<u64, u32> = HashMap::new();
        // Each occurrence as (number, class) in one value, so that sorting counts them.
        let mut found: Vec<u64> = Vec::new();
        let (mut labelled, mut words) = (vec![0u64; classes], vec![0u64; classes]);
        let mut trained_on = 0;
        for sample in drawn.into_iter().take(TEXTS) {
            if found.len() >= TERMS {
                break;
            }
            if trained_on % STRETCH == 0 && !go_on(trained_on as f64 / planned) {
                return None;
            }
            let class = target(sample);
            let before = found.len();
            terms(texts.get(sample as usize), |term| {
                let next = numbers.len() as u32;
                let number = *numbers.entry(term).or_insert(next);
                found.push(u64::from(number) << 32 | u64::from(class));
            });
            words[class as usize] += (found.len() - before) as u64;
            labelled[class as usize] += 1;
            trained_on += 1;
        }
        found.sort_unstable();
        let (mut starts, mut counts) = (Vec::with_capacity(numbers.len() + 1), Vec::new());
        for run in found.chunk_by(|a, b| a == b) {
            // The upper half is the number, the lower half the class.
            let (number, class) = ((run[0] >> 32) as usize, run[0] as u32);
            while starts.len() <= number {
                starts.push(counts.len() as u32);
            }
            counts.push((class, (run.len() as f32 + 1.0).ln()));
        }
        starts.push(counts.len() as u32);
        let all = (trained_on as f64).max(1.0);
        let priors = labelled.iter().map(|count| (*count as f64 / all).max(NEVER).ln()).collect();
        let totals = words.iter().map(|count| ((*count + numbers.len() as u64).max(1) as f64).ln()).collect();
        Some(Self { numbers, starts, counts, priors, totals, trained_on })
    }

    /// Training examples that it learned from.
    pub fn trained_on(&self) -> usize {
        self.trained_on
    }

    /// ln of the joint probability of a text and each class. Words that were never seen are
    /// passed over.
    pub fn scores(&self, text: &str) -> Vec<f64> {
        let (mut scores, mut known) = (vec![0.0; self.priors.len()], 0.0);
        terms(text, |term| {
            let Some(number) = self.numbers.get(&term).map(|number| *number as usize) else { return };
            known += 1.0;
            for (class, ln) in &self.counts[self.starts[number] as usize..self.starts[number + 1] as usize] {
                scores[*class as usize] += f64::from(*ln);
            }
        });
        for ((score, prior), total) in scores.iter_mut().zip(&self.priors).zip(&self.totals) {
            *score += prior - known * total;
        }
        scores
    }

    /// Logits of texts, `[text, class]`: the scores, the largest of each text being 0.
    pub fn logits(&self, texts: &Texts, samples: &[u32]) -> Vec<f32> {
        let mut logits = Vec::with_capacity(samples.len() * self.priors.len());
        for sample in samples {
            let scores = self.scores(texts.get(*sample as usize));
            let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            logits.extend(scores.iter().map(|score| (score - largest) as f32));
        }
        logits
    }
}

/// Calls `each` with a hash of every word and of every pair of neighbours.
fn terms(text: &str, mut each: impl FnMut(u64)) {
    let mut before: Option<u64> = None;
    let mut term = |word: u64| {
        each(word);
        if let Some(before) = before {
            each(fold(fold(before, SPACE), word));
        }
        before = Some(word);
    };
    let mut word: Option<u64> = None;
    for character in text.chars() {
        let alone = stands_alone(character);
        if (alone || !character.is_alphanumeric())
            && let Some(word) = word.take()
        {
            term(word);
        }
        if alone {
            term(fold(START, u64::from(character)));
        } else if character.is_alphanumeric() {
            let hash = word.unwrap_or(START);
            word = Some(character.to_lowercase().fold(hash, |hash, c| fold(hash, u64::from(c))));
        }
    }
    if let Some(word) = word {
        term(word);
    }
}

/// Start and factor of the FNV-1a hash (Fowler, Noll, Vo), here over characters.
const START: u64 = 0xcbf2_9ce4_8422_2325;
const FACTOR: u64 = 0x0000_0100_0000_01b3;
/// What stands between the two words of a pair.
const SPACE: u64 = 0x20;

fn fold(hash: u64, value: u64) -> u64 {
    // The upper half is mixed in again, since words differ in it when they are folded whole.
    let mixed = (hash ^ value).wrapping_mul(FACTOR);
    mixed ^ (mixed >> 29)
}

/// Whether a character belongs to a script without blanks between words: Chinese and Japanese
/// characters, Thai, Lao, Burmese and Khmer.
fn stands_alone(character: char) -> bool {
    matches!(u32::from(character),
        0x0e00..=0x0eff | 0x1000..=0x109f | 0x1780..=0x17ff | 0x3040..=0x30ff | 0x3400..=0x4dbf
        | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x3ffff)
}
