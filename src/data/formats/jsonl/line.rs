//! One line of JSON Lines: an object, its fields, and what can be wrong with them.

use crate::data::formats::parts::split_named;
use crate::data::formats::tables::{Cell, list, number_label};
use crate::data::{DataError, OpenOptions, Split};
use serde_json::Value;
use std::path::Path;

/// One line's contents.
pub type Object = serde_json::Map<String, Value>;

/// How a line should look.
pub const SHAPE: &str = r#"write one object a line, such as {"text": "…", "label": "…"}"#;

/// The fields that are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    /// Field of the text.
    pub text: String,
    /// Field of the label; `None` only when examples without labels are welcome.
    pub label: Option<String>,
    /// Field that says train, validation or test.
    pub split: Option<String>,
}

/// A value as a cell.
pub fn cell(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::Missing,
        Value::Bool(truth) => Cell::Plain(truth.to_string()),
        Value::Number(number) => Cell::Plain(match number.as_f64() {
            Some(v) if v.fract() == 0.0 && v.abs() < 9e15 => number_label(v),
            _ => number.to_string(),
        }),
        Value::String(text) => Cell::Text(text.clone()),
        Value::Array(_) | Value::Object(_) => Cell::Other(kind(value)),
    }
}

/// A label as it is written: words, a number (1.0 is 1) or a truth value.
fn label_of(value: &Value) -> Option<String> {
    match value {
        Value::String(words) => Some(words.trim().to_owned()),
        other => cell(other).label().map(|label| label.into_owned()),
    }
}

/// A line's place, for messages.
#[derive(Clone, Copy)]
pub struct At<'a> {
    /// The file.
    pub path: &'a Path,
    /// From 1.
    pub line: usize,
    /// Whether it is the first line that is not blank.
    pub first: bool,
    /// Whether the file ends with it, without a line end.
    pub unended: bool,
}

impl At<'_> {
    /// The line in words.
    pub fn place(&self) -> String {
        format!("line {}", self.line)
    }

    fn wrong(&self, cause: impl Into<String>, remedy: impl Into<String>) -> DataError {
        DataError::place(self.path, self.place(), cause, remedy)
    }

    /// The line's object.
    pub fn object(&self, line: &str) -> Result<Object, DataError> {
        if self.first && line.trim_start().starts_with('[') {
            return Err(self.wrong(
                "a JSON list starts here, not an object",
                "write each element of the list on a line of its own, without brackets and commas around it",
            ));
        }
        match serde_json::from_str(line) {
            Ok(Value::Object(object)) => Ok(object),
            Ok(other) => Err(self.wrong(format!("this is {}, not an object", kind(&other)), SHAPE)),
            Err(error) if error.is_eof() => Err(match self.unended {
                true => self.wrong(
                    "the file ends within this object; it is truncated",
                    "download or write the file again, or remove the last line",
                ),
                false => self.wrong("the object does not end on this line", SHAPE),
            }),
            Err(error) => {
                let reason = error.to_string();
                let reason = reason.split(" at line ").next().unwrap_or_default();
                Err(self.wrong(format!("not JSON at column {} ({reason})", error.column()), SHAPE))
            }
        }
    }

    /// The text of an object.
    pub fn text<'o>(&self, object: &'o Object, field: &str) -> Result<&'o str, DataError> {
        match object.get(field) {
            Some(Value::String(text)) => Ok(text),
            Some(other) => Err(self.wrong(
                format!("the text '{field}' is {}, not a string", kind(other)),
                "write the text in double quotes, or name another field with data.text_column",
            )),
            None => Err(self.missing(object, "text", field)),
        }
    }

    /// The label of an object.
    pub fn label(
        &self,
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
            None => self.missing(object, "label", field),
            Some(Value::Null | Value::String(_)) => {
                self.wrong(format!("the label '{field}' is empty"), "fill in the class, or remove the line")
            }
            Some(other) => self.wrong(
                format!("the label '{field}' is {}, not a string or number", kind(other)),
                "write one class for each text, or name another field with data.label_column",
            ),
        })
    }

    /// The split of an object; `None` if no field says it.
    pub fn split(&self, object: &Object, fields: &Fields) -> Result<Option<Split>, DataError> {
        let Some(field) = &fields.split else { return Ok(None) };
        let Some(value) = object.get(field).filter(|value| !value.is_null()) else {
            return Err(self.missing(object, "split", field));
        };
        let split = value.as_str().and_then(split_named);
        split.map(Some).ok_or_else(|| {
            let shown = value.as_str().map_or_else(|| kind(value).to_owned(), |name| format!("'{name}'"));
            self.wrong(
                format!("{shown} is not a split"),
                "write train, validation or test, or set data.split_column to another field or to none",
            )
        })
    }

    fn missing(&self, object: &Object, what: &str, field: &str) -> DataError {
        let names: Vec<&str> = object.keys().map(String::as_str).collect();
        self.wrong(
            format!("the {what} field '{field}' is missing; the fields are {}", list(&names)),
            format!("add it to the line, or remove the line, or name another field with data.{what}_column"),
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
