//! The FORMATS table: one file and one line per format.

use super::{DataError, Dataset, Progress};
use std::path::Path;

/// What a person may say about how to read a source; empty means guess.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenOptions {
    /// Column with the text, for tables.
    pub text_column: String,
    /// Column with the label, for tables.
    pub label_column: String,
    /// Whether examples without labels are welcome (prediction) or an error (training).
    pub unlabelled: bool,
}

/// One data format.
pub struct Format {
    /// Name in `list formats`, for example `idx`.
    pub name: &'static str,
    /// What it is and how it is recognised, one line.
    pub about: &'static str,
    /// File endings for the open dialog, without dot; empty for folders.
    pub extensions: &'static [&'static str],
    /// Whether this path looks like the format; looks at names and at most a few bytes.
    pub recognises: fn(&Path) -> bool,
    /// Reads it.
    pub open: fn(&Path, &OpenOptions, Progress<'_>) -> Result<Dataset, DataError>,
}

/// All formats, the most specific first.
pub static FORMATS: &[Format] = &[];

/// Opens a path or `builtin:NAME`. The validation split is not made yet:
/// see [`Dataset::hold_out`].
///
/// # Errors
/// [`DataError`] with path, place, cause and remedy.
pub fn open(source: &str, options: &OpenOptions, progress: Progress<'_>) -> Result<Dataset, DataError> {
    let _ = (options, progress);
    Err(DataError::at(Path::new(source), "no format fits", "give a file or a folder of a known format"))
}
