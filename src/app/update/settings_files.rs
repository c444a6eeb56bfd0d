//! Settings as TOML: the clipboard, and files. It reads and writes none itself: that leaves as
//! an Effect and comes back as an Action. The open data stays open, whatever a file names.

use super::setting;
use crate::app::{Effect, NotSaved, SettingsFile, State};
use crate::config::{RunConfig, parse_toml_over, to_toml};
use crate::language::tr;
use crate::runs::Level;
use std::path::{Path, PathBuf};

/// All settings on the clipboard.
pub fn copy(state: &mut State) -> Vec<Effect> {
    state.tell(Level::Info, tr!("The settings are on the clipboard, as TOML."));
    vec![Effect::CopyText(to_toml(&state.config))]
}

/// What the clipboard's text names changes, the rest stays.
pub fn pasted(state: &mut State, text: &str) -> Vec<Effect> {
    if text.trim().is_empty() {
        return refused(state, tr!("The clipboard holds no text; copy settings as TOML first.").to_owned());
    }
    // A relative path makes no sense without a file: the source does not change anyway.
    let parsed = parse_toml_over(&state.config, text, Path::new(""));
    let taken = parsed.map_err(|error| error.to_string()).and_then(|config| setting::take(state, &config));
    match taken {
        Ok(effects) => {
            done(state, tr!("Settings pasted from the clipboard.").to_owned());
            effects
        }
        Err(reason) => {
            refused(state, tr!("The text on the clipboard cannot be used: {reason}", reason = reason))
        }
    }
}

/// Asks for a file, or no more.
pub fn ask(state: &mut State, wanted: Option<SettingsFile>) -> Vec<Effect> {
    state.settings_file = wanted;
    state.settings_error = None;
    state.settings_exists = None;
    match wanted {
        Some(_) => vec![Effect::ShowPanel("settings"), Effect::ListSettings],
        None => Vec::new(),
    }
}

/// Writes a file; without an ending it becomes `.toml`, without a folder it goes to the usual one.
pub fn save(state: &mut State, path: PathBuf, replace: bool) -> Vec<Effect> {
    let mut path = path;
    if path.extension().is_none() {
        path.set_extension("toml");
    }
    if path.is_relative() {
        path = state.settings_folder.join(path);
    }
    vec![Effect::WriteSettings(path, to_toml(&state.config), replace)]
}

/// A file was written, or not.
pub fn saved(state: &mut State, path: PathBuf, result: Result<(), NotSaved>) -> Vec<Effect> {
    match result {
        Ok(()) => {
            done(state, tr!("Settings saved to {path}.", path = path.display()));
            vec![Effect::ListSettings]
        }
        Err(NotSaved::Exists) => {
            state.settings_exists = Some(path.clone());
            refused(
                state,
                tr!("{path} exists already; press Replace, or give another name.", path = path.display()),
            )
        }
        Err(NotSaved::Failed(reason)) => refused(state, reason),
    }
}

/// A file was read, or not.
pub fn read(state: &mut State, path: &Path, result: Result<String, String>) -> Vec<Effect> {
    let folder = path.parent().unwrap_or(Path::new(""));
    // How the open data is read stays, unless the file says otherwise.
    let base = RunConfig { data: state.config.data.clone(), ..RunConfig::default() };
    let parsed: Result<RunConfig, String> =
        result.and_then(|text| parse_toml_over(&base, &text, folder).map_err(|error| error.to_string()));
    match parsed.and_then(|config| setting::take(state, &config)) {
        Ok(effects) => {
            done(state, tr!("Settings loaded from {path}.", path = path.display()));
            effects
        }
        Err(reason) => refused(state, format!("{}: {reason}", path.display())),
    }
}

fn done(state: &mut State, text: String) {
    state.settings_file = None;
    state.settings_error = None;
    state.settings_exists = None;
    state.tell(Level::Info, text);
}

fn refused(state: &mut State, reason: String) -> Vec<Effect> {
    state.settings_error = Some(reason);
    vec![Effect::ShowPanel("settings")]
}
