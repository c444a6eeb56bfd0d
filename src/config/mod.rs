//! A run's settings as plain values, described once.
//!
//! `table.rs` has one row per setting; the struct, the TOML file, `--set`, the
//! panel's widgets and the reference documentation all come from that row.
//! Nothing here reads data or knows a model.

mod choices;
mod error;
mod presets;
mod table;
mod toml_file;
mod value;

pub use choices::{
    Colour, HeadKind, ModelKind, NormPlacement, OptimizerKind, Pooling, PositionKind, Precision, Resize,
    Sampling, Schedule, TokenizerKind,
};
pub use error::{ConfigError, edit_distance};
pub use presets::{PRESETS, Preset, preset};
pub use table::{Augment, Data, Image, Model, RunConfig, SETTINGS, Text, Train};
pub use toml_file::{parse_toml, parse_toml_over, read_toml, to_toml};
pub use value::{Choice, Kind, Scope, SettingValue, Value};

/// One row of the settings table: everything the rest of the program needs to
/// show, read, write and check one setting.
pub struct Setting {
    /// `section.name`, as in TOML and `--set`.
    pub key: &'static str,
    /// Short name shown in the window, sentence case.
    pub label: &'static str,
    /// What it does, in one or two sentences.
    pub help: &'static str,
    /// Unit shown beside the value; empty when it has none.
    pub unit: &'static str,
    /// Type and range.
    pub kind: Kind,
    /// Whether it may change while a run is going.
    pub live: bool,
    /// Which kind of data it matters for.
    pub scope: Scope,
    /// Reads the value out of a configuration.
    pub get: fn(&RunConfig) -> Value,
    set_unchecked: fn(&mut RunConfig, &Value) -> bool,
}

impl Setting {
    /// The part of the key before the dot.
    pub fn section(&self) -> &'static str {
        self.key.split('.').next().unwrap_or(self.key)
    }

    /// The default value.
    pub fn default(&self) -> Value {
        (self.get)(&RunConfig::default())
    }

    /// Checks type and range without changing anything.
    ///
    /// # Errors
    /// [`ConfigError::WrongType`] or [`ConfigError::OutOfRange`].
    pub fn check(&self, value: &Value) -> Result<Value, ConfigError> {
        self.kind.check(self.key, value)
    }

    /// Checks the value and writes it into `config`.
    ///
    /// # Errors
    /// As [`Setting::check`].
    pub fn set(&self, config: &mut RunConfig, value: &Value) -> Result<(), ConfigError> {
        let value = self.check(value)?;
        if (self.set_unchecked)(config, &value) {
            Ok(())
        } else {
            Err(ConfigError::wrong_type(self.key, &self.kind, &value))
        }
    }

    /// Reads the text of `--set key=value` or of a text field.
    ///
    /// # Errors
    /// As [`Setting::check`].
    pub fn parse(&self, text: &str) -> Result<Value, ConfigError> {
        self.kind.parse(self.key, text)
    }
}

/// The row for `key`.
///
/// # Errors
/// [`ConfigError::UnknownKey`], with the nearest known key as a suggestion.
pub fn setting(key: &str) -> Result<&'static Setting, ConfigError> {
    SETTINGS.iter().find(|s| s.key == key).ok_or_else(|| ConfigError::unknown_key(key))
}

impl RunConfig {
    /// Applies one `key=value` text, as given to `--set`.
    ///
    /// # Errors
    /// A [`ConfigError`] that names the key, what is wrong and what fits.
    pub fn apply(&mut self, assignment: &str) -> Result<(), ConfigError> {
        let Some((key, text)) = assignment.split_once('=') else {
            return Err(ConfigError::NotAnAssignment { text: assignment.to_owned() });
        };
        let row = setting(key.trim())?;
        let value = row.parse(text.trim())?;
        row.set(self, &value)
    }

    /// Rules that tie several settings together; what can be known without data.
    ///
    /// # Errors
    /// [`ConfigError::Conflict`] naming the keys and a way out.
    pub fn validate(&self) -> Result<(), ConfigError> {
        if !self.model.width.is_multiple_of(self.model.heads) {
            return Err(ConfigError::Conflict {
                key: "model.heads",
                reason: format!(
                    "model.width = {} cannot be divided among {} heads",
                    self.model.width, self.model.heads
                ),
                remedy: format!(
                    "choose a number of heads that divides the width, for example {}",
                    nearest_divisor(self.model.width, self.model.heads)
                ),
            });
        }
        if self.model.positions == PositionKind::Rotary
            && !(self.model.width / self.model.heads).is_multiple_of(2)
        {
            return Err(ConfigError::Conflict {
                key: "model.positions",
                reason: format!(
                    "rotary positions turn pairs of numbers, but {} heads in a width of {} have {} numbers each",
                    self.model.heads,
                    self.model.width,
                    self.model.width / self.model.heads
                ),
                remedy: "choose width and heads so that width / heads is even, or other positions".to_owned(),
            });
        }
        Ok(())
    }
}

/// The divisor of `number` nearest to `wanted`; `number` is at least 1.
pub fn nearest_divisor(number: u64, wanted: u64) -> u64 {
    (1..=number).filter(|d| number.is_multiple_of(*d)).min_by_key(|d| d.abs_diff(wanted)).unwrap_or(1)
}
