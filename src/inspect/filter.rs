//! Which predictions are shown and in which order: filter, sort, row indices.
//! It refuses to hold on to anything: a caller that draws each frame keeps the result
//! until table or filter change.

use crate::data::Split;
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
    /// Order in the data set.
    Sample,
}

/// What the Predictions panel shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PredictionFilter {
    /// Only where prediction and label differ.
    pub mistakes_only: bool,
    /// Only this true class.
    pub true_class: Option<u32>,
    /// Only this predicted class.
    pub predicted_class: Option<u32>,
    /// Only this split.
    pub split: Option<Split>,
    /// Order.
    pub sort: SortBy,
}

impl PredictionFilter {
    /// Whether a row passes. False past the end of the table.
    pub fn keeps(&self, table: &PredictionTable, row: usize) -> bool {
        let (Some(target), Some(predicted), Some(split)) =
            (table.targets.get(row), table.predicted.get(row), table.splits.get(row))
        else {
            return false;
        };
        let mistake = target.is_some_and(|truth| truth != *predicted);
        (mistake || !self.mistakes_only)
            && self.true_class.is_none_or(|wanted| *target == Some(wanted))
            && self.predicted_class.is_none_or(|wanted| *predicted == wanted)
            && self.split.is_none_or(|wanted| *split == wanted)
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

/// An unsigned number that orders as `f32::total_cmp` does.
fn ordered(value: f32) -> u32 {
    let bits = value.to_bits();
    if bits >> 31 == 1 { !bits } else { bits | 0x8000_0000 }
}

/// Rows of the table that pass the filter, in its order. Rows that tie keep the order of
/// the table, so the result depends on nothing but the arguments.
pub fn rows(table: &PredictionTable, filter: &PredictionFilter) -> Vec<u32> {
    let count = u32::try_from(table.len()).unwrap_or(u32::MAX);
    let passing = (0..count).filter(|row| filter.keeps(table, *row as usize));
    // Key and row packed into one word sort several times faster than a comparison by float.
    let mut keys: Vec<u64> = passing
        .map(|row| {
            let index = row as usize;
            let loss = table.losses.get(index).copied().unwrap_or(0.0);
            let key = match filter.sort {
                SortBy::Loss => !ordered(loss),
                SortBy::Confidence => !ordered(confidence(table, index)),
                SortBy::Doubt => ordered(confidence(table, index)),
                SortBy::Sample => table.samples.get(index).copied().unwrap_or(u32::MAX),
            };
            u64::from(key) << 32 | u64::from(row)
        })
        .collect();
    keys.sort_unstable();
    keys.into_iter().map(|key| key as u32).collect()
}
