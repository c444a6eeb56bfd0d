//! Which column is the text, which the label, which the split; and whether there is a header.
//! Names decide first, contents second, and a guess is told.

use super::table::Table;
use crate::data::formats::fields::{LABEL_NAMES, MOST_CLASSES, SPLIT_NAMES, TEXT_NAMES, named};
use crate::data::{DataError, OpenOptions};
use std::collections::HashSet;
use std::path::Path;

/// The columns found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    /// Whether the first row is a header.
    pub header: bool,
    /// Column of the text.
    pub text: usize,
    /// Column of the label; `None` only when examples without labels are welcome.
    pub label: Option<usize>,
    /// Column that says train, validation or test.
    pub split: Option<usize>,
    /// What was guessed from the contents, in sentences.
    pub notices: Vec<String>,
}

/// Finds the columns.
///
/// # Errors
/// A column named in `options` that is not there, no text or no label column.
pub fn find(path: &Path, table: &Table, options: &OpenOptions) -> Result<Columns, DataError> {
    let Some(first) = table.rows.first() else {
        return Err(DataError::at(path, "the file is empty", "give a table with a header and rows below it"));
    };
    let width = first.len();
    let by_name = |names: &[&str]| {
        let known = (0..width).filter_map(|column| named(&first[column], names).map(|rank| (rank, column)));
        known.min().map(|(_, column)| column)
    };
    let text_name = by_name(TEXT_NAMES);
    let label_name = by_name(LABEL_NAMES).filter(|c| Some(*c) != text_name);
    // One known word alone may be data: `y` is a label, too, as the column's other rows show.
    let alone = text_name.is_none() != label_name.is_none();
    let surely =
        |column: &usize| !alone || table.rows.iter().skip(1).all(|row| row[*column] != first[*column]);
    let mut text = by_option(path, first, "data.text_column", &options.text_column)?
        .or_else(|| text_name.filter(surely));
    let mut label = by_option(path, first, "data.label_column", &options.label_column)?
        .or_else(|| label_name.filter(surely).filter(|c| Some(*c) != text));
    if label.is_some() && text == label && options.text_column.is_empty() {
        text = None;
    }
    if text.is_some() && text == label {
        return Err(DataError::at(
            path,
            format!("column '{}' is named as both text and label", options.text_column),
            format!("set data.text_column and data.label_column to two of {}", list(first)),
        ));
    }
    let split = by_name(SPLIT_NAMES).filter(|c| Some(*c) != text && Some(*c) != label);
    let mut header = text.is_some() || label.is_some();
    let mut notices = Vec::new();

    // Contents decide what the names leave open; the first row is left out as it may be a header.
    let body = table.rows.get(1..).filter(|rows| !rows.is_empty()).unwrap_or(&table.rows);
    let free = |column: usize, taken: &[Option<usize>]| !taken.contains(&Some(column));
    if text.is_none() {
        let longest = (0..width)
            .filter(|c| free(*c, &[label, split]))
            .max_by_key(|c| (letters(body, *c), std::cmp::Reverse(*c)))
            .filter(|c| letters(body, *c) > 0);
        text = longest;
    }
    let Some(text) = text else {
        return Err(DataError::at(
            path,
            format!("no column holds text; the columns are {}", list(first)),
            "add a column with the text, or name it with data.text_column",
        ));
    };
    let guessed_label = label.is_none();
    if guessed_label {
        label = (0..width)
            .filter(|c| free(*c, &[Some(text), split]))
            .filter_map(|c| distinct(first, body, c).map(|count| (count, c)))
            .min()
            .map(|(_, c)| c);
    }
    if !header {
        header = looks_like_header(table, label, text);
    }
    let name = |column: usize| match header {
        true => format!("'{}'", &first[column]),
        false => format!("{}", column + 1),
    };
    match label {
        None if !options.unlabelled => {
            let columns = match header {
                true => format!("the columns are {}", list(first)),
                false => format!("the table has {width} columns and no header"),
            };
            return Err(DataError::at(
                path,
                format!("no label column was found; {columns}"),
                "add a column named label with the class of each row, or name it with data.label_column",
            ));
        }
        Some(label) if guessed_label => notices.push(format!(
            "Column {} was taken for the label; name another with data.label_column.",
            name(label)
        )),
        _ => {}
    }
    if named(&first[text], TEXT_NAMES).is_none() && options.text_column.is_empty() {
        notices.push(format!(
            "Column {} was taken for the text; name another with data.text_column.",
            name(text)
        ));
    }
    if !header {
        notices.push("The first row was taken for data, not for a header.".to_owned());
    }
    Ok(Columns { header, text, label, split, notices })
}

fn by_option(
    path: &Path,
    first: &csv::StringRecord,
    key: &str,
    wanted: &str,
) -> Result<Option<usize>, DataError> {
    if wanted.is_empty() {
        return Ok(None);
    }
    let exact = first.iter().position(|name| name == wanted);
    let loose = || first.iter().position(|name| name.trim().to_lowercase() == wanted.trim().to_lowercase());
    match exact.or_else(loose) {
        Some(column) => Ok(Some(column)),
        None => Err(DataError::place(
            path,
            "row 1",
            format!("there is no column '{wanted}'; the columns are {}", list(first)),
            format!("set {key} to one of them"),
        )),
    }
}

/// The fields of a row in words, each cut to a readable length.
fn list(row: &csv::StringRecord) -> String {
    let cut = |field: &str| match field.char_indices().nth(30) {
        Some((end, _)) => format!("'{}…'", &field[..end]),
        None => format!("'{field}'"),
    };
    row.iter().map(cut).collect::<Vec<_>>().join(", ")
}

/// Characters that are neither digits nor punctuation, over the first rows.
fn letters(rows: &[csv::StringRecord], column: usize) -> usize {
    rows.iter().take(1000).map(|row| row[column].chars().filter(|c| c.is_alphabetic()).count()).sum()
}

/// Number of distinct values of a column that may be a label: some rows share a value, the
/// first row (which may be a header) counting only if it does.
fn distinct(first: &csv::StringRecord, rows: &[csv::StringRecord], column: usize) -> Option<usize> {
    let values: HashSet<&str> = rows.iter().map(|row| row[column].trim()).collect();
    let most = (rows.len() / 2).clamp(2, MOST_CLASSES);
    let shared = values.len() < rows.len() || values.contains(first[column].trim());
    (values.len() <= most && (shared || rows.len() == 1)).then_some(values.len())
}

/// Without a known name the first row is a header if its label occurs in no other row and
/// its text is short; without labels, if its text is one short word.
fn looks_like_header(table: &Table, label: Option<usize>, text: usize) -> bool {
    let Some((first, rest)) = table.rows.split_first() else { return false };
    let short = first[text].chars().count() <= 30 && !first[text].trim().contains(char::is_whitespace);
    match label {
        Some(label) => {
            short && first[label].parse::<f64>().is_err() && rest.iter().all(|r| r[label] != first[label])
        }
        None => short && named(&first[text], TEXT_NAMES).is_some(),
    }
}
