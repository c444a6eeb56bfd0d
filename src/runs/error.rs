//! What can be wrong with a run folder: each message names the path, the cause and a remedy.

use std::path::{Path, PathBuf};

/// An error about something on disk; the text is meant for the person whose run it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {cause}; {remedy}", path.display())]
pub struct RunError {
    /// File or folder.
    pub path: PathBuf,
    /// What is wrong.
    pub cause: String,
    /// What to do.
    pub remedy: String,
}

impl RunError {
    /// An error about a file or folder.
    pub fn at(path: &Path, cause: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { path: path.to_owned(), cause: cause.into(), remedy: remedy.into() }
    }

    /// The system would not write.
    pub(super) fn write(path: &Path, error: &std::io::Error) -> Self {
        Self::at(
            path,
            format!("cannot write: {error}"),
            "check that the folder still exists, is writable and that the disk is not full",
        )
    }

    /// The system would not read.
    pub(super) fn read(path: &Path, error: &std::io::Error) -> Self {
        Self::at(path, format!("cannot read: {error}"), "check the path and its permissions")
    }
}
