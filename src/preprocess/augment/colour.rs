//! Changes brightness, contrast and saturation, in this order, each by a factor drawn evenly
//! from `1 - strength` to `1 + strength`: the formulas of torchvision's ColorJitter, which
//! are those of Pillow's ImageEnhance. It leaves the hue alone; grey has no saturation.

use super::Canvas;
use crate::config::Augment;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Share of each channel in the luma of ITU-R BT.601, as torchvision has it.
const LUMA: [f32; 3] = [0.2989, 0.587, 0.114];

/// Draws the factors and applies them.
pub fn change(settings: &Augment, rng: &mut ChaCha8Rng, canvas: &mut Canvas<'_>) {
    let strength = settings.colour;
    let mut factor = || (1.0 + strength * (rng.random::<f64>() * 2.0 - 1.0)) as f32;
    let factors = [factor(), factor(), factor()];
    apply(canvas, factors);
}

/// Applies the factors of brightness, contrast and saturation. Contrast spreads the values
/// about the mean luma of the image, saturation those of a pixel about its luma. Values are
/// kept within 0 to 255 after each.
pub fn apply(canvas: &mut Canvas<'_>, [brightness, contrast, saturation]: [f32; 3]) {
    let channels = canvas.shape.channels;
    let bright = |value: u8| (f32::from(value) * brightness).clamp(0.0, 255.0);
    if channels == 1 {
        let sum: f64 = canvas.pixels.iter().map(|value| f64::from(bright(*value))).sum();
        let mean = (sum / canvas.pixels.len().max(1) as f64) as f32;
        // A table: the same value becomes the same value everywhere.
        let table: [u8; 256] =
            std::array::from_fn(|value| rounded(spread(bright(value as u8), mean, contrast)));
        canvas.pixels.iter_mut().for_each(|value| *value = table[usize::from(*value)]);
        return;
    }
    let luma = |pixel: [f32; 3]| -> f32 { pixel.iter().zip(LUMA).map(|(value, share)| value * share).sum() };
    let (pixels, _) = canvas.pixels.as_chunks_mut::<3>();
    let sum: f64 = pixels.iter().map(|pixel| f64::from(luma(pixel.map(bright)))).sum();
    let mean = (sum / pixels.len().max(1) as f64) as f32;
    for pixel in pixels {
        let contrasted = pixel.map(|value| spread(bright(value), mean, contrast));
        let own = luma(contrasted);
        *pixel = contrasted.map(|value| rounded(spread(value, own, saturation)));
    }
}

/// The value, `factor` times as far from the middle as it was.
fn spread(value: f32, middle: f32, factor: f32) -> f32 {
    (middle + (value - middle) * factor).clamp(0.0, 255.0)
}

fn rounded(value: f32) -> u8 {
    (value + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::super::Shape;
    use super::*;

    fn changed(pixels: &[u8], channels: usize, factors: [f32; 3]) -> Vec<u8> {
        let mut pixels = pixels.to_vec();
        let shape = Shape { width: pixels.len() / channels, height: 1, channels };
        apply(&mut Canvas { pixels: &mut pixels, shape, mean: [0; 3] }, factors);
        pixels
    }

    #[test]
    fn factors_of_one_change_nothing() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(changed(&all, 1, [1.0; 3]), all);
        assert_eq!(changed(&all[..255], 3, [1.0; 3]), all[..255]);
    }

    #[test]
    fn brightness_and_contrast_follow_the_formulas() {
        // Brightness 1.5: 0, 150, 300 kept at 255; their mean is 135. Contrast 0.5 halves the
        // distances from it: 67.5, 142.5, 195.
        assert_eq!(changed(&[0, 100, 200], 1, [1.5, 0.5, 1.0]), [68, 143, 195]);
        // Contrast 2 about 100: -100, 100, 300, kept within the range.
        assert_eq!(changed(&[0, 100, 200], 1, [1.0, 2.0, 0.0]), [0, 100, 255]);
    }

    #[test]
    fn saturation_moves_a_pixel_towards_its_luma() {
        // 0.2989 * 200 + 0.587 * 100 + 0.114 * 50 = 124.18.
        assert_eq!(changed(&[200, 100, 50], 3, [1.0, 1.0, 0.5]), [162, 112, 87]);
        assert_eq!(changed(&[200, 100, 50], 3, [1.0, 1.0, 0.0]), [124, 124, 124]);
        // Contrast 0 leaves the mean luma of the image, here (124.18 + 29.89) / 2 = 77.0.
        assert_eq!(changed(&[200, 100, 50, 100, 0, 0], 3, [1.0, 0.0, 1.0]), [77; 6]);
    }
}
