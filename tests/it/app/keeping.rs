//! Past runs and comparisons as values: what each action changes, and what it asks for.

use super::{accepted, images, running, table, texts};
use attentive::app::{Action, Against, ChangeFilter, Effect, Export, RunRow, RunView, State, update};
use attentive::data::{Split, summary};
use attentive::runs::{Level, Notes};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A run on disk is shown, with predictions of samples 0 to 3.
fn shown() -> State {
    let data = images("/data/pets");
    let mut state = State::default();
    let mut run = RunView { folder: "/runs/new".into(), ..RunView::default() };
    run.apply(&accepted(&state, "/runs/new", summary(&data)));
    run.predictions = Some(table(Split::Validation, &[0, 1, 2, 3], &[0, 1, 0, 1]));
    state.run = Some(run);
    state.run_data = Some(data);
    let row = |name: &str| RunRow {
        folder: format!("/runs/{name}").into(),
        name: name.into(),
        ..RunRow::default()
    };
    state.runs = vec![row("new"), row("old")];
    state
}

fn against() -> Against {
    Against { folder: "/runs/old".into(), file: None, name: "old".into() }
}

#[test]
fn an_evaluation_of_the_same_data_is_compared_and_another_is_refused_in_words() {
    let mut state = shown();
    let effects = update(&mut state, Action::CompareWith(Some(against())));
    assert!(matches!(effects.as_slice(), [Effect::ReadComparison(wanted)] if *wanted == against()));
    let other = table(Split::Validation, &[0, 1, 2], &[1, 1, 0]);
    let same = summary(&images("/data/pets")).fingerprint;

    update(
        &mut state,
        Action::ComparisonRead(against(), Ok((summary(&texts("/x")).fingerprint, other.clone()))),
    );
    assert!(state.comparison().is_none() && state.comparing.is_none());
    let told = &state.log.last().expect("a message").text;
    assert!(told.contains("old was evaluated on other data") && told.contains("same data"), "{told}");

    update(&mut state, Action::CompareWith(Some(against())));
    let elsewhere = table(Split::Validation, &[90, 91], &[0, 0]);
    update(&mut state, Action::ComparisonRead(against(), Ok((same.clone(), elsewhere))));
    assert!(state.comparison().is_none());
    assert!(state.log.last().expect("a message").text.contains("none of the samples"), "{:?}", state.log);

    update(&mut state, Action::CompareWith(Some(against())));
    update(&mut state, Action::ComparisonRead(against(), Ok((same, other.clone()))));
    assert!(Arc::ptr_eq(&state.comparison().expect("compared").table, &other));
    state.filter.change = Some(ChangeFilter::Changed);
    update(&mut state, Action::CompareWith(None));
    assert!(state.comparison().is_none() && state.filter.change.is_none());

    // What was asked for before something else is dropped.
    let late = update(&mut state, Action::ComparisonRead(against(), Err("late".into())));
    assert!(late.is_empty() && state.log.last().is_some_and(|line| line.text != "late"));
}

#[test]
fn predictions_shown_now_are_kept_to_compare_later_ones_with() {
    let mut state = shown();
    let kept = state.run.as_ref().and_then(|r| r.predictions.clone()).expect("shown");
    update(&mut state, Action::CompareWithShown);
    if let Some(run) = &mut state.run {
        run.predictions = Some(table(Split::Validation, &[0, 1, 2, 3], &[1, 1, 1, 1]));
    }
    assert!(Arc::ptr_eq(&state.comparison().expect("kept").table, &kept));
    // A run on other data is not compared with them.
    if let Some(accepted) = state.run.as_mut().and_then(|run| run.accepted.as_mut()) {
        accepted.data.fingerprint = "another".into();
    }
    assert!(state.comparison().is_none());
}

