//! Two evaluations of the same examples, sample by sample: what was fixed, what broke, and
//! whether the difference is more than chance. It compares tables whose class numbers mean
//! the same; whoever calls makes sure of that by the fingerprint of the data.

use crate::runs::PredictionTable;
use std::collections::HashMap;

/// What became of a labelled sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// Wrong before, right now.
    Fixed,
    /// Right before, wrong now.
    Broken,
    /// Wrong both times.
    BothWrong,
    /// Right both times.
    BothRight,
}

impl Change {
    /// Lower-case name as in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::Broken => "broken",
            Self::BothWrong => "both wrong",
            Self::BothRight => "both right",
        }
    }
}

/// A sample found in both tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Its row in the other table.
    pub other: u32,
    /// What became of it; `None` when unlabelled.
    pub change: Option<Change>,
    /// Whether the predicted class is another one.
    pub moved: bool,
}

/// How many samples of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Wrong before, right now.
    pub fixed: u64,
    /// Right before, wrong now.
    pub broken: u64,
    /// Wrong both times.
    pub both_wrong: u64,
    /// Right both times.
    pub both_right: u64,
    /// Predicted as another class, labelled or not.
    pub moved: u64,
    /// Rows that the other table has not.
    pub alone: u64,
}

impl Counts {
    /// Labelled samples in both tables.
    pub fn labelled(&self) -> u64 {
        self.fixed + self.broken + self.both_wrong + self.both_right
    }

    /// Accuracy now less accuracy before on the same samples, -1 to 1; `None` without any.
    pub fn difference(&self) -> Option<f64> {
        let labelled = self.labelled();
        (labelled > 0).then(|| (self.fixed as f64 - self.broken as f64) / labelled as f64)
    }

    /// Probability of a difference at least as large if both were equally good: McNemar's
    /// exact test.
    pub fn p_value(&self) -> f64 {
        mcnemar(self.fixed, self.broken)
    }
}

/// The difference of a table from another.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    pairs: Vec<Option<Pair>>,
    /// How many of each kind.
    pub counts: Counts,
}

impl Comparison {
    /// What is known of a row of the newer table; `None` when the other has not its sample.
    pub fn pair(&self, row: usize) -> Option<Pair> {
        self.pairs.get(row).copied().flatten()
    }
}

/// Compares `now` with `before`, matching rows by the number of the sample. The label is that
/// of `now`. `None` when the tables have different numbers of classes or no sample in common.
pub fn compare(now: &PredictionTable, before: &PredictionTable) -> Option<Comparison> {
    if now.classes != before.classes {
        return None;
    }
    let places: HashMap<u32, u32> = before.samples.iter().copied().zip(0u32..).collect();
    let mut comparison = Comparison::default();
    let counts = &mut comparison.counts;
    let rows = now.samples.iter().zip(&now.predicted).zip(&now.targets);
    comparison.pairs = rows
        .map(|((sample, predicted), target)| {
            let found =
                places.get(sample).and_then(|row| Some((*row, *before.predicted.get(*row as usize)?)));
            let Some((other, old)) = found else {
                counts.alone += 1;
                return None;
            };
            let change = target.map(|truth| match (old == truth, *predicted == truth) {
                (false, true) => Change::Fixed,
                (true, false) => Change::Broken,
                (false, false) => Change::BothWrong,
                (true, true) => Change::BothRight,
            });
            match change {
                Some(Change::Fixed) => counts.fixed += 1,
                Some(Change::Broken) => counts.broken += 1,
                Some(Change::BothWrong) => counts.both_wrong += 1,
                Some(Change::BothRight) => counts.both_right += 1,
                None => {}
            }
            let moved = old != *predicted;
            counts.moved += u64::from(moved);
            Some(Pair { other, change, moved })
        })
        .collect();
    (counts.alone < now.samples.len() as u64).then_some(comparison)
}

/// The two-sided exact test of McNemar (1947): among the `fixed + broken` samples that differ,
/// each is as likely to be the one as the other, so the smaller count is binomial with one
/// half; twice its lower tail, at most 1.
pub fn mcnemar(fixed: u64, broken: u64) -> f64 {
    let (all, least) = (fixed + broken, fixed.min(broken));
    let (n, k) = (all as f64, least as f64);
    let choose = libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0);
    let largest = (choose - n * std::f64::consts::LN_2).exp();
    // From the largest term down: C(n, i - 1) is C(n, i) i / (n - i + 1).
    let (mut sum, mut term) = (1.0, 1.0);
    for i in (1..=least).rev() {
        term *= i as f64 / (all - i + 1) as f64;
        sum += term;
        if term < sum * f64::EPSILON {
            break;
        }
    }
    (2.0 * largest * sum).min(1.0)
}
