//! Which columns of a Parquet file are read, and the first rows that this is decided by.

use super::file::{Column, Kind, Table, Value};
use crate::data::formats::fields::{LABEL_NAMES, named};
use crate::data::formats::tables::{Ask, Cell, Found, SAMPLE_BYTES, SAMPLE_ROWS, Sample, find, number_label};
use crate::data::{DataError, OpenOptions};
use std::borrow::Cow;
use std::path::Path;

/// What a column is called in messages.
pub const WORD: &str = "column";
/// Rows read at a time.
pub const BATCH: usize = 1024;

/// The columns that are read, by name, so that they are found in the other files, too.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Column with the text or the picture.
    pub content: String,
    /// Whether it holds pictures.
    pub pictures: bool,
    /// Column with the label; `None` only when examples without labels are welcome.
    pub label: Option<String>,
    /// Class names by number, where the file declares them.
    pub classes: Option<Vec<String>>,
    /// Column that says train, validation or test.
    pub split: Option<String>,
    /// What was guessed, in sentences.
    pub notices: Vec<String>,
}

/// The first rows of a file, and which columns hold pictures.
pub struct Look {
    /// Columns and rows.
    pub sample: Sample,
    pictures: Vec<bool>,
    declared_label: Option<usize>,
    /// The options, with the column of pictures where there is one and nothing else is named.
    options: OpenOptions,
}

impl Look {
    /// Looks at a file.
    ///
    /// # Errors
    /// Damaged.
    pub fn at(table: &Table<'_>, options: &OpenOptions) -> Result<Self, DataError> {
        let names: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
        let mut pictures: Vec<bool> = table.columns.iter().map(|c| c.kind == Kind::Picture).collect();
        let read: Vec<usize> =
            (0..names.len()).filter(|at| !matches!(table.columns[*at].kind, Kind::Other(_))).collect();
        let columns: Vec<&Column> = read.iter().map(|at| &table.columns[*at]).collect();
        let mut rows: Vec<Vec<Cell>> = Vec::new();
        let mut bytes = 0;
        'groups: for group in 0..table.groups() {
            let mut group = table.group(group, &columns)?;
            let mut left = group.rows;
            while left > 0 {
                // Few at first: a picture may have many bytes.
                let count = left.min(if rows.is_empty() { 32 } else { BATCH }).min(SAMPLE_ROWS - rows.len());
                let values = group.read(count)?;
                left -= count;
                let start = rows.len();
                let other = |column: &Column| match column.kind {
                    Kind::Other(what) => Cell::Other(what),
                    _ => Cell::Missing,
                };
                rows.resize_with(start + count, || table.columns.iter().map(other).collect());
                for (at, values) in read.iter().zip(values) {
                    for (row, value) in rows[start..].iter_mut().zip(values) {
                        if let (Kind::Bytes, Value::Bytes(value)) = (table.columns[*at].kind, &value) {
                            pictures[*at] |= image::guess_format(value.data()).is_ok();
                        }
                        bytes += size(&value);
                        row[*at] = match pictures[*at] && !matches!(value, Value::Null) {
                            true => Cell::Other("a picture"),
                            false => cell(&value, table.features.classes(&names[*at])),
                        };
                    }
                }
                if rows.len() >= SAMPLE_ROWS || bytes >= SAMPLE_BYTES {
                    break 'groups;
                }
            }
        }
        let declared = (0..names.len()).filter(|at| table.features.classes(&names[*at]).is_some());
        let declared_label = declared.min_by_key(|at| (named(&names[*at], LABEL_NAMES).is_none(), *at));
        let mut options = options.clone();
        if let (true, Some(at)) = (options.text_column.is_empty(), pictures.iter().position(|p| *p)) {
            options.text_column.clone_from(&names[at]);
        }
        Ok(Self { sample: Sample { names, rows }, pictures, declared_label, options })
    }

    /// The question for the columns.
    pub fn ask<'a>(&'a self, path: &'a Path) -> Ask<'a> {
        Ask {
            path,
            place: "row 1".to_owned(),
            word: WORD,
            examples: "text or pictures",
            options: &self.options,
            named: true,
            first: None,
            declared_label: self.declared_label,
        }
    }

    /// Decides.
    ///
    /// # Errors
    /// No text, picture or label column.
    pub fn plan(&self, table: &Table<'_>, path: &Path) -> Result<Plan, DataError> {
        let found: Found = find(&self.ask(path), &self.sample)?;
        let names = &self.sample.names;
        let label = found.label.map(|column| names[column].clone());
        Ok(Plan {
            content: names[found.text].clone(),
            pictures: self.pictures[found.text],
            classes: label.as_deref().and_then(|name| table.features.classes(name)).map(<[String]>::to_vec),
            label,
            split: found.split.map(|column| names[column].clone()),
            notices: found.notices(WORD, names, true),
        })
    }
}

fn size(value: &Value) -> usize {
    match value {
        Value::Bytes(bytes) => bytes.len(),
        _ => 8,
    }
}

/// A value as it is shown and looked at.
fn cell(value: &Value, classes: Option<&[String]>) -> Cell {
    match value {
        Value::Null => Cell::Missing,
        Value::Other => Cell::Other("bytes"),
        Value::Bytes(bytes) => match std::str::from_utf8(bytes.data()) {
            Ok(text) => Cell::Text(text.to_owned()),
            Err(_) => Cell::Other("bytes"),
        },
        Value::Whole(_) | Value::Real(_) | Value::Truth(_) => match label(value, classes) {
            Ok(Some(label)) => Cell::Plain(label.into_owned()),
            Ok(None) => Cell::Missing,
            Err(number) => Cell::Plain(number.to_string()),
        },
    }
}

/// A value as a label; `None` if it is not there. Hugging Face writes -1 for a class that
/// nobody has named.
///
/// # Errors
/// The number, if no class has it.
pub fn label<'a>(value: &'a Value, classes: Option<&'a [String]>) -> Result<Option<Cow<'a, str>>, i64> {
    let written = match value {
        Value::Null | Value::Other => None,
        Value::Bytes(bytes) => std::str::from_utf8(bytes.data()).ok().map(|text| Cow::Borrowed(text.trim())),
        Value::Truth(truth) => Some(Cow::Owned(truth.to_string())),
        Value::Real(number) => (!number.is_nan()).then(|| Cow::Owned(number_label(*number))),
        Value::Whole(number) => match classes {
            None => Some(Cow::Owned(number.to_string())),
            Some(_) if *number == -1 => None,
            Some(classes) => {
                let class = usize::try_from(*number).ok().and_then(|number| classes.get(number));
                Some(Cow::Borrowed(class.ok_or(*number)?.as_str()))
            }
        },
    };
    Ok(written.filter(|label| !label.is_empty()))
}
