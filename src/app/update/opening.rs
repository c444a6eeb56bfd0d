//! Opening data: a job for the reader, its progress, its result.

use super::{checking, columns, recheck, tell_notice};
use crate::app::checks::unfit_patch;
use crate::app::recent::{Recent, remember};
use crate::app::recipes::{is_untouched, recipe};
use crate::app::{Activity, DataView, Effect, State};
use crate::data::{DataSummary, Dataset, OpenOptions, summary};
use crate::language::{later, tr};
use crate::runs::{Event, Level};
use crate::train::Control;
use crate::worker::{Command, Job, WorkerEventKind};
use std::sync::Arc;

/// Starts reading `source`; what was being read is given up.
pub fn open(state: &mut State, source: String) -> Vec<Effect> {
    let source = source.trim().to_owned();
    if source.is_empty() {
        state.open_error = Some(tr!("give the path of a file or folder, or builtin:fashion").to_owned());
        return Vec::new();
    }
    let mut effects = give_up(state);
    // Column names belong to a source; they do not follow the person to another one.
    let same = state.failed_source.as_ref() == Some(&source)
        || (state.failed_source.is_none() && state.config.data.source == source);
    if !same {
        state.config.data.text_column.clear();
        state.config.data.label_column.clear();
        state.config.data.split_column.clear();
        state.config.data.encoding.clear();
        state.config.data.class_names.clear();
    }
    if !same || state.data.is_none() {
        take_recipe(state, &source);
    }
    let job = state.next_job();
    state.open_error = None;
    state.opening = Some((job, source.clone(), later!("Opening").to_owned(), 0, 0));
    effects.push(Effect::Reader(Command::Start(
        job,
        Job::Describe {
            source,
            options: OpenOptions::of(&state.config),
            hold_out: (state.config.data.validation_fraction, state.config.train.seed),
        },
    )));
    effects
}

/// A built-in set brings the settings of its recipe, where a person has not chosen others.
fn take_recipe(state: &mut State, source: &str) {
    if state.activity != Activity::Idle || !is_untouched(&state.config) {
        return;
    }
    if let Some(mut config) = recipe(source).cloned() {
        // The source changes when it is open.
        config.data.source.clone_from(&state.config.data.source);
        state.config = config;
        state.rejected.clear();
    }
}

/// Reads the open (or last tried) source again, because how it is read has changed.
pub fn again(state: &mut State) -> Vec<Effect> {
    let source = match (&state.opening, &state.failed_source, &state.data) {
        (Some((_, source, ..)), ..) => source.clone(),
        (None, Some(source), _) => source.clone(),
        (None, None, Some(_)) => state.config.data.source.clone(),
        (None, None, None) => return Vec::new(),
    };
    open(state, source)
}

/// Splits the open data by the settings shown; nothing is read again. Data that is being
/// opened starts over, because the reader was given the old settings.
pub fn split_again(state: &mut State) -> Vec<Effect> {
    if state.opening.is_some() {
        return again(state);
    }
    let (fraction, seed) = (state.config.data.validation_fraction, state.config.train.seed);
    let Some(view) = &mut state.data else { return Vec::new() };
    // Pictures and texts are shared, so this copies only targets and splits.
    let mut dataset = (*view.dataset).clone();
    dataset.hold_out(fraction, seed);
    view.summary = summary(&dataset);
    view.dataset = Arc::new(dataset);
    Vec::new()
}

/// Gives the classes of the open data the names that the settings say. Data that is being
/// opened starts over, as above.
///
/// # Errors
/// In words: two classes with one name.
pub fn rename_again(state: &mut State) -> Result<Vec<Effect>, String> {
    if state.opening.is_some() {
        return Ok(again(state));
    }
    let names = state.config.data.class_names.clone();
    let Some(view) = &mut state.data else { return Ok(Vec::new()) };
    let mut dataset = (*view.dataset).clone();
    dataset.rename_classes(&names).map_err(|error| error.to_string())?;
    view.summary.classes.clone_from(&dataset.classes);
    view.dataset = Arc::new(dataset);
    Ok(Vec::new())
}

/// A person gives up; what was open stays open.
pub fn cancel(state: &mut State) -> Vec<Effect> {
    let effects = give_up(state);
    if !effects.is_empty() {
        state.tell(Level::Info, tr!("Reading was cancelled."));
    }
    effects
}

fn give_up(state: &mut State) -> Vec<Effect> {
    match state.opening.take() {
        Some((job, ..)) => vec![Effect::Reader(Command::Control(job, Control::Stop))],
        None => Vec::new(),
    }
}

/// The reader says something about the opening.
pub fn report(state: &mut State, kind: WorkerEventKind) -> Vec<Effect> {
    tell_notice(state, &kind);
    match kind {
        WorkerEventKind::Run(Event::Progress { stage, done, total }) => {
            if let Some(opening) = &mut state.opening {
                (opening.2, opening.3, opening.4) = (stage, done, total);
            }
            Vec::new()
        }
        WorkerEventKind::Data(dataset, summary) => opened(state, dataset, summary),
        WorkerEventKind::Ended(result) => {
            let source = state.opening.take().map(|(_, source, ..)| source);
            if let Err(error) = result {
                state.tell(Level::Error, error.clone());
                state.open_error = Some(error);
                state.failed_source = source;
                let mut effects = vec![Effect::ShowPanel("data")];
                effects.extend(columns::look(state));
                return effects;
            }
            columns::look(state)
        }
        _ => Vec::new(),
    }
}

/// A patch that was chosen for images of another size gives way to the nearest that divides
/// these: nobody should have to know about patches to train on pictures of their own.
fn fit_patch(state: &mut State) {
    let Some([width, height, fitting]) = unfit_patch(state) else { return };
    // A patch of one pixel would make a sequence as long as the image has pixels.
    if state.activity != Activity::Idle || fitting < 2 {
        return;
    }
    state.config.model.patch = fitting;
    let text = tr!(
        "The patch is {patch} pixels now, which divides the images of {width} x {height} pixels.",
        patch = fitting,
        width = width,
        height = height
    );
    state.tell(Level::Info, text);
}

fn opened(state: &mut State, dataset: Arc<Dataset>, about: DataSummary) -> Vec<Effect> {
    for notice in &about.notices {
        state.tell(Level::Info, notice.clone());
    }
    let counts = about.split_counts;
    state.tell(
        Level::Info,
        tr!(
            "Opened {data}: {classes} classes; {training} training, {validation} validation, {test} test samples.",
            data = about.name,
            classes = about.classes.len(),
            training = counts[0],
            validation = counts[1],
            test = counts[2]
        ),
    );
    if state.config.data.source != about.source {
        state.selected_sample = None;
    }
    state.failed_source = None;
    state.config.data.source.clone_from(&about.source);
    remember(&mut state.recent, Recent::Data(about.source.clone()));
    if let Some(run) = &state.run
        && run.accepted.as_ref().is_some_and(|a| a.data.fingerprint == about.fingerprint)
        && state.run_data.is_none()
    {
        state.run_data = Some(dataset.clone());
    }
    state.data = Some(DataView { dataset, summary: about });
    fit_patch(state);
    recheck(state);
    let mut effects = vec![Effect::SavePreferences];
    effects.extend(checking::opened(state));
    effects
}
