//! Values of settings, their kinds and ranges, and the checks on them.

use super::error::ConfigError;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A setting's value, independent of its Rust type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// A switch.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A real number.
    Float(f64),
    /// A text, a path or the key of a choice.
    Text(String),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(v) => write!(f, "{v}"),
            Self::Int(v) => write!(f, "{v}"),
            Self::Float(v) => write!(f, "{v}"),
            Self::Text(v) => f.write_str(v),
        }
    }
}

/// One named choice of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// As written in TOML.
    pub key: &'static str,
    /// As shown in the window.
    pub label: &'static str,
    /// What choosing it means.
    pub help: &'static str,
}

/// Which data a setting matters for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Images and text.
    All,
    /// Images only.
    Image,
    /// Text only.
    Text,
}

/// Type and range of a setting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// On or off.
    Switch,
    /// A whole number, both ends included.
    Integer {
        /// Smallest value.
        min: i64,
        /// Largest value.
        max: i64,
    },
    /// A real number, both ends included.
    Real {
        /// Smallest value.
        min: f64,
        /// Largest value.
        max: f64,
        /// Whether a slider should be logarithmic.
        logarithmic: bool,
    },
    /// Free text.
    Text,
    /// One of a few.
    Choice(&'static [Choice]),
}

impl Kind {
    /// The values that fit, in words.
    pub fn expects(&self) -> String {
        match self {
            Self::Switch => "true or false".to_owned(),
            Self::Integer { min, max } => format!("a whole number from {min} to {max}"),
            Self::Real { min, max, .. } => format!("a number from {min} to {max}"),
            Self::Text => "a text".to_owned(),
            Self::Choice(rows) => {
                let keys: Vec<&str> = rows.iter().map(|c| c.key).collect();
                format!("one of {}", keys.join(", "))
            }
        }
    }

    /// Checks type and range; whole numbers are accepted where a real is expected.
    ///
    /// # Errors
    /// [`ConfigError::WrongType`] or [`ConfigError::OutOfRange`].
    pub fn check(&self, key: &str, value: &Value) -> Result<Value, ConfigError> {
        let outside = || ConfigError::out_of_range(key, self, value);
        match (self, value) {
            (Self::Switch, Value::Bool(_)) | (Self::Text, Value::Text(_)) => Ok(value.clone()),
            (Self::Integer { min, max }, Value::Int(v)) => {
                if (min..=max).contains(&v) {
                    Ok(value.clone())
                } else {
                    Err(outside())
                }
            }
            (Self::Real { min, max, .. }, Value::Float(v)) => {
                if v >= min && v <= max {
                    Ok(value.clone())
                } else {
                    Err(outside())
                }
            }
            (Self::Real { .. }, Value::Int(v)) => self.check(key, &Value::Float(*v as f64)),
            (Self::Choice(rows), Value::Text(v)) => {
                if rows.iter().any(|c| c.key == v) {
                    Ok(value.clone())
                } else {
                    Err(outside())
                }
            }
            _ => Err(ConfigError::wrong_type(key, self, value)),
        }
    }

    /// Reads a text as a value of this kind and checks it.
    ///
    /// # Errors
    /// As [`Kind::check`].
    pub fn parse(&self, key: &str, text: &str) -> Result<Value, ConfigError> {
        let as_text = || Value::Text(text.to_owned());
        let value = match self {
            Self::Switch => text.parse().map_or_else(|_| as_text(), Value::Bool),
            Self::Integer { .. } => text.parse().map_or_else(|_| as_text(), Value::Int),
            Self::Real { .. } => text.parse().map_or_else(|_| as_text(), Value::Float),
            Self::Text | Self::Choice(_) => as_text(),
        };
        self.check(key, &value)
    }
}

/// A Rust type that can stand in the settings table.
pub trait SettingValue: Sized {
    /// To the untyped value.
    fn to_value(&self) -> Value;
    /// Back; `None` if the type does not fit.
    fn from_value(value: &Value) -> Option<Self>;
}

impl SettingValue for bool {
    fn to_value(&self) -> Value {
        Value::Bool(*self)
    }
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(v) => Some(*v),
            _ => None,
        }
    }
}

impl SettingValue for u64 {
    fn to_value(&self) -> Value {
        Value::Int(i64::try_from(*self).unwrap_or(i64::MAX))
    }
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Int(v) => Self::try_from(*v).ok(),
            _ => None,
        }
    }
}

impl SettingValue for f64 {
    fn to_value(&self) -> Value {
        Value::Float(*self)
    }
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Float(v) => Some(*v),
            Value::Int(v) => Some(*v as Self),
            _ => None,
        }
    }
}

impl SettingValue for String {
    fn to_value(&self) -> Value {
        Value::Text(self.clone())
    }
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Text(v) => Some(v.clone()),
            _ => None,
        }
    }
}
