//! Support: how many examples the numbers of a class rest on.

use super::{Counts, Direction, Metric, of_each};

pub(super) const METRIC: Metric = Metric {
    name: "support",
    label: "Support",
    unit: "examples",
    direction: Direction::Neutral,
    about: "Labelled examples of each class.",
    charted: false,
    of_step: None,
    of_evaluation: None,
    of_classes: Some(|table| of_each(table, value)),
};

/// As the last of scikit-learn's `precision_recall_fscore_support`.
fn value(class: &Counts) -> Option<f64> {
    Some(class.labelled as f64)
}
