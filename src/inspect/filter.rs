//! Which predictions are shown and in which order: filter, sort, row indices.
//! It refuses to hold on to anything: a caller that draws each frame keeps the result
//! until table or filter change.

use super::Comparison;
use super::compare::Change;
use super::search::Needle;
use crate::data::{Dataset, Examples, Split};
use crate::runs::PredictionTable;

/// Order of the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortBy {
    /// Largest loss first: the worst mistakes.
    #[default]
    Loss,
    /// Most confident first.
    Confidence,
    /// Least confident first.
    Doubt,
    /// Smallest lead of the first class over the second first: the closest decisions.
    Margin,
    /// Order in the data set.
    Sample,
}

/// Right and wrong predictions, or only one kind. What has no label is neither.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OutcomeFilter {
    /// All.
    #[default]
    All,
    /// Only where prediction and label differ.
    Mistakes,
    /// Only where they are the same.
    Correct,
}

/// What became of a sample since the other evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeFilter {
    /// Only this.
    Is(Change),
    /// The predicted class is another one.
    Changed,
}

/// Probabilities of the predicted class that are shown, ends included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Probability {
    /// Not below, 0 to 1.
    pub least: f32,
    /// Not above, 0 to 1.
    pub most: f32,
}

impl Default for Probability {
    fn default() -> Self {
        Self { least: 0.0, most: 1.0 }
    }
}

impl Probability {
    /// Whether a probability is within. The whole range holds everything, NaN too.
    pub fn holds(self, value: f32) -> bool {
        self == Self::default() || (self.least..=self.most).contains(&value)
    }
}

/// What the Predictions panel shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PredictionFilter {
    /// Right or wrong ones.
    pub outcome: OutcomeFilter,
    /// Only this true class.
    pub true_class: Option<u32>,
    /// Only this predicted class.
    pub predicted_class: Option<u32>,
    /// Only this split.
    pub split: Option<Split>,
    /// Only where the text, the label's or the prediction's name contains this, in any case,
    /// or the sample has this number. Empty for all.
    pub text: String,
    /// Only predictions as probable as this.
    pub probability: Probability,
    /// Only these, where two evaluations are compared; without a comparison it keeps all.
    pub change: Option<ChangeFilter>,
    /// Order.
    pub sort: SortBy,
}

impl PredictionFilter {
    /// The mistakes of any class, worst first.
    pub fn mistakes() -> Self {
        Self { outcome: OutcomeFilter::Mistakes, ..Self::default() }
    }

    /// The same order without any filter.
    pub fn cleared(&self) -> Self {
        Self { sort: self.sort, ..Self::default() }
    }

    /// Whether a row passes everything but the text. False past the end of the table.
    fn keeps(&self, subject: &Subject<'_>, row: usize) -> bool {
        let table = subject.table;
        let (Some(target), Some(predicted), Some(split)) =
            (table.targets.get(row), table.predicted.get(row), table.splits.get(row))
        else {
            return false;
        };
        let outcome = match self.outcome {
            OutcomeFilter::All => true,
            OutcomeFilter::Mistakes => target.is_some_and(|truth| truth != *predicted),
            OutcomeFilter::Correct => *target == Some(*predicted),
        };
        outcome
            && self.true_class.is_none_or(|wanted| *target == Some(wanted))
            && self.predicted_class.is_none_or(|wanted| *predicted == wanted)
            && self.split.is_none_or(|wanted| *split == wanted)
            && self.probability.holds(confidence(table, row))
            && self.keeps_change(subject, row)
    }

    fn keeps_change(&self, subject: &Subject<'_>, row: usize) -> bool {
        let (Some(wanted), Some(comparison)) = (self.change, subject.comparison) else { return true };
        comparison.pair(row).is_some_and(|pair| match wanted {
            ChangeFilter::Is(change) => pair.change == Some(change),
            ChangeFilter::Changed => pair.moved,
        })
    }
}

