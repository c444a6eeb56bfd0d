//! A data set made ready once, from which batches are taken by several threads at a time.
//! Images stay the shared bytes they are; texts are token ids in one buffer.

use super::augment::Augmentation;
use super::encoded::{ENCODINGS, Encoded};
use super::image::ImageTransform;
use super::{Input, Preprocess, PreprocessError};
use crate::data::{Dataset, Examples, Images, Progress};
use std::sync::Arc;

/// A data set, ready to be batched. Sample `i` is the data set's.
pub struct Prepared(Contents);

enum Contents {
    Images { images: Images, transform: ImageTransform, levels: Vec<[f32; 256]> },
    Tokens(Arc<Encoded>),
}

impl Preprocess {
    /// Makes a data set ready.
    ///
    /// # Errors
    /// [`PreprocessError::Incompatible`] as [`Preprocess::check_compatible`], a text that
    /// cannot be cut, cancelled.
    pub fn prepare(&self, data: &Dataset, progress: Progress<'_>) -> Result<Prepared, PreprocessError> {
        self.check_compatible(data)?;
        match (self, &data.examples) {
            (Self::Image(transform), Examples::Images(images)) => Ok(Prepared(Contents::Images {
                images: images.clone(),
                transform: transform.clone(),
                levels: transform.levels(),
            })),
            (Self::Text(transform), Examples::Texts(texts)) => {
                Ok(Prepared(Contents::Tokens(ENCODINGS.of(transform, texts, progress)?)))
            }
            _ => Err(self.other_modality(data)),
        }
    }
}

impl Prepared {
    /// Number of samples.
    pub fn len(&self) -> usize {
        match &self.0 {
            Contents::Images { images, .. } => images.len(),
            Contents::Tokens(tokens) => tokens.offsets.len().saturating_sub(1),
        }
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Tokens of a sample; 0 for images. Panics past the end, as a slice does.
    pub fn num_tokens(&self, sample: u32) -> usize {
        match &self.0 {
            Contents::Images { .. } => 0,
            Contents::Tokens(tokens) => tokens.offsets[sample as usize + 1] - tokens.offsets[sample as usize],
        }
    }
    /// A batch of samples in the order given; images are changed at random if `augment` says
    /// so, texts never are. Panics past the end, as a slice does, and with the reason when
    /// the file of the images can no longer be read: whoever computes turns that into the
    /// end of the run.
    pub fn input(&self, samples: &[u32], augment: Option<&Augmentation>) -> Input {
        match &self.0 {
            Contents::Images { images, transform, levels } => {
                let stride = images.stride();
                let mut pixels = Vec::with_capacity(samples.len() * stride);
                let mut changed = vec![0; if augment.is_some() { stride } else { 0 }];
                for sample in samples {
                    let image = match images.get(*sample as usize) {
                        Ok(image) => image,
                        Err(error) => panic!("{error}"),
                    };
                    let image = match augment {
                        Some(augment) => {
                            let (shape, mean) = (transform.shape(), transform.mean_colour());
                            augment.apply(*sample, &image, shape, mean, &mut changed);
                            &changed
                        }
                        None => &*image,
                    };
                    transform.push(levels, image, &mut pixels);
                }
                let &ImageTransform { channels, height, width, .. } = transform;
                Input::Images { pixels, channels, height, width }
            }
            Contents::Tokens(tokens) => {
                let Encoded { ids, offsets } = &**tokens;
                let (mut batch, mut ends) = (Vec::new(), vec![0]);
                for sample in samples {
                    let sample = *sample as usize;
                    batch.extend_from_slice(&ids[offsets[sample]..offsets[sample + 1]]);
                    ends.push(batch.len());
                }
                Input::Tokens { ids: batch, offsets: ends }
            }
        }
    }
}
