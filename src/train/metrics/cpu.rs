//! Processor: how busy the run keeps the machine.

use super::{Direction, Metric};

pub(super) const METRIC: Metric = Metric {
    name: "cpu",
    label: "Processor",
    unit: "share",
    direction: Direction::Neutral,
    about: "Processor time of the program as a share of all cores, 0 to 1, over about a second; drawing and \
            other jobs are included.",
    charted: false,
    of_step: Some(|facts| facts.machine?.cpu),
    of_evaluation: None,
    of_classes: None,
};
