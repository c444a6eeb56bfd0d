//! How a source was read, as far as its format leaves a choice. It decides nothing.

use serde::{Deserialize, Serialize};

/// Encoding, delimiter and columns in words; each is empty where the format has none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reading {
    /// For example `UTF-8` or `GB18030`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub encoding: String,
    /// `comma`, `semicolon`, `tab` or `vertical bar`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub delimiter: String,
    /// Column with the text or the pictures; a number from 1 where there is no header.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text_column: String,
    /// Column with the label.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub label_column: String,
    /// Column that says train, validation or test.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub split_column: String,
}

impl Reading {
    /// Whether there was nothing to choose.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
