//! Pictures from outside, decoded into plain bytes. Malformed files give a message, never a
//! panic, and sizes are limited before memory is taken.

mod fit;
mod many;

pub use fit::Fit;
pub(super) use many::resized_word;
pub use many::{Encoded, Gathered, PictureOptions, gather_pictures};

use super::DataError;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits};
use std::io::{BufRead, Cursor, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};
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

impl Picture {
    /// Whether it has no colours: grey, or colour with equal channels throughout.
    pub fn is_grey(&self) -> bool {
        self.channels == 1 || self.pixels.as_chunks::<3>().0.iter().all(|[r, g, b]| r == g && g == b)
    }
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

/// Width and height in pixels, upright, and whether it is stored without colours: what an
/// encoded picture says at its beginning. The pixels are not decoded and may be damaged.
///
/// # Errors
/// As [`read_picture`], without a path; also when so few bytes were given that they do not tell.
pub(super) fn picture_header(bytes: &[u8]) -> Result<(usize, usize, bool), DataError> {
    guarded(Path::new(""), LONGEST_SIDE, || {
        let mut decoder = decoder(Cursor::new(bytes), LONGEST_SIDE)?;
        let turned = matches!(
            decoder.orientation()?,
            Orientation::Rotate90
                | Orientation::Rotate270
                | Orientation::Rotate90FlipH
                | Orientation::Rotate270FlipH
        );
        let (width, height) = decoder.dimensions();
        let (width, height) = if turned { (height, width) } else { (width, height) };
        Ok((width as usize, height as usize, !decoder.color_type().has_color()))
    })
}

/// As [`read_picture`], from bytes and with another limit; `path` is only named in messages.
///
/// # Errors
/// As [`read_picture`].
pub fn decode_picture(path: &Path, bytes: &[u8], longest_side: u32) -> Result<Picture, DataError> {
    if is_cut_off(bytes) {
        return Err(DataError::at(
            path,
            "the file ends before the picture does",
            "copy or download it again",
        ));
    }
    guarded(path, longest_side, || decode(bytes, longest_side))
}

/// Turns whatever a decoder does into a picture or a message.
fn guarded<T>(
    path: &Path,
    longest_side: u32,
    decode: impl FnOnce() -> Result<T, image::ImageError>,
) -> Result<T, DataError> {
    // Decoders of third parties may panic on crafted input; nothing of ours is in between,
    // and nothing that they leave half done is used again.
    match catch_unwind(AssertUnwindSafe(decode)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(image::ImageError::Limits(_))) => Err(DataError::at(
            path,
            format!("the picture is larger than {longest_side} pixels a side or than 512 MiB when decoded"),
            "save a smaller copy",
        )),
        Ok(Err(image::ImageError::Unsupported(_))) => {
            Err(DataError::at(path, "not a picture in a known format (PNG, JPEG, BMP, GIF, WebP)", REMEDY))
        }
        Ok(Err(error)) => Err(DataError::at(
            path,
            format!("the picture cannot be decoded ({})", in_one_line(&error)),
            REMEDY,
        )),
        Err(_) => Err(DataError::at(
            path,
            "the picture is damaged in a way that its decoder does not handle",
            REMEDY,
        )),
    }
}

/// A decoder's words, without its line breaks and the beginning that says only that it failed.
fn in_one_line(error: &image::ImageError) -> String {
    let words = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    words.trim_start_matches("Format error decoding ").to_owned()
}

/// Whether a JPEG ends before its picture does: after its last scan there is no end mark. Its
/// decoder would fill what is missing with grey.
fn is_cut_off(bytes: &[u8]) -> bool {
    let jpeg = bytes.starts_with(&[0xff, 0xd8, 0xff]);
    // Within a scan, 0xff is followed by 0 or the number of a restart.
    let (marks, start_of_scan, end) = (bytes.windows(2), [0xff, 0xda], [0xff, 0xd9]);
    let last_scan = jpeg.then(|| marks.clone().rposition(|mark| mark == start_of_scan)).flatten();
    last_scan.is_some_and(|at| !bytes[at..].windows(2).any(|mark| mark == end))
}

fn unreadable(path: &Path, error: &std::io::Error) -> DataError {
    DataError::at(path, format!("cannot be read ({error})"), "check the path and the permissions")
}

fn limits(longest_side: u32) -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(longest_side);
    limits.max_image_height = Some(longest_side);
    limits.max_alloc = Some(MOST_BYTES);
    limits
}

fn decoder<'a>(
    from: impl BufRead + Seek + 'a,
    longest_side: u32,
) -> Result<impl ImageDecoder + 'a, image::ImageError> {
    let mut reader = ImageReader::new(from).with_guessed_format()?;
    reader.limits(limits(longest_side));
    let decoder = reader.into_decoder()?;
    // The decoders themselves do not count the decoded picture.
    limits(longest_side).reserve(decoder.total_bytes())?;
    Ok(decoder)
}

fn decode(bytes: &[u8], longest_side: u32) -> Result<Picture, image::ImageError> {
    let mut decoder = decoder(Cursor::new(bytes), longest_side)?;
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
