//! Which column is the text, which the label, which the split. A person's word decides first,
//! names second, the contents of the first rows third, and a guess is told.

use super::{Cell, Sample};
use crate::data::formats::fields::{LABEL_NAMES, MOST_CLASSES, SPLIT_NAMES, TEXT_NAMES, named};
use crate::data::{DataError, OpenOptions};
use std::collections::HashSet;
use std::path::Path;

/// `data.split_column` when no column is to declare splits.
pub const NO_SPLIT: &str = "none";

/// A table whose columns are looked for.
pub struct Ask<'a> {
    /// Named in messages.
    pub path: &'a Path,
    /// Where the sample stands, in words, such as `row 1`.
    pub place: String,
    /// What a column is called in this format: `column` or `field`.
    pub word: &'static str,
    /// What the examples may be, in words: `text`.
    pub examples: &'static str,
    /// What is wanted.
    pub options: &'a OpenOptions,
    /// Whether the names are names, not numbers.
    pub named: bool,
    /// A row that may be a header or not; it counts only where it repeats a value.
    pub first: Option<&'a [Cell]>,
    /// A column that the file itself declares to be the label.
    pub declared_label: Option<usize>,
}

/// The columns found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Column of the text (or pictures).
    pub text: usize,
    /// Column of the label; `None` only when examples without labels are welcome.
    pub label: Option<usize>,
    /// Column that says train, validation or test.
    pub split: Option<usize>,
    /// Whether the text was guessed from the contents, and whether the label was.
    pub guessed: [bool; 2],
}

impl Found {
    /// What was guessed, in sentences.
    pub fn notices(&self, word: &str, names: &[String], named: bool) -> Vec<String> {
        let tell = |column: usize, what: &str| {
            let name = quoted(names, named, column);
            let word = capital(word);
            format!("{word} {name} was taken for the {what}; name another with data.{what}_column.")
        };
        let label = self.label.filter(|_| self.guessed[1]).map(|column| tell(column, "label"));
        label.into_iter().chain(self.guessed[0].then(|| tell(self.text, "text"))).collect()
    }
}

/// Finds the columns.
///
/// # Errors
/// A column named in the options that is not there or named twice, no text or no label column.
pub fn find(ask: &Ask<'_>, sample: &Sample) -> Result<Found, DataError> {
    let options = ask.options;
    let text_wanted = by_option(ask, sample, "data.text_column", &options.text_column)?;
    let label_wanted = by_option(ask, sample, "data.label_column", &options.label_column)?;
    let split_wanted = match options.split_column.trim() {
        NO_SPLIT => None,
        wanted => by_option(ask, sample, "data.split_column", wanted)?,
    };
    let wanted = [text_wanted, label_wanted, split_wanted];
    for (place, column) in wanted.iter().enumerate() {
        if column.is_some() && wanted[..place].contains(column) {
            let keys = ["text", "label", "split"];
            let first = wanted.iter().position(|other| other == column).unwrap_or_default();
            return Err(DataError::at(
                ask.path,
                format!(
                    "{} {} is named as both {} and {}",
                    ask.word,
                    quoted(&sample.names, ask.named, column.unwrap_or_default()),
                    keys[first],
                    keys[place]
                ),
                format!(
                    "set data.{}_column and data.{}_column to two of {}",
                    keys[first],
                    keys[place],
                    list(&sample.names)
                ),
            ));
        }
    }
    let columns = 0..sample.names.len();
    // Among known names one whose contents fit is meant: `content` may be an object.
    let known = |names: &[&str], taken: &[Option<usize>], fits: fn(&Cell) -> bool| {
        let free = columns.clone().filter(|column| ask.named && !taken.contains(&Some(*column)));
        let ranked = free.filter_map(|column| {
            let rank = named(&sample.names[column], names)?;
            let fit = sample.rows.is_empty() || sample.rows.iter().any(|row| fits(&row[column]));
            Some((!fit, rank, column))
        });
        ranked.min().map(|(_, _, column)| column)
    };
    let is_text = |cell: &Cell| matches!(cell, Cell::Text(_));
    let text_known = text_wanted.or_else(|| known(TEXT_NAMES, &[label_wanted, split_wanted], is_text));
    let label_known = label_wanted
        .or_else(|| ask.declared_label.filter(|column| ![text_known, split_wanted].contains(&Some(*column))))
        .or_else(|| known(LABEL_NAMES, &[text_known, split_wanted], |cell| cell.label().is_some()));
    let split = match options.split_column.trim() {
        "" => known(SPLIT_NAMES, &[text_known, label_known], |_| true),
        _ => split_wanted,
    };
    let text = text_known.or_else(|| {
        let free = columns.clone().filter(|column| ![label_known, split].contains(&Some(*column)));
        let letters =
            free.map(|column| (sample.rows.iter().map(|r| r[column].letters()).sum::<usize>(), column));
        let some = letters.filter(|(count, _)| *count > 0);
        some.max_by_key(|(count, column)| (*count, std::cmp::Reverse(*column))).map(|(_, column)| column)
    });
    let Some(text) = text else {
        return Err(DataError::place(
            ask.path,
            &ask.place,
            format!("no {} holds {}; the {}s are {}", ask.word, ask.examples, ask.word, list(&sample.names)),
            format!("add a {} with the text, or name it with data.text_column", ask.word),
        ));
    };
    let label = label_known.or_else(|| {
        let free = columns.clone().filter(|column| ![Some(text), split].contains(&Some(*column)));
        // A column with one value only tells nothing apart, so it comes last.
        let counts = free.filter_map(|column| distinct(ask, sample, column).map(|n| (n < 2, n, column)));
        counts.min().map(|(_, _, column)| column)
    });
    if label.is_none() && !options.unlabelled {
        let columns = match ask.named {
            true => format!("the {}s are {}", ask.word, list(&sample.names)),
            false => format!("the table has {} columns and no header", sample.names.len()),
        };
        return Err(DataError::place(
            ask.path,
            &ask.place,
            format!("no label {} was found; {columns}", ask.word),
            format!(
                "add a {} named label with the class of each text, or name it with data.label_column",
                ask.word
            ),
        ));
    }
    Ok(Found { text, label, split, guessed: [text_known.is_none(), label_known.is_none()] })
}

