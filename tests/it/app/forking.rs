//! A fork is prepared with what would be refused beside it, created by the trainer, and goes on as
//! a run that is resumed, with its parent in the charts.

use super::{accepted, done, images, ready, report, run_event, running, started, step};
use attentive::app::{Action, Activity, Effect, ForkWish, RunRow, State, update};
use attentive::config::{RunConfig, Value};
use attentive::data::{Modality, summary};
use attentive::runs::{Event, Forked, Level, Outcome, Parent, Sitting};
use attentive::train::{ForkPoint, Forkable};
use attentive::worker::{Job, JobId, WorkerEventKind};
use std::path::PathBuf;

fn run() -> PathBuf {
    PathBuf::from("/nowhere/runs/one")
}

/// Checkpoints of a run of 3 epochs with 4 steps each.
fn points() -> Vec<Forkable> {
    let mut settings = RunConfig::default();
    settings.train.epochs = 3;
    let point = |step, newest, best| Forkable {
        step,
        newest,
        best,
        settings: settings.clone(),
        steps_per_epoch: 4,
        modality: Modality::Image,
    };
    vec![point(12, true, false), point(8, false, true), point(4, false, false)]
}

fn wish(state: &mut State, wish: ForkWish) -> Vec<Effect> {
    update(state, Action::Fork(wish))
}

/// With the dialog open and the checkpoints read.
fn prepared() -> State {
    let mut state = ready(&images("builtin:fashion"));
    state.runs = vec![RunRow { folder: run(), name: "one".into(), ..RunRow::default() }];
    let effects = wish(&mut state, ForkWish::Of(run()));
    assert!(matches!(effects.as_slice(), [Effect::ReadForkable(folder)] if *folder == run()));
    assert!(state.why_not_fork().is_some_and(|why| why.contains("being read")));
    wish(&mut state, ForkWish::Read("/nowhere/runs/other".into(), Ok(Vec::new())));
    assert!(state.forking.as_ref().is_some_and(|forking| forking.points.is_empty()), "of another run");
    wish(&mut state, ForkWish::Read(run(), Ok(points())));
    state
}

fn problem(state: &State) -> String {
    state.why_not_fork().expect("a reason")
}

#[test]
fn what_a_fork_cannot_have_is_said_before_anything_is_written() {
    let mut state = prepared();
    let step = |state: &State| state.forking.as_ref().map(|forking| forking.step);
    assert_eq!(step(&state), Some(8), "the newest that leaves something to do");
    wish(&mut state, ForkWish::Point(12));
    assert!(problem(&state).contains("the run is at step 12 and the plan ends at step 12"));
    assert!(state.forking.as_ref().is_some_and(|forking| forking.refused.is_empty()));
    wish(&mut state, ForkWish::Change("train.epochs", Value::Int(4)));
    assert_eq!(state.why_not_fork(), None, "a longer plan");
    wish(&mut state, ForkWish::Keep("train.epochs"));
    wish(&mut state, ForkWish::Point(8));
    assert_eq!(state.why_not_fork(), None, "there are four steps left");
    assert_eq!(state.forking.as_ref().map(|forking| forking.usual_name()), Some("from step 8".to_owned()));

    wish(&mut state, ForkWish::Change("model.width", Value::Int(256)));
    wish(&mut state, ForkWish::Change("train.learning_rate", Value::Float(0.5)));
    wish(&mut state, ForkWish::Change("train.learning_rate", Value::Float(0.25)));
    let refused = state.forking.as_ref().expect("open").refused.clone();
    let [(key, why)] = refused.as_slice() else { panic!("{refused:?}") };
    assert!(*key == "model.width" && why.contains("a fork must keep it"), "{why}");
    assert!(why.contains("the saved weights fit no other network"), "as train::fork says it: {why}");
    assert_eq!(problem(&state), *why);
    let effects = wish(&mut state, ForkWish::Start);
    assert!(started(&effects).is_none() && state.activity == Activity::Idle);
    assert!(state.notice.take().is_some_and(|notice| notice.text == *why));
    wish(&mut state, ForkWish::KeepWhatMust);
    let forking = state.forking.as_ref().expect("open");
    assert_eq!(forking.changes, [("train.learning_rate", Value::Float(0.25))]);
    assert_eq!((forking.usual_name().as_str(), state.why_not_fork()), ("Learning rate 0.25", None));
    assert!(forking.choices().all(|row| !["model.width", "train.seed", "data.source"].contains(&row.key)));
    assert!(forking.choices().all(|row| row.key != "train.learning_rate"), "it is in the list already");
    assert!(forking.choices().any(|row| row.key == "train.optimizer"));

    wish(&mut state, ForkWish::Change("train.learning_rate", Value::Float(-1.0)));
    assert!(problem(&state).contains("out of range"), "{}", problem(&state));
    wish(&mut state, ForkWish::Keep("train.learning_rate"));
    assert_eq!(state.why_not_fork(), None);
}

