//! Model sizes that go together, by name: a table of values for settings. A preset is no
//! setting itself: using one sets several settings, which may be changed afterwards. Sizes
//! are meant for training from scratch on a processor, so they are smaller than the models
//! of the same names in the literature.

use super::{ConfigError, RunConfig, Value, setting};

/// One size.
#[derive(Debug)]
pub struct Preset {
    /// As written after `--preset`.
    pub name: &'static str,
    /// As shown in the window.
    pub label: &'static str,
    /// What it is good for.
    pub about: &'static str,
    /// Settings and their values; keys of the settings table.
    pub values: &'static [(&'static str, Value)],
}

/// All sizes, smallest first; for images and text alike.
pub static PRESETS: &[Preset] = &[
    Preset {
        name: "tiny",
        label: "Tiny",
        about: "For a first try and for small data: about 0.1 million parameters beside the token table.",
        values: &[
            ("model.width", Value::Int(64)),
            ("model.depth", Value::Int(4)),
            ("model.heads", Value::Int(4)),
            ("model.mlp_ratio", Value::Float(2.0)),
            ("model.dropout", Value::Float(0.0)),
            ("model.stochastic_depth", Value::Float(0.0)),
        ],
    },
    Preset {
        name: "small",
        label: "Small",
        about: "For tens of thousands of examples: about 1.2 million parameters beside the token table, eight times the work of tiny.",
        values: &[
            ("model.width", Value::Int(128)),
            ("model.depth", Value::Int(6)),
            ("model.heads", Value::Int(4)),
            ("model.mlp_ratio", Value::Float(4.0)),
            ("model.dropout", Value::Float(0.0)),
            ("model.stochastic_depth", Value::Float(0.0)),
        ],
    },
    Preset {
        name: "base",
        label: "Base",
        about: "For large data and long runs: about 6.3 million parameters beside the token table, five times the work of small. Wants a learning rate of about 0.0005.",
        values: &[
            ("model.width", Value::Int(256)),
            ("model.depth", Value::Int(8)),
            ("model.heads", Value::Int(8)),
            ("model.mlp_ratio", Value::Float(4.0)),
            ("model.dropout", Value::Float(0.1)),
            ("model.stochastic_depth", Value::Float(0.1)),
        ],
    },
];

/// The preset of this name.
///
/// # Errors
/// [`ConfigError::UnknownPreset`], with the names there are.
pub fn preset(name: &str) -> Result<&'static Preset, ConfigError> {
    PRESETS
        .iter()
        .find(|preset| preset.name == name)
        .ok_or_else(|| ConfigError::UnknownPreset { name: name.to_owned() })
}

impl Preset {
    /// Whether the settings have all its values.
    pub fn fits(&self, config: &RunConfig) -> bool {
        self.values.iter().all(|(key, value)| setting(key).is_ok_and(|row| (row.get)(config) == *value))
    }
}

impl RunConfig {
    /// Sets all values of a preset; other settings stay.
    ///
    /// # Errors
    /// [`ConfigError::UnknownPreset`].
    pub fn use_preset(&mut self, name: &str) -> Result<(), ConfigError> {
        for (key, value) in preset(name)?.values {
            setting(key)?.set(self, value)?;
        }
        Ok(())
    }
}
