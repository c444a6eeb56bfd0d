//! Where each sequence of a ragged batch lies. Rows belong to exactly one sequence, so
//! there is no padding that could change a result. It refuses empty sequences.

use candle_core::{Result, bail};
use std::ops::Range;
use std::sync::Arc;

/// Which rows of each sequence are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// All.
    All,
    /// The first.
    First,
    /// The last.
    Last,
}

impl Keep {
    /// The wanted row of a sequence, where it is a single one.
    pub fn single(self, span: &Range<usize>) -> Option<usize> {
        match self {
            Self::All => None,
            Self::First => Some(span.start),
            Self::Last => Some(span.end - 1),
        }
    }
}

/// Sequence `i` is rows `offsets[i]..offsets[i + 1]`. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spans(Arc<[usize]>);

impl Spans {
    /// From offsets: they start at 0 and rise.
    ///
    /// # Errors
    /// If they do not.
    pub fn new(offsets: &[usize]) -> Result<Self> {
        if offsets.first() != Some(&0) || offsets.windows(2).any(|w| w[0] >= w[1]) {
            bail!("sequence offsets must start at 0 and rise without an empty sequence: {offsets:?}")
        }
        Ok(Self(offsets.into()))
    }
    /// `count` sequences of `length` rows each; `length` is at least 1.
    pub fn equal(count: usize, length: usize) -> Self {
        Self((0..=count).map(|i| i * length).collect())
    }
    /// Number of sequences.
    pub fn len(&self) -> usize {
        self.0.len() - 1
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Rows of all sequences together.
    pub fn rows(&self) -> usize {
        self.0[self.len()]
    }
    /// Rows of the longest sequence; 0 if there are none.
    pub fn longest(&self) -> usize {
        self.iter().map(|span| span.len()).max().unwrap_or(0)
    }
    /// The sequences' rows, in order.
    pub fn iter(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        self.0.windows(2).map(|w| w[0]..w[1])
    }
}
