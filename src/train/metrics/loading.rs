//! Loading: how much of the work is making batches ready instead of learning from them.

use super::{Direction, Metric};

pub(super) const METRIC: Metric = Metric {
    name: "loading",
    label: "Loading",
    unit: "share",
    direction: Direction::Lower,
    about: "Share of the computing threads' time in an update that goes into making examples ready: reading, augmenting, normalising. Each thread makes its own part of the batch, so nothing else waits.",
    charted: false,
    of_step: Some(|facts| Some((facts.loading / (facts.seconds * facts.threads as f64).max(1e-9)).min(1.0))),
    of_evaluation: None,
    of_classes: None,
};