fn by_option(ask: &Ask<'_>, sample: &Sample, key: &str, wanted: &str) -> Result<Option<usize>, DataError> {
    if wanted.trim().is_empty() {
        return Ok(None);
    }
    let exact = sample.names.iter().position(|name| name == wanted);
    let lower = wanted.trim().to_lowercase();
    let loose = || sample.names.iter().position(|name| name.trim().to_lowercase() == lower);
    match exact.or_else(loose) {
        Some(column) => Ok(Some(column)),
        None => Err(DataError::place(
            ask.path,
            &ask.place,
            format!("there is no {} '{wanted}'; the {}s are {}", ask.word, ask.word, list(&sample.names)),
            format!("set {key} to one of them"),
        )),
    }
}

/// A column in words: its name in quotes, or its number.
fn quoted(names: &[String], named: bool, column: usize) -> String {
    match (named, names.get(column)) {
        (true, Some(name)) => format!("'{name}'"),
        _ => format!("{}", column + 1),
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Names in words, each cut to a readable length, at most ten.
pub fn list<S: AsRef<str>>(names: &[S]) -> String {
    let cut = |name: &str| match name.char_indices().nth(30) {
        Some((end, _)) => format!("'{}…'", &name[..end]),
        None => format!("'{name}'"),
    };
    let shown = names.iter().take(10).map(|name| cut(name.as_ref())).collect::<Vec<_>>().join(", ");
    match (names.len(), names.len().saturating_sub(10)) {
        (0, _) => "none".to_owned(),
        (_, 0) => shown,
        (_, more) => format!("{shown} and {more} more"),
    }
}

/// Number of distinct values of a column that may be a label: every row has one, and some
/// rows share a value.
fn distinct(ask: &Ask<'_>, sample: &Sample, column: usize) -> Option<usize> {
    let values: Option<HashSet<_>> = sample.rows.iter().map(|row| row[column].label()).collect();
    let (values, rows) = (values?, sample.rows.len());
    let most = (rows / 2).clamp(2, MOST_CLASSES);
    let first = ask.first.and_then(|first| first[column].label());
    let shared = values.len() < rows || rows == 1 || first.is_some_and(|value| values.contains(&value));
    (values.len() <= most && shared).then_some(values.len())
}
