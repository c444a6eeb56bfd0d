//! JSON Lines: one object a line, one example an object, with a text and a label field.
//! Labels may be strings, numbers or truth values; a `split` field, or a folder with train,
//! validation and test files, declares the splits. It refuses lists and nested texts.

mod fields;

use crate::data::formats::parts::{self, PARTS, split_named};
use crate::data::formats::{classes, encoding};
use crate::data::meter::Meter;
use crate::data::{DataError, Dataset, Examples, OpenOptions, Progress, Split, Texts};
use fields::{Fields, label_of, list};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;

/// One line's contents.
type Object = serde_json::Map<String, Value>;

const ENDINGS: [&str; 2] = ["jsonl", "ndjson"];
/// Objects looked at to find the fields.
const SAMPLE: usize = 1000;
const SHAPE: &str = r#"write one object a line, such as {"text": "…", "label": "…"}"#;

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
/// A [`DataError`] with the line, and the byte for invalid UTF-8.
pub fn open(path: &Path, options: &OpenOptions, progress: Progress<'_>) -> Result<Dataset, DataError> {
    let mut builder = Builder::default();
    if path.is_dir() {
        let mut options = options.clone();
        let mut first = true;
        for (split, _) in PARTS {
            let Some(file) = parts::file_of(path, *split, &ENDINGS) else { continue };
            let fields = builder.read(&file, *split, &options, progress, !first)?;
            if let Some(fields) = fields.filter(|_| first) {
                // The other files use the fields of the first.
                options.text_column = fields.text;
                options.label_column = fields.label.unwrap_or_default();
                first = false;
            }
        }
    } else {
        builder.read(path, Split::Train, options, progress, false)?;
    }
    let (classes, targets) = classes::of_labels(path, "field", &builder.labels)?;
    let full = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let name = full.file_stem().map_or_else(|| "texts".to_owned(), |n| n.to_string_lossy().into_owned());
    let mut data = Dataset::new(
        name,
        path.to_string_lossy().into_owned(),
        "jsonl",
        Examples::Texts(Arc::new(builder.texts)),
        classes,
        targets,
        builder.splits,
    );
    data.notices = builder.notices;
    Ok(data)
}

/// Gathers the objects of one or several files.
#[derive(Default)]
struct Builder {
    texts: Texts,
    labels: Vec<Option<String>>,
    splits: Vec<Split>,
    notices: Vec<String>,
}

impl Builder {
    /// Adds one file; returns its fields. One that follows another may lack labels: it is then
    /// left out with a notice, as a test file without answers measures nothing.
    fn read(
        &mut self,
        path: &Path,
        split: Split,
        options: &OpenOptions,
        progress: Progress<'_>,
        follows: bool,
    ) -> Result<Option<Fields>, DataError> {
        let bytes = std::fs::read(path).map_err(|e| {
            DataError::at(path, format!("cannot be read ({e})"), "check the path and the permissions")
        })?;
        let meter = Meter::new(progress, "Reading texts", bytes.len() as u64);
        let text = encoding::utf8(path, &bytes, "file", |upto| {
            format!("line {}", upto.iter().filter(|byte| **byte == b'\n').count() + 1)
        })?;
        let file = File { path, text };
        let sample: Vec<Object> =
            file.lines().take(SAMPLE).map(|(n, line)| file.parse(n, line)).collect::<Result<_, _>>()?;
        let Some((first_line, _)) = file.lines().next() else {
            return Err(DataError::at(path, "the file is empty", SHAPE));
        };
        let wanted = &options.label_column;
        if follows && !wanted.is_empty() && sample.iter().all(|object| !object.contains_key(wanted)) {
            meter.add(bytes.len() as u64)?;
            self.notices.push(format!(
                "{} has no field '{wanted}' and was left out.",
                path.file_name().unwrap_or_default().to_string_lossy()
            ));
            return Ok(None);
        }
        let fields = fields::find(path, first_line, &sample, options)?;
        drop(sample);
        let (start, mut empty, mut told) = (self.labels.len(), 0usize, 0);
        for (number, line) in file.lines() {
            // How far the line's end is into the file: both slices are of the same text.
            let done = (line.as_ptr() as usize + line.len()).saturating_sub(text.as_ptr() as usize);
            if number.is_multiple_of(4096) {
                meter.add((done - told) as u64)?;
                told = done;
            }
            let object = file.parse(number, line)?;
            let words = file.text(number, &object, &fields.text)?;
            let label = file.label(number, &object, &fields, options)?;
            self.splits.push(file.split(number, &object, &fields)?.unwrap_or(split));
            empty += usize::from(words.trim().is_empty());
            self.texts.push(words);
            self.labels.push(label);
        }
        meter.add((bytes.len() - told) as u64)?;
        if empty > 0 {
            self.notices.push(format!("{empty} of {} texts are empty.", self.labels.len() - start));
        }
        self.notices.extend(fields.notices.iter().cloned());
        Ok(Some(fields))
    }
}

