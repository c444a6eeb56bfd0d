//! Throughput: how fast it trains.

use super::{Direction, Metric};

pub(super) const METRIC: Metric = Metric {
    name: "samples_per_s",
    label: "Throughput",
    unit: "samples/s",
    direction: Direction::Higher,
    about: "Training examples per second in this update, preparing the batch included, pauses and evaluations left out.",
    charted: true,
    of_step: Some(|facts| Some(facts.samples as f64 / facts.seconds.max(1e-9))),
    of_evaluation: None,
    of_classes: None,
};
