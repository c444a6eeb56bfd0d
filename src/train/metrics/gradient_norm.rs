//! Gradient norm: how steep the loss is.

use super::{Direction, Metric};

pub(super) const METRIC: Metric = Metric {
    name: "gradient_norm",
    label: "Gradient norm",
    unit: "",
    direction: Direction::Neutral,
    about: "L2 norm of all gradients together, before clipping. Sudden jumps announce trouble.",
    charted: true,
    of_step: Some(|facts| Some(facts.gradient_norm)),
    of_evaluation: None,
    of_classes: None,
};
