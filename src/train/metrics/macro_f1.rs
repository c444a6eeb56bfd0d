//! Macro F1: how well the classes fare, each counting alike however rare it is.

use super::{Counts, Direction, Metric, class_counts, mean};

pub(super) const METRIC: Metric = Metric {
    name: "macro_f1",
    label: "Macro F1",
    unit: "share",
    direction: Direction::Higher,
    about: "Mean over the classes of F1, the harmonic mean of precision and recall, 0 to 1. A rare class counts as \
            much as a frequent one; a class that is neither labelled nor predicted is left out.",
    charted: false,
    of_step: None,
    of_evaluation: Some(|table| mean(class_counts(table)?.iter().filter_map(f1))),
    of_classes: None,
};

/// 2 TP / (2 TP + FP + FN), as scikit-learn's `f1_score`.
pub(super) fn f1(class: &Counts) -> Option<f64> {
    let both = class.labelled + class.predicted;
    (both > 0).then(|| 2.0 * class.correct as f64 / both as f64)
}
