//! Top-k accuracy: whether the true class is among the most probable ones.

use super::{Direction, Metric, mean_labelled};
use crate::runs::PredictionTable;

/// Classes that may be named at most.
const MOST: usize = 5;

pub(super) const METRIC: Metric = Metric {
    name: "top_k_accuracy",
    label: "Top-k accuracy",
    unit: "share",
    direction: Direction::Higher,
    about: "Share of labelled examples whose true class is among the k most probable ones, 0 to 1; k is 5, or with \
            fewer classes one less than their number.",
    charted: false,
    of_step: None,
    of_evaluation: Some(|table| {
        mean_labelled(table, |row, target| f64::from(u8::from(is_hit(table, row, target as usize))))
    }),
    of_classes: None,
};

/// As scikit-learn's `top_k_accuracy_score`; of equal probabilities the first class counts as
/// the larger, as it does for the predicted class.
fn is_hit(table: &PredictionTable, row: usize, target: usize) -> bool {
    let probabilities = table.probabilities(row);
    let Some(own) = probabilities.get(target) else { return false };
    let larger = |(class, p): &(usize, &f32)| *p > own || *p == own && *class < target;
    let rank = probabilities.iter().enumerate().filter(larger).count();
    // Rounding may make the two largest probabilities equal.
    table.predicted.get(row) == Some(&(target as u32)) || rank < MOST.min(table.classes.max(2) - 1)
}
