//! How each class fares: in one table of predictions, and over the evaluations of a run.
//! The curves come from the confusion matrix that each evaluation carries, so that runs of
//! any age have them.

use super::{ClassScore, class_scores, confusion};
use crate::data::Split;
use crate::runs::{Evaluation, PredictionTable};

/// One class in a table of predictions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClassRow {
    /// The class.
    pub class: u32,
    /// Labelled, predicted and correct counts.
    pub score: ClassScore,
    /// Mean cross-entropy of the samples labelled with it, in nats; `None` without any.
    pub loss: Option<f64>,
}

/// How each class fares in the labelled rows of one split, or of all for `None`; in order of
/// the classes.
pub fn class_rows(table: &PredictionTable, split: Option<Split>) -> Vec<ClassRow> {
    let mut losses = vec![0.0; table.classes];
    let rows = table.targets.iter().zip(&table.losses).zip(&table.splits);
    for ((target, loss), found) in rows {
        if split.is_none_or(|wanted| wanted == *found)
            && let Some(sum) = target.and_then(|class| losses.get_mut(class as usize))
        {
            *sum += f64::from(*loss);
        }
    }
    let scores = class_scores(&confusion(table, split));
    (0u32..)
        .zip(scores.into_iter().zip(losses))
        .map(|(class, (score, sum))| ClassRow {
            class,
            score,
            loss: (score.labelled > 0).then(|| sum / score.labelled as f64),
        })
        .collect()
}

/// A number that says how one class fares.
pub struct ClassMeasure {
    /// Names it in layouts and files.
    pub name: &'static str,
    /// Its value, 0 to 1; `None` where it does not exist.
    pub of: fn(&ClassScore) -> Option<f64>,
}

/// What a class's curve may show.
pub static CLASS_MEASURES: &[ClassMeasure] = &[
    ClassMeasure { name: "f1", of: ClassScore::f1 },
    ClassMeasure { name: "precision", of: ClassScore::precision },
    ClassMeasure { name: "recall", of: ClassScore::recall },
];

/// A measure of one class over evaluations: (step, value), in their order. Evaluations
/// in which it does not exist are left out.
pub fn class_curve<'a>(
    evaluations: impl IntoIterator<Item = &'a Evaluation>,
    class: u32,
    measure: &ClassMeasure,
) -> Vec<[f64; 2]> {
    let point = |evaluation: &Evaluation| {
        let score = class_score(&evaluation.confusion, class as usize)?;
        Some([evaluation.step as f64, (measure.of)(&score)?])
    };
    evaluations.into_iter().filter_map(point).collect()
}

/// One class of a matrix, without counting the others.
fn class_score(matrix: &[Vec<u32>], class: usize) -> Option<ClassScore> {
    let row = matrix.get(class)?;
    Some(ClassScore {
        labelled: row.iter().map(|count| u64::from(*count)).sum(),
        predicted: matrix.iter().filter_map(|row| row.get(class)).map(|count| u64::from(*count)).sum(),
        correct: row.get(class).map_or(0, |count| u64::from(*count)),
    })
}
