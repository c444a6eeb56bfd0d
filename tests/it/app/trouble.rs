//! What the window says when a run goes wrong, and which buttons stand beside it.

use super::{accepted, controls, done, images, ready, report, run_event, running, started, step};
use attentive::app::{Action, Activity, Effect, State, update};
use attentive::config::Value;
use attentive::data::summary;
use attentive::runs::{Done, Event, Level, Outcome, Trouble};
use attentive::train::{Control, ForkPoint, Lighter, Shortage};
use attentive::worker::{Job, JobId, WorkerEventKind};
use std::path::PathBuf;

fn labels(state: &State) -> Vec<&str> {
    state.remedies.iter().map(|remedy| remedy.label.as_str()).collect()
}

/// Does what a button says.
fn press(state: &mut State, label: &str) -> Vec<Effect> {
    let remedy = state.remedies.iter().find(|remedy| remedy.label == label).expect(label).clone();
    assert_eq!(remedy.why_not(state), None, "{label}");
    update(state, remedy.action)
}

fn not_finite(good: Option<u64>, bf16: bool) -> Trouble {
    Trouble::NotFinite { step: 7, what: "the loss".to_owned(), learning_rate: 0.3, good, bf16 }
}

/// The run fails at step 7 for this reason.
fn fail(state: &mut State, job: JobId, trouble: &Trouble) {
    (1..=6).for_each(|number| drop(run_event(state, job, step(number))));
    run_event(state, job, Event::Trouble(trouble.clone()));
    let Event::Done(end) = done(Outcome::Failed, 6) else { panic!("an end") };
    let reason = trouble.to_string();
    run_event(state, job, Event::Done(Box::new(Done { reason: reason.clone(), ..*end })));
    report(state, job, WorkerEventKind::Ended(Err(reason)));
}

#[test]
fn a_run_that_broke_can_go_on_from_its_last_good_checkpoint() {
    let data = images("/data/pets");
    let (mut state, job) = running(&data);
    fail(&mut state, job, &not_finite(Some(4), false));
    let notice = state.notice.clone().expect("told");
    assert_eq!(notice.level, Level::Error);
    for part in ["the loss is no longer a finite number at step 7", "that of step 4"] {
        assert!(notice.text.contains(part), "{}", notice.text);
    }
    let errors = state.log.iter().filter(|line| line.level == Level::Error).count();
    assert_eq!((labels(&state), errors), (vec!["Go on from step 4 with half the learning rate"], 1));

    let effects = press(&mut state, "Go on from step 4 with half the learning rate");
    let (fork, Job::Fork(asked)) = started(&effects).expect("a job") else { panic!("{effects:?}") };
    assert_eq!((asked.run, asked.point), (PathBuf::from("/nowhere/runs/one"), ForkPoint::Step(4)));
    assert_eq!(asked.changes, [("train.learning_rate".to_owned(), Value::Float(0.15))]);
    assert!(asked.folder.starts_with("/nowhere/runs"));
    assert!(state.notice.is_none());
    // When its folder is written it is read and goes on.
    let effects = report(&mut state, fork, WorkerEventKind::Ended(Ok(())));
    assert!(
        effects.iter().any(|effect| matches!(effect, Effect::LoadRun(folder) if *folder == asked.folder))
    );
    let begun = accepted(&state, &asked.folder.to_string_lossy(), summary(&data));
    let effects = update(&mut state, Action::RunLoaded(asked.folder.clone(), Ok((vec![begun], None))));
    assert!(matches!(started(&effects), Some((_, Job::Resume { run, .. })) if run == asked.folder));
}

#[test]
fn a_fork_that_cannot_be_written_is_told() {
    let (mut state, job) = running(&images("/data/pets"));
    fail(&mut state, job, &not_finite(Some(4), false));
    let effects = press(&mut state, "Go on from step 4 with half the learning rate");
    let (fork, _) = started(&effects).expect("a job");
    report(&mut state, fork, WorkerEventKind::Ended(Err("the disk is full".to_owned())));
    assert_eq!(state.notice.as_ref().map(|notice| notice.text.as_str()), Some("the disk is full"));
    assert_eq!((state.activity, labels(&state)), (Activity::Idle, vec![]));
}

#[test]
fn mixed_precision_is_named_and_a_run_without_a_good_checkpoint_begins_again() {
    let (mut state, job) = running(&images("/data/pets"));
    fail(&mut state, job, &not_finite(Some(4), true));
    let effects = press(&mut state, "Go on from step 4 without mixed precision");
    let Some((_, Job::Fork(asked))) = started(&effects) else { panic!("{effects:?}") };
    assert_eq!(asked.changes, [("train.precision".to_owned(), Value::Text("f32".to_owned()))]);

    let (mut state, job) = running(&images("/data/pets"));
    fail(&mut state, job, &not_finite(None, false));
    assert_eq!(labels(&state), ["Train again with a tenth of the learning rate"]);
    let effects = press(&mut state, "Train again with a tenth of the learning rate");
    let Some((_, Job::Train { config, force: false, .. })) = started(&effects) else { panic!("{effects:?}") };
    assert_eq!((config.train.learning_rate, state.config.train.learning_rate), (0.03, 0.03));
    assert!(state.log.iter().any(|line| line.text.contains("train.learning_rate changed from")));
    assert!(state.notice.is_none(), "a new run begins with a clean slate");
}

