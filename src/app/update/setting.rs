//! Changing settings: checked against the table, forwarded to the run where they are live.

use super::{opening, recheck};
use crate::app::recipes::recipe;
use crate::app::{Effect, State};
use crate::config::{self, SETTINGS, Setting, Value};
use crate::data::names;
use crate::language::{tr, tr_dynamic};
use crate::runs::Level;
use crate::train::Control;
use crate::worker::Command;

/// Settings that decide how data is read.
const READS_AGAIN: &[&str] = &[
    "data.text_column",
    "data.label_column",
    "data.split_column",
    "data.encoding",
    "image.size",
    "image.resize",
    "image.colour",
];
/// Settings that decide how it is split.
const SPLITS_AGAIN: &[&str] = &["data.validation_fraction", "train.seed"];

/// The setting that names classes anew.
const RENAMES: &str = "data.class_names";

/// Writes a value, or keeps the old one and says why.
pub fn set(state: &mut State, key: &'static str, value: &Value) -> Vec<Effect> {
    let row = match config::setting(key) {
        Ok(row) => row,
        Err(error) => {
            state.tell(Level::Error, error.to_string());
            return Vec::new();
        }
    };
    let running = state.training_job();
    if running.is_some() && !row.live {
        state.tell(
            Level::Warning,
            tr!(
                "{setting} cannot change while a run is going; stop the run first.",
                setting = tr_dynamic(row.label)
            ),
        );
        return Vec::new();
    }
    state.rejected.retain(|(rejected, _)| *rejected != key);
    let before = (row.get)(&state.config);
    if let Err(error) = row.set(&mut state.config, value) {
        state.rejected.push((key, error.to_string()));
        recheck(state);
        return Vec::new();
    }
    let after = (row.get)(&state.config);
    recheck(state);
    if before == after {
        return Vec::new();
    }
    if key == "data.source" {
        let Value::Text(source) = after else { return Vec::new() };
        let _ = row.set(&mut state.config, &before);
        return opening::open(state, source);
    }
    let mut effects = vec![Effect::SavePreferences];
    if let Some(job) = running {
        effects.push(Effect::Trainer(Command::Control(job, Control::Change(key, after))));
    } else if READS_AGAIN.contains(&key) {
        effects.extend(opening::again(state));
    } else if key == RENAMES {
        match opening::rename_again(state) {
            Ok(more) => effects.extend(more),
            Err(reason) => {
                // As with a value out of range, the last good one stays.
                let _ = row.set(&mut state.config, &before);
                state.rejected.push((key, reason));
                return Vec::new();
            }
        }
    } else if SPLITS_AGAIN.contains(&key) {
        effects.extend(opening::split_again(state));
    }
    effects
}

/// What Reset goes back to: the recipe of the open built-in set, or the table's default.
pub fn usual(state: &State, row: &Setting) -> Value {
    match recipe(&state.config.data.source) {
        Some(recipe) => (row.get)(&recipe),
        None => row.default(),
    }
}

/// Gives a class of the open data another name; an empty one gives its own back.
pub fn rename_class(state: &mut State, class: u32, name: &str) -> Vec<Effect> {
    let own = state.data.as_ref().and_then(|view| view.dataset.own_classes.get(class as usize).cloned());
    let (Some(own), Ok(mut pairs)) = (own, names::parse(&state.config.data.class_names)) else {
        return Vec::new();
    };
    pairs.retain(|(old, _)| *old != own);
    let name = name.trim();
    if !name.is_empty() && name != own {
        pairs.push((own, name.to_owned()));
    }
    set(state, RENAMES, &Value::Text(names::write(&pairs)))
}

/// Back to the usual value.
pub fn reset(state: &mut State, key: &'static str) -> Vec<Effect> {
    match config::setting(key) {
        Ok(row) => {
            let value = usual(state, row);
            set(state, key, &value)
        }
        Err(_) => Vec::new(),
    }
}

/// All settings of a recipe; the data stays.
pub fn use_recipe(state: &mut State, name: &str) -> Vec<Effect> {
    let Some(wanted) = recipe(&format!("builtin:{name}")) else { return Vec::new() };
    let mut effects = Vec::new();
    for row in SETTINGS {
        if row.key != "data.source" && (row.get)(&state.config) != (row.get)(&wanted) {
            effects.extend(set(state, row.key, &(row.get)(&wanted)));
        }
    }
    effects
}

/// All settings of a preset; the others stay.
pub fn use_preset(state: &mut State, name: &str) -> Vec<Effect> {
    if state.training_job().is_some() {
        let text = tr!("The model's sizes cannot change while a run is going; stop the run first.");
        state.tell(Level::Warning, text);
        return Vec::new();
    }
    match config::preset(name) {
        Ok(preset) => preset.values.iter().flat_map(|(key, value)| set(state, key, value)).collect(),
        Err(error) => {
            state.tell(Level::Error, error.to_string());
            Vec::new()
        }
    }
}
