//! Text tables: CSV and TSV, one example a row. Labels may be words or numbers; a `split`
//! column, or a folder with train, validation and test files, declares the splits. Rows are
//! read one by one; a file is never held as a whole.

mod dialect;
mod header;

use super::encoding::{self, Choice};
use super::input::Input;
use super::parts::{self, PARTS, split_named};
use super::tables::{Found, Preview, Rows, SAMPLE_BYTES, SAMPLE_ROWS, Sample, find, preview_of};
use crate::data::meter::Meter;
use crate::data::{DataError, Dataset, OpenOptions, Progress, Reading, Split, silent};
use dialect::{RowStream, Trouble};
use header::Head;
use std::path::Path;

const ENDINGS: [&str; 3] = ["csv", "tsv", "tab"];
const WORD: &str = "column";

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
/// A [`DataError`] with the row, and the byte for what is not in the file's encoding.
pub fn open(path: &Path, options: &OpenOptions, progress: Progress<'_>) -> Result<Dataset, DataError> {
    let mut rows = Rows::default();
    if path.is_dir() {
        let mut options = options.clone();
        for (split, _) in PARTS {
            let Some(file) = parts::file_of(path, *split, &ENDINGS) else { continue };
            let first = rows.len() == 0;
            let part = Part { input: Input::file(&file), split: *split, options: &options, follows: !first };
            let columns = part.read(&mut rows, progress)?;
            if first && let Some((text, label)) = columns {
                // The other files use the columns of the first.
                (options.text_column, options.label_column) = (text, label);
            }
        }
    } else {
        let part = Part { input: Input::file(path), split: Split::Train, options, follows: false };
        part.read(&mut rows, progress)?;
    }
    Ok(rows.into_texts(path, "csv"))
}

/// Reads a table in UTF-8 that is in memory; `path` is only named in messages.
///
/// # Errors
/// As [`open`].
pub fn read_bytes(
    path: &Path,
    bytes: &[u8],
    options: &OpenOptions,
    progress: Progress<'_>,
) -> Result<Dataset, DataError> {
    let mut rows = Rows::default();
    let input = Input::memory(path, bytes);
    Part { input, split: Split::Train, options, follows: false }.read(&mut rows, progress)?;
    Ok(rows.into_texts(path, "csv"))
}

/// The first rows of a table, or of the training table of a folder.
///
/// # Errors
/// As [`open`], but not for columns.
pub fn preview(path: &Path, options: &OpenOptions) -> Result<Preview, DataError> {
    let file = if path.is_dir() { parts::file_of(path, Split::Train, &ENDINGS) } else { None };
    let path = file.as_deref().unwrap_or(path);
    let input = Input::file(path);
    let encoding = encoding::choose(input, "table", &options.encoding, &silent)?;
    let delimiter = dialect::delimiter_of(input, encoding)?;
    let read = |quoting| -> Result<Vec<csv::StringRecord>, Trouble> {
        let mut stream = RowStream::open(input, encoding, delimiter, quoting)?;
        sample(&mut stream)
    };
    let records = match read(true) {
        Err(Trouble::Shape(error)) if delimiter == b'\t' => read(false).map_err(|_| error),
        other => other.map_err(plain),
    }?;
    let mut head = Head::of(&records, options);
    if let Ok(found) = find(&head.ask(path, options), &head.sample) {
        head.settle(&records, found.text, found.label);
    }
    if !head.header {
        head.sample.rows = header::cells_of(&records);
    }
    let reading = Reading {
        encoding: encoding.name(),
        delimiter: dialect::name_of(delimiter).to_owned(),
        ..Reading::default()
    };
    Ok(preview_of(&head.ask(path, options), &head.sample, reading))
}

fn plain(trouble: Trouble) -> DataError {
    match trouble {
        Trouble::Shape(error) | Trouble::Other(error) => error,
    }
}

/// The first rows of a table.
fn sample(stream: &mut RowStream<'_>) -> Result<Vec<csv::StringRecord>, Trouble> {
    let (mut records, mut bytes) = (Vec::new(), 0);
    while records.len() < SAMPLE_ROWS && bytes < SAMPLE_BYTES {
        let mut record = csv::StringRecord::new();
        if !stream.next(&mut record)? {
            break;
        }
        bytes += record.as_slice().len();
        records.push(record);
    }
    Ok(records)
}

/// One table to read.
struct Part<'a> {
    input: Input<'a>,
    split: Split,
    options: &'a OpenOptions,
    /// Whether it follows another, whose columns it uses.
    follows: bool,
}

