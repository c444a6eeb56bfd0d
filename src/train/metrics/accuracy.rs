//! Accuracy: the share predicted rightly.

use super::{Direction, Metric, mean_labelled};

pub(super) const METRIC: Metric = Metric {
    name: "accuracy",
    label: "Accuracy",
    unit: "share",
    direction: Direction::Higher,
    about: "Share of labelled examples whose most probable class is the true one, 0 to 1. In training steps \
            it is that of the batch before the update; of images blended by mixup the larger part counts.",
    charted: true,
    of_step: Some(|facts| Some(facts.correct as f64 / facts.samples.max(1) as f64)),
    of_evaluation: Some(|table| {
        mean_labelled(table, |row, target| f64::from(u8::from(table.predicted[row] == target)))
    }),
    of_classes: None,
};
