//! A fork goes on from a checkpoint of another run, and a replay of a run gives its bytes.

use super::{Recorder, Script, Story, bars, new_run, no_wishes, sentences, tiny, train};
use crate::copy_folder;
use attentive::config::{RunConfig, SETTINGS, Value, setting};
use attentive::data::Dataset;
use attentive::runs::{Checkpoints, Event, Outcome, Parent, RunStatus, Verified, read_entry, read_run};
use attentive::train::{
    CheckpointState, Control, ForkJob, ForkPoint, NoSteering, ResumeJob, Verification, VerifyJob, extend,
    fork, forkable, resume, verify, why_not_in_fork,
};
use std::fs;
use std::path::Path;
use std::sync::Arc;

const COMMON: &[&str] = &[
    "train.epochs=3",
    "train.learning_rate=0.01",
    "train.save_every=2",
    "train.save_minutes=0",
    "train.keep_checkpoints=100",
    "model.dropout=0.1",
];

/// Pictures with everything random on, and texts.
fn cases() -> Vec<(&'static str, Dataset, RunConfig)> {
    let images = [
        "model.stochastic_depth=0.1",
        "augment.shift=1",
        "augment.flip=true",
        "augment.mixup=0.3",
        "augment.erase=0.3",
        "train.ema=0.9",
        "train.sampling=balanced",
        "train.evaluate_every=3",
    ];
    vec![
        ("images", bars(200, 40), tiny(&[COMMON, &images].concat())),
        ("texts", sentences(200), tiny(&[COMMON, &["text.vocabulary=200"]].concat())),
    ]
}

fn forked(run: &Path, point: ForkPoint, folder: &Path, changes: &[(&str, Value)]) -> Event {
    let changes = changes.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    let (run, folder) = (run.to_owned(), folder.to_owned());
    let job = ForkJob { run, point, changes, folder, name: "a fork".to_owned() };
    Event::Forked(Box::new(fork(&job).expect("forks")))
}

fn go_on(run: &Path, data: &Dataset) -> Story {
    let mut recorder = Recorder::new(no_wishes);
    let mut script = Script(recorder.wishes.clone());
    let job = ResumeJob { run: run.to_owned(), changes: Vec::new(), data: Some(Arc::new(data.clone())) };
    let done = resume(job, &mut script, &mut recorder).expect("goes on");
    let Recorder { events, tables, replies, .. } = recorder;
    Story { done, events, tables, replies }
}

fn replayed(run: &Path, data: &Dataset, steps: u64, from_start: bool) -> Verification {
    let data = Some(Arc::new(data.clone()));
    let job = VerifyJob { run: run.to_owned(), steps, from_start, data };
    verify(job, &mut NoSteering, &mut Recorder::new(no_wishes)).expect("replays")
}

/// The run as it would be had it been cut off just after the checkpoint of `step`.
fn cut_off_after(run: &Path, step: u64, place: &Path) {
    copy_folder(run, place);
    for later in Checkpoints::of(place).steps().into_iter().filter(|later| *later > step) {
        fs::remove_dir_all(Checkpoints::of(place).folder(later)).expect("removes");
    }
    let log = fs::read_to_string(place.join("events.jsonl")).expect("reads");
    let mark = format!("\"path\":\"{}\"", Checkpoints::name(step));
    let mut kept = String::new();
    for line in log.lines() {
        kept.push_str(line);
        kept.push('\n');
        if line.contains(&mark) {
            break;
        }
    }
    assert!(kept.len() < log.len(), "the checkpoint is told before the end");
    fs::write(place.join("events.jsonl"), kept).expect("writes");
}

#[test]
fn a_fork_with_nothing_changed_is_the_restart_from_its_checkpoint() {
    for (name, data, config) in cases() {
        let (home, whole) = new_run();
        train(&config, &data, Some(&whole), no_wishes);
        for step in [2, 4, 6, 10] {
            let restart = home.path().join(format!("restart-{step}"));
            cut_off_after(&whole, step, &restart);
            go_on(&restart, &data);
            // The parent goes before the fork goes on: the fork has all that it needs.
            let (parent, place) =
                (home.path().join(format!("parent-{step}")), home.path().join(format!("fork-{step}")));
            copy_folder(&whole, &parent);
            let told = forked(&parent, ForkPoint::Step(step), &place, &[]);
            fs::remove_dir_all(&parent).expect("removes");
            let story = go_on(&place, &data);
            assert_eq!(story.done.outcome, Outcome::Finished, "{name}");
            assert_eq!(story.steps().first(), Some(&(step + 1)), "{name}");
            super::resume::assert_same(&place, &restart, &format!("{name}, forked at {step}"));
            super::resume::assert_same(&place, &whole, &format!("{name}, forked at {step}"));
            let Event::Forked(told) = told else { panic!("told") };
            let entry = read_entry(&place).expect("reads");
            assert_eq!(entry.parent.as_ref(), Some(&told.parent));
            assert_eq!((entry.parent.expect("named").step, entry.notes.name.as_str()), (step, "a fork"));
            assert_eq!(entry.status, RunStatus::Finished);
            assert!(read_run(&place).expect("reads").0.contains(&Event::Forked(told)));
        }
    }
}

