//! Cheap classifiers that a transformer must beat to be worth its time: they learn from the
//! run's training examples in seconds and are evaluated on the same others. Every draw
//! comes from the seed. They change nothing in the run, and what goes wrong with them is told and
//! fails no run.

mod in_run;
mod naive_bayes;
mod softmax_regression;

pub(super) use in_run::Cheap;
pub use naive_bayes::NaiveBayes;
pub use softmax_regression::SoftmaxRegression;

use crate::data::{DataError, Dataset, Examples, Split};
use crate::runs::BaselineKind;

/// Told the share of the work that is done, 0 to 1, now and then; `false` stops it.
pub type GoOn<'a> = &'a dyn Fn(f64) -> bool;

/// A cheap classifier that has learned.
#[derive(Clone, Debug)]
pub enum Learned {
    /// From texts.
    NaiveBayes(NaiveBayes),
    /// From pictures.
    SoftmaxRegression(SoftmaxRegression),
}

impl Learned {
    /// Learns from the training examples of a data set. `None` when it was told to stop.
    ///
    /// # Errors
    /// A picture that can no longer be read.
    pub fn learn(data: &Dataset, seed: u64, go_on: GoOn<'_>) -> Result<Option<Self>, DataError> {
        let mut samples = data.indices(Split::Train);
        samples.retain(|sample| data.targets[*sample as usize].class().is_some());
        let target = |sample: u32| data.targets[sample as usize].class().unwrap_or(0);
        let classes = data.classes.len();
        match &data.examples {
            Examples::Texts(texts) => {
                Ok(NaiveBayes::learn(texts, &samples, target, classes, seed, go_on).map(Self::NaiveBayes))
            }
            Examples::Images(images) => {
                let learned = SoftmaxRegression::learn(images, &samples, target, classes, seed, go_on)?;
                Ok(learned.map(Self::SoftmaxRegression))
            }
        }
    }

    /// Which classifier it is.
    pub fn kind(&self) -> BaselineKind {
        match self {
            Self::NaiveBayes(_) => BaselineKind::NaiveBayes,
            Self::SoftmaxRegression(_) => BaselineKind::SoftmaxRegression,
        }
    }

    /// Training examples that it learned from.
    pub fn trained_on(&self) -> usize {
        match self {
            Self::NaiveBayes(learned) => learned.trained_on(),
            Self::SoftmaxRegression(learned) => learned.trained_on(),
        }
    }

    /// Logits of samples of the data that it learned from, `[sample, class]`.
    ///
    /// # Errors
    /// A picture that can no longer be read.
    pub fn logits(&self, data: &Dataset, samples: &[u32]) -> Result<Vec<f32>, DataError> {
        match (self, &data.examples) {
            (Self::NaiveBayes(learned), Examples::Texts(texts)) => Ok(learned.logits(texts, samples)),
            (Self::SoftmaxRegression(learned), Examples::Images(images)) => learned.logits(images, samples),
            // Other data than it learned from: it says nothing about any class.
            _ => Ok(vec![0.0; samples.len() * data.classes.len()]),
        }
    }
}
