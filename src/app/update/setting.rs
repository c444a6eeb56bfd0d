//! Changing settings: checked against the table, forwarded to the run where they are live.

use super::{opening, recheck};
use crate::app::recipes::recipe;
use crate::app::{Effect, State};
use crate::config::{self, RunConfig, SETTINGS, Setting, Value};
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
        state.tell(Level::Warning, fixed(row));
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
        Some(recipe) => (row.get)(recipe),
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
    take_or_tell(state, wanted)
}

/// The settings that differ, the source of the data apart.
fn differing<'a>(a: &'a RunConfig, b: &'a RunConfig) -> impl Iterator<Item = &'static Setting> + 'a {
    SETTINGS.iter().filter(|row| row.key != "data.source" && (row.get)(a) != (row.get)(b))
}

/// Whether any setting differs, the source of the data apart.
pub fn differ(a: &RunConfig, b: &RunConfig) -> bool {
    differing(a, b).next().is_some()
}

/// All settings of `wanted`; the data stays. Nothing changes where one of them may not, because a
/// run is going.
pub fn take(state: &mut State, wanted: &RunConfig) -> Result<Vec<Effect>, String> {
    let running = state.training_job();
    let rows: Vec<&'static Setting> = differing(&state.config, wanted).collect();
    if running.is_some()
        && let Some(row) = rows.iter().find(|row| !row.live)
    {
        return Err(fixed(row));
    }
    state.rejected.clear();
    let mut effects = if rows.is_empty() { Vec::new() } else { vec![Effect::SavePreferences] };
    for row in &rows {
        let value = (row.get)(wanted);
        if let Err(error) = row.set(&mut state.config, &value) {
            state.rejected.push((row.key, error.to_string()));
        } else if let Some(job) = running {
            effects.push(Effect::Trainer(Command::Control(job, Control::Change(row.key, value))));
        }
    }
    recheck(state);
    if rows.iter().any(|row| READS_AGAIN.contains(&row.key)) {
        effects.extend(opening::again(state));
        return Ok(effects);
    }
    if rows.iter().any(|row| row.key == RENAMES) {
        match opening::rename_again(state) {
            Ok(more) => effects.extend(more),
            Err(reason) => state.rejected.push((RENAMES, reason)),
        }
        recheck(state);
    }
    if rows.iter().any(|row| SPLITS_AGAIN.contains(&row.key)) {
        effects.extend(opening::split_again(state));
    }
    Ok(effects)
}

fn take_or_tell(state: &mut State, wanted: &RunConfig) -> Vec<Effect> {
    take(state, wanted).unwrap_or_else(|reason| {
        state.tell(Level::Warning, reason);
        Vec::new()
    })
}

fn fixed(row: &Setting) -> String {
    tr!("{setting} cannot change while a run is going; stop the run first.", setting = tr_dynamic(row.label))
}

/// Settings as they were before the last change.
pub fn undo(state: &mut State) -> Vec<Effect> {
    let before = state.history.undo(&state.config);
    step(state, before, true)
}

/// The change that was undone last.
pub fn redo(state: &mut State) -> Vec<Effect> {
    let after = state.history.redo(&state.config);
    step(state, after, false)
}

fn step(state: &mut State, wanted: Option<RunConfig>, undone: bool) -> Vec<Effect> {
    let Some(wanted) = wanted else { return Vec::new() };
    take(state, &wanted).unwrap_or_else(|reason| {
        state.history.refuse(wanted, undone);
        state.tell(Level::Warning, reason);
        Vec::new()
    })
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