#[test]
fn a_fork_with_other_settings_goes_its_own_way_from_the_checkpoint_on() {
    let (_, data, config) = cases().remove(0);
    let (home, whole) = new_run();
    train(&config, &data, Some(&whole), no_wishes);
    let before = fs::read(whole.join("events.jsonl")).expect("reads");
    let others: &[&[(&str, Value)]] = &[
        &[("train.learning_rate", Value::Float(0.002)), ("train.epochs", Value::Int(4))],
        &[("train.optimizer", Value::Text("lion".to_owned()))],
        &[("train.ema", Value::Float(0.0))],
        &[("train.sampling", Value::Text("shuffled".to_owned())), ("train.clip_norm", Value::Float(0.1))],
    ];
    for (number, changes) in others.iter().enumerate() {
        let place = home.path().join(format!("fork-{number}"));
        forked(&whole, ForkPoint::Step(4), &place, changes);
        let story = go_on(&place, &data);
        assert_eq!(story.done.outcome, Outcome::Finished, "{changes:?}");
        assert!(super::weights(&place) != super::weights(&whole), "{changes:?}");
        let last = Checkpoints::of(&place).last().expect("saved");
        let state = CheckpointState::read(&last).expect("reads");
        for (key, value) in *changes {
            assert_eq!(&(setting(key).expect("known").get)(&state.settings), value);
        }
        // What came before is the parent's, what follows is not.
        let losses = |run: &Path| -> Vec<f64> {
            let loss = |event: &Event| match event {
                Event::Step { metrics, .. } => metrics.get("loss").copied(),
                _ => None,
            };
            read_run(run).expect("reads").0.iter().filter_map(loss).collect()
        };
        assert_eq!(losses(&place)[..4], losses(&whole)[..4], "{changes:?}");
        // A replay from the fork's own beginning gives its bytes, and so does one from the midst.
        for (from_start, steps) in [(true, 1), (false, 1)] {
            let found = replayed(&place, &data, steps, from_start);
            assert_eq!(found.difference, None, "{changes:?}");
            assert!(!from_start || found.replay.from_step == 4, "{changes:?}");
        }
        if number == 0 {
            // A fork can be extended and forked like any other run.
            let job = attentive::train::ExtendJob {
                run: place.clone(),
                changes: vec![("train.epochs".to_owned(), Value::Int(5))],
                data: Some(Arc::new(data.clone())),
            };
            let done = extend(job, &mut NoSteering, &mut Recorder::new(no_wishes)).expect("goes on");
            assert_eq!(done.outcome, Outcome::Finished);
            let grandchild = home.path().join("grandchild");
            forked(&place, ForkPoint::Best, &grandchild, &[("train.epochs", Value::Int(6))]);
            assert_eq!(go_on(&grandchild, &data).done.outcome, Outcome::Finished);
            let parent = Parent::read(&grandchild).expect("reads").expect("named");
            assert_eq!(parent.run, "fork-0");
        }
    }
    assert!(fs::read(whole.join("events.jsonl")).expect("reads") == before, "the parent stays as it is");
}

#[test]
fn what_would_be_another_model_or_other_data_is_refused_by_name() {
    let (_, data, config) = cases().remove(0);
    let (home, whole) = new_run();
    train(&config, &data, Some(&whole), no_wishes);
    let place = home.path().join("fork");
    let refused = |key: &str, value: Value, point: ForkPoint| {
        let changes = vec![(key.to_owned(), value)];
        let name = String::new();
        let job = ForkJob { run: whole.clone(), point, changes, folder: place.clone(), name };
        fork(&job).expect_err("refused").to_string()
    };
    for (key, value) in [
        ("model.width", Value::Int(32)),
        ("data.validation_fraction", Value::Float(0.3)),
        ("image.size", Value::Int(16)),
        ("text.length", Value::Int(64)),
        ("train.seed", Value::Int(9)),
        ("train.batch_size", Value::Int(7)),
    ] {
        let text = refused(key, value, ForkPoint::Last);
        assert!(text.contains(key) && text.contains("leave it out, or train a new run"), "{text}");
        assert!(!place.exists() && !home.path().join(".forking").exists());
    }
    let text = refused("train.epochs", Value::Int(3), ForkPoint::Last);
    assert!(text.contains("the plan ends at step"), "{text}");
    let text = refused("train.clip_norm", Value::Float(0.5), ForkPoint::Step(1));
    assert!(text.contains("no checkpoint of step 1") && text.contains("those of these steps: 2, "), "{text}");
    // Every live setting may be another one: a run could have changed it itself.
    assert!(SETTINGS.iter().filter(|row| row.live).all(|row| why_not_in_fork(row).is_none()));
}