#[test]
fn the_settings_panel_gives_what_is_different_there_except_the_data() {
    let mut state = prepared();
    update(&mut state, Action::Set("train.epochs", Value::Int(9)));
    update(&mut state, Action::Set("train.learning_rate", Value::Float(0.5)));
    update(&mut state, Action::Set("data.validation_fraction", Value::Float(0.4)));
    wish(&mut state, ForkWish::Change("train.weight_decay", Value::Float(0.3)));
    wish(&mut state, ForkWish::TakeSettings);
    let keys = |state: &State| -> Vec<&str> {
        state.forking.as_ref().expect("open").changes.iter().map(|(key, _)| *key).collect()
    };
    let taken = keys(&state);
    assert!(taken.contains(&"train.epochs") && taken.contains(&"train.learning_rate"), "{taken:?}");
    assert!(taken.contains(&"model.patch"), "refused in sight, not left out in silence: {taken:?}");
    assert!(!taken.iter().any(|key| key.starts_with("data.") || key.starts_with("text.")), "{taken:?}");
    assert!(!taken.contains(&"train.weight_decay"), "as in the Settings panel");
    wish(&mut state, ForkWish::KeepWhatMust);
    assert!(!keys(&state).contains(&"model.patch"));
    assert_eq!(state.why_not_fork(), None, "nine epochs leave something to do");
    assert_eq!(state.config.train.epochs, 9, "the panel stays as it is");
}

/// Asks for the fork; its job, and the folder to be.
fn begun(state: &mut State) -> (JobId, PathBuf) {
    let effects = wish(state, ForkWish::Start);
    let (job, asked) = started(&effects).expect("a job");
    let Job::Fork(fork) = asked else { panic!("{asked:?}") };
    assert_eq!((fork.run, fork.point), (run(), ForkPoint::Step(8)));
    assert_eq!(fork.changes, [("train.learning_rate".to_owned(), Value::Float(0.25))]);
    assert_eq!(fork.name, "Learning rate 0.25");
    assert!(fork.folder.starts_with("/nowhere/runs"), "{:?}", fork.folder);
    assert_eq!(state.activity, Activity::Starting(job));
    (job, fork.folder)
}

fn chosen() -> State {
    let mut state = prepared();
    wish(&mut state, ForkWish::Point(8));
    wish(&mut state, ForkWish::Change("train.learning_rate", Value::Float(0.25)));
    state
}

