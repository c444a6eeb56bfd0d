//! A picture file as the window keeps it. Decoding is `data`'s.

use crate::app::Picture;
use crate::data::read_picture;
use std::path::Path;
use std::sync::Arc;

pub use crate::data::PICTURE_ENDINGS as ENDINGS;

/// Decodes a file; what is grey stays grey, everything else becomes RGB.
///
/// # Errors
/// The path, the cause and what to do.
pub fn read(path: &Path) -> Result<Picture, String> {
    let picture = read_picture(path).map_err(|error| error.to_string())?;
    let crate::data::Picture { width, height, channels, pixels } = picture;
    Ok(Picture { width, height, channels, pixels: Arc::new(pixels) })
}
