//! Loss: what is minimised.

use super::{Direction, Metric, mean_labelled};

pub(super) const METRIC: Metric = Metric {
    name: "loss",
    label: "Loss",
    unit: "nats",
    direction: Direction::Lower,
    about: "Cross-entropy of the true class, averaged over the examples. In training steps label smoothing, \
            class weights and mixup are included, in evaluations they are not.",
    charted: true,
    of_step: Some(|facts| Some(facts.loss)),
    of_evaluation: Some(|table| mean_labelled(table, |row, _| f64::from(table.losses[row]))),
    of_classes: None,
};
