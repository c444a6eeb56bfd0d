//! Going on with a run that has ended: to the last bit as if it had never stopped.

use super::{Recorder, Script, Story, bars, new_run, no_wishes, sentences, tiny, train};
use attentive::app::RunView;
use attentive::config::{RunConfig, Train, Value};
use attentive::data::Dataset;
use attentive::runs::{Checkpoints, Event, Outcome, RunFolder, list_runs, read_run};
use attentive::train::schedule::learning_rate;
use attentive::train::{Control, ExtendJob, NoSteering, TrainError, extend};
use std::fs;
use std::path::Path;
use std::sync::Arc;

fn value(text: &str) -> Value {
    text.parse()
        .map(Value::Int)
        .or_else(|_| text.parse().map(Value::Float))
        .unwrap_or(Value::Text(text.into()))
}

fn job(run: &Path, data: &Dataset, changes: &[(&str, &str)]) -> ExtendJob {
    let changes = changes.iter().map(|(key, text)| ((*key).to_owned(), value(text))).collect();
    ExtendJob { run: run.to_owned(), changes, data: Some(Arc::new(data.clone())) }
}

fn go_on(
    run: &Path,
    data: &Dataset,
    changes: &[(&str, &str)],
    answer: impl FnMut(&Event) -> Vec<Control> + Send,
) -> Story {
    let mut recorder = Recorder::new(answer);
    let mut script = Script(recorder.wishes.clone());
    let done = extend(job(run, data, changes), &mut script, &mut recorder).expect("goes on");
    let Recorder { events, tables, replies, .. } = recorder;
    Story { done, events, tables, replies }
}

/// All that a checkpoint holds of the weights.
fn saved(run: &Path) -> Vec<(String, Vec<u8>)> {
    let checkpoint = Checkpoints::of(run).last().expect("saved");
    ["model", "trained", "optimizer"]
        .into_iter()
        .map(|name| format!("{name}.safetensors"))
        .filter(|name| checkpoint.join(name).is_file())
        .map(|name| (name.clone(), fs::read(checkpoint.join(&name)).expect("reads")))
        .collect()
}

/// What the log says of steps and evaluations, times left out.
fn told(run: &Path) -> Vec<String> {
    let line = |event: &Event| match event {
        Event::Step { step, epoch, metrics, .. } => {
            let of = |name: &str| metrics[name];
            let values = ["loss", "accuracy", "gradient_norm", "learning_rate"].map(of);
            Some(format!("step {step} {epoch} {values:?}"))
        }
        Event::Evaluation(e) if e.split == attentive::data::Split::Validation => {
            Some(format!("evaluation {} {} {:?} {:?} {}", e.step, e.epoch, e.metrics, e.confusion, e.best))
        }
        _ => None,
    };
    read_run(run).expect("reads").0.iter().filter_map(line).collect()
}

#[test]
fn two_epochs_and_two_more_are_four_to_the_last_bit() {
    let images = [
        "model.dropout=0.1",
        "augment.shift=1",
        "augment.flip=true",
        "augment.mixup=0.3",
        "train.ema=0.9",
        "train.sampling=balanced",
    ];
    let cases: [(&str, Dataset, &[&str]); 5] = [
        ("images, everything random", bars(200, 40), &images),
        ("texts", sentences(200), &["model.dropout=0.1", "text.vocabulary=200"]),
        ("SGD", bars(120, 0), &["train.optimizer=sgd"]),
        ("Lion", bars(120, 0), &["train.optimizer=lion"]),
        ("plain", bars(120, 0), &["train.class_weights=true", "train.patience=50"]),
    ];
    for (name, data, more) in cases {
        let common = ["train.schedule=constant", "train.warmup_fraction=0", "train.learning_rate=0.003"];
        let with = |epochs: &str| tiny(&[&common[..], more, &[epochs]].concat());
        let ((_a, straight), (_b, parts)) = (new_run(), new_run());
        train(&with("train.epochs=4"), &data, Some(&straight), no_wishes);
        let first = train(&with("train.epochs=2"), &data, Some(&parts), no_wishes);
        // Threads may be others; nothing depends on them.
        let second = go_on(&parts, &data, &[("train.epochs", "4"), ("train.threads", "2")], no_wishes);
        assert_eq!((first.done.outcome, second.done.outcome), (Outcome::Finished, Outcome::Finished));
        assert_eq!(second.steps()[0], first.done.step + 1, "{name}");
        assert!(saved(&parts) == saved(&straight), "{name}: weights and optimizer");
        assert_eq!(told(&parts), told(&straight), "{name}");
        let whole = read_run(&straight).expect("reads").0;
        let Some(Event::Done(whole)) = whole.last() else { panic!("{name}: {whole:?}") };
        let (done, whole) = (second.done, whole.as_ref());
        assert_eq!((&done.validation, &done.test, &done.best), (&whole.validation, &whole.test, &whole.best));
        assert!(done.seconds > first.done.seconds, "{name}: seconds go on");
    }
}

