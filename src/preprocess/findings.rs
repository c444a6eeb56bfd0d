//! Which of the numbers in a report a person should know about before training, and how
//! urgent each is. The limits stand here; the words are those of whoever shows them.

use super::DataReport;
use crate::config::RunConfig;
use crate::data::Split;
use crate::data::examine::SCARCE;

/// Something that a person should know.
#[derive(Clone, Debug, PartialEq)]
pub enum Finding {
    /// Training examples of one class are many times those of another, and they all count alike.
    Uneven {
        /// The class with the most.
        largest: u32,
        /// The class with the fewest.
        smallest: u32,
        /// Their training samples.
        counts: [u64; 2],
    },
    /// Classes with fewer training samples than can be learned from.
    Scarce {
        /// The classes.
        classes: Vec<u32>,
        /// Fewer samples than this are too few.
        limit: u64,
    },
    /// Samples that measure progress are among those learned from.
    Leak {
        /// The split that measures.
        split: Split,
        /// Its samples that are among the training samples too.
        samples: u64,
        /// All its samples.
        of: u64,
    },
    /// Samples that measure progress are nearly equal to some that are learned from.
    NearLeak {
        /// The split that measures.
        split: Split,
        /// Its samples that are nearly equal to training samples.
        samples: u64,
        /// All its samples.
        of: u64,
    },
    /// The same sample with different labels.
    Conflicting {
        /// Samples.
        samples: u64,
    },
    /// Training samples that repeat an earlier one.
    Repeated {
        /// Samples.
        samples: u64,
    },
    /// Samples that could not be read.
    Unreadable {
        /// Samples.
        samples: u64,
    },
    /// Texts that lose their end.
    Cut {
        /// Share of the texts.
        share: f64,
        /// Tokens that a text may have.
        length: u64,
        /// Tokens that 95 % of the texts have at most.
        enough: u64,
    },
    /// Tokens that the vocabulary lacks.
    Unknown {
        /// Share of the tokens.
        share: f64,
    },
    /// Texts in which there is nothing to be read.
    Empty {
        /// Texts.
        texts: u64,
    },
    /// Texts cannot be cut into tokens with these settings.
    NoTokens {
        /// Why, and what to do.
        reason: String,
    },
}

/// From this ratio of the largest to the smallest class on, evenness is told.
const UNEVEN: f64 = 3.0;
/// From here on it is serious.
const VERY_UNEVEN: f64 = 10.0;
/// Share of the samples of a split from which on a leak is serious, and of all samples from
/// which on contradictions are.
const MANY: f64 = 0.01;
/// Share of the samples that could not be read from which on it is serious.
const MANY_UNREADABLE: f64 = 0.05;
/// Share of texts that are cut from which on it is told, and from which on it is serious.
const CUT: [f64; 2] = [0.05, 0.25];
/// The same for the share of unknown tokens.
const UNKNOWN: [f64; 2] = [0.01, 0.05];

impl DataReport {
    /// What a person should know, the serious first; each with whether it is.
    pub fn findings(&self, config: &RunConfig) -> Vec<(Finding, bool)> {
        let mut found = self.of_classes(config);
        found.extend(self.of_samples());
        found.extend(self.of_tokens());
        found.sort_by_key(|(_, serious)| !serious);
        found
    }

    fn of_classes(&self, config: &RunConfig) -> Vec<(Finding, bool)> {
        let mut found = Vec::new();
        let balance = &self.balance;
        if !balance.scarce.is_empty() {
            found.push((Finding::Scarce { classes: balance.scarce.clone(), limit: SCARCE }, true));
        }
        if balance.ratio >= UNEVEN && !config.train.class_weights {
            let (largest, smallest) = (balance.largest, balance.smallest);
            let count = |class: u32| balance.counts.get(class as usize).copied().unwrap_or(0);
            let counts = [count(largest), count(smallest)];
            found.push((Finding::Uneven { largest, smallest, counts }, balance.ratio >= VERY_UNEVEN));
        }
        found
    }

    fn of_samples(&self) -> Vec<(Finding, bool)> {
        let mut found = Vec::new();
        let twice = &self.duplicates;
        let [train, validation, test] = self.split_counts;
        let all = train + validation + test;
        let many = |part: u64, whole: u64, limit: f64| whole > 0 && part as f64 >= limit * whole as f64;
        for (split, samples, of) in [
            (Split::Validation, twice.validation_in_train, validation),
            (Split::Test, twice.test_in_train, test),
        ] {
            if samples > 0 {
                found.push((Finding::Leak { split, samples, of }, many(samples, of, MANY)));
            }
        }
        let nearly = &self.nearly;
        for (split, samples, of) in [
            (Split::Validation, nearly.validation_in_train, validation),
            (Split::Test, nearly.test_in_train, test),
        ] {
            if samples > 0 {
                found.push((Finding::NearLeak { split, samples, of }, many(samples, of, MANY)));
            }
        }
        if twice.conflicting > 0 {
            let samples = twice.conflicting;
            found.push((Finding::Conflicting { samples }, many(samples, all, MANY)));
        }
        if twice.repeated[0] > 0 {
            found.push((Finding::Repeated { samples: twice.repeated[0] }, false));
        }
        if self.unreadable > 0 {
            let samples = self.unreadable;
            found.push((Finding::Unreadable { samples }, many(samples, all + samples, MANY_UNREADABLE)));
        }
        found
    }

    fn of_tokens(&self) -> Vec<(Finding, bool)> {
        let mut found = Vec::new();
        if let Some(reason) = &self.no_tokens {
            found.push((Finding::NoTokens { reason: reason.clone() }, true));
        }
        let Some(tokens) = &self.tokens else { return found };
        let share = tokens.cut_share();
        if share >= CUT[0] {
            let (length, enough) = (tokens.length, tokens.quantiles[3]);
            found.push((Finding::Cut { share, length, enough }, share >= CUT[1]));
        }
        let share = tokens.unknown_share();
        if share >= UNKNOWN[0] {
            found.push((Finding::Unknown { share }, share >= UNKNOWN[1]));
        }
        if tokens.empty > 0 {
            found.push((Finding::Empty { texts: tokens.empty }, false));
        }
        found
    }
}
