//! Which delimiter a table has, and rows read with it: a stream of fields. It knows nothing
//! of texts or labels.

use crate::data::DataError;
use crate::data::formats::encoding::{Choice, Decoded, Malformed};
use crate::data::formats::input::Input;
use std::io::Read;
use std::path::Path;

/// Delimiters that are looked for, the most usual first, with their names.
const DELIMITERS: [(u8, &str); 4] =
    [(b',', "comma"), (b';', "semicolon"), (b'\t', "tab"), (b'|', "vertical bar")];
/// Bytes of text that the delimiter is looked for in.
const HEAD: u64 = 1 << 18;

/// The delimiter's name.
pub fn name_of(delimiter: u8) -> &'static str {
    DELIMITERS.iter().find(|(known, _)| *known == delimiter).map_or("", |(_, name)| name)
}

/// A delimiter as it is written in messages.
pub fn shown(delimiter: u8) -> String {
    if delimiter == b'\t' { "tab".to_owned() } else { char::from(delimiter).to_string() }
}

/// The delimiter of a file: what its ending says if the contents agree, else what fits best.
///
/// # Errors
/// The file cannot be read, or holds no text at all.
pub fn delimiter_of(input: Input<'_>, encoding: Choice) -> Result<u8, DataError> {
    let mut head = Vec::new();
    match encoding.open(input)?.take(HEAD).read_to_end(&mut head) {
        // A byte that does not fit is refused with its row when the rows are read.
        Err(error) if Malformed::of(&error).is_none() => return Err(input.unreadable(&error)),
        _ => {}
    }
    if head.trim_ascii().is_empty() {
        return Err(DataError::at(
            input.path,
            "the file is empty",
            "give a table with a header and rows below it",
        ));
    }
    let whole = (head.len() as u64) < HEAD;
    let best = sniff(&head, whole);
    // A file that is called .tsv may have commas in its texts, but not one tab in no row.
    let by_ending =
        is_tab_separated(input.path) && widths(&head, b'\t', whole).iter().any(|width| *width > 1);
    Ok(if by_ending { b'\t' } else { best })
}

fn is_tab_separated(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("tsv") || e.eq_ignore_ascii_case("tab"))
}

/// The widths of the first rows; a last one that may be cut is left out.
fn widths(head: &[u8], delimiter: u8, whole: bool) -> Vec<usize> {
    let mut widths: Vec<usize> = builder(delimiter, true)
        .from_reader(head)
        .byte_records()
        .take(64)
        .flatten()
        .map(|r| r.len())
        .collect();
    if !whole && widths.len() > 1 && widths.len() < 64 {
        widths.pop();
    }
    widths
}

/// The delimiter under which the first rows have the most equal widths of at least two, and
/// among equals the widest: decimal commas stand in every row, too. The comma when none does.
fn sniff(head: &[u8], whole: bool) -> u8 {
    let score = |delimiter: u8| {
        let widths = widths(head, delimiter, whole);
        match widths.first() {
            Some(first) if *first >= 2 => {
                (widths.iter().filter(|w| *w == first).count() * 1000 / widths.len(), *first)
            }
            _ => (0, 0),
        }
    };
    let mut best = (b',', score(b','));
    for (delimiter, _) in DELIMITERS {
        let score = score(delimiter);
        if score > best.1 {
            best = (delimiter, score);
        }
    }
    best.0
}

fn builder(delimiter: u8, quoting: bool) -> csv::ReaderBuilder {
    let mut builder = csv::ReaderBuilder::new();
    builder.has_headers(false).flexible(true).delimiter(delimiter).quoting(quoting).buffer_capacity(1 << 16);
    builder
}

/// What reading the next row came to.
pub enum Trouble {
    /// The rows do not have the shape of a table; another dialect may fit.
    Shape(DataError),
    /// Anything else.
    Other(DataError),
}

impl From<DataError> for Trouble {
    fn from(error: DataError) -> Self {
        Self::Other(error)
    }
}

/// A table's rows, one after the other, all of the width of the first.
pub struct RowStream<'a> {
    input: Input<'a>,
    encoding: Choice,
    delimiter: u8,
    quoting: bool,
    reader: csv::Reader<Decoded<'a>>,
    /// Rows given out.
    pub count: usize,
    width: usize,
    /// Where the last row began: its byte in the text, and its line from 1.
    last: (u64, u64),
    /// Whether the last row has a line break in a field.
    broken: bool,
}

