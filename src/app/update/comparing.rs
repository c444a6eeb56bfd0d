//! Looking at predictions: filter, comparison with another evaluation, files to take along.

use crate::app::{Against, Compared, Effect, Export, ExportJob, PredictionFilter, State};
use crate::language::tr;
use crate::runs::{Level, PredictionTable};
use std::path::PathBuf;
use std::sync::Arc;

/// Other rows, none of them in detail.
pub fn filter(state: &mut State, filter: PredictionFilter) {
    state.filter = filter;
    state.selected_prediction = None;
}

/// Starts reading the predictions to compare with, or takes the comparison away.
pub fn with(state: &mut State, against: Option<Against>) -> Vec<Effect> {
    state.comparing.clone_from(&against);
    match against {
        Some(against) => vec![Effect::ReadComparison(against)],
        None => {
            state.compared = None;
            state.filter.change = None;
            Vec::new()
        }
    }
}

/// Keeps the predictions shown now, to compare those of the next evaluations with.
pub fn with_shown(state: &mut State) -> Vec<Effect> {
    let Some(run) = &state.run else { return Vec::new() };
    if let (Some(table), Some(accepted)) = (&run.predictions, &run.accepted) {
        state.compared = Some(Compared {
            folder: run.folder.clone(),
            name: state.title_of(&run.folder),
            fingerprint: accepted.data.fingerprint.clone(),
            table: table.clone(),
        });
        state.comparing = None;
        state.filter.change = None;
    }
    Vec::new()
}

/// The predictions were read; nothing happens if others were asked for meanwhile.
pub fn read(
    state: &mut State,
    against: &Against,
    result: Result<(String, Arc<PredictionTable>), String>,
) -> Vec<Effect> {
    if state.comparing.as_ref() != Some(against) {
        return Vec::new();
    }
    state.comparing = None;
    let (fingerprint, table) = match result {
        Ok(read) => read,
        Err(reason) => {
            state.tell(Level::Error, reason);
            return Vec::new();
        }
    };
    let shown = state.run.as_ref().and_then(|run| run.accepted.as_ref()).map(|a| &a.data);
    if let Some(shown) = shown.filter(|data| data.fingerprint != fingerprint) {
        let text = tr!(
            "{run} was evaluated on other data than the shown run ({data}), so their samples cannot be compared one by one; choose a run on the same data.",
            run = against.name,
            data = shown.name
        );
        state.tell(Level::Warning, text);
        return Vec::new();
    }
    let predictions = state.run.as_ref().and_then(|run| run.predictions.as_ref());
    if predictions.is_some_and(|now| crate::inspect::compare(now, &table).is_none()) {
        let text = tr!(
            "{run} evaluated none of the samples shown here, because it held out others; train both with the same validation share and seed to compare them.",
            run = against.name
        );
        state.tell(Level::Warning, text);
        return Vec::new();
    }
    state.filter.change = None;
    state.compared =
        Some(Compared { folder: against.folder.clone(), name: against.name.clone(), fingerprint, table });
    Vec::new()
}

/// Writes something shown to a file.
pub fn export(state: &mut State, what: Export, path: PathBuf, replace: bool) -> Vec<Effect> {
    match ExportJob::new(state, what, path, replace) {
        Ok(job) => vec![Effect::Export(Box::new(job))],
        Err(reason) => {
            state.tell(Level::Warning, reason);
            Vec::new()
        }
    }
}
