//! Settings as a TOML file: complete and commented when written, any subset when read.
//! It checks type and range of each value; what ties several together is `RunConfig::validate`.

use super::{ConfigError, RunConfig, SETTINGS, Value, setting};
use std::path::Path;
use toml::de::{DeTable, DeValue};

/// All settings of `config`, one section a table, each line under a comment with its meaning.
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
        out.push_str(&format!("# {}\n{name} = {value}\n", row.help));
    }
    out
}

/// Reads settings over the defaults. Relative paths are taken from `folder`.
///
/// # Errors
/// [`ConfigError::AtLine`] with the line where it stands.
pub fn parse_toml(text: &str, folder: &Path) -> Result<RunConfig, ConfigError> {
    parse_toml_over(&RunConfig::default(), text, folder)
}

/// Reads settings over those of `base`: what the text does not name stays. A relative
/// `data.source` of the text is taken from `folder`.
///
/// # Errors
/// As [`parse_toml`].
pub fn parse_toml_over(base: &RunConfig, text: &str, folder: &Path) -> Result<RunConfig, ConfigError> {
    let mut config = base.clone();
    parse_over(&mut config, text, folder)
        .map_err(|(line, error)| ConfigError::AtLine { line, error: Box::new(error) })?;
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
    parse_over(&mut config, &text, folder).map_err(|(line, error)| in_file(Some(line), error))?;
    Ok(config)
}

/// Errors come with the line, counted from 1.
fn parse_over(config: &mut RunConfig, text: &str, folder: &Path) -> Result<(), (usize, ConfigError)> {
    let syntax = |e: toml::de::Error| {
        let line = line_of(text, e.span().map_or(0, |s| s.start));
        (line, ConfigError::Syntax { reason: e.message().to_owned() })
    };
    // The first reading gives values, the second the places where they stand.
    let values: toml::Table = text.parse().map_err(syntax)?;
    let places = DeTable::parse(text).map_err(syntax)?;
    for (section, place) in places.get_ref() {
        let at_section =
            || (line_of(text, section.span().start), ConfigError::unknown_key(section.get_ref()));
        let DeValue::Table(entries) = place.get_ref() else {
            return Err(at_section());
        };
        if entries.is_empty() && !SETTINGS.iter().any(|s| s.section() == section.get_ref()) {
            return Err(at_section());
        }
        for name in entries.keys() {
            let key = format!("{}.{}", section.get_ref(), name.get_ref());
            let at = |error| (line_of(text, name.span().start), error);
            let row = setting(&key).map_err(at)?;
            let value = values.get(&**section.get_ref()).and_then(|table| table.get(&**name.get_ref()));
            let value = value.and_then(untyped).ok_or_else(|| {
                at(ConfigError::WrongType {
                    key: key.clone(),
                    expected: row.kind.expects(),
                    found: format!("a TOML {}", value.map_or("nothing", toml::Value::type_str)),
                })
            })?;
            row.set(config, &value).map_err(at)?;
        }
    }
    let source = &config.data.source;
    let named = ["builtin:", "public:"].iter().any(|prefix| source.starts_with(prefix));
    if !named && Path::new(source).is_relative() && !source.is_empty() {
        config.data.source = folder.join(source).to_string_lossy().into_owned();
    }
    let tokenizer = &config.text.tokenizer_file;
    if Path::new(tokenizer).is_relative() && !tokenizer.is_empty() {
        config.text.tokenizer_file = folder.join(tokenizer).to_string_lossy().into_owned();
    }
    Ok(())
}

/// `None` for what no setting can hold: a list, a date, a table.
fn untyped(value: &toml::Value) -> Option<Value> {
    Some(match value {
        toml::Value::Boolean(v) => Value::Bool(*v),
        toml::Value::Integer(v) => Value::Int(*v),
        toml::Value::Float(v) => Value::Float(*v),
        toml::Value::String(v) => Value::Text(v.clone()),
        _ => return None,
    })
}

fn line_of(text: &str, byte: usize) -> usize {
    text.bytes().take(byte).filter(|b| *b == b'\n').count() + 1
}
