//! Showing a run from disk in all panels, and its data beside it.

use crate::app::recent::{Recent, remember};
use crate::app::{Effect, PredictionFilter, RunView, State};
use crate::data::OpenOptions;
use crate::language::tr;
use crate::runs::{Event, Level, PredictionTable};
use crate::worker::{Command, Job, WorkerEventKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What was read from a run folder.
type Loaded = Result<(Vec<Event>, Option<Arc<PredictionTable>>), String>;

/// Starts reading a run; the live run is only brought to the front.
pub fn open(state: &mut State, folder: PathBuf) -> Vec<Effect> {
    if state.live_run().is_some_and(|run| run.folder == folder) {
        return show_live(state);
    }
    state.loading_run = Some(folder.clone());
    vec![Effect::LoadRun(folder)]
}

/// Shows the live run again.
pub fn show_live(state: &mut State) -> Vec<Effect> {
    state.loading_run = None;
    if let Some((run, data)) = state.background.take() {
        state.run = Some(run);
        state.run_data = data;
        state.shows_live = true;
        clear_view(state);
    }
    vec![Effect::ShowPanel("curves")]
}

/// A run was read; nothing happens if another one was asked for meanwhile.
pub fn loaded(state: &mut State, folder: &Path, result: Loaded) -> Vec<Effect> {
    if state.loading_run.as_deref() != Some(folder) {
        return Vec::new();
    }
    state.loading_run = None;
    let (events, table) = match result {
        Ok(loaded) => loaded,
        Err(reason) => {
            state.resuming = None;
            state.tell(Level::Error, reason);
            return Vec::new();
        }
    };
    let mut run = RunView { folder: folder.to_owned(), predictions: table, ..RunView::default() };
    for event in &events {
        run.apply(event);
        if let Event::Notice { level: Level::Warning | Level::Error, text } = event {
            state.tell(Level::Info, format!("{}: {text}", folder.display()));
        }
    }
    // The folder may have been moved since the run.
    run.folder = folder.to_owned();
    if state.shows_live {
        if let (Some(live), Some(_)) = (state.run.take(), state.training_job()) {
            state.background = Some((live, state.run_data.take()));
        }
        state.shows_live = false;
    }
    remember(&mut state.recent, Recent::Run(folder.to_owned()));
    let mut effects =
        vec![Effect::ShowPanel("curves"), Effect::ShowPanel("predictions"), Effect::SavePreferences];
    if state.followed.as_deref() == Some(folder) {
        // Others may have begun it or gone on with it since the list was read.
        effects.push(Effect::ListRuns);
    } else {
        state.followed = None;
    }
    effects.extend(open_data_of(state, &run));
    state.run = Some(run);
    clear_view(state);
    effects.extend(super::resuming::loaded(state, folder));
    effects
}

fn clear_view(state: &mut State) {
    state.filter = PredictionFilter::mistakes();
    state.selected_prediction = None;
    state.try_it.answer = None;
    state.try_it.waiting = false;
}

/// The samples of the run: the open data if it is the same, otherwise the reader opens it.
pub(super) fn open_data_of(state: &mut State, run: &RunView) -> Vec<Effect> {
    state.run_data = None;
    state.run_data_job = None;
    let Some(accepted) = &run.accepted else { return Vec::new() };
    if let Some(data) = &state.data
        && data.summary.fingerprint == accepted.data.fingerprint
    {
        state.run_data = Some(data.dataset.clone());
        return Vec::new();
    }
    let config = &accepted.config;
    let job = state.next_job();
    state.run_data_job = Some(job);
    vec![Effect::Reader(Command::Start(
        job,
        Job::Describe {
            source: config.data.source.clone(),
            options: OpenOptions::of(config),
            hold_out: (config.data.validation_fraction, config.train.seed),
        },
    ))]
}

/// The reader says something about the data of the shown run.
pub fn data_report(state: &mut State, kind: WorkerEventKind) -> Vec<Effect> {
    match kind {
        WorkerEventKind::Data(dataset, summary) => {
            let trained_on = state.run.as_ref().and_then(|r| r.accepted.as_ref());
            if trained_on.is_some_and(|a| a.data.fingerprint == summary.fingerprint) {
                state.run_data = Some(dataset);
            } else {
                state.tell(
                    Level::Warning,
                    tr!(
                        "{source} has changed since this run was trained, so its samples cannot be shown beside the predictions; put the old files back to see them.",
                        source = summary.source
                    ),
                );
            }
        }
        WorkerEventKind::Ended(result) => {
            state.run_data_job = None;
            if let Err(reason) = result {
                state.tell(
                    Level::Warning,
                    tr!("The samples of this run cannot be shown: {reason}", reason = reason),
                );
            }
        }
        _ => {}
    }
    Vec::new()
}
