//! Text tables: CSV and TSV, one example a row. Labels may be words or numbers; a `split`
//! column, or a folder with train, validation and test files, declares the splits.

mod columns;
mod table;

use crate::data::formats::classes;
use crate::data::formats::parts::{self, PARTS, split_named};
use crate::data::meter::Meter;
use crate::data::{DataError, Dataset, Examples, OpenOptions, Progress, Split, Texts};
use columns::Columns;
use std::path::Path;
use std::sync::Arc;
use table::Table;

const ENDINGS: [&str; 3] = ["csv", "tsv", "tab"];
/// A file with the ending of a table, or a folder with a training table in it.
pub fn recognises(path: &Path) -> bool {
    if path.is_dir() { parts::file_of(path, Split::Train, &ENDINGS).is_some() } else { is_table(path) }
}

fn is_table(path: &Path) -> bool {
    path.extension().is_some_and(|e| ENDINGS.iter().any(|known| e.eq_ignore_ascii_case(known)))
}

/// Reads a table or a folder of tables.
///
/// # Errors
/// A [`DataError`] with the row, and the byte for invalid UTF-8.
pub fn open(path: &Path, options: &OpenOptions, progress: Progress<'_>) -> Result<Dataset, DataError> {
    let mut builder = Builder::default();
    if path.is_dir() {
        let mut options = options.clone();
        for (split, _) in PARTS {
            let Some(file) = parts::file_of(path, *split, &ENDINGS) else { continue };
            builder.split = *split;
            let first = builder.labels.is_empty();
            let table = builder.read_file(&file, &options, progress, !first)?;
            if first && let Some((text, label)) = table {
                // The other files use the columns of the first.
                options.text_column = text;
                options.label_column = label;
            }
        }
    } else {
        builder.read_file(path, options, progress, false)?;
    }
    builder.finish(path)
}

/// Reads a table that is in memory; `path` is only named in messages.
///
/// # Errors
/// As [`open`].
pub fn read_bytes(
    path: &Path,
    bytes: &[u8],
    delimiter: u8,
    options: &OpenOptions,
    progress: Progress<'_>,
) -> Result<Dataset, DataError> {
    let mut builder = Builder::default();
    builder.read(path, bytes, Some(delimiter), options, progress, false)?;
    builder.finish(path)
}

/// Gathers the rows of one or several tables.
struct Builder {
    split: Split,
    texts: Texts,
    labels: Vec<Option<String>>,
    splits: Vec<Split>,
    notices: Vec<String>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            split: Split::Train,
            texts: Texts::default(),
            labels: Vec::new(),
            splits: Vec::new(),
            notices: Vec::new(),
        }
    }
}

impl Builder {
    fn read_file(
        &mut self,
        path: &Path,
        options: &OpenOptions,
        progress: Progress<'_>,
        follows: bool,
    ) -> Result<Option<(String, String)>, DataError> {
        let bytes = std::fs::read(path).map_err(|e| {
            DataError::at(path, format!("cannot be read ({e})"), "check the path and the permissions")
        })?;
        self.read(path, &bytes, table::delimiter_of(path), options, progress, follows)
    }

    /// Adds one table; returns the names of its text and label columns if it has a header.
    /// One that follows another may lack labels: it is then left out with a notice, as a
    /// test file without answers measures nothing.
    fn read(
        &mut self,
        path: &Path,
        bytes: &[u8],
        delimiter: Option<u8>,
        options: &OpenOptions,
        progress: Progress<'_>,
        follows: bool,
    ) -> Result<Option<(String, String)>, DataError> {
        let meter = Meter::new(progress, "Reading texts", bytes.len() as u64);
        let table = table::parse(path, bytes, delimiter, &meter)?;
        if follows && !options.label_column.is_empty() && !has_column(&table, &options.label_column) {
            self.notices.push(format!(
                "{} has no column '{}' and was left out.",
                path.file_name().unwrap_or_default().to_string_lossy(),
                options.label_column
            ));
            return Ok(None);
        }
        let columns = columns::find(path, &table, options)?;
        let start = usize::from(columns.header);
        if table.rows.len() <= start {
            return Err(DataError::at(
                path,
                "the table has a header but no rows",
                "add rows below the header",
            ));
        }
        for row in start..table.rows.len() {
            self.add(path, &table, row, &columns, options)?;
        }
        let empty = table.rows[start..].iter().filter(|r| r[columns.text].trim().is_empty()).count();
        if empty > 0 {
            self.notices.push(format!("{empty} of {} texts are empty.", table.rows.len() - start));
        }
        self.notices.extend(columns.notices);
        let name = |column: usize| table.rows[0][column].to_owned();
        Ok(columns.header.then(|| (name(columns.text), columns.label.map(name).unwrap_or_default())))
    }

    fn add(
        &mut self,
        path: &Path,
        table: &Table,
        row: usize,
        columns: &Columns,
        options: &OpenOptions,
    ) -> Result<(), DataError> {
        let record = &table.rows[row];
        let label = columns.label.map(|c| record[c].trim()).filter(|label| !label.is_empty());
        if label.is_none() && !options.unlabelled {
            return Err(DataError::place(
                path,
                table.place(row),
                "the label is empty",
                "fill in the class, or remove the row",
            ));
        }
        let split = match columns.split {
            Some(column) => split_named(&record[column]).ok_or_else(|| {
                DataError::place(
                    path,
                    table.place(row),
                    format!("'{}' is not a split", &record[column]),
                    "write train, validation or test, or rename the column",
                )
            })?,
            None => self.split,
        };
        self.texts.push(&record[columns.text]);
        self.labels.push(label.map(str::to_owned));
        self.splits.push(split);
        Ok(())
    }

    fn finish(mut self, path: &Path) -> Result<Dataset, DataError> {
        let (classes, targets) = classes::of_labels(path, "column", &self.labels)?;
        let full = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let name = full.file_stem().map_or_else(|| "table".to_owned(), |n| n.to_string_lossy().into_owned());
        let mut data = Dataset::new(
            name,
            path.to_string_lossy().into_owned(),
            "csv",
            Examples::Texts(Arc::new(std::mem::take(&mut self.texts))),
            classes,
            targets,
            self.splits,
        );
        data.notices = self.notices;
        Ok(data)
    }
}

fn has_column(table: &Table, name: &str) -> bool {
    table.rows.first().is_some_and(|first| first.iter().any(|field| field == name))
}
