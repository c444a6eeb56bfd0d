//! What the model is given for a few samples, turned back into pictures or tokens, for a
//! person to look at. It goes through the very code that training uses, and so learns from
//! training examples only.

use super::{Augmentation, ImageTransform, Input, Preprocess, PreprocessError, SeenTokens, TextTransform};
use crate::config::RunConfig;
use crate::data::{Dataset, Examples, Images, Picture, Progress, Split, Texts};
use std::ops::Range;

/// Bytes of training images from which the statistics of a preview are measured: those of
/// larger sets are those of their first images. Nothing but the mean colour, which fills an
/// erased rectangle, can be seen of it.
const MEASURED: usize = 64 << 20;

/// What is to be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelViewRequest {
    /// Samples of the data.
    pub samples: Vec<u32>,
    /// The epochs as which the samples are shown, the first of a run being 0.
    pub epochs: Range<u64>,
}

/// What the model is given, one entry per sample that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelView {
    /// The samples, as asked for; what is past the end of the data is left out.
    pub samples: Vec<SampleView>,
}

/// What the model is given for one sample.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleView {
    /// Which sample of the data.
    pub sample: u32,
    /// What it becomes.
    pub seen: Seen,
}

/// What a sample becomes.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    /// The pixels of a picture, with the normalisation undone.
    Pictures {
        /// As it is evaluated and predicted, without changes.
        plain: Picture,
        /// As it is learned from in each of the epochs.
        augmented: Vec<Picture>,
    },
    /// The tokens of a text.
    Tokens(SeenTokens),
}

impl ModelView {
    /// Learns the preprocessing as a run with these settings would, and applies it.
    ///
    /// # Errors
    /// As [`Preprocess::fit`] and [`Preprocess::prepare`].
    pub fn make(
        data: &Dataset,
        config: &RunConfig,
        request: &ModelViewRequest,
        progress: Progress<'_>,
    ) -> Result<Self, PreprocessError> {
        let wanted = request.samples.iter().copied().filter(|sample| (*sample as usize) < data.len());
        let samples: Vec<u32> = wanted.collect();
        let training = data.indices(Split::Train);
        let seen = match &data.examples {
            Examples::Images(images) => {
                pictures(data, images, &training, config, (&samples, request), progress)?
            }
            Examples::Texts(texts) => tokens(texts, &training, config, &samples, progress)?,
        };
        let with_seen = samples.into_iter().zip(seen);
        Ok(Self { samples: with_seen.map(|(sample, seen)| SampleView { sample, seen }).collect() })
    }
}

fn pictures(
    data: &Dataset,
    images: &Images,
    training: &[u32],
    config: &RunConfig,
    (samples, request): (&[u32], &ModelViewRequest),
    progress: Progress<'_>,
) -> Result<Vec<Seen>, PreprocessError> {
    let measured = (MEASURED / images.stride().max(1)).clamp(1, training.len().max(1));
    let first = training.get(..measured).unwrap_or_default();
    let transform = ImageTransform::fit(images, first, config.image.resize, progress)?;
    let prepared = Preprocess::Image(transform.clone()).prepare(data, progress)?;
    let picture = |sample: u32, augmentation: Option<&Augmentation>| {
        let pixels = match prepared.input(&[sample], augmentation) {
            Input::Images { pixels, .. } => transform.denormalised(&pixels),
            Input::Tokens { .. } => Vec::new(),
        };
        Picture { width: images.width, height: images.height, channels: images.channels, pixels }
    };
    let key = |epoch| Augmentation::key_of(config.train.seed, epoch);
    let epochs: Vec<Option<Augmentation>> =
        request.epochs.clone().map(|epoch| Augmentation::of(&config.augment, key(epoch))).collect();
    let seen = samples.iter().map(|sample| Seen::Pictures {
        plain: picture(*sample, None),
        augmented: epochs.iter().map(|epoch| picture(*sample, epoch.as_ref())).collect(),
    });
    Ok(seen.collect())
}

fn tokens(
    texts: &Texts,
    training: &[u32],
    config: &RunConfig,
    samples: &[u32],
    progress: Progress<'_>,
) -> Result<Vec<Seen>, PreprocessError> {
    let transform = TextTransform::fit(texts, training, config, progress)?;
    let one = |sample: &u32| {
        transform.seen(texts.get(*sample as usize)).map(Seen::Tokens).map_err(|cause| {
            PreprocessError::Tokenizer { cause, remedy: "choose another text.tokenizer".to_owned() }
        })
    };
    samples.iter().map(one).collect()
}
