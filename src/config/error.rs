//! What can be wrong with settings: each message names the key, the cause and a remedy.

use super::presets::PRESETS;
use super::table::SETTINGS;
use super::value::{Kind, Value};
use std::path::PathBuf;

/// A settings error. The texts are meant for the person who wrote the setting.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ConfigError {
    /// No row of the table has this key.
    #[error("unknown setting '{key}'; {hint}")]
    UnknownKey {
        /// The key as written.
        key: String,
        /// The nearest known key, or where to find the list.
        hint: String,
    },
    /// The value has another type than the setting.
    #[error("{key}: expected {expected}, found {found}")]
    WrongType {
        /// The setting.
        key: String,
        /// What fits.
        expected: String,
        /// What was written.
        found: String,
    },
    /// The value lies outside the setting's range.
    #[error("{key} = {found} is out of range; give {expected}")]
    OutOfRange {
        /// The setting.
        key: String,
        /// What fits.
        expected: String,
        /// What was written.
        found: String,
    },
    /// Two settings contradict each other.
    #[error("{key}: {reason}; {remedy}")]
    Conflict {
        /// The setting to change.
        key: &'static str,
        /// Why they do not fit.
        reason: String,
        /// What would.
        remedy: String,
    },
    /// No preset has this name.
    #[error("unknown preset '{name}'; there are {}", preset_names())]
    UnknownPreset {
        /// As asked for.
        name: String,
    },
    /// `--set` got something without an equals sign.
    #[error("'{text}' is not of the form key=value, for example train.epochs=5")]
    NotAnAssignment {
        /// The text.
        text: String,
    },
    /// The text is not TOML.
    #[error("not valid TOML: {reason}; write settings as key = value under [section] headings")]
    Syntax {
        /// The parser's words.
        reason: String,
    },
    /// An error with the line of the text where it stands.
    #[error("line {line}: {error}")]
    AtLine {
        /// Counted from 1.
        line: usize,
        /// What is wrong there.
        error: Box<ConfigError>,
    },
    /// The file could not be read.
    #[error("cannot read the file: {reason}; check the path and its permissions")]
    Unreadable {
        /// The system's words.
        reason: String,
    },
    /// An error with the file and line where it stands.
    #[error("{}{}: {error}", path.display(), line.map(|l| format!(", line {l}")).unwrap_or_default())]
    InFile {
        /// The TOML file.
        path: PathBuf,
        /// Counted from 1, where known.
        line: Option<usize>,
        /// What is wrong there.
        error: Box<ConfigError>,
    },
}

impl ConfigError {
    pub(super) fn wrong_type(key: &str, kind: &Kind, value: &Value) -> Self {
        let found = match value {
            Value::Text(text) => format!("the text '{text}'"),
            // 5.0 must not look like the whole number 5.
            Value::Float(number) => format!("{number:?}"),
            other => other.to_string(),
        };
        Self::WrongType { key: key.to_owned(), expected: kind.expects(), found }
    }

    pub(super) fn out_of_range(key: &str, kind: &Kind, value: &Value) -> Self {
        Self::OutOfRange { key: key.to_owned(), expected: kind.expects(), found: value.to_string() }
    }

    pub(super) fn unknown_key(key: &str) -> Self {
        if SETTINGS.iter().any(|s| s.section() == key) {
            let hint = format!("'{key}' is a section: write its settings under a [{key}] heading");
            return Self::UnknownKey { key: key.to_owned(), hint };
        }
        let last = |k: &str| k.rsplit('.').next().unwrap_or(k).to_owned();
        let near = SETTINGS
            .iter()
            .map(|s| (edit_distance(s.key, key).min(edit_distance(&last(s.key), &last(key))), s.key))
            .min();
        let hint = match near {
            // At most a third of the letters may differ, else the suggestion only puzzles.
            Some((distance, near)) if distance * 3 <= last(key).chars().count().min(9) => {
                format!("did you mean '{near}'?")
            }
            _ => "`attentive list settings` shows all of them".to_owned(),
        };
        Self::UnknownKey { key: key.to_owned(), hint }
    }
}

fn preset_names() -> String {
    PRESETS.iter().map(|preset| preset.name).collect::<Vec<_>>().join(", ")
}

/// Levenshtein distance in characters.
pub fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
