//! What CSV, JSON Lines and Parquet have in common once rows have columns: which column is
//! what, rows becoming examples, and the first rows to look at. It reads no file.

mod columns;
mod preview;
mod rows;

pub use columns::{Ask, Found, NO_SPLIT, find, list};
pub use preview::{Preview, preview_of};
pub use rows::Rows;

use std::borrow::Cow;

/// Rows looked at to find the columns.
pub const SAMPLE_ROWS: usize = 1000;
/// Bytes of text looked at to find the columns.
pub const SAMPLE_BYTES: usize = 8 << 20;

/// One field of a row, as far as finding columns and showing them needs it.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Null, or not there.
    Missing,
    /// A text; in CSV everything is.
    Text(String),
    /// A number or a truth value, as a label would be written.
    Plain(String),
    /// Something that is neither text nor label, in words: "a list".
    Other(&'static str),
}

impl Cell {
    /// What it would be as a label, if it can be one.
    pub fn label(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text.trim())),
            Self::Plain(value) => Some(Cow::Borrowed(value)),
            Self::Missing | Self::Other(_) => None,
        }
    }

    /// Characters of a text that are neither digits nor punctuation.
    fn letters(&self) -> usize {
        match self {
            Self::Text(text) => text.chars().filter(|c| c.is_alphabetic()).count(),
            _ => 0,
        }
    }
}

/// A real number as a label: 1.0 is 1. Whole numbers below 2^53 are exact.
pub fn number_label(value: f64) -> String {
    match value.fract() == 0.0 && value.abs() < 9e15 {
        true => format!("{}", value as i64),
        false => value.to_string(),
    }
}

/// The columns and rows looked at.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// Column names; numbers from 1 where there is no header.
    pub names: Vec<String>,
    /// Rows as wide as the names.
    pub rows: Vec<Vec<Cell>>,
}
