//! Precision: how far a prediction of a class can be trusted.

use super::{Counts, Direction, Metric, of_each};

pub(super) const METRIC: Metric = Metric {
    name: "precision",
    label: "Precision",
    unit: "share",
    direction: Direction::Higher,
    about: "Of each class, the share of its predictions that were right, 0 to 1; not known for a class that was never \
            predicted.",
    charted: false,
    of_step: None,
    of_evaluation: None,
    of_classes: Some(|table| of_each(table, value)),
};

/// As scikit-learn's `precision_score`; where that divides by 0 there is no value.
fn value(class: &Counts) -> Option<f64> {
    (class.predicted > 0).then(|| class.correct as f64 / class.predicted as f64)
}
