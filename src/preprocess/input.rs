//! What goes into a model: a batch of normalised pixels or of token ids.

/// A batch, ready for the model.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// Pictures.
    Images {
        /// `[image, channel, row, column]`, normalised.
        pixels: Vec<f32>,
        /// 1 or 3.
        channels: usize,
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
    },
    /// Token sequences of any lengths, one behind the other, without padding:
    /// sequence `i` is `ids[offsets[i]..offsets[i + 1]]`, and none is empty.
    Tokens {
        /// Token ids of all sequences.
        ids: Vec<u32>,
        /// Starts of the sequences, and the end of the last: one more than sequences.
        offsets: Vec<usize>,
    },
}

impl Input {
    /// Number of examples.
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

/// One example from outside, to be predicted.
#[derive(Clone, Debug, PartialEq)]
pub enum RawInput {
    /// A text.
    Text(String),
    /// A picture of any size; it is resized and turned grey or coloured as the model needs.
    Image {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
        /// 1 or 3.
        channels: usize,
        /// `[row, column, channel]`.
        pixels: Vec<u8>,
    },
}

impl From<crate::data::Picture> for RawInput {
    fn from(picture: crate::data::Picture) -> Self {
        let crate::data::Picture { width, height, channels, pixels } = picture;
        Self::Image { width, height, channels, pixels }
    }
}
