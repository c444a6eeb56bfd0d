//! Settings as a TOML file: complete when written, any subset when read.

use super::{ConfigError, RunConfig, SETTINGS, Value, setting};
use std::path::Path;

/// All settings of `config`, one section a table, each line commented with its meaning.
pub fn to_toml(config: &RunConfig) -> String {
    let mut out = String::new();
    let mut section = "";
    for row in SETTINGS {
        if row.section() != section {
            if !section.is_empty() {
                out.push('\n');
            }
            section = row.section();
            out.push_str(&format!("[{section}]\n"));
        }
        let name = row.key.split_once('.').map_or(row.key, |(_, name)| name);
        let value = match (row.get)(config) {
            Value::Bool(v) => toml::Value::Boolean(v),
            Value::Int(v) => toml::Value::Integer(v),
            Value::Float(v) => toml::Value::Float(v),
            Value::Text(v) => toml::Value::String(v),
        };
        out.push_str(&format!("{name} = {value}\n"));
    }
    out
}

/// Reads settings over the defaults. A relative `data.source` is taken from `folder`.
///
/// # Errors
/// [`ConfigError`] with the line where it stands.
pub fn parse_toml(text: &str, folder: &Path) -> Result<RunConfig, ConfigError> {
    let mut config = RunConfig::default();
    parse_over(&mut config, text, folder).map_err(|(_, error)| error)?;
    Ok(config)
}

/// Reads a settings file over the defaults.
///
/// # Errors
/// [`ConfigError::InFile`] with the path, the line and what is wrong.
pub fn read_toml(path: &Path) -> Result<RunConfig, ConfigError> {
    let in_file = |line, error| ConfigError::InFile { path: path.to_owned(), line, error: Box::new(error) };
    let text = std::fs::read_to_string(path)
        .map_err(|e| in_file(None, ConfigError::Unreadable { reason: e.to_string() }))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut config = RunConfig::default();
    parse_over(&mut config, &text, folder).map_err(|(line, error)| in_file(line, error))?;
    Ok(config)
}

fn parse_over(config: &mut RunConfig, text: &str, folder: &Path) -> Result<(), (Option<usize>, ConfigError)> {
    let table: toml::Table = text.parse().map_err(|e: toml::de::Error| {
        let line = e.span().map_or(1, |s| line_of(text, s.start));
        (Some(line), ConfigError::Syntax { line, reason: e.message().to_owned() })
    })?;
    for (section, entries) in &table {
        let at_section = || line_with(text, section, None);
        let toml::Value::Table(entries) = entries else {
            return Err((at_section(), ConfigError::unknown_key(section)));
        };
        if entries.is_empty() && !SETTINGS.iter().any(|s| s.section() == section) {
            return Err((at_section(), ConfigError::unknown_key(section)));
        }
        for (name, value) in entries {
            let key = format!("{section}.{name}");
            let at = |error| (line_with(text, section, Some(name)), error);
            let row = setting(&key).map_err(at)?;
            let value = match value {
                toml::Value::Boolean(v) => Value::Bool(*v),
                toml::Value::Integer(v) => Value::Int(*v),
                toml::Value::Float(v) => Value::Float(*v),
                toml::Value::String(v) => Value::Text(v.clone()),
                other => Value::Text(format!("a {}", other.type_str())),
            };
            row.set(config, &value).map_err(at)?;
        }
    }
    let source = &config.data.source;
    if !source.starts_with("builtin:") && Path::new(source).is_relative() && !source.is_empty() {
        config.data.source = folder.join(source).to_string_lossy().into_owned();
    }
    Ok(())
}

fn line_of(text: &str, byte: usize) -> usize {
    text[..byte.min(text.len())].matches('\n').count() + 1
}

/// The line of `name` under `[section]`, or of the section itself; found by reading the text.
fn line_with(text: &str, section: &str, name: Option<&str>) -> Option<usize> {
    let mut inside = false;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('[') {
            inside = line.trim_matches(['[', ']', ' ']) == section;
            if inside && name.is_none() {
                return Some(index + 1);
            }
        } else if let Some((key, _)) = line.split_once('=') {
            let key = key.trim();
            let dotted = name.map_or(section.to_owned(), |n| format!("{section}.{n}"));
            if key == dotted || (inside && name == Some(key)) {
                return Some(index + 1);
            }
        }
    }
    None
}
