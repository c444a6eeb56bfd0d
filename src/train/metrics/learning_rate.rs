//! Learning rate: the step size used.

use super::{Direction, Metric};

pub(super) const METRIC: Metric = Metric {
    name: "learning_rate",
    label: "Learning rate",
    unit: "",
    direction: Direction::Neutral,
    about: "Step size of the optimizer in this update, by warm-up and schedule.",
    charted: true,
    of_step: Some(|facts| Some(facts.learning_rate)),
    of_evaluation: None,
    of_classes: None,
};
