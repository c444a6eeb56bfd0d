//! Pixels to normalised numbers: `(pixel / 255 - mean) / std`, one mean and standard
//! deviation per channel, measured on the training images. Pictures from outside are first
//! resized and turned grey or coloured. It knows nothing of files.

use super::augment::{Augmentation, Change};
use super::{PreprocessError, RawInput};
use crate::data::{Images, Picture, Progress};
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
    /// Mean of each channel over the training pixels, 0 (black) to 1.
    pub mean: Vec<f64>,
    /// Population standard deviation of each channel over the training pixels; 1 where
    /// all pixels are equal.
    pub std: Vec<f64>,
}

/// Images counted between two calls of the progress.
const GROUP: usize = 4096;

impl ImageTransform {
    /// Measures the training images. Counts of the 256 values are exact, so neither order
    /// nor rounding matters.
    ///
    /// # Errors
    /// [`PreprocessError::NoTraining`], [`PreprocessError::Cancelled`].
    pub fn fit(images: &Images, training: &[u32], progress: Progress<'_>) -> Result<Self, PreprocessError> {
        if training.is_empty() {
            return Err(PreprocessError::NoTraining);
        }
        let channels = images.channels;
        let mut counts = vec![[0u64; 256]; channels];
        for (group, samples) in training.chunks(GROUP).enumerate() {
            if !progress("Measuring images", (group * GROUP) as u64, training.len() as u64) {
                return Err(PreprocessError::Cancelled);
            }
            for sample in samples {
                for pixel in images.get(*sample as usize).chunks_exact(channels) {
                    for (counts, value) in counts.iter_mut().zip(pixel) {
                        counts[usize::from(*value)] += 1;
                    }
                }
            }
        }
        let (mean, std) = counts.iter().map(moments).unzip();
        Ok(Self { channels, height: images.height, width: images.width, mean, std })
    }

    /// The normalised number of each of the 256 pixel values, per channel.
    pub fn levels(&self) -> Vec<[f32; 256]> {
        let level =
            |mean: &f64, std: &f64| std::array::from_fn(|value| ((value as f64 / 255.0 - mean) / std) as f32);
        self.mean.iter().zip(&self.std).map(|(mean, std)| level(mean, std)).collect()
    }

    /// Appends one image, `[row, column, channel]` bytes to `[channel, row, column]` numbers.
    pub(super) fn push(&self, levels: &[[f32; 256]], image: &[u8], change: Change, out: &mut Vec<f32>) {
        let (channels, height, width) = (self.channels, self.height, self.width);
        for (channel, levels) in levels.iter().enumerate() {
            if change == Change::default() {
                out.extend(image[channel..].iter().step_by(channels).map(|v| levels[usize::from(*v)]));
                continue;
            }
            for row in 0..height {
                out.extend((0..width).map(|column| {
                    let value = change
                        .origin(row, column, height, width)
                        .map_or(0, |(row, column)| image[(row * width + column) * channels + channel]);
                    levels[usize::from(value)]
                }));
            }
        }
    }

    /// What happens to a training sample, nothing without augmentation.
    pub(super) fn change(augment: Option<&Augmentation>, sample: u32) -> Change {
        augment.map(|a| a.change(sample)).unwrap_or_default()
    }

    /// A picture of any size as the model's input, `[channel, row, column]`: turned grey or
    /// coloured, then stretched to the model's size with a triangle filter, which averages
    /// when it shrinks. Its proportions are not kept.
    ///
    /// # Errors
    /// Says why a picture cannot be used.
    pub fn raw(&self, input: &RawInput) -> Result<Vec<f32>, String> {
        let RawInput::Image { width, height, channels, pixels } = input else {
            return Err("this model was trained on images; give a picture, not a text".to_owned());
        };
        let picture = Picture { width: *width, height: *height, channels: *channels, pixels: pixels.clone() };
        let pixels = picture.fitted(self.width, self.height, self.channels)?;
        let mut out = Vec::with_capacity(pixels.len());
        self.push(&self.levels(), &pixels, Change::default(), &mut out);
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
