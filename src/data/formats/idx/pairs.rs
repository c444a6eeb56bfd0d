//! Which images file goes with which labels file, told from their names alone.

use crate::data::{DataError, Split};
use std::path::{Path, PathBuf};

/// An images file and its labels file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The images.
    pub images: PathBuf,
    /// Their labels; `None` when there is no such file.
    pub labels: Option<PathBuf>,
    /// The name that the labels file should have.
    pub labels_name: String,
    /// What the name says the examples are for.
    pub split: Split,
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Whether a file name is one of an IDX file at all.
pub fn is_idx_name(path: &Path) -> bool {
    let name = file_name(path).to_lowercase();
    name.contains("ubyte") || name.contains("idx1") || name.contains("idx3") || name.contains("idx4") || {
        let bare = name.strip_suffix(".gz").unwrap_or(&name);
        bare.ends_with(".idx")
    }
}

fn is_images_name(path: &Path) -> bool {
    let name = file_name(path).to_lowercase();
    is_idx_name(path) && !name.contains("labels") && (name.contains("images") || !name.contains("idx1"))
}

/// Test for `t10k` and `test`, validation for `valid`, else training.
fn split_of(name: &str) -> Split {
    let name = name.to_lowercase();
    if name.contains("t10k") || name.contains("test") {
        Split::Test
    } else if name.contains("valid") {
        Split::Validation
    } else {
        Split::Train
    }
}

/// The labels file beside an images file: the same name with labels and idx1, plain or .gz.
pub fn pair_of(images: &Path) -> Pair {
    let name = file_name(images);
    let bare = name.strip_suffix(".gz").unwrap_or(&name);
    let wanted = bare
        .replace("images", "labels")
        .replace("Images", "Labels")
        .replace("idx3", "idx1")
        .replace("idx4", "idx1");
    let beside = |name: &str| images.with_file_name(name);
    let candidates = [beside(&wanted), beside(&format!("{wanted}.gz"))];
    let labels = candidates.into_iter().find(|path| path != images && wanted != bare && path.is_file());
    Pair { images: images.to_owned(), labels, labels_name: wanted, split: split_of(&name) }
}

/// All pairs of a folder, training before validation before test. A file that is there both
/// plain and as .gz counts once.
///
/// # Errors
/// If the files belong to several sets, or there are labels but no images.
pub fn pairs_in(folder: &Path) -> Result<Vec<Pair>, DataError> {
    let mut files = entries(folder);
    files.retain(|path| is_images_name(path) && path.is_file());
    files.sort();
    let all: Vec<PathBuf> = files.clone();
    files.retain(|path| !(file_name(path).ends_with(".gz") && all.contains(&path.with_extension(""))));
    if files.is_empty() {
        return Err(DataError::at(
            folder,
            "the folder holds IDX labels but no images file",
            "put the images file (such as train-images-idx3-ubyte.gz) beside the labels",
        ));
    }
    let mut pairs: Vec<Pair> = files.iter().map(|path| pair_of(path)).collect();
    pairs.sort_by_key(|pair| pair.split as u8);
    if let Some([first, second]) = pairs.array_windows().find(|[a, b]| a.split == b.split) {
        return Err(DataError::at(
            folder,
            format!(
                "the folder holds several sets of {} images: {} and {}",
                first.split.name(),
                file_name(&first.images),
                file_name(&second.images)
            ),
            "open one images file, or move each set into a folder of its own",
        ));
    }
    Ok(pairs)
}

/// The paths in a folder; none if it cannot be listed.
pub fn entries(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).map(|entries| entries.flatten().map(|e| e.path()).collect()).unwrap_or_default()
}
