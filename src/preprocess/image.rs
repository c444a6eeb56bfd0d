//! Pixels to normalised numbers: `(pixel / 255 - mean) / std`, one mean and standard
//! deviation per channel, measured on the training images. Pictures from outside are first
//! resized and turned grey or coloured. It knows nothing of files.

use super::augment::Shape;
use super::parallel::in_order;
use super::{PreprocessError, RawInput};
use crate::config::{Colour, Resize};
use crate::data::{Fit, Images, Picture, PictureOptions, Progress};
use serde::{Deserialize, Serialize};

/// How images become the model's input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImageTransform {
    /// 1 or 3.
    pub channels: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// What becomes of pictures of other proportions.
    #[serde(default = "stretch")]
    pub resize: Resize,
    /// Mean of each channel over the training pixels, 0 (black) to 1.
    pub mean: Vec<f64>,
    /// Population standard deviation of each channel over the training pixels; 1 where
    /// all pixels are equal.
    pub std: Vec<f64>,
}

/// Runs from before there was a choice stretched.
fn stretch() -> Resize {
    Resize::Stretch
}

/// How often each value occurs, per channel.
type Counts = Vec<[u64; 256]>;

impl ImageTransform {
    /// Measures the training images. Counts of the 256 values are exact, so neither order
    /// nor rounding matters. `resize` is how the images were brought to their size.
    ///
    /// # Errors
    /// [`PreprocessError::NoTraining`], [`PreprocessError::Cancelled`], images that can no
    /// longer be read.
    pub fn fit(
        images: &Images,
        training: &[u32],
        resize: Resize,
        progress: Progress<'_>,
    ) -> Result<Self, PreprocessError> {
        if training.is_empty() {
            return Err(PreprocessError::NoTraining);
        }
        let channels = images.channels;
        let parts = in_order(training, "Measuring images", progress, |samples| -> Result<Counts, _> {
            let mut counts = vec![[0u64; 256]; channels];
            for sample in samples {
                for pixel in images.get(*sample as usize)?.chunks_exact(channels) {
                    for (counts, value) in counts.iter_mut().zip(pixel) {
                        counts[usize::from(*value)] += 1;
                    }
                }
            }
            Ok::<Counts, crate::data::DataError>(counts)
        })?;
        let mut counts = vec![[0u64; 256]; channels];
        for part in parts {
            for (counts, part) in counts.iter_mut().flatten().zip(part?.iter().flatten()) {
                *counts += part;
            }
        }
        let (mean, std) = counts.iter().map(moments).unzip();
        Ok(Self { channels, height: images.height, width: images.width, resize, mean, std })
    }

    /// How pictures are to be read to fit this model.
    pub fn picture_options(&self) -> PictureOptions {
        PictureOptions {
            size: Some((self.width, self.height)),
            resize: self.resize,
            colour: if self.channels == 1 { Colour::Grey } else { Colour::Colour },
            ..PictureOptions::default()
        }
    }

    /// Size and channels.
    pub(super) fn shape(&self) -> Shape {
        Shape { width: self.width, height: self.height, channels: self.channels }
    }

    /// The mean colour of the training images; grey in the first of the three.
    pub(super) fn mean_colour(&self) -> [u8; 3] {
        std::array::from_fn(|channel| {
            self.mean.get(channel).map_or(0, |mean| (mean * 255.0).round().clamp(0.0, 255.0) as u8)
        })
    }

    /// The normalised number of each of the 256 pixel values, per channel.
    pub fn levels(&self) -> Vec<[f32; 256]> {
        let level =
            |mean: &f64, std: &f64| std::array::from_fn(|value| ((value as f64 / 255.0 - mean) / std) as f32);
        self.mean.iter().zip(&self.std).map(|(mean, std)| level(mean, std)).collect()
    }

    /// Appends one image, `[row, column, channel]` bytes to `[channel, row, column]` numbers.
    pub(super) fn push(&self, levels: &[[f32; 256]], image: &[u8], out: &mut Vec<f32>) {
        for (channel, levels) in levels.iter().enumerate() {
            out.extend(image[channel..].iter().step_by(self.channels).map(|v| levels[usize::from(*v)]));
        }
    }

    /// The pixels of one input, `[channel, row, column]` numbers, as `[row, column, channel]`
    /// bytes: the normalisation undone.
    pub fn denormalised(&self, input: &[f32]) -> Vec<u8> {
        let plane = self.width * self.height;
        let byte = |at: usize, channel: usize| {
            let number = f64::from(input[channel * plane + at]);
            ((number * self.std[channel] + self.mean[channel]) * 255.0).round().clamp(0.0, 255.0) as u8
        };
        (0..plane)
            .flat_map(|at| (0..self.channels).map(move |channel| (at, channel)))
            .map(|(a, c)| byte(a, c))
            .collect()
    }

    /// A picture of any size as the model's input, `[channel, row, column]`: brought to the
    /// model's size and channels as the training pictures were.
    ///
    /// # Errors
    /// Says why a picture cannot be used.
    pub fn raw(&self, input: &RawInput) -> Result<Vec<f32>, String> {
        let RawInput::Image { width, height, channels, pixels } = input else {
            return Err("this model was trained on images; give a picture, not a text".to_owned());
        };
        let picture = Picture { width: *width, height: *height, channels: *channels, pixels: pixels.clone() };
        let Self { width, height, channels, resize, .. } = *self;
        let pixels = picture.fitted(&Fit { width, height, channels, resize })?;
        let mut out = Vec::with_capacity(pixels.len());
        self.push(&self.levels(), &pixels, &mut out);
        Ok(out)
    }
}

/// Mean and population standard deviation of pixels, scaled to 0..1, from their counts.
fn moments(counts: &[u64; 256]) -> (f64, f64) {
    let total: u64 = counts.iter().sum();
    if total == 0 {
        return (0.0, 1.0);
    }
    let sum = |power: u32| -> u128 {
        counts.iter().zip(0u128..).map(|(count, value)| u128::from(*count) * value.pow(power)).sum()
    };
    let n = u128::from(total);
    let (first, second) = (sum(1), sum(2));
    let mean = first as f64 / total as f64;
    // n * sum of squares - (sum)^2 is exact in whole numbers; both stay far below 2^127.
    let variance = (n * second - first * first) as f64 / (total as f64 * total as f64);
    let std = variance.sqrt() / 255.0;
    (mean / 255.0, if std > 0.0 { std } else { 1.0 })
}