#[test]
fn a_fork_is_created_and_goes_on_as_a_run_with_its_parent_beside_it() {
    let mut state = chosen();
    let (job, folder) = begun(&mut state);
    wish(&mut state, ForkWish::Change("train.epochs", Value::Int(1)));
    assert_eq!(state.forking.as_ref().expect("open").changes.len(), 1, "too late");
    assert!(started(&wish(&mut state, ForkWish::Start)).is_none(), "once");
    report(&mut state, job, WorkerEventKind::Accepted);
    let effects = report(&mut state, job, WorkerEventKind::Ended(Ok(())));
    assert!(state.forking.is_none(), "the dialog is done");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::LoadRun(loaded) if *loaded == folder)));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::ReadOverlay(parent) if *parent == run())));
    assert!(state.overlays.iter().any(|overlay| overlay.folder == run()));

    let parent = Parent { run: "one".into(), folder: run(), step: 8, checkpoint: String::new() };
    let forked = Forked { parent: parent.clone(), version: "0".to_owned(), started: 2 };
    let mut events = vec![accepted(&state, &folder.to_string_lossy(), summary(&images("builtin:fashion")))];
    events.extend((1..=8).map(step));
    events.push(Event::Forked(Box::new(forked)));
    events.push(Event::SettingChanged {
        step: 9,
        key: "train.learning_rate".to_owned(),
        from: Value::Float(0.001),
        to: Value::Float(0.25),
    });
    let effects = update(&mut state, Action::RunLoaded(folder.clone(), Ok((events, None))));
    let (job, asked) = started(&effects).expect("a job");
    assert!(matches!(asked, Job::Resume { run, data } if run == folder && data.is_some()));
    assert_eq!(state.config.train.learning_rate, 0.25, "live settings are those of the fork");
    report(&mut state, job, WorkerEventKind::Accepted);
    let sitting = Sitting {
        version: "0".to_owned(),
        started: 2,
        total_steps: 12,
        device: "CPU".to_owned(),
        evaluations: Some(0),
    };
    run_event(&mut state, job, Event::Resumed { from_step: 8, sitting: Some(Box::new(sitting)) });
    run_event(&mut state, job, step(9));
    let shown = state.run.as_ref().expect("shown");
    let steps: Vec<f64> = shown.steps["loss"].iter().map(|[step, _]| *step).collect();
    assert_eq!(steps, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0], "the parent's, then its own");
    assert_eq!((shown.parent.as_ref(), shown.is_live()), (Some(&parent), true));
    run_event(&mut state, job, done(Outcome::Finished, 12));
    report(&mut state, job, WorkerEventKind::Ended(Ok(())));
    assert_eq!(state.activity, Activity::Idle);
}

#[test]
fn what_fails_leaves_the_dialog_as_it_was_filled_in_and_a_stop_leaves_the_fork_for_later() {
    let mut state = chosen();
    let (job, _) = begun(&mut state);
    let effects = report(&mut state, job, WorkerEventKind::Ended(Err("the disk is full".to_owned())));
    assert!(started(&effects).is_none() && state.activity == Activity::Idle);
    assert_eq!(problem(&state), "the disk is full");
    assert!(state.notice.take().is_some_and(|notice| notice.text == "the disk is full"));
    assert_eq!(state.forking.as_ref().map(|forking| forking.changes.len()), Some(1));
    wish(&mut state, ForkWish::Point(8));
    let (job, folder) = begun(&mut state);
    update(&mut state, Action::Stop);
    let effects = report(&mut state, job, WorkerEventKind::Ended(Ok(())));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::LoadRun(loaded) if *loaded == folder)));
    assert!(state.log.last().is_some_and(|line| line.text.contains("resume it in the Runs panel")));
    assert_eq!(state.activity, Activity::Idle);
}

#[test]
fn a_run_without_checkpoints_is_told_and_a_fork_waits_for_a_run_that_is_going() {
    let mut state = ready(&images("builtin:fashion"));
    wish(&mut state, ForkWish::OfShown);
    assert!(state.notice.take().is_some_and(|notice| notice.text.contains("Open a run first")));
    wish(&mut state, ForkWish::Of(run()));
    wish(&mut state, ForkWish::Read(run(), Err("it has no checkpoints".to_owned())));
    assert!(state.forking.is_none());
    assert!(
        state.notice.take().is_some_and(|n| n.level == Level::Error && n.text.contains("no checkpoints"))
    );

    let (mut state, _) = running(&images("builtin:fashion"));
    wish(&mut state, ForkWish::Of("/nowhere/runs/two".into()));
    wish(&mut state, ForkWish::Read("/nowhere/runs/two".into(), Ok(points())));
    wish(&mut state, ForkWish::Point(4));
    assert!(problem(&state).contains("A run is going"), "it can be prepared meanwhile");
    assert!(started(&wish(&mut state, ForkWish::Start)).is_none());
    wish(&mut state, ForkWish::Close);
    assert!(state.forking.is_none());
}
