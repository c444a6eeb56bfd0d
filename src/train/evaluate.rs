//! From logits to a table of predictions and an evaluation. It asks for the logits batch by
//! batch and stops between two batches when it is told to; it changes no weights.

use super::metrics::{class_metrics, confusion, evaluation_metrics};
use crate::data::Split;
use crate::runs::{Evaluation, PredictionTable, Score};

/// Examples computed between two looks at the person's wishes.
pub(super) const BATCH: usize = 256;

/// What is evaluated: samples with the truth in the model's own classes.
pub(super) struct Examples<'a> {
    pub samples: &'a [u32],
    pub targets: &'a [Option<u32>],
    pub splits: &'a [Split],
    pub classes: usize,
}

/// Logits of some samples, `[sample, class]`; `None` when it was told to stop.
pub(super) type Infer<'a, E> = dyn FnMut(&[u32]) -> Result<Option<Vec<f32>>, E> + 'a;

/// Predicts all examples; `None` when `go_on(done, total)` or `infer` said no.
///
/// # Errors
/// Those of `infer`.
pub(super) fn predict<E>(
    examples: &Examples<'_>,
    step: u64,
    infer: &mut Infer<'_, E>,
    go_on: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<Option<PredictionTable>, E> {
    let total = examples.samples.len();
    let mut table = PredictionTable {
        step,
        classes: examples.classes,
        samples: examples.samples.to_vec(),
        splits: examples.splits.to_vec(),
        targets: examples.targets.to_vec(),
        ..PredictionTable::default()
    };
    for start in (0..total).step_by(BATCH) {
        if !go_on(start as u64, total as u64) {
            return Ok(None);
        }
        let rows = start..(start + BATCH).min(total);
        let Some(logits) = infer(&examples.samples[rows.clone()])? else { return Ok(None) };
        for (logits, target) in logits.chunks_exact(examples.classes).zip(&examples.targets[rows]) {
            let row = Row::new(logits, *target);
            table.predicted.push(row.predicted);
            table.losses.push(row.loss);
            table.probabilities.extend(row.probabilities);
        }
    }
    Ok(go_on(total as u64, total as u64).then_some(table))
}

/// One prediction.
pub(super) struct Row {
    pub probabilities: Vec<f32>,
    pub predicted: u32,
    /// In nats; 0 without a target.
    pub loss: f32,
}

impl Row {
    /// Softmax and cross-entropy of one example's logits, in f64.
    pub fn new(logits: &[f32], target: Option<u32>) -> Self {
        let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let exps: Vec<f64> = logits.iter().map(|l| f64::from(l - largest).exp()).collect();
        let sum: f64 = exps.iter().sum();
        let predicted = logits.iter().position(|l| *l == largest).unwrap_or(0);
        let loss =
            target.and_then(|t| logits.get(t as usize)).map_or(0.0, |l| sum.ln() - f64::from(l - largest));
        let probabilities = exps.iter().map(|e| (e / sum) as f32).collect();
        Self { probabilities, predicted: predicted as u32, loss: loss as f32 }
    }
}

/// The first example whose prediction is not a number, if any: the weights are then useless.
pub(super) fn first_not_finite(table: &PredictionTable) -> Option<u32> {
    let row = table.probabilities.iter().position(|p| !p.is_finite())? / table.classes.max(1);
    table.samples.get(row).copied()
}

/// Counts and measures a table.
pub(super) fn evaluation(table: &PredictionTable, split: Split, epoch: f64, seconds: f64) -> Evaluation {
    Evaluation {
        step: table.step,
        epoch,
        split,
        samples: table.len() as u64,
        metrics: evaluation_metrics(table),
        classes: class_metrics(table),
        confusion: confusion(table),
        seconds,
        predictions: None,
        best: false,
    }
}

/// Whether a validation result beats the best so far: by accuracy, a tie by loss.
pub(super) fn is_better(new: &Score, best: Option<&Score>) -> bool {
    let Some(best) = best else { return true };
    let get = |score: &Score, name: &str| score.metrics.get(name).copied();
    let (new_accuracy, best_accuracy) = (get(new, "accuracy"), get(best, "accuracy"));
    if new_accuracy != best_accuracy {
        return new_accuracy > best_accuracy;
    }
    get(new, "loss").unwrap_or(f64::INFINITY) < get(best, "loss").unwrap_or(f64::INFINITY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn softmax_and_loss_are_those_of_the_definition() {
        // softmax([1, 2, 3]) and -ln of its entries, from numpy.
        let row = Row::new(&[1.0, 2.0, 3.0], Some(0));
        let expected = [0.090_030_57, 0.244_728_48, 0.665_240_94];
        assert!(row.probabilities.iter().zip(expected).all(|(p, e)| (p - e).abs() < 1e-7));
        assert!((row.loss - 2.407_606).abs() < 1e-6);
        assert_eq!(row.predicted, 2);
        let extreme = Row::new(&[1e30, -1e30], Some(0));
        assert_eq!((extreme.loss, extreme.predicted), (0.0, 0));
        assert_eq!(Row::new(&[0.0, 0.0], None).loss, 0.0);
        assert!(Row::new(&[f32::NAN, 0.0], Some(0)).probabilities[0].is_nan());
    }

    #[test]
    fn better_is_accuracy_then_loss() {
        let score = |accuracy, loss| Score {
            step: 0,
            samples: 1,
            metrics: [("accuracy".to_owned(), accuracy), ("loss".to_owned(), loss)].into(),
        };
        assert!(is_better(&score(0.1, 9.0), None));
        assert!(is_better(&score(0.6, 9.0), Some(&score(0.5, 1.0))));
        assert!(!is_better(&score(0.4, 0.1), Some(&score(0.5, 1.0))));
        assert!(is_better(&score(0.5, 0.9), Some(&score(0.5, 1.0))));
        assert!(!is_better(&score(0.5, 1.0), Some(&score(0.5, 1.0))), "the first of equals stays");
    }
}
