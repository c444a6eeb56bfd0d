//! The only place where State changes. One file for each thing that a person does.
//! It reads no file, starts no thread and waits for nothing: that leaves as an Effect.

mod checking;
mod columns;
mod comparing;
mod elsewhere;
mod estimating;
mod fetching;
mod following;
mod forking;
mod going_back;
mod keeping;
mod looking;
mod model_view;
mod opening;
mod reopening;
mod resuming;
mod running;
mod setting;
mod settings_files;
mod trying;
mod verifying;

pub use checking::Checking;
pub use fetching::{Fetching, Public};
pub use forking::{ForkWish, Forking};
pub use looking::Looking;
pub use model_view::{EPOCHS as MODEL_VIEW_EPOCHS, ModelViewing};
pub use running::merge as merge_predictions;
pub use setting::usual as usual_value;
pub use verifying::Verifying;

use super::checks::problems;
use super::{Action, Effect, State, Zoom};
use crate::data::is_picture;
use crate::language::tr;
use crate::runs::Level;
use crate::train::Control;
use crate::worker::{WorkerEvent, WorkerEventKind};
use std::path::PathBuf;

/// Applies one action and says what must happen outside. What a person changes in the settings
/// can be undone.
pub fn update(state: &mut State, action: Action) -> Vec<Effect> {
    let key = match &action {
        Action::Set(key, _) | Action::Reset(key) => Some(*key),
        _ => None,
    };
    // Opening data brings its own settings along, and reports of workers come often.
    let by_person = !matches!(
        action,
        Action::Worker(_)
            | Action::RunFollowed(..)
            | Action::OpenData(_)
            | Action::Dropped(_)
            | Action::Undo
            | Action::Redo
    );
    let before = by_person.then(|| state.config.clone());
    let mut effects = apply(state, action);
    if let Some(before) = before.filter(|before| setting::differ(before, &state.config)) {
        state.history.record(before, key, state.now);
    }
    effects.extend(estimating::refresh(state));
    effects
}