#[test]
fn a_run_cut_in_the_midst_of_an_epoch_goes_on_there() {
    let data = bars(200, 0);
    let common =
        ["train.schedule=constant", "train.warmup_fraction=0", "model.dropout=0.2", "augment.shift=2"];
    let with = |more: &[&str]| tiny(&[&common[..], &["train.epochs=3"], more].concat());
    let ((_a, straight), (_b, parts)) = (new_run(), new_run());
    train(&with(&[]), &data, Some(&straight), no_wishes);
    // 180 examples are 6 steps an epoch.
    train(&with(&["train.max_steps=4"]), &data, Some(&parts), no_wishes);
    go_on(&parts, &data, &[("train.max_steps", "9")], no_wishes);
    go_on(&parts, &data, &[("train.max_steps", "0")], no_wishes);
    assert!(saved(&parts) == saved(&straight));
}

#[test]
fn the_log_tells_of_it_and_the_schedule_stretches() {
    let (home, folder) = new_run();
    let data = bars(200, 40);
    let config = tiny(&["train.epochs=2", "train.learning_rate=0.01"]);
    train(&config, &data, Some(&folder), no_wishes);
    let again = go_on(&folder, &data, &[("train.epochs", "5")], no_wishes);
    let heard: Vec<&Event> =
        again.events.iter().filter(|e| !matches!(e, Event::Progress { .. })).take(3).collect();
    let [
        Event::Extended(extended),
        Event::SettingChanged { step: 11, key, from, to },
        Event::Step { step: 11, .. },
    ] = heard[..]
    else {
        panic!("{heard:?}")
    };
    assert_eq!((extended.from_step, extended.total_steps), (10, 25));
    assert_eq!((key.as_str(), from, to), ("train.epochs", &Value::Int(2), &Value::Int(5)));
    let train_settings = Train { epochs: 5, ..config.train.clone() };
    let expected: Vec<f64> = (11..=25).map(|step| learning_rate(&train_settings, step, 25)).collect();
    assert_eq!(again.metric("learning_rate"), expected);

    let (events, problems) = read_run(&folder).expect("reads");
    assert!(problems.is_empty());
    let mut view = RunView::default();
    let mut ends = Vec::new();
    for event in &events {
        view.apply(event);
        if let Event::Done(done) = event {
            ends.push(done.step);
        }
        if matches!(event, Event::Extended(_)) {
            assert!(view.done.is_none() && view.is_live(), "it is going again");
        }
    }
    assert_eq!(ends, [10, 25], "one end for each sitting");
    let steps: Vec<f64> = view.steps["loss"].iter().map(|[step, _]| *step).collect();
    assert_eq!(steps, (1..=25).map(f64::from).collect::<Vec<_>>(), "curves go on");
    assert_eq!((view.step, view.total_steps, view.changes.len()), (25, 25, 1));
    assert_eq!(view.accepted.as_ref().expect("begun").config.train.epochs, 5);
    let catalogue = list_runs(home.path()).expect("reads");
    assert_eq!((catalogue.runs[0].status.name(), catalogue.runs[0].step), ("finished", 25));
    // Each file of predictions has a name of its own.
    let mut names: Vec<String> = events
        .iter()
        .filter_map(|e| if let Event::Evaluation(e) = e { e.predictions.clone() } else { None })
        .collect();
    let all = names.len();
    names.dedup();
    assert!(names.len() == all && all == 5 + 2, "{names:?}");
}

#[test]
fn what_is_logged_behind_the_last_checkpoint_is_superseded() {
    let (_home, folder) = new_run();
    let data = bars(200, 0);
    let config = tiny(&["train.epochs=2", "train.schedule=constant", "train.warmup_fraction=0"]);
    train(&config, &data, Some(&folder), no_wishes);
    // As after a crash two steps behind the checkpoint, in the midst of a line.
    let log = folder.join("events.jsonl");
    let text = fs::read_to_string(&log).expect("reads");
    let step = r#"{"event":"step","step":STEP,"epoch":9.0,"seconds":1.0,"loss":99.0}"#;
    let torn = [step.replace("STEP", "13"), step.replace("STEP", "14")].join("\n") + "\n{\"event\":\"st";
    let ended = text.trim_end().rfind('\n').expect("lines");
    fs::write(&log, format!("{}\n{torn}", &text[..ended])).expect("writes");
    let again = go_on(&folder, &data, &[("train.epochs", "3")], no_wishes);
    assert_eq!(again.steps(), (13..=18).collect::<Vec<_>>());
    let (events, problems) = read_run(&folder).expect("reads");
    assert!(problems.is_empty(), "the torn line was cut off: {problems:?}");
    let mut view = RunView::default();
    events.iter().for_each(|event| view.apply(event));
    let steps: Vec<f64> = view.steps["loss"].iter().map(|[step, _]| *step).collect();
    assert_eq!(steps, (1..=18).map(f64::from).collect::<Vec<_>>());
    assert!(view.steps["loss"].iter().all(|[_, loss]| *loss < 90.0));
}

