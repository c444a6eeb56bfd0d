//! Error rate: the share predicted wrongly.

use super::{Direction, Metric, mean_labelled};

pub(super) const METRIC: Metric = Metric {
    name: "error_rate",
    label: "Error rate",
    unit: "share",
    direction: Direction::Lower,
    about: "Share of labelled examples whose most probable class is not the true one, 0 to 1.",
    charted: false,
    of_step: None,
    of_evaluation: Some(|table| {
        mean_labelled(table, |row, target| f64::from(u8::from(table.predicted[row] != target)))
    }),
    of_classes: None,
};