#[test]
fn runs_join_and_leave_the_charts_with_their_colours() {
    let mut state = shown();
    let old = PathBuf::from("/runs/old");
    let effects = update(&mut state, Action::Overlay(old.clone(), true));
    assert!(
        matches!(effects.as_slice(), [Effect::ReadOverlay(folder), Effect::SavePreferences] if *folder == old)
    );
    assert!(update(&mut state, Action::Overlay(old.clone(), true)).is_empty(), "it is there already");
    update(&mut state, Action::OverlayColor(old.clone(), [1, 2, 3]));
    update(
        &mut state,
        Action::OverlayRead(old.clone(), Ok(Arc::new(RunView { step: 7, ..RunView::default() }))),
    );
    let overlay = &state.overlays[0];
    assert_eq!((overlay.color, overlay.run.as_ref().map(|run| run.step)), (Some([1, 2, 3]), Some(7)));
    update(&mut state, Action::OverlayRead(old.clone(), Err("/runs/old: gone".into())));
    assert!(state.overlays.is_empty(), "what cannot be read leaves the charts");
    assert!(state.log.last().is_some_and(|line| line.level == Level::Warning && line.text.contains("gone")));
    update(&mut state, Action::Overlay(old.clone(), true));
    update(&mut state, Action::Overlay(old, false));
    assert!(state.overlays.is_empty());
}

#[test]
fn notes_are_written_once_and_name_the_run_everywhere() {
    let mut state = shown();
    let notes = Notes { name: "Wide".into(), ..Notes::default() };
    let effects = update(&mut state, Action::EditNotes("/runs/old".into(), notes.clone()));
    assert!(matches!(effects.as_slice(), [Effect::WriteNotes(_, written)] if *written == notes));
    assert_eq!(state.title_of(Path::new("/runs/old")), "Wide");
    assert_eq!(state.title_of(Path::new("/elsewhere/run-7")), "run-7");
    assert!(update(&mut state, Action::EditNotes("/runs/old".into(), notes)).is_empty(), "nothing changed");
}

#[test]
fn a_deleted_run_leaves_every_panel_and_can_be_put_back() {
    let mut state = shown();
    let (run, trash) = (PathBuf::from("/runs/new"), PathBuf::from("/runs/.trash/new"));
    update(&mut state, Action::Overlay(run.clone(), true));
    update(&mut state, Action::CompareWithShown);
    let effects = update(&mut state, Action::DeleteRun(run.clone()));
    assert!(matches!(effects.as_slice(), [Effect::DeleteRun(folder)] if *folder == run));
    assert!(state.run.is_some(), "nothing is gone yet");
    update(&mut state, Action::RunDeleted(run.clone(), Ok(trash.clone())));
    assert!(state.run.is_none() && state.overlays.is_empty() && state.compared.is_none());
    assert_eq!(state.runs.len(), 1);
    let effects = update(&mut state, Action::UndoDelete);
    assert!(matches!(effects.as_slice(), [Effect::RestoreRun(from, to)] if *from == trash && *to == run));
    assert!(update(&mut state, Action::UndoDelete).is_empty(), "only once");

    update(&mut state, Action::RunDeleted("/runs/old".into(), Err("/runs/old: it is locked".into())));
    assert_eq!(state.runs.len(), 1, "what cannot be moved stays");
    assert!(state.notice.is_some());
}

#[test]
fn a_run_that_is_going_is_not_deleted() {
    let (mut state, _) = running(&images("/data/pets"));
    let folder = state.run.as_ref().expect("running").folder.clone();
    assert!(update(&mut state, Action::DeleteRun(folder)).is_empty());
    assert!(state.notice.as_ref().is_some_and(|notice| notice.text.contains("stop it first")));
}

#[test]
fn an_export_takes_what_is_shown_and_says_when_there_is_nothing() {
    let mut state = State::default();
    let export = |what: Export| Action::Export { what, path: "/tmp/out.csv".into(), replace: false };
    assert!(update(&mut state, export(Export::Predictions)).is_empty());
    assert!(state.notice.take().is_some());
    let mut state = shown();
    let effects = update(&mut state, export(Export::Predictions));
    let [Effect::Export(job)] = effects.as_slice() else { panic!("{effects:?}") };
    let taken = job.predictions.as_ref().expect("predictions");
    assert_eq!((taken.table.len(), taken.classes.len(), taken.dataset.is_some()), (4, 2, true));
    let effects = update(&mut state, export(Export::CurvePoints));
    assert!(
        matches!(effects.as_slice(), [Effect::Export(job)] if job.runs.len() == 1 && job.runs[0].name == "new")
    );
}
