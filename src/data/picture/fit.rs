//! One picture brought to the size and channels that a model takes. It decodes nothing.

use super::Picture;
use crate::config::Resize;
use fast_image_resize as fir;
use image::{DynamicImage, ImageBuffer, RgbImage};

/// What pictures are brought to, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fit {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// 1 (grey) or 3 (red, green, blue).
    pub channels: usize,
    /// What becomes of other proportions.
    pub resize: Resize,
}

impl Picture {
    /// Its bytes, `[row, column, channel]`, turned grey or coloured and brought to another
    /// size with a triangle filter, which averages when it shrinks. Grey is the luma of
    /// ITU-R BT.709. A picture of the right size and channels stays as it is.
    ///
    /// # Errors
    /// Says why it cannot be used: no pixels, too few bytes, other channels.
    pub fn fitted(self, fit: &Fit) -> Result<Vec<u8>, String> {
        let Self { width, height, channels, pixels } = self;
        let bytes = pixels.len();
        let unfit = || format!("the picture's {bytes} bytes are not {width} x {height} pixels");
        let (across, down) = (u32::try_from(width).unwrap_or(0), u32::try_from(height).unwrap_or(0));
        if across == 0 || down == 0 || bytes != width * height * channels {
            return Err(unfit());
        }
        let (pixels, channels) = match (channels, fit.channels) {
            (1, _) | (3, 3) => (pixels, channels),
            (3, 1) => {
                let colour: RgbImage = ImageBuffer::from_raw(across, down, pixels).ok_or_else(unfit)?;
                (DynamicImage::ImageRgb8(colour).into_luma8().into_raw(), 1)
            }
            _ => return Err(format!("the picture has {channels} channels; 1 or 3 are understood")),
        };
        let pixels = match (width, height) == (fit.width, fit.height) {
            true => pixels,
            false => resized(&pixels, (across, down), channels, fit)?,
        };
        Ok(match (channels, fit.channels) {
            (1, 3) => pixels.iter().flat_map(|value| [*value; 3]).collect(),
            _ => pixels,
        })
    }
}

