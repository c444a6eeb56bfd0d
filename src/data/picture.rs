//! One picture file as 8-bit pixels, for prediction. Decoders can panic or ask for absurd
//! amounts of memory on damaged files: both become a message.

use super::DataError;
use image::{DynamicImage, ImageReader, Limits};
use std::path::Path;

/// Endings of picture files that can be decoded, lower case.
pub const PICTURE_ENDINGS: &[&str] = &["png", "jpg", "jpeg", "bmp", "gif", "webp"];

/// Longest side of a picture, in pixels.
const MOST_PIXELS: u32 = 16_384;
/// Memory for one picture, in bytes.
const MOST_MEMORY: u64 = 512 << 20;

/// A decoded picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// 1 (grey) or 3 (red, green, blue).
    pub channels: usize,
    /// `[row, column, channel]`.
    pub pixels: Vec<u8>,
}

/// Whether the name ends like a picture's.
pub fn is_picture(path: &Path) -> bool {
    let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    ending.is_some_and(|e| PICTURE_ENDINGS.contains(&e.as_str()))
}

/// Decodes a file; what is grey stays grey, everything else becomes RGB.
///
/// # Errors
/// The path, the cause and what to do.
pub fn read_picture(path: &Path) -> Result<Picture, DataError> {
    let decoded = std::panic::catch_unwind(|| decode(path))
        .unwrap_or_else(|_| Err("the decoder failed on it".to_owned()))
        .map_err(|cause| {
            let remedy =
                format!("give a PNG, JPEG, BMP, GIF or WebP picture of at most {MOST_PIXELS} pixels a side");
            DataError::at(path, cause, remedy)
        })?;
    let (width, height) = (decoded.width() as usize, decoded.height() as usize);
    let grey = matches!(
        decoded,
        DynamicImage::ImageLuma8(_)
            | DynamicImage::ImageLumaA8(_)
            | DynamicImage::ImageLuma16(_)
            | DynamicImage::ImageLumaA16(_)
    );
    let (channels, pixels) =
        if grey { (1, decoded.into_luma8().into_raw()) } else { (3, decoded.into_rgb8().into_raw()) };
    Ok(Picture { width, height, channels, pixels })
}

fn decode(path: &Path) -> Result<DynamicImage, String> {
    let mut reader = ImageReader::open(path)
        .and_then(ImageReader::with_guessed_format)
        .map_err(|e| format!("cannot read the file: {e}"))?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_PIXELS);
    limits.max_image_height = Some(MOST_PIXELS);
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    reader.decode().map_err(|e| format!("not a picture that can be decoded: {e}"))
}
