//! By which names training, validation and test data are known: files, folders and split
//! fields alike. It reads nothing.

use crate::data::Split;
use std::path::{Path, PathBuf};

/// Each split with its names, in lower case; the first is the one to recommend.
pub const PARTS: &[(Split, &[&str])] = &[
    (Split::Train, &["train", "training"]),
    (Split::Validation, &["validation", "valid", "val", "dev"]),
    (Split::Test, &["test", "testing"]),
];

/// The split of this name; case and outer blanks do not matter.
pub fn split_named(name: &str) -> Option<Split> {
    let name = name.trim().to_lowercase();
    PARTS.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(split, _)| *split)
}

/// The file of a folder that holds one split, by its stem and one of the endings.
pub fn file_of(folder: &Path, wanted: Split, endings: &[&str]) -> Option<PathBuf> {
    let stems = PARTS.iter().filter(|(split, _)| *split == wanted).flat_map(|(_, stems)| *stems);
    let names = stems.flat_map(|stem| endings.iter().map(move |ending| format!("{stem}.{ending}")));
    names.map(|name| folder.join(name)).find(|path| path.is_file())
}
