//! Folders of pictures, one sub-folder per class, perhaps below folders for training,
//! validation and test. Pictures are decoded and brought to one size; those that cannot be
//! read are set aside and named. It refuses a class of which no picture can be read.

mod decode;
mod layout;

use crate::data::{DataError, Dataset, Examples, OpenOptions, Progress, Split, Target};
use decode::{Size, side_of};
use layout::{Found, Listing};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// A folder with pictures in it, in its folders, or in theirs.
pub fn recognises(path: &Path) -> bool {
    path.is_dir() && layout::holds_pictures(path, 2)
}

/// Reads a folder of pictures.
///
/// # Errors
/// A [`DataError`] with the folder.
pub fn open(path: &Path, options: &OpenOptions, progress: Progress<'_>) -> Result<Dataset, DataError> {
    let Listing { pictures, classes, mut notices } = layout::scan(path, options, progress)?;
    let paths: Vec<PathBuf> = pictures.iter().map(|found| found.path.clone()).collect();
    let sizes = decode::measure(&paths, progress)?;
    let side = side_of(&sizes_of(&pictures, &sizes));
    let decoded = decode::decode(path, &paths, &sizes, side, progress)?;

    let (mut kept, mut aside): (Vec<&Found>, Vec<(&Found, &str)>) = (Vec::new(), Vec::new());
    for (found, outcome) in pictures.iter().zip(&decoded.outcomes) {
        match outcome {
            Ok(()) => kept.push(found),
            Err(reason) => aside.push((found, reason)),
        }
    }
    refuse_emptied(&kept, &aside, options)?;
    if kept.is_empty() {
        return Err(DataError::at(
            path,
            "none of the pictures in the folder can be read",
            "save them again as PNG or JPEG",
        ));
    }
    notices.extend(aside_notice(path, &aside));
    let read: Vec<(usize, usize)> = sizes
        .iter()
        .zip(&decoded.outcomes)
        .filter_map(|(size, outcome)| outcome.as_ref().ok().and(size.as_ref().ok().copied()))
        .collect();
    notices.extend(size_notice(side, &read));
    let full = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let name = full.file_name().map_or_else(|| "pictures".to_owned(), |n| n.to_string_lossy().into_owned());
    let mut data = Dataset::new(
        name,
        path.to_string_lossy().into_owned(),
        "image-folder",
        Examples::Images(decoded.images),
        classes,
        kept.iter().map(|found| Target::Class(found.class)).collect(),
        kept.iter().map(|found| found.split).collect(),
    );
    data.notices = notices;
    Ok(data)
}

/// The sizes of the training pictures; of all, if none is for training.
fn sizes_of(pictures: &[Found], sizes: &[Size]) -> Vec<(usize, usize)> {
    let known = |training: bool| {
        let counted = pictures.iter().zip(sizes).filter(|(p, _)| !training || p.split == Split::Train);
        counted.filter_map(|(_, size)| size.as_ref().ok().copied()).collect::<Vec<_>>()
    };
    let training = known(true);
    if training.is_empty() { known(false) } else { training }
}

/// Refuses a class that has lost all its training pictures.
fn refuse_emptied(kept: &[&Found], aside: &[(&Found, &str)], options: &OpenOptions) -> Result<(), DataError> {
    let training = |found: &Found| found.split == Split::Train;
    let left: HashSet<u32> = kept.iter().filter(|f| training(f)).map(|f| f.class).collect();
    let lost = |(found, _): &&(&Found, &str)| training(found) && !left.contains(&found.class);
    match aside.iter().find(lost).filter(|_| !options.unlabelled) {
        Some((found, reason)) => Err(DataError::at(
            found.path.parent().unwrap_or(&found.path),
            format!(
                "none of the pictures of the class can be read: {} ({reason})",
                found.path.file_name().unwrap_or_default().to_string_lossy()
            ),
            "save them again as PNG or JPEG, or remove the class folder",
        )),
        None => Ok(()),
    }
}

fn aside_notice(root: &Path, aside: &[(&Found, &str)]) -> Option<String> {
    let shown = aside.iter().take(3).map(|(found, reason)| {
        format!("{} ({reason})", found.path.strip_prefix(root).unwrap_or(&found.path).display())
    });
    let shown = shown.collect::<Vec<_>>().join(", ");
    let more = aside.len().saturating_sub(3);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let what = if aside.len() == 1 { "picture" } else { "pictures" };
    (!aside.is_empty())
        .then(|| format!("Set aside {} {what} that cannot be read: {shown}{more}.", aside.len()))
}

fn size_notice(side: usize, sizes: &[(usize, usize)]) -> Option<String> {
    let smallest = sizes.iter().min_by_key(|(width, height)| (width * height, *width))?;
    let largest = sizes.iter().max_by_key(|(width, height)| (width * height, *width))?;
    let own = match smallest == largest {
        true => format!("{} x {} pixels", largest.0, largest.1),
        false => format!("from {} x {} to {} x {} pixels", smallest.0, smallest.1, largest.0, largest.1),
    };
    sizes.iter().any(|size| *size != (side, side)).then(|| {
        format!(
            "All pictures were stretched to {side} x {side} pixels, the median size of the training pictures \
             to a multiple of 4 and at most 64; the files have {own}."
        )
    })
}
