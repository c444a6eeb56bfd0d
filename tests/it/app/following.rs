//! A run that another process trains: its news come into the view, it is not this window's to
//! steer, and when its process dies it is offered.

use super::{accepted, done, images, ready, started, step, table};
use attentive::app::{Action, Effect, News, RunRow, State, update};
use attentive::data::{Split, summary};
use attentive::runs::{Event, Level, Outcome};
use attentive::worker::Job;
use std::path::PathBuf;

fn news(events: Vec<Event>, going: bool) -> News {
    News { events, predictions: None, going }
}

/// Opens a run of which two steps were read, and which another process trains.
fn followed() -> (State, PathBuf) {
    let data = images("builtin:fashion");
    let mut state = ready(&data);
    let folder = PathBuf::from("/nowhere/runs/theirs");
    update(&mut state, Action::OpenRun(folder.clone()));
    update(&mut state, Action::RunFollowed(folder.clone(), news(Vec::new(), true)));
    let events = vec![accepted(&state, "/elsewhere/theirs", summary(&data)), step(1), step(2)];
    let kept = Some(table(Split::Validation, &[0, 4], &[0, 1]));
    let effects = update(&mut state, Action::RunLoaded(folder.clone(), Ok((events, kept))));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::ListRuns)), "it may have begun since");
    (state, folder)
}

fn row(folder: &std::path::Path, status: &str) -> RunRow {
    RunRow { folder: folder.to_path_buf(), status: status.to_owned(), ..RunRow::default() }
}

#[test]
fn what_the_other_process_writes_is_taken_in() {
    let (mut state, folder) = followed();
    assert!(state.shows_followed() && state.training_job().is_none());
    update(&mut state, Action::SelectPrediction(Some(1)));
    let warning = Event::Notice { level: Level::Warning, text: "it grows warm".to_owned() };
    let more = News {
        events: vec![step(3), warning],
        predictions: Some(table(Split::Validation, &[4, 0], &[1, 1])),
        going: true,
    };
    let effects = update(&mut state, Action::RunFollowed(folder.clone(), more));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::StopFollowing)));
    let run = state.run.as_ref().expect("shown");
    assert_eq!((run.step, run.steps["loss"].len(), &run.folder), (3, 3, &folder));
    assert_eq!(run.predictions.as_ref().expect("new").samples, [4, 0]);
    assert_eq!(state.selected_prediction, Some(0), "the sample in detail stays");
    assert!(state.notice.take().is_some_and(|notice| notice.text == "it grows warm"));

    // Its end, and then its process's.
    update(&mut state, Action::RunFollowed(folder.clone(), news(vec![done(Outcome::Finished, 3)], true)));
    assert!(state.log.last().is_some_and(|line| line.text.contains("Finished at step 3")));
    let effects = update(&mut state, Action::RunFollowed(folder.clone(), news(Vec::new(), false)));
    assert!(matches!(effects.as_slice(), [Effect::ListRuns]), "{effects:?}");
    assert!(!state.shows_followed() && state.offer.is_none(), "it was not cut off");
}

#[test]
fn it_is_not_this_windows_to_steer_and_is_offered_when_its_process_dies() {
    let (mut state, folder) = followed();
    assert!(state.why_not_train_on().is_some_and(|reason| reason.contains("Another process")));
    assert!(update(&mut state, Action::Stop).is_empty() && update(&mut state, Action::Pause).is_empty());
    assert!(!state.can_resume(&row(&folder, "cut off")), "the list may be older");
    assert_eq!(state.why_not_train(), None, "another run may be trained here");
    // Wished all the same: it is read again, found to be going, and refused in words.
    update(&mut state, Action::ResumeRun(folder.clone()));
    update(&mut state, Action::RunFollowed(folder.clone(), news(Vec::new(), true)));
    let begun = accepted(&state, "/elsewhere/theirs", summary(&images("builtin:fashion")));
    let effects = update(&mut state, Action::RunLoaded(folder.clone(), Ok((vec![begun, step(1)], None))));
    assert!(!matches!(started(&effects), Some((_, Job::Resume { .. }))));
    assert!(state.notice.take().is_some_and(|notice| notice.text.contains("Another process")));
    assert!(state.shows_followed());

    update(&mut state, Action::RunFollowed(folder.clone(), news(vec![step(2)], false)));
    assert_eq!(state.offer.as_ref(), Some(&folder));
    assert!(state.log.last().is_some_and(|line| line.text.contains("cut off at step 2")));
    assert!(state.can_resume(&row(&folder, "cut off")) && state.why_not_train_on().is_none());
}

#[test]
fn a_run_that_is_no_longer_shown_is_followed_no_longer() {
    let (mut state, folder) = followed();
    let other = PathBuf::from("/nowhere/runs/other");
    update(&mut state, Action::OpenRun(other.clone()));
    update(&mut state, Action::RunLoaded(other, Ok((vec![step(9)], None))));
    let effects = update(&mut state, Action::RunFollowed(folder, news(vec![step(3)], true)));
    assert!(matches!(effects.as_slice(), [Effect::StopFollowing]), "{effects:?}");
    assert_eq!(state.run.as_ref().expect("the other").step, 9);
    let (mut state, folder) = followed();
    update(&mut state, Action::Train);
    let effects = update(&mut state, Action::RunFollowed(folder, news(vec![step(3)], true)));
    assert!(matches!(effects.as_slice(), [Effect::StopFollowing]) && state.followed.is_none());
    assert!(state.shows_live && state.run.as_ref().is_some_and(|run| run.step == 0));
}
