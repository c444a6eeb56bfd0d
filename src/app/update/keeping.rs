//! Past runs: their names, tags and notes, their curves beside those shown, deleting them and
//! taking that back.

use crate::app::{Effect, Overlay, RunView, State};
use crate::language::tr;
use crate::runs::{Level, Notes};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Draws a run in the charts, or no longer.
pub fn overlay(state: &mut State, folder: PathBuf, wanted: bool) -> Vec<Effect> {
    let there = state.overlays.iter().any(|overlay| overlay.folder == folder);
    if !wanted {
        state.overlays.retain(|overlay| overlay.folder != folder);
        return vec![Effect::SavePreferences];
    }
    if there {
        return Vec::new();
    }
    state.overlays.push(Overlay { folder: folder.clone(), color: None, run: None });
    vec![Effect::ReadOverlay(folder), Effect::SavePreferences]
}

/// Gives a run in the charts another colour.
pub fn overlay_color(state: &mut State, folder: &Path, color: [u8; 3]) -> Vec<Effect> {
    match state.overlays.iter_mut().find(|overlay| overlay.folder == folder) {
        Some(overlay) => {
            overlay.color = Some(color);
            vec![Effect::SavePreferences]
        }
        None => Vec::new(),
    }
}

/// A run for the charts was read. One that cannot be read leaves them.
pub fn overlay_read(state: &mut State, folder: &Path, result: Result<Arc<RunView>, String>) -> Vec<Effect> {
    match result {
        Ok(run) => {
            if let Some(overlay) = state.overlays.iter_mut().find(|overlay| overlay.folder == folder) {
                overlay.run = Some(run);
            }
            Vec::new()
        }
        Err(reason) => {
            state.overlays.retain(|overlay| overlay.folder != folder);
            state.tell(
                Level::Warning,
                tr!("A run is no longer drawn in the charts: {reason}", reason = reason),
            );
            vec![Effect::SavePreferences]
        }
    }
}

/// Writes what a person says about a run.
pub fn edit_notes(state: &mut State, folder: PathBuf, notes: Notes) -> Vec<Effect> {
    let Some(row) = state.runs.iter_mut().find(|row| row.folder == folder) else { return Vec::new() };
    if row.notes == notes {
        return Vec::new();
    }
    row.notes = notes.clone();
    vec![Effect::WriteNotes(folder, notes)]
}

/// Moves a run to the trash, unless it is going.
pub fn delete(state: &mut State, folder: PathBuf) -> Vec<Effect> {
    if state.live_run().is_some_and(|run| run.folder == folder && run.is_live()) {
        state.tell(Level::Warning, tr!("This run is going; stop it first, then delete it."));
        return Vec::new();
    }
    vec![Effect::DeleteRun(folder)]
}

/// A run is in the trash: nothing of it is shown any more.
pub fn deleted(state: &mut State, folder: PathBuf, result: Result<PathBuf, String>) -> Vec<Effect> {
    let place = match result {
        Ok(place) => place,
        Err(reason) => {
            state.tell(Level::Error, reason);
            return vec![Effect::ListRuns];
        }
    };
    let name = state.title_of(&folder);
    state.tell(
        Level::Info,
        tr!("{run} is in the trash of the Runs panel, and can be put back from there.", run = name),
    );
    state.runs.retain(|row| row.folder != folder);
    state.overlays.retain(|overlay| overlay.folder != folder);
    if !state.shows_live && state.run.as_ref().is_some_and(|run| run.folder == folder) {
        state.run = None;
        state.run_data = None;
        state.selected_prediction = None;
        state.try_it.answer = None;
    }
    if state.compared.as_ref().is_some_and(|compared| compared.folder == folder) {
        state.compared = None;
        state.filter.change = None;
    }
    state.deleted = Some((folder, place));
    vec![Effect::ListRuns, Effect::SavePreferences]
}

/// Puts the run deleted last back.
pub fn undo_delete(state: &mut State) -> Vec<Effect> {
    match state.deleted.take() {
        Some((folder, place)) => vec![Effect::RestoreRun(place, folder)],
        None => Vec::new(),
    }
}
