//! Which predictions are shown, and in which order.

use crate::data::Split;

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
