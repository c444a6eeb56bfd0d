//! The METRICS table: one file and one line per number that a run reports, be it one of a
//! step, one of an evaluation or one of each class. Each says its unit, which direction is
//! better and how it is measured, so that screens stay generic.

mod accuracy;
mod balanced_accuracy;
mod confusion;
mod cpu;
mod f1;
mod gradient_norm;
mod learning_rate;
mod loading;
mod loss;
mod macro_f1;
mod memory;
mod precision;
mod recall;
mod support;
mod throughput;
mod top_k_accuracy;

pub use confusion::confusion;

use super::machine::Machine;
use crate::runs::{ClassMetrics, Metrics, PredictionTable};

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
    /// Mean over the batch of what was minimised (label smoothing and class weights included), in nats.
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
    /// Seconds of all threads together that went into making the batch ready.
    pub loading: f64,
    /// Threads that computed.
    pub threads: usize,
    /// What the process takes of the machine, where it was looked at in this step.
    pub machine: Option<Machine>,
}

/// What a table of predictions says of each class.
pub type OfClasses = fn(&PredictionTable) -> Option<Vec<Option<f64>>>;

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
    /// Whether it has a chart of its own before a person asks for all of them.
    pub charted: bool,
    /// Its value for a step, where it has one; `None` in a step in which it was not measured.
    pub of_step: Option<fn(&StepFacts) -> Option<f64>>,
    /// Its value for an evaluation, where it has one; `None` when no row is labelled.
    pub of_evaluation: Option<fn(&PredictionTable) -> Option<f64>>,
    /// Its value for each class in an evaluation, where it has one; `None` when no row is labelled,
    /// and for a class of which it is not defined.
    pub of_classes: Option<OfClasses>,
}

/// All metrics, in the order in which they are shown.
pub static METRICS: &[Metric] = &[
    loss::METRIC,
    accuracy::METRIC,
    macro_f1::METRIC,
    balanced_accuracy::METRIC,
    top_k_accuracy::METRIC,
    precision::METRIC,
    recall::METRIC,
    f1::METRIC,
    support::METRIC,
    learning_rate::METRIC,
    gradient_norm::METRIC,
    throughput::METRIC,
    loading::METRIC,
    cpu::METRIC,
    memory::METRIC,
];

/// The row called `name`.
pub fn metric(name: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.name == name)
}

/// Everything that is measured of a step. What is not finite is left out: JSON cannot hold it.
pub fn step_metrics(facts: &StepFacts) -> Metrics {
    let values = METRICS.iter().filter_map(|m| Some((m.name.to_owned(), m.of_step?(facts)?)));
    values.filter(|(_, value)| value.is_finite()).collect()
}

/// Everything that is measured of an evaluation.
pub fn evaluation_metrics(table: &PredictionTable) -> Metrics {
    let values = METRICS.iter().filter_map(|m| Some((m.name.to_owned(), m.of_evaluation?(table)?)));
    values.filter(|(_, value)| value.is_finite()).collect()
}

/// Everything that is measured of each class in an evaluation.
pub fn class_metrics(table: &PredictionTable) -> ClassMetrics {
    METRICS.iter().filter_map(|m| Some((m.name.to_owned(), m.of_classes?(table)?))).collect()
}

/// Mean of `value` over the labelled rows.
fn mean_labelled(table: &PredictionTable, value: impl Fn(usize, u32) -> f64) -> Option<f64> {
    let labelled = table.targets.iter().enumerate().filter_map(|(row, target)| Some((row, (*target)?)));
    let (count, sum) =
        labelled.fold((0u64, 0.0), |(count, sum), (row, target)| (count + 1, sum + value(row, target)));
    (count > 0).then(|| sum / count as f64)
}

/// How one class fares.
#[derive(Clone, Copy, Default)]
struct Counts {
    labelled: u64,
    predicted: u64,
    correct: u64,
}

/// Counts of each class over the labelled rows; `None` when there are none.
fn class_counts(table: &PredictionTable) -> Option<Vec<Counts>> {
    let mut counts = vec![Counts::default(); table.classes];
    let mut labelled = 0u64;
    for (truth, row) in confusion(table).iter().enumerate() {
        for (predicted, count) in row.iter().enumerate() {
            let count = u64::from(*count);
            labelled += count;
            counts[truth].labelled += count;
            counts[predicted].predicted += count;
            counts[truth].correct += if truth == predicted { count } else { 0 };
        }
    }
    (labelled > 0).then_some(counts)
}

/// `value` of each class; `None` when no row is labelled.
fn of_each(table: &PredictionTable, value: fn(&Counts) -> Option<f64>) -> Option<Vec<Option<f64>>> {
    Some(class_counts(table)?.iter().map(value).collect())
}

