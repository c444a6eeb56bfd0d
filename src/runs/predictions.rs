//! Per-sample predictions of one evaluation, in memory and as a Parquet file.

use crate::data::Split;

/// One row per evaluated sample. Lists have one entry per row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PredictionTable {
    /// After this step.
    pub step: u64,
    /// Number of classes.
    pub classes: usize,
    /// Index of the sample in the data set.
    pub samples: Vec<u32>,
    /// Which split it belongs to.
    pub splits: Vec<Split>,
    /// True class; `None` when unlabelled.
    pub targets: Vec<Option<u32>>,
    /// Most probable class.
    pub predicted: Vec<u32>,
    /// `[row, class]`, each row sums to 1.
    pub probabilities: Vec<f32>,
    /// Cross-entropy of the true class in nats; 0 when unlabelled.
    pub losses: Vec<f32>,
}

impl PredictionTable {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.samples.len()
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }
    /// The probabilities of one row, one per class.
    pub fn probabilities(&self, row: usize) -> &[f32] {
        &self.probabilities[row * self.classes..(row + 1) * self.classes]
    }
    /// Probability of the predicted class.
    pub fn confidence(&self, row: usize) -> f32 {
        self.probabilities(row)[self.predicted[row] as usize]
    }
    /// Whether the row is labelled and predicted otherwise.
    pub fn is_mistake(&self, row: usize) -> bool {
        self.targets[row].is_some_and(|t| t != self.predicted[row])
    }
}