impl Part<'_> {
    /// Adds the table; returns its text and label columns by name. One that follows another
    /// may lack labels: it is then left out with a notice, as a test file without answers
    /// measures nothing.
    fn read(&self, rows: &mut Rows, progress: Progress<'_>) -> Result<Option<(String, String)>, DataError> {
        let encoding = encoding::choose(self.input, "table", &self.options.encoding, progress)?;
        let delimiter = dialect::delimiter_of(self.input, encoding)?;
        let mark = rows.mark();
        let columns = match self.attempt(rows, encoding, delimiter, true, progress) {
            // Tab-separated files are often written without quoting, so that a quote is just a
            // character; if only that reading fits, it is meant.
            Err(Trouble::Shape(error)) if delimiter == b'\t' => {
                rows.go_back(&mark);
                match self.attempt(rows, encoding, delimiter, false, progress) {
                    Err(Trouble::Shape(_)) => Err(error),
                    other => other.map_err(plain),
                }
            }
            other => other.map_err(plain),
        }?;
        rows.tell_empty(&mark);
        if let Some(notice) = encoding.notice() {
            rows.tell(notice);
        }
        Ok(columns)
    }

    fn attempt(
        &self,
        rows: &mut Rows,
        encoding: Choice,
        delimiter: u8,
        quoting: bool,
        progress: Progress<'_>,
    ) -> Result<Option<(String, String)>, Trouble> {
        let Self { input, options, .. } = *self;
        let total = input.size();
        let meter = Meter::new(progress, "Reading texts", total);
        let mut stream = RowStream::open(input, encoding, delimiter, quoting)?;
        let records = sample(&mut stream)?;
        if records.is_empty() {
            return Err(DataError::at(
                input.path,
                "the file is empty",
                "give a table with a header and rows below it",
            )
            .into());
        }
        let wanted = &options.label_column;
        if self.follows
            && !wanted.is_empty()
            && !records[0].iter().any(|field| field == wanted)
            && wanted.parse::<usize>().is_err()
        {
            rows.tell(format!(
                "{} has no column '{wanted}' and was left out.",
                input.path.file_name().unwrap_or_default().to_string_lossy(),
            ));
            meter.add(total)?;
            return Ok(None);
        }
        let mut head = Head::of(&records, options);
        let found = find(&head.ask(input.path, options), &head.sample)?;
        head.settle(&records, found.text, found.label);
        let Head { sample: Sample { names, .. }, header, .. } = head;
        for (index, record) in records.iter().enumerate().skip(usize::from(header)) {
            let line = record.position().map_or(index as u64 + 1, csv::Position::line);
            self.add(rows, record, &found, || dialect::place(index + 1, line))?;
        }
        if records.len() <= usize::from(header) {
            return Err(header::no_rows(input.path).into());
        }
        drop(records);
        let (mut record, mut told) = (csv::StringRecord::new(), 0);
        while stream.next(&mut record)? {
            self.add(rows, &record, &found, || stream.place())?;
            if stream.count.is_multiple_of(4096) {
                let done = stream.done();
                meter.add(done - told)?;
                told = done;
            }
        }
        meter.add(total.saturating_sub(told))?;
        for notice in found.notices(WORD, &names, header).into_iter().chain(header::notice(header)) {
            rows.tell(notice);
        }
        let name = |column: usize| names[column].clone();
        let columns = (name(found.text), found.label.map(name).unwrap_or_default());
        if rows.reading.is_empty() {
            rows.reading = Reading {
                encoding: encoding.name(),
                delimiter: dialect::name_of(delimiter).to_owned(),
                text_column: columns.0.clone(),
                label_column: columns.1.clone(),
                split_column: found.split.map(name).unwrap_or_default(),
            };
        }
        Ok(Some(columns))
    }

    fn add(
        &self,
        rows: &mut Rows,
        record: &csv::StringRecord,
        found: &Found,
        place: impl Fn() -> String,
    ) -> Result<(), DataError> {
        let path = self.input.path;
        let label = found.label.map(|column| record[column].trim()).filter(|label| !label.is_empty());
        if label.is_none() && !self.options.unlabelled {
            return Err(DataError::place(
                path,
                place(),
                "the label is empty",
                "fill in the class, or remove the row",
            ));
        }
        let split = match found.split {
            Some(column) => split_named(&record[column]).ok_or_else(|| {
                DataError::place(
                    path,
                    place(),
                    format!("'{}' is not a split", &record[column]),
                    "write train, validation or test, or set data.split_column to another column or to none",
                )
            })?,
            None => self.split,
        };
        rows.texts.push(&record[found.text]);
        rows.push(path, WORD, label, split)
    }
}
