//! F1: precision and recall of a class in one number.

use super::{Counts, Direction, Metric, of_each};

pub(super) const METRIC: Metric = Metric {
    name: "f1",
    label: "F1",
    unit: "share",
    direction: Direction::Higher,
    about: "Of each class, the harmonic mean of precision and recall, 0 to 1; not known for a class that is neither \
            labelled nor predicted.",
    charted: false,
    of_step: None,
    of_evaluation: None,
    of_classes: Some(|table| of_each(table, value)),
};

/// As scikit-learn's `f1_score`; where that divides by 0 there is no value.
fn value(class: &Counts) -> Option<f64> {
    super::macro_f1::f1(class)
}
