//! Settings that change while a run is going: from the next step on, and marked.

use super::{Story, at_step, bars, new_run, sentences, tiny, train, weights};
use attentive::config::{RunConfig, SETTINGS, Scope, Value};
use attentive::data::Dataset;
use attentive::runs::{Checkpoints, Event};
use attentive::train::{CheckpointState, Control};
use std::path::Path;

/// A value away from the runs below, for every live setting. A setting that becomes live gets
/// its line here.
const OTHER: &[(&str, Value)] = &[
    ("train.epochs", Value::Int(4)),
    ("train.learning_rate", Value::Float(0.02)),
    ("train.weight_decay", Value::Float(0.5)),
    ("train.label_smoothing", Value::Float(0.4)),
    ("train.class_weights", Value::Bool(true)),
    ("train.deadline", Value::Float(90_000.0)),
    ("model.dropout", Value::Float(0.3)),
    ("model.stochastic_depth", Value::Float(0.4)),
    ("augment.shift", Value::Int(3)),
    ("augment.flip", Value::Bool(true)),
    ("augment.mixup", Value::Float(0.5)),
    ("augment.crop", Value::Float(0.4)),
    ("augment.rotation", Value::Float(40.0)),
    ("augment.erase", Value::Float(0.9)),
    ("augment.colour", Value::Float(0.6)),
];

/// Five steps an epoch, three epochs, everything random switched on a little.
fn settings() -> RunConfig {
    tiny(&[
        "train.epochs=3",
        "train.learning_rate=0.01",
        "data.validation_fraction=0",
        "model.dropout=0.1",
        "augment.shift=1",
        "augment.mixup=0.2",
        "text.vocabulary=200",
    ])
}

/// Data with a rare class, on which balanced classes make a difference.
fn unbalanced(data: Dataset) -> Dataset {
    let mut seen = 0;
    let rare = |target: &attentive::data::Target| target.class() == Some(0);
    let splits = data
        .targets
        .iter()
        .map(|target| {
            seen += usize::from(rare(target));
            let kept = !rare(target) || seen % 4 == 0;
            if kept { attentive::data::Split::Train } else { attentive::data::Split::Test }
        })
        .collect();
    let (name, source) = (data.name.clone(), data.source.clone());
    Dataset::new(name, source, "made-up", data.examples, data.classes, data.targets, splits)
}

/// The run in which the setting changes after step `at` (0: before the first).
fn changed(
    config: &RunConfig,
    data: &Dataset,
    folder: &Path,
    at: u64,
    key: &'static str,
    to: &Value,
) -> Story {
    let wish = Control::Change(key, to.clone());
    let mut after = at_step(at, vec![wish.clone()]);
    train(config, data, Some(folder), move |event| match event {
        Event::Accepted(_) if at == 0 => vec![wish.clone()],
        event => after(event),
    })
}

#[test]
fn every_live_setting_takes_effect_with_the_next_step_and_is_marked() {
    const STEP: u64 = 6;
    let (images, texts) = (unbalanced(bars(200, 0)), unbalanced(sentences(256)));
    for row in SETTINGS.iter().filter(|row| row.live) {
        let other = OTHER.iter().find(|(key, _)| *key == row.key);
        let (_, to) = other.unwrap_or_else(|| panic!("{} is live: add a line to OTHER", row.key));
        let of_both = [(&images, Scope::Text), (&texts, Scope::Image)];
        for (data, _) in of_both.into_iter().filter(|(_, not_for)| row.scope != *not_for) {
            let config = settings();
            let case = format!("{} on {}", row.key, data.name);
            let from = (row.get)(&config);
            assert_ne!(&from, to, "{case}: the value must be another one");
            let (homes, folders): (Vec<_>, Vec<_>) = (0..4).map(|_| new_run()).unzip();
            let unchanged = train(&config, data, Some(&folders[0]), super::no_wishes);
            let story = changed(&config, data, &folders[1], STEP, row.key, to);

            // Marked, in the events and in what is saved.
            let marks: Vec<&Event> =
                story.events.iter().filter(|e| matches!(e, Event::SettingChanged { .. })).collect();
            let mark =
                Event::SettingChanged { step: STEP + 1, key: row.key.to_owned(), from, to: to.clone() };
            assert_eq!(marks, [&mark], "{case}");
            let last = Checkpoints::of(&folders[1]).last().expect("saved");
            let state = CheckpointState::read(&last).expect("reads");
            assert_eq!(&(row.get)(&state.settings), to, "{case}");

            // Up to the change nothing differs; after it the weights do. A deadline that is far
            // away changes nothing: its own tests move the clock.
            let losses = |story: &Story| story.metric("loss")[..STEP as usize].to_vec();
            assert_eq!(losses(&story), losses(&unchanged), "{case}: before the change");
            let same = weights(&folders[1]) == weights(&folders[0]);
            assert_eq!(same, row.key == "train.deadline", "{case}: after the change");

            // A change before the first step is a run that was started so.
            changed(&config, data, &folders[2], 0, row.key, to);
            let mut started_so = config.clone();
            row.set(&mut started_so, to).expect("fits");
            train(&started_so, data, Some(&folders[3]), super::no_wishes);
            assert!(weights(&folders[2]) == weights(&folders[3]), "{case}: with the very next step");
            drop(homes);
        }
    }
    let stale: Vec<&str> = OTHER
        .iter()
        .map(|(key, _)| *key)
        .filter(|key| !SETTINGS.iter().any(|row| row.key == *key && row.live))
        .collect();
    assert!(stale.is_empty(), "no longer live: {stale:?}");
}

#[test]
fn a_change_after_the_last_save_is_saved_too() {
    // The last evaluation is the best and saves; then a setting changes, and then comes a stop.
    let (_home, folder) = new_run();
    let config = tiny(&["train.epochs=9", "train.evaluate_every=4"]);
    let story = train(&config, &bars(200, 0), Some(&folder), |event| match event {
        Event::Evaluation(evaluation) if evaluation.step == 4 => {
            vec![Control::Change("train.weight_decay", Value::Float(0.25))]
        }
        Event::SettingChanged { .. } => vec![Control::Stop],
        _ => Vec::new(),
    });
    assert_eq!(story.done.step, 4);
    let last = Checkpoints::of(&folder).last().expect("saved");
    let state = CheckpointState::read(&last).expect("reads");
    assert_eq!((state.step, state.settings.train.weight_decay), (story.done.step, 0.25));
}
