//! Softmax regression on the pixels of a picture, made small and brought to mean 0 and
//! deviation 1: one weight for each pixel and class, learned by Adam (Kingma and Ba 2015) with
//! a rate that falls to zero. The same pictures give the same weights. It looks at no more
//! pictures, pixels and updates than a few seconds allow, and has no hidden layer.

use super::GoOn;
use crate::data::{DataError, Images};
use crate::ops::{Matrix, Target, matmul};
use crate::preprocess::order;

/// Pictures that are learned from, at most.
const PICTURES: usize = 60_000;
/// Numbers that a picture is made to, at most: 28 x 28 grey pixels, 16 x 16 in colour.
const NUMBERS: usize = 800;
/// Pictures in an update.
const BATCH: usize = 128;
/// Products of a weight with a pixel while learning, at most; as many again for the gradient.
const PRODUCTS: usize = 600_000_000;
/// The same between two looks at the wish to stop: a few hundredths of a second.
const STRETCH: usize = 20_000_000;
/// Updates, at least and at most, and how often the pictures are gone through at most.
const UPDATES: [usize; 2] = [100, 600];
const EPOCHS: usize = 25;
/// Largest step of Adam.
const RATE: f32 = 0.003;
/// Share of the work that is told as done when all pictures are read.
const READING: f64 = 0.3;

/// How a picture becomes a row of numbers.
#[derive(Clone, Debug)]
struct Shrink {
    /// Pixels across, pixels down, channels.
    from: [usize; 3],
    /// Pixels across and down afterwards.
    to: [usize; 2],
}

/// Softmax regression that has learned.
#[derive(Clone, Debug)]
pub struct SoftmaxRegression {
    shrink: Shrink,
    /// Of each channel: mean, and one over the deviation.
    scale: Vec<[f32; 2]>,
    classes: usize,
    /// `[class, number]`, the last number being the bias.
    weights: Vec<f32>,
    trained_on: usize,
}

impl SoftmaxRegression {
    /// Learns from pictures; `target` gives the class of each of `samples`. `None` when it was
    /// told to stop.
    ///
    /// # Errors
    /// A picture that can no longer be read.
    pub fn learn(
        images: &Images,
        samples: &[u32],
        target: impl Fn(u32) -> u32,
        classes: usize,
        seed: u64,
        go_on: GoOn<'_>,
    ) -> Result<Option<Self>, DataError> {
        let shrink = Shrink::of(images);
        let mut drawn = order(seed, 0, samples);
        drawn.truncate(PICTURES);
        let mut pixels = Vec::with_capacity(drawn.len() * shrink.numbers());
        for (done, sample) in drawn.iter().enumerate() {
            if done % BATCH == 0 && !go_on(READING * done as f64 / drawn.len() as f64) {
                return Ok(None);
            }
            shrink.push(&images.get(*sample as usize)?, &mut pixels);
        }
        let scale = scale(&pixels, images.channels);
        let columns = shrink.numbers() + 1;
        let (weights, trained_on) = (vec![0.0; classes * columns], drawn.len());
        let mut learned = Self { shrink, scale, classes, weights, trained_on };
        let targets: Vec<u32> = drawn.iter().map(|sample| target(*sample)).collect();
        Ok(learned.fit(&pixels, &targets, seed, go_on).then_some(learned))
    }

    /// Training examples that it learned from.
    pub fn trained_on(&self) -> usize {
        self.trained_on
    }

    /// Logits of pictures, `[picture, class]`.
    ///
    /// # Errors
    /// A picture that can no longer be read.
    pub fn logits(&self, images: &Images, samples: &[u32]) -> Result<Vec<f32>, DataError> {
        let mut pixels = Vec::with_capacity(samples.len() * self.shrink.numbers());
        for sample in samples {
            self.shrink.push(&images.get(*sample as usize)?, &mut pixels);
        }
        let (mut rows, mut logits) = (Vec::new(), vec![0.0; samples.len() * self.classes]);
        self.rows(&pixels, 0..samples.len(), &mut rows);
        self.product(&rows, samples.len(), &mut logits);
        Ok(logits)
    }

    /// Numbers of a picture, with the one that the bias is multiplied with.
    fn columns(&self) -> usize {
        self.shrink.numbers() + 1
    }

    /// Appends the rows of some pictures, whose pixels lie one behind the other.
    fn rows(&self, pixels: &[u8], pictures: impl IntoIterator<Item = usize>, rows: &mut Vec<f32>) {
        let numbers = self.shrink.numbers();
        rows.clear();
        for picture in pictures {
            let pixels = &pixels[picture * numbers..(picture + 1) * numbers];
            for group in pixels.chunks_exact(self.scale.len()) {
                let scaled = group.iter().zip(&self.scale);
                rows.extend(scaled.map(|(pixel, [mean, over])| (f32::from(*pixel) - mean) * over));
            }
            rows.push(1.0);
        }
    }

    fn product(&self, rows: &[f32], count: usize, logits: &mut [f32]) {
        let (columns, classes) = (self.columns(), self.classes);
        let weights = Matrix::new(&self.weights, classes, columns).t();
        matmul(Target::set(logits, classes), 1.0, Matrix::new(rows, count, columns), weights);
    }

