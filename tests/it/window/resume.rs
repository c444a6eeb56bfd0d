//! A run that was cut off, in the whole window: offered at the start, resumed by a click, its
//! curve without a seam.

use super::{Window, home};
use crate::copy_folder;
use attentive::app::Activity;
use attentive::config::RunConfig;
use attentive::runs::{Event, Outcome, read_run, standing};
use attentive::train::{NoSteering, Observer, TrainJob, run};
use egui_kittest::kittest::Queryable;
use std::path::{Path, PathBuf};

/// Copies the run while it is at a step, as a killed process leaves it.
struct CutAt(u64, PathBuf, PathBuf);

impl Observer for CutAt {
    fn event(&mut self, event: &Event) {
        if matches!(event, Event::Step { step, .. } if *step == self.0) {
            copy_folder(&self.1, &self.2);
        }
    }
}

fn losses(folder: &Path) -> Vec<f64> {
    let loss = |event: Event| match event {
        Event::Step { metrics, .. } => Some(metrics["loss"]),
        _ => None,
    };
    standing(read_run(folder).expect("reads").0).into_iter().filter_map(loss).collect()
}

#[test]
fn a_run_that_was_cut_off_is_offered_and_goes_on_without_a_seam() {
    let home = home();
    let (whole, cut) = (home.path().join("whole"), home.path().join("runs/cut"));
    let mut config = RunConfig::default();
    for assignment in [
        "data.source=builtin:helpdesk",
        "text.vocabulary=200",
        "model.width=16",
        "model.depth=1",
        "model.heads=2",
        "model.dropout=0.1",
        "train.max_steps=30",
        "train.save_every=4",
        "train.evaluate_every=10",
    ] {
        config.apply(assignment).expect("fits");
    }
    let job = TrainJob { config, data: None, folder: Some(whole.clone()) };
    run(job, &mut NoSteering, &mut CutAt(23, whole.clone(), cut.clone())).expect("begins");

    let mut window = Window::start(home.path(), Some("builtin:helpdesk"));
    window.until("the offer", |state| state.offer.is_some() && state.opening.is_none());
    assert!(window.shows("The run cut was cut off at step"));
    window.click("Resume it");
    window.until("the run goes on", |state| state.activity != Activity::Idle);
    assert!(window.harness.query_by_label("Resume it").is_none(), "no longer offered");
    window.until("the end", |state| {
        let done = state.run.as_ref().and_then(|run| run.done.as_ref());
        done.is_some_and(|done| done.outcome == Outcome::Finished) && state.activity == Activity::Idle
    });
    let shown = window.state().run.as_ref().expect("shown");
    let curve: Vec<f64> = shown.steps["loss"].iter().map(|[_, loss]| *loss).collect();
    assert_eq!(curve, losses(&whole), "the very curve");
    assert_eq!(losses(&cut), losses(&whole));
    assert_eq!(shown.evaluations.len(), 3, "every ten steps");
    window.until("the list", |state| state.runs.iter().any(|row| row.status == "finished"));
}
