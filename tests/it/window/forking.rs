//! A fork in the whole window: prepared in its dialog, trained, shown below its parent, verified;
//! a run that was changed by hand is not.

use super::{Window, home};
use attentive::app::{Activity, State};
use attentive::config::RunConfig;
use attentive::runs::{Event, Outcome, Verified, read_run};
use attentive::train::{NoSteering, Observer, TrainJob, run};
use egui_kittest::kittest::{NodeT, Queryable};
use std::path::{Path, PathBuf};

struct Silent;

impl Observer for Silent {
    fn event(&mut self, _: &Event) {}
}

/// A small finished run, 24 steps with a checkpoint every eighth.
fn parent(home: &Path) -> PathBuf {
    let folder = home.join("runs/parent");
    let mut config = RunConfig::default();
    for assignment in [
        "data.source=builtin:helpdesk",
        "text.vocabulary=200",
        "model.width=16",
        "model.depth=1",
        "model.heads=2",
        "train.max_steps=24",
        "train.save_every=8",
        "train.keep_checkpoints=10",
        "train.evaluate_every=12",
    ] {
        config.apply(assignment).expect("fits");
    }
    let job = TrainJob { config, data: None, folder: Some(folder.clone()) };
    run(job, &mut NoSteering, &mut Silent).expect("trains");
    folder
}

fn idle(state: &State) -> bool {
    state.activity == Activity::Idle && state.verifies().is_none()
}

#[test]
fn a_fork_is_made_in_its_dialog_trained_and_verified() {
    let home = home();
    let folder = parent(home.path());
    let mut window = Window::start(home.path(), Some("builtin:helpdesk"));
    window.until("the list", |s| !s.runs.is_empty() && s.opening.is_none() && s.data.is_some());
    window.click("Runs");
    window.click("What can be done with parent");
    window.click("Fork…");
    window.until("the checkpoints", |s| s.forking.as_ref().is_some_and(|f| !f.points.is_empty()));
    window.harness.run_steps(3);
    window.input("Checkpoint").click();
    window.harness.run_steps(3);
    window.harness.get_all_by_label_contains("Step 24 (newest").last().expect("an entry").click();
    window.harness.run_steps(3);
    assert!(window.shows("the plan ends at step 24"), "from the newest there is nothing left to do");
    assert!(window.harness.get_by_label("Fork and train").accesskit_node().is_disabled());
    window.input("Checkpoint").click();
    window.harness.run_steps(3);
    window.click("Step 8");
    assert!(!window.shows("the plan ends"));

    window.click("Change a setting…");
    window.input("Learning rate").click();
    window.harness.run_steps(3);
    window.enter("Learning rate", "0.02");
    assert!(window.shows("was 0.001"));
    window.click("Fork and train");
    window.until("the fork is done", |s| {
        let run = s.run.as_ref().filter(|run| run.parent.is_some());
        let done = run.and_then(|run| run.done.as_ref());
        idle(s) && done.is_some_and(|done| done.outcome == Outcome::Finished)
    });
    let fork = window.state().run.as_ref().expect("shown").folder.clone();
    let losses = |folder: &Path| -> Vec<f64> {
        let loss = |event: Event| match event {
            Event::Step { metrics, .. } => Some(metrics["loss"]),
            _ => None,
        };
        read_run(folder).expect("reads").0.into_iter().filter_map(loss).collect()
    };
    let (own, of_parent) = (losses(&fork), losses(&folder));
    assert_eq!((own.len(), &own[..8]), (24, &of_parent[..8]));
    assert_ne!(own[10..], of_parent[10..]);
    window.until("the list", |s| s.runs.iter().any(|row| row.parent.is_some() && row.status == "finished"));
    window.until("its parent in the charts", |s| s.overlays.iter().any(|overlay| overlay.run.is_some()));
    window.harness.run_steps(3);
    assert!(window.shows("Forked at step 8 from parent"));
    let row = |window: &Window, text: &str| {
        let found = window.harness.query_all_by_label_contains(text).next();
        found.unwrap_or_else(|| panic!("no row {text}")).rect().top()
    };
    let (above, below) = (row(&window, "Run parent,"), row(&window, "Run Learning rate 0.02,"));
    assert!(above < below, "below its parent, though newer");

    window.click("What can be done with Learning rate 0.02");
    window.click("Verify from the start");
    window.until("verified", |s| idle(s) && s.runs.iter().any(|row| row.verified.is_some()));
    window.harness.run_steps(3);
    let mark = Verified::read(&fork).expect("marked");
    assert_eq!((mark.from_step, mark.to_step), (8, 24));
    window.harness.get_by_label("Learning rate 0.02 is verified");

    // Another number in the log of the parent, as if it had been trained elsewhere.
    let log = std::fs::read_to_string(folder.join("events.jsonl")).expect("reads");
    let last = format!("\"loss\":{}", of_parent[23]);
    assert!(log.contains(&last), "the log has the number as it is");
    std::fs::write(folder.join("events.jsonl"), log.replace(&last, "\"loss\":9.5")).expect("writes");
    window.click("What can be done with parent");
    window.click("Verify");
    window.until("the difference", |s| idle(s) && s.notice.is_some());
    let notice = window.state().notice.clone().expect("told").text;
    assert!(notice.contains("parent does not come out the same"), "{notice}");
    assert!(notice.contains("step 24") && notice.contains("loss was 9.5"), "{notice}");
    assert_eq!(Verified::read(&folder), None);
}
