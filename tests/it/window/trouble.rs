//! A run that goes wrong, in the whole window: the notice has buttons, and they do what they say.

use super::{Window, home};
use attentive::app::{Action, Activity, State};
use attentive::config::Value;
use attentive::runs::Outcome;
use egui_kittest::kittest::{NodeT, Queryable};
use std::path::Path;

const SMALL: &[(&str, Value)] = &[
    ("model.patch", Value::Int(7)),
    ("model.width", Value::Int(16)),
    ("model.heads", Value::Int(2)),
    ("model.depth", Value::Int(1)),
    ("train.batch_size", Value::Int(32)),
    ("train.epochs", Value::Int(1)),
    ("train.max_steps", Value::Int(120)),
    ("train.evaluate_every", Value::Int(0)),
    ("train.baseline", Value::Bool(false)),
];

fn start(home: &Path, free: Option<u64>, more: &[(&'static str, Value)]) -> Window {
    let mut window = Window::start_with(home, None, |options| options.free_memory = free);
    window.until("the built-in data", |s| s.data.is_some() && s.opening.is_none());
    for (key, value) in SMALL.iter().chain(more) {
        window.act(Action::Set(key, value.clone()));
    }
    assert_eq!(window.state().problems, []);
    window
}

fn ended(state: &State) -> bool {
    state.activity == Activity::Idle && state.run.as_ref().is_some_and(|run| run.done.is_some())
}

fn outcome(window: &Window) -> Option<Outcome> {
    window.state().run.as_ref()?.done.as_ref().map(|done| done.outcome)
}

#[test]
fn a_run_that_lacks_memory_is_refused_and_can_be_begun_anyway() {
    let home = home();
    let mut window = start(home.path(), Some(1_000_000), &[("train.max_steps", Value::Int(3))]);
    window.click("Train");
    window.until("the refusal", |state| state.activity == Activity::Idle && state.notice.is_some());
    window.harness.run_steps(2);
    assert!(window.shows("The run was not begun: it would take about"));
    assert!(std::fs::read_dir(home.path().join("runs")).is_ok_and(|mut runs| runs.next().is_none()));
    // The buttons can be reached and pressed with the keyboard alone.
    window.harness.get_by_label("Train anyway").focus();
    window.harness.run_steps(1);
    assert!(window.harness.get_by_label("Train anyway").is_focused());
    window.harness.key_press(eframe::egui::Key::Enter);
    window.harness.run_steps(3);
    window.until("the end", ended);
    assert_eq!(outcome(&window), Some(Outcome::Finished));
    let warned = window.state().log.iter().any(|line| line.text.contains("of memory at its peak"));
    assert!(warned, "what is forced is warned of");
}

#[test]
fn a_run_that_broke_goes_on_from_its_last_good_checkpoint_by_a_click() {
    let home = home();
    let wild = [
        ("train.optimizer", Value::Text("sgd".to_owned())),
        ("train.clip_norm", Value::Float(0.0)),
        ("train.weight_decay", Value::Float(0.0)),
        ("train.warmup_fraction", Value::Float(0.0)),
        ("train.schedule", Value::Text("constant".to_owned())),
        ("train.save_every", Value::Int(2)),
        ("train.max_steps", Value::Int(2000)),
        ("train.epochs", Value::Int(100)),
        ("train.learning_rate", Value::Float(1.0)),
    ];
    let mut window = start(home.path(), None, &wild);
    window.click("Train");
    window.until("the end", ended);
    assert_eq!(outcome(&window), Some(Outcome::Failed));
    window.harness.run_steps(2);
    assert!(window.shows("is no longer a finite number at step"));
    let failed = window.state().run.as_ref().expect("shown").folder.clone();
    let label = window.state().remedies[0].label.clone();
    assert!(!window.harness.get_by_label(&label).accesskit_node().is_disabled());
    window.click(&label);
    window.until("another run", |state| {
        state.activity != Activity::Idle && state.run.as_ref().is_some_and(|run| run.folder != failed)
    });
    assert!(window.harness.query_by_label(&label).is_none(), "the notice is gone");
}
