//! The METRICS table: one file and one line per number that a run reports. Each says its
//! unit, which direction is better and how it is measured, so that screens stay generic.

mod accuracy;
mod confusion;
mod gradient_norm;
mod learning_rate;
mod loss;
mod throughput;

pub use confusion::confusion;

use crate::runs::{Metrics, PredictionTable};

/// Which direction is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
    /// Neither; good to know.
    Neutral,
}

/// What one update of the weights gave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepFacts {
    /// Mean over the batch of what was minimised (label smoothing included), in nats.
    pub loss: f64,
    /// Examples predicted rightly, before the update.
    pub correct: u64,
    /// Examples in the batch.
    pub samples: u64,
    /// Learning rate used.
    pub learning_rate: f64,
    /// L2 norm of all gradients, before clipping.
    pub gradient_norm: f64,
    /// Seconds it took.
    pub seconds: f64,
}

/// One row of the table.
pub struct Metric {
    /// Name in events.
    pub name: &'static str,
    /// Shown to a person, sentence case.
    pub label: &'static str,
    /// Unit, empty when it has none.
    pub unit: &'static str,
    /// Which direction is better.
    pub direction: Direction,
    /// What it is and how it is measured, one or two sentences.
    pub about: &'static str,
    /// Its value for a step, where it has one.
    pub of_step: Option<fn(&StepFacts) -> f64>,
    /// Its value for an evaluation, where it has one; `None` when no row is labelled.
    pub of_evaluation: Option<fn(&PredictionTable) -> Option<f64>>,
}

/// All metrics, in the order in which they are shown.
pub static METRICS: &[Metric] =
    &[loss::METRIC, accuracy::METRIC, learning_rate::METRIC, gradient_norm::METRIC, throughput::METRIC];

/// The row called `name`.
pub fn metric(name: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.name == name)
}

/// Everything that is measured of a step. What is not finite is left out: JSON cannot hold it.
pub fn step_metrics(facts: &StepFacts) -> Metrics {
    let values = METRICS.iter().filter_map(|m| Some((m.name.to_owned(), m.of_step?(facts))));
    values.filter(|(_, value)| value.is_finite()).collect()
}

/// Everything that is measured of an evaluation.
pub fn evaluation_metrics(table: &PredictionTable) -> Metrics {
    let values = METRICS.iter().filter_map(|m| Some((m.name.to_owned(), m.of_evaluation?(table)?)));
    values.filter(|(_, value)| value.is_finite()).collect()
}

/// Mean of `value` over the labelled rows.
fn mean_labelled(table: &PredictionTable, value: impl Fn(usize, u32) -> f64) -> Option<f64> {
    let labelled = table.targets.iter().enumerate().filter_map(|(row, target)| Some((row, (*target)?)));
    let (count, sum) =
        labelled.fold((0u64, 0.0), |(count, sum), (row, target)| (count + 1, sum + value(row, target)));
    (count > 0).then(|| sum / count as f64)
}
