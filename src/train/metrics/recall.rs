//! Recall: how much of a class is found.

use super::{Counts, Direction, Metric, of_each};

pub(super) const METRIC: Metric = Metric {
    name: "recall",
    label: "Recall",
    unit: "share",
    direction: Direction::Higher,
    about: "Of each class, the share of its labelled examples that were found, 0 to 1; not known for a class without \
            labelled examples.",
    charted: false,
    of_step: None,
    of_evaluation: None,
    of_classes: Some(|table| of_each(table, value)),
};

/// As scikit-learn's `recall_score`; where that divides by 0 there is no value.
fn value(class: &Counts) -> Option<f64> {
    (class.labelled > 0).then(|| class.correct as f64 / class.labelled as f64)
}