/// `[row, column, channel]` bytes at the size of `fit`, with `channels` as they are.
fn resized(
    pixels: &[u8],
    (width, height): (u32, u32),
    channels: usize,
    fit: &Fit,
) -> Result<Vec<u8>, String> {
    let kind = if channels == 1 { fir::PixelType::U8 } else { fir::PixelType::U8x3 };
    let words = |error: &dyn std::fmt::Display| format!("the picture cannot be resized ({error})");
    let source = fir::images::ImageRef::new(width, height, pixels, kind).map_err(|e| words(&e))?;
    let (wide, high) = (f64::from(width), f64::from(height));
    let (to_wide, to_high) = (fit.width as f64, fit.height as f64);
    let filter = fir::ResizeAlg::Convolution(fir::FilterType::Bilinear);
    let mut options = fir::ResizeOptions::new().resize_alg(filter).use_alpha(false);
    let (mut inner_width, mut inner_height) = (fit.width, fit.height);
    match fit.resize {
        Resize::Stretch => {}
        Resize::Crop => {
            // The largest box of the right proportions, in the middle.
            let scale = (wide / to_wide).min(high / to_high);
            // A little less than the whole: rounding must not lead out of the picture.
            let side = |own: f64, wanted: f64| {
                let cut = wanted * scale;
                if own - cut < 1e-6 { own } else { cut * (1.0 - 1e-12) }
            };
            let (cut_wide, cut_high) = (side(wide, to_wide), side(high, to_high));
            options = options.crop((wide - cut_wide) / 2.0, (high - cut_high) / 2.0, cut_wide, cut_high);
        }
        Resize::Pad => {
            let scale = (to_wide / wide).min(to_high / high);
            let side = |own: f64, most: usize| ((own * scale).round() as usize).clamp(1, most);
            (inner_width, inner_height) = (side(wide, fit.width), side(high, fit.height));
        }
    }
    let mut target = fir::images::Image::new(inner_width as u32, inner_height as u32, kind);
    fir::Resizer::new().resize(&source, &mut target, &options).map_err(|e| words(&e))?;
    let inner = target.into_vec();
    if (inner_width, inner_height) == (fit.width, fit.height) {
        return Ok(inner);
    }
    // In the middle of black.
    let (left, top) = ((fit.width - inner_width) / 2, (fit.height - inner_height) / 2);
    let mut padded = vec![0; fit.width * fit.height * channels];
    for (row, line) in inner.chunks_exact(inner_width * channels).enumerate() {
        let start = ((top + row) * fit.width + left) * channels;
        padded[start..start + line.len()].copy_from_slice(line);
    }
    Ok(padded)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Left half black, right half white.
    fn halves(width: usize, height: usize) -> Picture {
        let pixels = (0..width * height).map(|at| if at % width < width / 2 { 0 } else { 255 }).collect();
        Picture { width, height, channels: 1, pixels }
    }

    fn fit(width: usize, height: usize, channels: usize, resize: Resize) -> Fit {
        Fit { width, height, channels, resize }
    }

    #[test]
    fn a_wide_picture_is_stretched_cropped_or_padded() {
        let wide = || halves(16, 8);
        let stretched = wide().fitted(&fit(4, 4, 1, Resize::Stretch)).expect("fits");
        assert_eq!(stretched[..4], stretched[12..], "{stretched:?}");
        assert!(stretched[0] == 0 && stretched[3] == 255, "{stretched:?}");
        // The middle 8 x 8 pixels: its left half is black, its right half white.
        let cropped = wide().fitted(&fit(2, 2, 1, Resize::Crop)).expect("fits");
        assert!(cropped[0] < 64 && cropped[1] > 191, "{cropped:?}");
        let same = wide().fitted(&fit(8, 4, 1, Resize::Crop)).expect("fits");
        assert_eq!(same, wide().fitted(&fit(8, 4, 1, Resize::Stretch)).expect("fits"), "same proportions");
        // 8 x 4 pixels with bars of two rows above and below.
        let padded = wide().fitted(&fit(8, 8, 1, Resize::Pad)).expect("fits");
        let rows: Vec<&[u8]> = padded.chunks(8).collect();
        for bar in [0, 1, 6, 7] {
            assert_eq!(rows[bar], [0; 8], "row {bar}");
        }
        assert!((2..6).all(|row| rows[row][0] == 0 && rows[row][7] == 255), "{rows:?}");
        assert_eq!(padded[16..48], same, "the picture itself is shrunk as by stretching");
    }

    #[test]
    fn a_tall_picture_is_cut_above_and_below_or_gets_bars_beside() {
        let rows: Vec<u8> = (0..12).flat_map(|row| [row * 20; 4]).collect();
        let tall = || Picture { width: 4, height: 12, channels: 1, pixels: rows.clone() };
        let cropped = tall().fitted(&fit(4, 4, 1, Resize::Crop)).expect("fits");
        assert_eq!(cropped, (4..8).flat_map(|row| [row * 20; 4]).collect::<Vec<u8>>(), "rows 4 to 7");
        let padded = tall().fitted(&fit(6, 12, 3, Resize::Pad)).expect("fits");
        for (row, line) in padded.chunks(18).enumerate() {
            let value = row as u8 * 20;
            let expected: Vec<u8> =
                [0, value, value, value, value, 0].into_iter().flat_map(|v| [v; 3]).collect();
            assert_eq!(line, expected);
        }
    }

    #[test]
    fn every_size_and_way_gives_as_many_bytes_as_asked_for() {
        for (width, height) in [(1, 1), (1, 300), (301, 7), (64, 64), (97, 31)] {
            for resize in [Resize::Stretch, Resize::Crop, Resize::Pad] {
                for (to_width, to_height, channels) in [(1, 1, 1), (3, 5, 3), (64, 64, 3), (224, 32, 1)] {
                    let pixels = vec![200; width * height * 3];
                    let picture = Picture { width, height, channels: 3, pixels };
                    let fit = fit(to_width, to_height, channels, resize);
                    let bytes = picture.fitted(&fit).expect("fits");
                    assert_eq!(bytes.len(), to_width * to_height * channels, "{width} x {height} {fit:?}");
                    let filled = bytes.iter().filter(|v| **v == 200).count();
                    assert!(resize == Resize::Pad || filled == bytes.len(), "{width} x {height} {fit:?}");
                }
            }
        }
    }
}
