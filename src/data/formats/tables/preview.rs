//! The first rows of a table with its columns, for a person who chooses which is which. A
//! table whose columns cannot be guessed still has one.

use super::{Ask, Cell, Sample, find};
use crate::data::{DataError, OpenOptions, Reading};

/// Rows shown.
const ROWS: usize = 20;
/// Characters shown of a field.
const CHARACTERS: usize = 200;

/// The first rows of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// Column names; numbers from 1 where there is no header.
    pub columns: Vec<String>,
    /// The first rows, each field cut to a readable length.
    pub rows: Vec<Vec<String>>,
    /// The columns as they would be read: wanted or guessed.
    pub text: Option<usize>,
    /// Column of the label.
    pub label: Option<usize>,
    /// Column of the split.
    pub split: Option<usize>,
    /// Encoding and delimiter, where the format has them.
    pub reading: Reading,
}

/// The preview of a sample. What the options name wrongly is guessed instead.
pub fn preview_of(ask: &Ask<'_>, sample: &Sample, reading: Reading) -> Preview {
    let options = OpenOptions { unlabelled: true, ..ask.options.clone() };
    let looked = |options: &OpenOptions| -> Result<_, DataError> {
        find(&Ask { path: ask.path, place: ask.place.clone(), options, ..*ask }, sample)
    };
    let guess = OpenOptions { unlabelled: true, ..OpenOptions::default() };
    let found = looked(&options).or_else(|_| looked(&guess)).ok();
    let cut = |text: &str| {
        let line: String =
            text.chars().take(CHARACTERS).map(|c| if c.is_control() { ' ' } else { c }).collect();
        if text.chars().nth(CHARACTERS).is_some() { line + "…" } else { line }
    };
    let shown = |cell: &Cell| match cell {
        Cell::Missing => String::new(),
        Cell::Text(text) | Cell::Plain(text) => cut(text),
        Cell::Other(what) => format!("({what})"),
    };
    Preview {
        columns: sample.names.clone(),
        rows: sample.rows.iter().take(ROWS).map(|row| row.iter().map(shown).collect()).collect(),
        text: found.as_ref().map(|found| found.text),
        label: found.as_ref().and_then(|found| found.label),
        split: found.as_ref().and_then(|found| found.split),
        reading,
    }
}