/// A file's text, and what is wrong with its lines.
struct File<'a> {
    path: &'a Path,
    text: &'a str,
}

impl<'a> File<'a> {
    /// The lines that are not blank, each with its number from 1.
    fn lines(&self) -> impl Iterator<Item = (usize, &'a str)> + use<'a> {
        (1..).zip(self.text.lines()).filter(|(_, line)| !line.trim().is_empty())
    }

    fn wrong(&self, line: usize, cause: impl Into<String>, remedy: impl Into<String>) -> DataError {
        DataError::place(self.path, format!("line {line}"), cause, remedy)
    }

    fn parse(&self, number: usize, line: &str) -> Result<Object, DataError> {
        if line.trim_start().starts_with('[') && self.lines().next().is_some_and(|(n, _)| n == number) {
            return Err(self.wrong(
                number,
                "a JSON list starts here, not an object",
                "write each element of the list on a line of its own, without brackets and commas around it",
            ));
        }
        match serde_json::from_str(line) {
            Ok(Value::Object(object)) => Ok(object),
            Ok(other) => Err(self.wrong(number, format!("this is {}, not an object", kind(&other)), SHAPE)),
            Err(error) if error.is_eof() => {
                // `lines` cuts at line ends, so only a last line without one ends the text.
                let last = self.text.ends_with(line);
                Err(match last {
                    true => self.wrong(
                        number,
                        "the file ends within this object; it is truncated",
                        "download or write the file again, or remove the last line",
                    ),
                    false => self.wrong(number, "the object does not end on this line", SHAPE),
                })
            }
            Err(error) => {
                let reason = error.to_string();
                let reason = reason.split(" at line ").next().unwrap_or_default();
                Err(self.wrong(number, format!("not JSON at column {} ({reason})", error.column()), SHAPE))
            }
        }
    }

    fn text<'o>(&self, line: usize, object: &'o Object, field: &str) -> Result<&'o str, DataError> {
        match object.get(field) {
            Some(Value::String(text)) => Ok(text),
            Some(other) => Err(self.wrong(
                line,
                format!("the text '{field}' is {}, not a string", kind(other)),
                "write the text in double quotes, or name another field with data.text_column",
            )),
            None => Err(self.missing(line, object, "text", field)),
        }
    }

    fn label(
        &self,
        line: usize,
        object: &Object,
        fields: &Fields,
        options: &OpenOptions,
    ) -> Result<Option<String>, DataError> {
        let Some(field) = &fields.label else { return Ok(None) };
        let label = object.get(field).and_then(label_of).filter(|label| !label.is_empty());
        if label.is_some() || options.unlabelled {
            return Ok(label);
        }
        Err(match object.get(field) {
            None => self.missing(line, object, "label", field),
            Some(Value::Null | Value::String(_)) => self.wrong(
                line,
                format!("the label '{field}' is empty"),
                "fill in the class, or remove the line",
            ),
            Some(other) => self.wrong(
                line,
                format!("the label '{field}' is {}, not a string or number", kind(other)),
                "write one class for each text, or name another field with data.label_column",
            ),
        })
    }

    fn split(&self, line: usize, object: &Object, fields: &Fields) -> Result<Option<Split>, DataError> {
        let Some(field) = &fields.split else { return Ok(None) };
        let Some(value) = object.get(field).filter(|value| !value.is_null()) else {
            return Err(self.missing(line, object, "split", field));
        };
        let split = value.as_str().and_then(split_named);
        split.map(Some).ok_or_else(|| {
            let shown = value.as_str().map_or_else(|| kind(value).to_owned(), |name| format!("'{name}'"));
            self.wrong(
                line,
                format!("{shown} is not a split"),
                "write train, validation or test, or rename the field",
            )
        })
    }

    fn missing(&self, line: usize, object: &Object, what: &str, field: &str) -> DataError {
        let names: Vec<&str> = object.keys().map(String::as_str).collect();
        self.wrong(
            line,
            format!("the {what} field '{field}' is missing; the fields are {}", list(&names)),
            format!(
                "add it to the line, or remove the line{}",
                match what {
                    "split" => String::new(),
                    _ => format!(", or name another field with data.{what}_column"),
                }
            ),
        )
    }
}

/// A value's type in words.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