#[test]
fn config_and_events_replayed_from_the_start_give_the_weights() {
    let changes = |event: &Event| match event {
        Event::Step { step: 2, .. } => vec![Control::Change("train.learning_rate", Value::Float(0.02))],
        Event::Step { step: 5, .. } => vec![Control::Change("model.dropout", Value::Float(0.3))],
        Event::Step { step: 7, .. } => vec![Control::Change("train.epochs", Value::Int(4))],
        _ => Vec::new(),
    };
    for (name, data, config) in cases() {
        let (_home, run) = new_run();
        let story = train(&config, &data, Some(&run), changes);
        assert_eq!(story.count(|event| matches!(event, Event::SettingChanged { .. })), 3);
        let found = replayed(&run, &data, 1, true);
        assert_eq!((found.difference, found.replay.from_step), (None, 0), "{name}");
        assert_eq!(found.replay.to_step, story.done.step);
        let mark = Verified::read(&run).expect("marked");
        assert_eq!((mark.threads, mark.version.as_str()), (1, env!("CARGO_PKG_VERSION")));
        assert!(!mark.processor.is_empty() && !mark.instructions.is_empty());
        assert_eq!(read_entry(&run).expect("reads").verified, Some(mark));
        for steps in [1, 3, 9] {
            let found = replayed(&run, &data, steps, false);
            assert_eq!(found.difference, None, "{name}");
            assert!(found.replay.to_step - found.replay.from_step >= steps, "{name}");
            assert!(found.replay.from_step > 0, "{name}");
        }
        // Without one of the changes it is another run, and the first step with it is named.
        let log = fs::read_to_string(run.join("events.jsonl")).expect("reads");
        let lines = log.lines().filter(|line| !line.contains("\"key\":\"model.dropout\""));
        let without: String = lines.flat_map(|line| [line, "\n"]).collect();
        fs::remove_file(run.join("verified.json")).expect("removes");
        fs::write(run.join("events.jsonl"), &without).expect("writes");
        let found = replayed(&run, &data, 1, true);
        let difference = found.difference.expect("differs");
        assert_eq!(difference.step, 6, "{name}: {}", difference.what);
        assert_eq!(Verified::read(&run), None, "a difference marks nothing");
        assert!(fs::read_to_string(run.join("events.jsonl")).expect("reads") == without);
    }
}

#[test]
fn a_run_by_the_clock_and_one_without_a_checkpoint_cannot_be_verified() {
    let data = bars(120, 0);
    let (_home, run) = new_run();
    train(&tiny(&["train.epochs=1", "train.deadline=90000"]), &data, Some(&run), no_wishes);
    let job = VerifyJob { run: run.clone(), steps: 1, from_start: false, data: None };
    let error = verify(job.clone(), &mut NoSteering, &mut Recorder::new(no_wishes)).expect_err("refused");
    assert!(error.to_string().contains("train.deadline"), "{error}");
    fs::remove_dir_all(run.join("checkpoints")).expect("removes");
    let error = verify(job, &mut NoSteering, &mut Recorder::new(no_wishes)).expect_err("refused");
    assert!(error.to_string().contains("no checkpoint"), "{error}");
}

#[test]
fn the_checkpoints_to_fork_from_are_listed_with_what_each_would_be_refused_for() {
    let (_, data, config) = cases().remove(0);
    let (_home, whole) = new_run();
    train(&config, &data, Some(&whole), no_wishes);
    let points = forkable(&whole).expect("reads");
    let steps: Vec<u64> = points.iter().map(|point| point.step).collect();
    let mut kept = Checkpoints::of(&whole).steps();
    kept.reverse();
    assert_eq!(steps, kept, "newest first");
    assert_eq!(points.iter().filter(|point| point.newest).count(), 1);
    assert!(points[0].newest && points.iter().filter(|point| point.best).count() == 1);
    let refused = |changes: &[(&str, Value)], point: usize| {
        let changes: Vec<_> = changes.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        points[point].check(&changes).err().map(|error| error.to_string())
    };
    // The same words that the fork itself would be refused with.
    for (changes, point) in [
        (vec![("model.width", Value::Int(32))], 1),
        (vec![("train.epochs", Value::Int(3))], 0),
        (vec![("train.learning_rate", Value::Float(-3.0))], 1),
        (vec![("no.such", Value::Int(3))], 1),
    ] {
        let job = ForkJob {
            run: whole.clone(),
            point: ForkPoint::Step(points[point].step),
            changes: changes.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect(),
            folder: whole.with_file_name("fork"),
            name: String::new(),
        };
        let told = fork(&job).expect_err("refused").to_string();
        assert_eq!(refused(&changes, point), Some(told));
    }
    assert_eq!(refused(&[("train.epochs", Value::Int(4))], 0), None);
    assert_eq!(refused(&[], 1), None, "there are steps left");
    fs::write(Checkpoints::of(&whole).folder(steps[1]).join("state.json"), "{").expect("writes");
    let left: Vec<u64> = forkable(&whole).expect("reads").iter().map(|point| point.step).collect();
    assert_eq!(left, [&steps[..1], &steps[2..]].concat(), "a damaged one is left out");
    fs::remove_dir_all(whole.join("checkpoints")).expect("removes");
    let error = forkable(&whole).expect_err("refused").to_string();
    assert!(error.contains("no checkpoint to go on from"), "{error}");
}
