//! What the network reads: pixels or token ids of some samples, borrowed. It owns nothing
//! and knows no data set.

/// Some samples.
#[derive(Clone, Copy, Debug)]
pub enum Batch<'a> {
    /// Pictures.
    Images {
        /// `[image, channel, row, column]`, normalised.
        pixels: &'a [f32],
        /// Colours.
        channels: usize,
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
    },
    /// Token sequences one behind the other, without padding; none is empty.
    Tokens {
        /// Token ids of all sequences.
        ids: &'a [u32],
        /// Starts of the sequences and the end of the last. They may count from an earlier
        /// place: only differences to the first offset matter.
        offsets: &'a [usize],
    },
}

impl Batch<'_> {
    /// Number of samples.
    pub fn len(&self) -> usize {
        match self {
            Self::Images { pixels, channels, height, width } => {
                pixels.len().checked_div(channels * height * width).unwrap_or(0)
            }
            Self::Tokens { offsets, .. } => offsets.len().saturating_sub(1),
        }
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
