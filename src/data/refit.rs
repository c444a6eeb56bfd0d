//! The images of a data set that has one size already, brought to another one. Formats that
//! read pictures of any size bring them to the wanted one themselves.

use super::parallel::in_parallel;
use super::picture::{Fit, Picture, PictureOptions, resized_word};
use super::shelf::Shelf;
use super::{DataError, Dataset, Examples, Progress};
use crate::config::Colour;
use std::path::Path;

/// The data set with its images as the options want them; one that has them so is not touched.
///
/// # Errors
/// More images than memory or disk can hold, cancelled.
pub fn refit(
    mut data: Dataset,
    options: &PictureOptions,
    progress: Progress<'_>,
) -> Result<Dataset, DataError> {
    let Examples::Images(images) = &data.examples else { return Ok(data) };
    let (width, height) = options.size.unwrap_or((images.width, images.height));
    let channels = match options.colour {
        Colour::AsData => images.channels,
        Colour::Grey => 1,
        Colour::Colour => 3,
    };
    let (own, wanted) = ([images.width, images.height, images.channels], [width, height, channels]);
    if own == wanted || images.is_empty() {
        return Ok(data);
    }
    let about = Path::new(&data.source);
    let fit = Fit { width, height, channels, resize: options.resize };
    let shelf = Shelf::new(images.len(), width * height * channels, options.memory, about)?;
    in_parallel(images.len(), "Resizing images", progress, |at| {
        let pixels = images.get(at)?.into_owned();
        let picture = Picture { width: own[0], height: own[1], channels: own[2], pixels };
        let fitted = picture.fitted(&fit).map_err(|cause| {
            DataError::place(about, format!("image {at}"), cause, "choose another image.size")
        })?;
        shelf.put(at, &fitted)
    })?;
    let kept: Vec<usize> = (0..images.len()).collect();
    let images = shelf.finish(&kept, wanted, false, progress)?;
    if own[..2] != wanted[..2] {
        data.notices.push(format!(
            "The images were {} from {} x {} to {width} x {height} pixels, as image.size and image.resize say.",
            resized_word(options.resize),
            own[0],
            own[1]
        ));
    }
    Ok(data.with_examples(Examples::Images(images)))
}
