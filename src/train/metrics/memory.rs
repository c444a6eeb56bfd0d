//! Memory: what the program holds.

use super::{Direction, Metric};

pub(super) const METRIC: Metric = Metric {
    name: "memory",
    label: "Memory",
    unit: "MB",
    direction: Direction::Lower,
    about: "Memory that the program holds (resident), data and window included, looked at about once a second.",
    charted: false,
    of_step: Some(|facts| Some(facts.machine?.memory)),
    of_evaluation: None,
    of_classes: None,
};
