//! Fills a random rectangle with the mean colour: random erasing, Zhong et al. 2017
//! (arXiv 1708.04896, "RE-M"), with the ranges of torchvision's RandomErasing: 2 to 33 % of
//! the area, proportions evenly on a logarithmic scale between 0.3 and 3.3.

use super::Canvas;
use crate::config::Augment;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Draws of area and proportions before the image is left as it is.
const TRIES: usize = 10;
const AREA: (f64, f64) = (0.02, 0.33);
const PROPORTION: (f64, f64) = (0.3, 3.3);

/// Draws whether and where to erase, and erases.
pub fn change(settings: &Augment, rng: &mut ChaCha8Rng, canvas: &mut Canvas<'_>) {
    if rng.random::<f64>() >= settings.erase {
        return;
    }
    let (width, height) = (canvas.shape.width, canvas.shape.height);
    let between = |(low, high): (f64, f64), at: f64| low + (high - low) * at;
    for _ in 0..TRIES {
        let area = between(AREA, rng.random()) * (width * height) as f64;
        let logarithms = (libm::log(PROPORTION.0), libm::log(PROPORTION.1));
        let proportion = libm::exp(between(logarithms, rng.random()));
        let high = libm::sqrt(area * proportion).round() as usize;
        let wide = libm::sqrt(area / proportion).round() as usize;
        if high < height && wide < width {
            let left = rng.random_range(0..=(width - wide) as u64) as usize;
            let top = rng.random_range(0..=(height - high) as u64) as usize;
            fill(canvas, [left, top, wide, high]);
            return;
        }
    }
}

/// Fills the rectangle `[left, top, width, height]`, which lies inside.
pub fn fill(canvas: &mut Canvas<'_>, [left, top, wide, high]: [usize; 4]) {
    let channels = canvas.shape.channels;
    let line = canvas.shape.width * channels;
    let mean = &canvas.mean[..channels];
    for row in canvas.pixels.chunks_exact_mut(line).skip(top).take(high) {
        let part = &mut row[left * channels..(left + wide) * channels];
        part.chunks_exact_mut(channels).for_each(|pixel| pixel.copy_from_slice(mean));
    }
}

#[cfg(test)]
mod tests {
    use super::super::Shape;
    use super::*;

    #[test]
    fn a_rectangle_is_filled() {
        let shape = Shape { width: 4, height: 3, channels: 3 };
        let mut pixels = vec![9; 36];
        fill(&mut Canvas { pixels: &mut pixels, shape, mean: [1, 2, 3] }, [1, 1, 2, 2]);
        let filled = |row: usize, column: usize| (1..3).contains(&row) && (1..3).contains(&column);
        for (at, pixel) in pixels.chunks(3).enumerate() {
            let expected = if filled(at / 4, at % 4) { [1, 2, 3] } else { [9; 3] };
            assert_eq!(pixel, expected, "{at}");
        }
    }
}
