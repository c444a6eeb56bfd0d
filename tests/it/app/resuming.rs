//! A run that was cut off is offered at the start, read, and goes on where its checkpoint is.

use super::{accepted, done, images, ready, report, run_event, started, step};
use attentive::app::{Action, Activity, Effect, RunRow, State, update};
use attentive::config::Value;
use attentive::data::summary;
use attentive::runs::{Event, Outcome, Sitting};
use attentive::worker::{Job, WorkerEventKind};
use std::path::PathBuf;

fn row(name: &str, status: &str) -> RunRow {
    RunRow {
        folder: format!("/nowhere/runs/{name}").into(),
        name: name.to_owned(),
        status: status.to_owned(),
        step: 6,
        ..RunRow::default()
    }
}

fn resumed(from_step: u64) -> Event {
    let sitting = Sitting {
        version: "0".to_owned(),
        started: 2,
        total_steps: 40,
        device: "CPU".to_owned(),
        evaluations: Some(0),
    };
    Event::Resumed { from_step, sitting: Some(Box::new(sitting)) }
}

#[test]
fn the_newest_run_that_was_cut_off_is_offered_once() {
    let rows = || vec![row("d", "finished"), row("c", "cut off"), row("b", "stopped"), row("a", "cut off")];
    let mut state = State::default();
    update(&mut state, Action::RunsListed(rows()));
    assert_eq!(state.offer, Some(PathBuf::from("/nowhere/runs/c")));
    let can: Vec<bool> = state.runs.iter().map(|row| state.can_resume(row)).collect();
    assert_eq!(can, [false, true, true, true]);
    update(&mut state, Action::DismissNotice);
    update(&mut state, Action::RunsListed(rows()));
    assert_eq!((state.offer.as_ref(), state.runs.len()), (None, 4), "not again");
    let mut nothing = State::default();
    update(&mut nothing, Action::RunsListed(vec![row("d", "finished"), row("e", "running")]));
    assert_eq!(nothing.offer, None);
}

#[test]
fn a_run_is_read_and_goes_on_without_a_seam() {
    let data = images("builtin:fashion");
    let mut state = ready(&data);
    update(&mut state, Action::Set("train.learning_rate", Value::Float(0.5)));
    let rate = attentive::config::RunConfig::default().train.learning_rate;
    update(&mut state, Action::RunsListed(vec![row("c", "cut off")]));
    let folder = PathBuf::from("/nowhere/runs/c");
    let effects = update(&mut state, Action::ResumeRun(folder.clone()));
    assert!(matches!(effects.as_slice(), [Effect::LoadRun(asked)] if *asked == folder));
    assert_eq!((state.offer.as_ref(), state.activity), (None, Activity::Idle));
    let mut begun = accepted(&state, "/nowhere/runs/c", summary(&data));
    if let Event::Accepted(accepted) = &mut begun {
        accepted.config.train.learning_rate = rate;
    }
    let mut events = vec![begun];
    events.extend((1..=6).map(step));
    let effects = update(&mut state, Action::RunLoaded(folder.clone(), Ok((events, None))));
    let (job, asked) = started(&effects).expect("a job");
    let Job::Resume { run, data } = asked else { panic!("{asked:?}") };
    assert_eq!((run, data.is_some()), (folder.clone(), true));
    assert_eq!(state.config.train.learning_rate, rate, "that of the run that goes on");
    assert!(!state.can_resume(&row("c", "cut off")), "it is going already");
    report(&mut state, job, WorkerEventKind::Accepted);
    run_event(&mut state, job, resumed(4));
    assert!(state.log.last().is_some_and(|line| line.text.contains("resumed from step 4 of 40")));
    run_event(&mut state, job, step(5));
    let run = state.run.as_ref().expect("shown");
    let steps: Vec<f64> = run.steps["loss"].iter().map(|[step, _]| *step).collect();
    assert_eq!((steps, run.is_live()), (vec![1.0, 2.0, 3.0, 4.0, 5.0], true));
    let busy = update(&mut state, Action::ResumeRun("/nowhere/runs/a".into()));
    assert!(busy.is_empty() && state.notice.take().is_some(), "one at a time");
    run_event(&mut state, job, done(Outcome::Finished, 40));
    report(&mut state, job, WorkerEventKind::Ended(Ok(())));
    assert_eq!(state.activity, Activity::Idle);
}

#[test]
fn what_cannot_be_read_or_resumed_is_told() {
    let mut state = ready(&images("builtin:fashion"));
    let folder = PathBuf::from("/nowhere/runs/c");
    update(&mut state, Action::ResumeRun(folder.clone()));
    let effects = update(&mut state, Action::RunLoaded(folder.clone(), Err("not readable".to_owned())));
    assert!(started(&effects).is_none() && state.resuming.is_none());
    assert!(state.notice.take().is_some_and(|notice| notice.text == "not readable"));
    // Another run that is opened meanwhile is only shown.
    update(&mut state, Action::ResumeRun(folder.clone()));
    let other = PathBuf::from("/nowhere/runs/d");
    update(&mut state, Action::OpenRun(other.clone()));
    let effects = update(&mut state, Action::RunLoaded(other, Ok((vec![step(1)], None))));
    assert!(!matches!(started(&effects), Some((_, Job::Resume { .. }))));
    // A run of which there are only its settings has nothing to show until it begins.
    update(&mut state, Action::ResumeRun(folder.clone()));
    let effects = update(&mut state, Action::RunLoaded(folder, Ok((Vec::new(), None))));
    let (job, asked) = started(&effects).expect("a job");
    assert!(matches!(asked, Job::Resume { .. }));
    report(&mut state, job, WorkerEventKind::Accepted);
    report(&mut state, job, WorkerEventKind::Ended(Err("the data is gone".to_owned())));
    assert!(state.run.is_none() && state.activity == Activity::Idle);
    assert!(state.notice.is_some_and(|notice| notice.text == "the data is gone"));
}