fn apply(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::OpenData(source) => opening::open(state, source),
        Action::PickFile => vec![Effect::PickFile],
        Action::PickFolder => vec![Effect::PickFolder],
        Action::PickPicture => vec![Effect::PickPicture],
        Action::ResetLayout => vec![Effect::ResetLayout],
        Action::CancelOpen => opening::cancel(state),
        Action::SelectSample(sample) => {
            state.selected_sample = sample;
            Vec::new()
        }
        Action::RenameClass(class, name) => setting::rename_class(state, class, &name),
        Action::ChooseColumn(role, name) => columns::choose(state, role, &name),
        Action::Set(key, value) => setting::set(state, key, &value),
        Action::Reset(key) => setting::reset(state, key),
        Action::UseRecipe(name) => setting::use_recipe(state, name),
        Action::UsePreset(name) => setting::use_preset(state, name),
        Action::Undo => setting::undo(state),
        Action::Redo => setting::redo(state),
        Action::ShowSetting(key) => {
            let times = state.shown_setting.map_or(0, |(_, times)| times);
            state.shown_setting = Some((key, times + 1));
            vec![Effect::ShowPanel("settings")]
        }
        Action::CopySettings => settings_files::copy(state),
        Action::PasteSettings => vec![Effect::AskPaste],
        Action::SettingsPasted(text) => settings_files::pasted(state, &text),
        Action::AskSettingsFile(wanted) => settings_files::ask(state, wanted),
        Action::PickSettingsFile(wanted) => vec![Effect::PickSettingsFile(wanted)],
        Action::SaveSettings(path, replace) => settings_files::save(state, path, replace),
        Action::LoadSettings(path) => vec![Effect::ReadSettings(path)],
        Action::SettingsSaved(path, result) => settings_files::saved(state, path, result),
        Action::SettingsRead(path, result) => settings_files::read(state, &path, result),
        Action::SettingsListed(files) => {
            state.settings_files = files;
            Vec::new()
        }
        Action::Train => running::train(state, false),
        Action::TrainWith { change, force } => running::train_with(state, change, force),
        Action::GoOnFrom { run, step, changes } => going_back::go_on_from(state, run, step, changes),
        Action::TrainOn(epochs) => running::train_on(state, epochs),
        Action::ResumeRun(folder) => resuming::resume(state, folder),
        Action::Fork(wish) => forking::wish(state, wish),
        Action::VerifyRun(folder, from_start) => verifying::verify(state, folder, from_start),
        Action::VerifyShown => verifying::verify_shown(state),
        Action::CancelVerify => verifying::cancel(state),
        Action::Pause => running::control(state, Control::Pause),
        Action::Resume => running::control(state, Control::Resume),
        Action::OneStep => running::control(state, Control::OneStep),
        Action::EvaluateNow => running::control(state, Control::EvaluateNow),
        Action::SaveNow => running::control(state, Control::SaveNow),
        Action::Stop => running::stop(state),
        Action::EvaluateOn(source) => elsewhere::evaluate(state, &source),
        Action::CancelEvaluateOn => elsewhere::cancel_evaluation(state),
        Action::PredictTo(source, out) => elsewhere::predict(state, &source, out),
        Action::CancelPredictTo => elsewhere::cancel_prediction(state),
        Action::Filter(filter) => {
            comparing::filter(state, filter);
            Vec::new()
        }
        Action::ShowSamples(filter) => {
            comparing::filter(state, filter);
            vec![Effect::ShowPanel("predictions")]
        }
        Action::SelectPrediction(row) => {
            state.selected_prediction = row;
            Vec::new()
        }
        Action::TryText(text) => trying::text(state, text),
        Action::TryImage(path) => vec![Effect::ReadPicture(path)],
        Action::PictureRead(path, picture) => trying::picture(state, &path, picture),
        Action::ModelView(page) => model_view::ask(state, page),
        Action::TryRandomSample => trying::random_sample(state),
        Action::ExplainSample(sample) => trying::explain_sample(state, sample),
        Action::Explain(on) => trying::explain(state, on),
        Action::FetchPublic(set) => fetching::fetch(state, set),
        Action::CancelFetch => fetching::cancel(state),
        Action::PublicListed(names) => {
            state.public.fetched = names;
            Vec::new()
        }
        Action::CheckData => checking::check(state),
        Action::CancelCheck => checking::cancel(state),
        Action::SeeTokens(sample) => looking::ask(state, sample),
        Action::ShowWarnings => vec![Effect::ShowPanel("data")],
        Action::RefreshRuns => vec![Effect::ListRuns],
        Action::RunsListed(rows) => {
            resuming::listed(state, rows);
            Vec::new()
        }
        Action::OpenRun(folder) => reopening::open(state, folder),
        Action::RunLoaded(folder, result) => reopening::loaded(state, &folder, result),
        Action::RunFollowed(folder, news) => following::news(state, &folder, news),
        Action::ShowLiveRun => reopening::show_live(state),
        Action::SetTheme(theme) => {
            state.theme = theme;
            vec![Effect::SavePreferences]
        }
        Action::SetLanguage(language) => {
            state.language = language;
            vec![Effect::SavePreferences]
        }
        Action::ZoomIn => zoom(state, state.zoom.larger()),
        Action::ZoomOut => zoom(state, state.zoom.smaller()),
        Action::ZoomReset => zoom(state, Some(Zoom::default())),
        Action::ShowPanel(id) => vec![Effect::ShowPanel(id)],
        Action::OpenPalette => vec![Effect::OpenPalette],
        Action::OpenShortcuts => vec![Effect::OpenShortcuts],
        Action::StartTour => {
            state.tour = Some(0);
            Vec::new()
        }
        Action::TourStep(step) => {
            state.tour = Some(step);
            Vec::new()
        }
        Action::EndTour => {
            state.tour = None;
            state.tour_seen = true;
            vec![Effect::SavePreferences]
        }
        Action::ClearRecent => {
            state.recent.clear();
            vec![Effect::SavePreferences]
        }
        Action::DismissNotice => {
            // The newer of the two first.
            state.remedies.clear();
            if state.notice.take().is_none() {
                state.offer = None;
            }
            Vec::new()
        }
        Action::Tell(level, text) => {
            state.tell(level, text);
            Vec::new()
        }
        Action::Dropped(paths) => dropped(state, paths),
        Action::Worker(event) => worker(state, event),
        Action::PickExport(what) => vec![Effect::PickExport(what)],
        Action::PickElsewhere { folder, predict } => vec![Effect::PickElsewhere { folder, predict }],
        Action::Export { what, path, replace } => comparing::export(state, what, path, replace),
        Action::CompareWith(against) => comparing::with(state, against),
        Action::CompareWithShown => comparing::with_shown(state),
        Action::ComparisonRead(against, result) => comparing::read(state, &against, result),
        Action::Overlay(folder, wanted) => keeping::overlay(state, folder, wanted),
        Action::OverlayColor(folder, color) => keeping::overlay_color(state, &folder, color),
        Action::OverlayRead(folder, result) => keeping::overlay_read(state, &folder, result),
        Action::EditNotes(folder, notes) => keeping::edit_notes(state, folder, notes),
        Action::DeleteRun(folder) => keeping::delete(state, folder),
        Action::RunDeleted(folder, result) => keeping::deleted(state, folder, result),
        Action::UndoDelete => keeping::undo_delete(state),
        Action::TrashSeen(runs, bytes) => {
            state.trash = (runs, bytes);
            Vec::new()
        }
        Action::EmptyTrash => {
            state.deleted = None;
            vec![Effect::EmptyTrash]
        }
        Action::ShowFolder(folder) => vec![Effect::ShowFolder(folder)],
    }
}

