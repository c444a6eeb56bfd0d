//! From bytes to rows of fields: delimiter, quotes, byte-order mark, UTF-8. It knows nothing
//! of texts or labels, and refuses ragged rows.

use crate::data::DataError;
use crate::data::formats::encoding;
use crate::data::meter::Meter;
use std::path::Path;

/// A table of text fields, all rows of the same width.
pub struct Table {
    /// All rows, the header (if there is one) being the first.
    pub rows: Vec<csv::StringRecord>,
}

impl Table {
    /// A place in words for messages: the row counted from 1, and the line where quoted
    /// line breaks make it differ.
    pub fn place(&self, row: usize) -> String {
        let line = self.rows.get(row).and_then(|r| r.position()).map(csv::Position::line);
        place(row, line)
    }
}

fn place(row: usize, line: Option<u64>) -> String {
    match line {
        Some(line) if line != row as u64 + 1 => format!("row {} (line {line})", row + 1),
        _ => format!("row {}", row + 1),
    }
}

const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The delimiter that a path's ending fixes; `None` to look into the contents.
pub fn delimiter_of(path: &Path) -> Option<u8> {
    let ending = path.extension()?.to_string_lossy().to_lowercase();
    matches!(ending.as_str(), "tsv" | "tab").then_some(b'\t')
}

/// Reads a table; `path` is only named in messages.
///
/// # Errors
/// Empty, not UTF-8, ragged, a quote that is never closed, cancelled.
pub fn parse(
    path: &Path,
    bytes: &[u8],
    delimiter: Option<u8>,
    meter: &Meter<'_>,
) -> Result<Table, DataError> {
    // The rows before a bad byte are good, so counting them gives its row.
    let text = encoding::utf8(path, bytes, "table", |upto| {
        format!("row {}", reader(upto, b',', true).byte_records().count().max(1))
    })?;
    let body = text.as_bytes();
    if text.trim().is_empty() {
        return Err(DataError::at(path, "the file is empty", "give a table with a header and rows below it"));
    }
    let delimiter = delimiter.unwrap_or_else(|| sniff(body));
    match rows(path, body, delimiter, true, meter) {
        // Tab-separated files are often written without quoting, so that a quote is just a
        // character; if only that reading fits, it is meant.
        Err(error @ DataError::In { .. }) if delimiter == b'\t' => {
            rows(path, body, delimiter, false, meter).map_err(|_| error)
        }
        other => other,
    }
}

fn reader(body: &[u8], delimiter: u8, quoting: bool) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .quoting(quoting)
        .from_reader(body)
}

/// The delimiter under which the first rows have the most equal widths of at least two;
/// the comma when none does.
fn sniff(body: &[u8]) -> u8 {
    let score = |delimiter: u8| {
        let widths: Vec<usize> =
            reader(body, delimiter, true).byte_records().take(64).flatten().map(|r| r.len()).collect();
        match widths.first() {
            Some(first) if *first >= 2 => widths.iter().filter(|w| *w == first).count() * 1000 / widths.len(),
            _ => 0,
        }
    };
    let mut best = (b',', score(b','));
    for delimiter in DELIMITERS {
        let score = score(delimiter);
        if score > best.1 {
            best = (delimiter, score);
        }
    }
    best.0
}

fn rows(
    path: &Path,
    body: &[u8],
    delimiter: u8,
    quoting: bool,
    meter: &Meter<'_>,
) -> Result<Table, DataError> {
    let mut reader = reader(body, delimiter, quoting);
    let mut rows: Vec<csv::StringRecord> = Vec::new();
    let mut record = csv::StringRecord::new();
    let mut told = 0;
    loop {
        let more = reader.read_record(&mut record).map_err(|error| {
            DataError::place(
                path,
                place(rows.len(), None),
                format!("cannot be read ({error})"),
                "save the table again as CSV",
            )
        })?;
        let done = reader.position().byte();
        if !more || rows.len().is_multiple_of(4096) {
            meter.add(done.saturating_sub(told))?;
            told = done;
        }
        if !more {
            break;
        }
        rows.push(std::mem::take(&mut record));
    }
    if quoting {
        unclosed_quote(path, body, &rows)?;
    }
    let width = rows.first().map_or(0, csv::StringRecord::len);
    if let Some(row) = rows.iter().position(|r| r.len() != width) {
        let found = rows[row].len();
        return Err(DataError::place(
            path,
            place(row, rows[row].position().map(csv::Position::line)),
            format!(
                "{found} {} where the first row has {width}",
                if found == 1 { "field" } else { "fields" }
            ),
            format!(
                "put fields that contain '{}' or line breaks in double quotes, or complete the row",
                if delimiter == b'\t' { "tab".to_owned() } else { char::from(delimiter).to_string() }
            ),
        ));
    }
    Ok(Table { rows })
}

/// A quote that is never closed swallows the rest of the file without a word: it shows as a
/// last row over several lines with an odd number of quotes.
fn unclosed_quote(path: &Path, body: &[u8], rows: &[csv::StringRecord]) -> Result<(), DataError> {
    let Some((last, position)) = rows.last().and_then(|r| r.position()).map(|p| (rows.len() - 1, p)) else {
        return Ok(());
    };
    let raw = body.get(position.byte() as usize..).unwrap_or_default();
    let lines = raw.trim_ascii().iter().filter(|b| **b == b'\n').count();
    let quotes = raw.iter().filter(|b| **b == b'"').count();
    if lines > 0 && quotes % 2 == 1 {
        return Err(DataError::place(
            path,
            place(last, Some(position.line())),
            format!("a double quote is opened here and never closed; it swallows {lines} further lines"),
            "close the quote, or write a quote inside a quoted field twice",
        ));
    }
    Ok(())
}