/// A table with what its rows mean.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The predictions.
    pub table: &'a PredictionTable,
    /// Class names; may be shorter than the table's classes.
    pub classes: &'a [String],
    /// The samples, if their data is open.
    pub dataset: Option<&'a Dataset>,
    /// The difference from another evaluation, one entry per row of the table.
    pub comparison: Option<&'a Comparison>,
}

impl<'a> Subject<'a> {
    /// A table alone: text search then finds only sample numbers.
    pub fn of(table: &'a PredictionTable) -> Self {
        Self { table, classes: &[], dataset: None, comparison: None }
    }

    /// The text of a row's sample; `None` when it is no text or is not there.
    pub fn text(&self, row: usize) -> Option<&'a str> {
        let sample = *self.table.samples.get(row)? as usize;
        match &self.dataset?.examples {
            Examples::Texts(texts) if sample < texts.len() => Some(texts.get(sample)),
            _ => None,
        }
    }

    fn contains(&self, needle: &Needle, classes: &[bool], row: usize) -> bool {
        let named = |class: Option<&u32>| {
            class.is_some_and(|class| classes.get(*class as usize).copied().unwrap_or(false))
        };
        named(self.table.targets.get(row).and_then(Option::as_ref))
            || named(self.table.predicted.get(row))
            || (needle.number().is_some() && needle.number() == self.table.samples.get(row).copied())
            || self.text(row).is_some_and(|text| needle.is_in(text))
    }
}

/// Probability of the predicted class; 0 where the table has none, so that a damaged
/// file never stops the window.
pub fn confidence(table: &PredictionTable, row: usize) -> f32 {
    let class = table.predicted.get(row).map_or(usize::MAX, |c| *c as usize);
    if class >= table.classes {
        return 0.0;
    }
    table.probabilities.get(row * table.classes + class).copied().unwrap_or(0.0)
}

/// Lead of the most probable class over the second, 0 to 1; 0 where the table has no such row,
/// and with one class its probability.
pub fn margin(table: &PredictionTable, row: usize) -> f32 {
    let values = table.probabilities.get(row * table.classes..(row + 1) * table.classes);
    let (first, second) = values.unwrap_or_default().iter().fold((0.0f32, 0.0f32), |(first, second), p| {
        if *p > first { (*p, first) } else { (first, second.max(*p)) }
    });
    first - second
}

/// An unsigned number that orders as `f32::total_cmp` does.
fn ordered(value: f32) -> u32 {
    let bits = value.to_bits();
    if bits >> 31 == 1 { !bits } else { bits | 0x8000_0000 }
}

/// Rows of the table that pass the filter, in its order. Rows that tie keep the order of
/// the table, so the result depends on nothing but the arguments.
pub fn rows(subject: &Subject<'_>, filter: &PredictionFilter) -> Vec<u32> {
    let table = subject.table;
    let count = u32::try_from(table.len()).unwrap_or(u32::MAX);
    let needle = Needle::new(&filter.text);
    let classes: Vec<bool> = needle
        .as_ref()
        .map_or_else(Vec::new, |needle| subject.classes.iter().map(|class| needle.is_in(class)).collect());
    let passing = (0..count).filter(|row| {
        let row = *row as usize;
        // The text last: reading it is the slowest of the questions.
        filter.keeps(subject, row)
            && needle.as_ref().is_none_or(|needle| subject.contains(needle, &classes, row))
    });
    // Key and row packed into one word sort several times faster than a comparison by float.
    let mut keys: Vec<u64> = passing
        .map(|row| {
            let index = row as usize;
            let loss = table.losses.get(index).copied().unwrap_or(0.0);
            let key = match filter.sort {
                SortBy::Loss => !ordered(loss),
                SortBy::Confidence => !ordered(confidence(table, index)),
                SortBy::Doubt => ordered(confidence(table, index)),
                SortBy::Margin => ordered(margin(table, index)),
                SortBy::Sample => table.samples.get(index).copied().unwrap_or(u32::MAX),
            };
            u64::from(key) << 32 | u64::from(row)
        })
        .collect();
    keys.sort_unstable();
    keys.into_iter().map(|key| key as u32).collect()
}
