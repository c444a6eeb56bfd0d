//! Folders of pictures, one sub-folder per class, perhaps below folders for training,
//! validation and test. Pictures are decoded and brought to one size; those that cannot be
//! read are set aside and named. It refuses a class of which no picture can be read.

mod layout;

use crate::data::{
    DataError, Dataset, Encoded, Examples, Gathered, OpenOptions, Progress, SetAside, Split, Target,
    gather_pictures,
};
use layout::{Found, Listing};
use std::borrow::Cow;
use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Bytes from which a picture's size can mostly be told.
const HEAD: u64 = 32 << 10;
/// Bytes of a picture file at most.
const MOST_BYTES: u64 = 512 << 20;

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
    let Gathered { images, outcomes, notices: of_sizes } =
        gather_pictures(&Files(&pictures), &options.pictures, path, progress)?;
    let (mut kept, mut aside): (Vec<&Found>, Vec<(&Found, &str)>) = (Vec::new(), Vec::new());
    for (found, outcome) in pictures.iter().zip(&outcomes) {
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
    notices.extend(of_sizes);
    let full = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let name = full.file_name().map_or_else(|| "pictures".to_owned(), |n| n.to_string_lossy().into_owned());
    let mut data = Dataset::new(
        name,
        path.to_string_lossy().into_owned(),
        "image-folder",
        Examples::Images(images),
        classes,
        kept.iter().map(|found| Target::Class(found.class)).collect(),
        kept.iter().map(|found| found.split).collect(),
    );
    data.notices = notices;
    let named = |(found, reason): &(&Found, &str)| SetAside {
        item: found.path.display().to_string(),
        reason: (*reason).to_owned(),
    };
    data.set_aside = aside.iter().map(named).collect();
    Ok(data)
}

/// The files of a listing.
struct Files<'a>(&'a [Found]);

impl Files<'_> {
    fn read(&self, at: usize, most: u64) -> Result<Cow<'_, [u8]>, String> {
        let unreadable = |error: std::io::Error| format!("cannot be read ({error})");
        let mut bytes = Vec::new();
        let file = File::open(&self.0[at].path).map_err(unreadable)?;
        file.take(most).read_to_end(&mut bytes).map_err(unreadable)?;
        Ok(bytes.into())
    }
}

impl Encoded for Files<'_> {
    fn count(&self) -> usize {
        self.0.len()
    }
    fn bytes(&self, at: usize) -> Result<Cow<'_, [u8]>, String> {
        let bytes = self.read(at, MOST_BYTES + 1)?;
        match bytes.len() as u64 {
            0 => Err("the file is empty".to_owned()),
            size if size > MOST_BYTES => Err("the file has more than 512 MiB".to_owned()),
            _ => Ok(bytes),
        }
    }
    fn head(&self, at: usize) -> Result<Cow<'_, [u8]>, String> {
        self.read(at, HEAD)
    }
    fn for_training(&self, at: usize) -> bool {
        self.0[at].split == Split::Train
    }
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
