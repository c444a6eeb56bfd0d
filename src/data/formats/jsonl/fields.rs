//! Which field is the text, which the label, which the split. Names decide first, contents
//! of the first objects second, and a guess is told.

use super::Object;
use crate::data::formats::fields::{LABEL_NAMES, MOST_CLASSES, SPLIT_NAMES, TEXT_NAMES, named};
use crate::data::{DataError, OpenOptions};
use serde_json::Value;
use std::collections::{BTreeSet, HashSet};
use std::path::Path;

/// The fields found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    /// Field of the text.
    pub text: String,
    /// Field of the label; `None` only when examples without labels are welcome.
    pub label: Option<String>,
    /// Field that says train, validation or test.
    pub split: Option<String>,
    /// What was guessed from the contents, in sentences.
    pub notices: Vec<String>,
}

/// A label as it is written: words, a number (1.0 is 1) or a truth value.
pub fn label_of(value: &Value) -> Option<String> {
    match value {
        Value::String(words) => Some(words.trim().to_owned()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Number(number) => Some(match number.as_f64() {
            // Below 2^53 every whole number is exact.
            Some(v) if v.fract() == 0.0 && v.abs() < 9e15 => format!("{}", v as i64),
            _ => number.to_string(),
        }),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Finds the fields, looking at the first objects of a file; `line` is that of the first.
///
/// # Errors
/// A field named in `options` that is not there, no text or no label field.
pub fn find(path: &Path, line: usize, sample: &[Object], options: &OpenOptions) -> Result<Fields, DataError> {
    let names: BTreeSet<&str> = sample.iter().flat_map(|o| o.keys()).map(String::as_str).collect();
    let wanted = |key: &str, name: &str| by_option(path, line, &names, key, name);
    let text_wanted = wanted("data.text_column", &options.text_column)?;
    let label_wanted = wanted("data.label_column", &options.label_column)?;
    if text_wanted.is_some() && text_wanted == label_wanted {
        return Err(DataError::at(
            path,
            format!("field '{}' is named as both text and label", options.text_column),
            format!("set data.text_column and data.label_column to two of {}", list(&names)),
        ));
    }
    let holds = |name: &str, fits: fn(&Value) -> bool| sample.iter().filter_map(|o| o.get(name)).any(fits);
    // Among known names one whose contents fit is meant: `content` may be an object.
    let known = |known: &[&str], taken: Option<&str>, fits: fn(&Value) -> bool| {
        let ranked = names.iter().filter(|name| Some(**name) != taken);
        let ranked = ranked.filter_map(|name| Some((!holds(name, fits), named(name, known)?, *name)));
        ranked.min().map(|(_, _, name)| name)
    };
    let text_known = text_wanted.or_else(|| known(TEXT_NAMES, label_wanted, Value::is_string));
    let label_known =
        label_wanted.or_else(|| known(LABEL_NAMES, text_known, |value| label_of(value).is_some()));
    let taken = [text_known, label_known];
    let split = names.iter().copied().find(|n| named(n, SPLIT_NAMES).is_some() && !taken.contains(&Some(*n)));

    let free = |name: &str, taken: &[Option<&str>]| !taken.contains(&Some(name));
    let text = text_known.or_else(|| {
        let letters =
            names.iter().filter(|n| free(n, &[label_known, split])).map(|n| (letters(sample, n), *n));
        letters
            .filter(|(count, _)| *count > 0)
            .max_by_key(|(c, n)| (*c, std::cmp::Reverse(*n)))
            .map(|(_, n)| n)
    });
    let Some(text) = text else {
        return Err(DataError::place(
            path,
            format!("line {line}"),
            format!("no field holds text; the fields are {}", list(&names)),
            "add a field with the text, or name it with data.text_column",
        ));
    };
    let label = label_known.or_else(|| {
        let candidates = names.iter().filter(|n| free(n, &[Some(text), split]));
        candidates.filter_map(|n| distinct(sample, n).map(|count| (count, *n))).min().map(|(_, n)| n)
    });
    let mut notices = Vec::new();
    let mut tell = |known: Option<&str>, name: &str, what: &str| {
        if known.is_none() {
            notices.push(format!(
                "Field '{name}' was taken for the {what}; name another with data.{what}_column."
            ));
        }
    };
    match label {
        Some(label) => tell(label_known, label, "label"),
        None if options.unlabelled => {}
        None => {
            return Err(DataError::place(
                path,
                format!("line {line}"),
                format!("no label field was found; the fields are {}", list(&names)),
                "add a field named label with the class of each text, or name it with data.label_column",
            ));
        }
    }
    tell(text_known, text, "text");
    Ok(Fields {
        text: text.to_owned(),
        label: label.map(str::to_owned),
        split: split.map(str::to_owned),
        notices,
    })
}

fn by_option<'a>(
    path: &Path,
    line: usize,
    names: &BTreeSet<&'a str>,
    key: &str,
    wanted: &str,
) -> Result<Option<&'a str>, DataError> {
    if wanted.is_empty() {
        return Ok(None);
    }
    let loose = |name: &&&str| name.trim().to_lowercase() == wanted.trim().to_lowercase();
    match names.get(wanted).or_else(|| names.iter().find(loose)) {
        Some(name) => Ok(Some(name)),
        None => Err(DataError::place(
            path,
            format!("line {line}"),
            format!("there is no field '{wanted}'; the fields are {}", list(names)),
            format!("set {key} to one of them"),
        )),
    }
}

/// Field names in words, at most ten.
pub fn list<'a>(names: impl IntoIterator<Item = &'a &'a str>) -> String {
    let mut names = names.into_iter().map(|name| format!("'{name}'"));
    let shown = names.by_ref().take(10).collect::<Vec<_>>().join(", ");
    match (shown.is_empty(), names.count()) {
        (true, _) => "none".to_owned(),
        (false, 0) => shown,
        (false, more) => format!("{shown} and {more} more"),
    }
}

/// Characters of a text field that are neither digits nor punctuation.
fn letters(sample: &[Object], name: &str) -> usize {
    let texts = sample.iter().filter_map(|object| object.get(name)?.as_str());
    texts.map(|text| text.chars().filter(|c| c.is_alphabetic()).count()).sum()
}

/// Number of distinct values of a field that may be a label: every object has it, and some
/// share a value.
fn distinct(sample: &[Object], name: &str) -> Option<usize> {
    let values: Option<HashSet<String>> =
        sample.iter().map(|object| object.get(name).and_then(label_of)).collect();
    let count = values?.len();
    let most = (sample.len() / 2).clamp(2, MOST_CLASSES);
    (count <= most && (count < sample.len() || sample.len() == 1)).then_some(count)
}