/// Mean; `None` of nothing.
fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = values.fold((0u64, 0.0), |(count, sum), value| (count + 1, sum + value));
    (count > 0).then(|| sum / count as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seven labelled rows of four classes (the last never occurs) and one without a label.
    fn table() -> PredictionTable {
        let targets = [0, 0, 0, 0, 1, 1, 2].map(Some).into_iter().chain([None]).collect();
        let predicted = vec![0, 0, 0, 1, 1, 0, 0, 2];
        let row = |class: u32| (0..4).map(move |c| if c == class { 0.7 } else { 0.1 });
        let probabilities = predicted.iter().flat_map(|class| row(*class)).collect();
        PredictionTable {
            classes: 4,
            samples: (0..8).collect(),
            splits: vec![crate::data::Split::Validation; 8],
            targets,
            losses: vec![0.0; 8],
            predicted,
            probabilities,
            ..PredictionTable::default()
        }
    }

    #[test]
    fn class_averages_are_those_worked_out_by_hand() {
        let measured = evaluation_metrics(&table());
        // Recall: 3/4, 1/2, 0. F1: 2*3/(4+5), 2*1/(2+2), 0/(1+0). The fourth class is in neither.
        let expected = [
            ("accuracy", 4.0 / 7.0),
            ("balanced_accuracy", (0.75 + 0.5 + 0.0) / 3.0),
            ("macro_f1", (6.0 / 9.0 + 0.5 + 0.0) / 3.0),
        ];
        for (name, value) in expected {
            assert!((measured[name] - value).abs() < 1e-12, "{name}: {} and {value}", measured[name]);
        }
    }

    #[test]
    fn a_class_that_is_only_predicted_counts_in_f1_and_not_in_recall() {
        let mut table = table();
        table.predicted[0] = 3;
        let measured = evaluation_metrics(&table);
        // Recall: 2/4, 1/2, 0. F1: 2*2/(4+4), 1/2, 0 and 0 of the class never labelled.
        assert!((measured["balanced_accuracy"] - 1.0 / 3.0).abs() < 1e-12);
        assert!((measured["macro_f1"] - 0.25).abs() < 1e-12);
    }

    #[test]
    fn the_k_most_probable_classes_are_five_or_all_but_one() {
        let table = |classes: usize, rows: &[(&[f32], u32)]| PredictionTable {
            classes,
            samples: (0..rows.len() as u32).collect(),
            splits: vec![crate::data::Split::Test; rows.len()],
            targets: rows.iter().map(|(_, target)| Some(*target)).collect(),
            losses: vec![0.0; rows.len()],
            predicted: vec![0; rows.len()],
            probabilities: rows.iter().flat_map(|(row, _)| row.to_vec()).collect(),
            ..PredictionTable::default()
        };
        let share = |table: &PredictionTable| evaluation_metrics(table)["top_k_accuracy"];
        // Seven classes: the sixth and the seventh are beyond five.
        let seven = [0.3, 0.2, 0.15, 0.12, 0.1, 0.08, 0.05];
        let rows: Vec<(&[f32], u32)> = (0..7).map(|target| (&seven[..], target)).collect();
        assert_eq!(share(&table(7, &rows)), 5.0 / 7.0);
        // Three classes: the least probable one is beyond two; of equals the first is larger.
        let rows: [(&[f32], u32); 4] =
            [(&[0.5, 0.3, 0.2], 1), (&[0.5, 0.3, 0.2], 2), (&[0.5, 0.25, 0.25], 1), (&[0.5, 0.25, 0.25], 2)];
        assert_eq!(share(&table(3, &rows)), 0.5);
        // Two classes: the same as accuracy, also where rounding made both equal.
        let mut two = table(2, &[(&[0.9, 0.1], 0), (&[0.9, 0.1], 1), (&[0.5, 0.5], 1)]);
        two.predicted = vec![0, 0, 1];
        assert_eq!(share(&two), 2.0 / 3.0);
    }

    #[test]
    fn each_class_is_measured_as_scikit_learn_does() {
        // precision_recall_fscore_support(y, p, labels=[0, 1, 2, 3], zero_division=nan) of
        // y = [0, 0, 0, 0, 1, 1, 2], p = [0, 0, 0, 1, 1, 0, 0].
        let expected: [(&str, [Option<f64>; 4]); 4] = [
            ("precision", [Some(0.6), Some(0.5), None, None]),
            ("recall", [Some(0.75), Some(0.5), Some(0.0), None]),
            ("f1", [Some(0.666_666_666_666_666_6), Some(0.5), Some(0.0), None]),
            ("support", [Some(4.0), Some(2.0), Some(1.0), Some(0.0)]),
        ];
        let measured = class_metrics(&table());
        assert_eq!(measured.len(), expected.len());
        for (name, values) in expected {
            for (class, value) in values.iter().enumerate() {
                let got = measured[name][class];
                let same = match (got, value) {
                    (Some(got), Some(value)) => (got - value).abs() < 1e-12,
                    (got, value) => got == *value,
                };
                assert!(same, "{name} of class {class}: {got:?} and {value:?}");
            }
        }
        // The averages are those of the same values.
        let averages = evaluation_metrics(&table());
        let mean = |name: &str| mean(measured[name].iter().copied().flatten());
        assert_eq!(mean("recall"), Some(averages["balanced_accuracy"]));
        assert_eq!(mean("f1"), Some(averages["macro_f1"]));
    }

    #[test]
    fn without_labels_nothing_is_measured() {
        let table = PredictionTable { targets: vec![None; 8], ..table() };
        assert!(evaluation_metrics(&table).is_empty() && class_metrics(&table).is_empty());
    }
}
