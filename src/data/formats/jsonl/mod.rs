//! JSON Lines: one object a line, one example an object, with a text and a label field.
//! Labels may be strings, numbers or truth values; a `split` field, or a folder with train,
//! validation and test files, declares the splits. Lines are read one by one. It refuses
//! lists and nested texts.

mod line;

use super::encoding::{self, Choice, Decoded, Malformed};
use super::input::Input;
use super::parts::{self, PARTS};
use super::tables::{Ask, Cell, Preview, Rows, SAMPLE_BYTES, SAMPLE_ROWS, Sample, find, preview_of};
use crate::data::meter::Meter;
use crate::data::{DataError, Dataset, OpenOptions, Progress, Reading, Split, silent};
use line::{At, Fields, Object, SHAPE, cell};
use std::collections::BTreeSet;
use std::io::BufRead;
use std::path::Path;

const ENDINGS: [&str; 2] = ["jsonl", "ndjson"];
const WORD: &str = "field";

/// A file with the ending of JSON Lines, or a folder with training data in such a file.
pub fn recognises(path: &Path) -> bool {
    if path.is_dir() {
        return parts::file_of(path, Split::Train, &ENDINGS).is_some();
    }
    path.extension().is_some_and(|e| ENDINGS.iter().any(|known| e.eq_ignore_ascii_case(known)))
}

/// Reads a file or a folder of files.
///
/// # Errors
/// A [`DataError`] with the line, and the byte for what is not in the file's encoding.
pub fn open(path: &Path, options: &OpenOptions, progress: Progress<'_>) -> Result<Dataset, DataError> {
    let mut rows = Rows::default();
    if path.is_dir() {
        let mut options = options.clone();
        let mut first = true;
        for (split, _) in PARTS {
            let Some(file) = parts::file_of(path, *split, &ENDINGS) else { continue };
            let fields = read(&mut rows, Input::file(&file), *split, &options, progress, !first)?;
            if let Some(fields) = fields.filter(|_| first) {
                // The other files use the fields of the first.
                options.text_column = fields.text;
                options.label_column = fields.label.unwrap_or_default();
                first = false;
            }
        }
    } else {
        read(&mut rows, Input::file(path), Split::Train, options, progress, false)?;
    }
    Ok(rows.into_texts(path, "jsonl"))
}

/// The first objects of a file, or of the training file of a folder.
///
/// # Errors
/// As [`open`], but not for fields.
pub fn preview(path: &Path, options: &OpenOptions) -> Result<Preview, DataError> {
    let file = if path.is_dir() { parts::file_of(path, Split::Train, &ENDINGS) } else { None };
    let input = Input::file(file.as_deref().unwrap_or(path));
    let encoding = encoding::choose(input, "file", &options.encoding, &silent)?;
    let (first, objects) = sample(&mut Lines::open(input, encoding)?)?;
    let reading = Reading { encoding: encoding.name(), ..Reading::default() };
    Ok(preview_of(&ask(input.path, first, options), &columns_of(&objects), reading))
}

fn ask<'a>(path: &'a Path, line: usize, options: &'a OpenOptions) -> Ask<'a> {
    let place = format!("line {line}");
    Ask { path, place, word: WORD, examples: "text", options, named: true, first: None, declared_label: None }
}

/// The first objects, and the line of the very first.
fn sample(lines: &mut Lines<'_>) -> Result<(usize, Vec<(usize, Object)>), DataError> {
    let (mut objects, mut bytes) = (Vec::new(), 0);
    while objects.len() < SAMPLE_ROWS && bytes < SAMPLE_BYTES {
        let Some((at, line)) = lines.next()? else { break };
        bytes += line.len();
        objects.push((at.line, at.object(line)?));
    }
    match objects.first() {
        Some((line, _)) => Ok((*line, objects)),
        None => Err(DataError::at(lines.input.path, "the file is empty", SHAPE)),
    }
}

