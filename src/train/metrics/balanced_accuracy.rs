//! Balanced accuracy: accuracy as it were if every class had as many examples.

use super::{Counts, Direction, Metric, class_counts, mean};

pub(super) const METRIC: Metric = Metric {
    name: "balanced_accuracy",
    label: "Balanced accuracy",
    unit: "share",
    direction: Direction::Higher,
    about: "Mean over the classes of recall, the share of a class's examples that were found, 0 to 1. A class \
            without labelled examples is left out.",
    charted: false,
    of_step: None,
    of_evaluation: Some(|table| mean(class_counts(table)?.iter().filter_map(recall))),
    of_classes: None,
};

/// As scikit-learn's `balanced_accuracy_score`.
fn recall(class: &Counts) -> Option<f64> {
    (class.labelled > 0).then(|| class.correct as f64 / class.labelled as f64)
}
