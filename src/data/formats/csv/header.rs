//! Whether the first row of a table is a header, and with that which column is what. Names
//! decide first, contents second.

use crate::data::formats::fields::{LABEL_NAMES, SPLIT_NAMES, TEXT_NAMES, named};
use crate::data::formats::parts::split_named;
use crate::data::formats::tables::{Ask, Cell, Sample};
use crate::data::{DataError, OpenOptions};
use std::path::Path;

/// The first rows of a table, seen as columns.
pub struct Head {
    /// Names and the rows below the header, if there is one.
    pub sample: Sample,
    /// Whether the first row is a header.
    pub header: bool,
    /// The first row, where it is not sure that it is no header.
    first: Option<Vec<Cell>>,
}

impl Head {
    /// Looks at the first rows, of equal width; there is at least one.
    pub fn of(records: &[csv::StringRecord], options: &OpenOptions) -> Self {
        let Some((first, rest)) = records.split_first() else {
            return Self { sample: Sample::default(), header: false, first: None };
        };
        let rows = cells_of(rest);
        if named_header(first, rest, options) {
            let names = first.iter().map(str::to_owned).collect();
            return Self { sample: Sample { names, rows }, header: true, first: None };
        }
        let names = (1..=first.len()).map(|number| number.to_string()).collect();
        let first = cells(first);
        let rows = if rows.is_empty() { vec![first.clone()] } else { rows };
        Self { sample: Sample { names, rows }, header: false, first: Some(first) }
    }

    /// The question for the columns.
    pub fn ask<'a>(&'a self, path: &'a Path, options: &'a OpenOptions) -> Ask<'a> {
        Ask {
            path,
            place: "row 1".to_owned(),
            word: "column",
            examples: "text",
            options,
            named: self.header,
            first: self.first.as_deref(),
            declared_label: None,
        }
    }

    /// Now that the columns are known: without a known name the first row is a header if its
    /// label occurs in no other row and its text is one short word.
    pub fn settle(&mut self, records: &[csv::StringRecord], text: usize, label: Option<usize>) {
        let Some((first, rest)) = records.split_first().filter(|_| !self.header) else { return };
        let short = first[text].chars().count() <= 30 && !first[text].trim().contains(char::is_whitespace);
        let unlike = |label: usize| {
            first[label].parse::<f64>().is_err() && rest.iter().all(|row| row[label] != first[label])
        };
        if short && label.is_some_and(unlike) {
            self.sample.names = first.iter().map(str::to_owned).collect();
            self.header = true;
        }
    }
}

/// Fields as cells.
pub fn cells_of(records: &[csv::StringRecord]) -> Vec<Vec<Cell>> {
    records.iter().map(cells).collect()
}

fn cells(record: &csv::StringRecord) -> Vec<Cell> {
    record.iter().map(|field| Cell::Text(field.to_owned())).collect()
}

/// Whether the names say that the first row is a header.
fn named_header(first: &csv::StringRecord, rest: &[csv::StringRecord], options: &OpenOptions) -> bool {
    let lower = |name: &str| name.trim().to_lowercase();
    let wanted = [&options.text_column, &options.label_column, &options.split_column];
    if wanted.iter().any(|name| !name.is_empty() && first.iter().any(|field| lower(field) == lower(name))) {
        return true;
    }
    // A column asked for by a name that is not there is missed in the header, not in the data.
    let number = |name: &str| name.parse::<usize>().is_ok_and(|n| (1..=first.len()).contains(&n));
    if wanted[..2].iter().any(|name| !name.is_empty() && !number(name)) {
        return true;
    }
    let by_name = |names: &[&str]| {
        let known =
            (0..first.len()).filter_map(|column| named(&first[column], names).map(|rank| (rank, column)));
        known.min().map(|(_, column)| column)
    };
    // One known word alone may be data: `y` is a label, too, as the column's other rows show.
    let surely = |column: &usize| rest.iter().all(|row| row[*column] != first[*column]);
    let text = by_name(TEXT_NAMES);
    let label = by_name(LABEL_NAMES).filter(|column| Some(*column) != text);
    let split = by_name(SPLIT_NAMES)
        .filter(|column| !rest.is_empty() && rest.iter().all(|row| split_named(&row[*column]).is_some()));
    match (text, label) {
        (Some(_), Some(_)) => true,
        (Some(column), None) | (None, Some(column)) => surely(&column) || split.is_some(),
        (None, None) => split.is_some(),
    }
}

/// The notice that goes with a table without header.
pub fn notice(header: bool) -> Option<String> {
    (!header).then(|| "The first row was taken for data, not for a header.".to_owned())
}

/// A header with nothing below it.
pub fn no_rows(path: &Path) -> DataError {
    DataError::at(path, "the table has a header but no rows", "add rows below the header")
}
