//! Confusion matrices and what they say about each class.
//! A matrix is `[true class][predicted class]`, counts, as in `runs::Evaluation`.

use crate::data::Split;
use crate::runs::PredictionTable;

/// How one class fares.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ClassScore {
    /// Examples labelled with the class.
    pub labelled: u64,
    /// Examples predicted as the class.
    pub predicted: u64,
    /// Examples labelled and predicted as the class.
    pub correct: u64,
}

impl ClassScore {
    /// Share of the class's examples that were found, 0 to 1; `None` without examples.
    pub fn recall(&self) -> Option<f64> {
        (self.labelled > 0).then(|| self.correct as f64 / self.labelled as f64)
    }
    /// Share of the predictions of the class that were right, 0 to 1; `None` without predictions.
    pub fn precision(&self) -> Option<f64> {
        (self.predicted > 0).then(|| self.correct as f64 / self.predicted as f64)
    }
    /// Harmonic mean of precision and recall, 0 to 1; `None` when the class is neither
    /// labelled nor predicted.
    pub fn f1(&self) -> Option<f64> {
        let both = self.labelled + self.predicted;
        (both > 0).then(|| 2.0 * self.correct as f64 / both as f64)
    }
}

/// Two classes mixed up in one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfusedPair {
    /// Class of the label.
    pub truth: u32,
    /// Class predicted instead.
    pub predicted: u32,
    /// How often.
    pub count: u32,
}

/// The confusion matrix of the labelled rows of one split, or of all for `None`:
/// `classes x classes` counts. Classes the table does not know are left out.
pub fn confusion(table: &PredictionTable, split: Option<Split>) -> Vec<Vec<u32>> {
    let mut counts = vec![vec![0; table.classes]; table.classes];
    let rows = table.targets.iter().zip(&table.predicted).zip(&table.splits);
    for ((target, predicted), row_split) in rows {
        if split.is_some_and(|wanted| wanted != *row_split) {
            continue;
        }
        if let Some(truth) = target
            && let Some(cell) = counts.get_mut(*truth as usize).and_then(|r| r.get_mut(*predicted as usize))
        {
            *cell += 1;
        }
    }
    counts
}

/// Labelled, predicted and correct counts of each class.
pub fn class_scores(matrix: &[Vec<u32>]) -> Vec<ClassScore> {
    let mut scores = vec![ClassScore::default(); matrix.len()];
    for (truth, row) in matrix.iter().enumerate() {
        for (predicted, count) in row.iter().enumerate().take(matrix.len()) {
            let count = u64::from(*count);
            scores[truth].labelled += count;
            scores[predicted].predicted += count;
            if truth == predicted {
                scores[truth].correct += count;
            }
        }
    }
    scores
}

/// The pairs mixed up most often, the worst first; ties in order of the classes.
/// Pairs that never occur are left out.
pub fn most_confused(matrix: &[Vec<u32>], limit: usize) -> Vec<ConfusedPair> {
    let mut pairs: Vec<ConfusedPair> = (0u32..)
        .zip(matrix)
        .flat_map(|(truth, row)| {
            (0u32..).zip(row).map(move |(predicted, count)| ConfusedPair { truth, predicted, count: *count })
        })
        .filter(|pair| pair.truth != pair.predicted && pair.count > 0)
        .collect();
    pairs.sort_by_key(|pair| (std::cmp::Reverse(pair.count), pair.truth, pair.predicted));
    pairs.truncate(limit);
    pairs
}

/// Share of all counted examples on the diagonal, 0 to 1; `None` for an empty matrix.
pub fn overall_accuracy(matrix: &[Vec<u32>]) -> Option<f64> {
    let scores = class_scores(matrix);
    let labelled: u64 = scores.iter().map(|s| s.labelled).sum();
    let correct: u64 = scores.iter().map(|s| s.correct).sum();
    (labelled > 0).then(|| correct as f64 / labelled as f64)
}
