//! What can be wrong with data: each message names the path, the place, the cause and a remedy.

use std::path::{Path, PathBuf};

/// A data error; the text is meant for the person who opened the data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DataError {
    /// Something in or about a file.
    #[error("{}{}: {cause}; {remedy}", path.display(), place.as_ref().map(|p| format!(", {p}")).unwrap_or_default())]
    In {
        /// File or folder.
        path: PathBuf,
        /// Where in it: "row 12", "byte 16", ...
        place: Option<String>,
        /// What is wrong.
        cause: String,
        /// What to do.
        remedy: String,
    },
    /// A person cancelled the reading.
    #[error("reading was cancelled")]
    Cancelled,
}

impl DataError {
    /// An error about a whole file or folder.
    pub fn at(path: &Path, cause: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::In { path: path.to_owned(), place: None, cause: cause.into(), remedy: remedy.into() }
    }

    /// An error at a place inside a file, such as `row 12` or `byte 16`.
    pub fn place(
        path: &Path,
        place: impl Into<String>,
        cause: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::In {
            path: path.to_owned(),
            place: Some(place.into()),
            cause: cause.into(),
            remedy: remedy.into(),
        }
    }
}
