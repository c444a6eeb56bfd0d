//! The whole loop by label: launch, Train, watch, look at mistakes, filter by a confusion
//! cell, change the learning rate, stop, start again and reopen the run.

use super::{Window, home};
use attentive::app::{Action, Activity, RunView, State};
use attentive::config::Value;
use attentive::data::Split;
use attentive::runs::Outcome;
use eframe::egui::Role;
use egui_kittest::kittest::{NodeT, Queryable};
use std::collections::BTreeMap;

/// A network that steps in milliseconds.
const SMALL: &[(&str, Value)] = &[
    ("model.patch", Value::Int(7)),
    ("model.width", Value::Int(16)),
    ("model.heads", Value::Int(2)),
    ("model.depth", Value::Int(1)),
    ("train.batch_size", Value::Int(32)),
    ("train.epochs", Value::Int(100)),
    ("train.evaluate_every", Value::Int(40)),
    ("train.learning_rate", Value::Float(0.004)),
];

fn points(state: &State) -> usize {
    state.run.as_ref().and_then(|r| r.steps.get("loss")).map_or(0, Vec::len)
}

fn run(window: &Window) -> &RunView {
    window.state().run.as_ref().expect("a run is shown")
}

/// Labels of all buttons that contain a text.
fn buttons(window: &Window, text: &str) -> Vec<String> {
    let nodes = window.harness.query_all_by_label_contains(text);
    nodes
        .filter(|node| node.accesskit_node().role() == Role::Button)
        .filter_map(|node| node.accesskit_node().label())
        .collect()
}

/// Every point of every curve, bit for bit.
#[track_caller]
fn same_curves(again: &BTreeMap<String, Vec<[f64; 2]>>, live: &BTreeMap<String, Vec<[f64; 2]>>) {
    assert_eq!(again.keys().collect::<Vec<_>>(), live.keys().collect::<Vec<_>>());
    for (name, points) in live {
        assert_eq!(&again[name], points, "{name}");
    }
}

#[test]
fn train_watch_inspect_steer_stop_and_reopen() {
    let home = home();
    let mut window = Window::start(home.path(), None);
    window.until("the built-in data", |s| s.data.is_some() && s.opening.is_none());
    for (key, value) in SMALL {
        window.act(Action::Set(key, value.clone()));
    }
    assert_eq!(window.state().problems, []);

    window.click("Train");
    window.until("curve points", |s| points(s) >= 5);
    assert!(window.harness.query_by_label("Pause").is_some(), "Train has become Pause");
    let chance = 1.0 / 10.0;
    let accuracy = |s: &State| {
        s.run.as_ref().and_then(|r| r.last_validation()?.metrics.get("accuracy").copied()).unwrap_or(0.0)
    };
    window.until("a validation accuracy of three times chance", |s| accuracy(s) >= 3.0 * chance);
    window.until("predictions", |s| s.run.as_ref().is_some_and(|r| r.predictions.is_some()));

    // Mistakes are on screen, the worst first.
    window.harness.run_steps(3);
    let mistakes = buttons(&window, ", predicted ");
    let mistakes: Vec<&String> = mistakes.iter().filter(|label| !label.starts_with("true ")).collect();
    assert!(!mistakes.is_empty(), "misclassified samples are shown");
    for label in &mistakes {
        let (truth, rest) = label.split_once(", predicted ").expect("as queried");
        assert!(!rest.starts_with(truth), "only mistakes are shown: {label}");
    }

    // A confusion cell off the diagonal filters the predictions.
    let cell = buttons(&window, "true ").into_iter().find(|label| {
        let Some((truth, rest)) =
            label.strip_prefix("true ").and_then(|rest| rest.split_once(", predicted "))
        else {
            return false;
        };
        let Some((predicted, count)) = rest.rsplit_once(": ") else { return false };
        truth != predicted && count != "0"
    });
    let cell = cell.expect("some class is taken for another");
    window.click(&cell);
    let filter = window.state().filter.clone();
    let (truth, predicted) =
        (filter.true_class.expect("filtered"), filter.predicted_class.expect("filtered"));
    let classes = run(&window).classes().to_vec();
    assert_eq!(
        cell.rsplit_once(": ").expect("a count").0,
        format!("true {}, predicted {}", classes[truth as usize], classes[predicted as usize])
    );

    // The learning rate changes while the run goes on.
    let before = run(&window).step;
    window.click("Settings");
    window.enter("Learning rate", "0.0005");
    window.until("the change", |s| s.run.as_ref().is_some_and(|r| !r.changes.is_empty()));
    let change = run(&window).changes[0].clone();
    assert_eq!((change.key.as_str(), change.to), ("train.learning_rate", Value::Float(0.0005)));
    assert!(change.step >= before, "{} then {}", before, change.step);
    window.until("steps after the change", |s| s.run.as_ref().is_some_and(|r| r.step > change.step + 3));

    // Pause stands still, Resume goes on.
    window.click("Pause");
    window.until("the pause", |s| s.run.as_ref().is_some_and(|r| r.paused));
    window.harness.run_steps(2);
    window.click("Resume");
    window.until("going on", |s| s.run.as_ref().is_some_and(|r| !r.paused));

    window.click("Stop");
    window.until("the end", |s| s.activity == Activity::Idle);
    let ended = run(&window).clone();
    assert_eq!(ended.done.as_ref().expect("ended").outcome, Outcome::Stopped);
    let last = ended.last_validation().expect("evaluated at the end").clone();
    assert_eq!(last.step, ended.step, "Stop evaluates the last weights");
    drop(window);

    // A new start on the same folders shows the run again in all panels.
    let mut window = Window::start(home.path(), None);
    window.until("the list of runs", |s| !s.runs.is_empty());
    window.until("the data", |s| s.data.is_some() && s.opening.is_none());
    assert!(window.state().run.is_none());
    window.click("Runs");
    let row = buttons(&window, "Run ").into_iter().find(|label| label.contains("stopped"));
    window.click(&row.expect("the run is listed as stopped"));
    window.until("the run", |s| s.run.is_some());
    window.harness.run_steps(3);
    let again = run(&window);
    same_curves(&again.steps, &ended.steps);
    let summary = |run: &RunView| -> Vec<_> {
        run.evaluations.iter().map(|e| (e.step, e.split, e.samples, e.best, e.confusion.clone())).collect()
    };
    assert_eq!(summary(again), summary(&ended));
    assert_eq!(again.changes, ended.changes);
    let (old, new) = (ended.predictions.expect("live"), again.predictions.clone().expect("kept"));
    assert_eq!((&old.samples, &old.predicted), (&new.samples, &new.predicted));
    assert!(new.splits.contains(&Split::Validation));
    assert!(window.state().run_data.is_some(), "its samples can be shown");
    assert!(!buttons(&window, ", predicted ").is_empty());

    // The reader predicts with the saved weights.
    window.click("Try it");
    window.click("Random sample");
    window.until("an answer", |s| s.try_it.answer.is_some());
    let (step, answer) = window.state().try_it.answer.clone().expect("just seen");
    assert_eq!(step, ended.step);
    let sum: f32 = answer.expect("probabilities").iter().sum();
    assert!((sum - 1.0).abs() < 1e-4, "{sum}");

    // And says what they rest on.
    window.click("Show what it rests on");
    window.until("an explanation", |s| s.try_it.saliency.is_some());
    let found = window.state().try_it.saliency.clone().expect("just seen").expect("found out");
    assert!(!found.values().is_empty() && found.step == ended.step);
    assert!(!buttons(&window, ", predicted ").is_empty());
}