/// Objects as rows of a table, the fields by name.
fn columns_of(objects: &[(usize, Object)]) -> Sample {
    let names: BTreeSet<&String> = objects.iter().flat_map(|(_, object)| object.keys()).collect();
    let names: Vec<String> = names.into_iter().cloned().collect();
    let row = |object: &Object| -> Vec<Cell> {
        names.iter().map(|name| object.get(name).map_or(Cell::Missing, cell)).collect()
    };
    let rows = objects.iter().map(|(_, object)| row(object)).collect();
    Sample { names, rows }
}

/// The lines of a file that are not blank.
struct Lines<'a> {
    input: Input<'a>,
    encoding: Choice,
    from: Decoded<'a>,
    line: String,
    number: usize,
    begun: bool,
}

impl<'a> Lines<'a> {
    fn open(input: Input<'a>, encoding: Choice) -> Result<Self, DataError> {
        let from = encoding.open(input)?;
        Ok(Self { input, encoding, from, line: String::new(), number: 0, begun: false })
    }

    /// The next line with its place; `None` at the end.
    fn next(&mut self) -> Result<Option<(At<'a>, &str)>, DataError> {
        loop {
            self.line.clear();
            self.number += 1;
            let read = self.from.read_line(&mut self.line).map_err(|error| match Malformed::of(&error) {
                Some(bad) => self.encoding.refusal(self.input, "file", &format!("line {}", self.number), bad),
                None => self.input.unreadable(&error),
            })?;
            if read == 0 {
                return Ok(None);
            }
            if !self.line.trim().is_empty() {
                break;
            }
        }
        let unended = !self.line.ends_with('\n');
        let at = At { path: self.input.path, line: self.number, first: !self.begun, unended };
        self.begun = true;
        Ok(Some((at, self.line.trim_end_matches(['\n', '\r']))))
    }
}

/// Adds one file; returns its fields. One that follows another may lack labels: it is then
/// left out with a notice, as a test file without answers measures nothing.
fn read(
    rows: &mut Rows,
    input: Input<'_>,
    split: Split,
    options: &OpenOptions,
    progress: Progress<'_>,
    follows: bool,
) -> Result<Option<Fields>, DataError> {
    let path = input.path;
    let encoding = encoding::choose(input, "file", &options.encoding, progress)?;
    let total = input.size();
    let meter = Meter::new(progress, "Reading texts", total);
    let mut lines = Lines::open(input, encoding)?;
    let (first, objects) = sample(&mut lines)?;
    let wanted = &options.label_column;
    if follows && !wanted.is_empty() && objects.iter().all(|(_, object)| !object.contains_key(wanted)) {
        meter.add(total)?;
        rows.tell(format!(
            "{} has no field '{wanted}' and was left out.",
            path.file_name().unwrap_or_default().to_string_lossy()
        ));
        return Ok(None);
    }
    let columns = columns_of(&objects);
    let found = find(&ask(path, first, options), &columns)?;
    let names = columns.names;
    let name = |column: usize| names[column].clone();
    let fields =
        Fields { text: name(found.text), label: found.label.map(name), split: found.split.map(name) };
    let mark = rows.mark();
    let mut add = |at: At<'_>, object: &Object| {
        let words = at.text(object, &fields.text)?;
        let label = at.label(object, &fields, options)?;
        let split = at.split(object, &fields)?.unwrap_or(split);
        rows.texts.push(words);
        rows.push(path, WORD, label.as_deref(), split)
    };
    for (line, object) in objects {
        add(At { path, line, first: false, unended: false }, &object)?;
    }
    let (mut told, mut count) = (0, 0usize);
    loop {
        count += 1;
        if count.is_multiple_of(4096) {
            let done = lines.from.done();
            meter.add(done - told)?;
            told = done;
        }
        let Some((at, line)) = lines.next()? else { break };
        add(at, &at.object(line)?)?;
    }
    meter.add(total.saturating_sub(told))?;
    rows.tell_empty(&mark);
    for notice in encoding.notice().into_iter().chain(found.notices(WORD, &names, true)) {
        rows.tell(notice);
    }
    if rows.reading.is_empty() {
        rows.reading = Reading {
            encoding: encoding.name(),
            text_column: fields.text.clone(),
            label_column: fields.label.clone().unwrap_or_default(),
            split_column: fields.split.clone().unwrap_or_default(),
            ..Reading::default()
        };
    }
    Ok(Some(fields))
}