    /// The updates; `false` when it was told to stop.
    fn fit(&mut self, pixels: &[u8], targets: &[u32], seed: u64, go_on: GoOn<'_>) -> bool {
        let (count, columns, classes) = (targets.len(), self.columns(), self.classes);
        let batch = BATCH.min(count);
        let affordable = PRODUCTS / (batch * columns * classes).max(1);
        let wanted = (EPOCHS * count.div_ceil(batch.max(1))).clamp(UPDATES[0], UPDATES[1]);
        let updates = wanted.min(affordable.max(1));
        let between = (STRETCH / (batch * columns * classes).max(1)).clamp(1, 32);
        let (mut rows, mut logits) = (Vec::new(), vec![0.0f32; batch * classes]);
        let mut gradient = vec![0.0f32; self.weights.len()];
        let mut moments = vec![[0.0f32; 2]; self.weights.len()];
        let all: Vec<u32> = (0u32..).take(count).collect();
        let (mut epoch, mut place, mut sequence) = (0, 0, order(seed, 0, &all));
        for update in 0..updates {
            let share = READING + (1.0 - READING) * update as f64 / updates as f64;
            if update % between == 0 && !go_on(share) {
                return false;
            }
            if place + batch > count {
                (epoch, place) = (epoch + 1, 0);
                sequence = order(seed, epoch, &all);
            }
            let chosen = &sequence[place..place + batch];
            place += batch;
            self.rows(pixels, chosen.iter().map(|at| *at as usize), &mut rows);
            self.product(&rows, batch, &mut logits);
            for (logits, at) in logits.chunks_exact_mut(classes).zip(chosen) {
                softmax_minus(logits, targets[*at as usize] as usize, batch);
            }
            let errors = Matrix::new(&logits, batch, classes).t();
            matmul(Target::set(&mut gradient, columns), 1.0, errors, Matrix::new(&rows, batch, columns));
            let rate = RATE * (1.0 - update as f32 / updates as f32);
            adam(&mut self.weights, &gradient, &mut moments, rate, update as i32 + 1);
        }
        true
    }
}

/// The gradient of the mean cross-entropy over `batch` rows with regard to one row's logits.
fn softmax_minus(logits: &mut [f32], target: usize, batch: usize) {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for logit in logits.iter_mut() {
        *logit = (*logit - largest).exp();
        sum += *logit;
    }
    for (class, share) in logits.iter_mut().enumerate() {
        *share = (*share / sum - f32::from(u8::from(class == target))) / batch as f32;
    }
}

/// One step of Adam with its usual constants, counted from 1.
fn adam(weights: &mut [f32], gradient: &[f32], moments: &mut [[f32; 2]], rate: f32, step: i32) {
    let (first, second) = (1.0 - 0.9f32.powi(step), 1.0 - 0.999f32.powi(step));
    for ((weight, slope), [mean, square]) in weights.iter_mut().zip(gradient).zip(moments) {
        *mean += 0.1 * (slope - *mean);
        *square += 0.001 * (slope * slope - *square);
        *weight -= rate * (*mean / first) / ((*square / second).sqrt() + 1e-8);
    }
}

impl Shrink {
    fn of(images: &Images) -> Self {
        let (width, height, channels) = (images.width, images.height, images.channels);
        let share = (NUMBERS as f64 / images.stride().max(1) as f64).sqrt().min(1.0);
        let side = |side: usize| ((side as f64 * share) as usize).max(1);
        Self { from: [width, height, channels], to: [side(width), side(height)] }
    }

    fn numbers(&self) -> usize {
        self.to[0] * self.to[1] * self.from[2]
    }

    /// Appends a picture: each new pixel is the mean of those that it covers.
    fn push(&self, picture: &[u8], pixels: &mut Vec<u8>) {
        let ([width, height, channels], [across, down]) = (self.from, self.to);
        if [width, height] == self.to {
            pixels.extend_from_slice(picture);
            return;
        }
        let part = |at: usize, of: usize, whole: usize| at * whole / of..((at + 1) * whole / of);
        for row in 0..down {
            for column in 0..across {
                let (rows, columns) = (part(row, down, height), part(column, across, width));
                let covered = (rows.len() * columns.len()).max(1) as u32;
                for channel in 0..channels {
                    let mut sum = 0u32;
                    for y in rows.clone() {
                        for x in columns.clone() {
                            sum += u32::from(picture[(y * width + x) * channels + channel]);
                        }
                    }
                    // A mean of bytes is a byte.
                    pixels.push(((sum + covered / 2) / covered) as u8);
                }
            }
        }
    }
}

/// Of each channel: mean, and one over the deviation.
fn scale(pixels: &[u8], channels: usize) -> Vec<[f32; 2]> {
    let count = (pixels.len() / channels.max(1)).max(1) as f64;
    (0..channels)
        .map(|channel| {
            let values = || pixels.iter().skip(channel).step_by(channels).map(|pixel| f64::from(*pixel));
            let mean = values().sum::<f64>() / count;
            let variance = values().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
            // Pictures of one shade say nothing; a deviation of a shade keeps them finite.
            [mean as f32, (1.0 / variance.sqrt().max(1.0)) as f32]
        })
        .collect()
}