impl<'a> RowStream<'a> {
    /// From the first row on.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn open(input: Input<'a>, encoding: Choice, delimiter: u8, quoting: bool) -> Result<Self, DataError> {
        let reader = builder(delimiter, quoting).from_reader(encoding.open(input)?);
        Ok(Self {
            input,
            encoding,
            delimiter,
            quoting,
            reader,
            count: 0,
            width: 0,
            last: (0, 1),
            broken: false,
        })
    }

    /// Bytes of the file that were read.
    pub fn done(&self) -> u64 {
        self.reader.get_ref().done()
    }

    /// The next row; `false` at the end.
    ///
    /// # Errors
    /// Not in its encoding, ragged, a quote that is never closed.
    pub fn next(&mut self, record: &mut csv::StringRecord) -> Result<bool, Trouble> {
        let more = self.reader.read_record(record).map_err(|error| self.unreadable(&error))?;
        if !more {
            self.unclosed_quote()?;
            return Ok(false);
        }
        if let Some(position) = record.position() {
            self.last = (position.byte(), position.line());
        }
        self.broken = record.as_slice().contains('\n');
        self.count += 1;
        if self.count == 1 {
            self.width = record.len();
        } else if record.len() != self.width {
            let row = self.place();
            let found = record.len();
            // A quote that is never closed is the better reason where it is the last row.
            if self.broken && !self.reader.read_record(record).map_err(|error| self.unreadable(&error))? {
                self.unclosed_quote()?;
            }
            return Err(Trouble::Shape(DataError::place(
                self.input.path,
                row,
                format!(
                    "{found} {} where the first row has {}",
                    if found == 1 { "field" } else { "fields" },
                    self.width
                ),
                format!(
                    "put fields that contain '{}' or line breaks in double quotes, or complete the row",
                    shown(self.delimiter)
                ),
            )));
        }
        Ok(true)
    }

    /// The last row's place in words: counted from 1, and its line where quoted line breaks
    /// make it differ.
    pub fn place(&self) -> String {
        place(self.count, self.last.1)
    }

    fn unreadable(&self, error: &csv::Error) -> Trouble {
        let row = format!("row {}", self.count + 1);
        if let csv::ErrorKind::Io(error) = error.kind() {
            return Trouble::Other(match Malformed::of(error) {
                Some(bad) => self.encoding.refusal(self.input, "table", &row, bad),
                None => self.input.unreadable(error),
            });
        }
        Trouble::Shape(DataError::place(
            self.input.path,
            row,
            format!("cannot be read ({error})"),
            "save the table again as CSV",
        ))
    }

    /// A quote that is never closed swallows the rest of the file without a word: it shows as
    /// a last row over several lines with an odd number of quotes, or as one that the file
    /// ends in.
    fn unclosed_quote(&self) -> Result<(), Trouble> {
        if !self.quoting || (!self.broken && self.reader.get_ref().line_ended()) {
            return Ok(());
        }
        let mut text = self.encoding.open(self.input)?;
        let mut raw = Vec::new();
        let skipped = std::io::copy(&mut text.by_ref().take(self.last.0), &mut std::io::sink());
        skipped.and_then(|_| text.read_to_end(&mut raw)).map_err(|error| self.input.unreadable(&error))?;
        let lines = raw.trim_ascii().iter().filter(|byte| **byte == b'\n').count();
        let quotes = raw.iter().filter(|byte| **byte == b'"').count();
        if quotes % 2 == 0 {
            return Ok(());
        }
        let (cause, remedy) = match lines {
            0 if !self.ends_quoted(&raw) => return Ok(()),
            0 => (
                "the file ends within a quoted field; it is truncated".to_owned(),
                "download or write the file again, or remove the last row",
            ),
            _ => (
                format!("a double quote is opened here and never closed; it swallows {lines} further lines"),
                "close the quote, or write a quote inside a quoted field twice",
            ),
        };
        Err(Trouble::Shape(DataError::place(self.input.path, self.place(), cause, remedy)))
    }

    /// Whether a row ends within a quoted field: only then one more quote changes nothing.
    fn ends_quoted(&self, raw: &[u8]) -> bool {
        let read = |raw: &[u8]| {
            builder(self.delimiter, true).from_reader(raw).byte_records().next().and_then(Result::ok)
        };
        read(raw) == read(&[raw, b"\""].concat())
    }
}

/// A row's place in words, given its number and its line, both from 1.
pub fn place(row: usize, line: u64) -> String {
    match line == row as u64 {
        true => format!("row {row}"),
        false => format!("row {row} (line {line})"),
    }
}
