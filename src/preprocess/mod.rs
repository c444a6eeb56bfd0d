//! Examples become tensors' contents: image transforms and augmentation, tokenizers,
//! ragged batches. What prediction needs later is saved beside the run.
//! It fits on the training split only and never sees test examples while doing so.

mod augment;
mod encoded;
mod error;
mod files;
mod findings;
mod image;
mod input;
mod model_view;
mod order;
mod parallel;
mod pieces;
mod prepared;
mod report;
mod text;
pub mod tokenizer;
mod tokens;

pub use augment::{AUGMENTATIONS, Affine, Augmentation, AugmentationRow, Canvas, Shape};
pub use error::PreprocessError;
pub use files::{PREPROCESS_FILE, TOKENIZER_FILE};
pub use findings::Finding;
pub use image::ImageTransform;
pub use input::{Input, RawInput};
pub use model_view::{ModelView, ModelViewRequest, SampleView, Seen};
pub use order::order;
pub use pieces::Piece;
pub use prepared::Prepared;
pub use report::{DataReport, TokenBin, TokenReport};
pub use text::TextTransform;
pub use tokenizer::SPECIAL as SPECIAL_TOKENS;
pub use tokens::{SeenToken, SeenTokens, TokenKind};

use crate::config::RunConfig;
use crate::data::{Dataset, Examples, PictureOptions, Progress, Split};

/// How examples become the model's input; everything that was learned for it.
#[derive(Clone, Debug, PartialEq)]
pub enum Preprocess {
    /// Pictures.
    Image(ImageTransform),
    /// Texts.
    Text(TextTransform),
}

/// What the model's input looks like, in plain numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputShape {
    /// Pictures.
    Image {
        /// 1 or 3.
        channels: usize,
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
    },
    /// Token ids.
    Text {
        /// Number of tokens; all ids are below it.
        vocabulary: usize,
        /// Longest sequence, in tokens; a class token of the model is not counted.
        length: usize,
    },
}

impl Preprocess {
    /// Learns from the training split alone: pixel statistics or a tokenizer.
    ///
    /// # Errors
    /// [`PreprocessError`]: no training examples, a vocabulary too small, cancelled.
    pub fn fit(data: &Dataset, config: &RunConfig, progress: Progress<'_>) -> Result<Self, PreprocessError> {
        let training = data.indices(Split::Train);
        match &data.examples {
            Examples::Images(images) => {
                let resize = config.image.resize;
                Ok(Self::Image(ImageTransform::fit(images, &training, resize, progress)?))
            }
            Examples::Texts(texts) => Ok(Self::Text(TextTransform::fit(texts, &training, config, progress)?)),
        }
    }

    /// What comes out.
    pub fn input_shape(&self) -> InputShape {
        match self {
            Self::Image(image) => {
                InputShape::Image { channels: image.channels, height: image.height, width: image.width }
            }
            Self::Text(text) => {
                InputShape::Text { vocabulary: text.tokenizer.vocabulary(), length: text.length }
            }
        }
    }

    /// How pictures are to be read to fit the model that this was made for.
    pub fn picture_options(&self) -> PictureOptions {
        match self {
            Self::Image(image) => image.picture_options(),
            Self::Text(_) => PictureOptions::default(),
        }
    }

    /// Whether a data set fits the model that this was made for: images or text, size,
    /// channels. Classes are not looked at.
    ///
    /// # Errors
    /// [`PreprocessError::Incompatible`].
    pub fn check_compatible(&self, data: &Dataset) -> Result<(), PreprocessError> {
        match (self, &data.examples) {
            (Self::Image(own), Examples::Images(images)) => {
                let theirs = [images.width, images.height, images.channels];
                let ours = [own.width, own.height, own.channels];
                if theirs == ours {
                    return Ok(());
                }
                let words = |[width, height, channels]: [usize; 3]| {
                    format!("{width} x {height} pixels, {}", if channels == 1 { "grey" } else { "colour" })
                };
                Err(PreprocessError::Incompatible {
                    source_name: data.source.clone(),
                    cause: format!("its images are {}, but the model takes {}", words(theirs), words(ours)),
                    remedy: "give images of the model's size, or train a model on these".to_owned(),
                })
            }
            (Self::Text(_), Examples::Texts(_)) => Ok(()),
            _ => Err(self.other_modality(data)),
        }
    }

    fn other_modality(&self, data: &Dataset) -> PreprocessError {
        let (theirs, ours) = match self {
            Self::Image(_) => ("texts", "images"),
            Self::Text(_) => ("images", "texts"),
        };
        PreprocessError::Incompatible {
            source_name: data.source.clone(),
            cause: format!("it holds {theirs}, but the model was trained on {ours}"),
            remedy: format!("give a data set of {ours}, or train a model on this one"),
        }
    }

    /// Examples from outside, one input each, or why it cannot be used.
    pub fn raw(&self, inputs: &[RawInput]) -> Vec<Result<Input, String>> {
        let one = |input: &RawInput| match self {
            Self::Image(image) => {
                let &ImageTransform { channels, height, width, .. } = image;
                image.raw(input).map(|pixels| Input::Images { pixels, channels, height, width })
            }
            Self::Text(text) => text.raw(input).map(|ids| {
                let offsets = vec![0, ids.len()];
                Input::Tokens { ids, offsets }
            }),
        };
        inputs.iter().map(one).collect()
    }
}
