//! Pictures from outside, decoded into plain bytes. Malformed files give a message, never a
//! panic, and sizes are limited before memory is taken.

use super::DataError;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits};
use std::io::Cursor;
use std::path::Path;

/// A decoded picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// 1 (grey) or 3 (red, green, blue).
    pub channels: usize,
    /// `[row, column, channel]`, one byte each.
    pub pixels: Vec<u8>,
}

/// Endings of picture files that can be decoded, lower case.
pub const PICTURE_ENDINGS: &[&str] = &["png", "jpg", "jpeg", "bmp", "gif", "webp"];

/// Longest side of a picture, in pixels.
const LONGEST_SIDE: u32 = 20_000;
/// Memory for one picture, in bytes.
const MOST_BYTES: u64 = 512 << 20;
const REMEDY: &str = "open it in an image editor and save it again as PNG or JPEG";

/// Whether the name ends like a picture's.
pub fn is_picture(path: &Path) -> bool {
    let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    ending.is_some_and(|e| PICTURE_ENDINGS.contains(&e.as_str()))
}

/// Reads a PNG, JPEG, BMP, GIF (first frame) or WebP file; the kind is told from the
/// contents, not the name. Grey stays grey; transparency is laid on white; the
/// orientation that a camera noted is applied; 16-bit channels are cut to 8.
///
/// # Errors
/// A [`DataError`] with the path if the file cannot be read or decoded or is too large.
pub fn read_picture(path: &Path) -> Result<Picture, DataError> {
    let size = std::fs::metadata(path).map_err(|e| unreadable(path, &e))?.len();
    if size > MOST_BYTES {
        return Err(DataError::at(
            path,
            format!("the file has {size} bytes, more than 512 MiB"),
            "save a smaller copy",
        ));
    }
    decode_picture(path, &std::fs::read(path).map_err(|e| unreadable(path, &e))?, LONGEST_SIDE)
}

/// As [`read_picture`], from bytes and with another limit; `path` is only named in messages.
///
/// # Errors
/// As [`read_picture`].
pub fn decode_picture(path: &Path, bytes: &[u8], longest_side: u32) -> Result<Picture, DataError> {
    // Decoders of third parties may panic on crafted input; nothing of ours is in between.
    match std::panic::catch_unwind(|| decode(bytes, longest_side)) {
        Ok(Ok(picture)) => Ok(picture),
        Ok(Err(image::ImageError::Limits(_))) => Err(DataError::at(
            path,
            format!("the picture is larger than {longest_side} pixels a side or than 512 MiB when decoded"),
            "save a smaller copy",
        )),
        Ok(Err(image::ImageError::Unsupported(_))) => {
            Err(DataError::at(path, "not a picture in a known format (PNG, JPEG, BMP, GIF, WebP)", REMEDY))
        }
        Ok(Err(error)) => {
            Err(DataError::at(path, format!("the picture cannot be decoded ({error})"), REMEDY))
        }
        Err(_) => Err(DataError::at(
            path,
            "the picture is damaged in a way that its decoder does not handle",
            REMEDY,
        )),
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> DataError {
    DataError::at(path, format!("cannot be read ({error})"), "check the path and the permissions")
}

fn decode(bytes: &[u8], longest_side: u32) -> Result<Picture, image::ImageError> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(longest_side);
    limits.max_image_height = Some(longest_side);
    limits.max_alloc = Some(MOST_BYTES);
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let orientation = decoder.orientation()?;
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    let (width, height) = (image.width() as usize, image.height() as usize);
    let color = image.color();
    let (channels, pixels) = match (color.has_color(), color.has_alpha()) {
        (false, false) => (1, image.into_luma8().into_raw()),
        (true, false) => (3, image.into_rgb8().into_raw()),
        (false, true) => (1, flatten::<2>(image.into_luma_alpha8().as_raw())),
        (true, true) => (3, flatten::<4>(image.into_rgba8().as_raw())),
    };
    Ok(Picture { width, height, channels, pixels })
}

/// Lays `N - 1` channels with a transparency behind them on white.
fn flatten<const N: usize>(pixels: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(pixels.len() / N * (N - 1));
    for pixel in pixels.as_chunks::<N>().0 {
        let alpha = u32::from(pixel[N - 1]);
        out.extend(
            pixel[..N - 1].iter().map(|v| ((u32::from(*v) * alpha + 255 * (255 - alpha) + 127) / 255) as u8),
        );
    }
    out
}
