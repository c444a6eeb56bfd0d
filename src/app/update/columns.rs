//! Which column of a table is what: its first rows are read after it was opened or refused,
//! and a person's choice reads it again.

use super::opening;
use crate::app::{ColumnRole, Effect, State};
use crate::data::{FORMATS, OpenOptions};
use crate::language::tr;
use crate::runs::Level;
use crate::worker::{Command, Job, WorkerEventKind};

/// `data.split_column` when no column is to declare splits.
const NO_SPLIT: &str = "none";

/// Starts reading the first rows of what is open or was refused.
pub fn look(state: &mut State) -> Vec<Effect> {
    let source = match &state.failed_source {
        Some(source) => source.clone(),
        None => state.config.data.source.clone(),
    };
    if state.preview.as_ref().is_some_and(|(shown, _)| *shown != source) {
        state.preview = None;
    }
    let table = |format: &str| FORMATS.iter().any(|row| row.name == format && row.preview.is_some());
    let open = state.data.as_ref().is_some_and(|data| table(&data.summary.format));
    if source.starts_with("builtin:") || (state.failed_source.is_none() && !open) {
        return Vec::new();
    }
    let job = state.next_job();
    state.preview_job = Some(job);
    let options = OpenOptions::of(&state.config);
    vec![Effect::Reader(Command::Start(job, Job::Preview { source, options }))]
}

/// The reader says something about the first rows. That there are none to show is no news:
/// why the source cannot be opened was told.
pub fn report(state: &mut State, kind: WorkerEventKind) {
    match kind {
        WorkerEventKind::Preview(preview) => {
            let source = state.failed_source.clone().unwrap_or_else(|| state.config.data.source.clone());
            state.preview = Some((source, *preview));
        }
        WorkerEventKind::Ended(result) => {
            state.preview_job = None;
            if result.is_err() {
                state.preview = None;
            }
        }
        _ => {}
    }
}

fn key_of(role: ColumnRole) -> &'static str {
    match role {
        ColumnRole::Text => "data.text_column",
        ColumnRole::Label => "data.label_column",
        ColumnRole::Split => "data.split_column",
    }
}

/// Gives a column a role and reads the table again. A column has one role only; the same
/// choice a second time leaves the role to be guessed, and the split to no column.
pub fn choose(state: &mut State, role: ColumnRole, name: &str) -> Vec<Effect> {
    if state.training_job().is_some() {
        state.tell(Level::Warning, tr!("Columns cannot change while a run is going; stop the run first."));
        return Vec::new();
    }
    let Some((_, preview)) = &state.preview else { return Vec::new() };
    let now = match role {
        ColumnRole::Text => preview.text,
        ColumnRole::Label => preview.label,
        ColumnRole::Split => preview.split,
    };
    let again = now.and_then(|column| preview.columns.get(column)).is_some_and(|column| column == name);
    let data = &mut state.config.data;
    for (other, chosen) in [
        (ColumnRole::Text, &mut data.text_column),
        (ColumnRole::Label, &mut data.label_column),
        (ColumnRole::Split, &mut data.split_column),
    ] {
        if other == role {
            *chosen = match (again, role) {
                (false, _) => name.to_owned(),
                (true, ColumnRole::Split) => NO_SPLIT.to_owned(),
                (true, _) => String::new(),
            };
        } else if chosen == name {
            chosen.clear();
        }
    }
    state.rejected.retain(|(key, _)| *key != key_of(role));
    let mut effects = vec![Effect::SavePreferences];
    effects.extend(opening::again(state));
    effects
}