#[test]
fn a_spike_is_a_warning_and_the_rate_can_be_halved_while_the_run_goes() {
    let (mut state, job) = running(&images("/data/pets"));
    run_event(&mut state, job, step(1));
    let spike = Trouble::Spike { step: 60, loss: 4.0, highest: 2.0, learning_rate: 0.01 };
    run_event(&mut state, job, Event::Trouble(spike));
    let notice = state.notice.clone().expect("told");
    assert_eq!(notice.level, Level::Warning);
    assert!(
        notice.text.contains("at least 4.000") && notice.text.contains("at most 2.000"),
        "{}",
        notice.text
    );
    assert_eq!((state.activity, labels(&state)), (Activity::Running(job), vec!["Half the learning rate"]));
    let effects = press(&mut state, "Half the learning rate");
    assert_eq!(controls(&effects), [Control::Change("train.learning_rate", Value::Float(0.005))]);
    update(&mut state, Action::DismissNotice);
    assert!(state.notice.is_none() && state.remedies.is_empty());
}

#[test]
fn a_run_that_failed_otherwise_is_offered_to_be_resumed() {
    // The job tells its end, or panics outside of the loop.
    for told in [true, false] {
        let (mut state, job) = running(&images("/data/pets"));
        run_event(&mut state, job, step(1));
        if told {
            let Event::Done(end) = done(Outcome::Failed, 1) else { panic!("an end") };
            run_event(&mut state, job, Event::Done(Box::new(Done { reason: "a bug".to_owned(), ..*end })));
            let remedy = state.remedies[0].clone();
            assert!(remedy.why_not(&state).is_some(), "not before the job is over");
        }
        report(&mut state, job, WorkerEventKind::Ended(Err("a bug".to_owned())));
        assert_eq!(state.notice.as_ref().map(|notice| notice.text.as_str()), Some("a bug"));
        assert_eq!(labels(&state), ["Resume it"], "told {told}");
        let effects = press(&mut state, "Resume it");
        assert!(matches!(effects.as_slice(), [Effect::LoadRun(run), ..] if run.ends_with("runs/one")));
    }
    // A run that never began has nothing to resume.
    let mut state = ready(&images("/data/pets"));
    let (job, _) = started(&update(&mut state, Action::Train)).expect("a job");
    report(&mut state, job, WorkerEventKind::Ended(Err("no such folder".to_owned())));
    assert!(state.notice.is_some() && state.remedies.is_empty());
}

#[test]
fn a_run_that_lacks_memory_is_refused_with_what_helps() {
    let lighter = |key, value, same_result| Lighter { key, value: Value::Int(value), needed: 1, same_result };
    let shortage = Shortage {
        needed: 2_900_000_000,
        free: 3_000_000_000,
        lighter: vec![lighter("train.threads", 1, true), lighter("train.batch_size", 32, false)],
    };
    let refused = || {
        let mut state = ready(&images("/data/pets"));
        let (job, _) = started(&update(&mut state, Action::Train)).expect("a job");
        report(&mut state, job, WorkerEventKind::Accepted);
        report(&mut state, job, WorkerEventKind::Shortage(Box::new(shortage.clone())));
        report(&mut state, job, WorkerEventKind::Ended(Err("too much".to_owned())));
        let text = state.notice.as_ref().expect("told").text.clone();
        assert!(text.contains("2.9\u{a0}GB of memory, 96 % of the 3.0\u{a0}GB"), "{text}");
        assert!(state.run.is_none() && state.activity == Activity::Idle);
        state
    };
    let mut state = refused();
    assert_eq!(
        labels(&state),
        ["Train with fewer threads (1)", "Train with half the batch (32)", "Train anyway"]
    );
    let effects = press(&mut state, "Train anyway");
    let Some((_, Job::Train { force: true, .. })) = started(&effects) else { panic!("{effects:?}") };

    let mut state = refused();
    assert_eq!(state.config.train.batch_size, 64);
    let effects = press(&mut state, "Train with half the batch (32)");
    let Some((_, Job::Train { config, force: false, .. })) = started(&effects) else { panic!("{effects:?}") };
    assert_eq!((config.train.batch_size, state.config.train.batch_size), (32, 32));
    assert!(state.log.iter().any(|line| line.text == "train.batch_size changed from 64 to 32."));
    let (job, _) = started(&effects).expect("a job");
    report(&mut state, job, WorkerEventKind::Ended(Ok(())));
    update(&mut state, Action::Undo);
    assert_eq!(state.config.train.batch_size, 64, "it can be undone");

    let mut state = refused();
    let effects = press(&mut state, "Train with fewer threads (1)");
    let Some((_, Job::Train { config, .. })) = started(&effects) else { panic!("{effects:?}") };
    assert_eq!((config.train.threads, config.train.batch_size), (1, 64));
}
