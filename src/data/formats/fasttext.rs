//! fastText's training files: one example a line, `__label__NAME` in front of the text. It
//! takes the first label of a line and refuses a line without one.

use super::classes;
use crate::data::{DataError, Dataset, Examples, OpenOptions, Progress, Split, Target, Texts};
use std::path::Path;
use std::sync::Arc;

const MARK: &str = "__label__";

/// A file with the ending `ft` or `fasttext`.
pub fn recognises(path: &Path) -> bool {
    path.is_file() && path.extension().is_some_and(|e| e == "ft" || e == "fasttext")
}

/// Reads a file in UTF-8.
///
/// # Errors
/// A [`DataError`] with the line.
pub fn open(path: &Path, _options: &OpenOptions, progress: Progress<'_>) -> Result<Dataset, DataError> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| DataError::at(path, format!("cannot be read ({e})"), "save it as UTF-8"))?;
    let (mut labels, mut texts) = (Vec::new(), Texts::default());
    for (number, line) in (1u64..).zip(text.lines()) {
        if number.is_multiple_of(10_000) && !progress("Reading lines", number, 0) {
            return Err(DataError::Cancelled);
        }
        let Some((label, rest)) = line.strip_prefix(MARK).and_then(|line| line.split_once(' ')) else {
            let cause = format!("line {number} does not begin with {MARK}");
            return Err(DataError::at(path, cause, "put a label in front, such as __label__good"));
        };
        labels.push(label);
        texts.push(rest.trim());
    }
    let mut names: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
    names.sort();
    names.dedup();
    classes::sort(&mut names);
    let class = |label: &&str| names.iter().position(|name| name == label).unwrap_or(0) as u32;
    let targets: Vec<Target> = labels.iter().map(|label| Target::Class(class(label))).collect();
    let splits = vec![Split::Train; targets.len()];
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let source = path.to_string_lossy().into_owned();
    Ok(Dataset::new(name, source, "fasttext", Examples::Texts(Arc::new(texts)), names, targets, splits))
}