fn zoom(state: &mut State, to: Option<Zoom>) -> Vec<Effect> {
    let Some(to) = to else { return Vec::new() };
    state.zoom = to;
    vec![Effect::SavePreferences]
}

/// One picture is predicted; anything else is opened as data.
fn dropped(state: &mut State, mut paths: Vec<PathBuf>) -> Vec<Effect> {
    if paths.len() > 1 {
        state.tell(
            Level::Warning,
            tr!("Several files were dropped; drop one file, or the folder that holds them all."),
        );
        return Vec::new();
    }
    match paths.pop() {
        Some(path) if is_picture(&path) => vec![Effect::ShowPanel("try_it"), Effect::ReadPicture(path)],
        Some(path) => {
            let mut effects = vec![Effect::ShowPanel("data")];
            effects.extend(opening::open(state, path.to_string_lossy().into_owned()));
            effects
        }
        None => Vec::new(),
    }
}

/// Hands a report to whoever waits for its job; reports of jobs nobody waits for are dropped.
fn worker(state: &mut State, event: WorkerEvent) -> Vec<Effect> {
    let WorkerEvent { job, kind } = event;
    if state.forking.as_ref().and_then(|forking| forking.job.as_ref()).is_some_and(|(fork, _)| *fork == job) {
        return forking::report(state, kind);
    }
    if state.verifies().is_some_and(|verifying| verifying.job == Some(job)) {
        return verifying::report(state, kind);
    }
    if state.training_job() == Some(job) {
        return running::report(state, kind);
    }
    if state.opening.as_ref().is_some_and(|(opening, ..)| *opening == job) {
        return opening::report(state, kind);
    }
    if state.going_back.as_ref().is_some_and(|(fork, _)| *fork == job) {
        return going_back::report(state, kind);
    }
    if state.preview_job == Some(job) {
        columns::report(state, kind);
        return Vec::new();
    }
    if state.estimate.job == Some(job) {
        estimating::report(state, job, kind);
        return Vec::new();
    }
    if state.run_data_job == Some(job) {
        return reopening::data_report(state, kind);
    }
    if state.model_view.job == Some(job) {
        return model_view::report(state, kind);
    }
    if state.public.fetching.as_ref().is_some_and(|fetching| fetching.job == job) {
        return fetching::report(state, kind);
    }
    if state.checking.job.as_ref().is_some_and(|(checking, _)| *checking == job) {
        return checking::report(state, kind);
    }
    if state.looking.job == Some(job) {
        return looking::report(state, kind);
    }
    if state.try_it.job == Some(job) {
        return trying::report(state, kind);
    }
    elsewhere::report(state, job, kind);
    Vec::new()
}

/// To be called after settings or data changed.
fn recheck(state: &mut State) {
    state.problems = problems(state);
}

/// What a job says beside its results, for the log.
fn tell_notice(state: &mut State, kind: &WorkerEventKind) {
    if let WorkerEventKind::Run(crate::runs::Event::Notice { level, text }) = kind {
        state.tell(*level, text.clone());
    }
}