#[test]
fn a_run_that_lost_patience_is_given_new_patience() {
    let (_home, folder) = new_run();
    let data = bars(120, 24);
    let config =
        tiny(&["train.epochs=40", "train.learning_rate=0.03", "train.schedule=constant", "train.patience=3"]);
    let first = train(&config, &data, Some(&folder), no_wishes);
    assert!(first.done.step < 120, "or nothing is shown");
    let again = go_on(&folder, &data, &[], no_wishes);
    assert!(again.done.step >= first.done.step + 9, "three evaluations at least: {}", again.done.step);
}

#[test]
fn what_cannot_go_on_says_why_and_stays_as_it_was() {
    let (home, folder) = new_run();
    let data = bars(120, 0);
    train(&tiny(&["train.epochs=2"]), &data, Some(&folder), no_wishes);
    let before = fs::read(folder.join("events.jsonl")).expect("reads");
    let refused = |job: ExtendJob| {
        let mut recorder = Recorder::new(no_wishes);
        let error = extend(job, &mut NoSteering, &mut recorder).expect_err("must be refused");
        assert!(recorder.events.iter().all(|event| matches!(event, Event::Progress { .. })));
        assert!(fs::read(folder.join("events.jsonl")).expect("reads") == before, "{error}");
        error
    };
    type Case<'a> = (ExtendJob, &'a [&'a str], bool);
    let other = bars(121, 0);
    let cases: [Case<'_>; 6] = [
        (job(&folder, &data, &[]), &["train.epochs", "at step 8", "train.epochs=4"], true),
        (job(&folder, &data, &[("train.epochs", "1")]), &["train.epochs", "ends at step 4"], true),
        (job(&folder, &data, &[("model.width", "32")]), &["model.width", "is 16", "must keep it"], true),
        (job(&folder, &data, &[("train.epoch", "3")]), &["unknown setting", "train.epochs"], true),
        (job(&folder, &other, &[("train.epochs", "4")]), &["made-up:bars", "not what the run was"], false),
        (job(home.path(), &data, &[]), &["not a run", "attentive runs"], false),
    ];
    for (job, parts, wrong_settings) in cases {
        let error = refused(job);
        let message = error.to_string();
        assert!(parts.iter().all(|part| message.contains(part)), "{parts:?} in: {message}");
        assert_eq!(error.is_wrong_settings(), wrong_settings, "{message}");
    }
    let owner = RunFolder::reopen(&folder).expect("nobody else has it");
    let error = refused(job(&folder, &data, &[("train.epochs", "4")]));
    assert!(error.to_string().contains("another process is training this run"), "{error}");
    drop(owner);
    // It still can.
    go_on(&folder, &data, &[("train.epochs", "3")], no_wishes);
}

#[test]
fn a_damaged_checkpoint_is_passed_over_with_a_word_and_two_are_refused() {
    let (_home, folder) = new_run();
    let data = bars(120, 0);
    let common = ["train.schedule=constant", "train.warmup_fraction=0", "train.save_every=1"];
    let with = |epochs: &str| tiny(&[&common[..], &[epochs]].concat());
    train(&with("train.epochs=2"), &data, Some(&folder), no_wishes);
    let checkpoints = Checkpoints::of(&folder);
    let newest: Vec<_> = checkpoints.steps().into_iter().rev().take(2).collect();
    assert_eq!(newest, [8, 7]);
    let cut = |step: u64, name: &str| {
        let path = checkpoints.folder(step).join(name);
        let bytes = fs::read(&path).expect("reads");
        fs::write(&path, &bytes[..bytes.len() / 2]).expect("writes");
    };
    cut(8, "optimizer.safetensors");
    let again = go_on(&folder, &data, &[("train.epochs", "3")], no_wishes);
    assert!(
        matches!(again.events.iter().find(|e| e.goes_on().is_some()), Some(Event::Extended(e)) if e.from_step == 7)
    );
    assert_eq!(again.steps(), (8..=12).collect::<Vec<_>>());
    let notice = again.notices()[0].to_owned();
    for part in ["step 8 is left out", "optimizer.safetensors", "not what was written"] {
        assert!(notice.contains(part), "{notice}");
    }
    let (_other, straight) = new_run();
    train(&with("train.epochs=3"), &data, Some(&straight), no_wishes);
    assert!(saved(&folder) == saved(&straight));
    for step in checkpoints.steps() {
        cut(step, "state.json");
    }
    let error =
        extend(job(&folder, &data, &[("train.epochs", "4")]), &mut NoSteering, &mut Recorder::new(no_wishes));
    let error = error.expect_err("nothing is sound");
    assert!(matches!(error, TrainError::Run(_)) && error.to_string().contains("state.json"), "{error}");
}

#[test]
fn what_a_run_that_goes_on_may_change_is_stated() {
    let may = |key: &str| attentive::train::may_change(attentive::config::setting(key).expect("known"));
    for key in ["train.epochs", "train.learning_rate", "train.threads", "train.patience", "model.dropout"] {
        assert!(may(key), "{key}");
    }
    for key in ["model.width", "train.seed", "train.batch_size", "data.source", "text.vocabulary"] {
        assert!(!may(key), "{key}");
    }
    let _ = RunConfig::default();
}
