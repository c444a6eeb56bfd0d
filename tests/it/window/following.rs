//! A run that another process trains, in the whole window. The lock is held by this test, as the
//! other process would hold it.

use super::{Window, home};
use attentive::app::Action;
use attentive::config::RunConfig;
use attentive::data::{OpenOptions, open, silent, summary};
use attentive::runs::{Accepted, Event, Metrics, RunFolder};
use egui_kittest::kittest::{NodeT, Queryable};
use std::path::Path;

fn begin(folder: &Path) -> RunFolder {
    let mut config = RunConfig::default();
    config.data.source = "builtin:helpdesk".to_owned();
    let mut data = open("builtin:helpdesk", &OpenOptions::default(), &silent).expect("built in");
    data.hold_out(config.data.validation_fraction, config.train.seed);
    let mut run = RunFolder::create(folder, &config).expect("new");
    let accepted = Accepted {
        version: "0".to_owned(),
        started: 1,
        run: folder.to_string_lossy().into_owned(),
        config,
        task: data.task,
        data: summary(&data),
        parameters: 10,
        steps_per_epoch: 10,
        total_steps: 100,
        device: "CPU".to_owned(),
    };
    run.append(&Event::Accepted(Box::new(accepted))).expect("writes");
    run
}

fn step(run: &mut RunFolder, step: u64) {
    let metrics = Metrics::from([("loss".to_owned(), 1.0 / step as f64)]);
    run.append(&Event::Step { step, epoch: step as f64 / 10.0, seconds: step as f64, metrics })
        .expect("writes");
}

#[test]
fn a_run_of_another_process_grows_in_the_window_and_is_offered_when_that_dies() {
    let home = home();
    let folder = home.path().join("runs/theirs");
    let mut theirs = begin(&folder);
    (1..=5).for_each(|number| step(&mut theirs, number));
    let mut window = Window::start(home.path(), Some("builtin:helpdesk"));
    window.until("the list", |state| state.runs.iter().any(|row| row.status == "running"));
    window.until("the data", |state| state.data.is_some() && state.opening.is_none());
    window.act(Action::OpenRun(folder.clone()));
    window
        .until("the run", |state| state.shows_followed() && state.run.as_ref().is_some_and(|r| r.step == 5));
    window.harness.run_steps(2);
    assert!(window.shows("Another process is training this run"));
    assert!(window.shows("Step 5 of 100"));
    assert!(window.harness.get_by_label("Stop").accesskit_node().is_disabled());
    assert!(window.harness.query_by_label("Train on…").is_none(), "it is not to be extended from here");

    step(&mut theirs, 6);
    window.until("the new step", |state| state.run.as_ref().is_some_and(|run| run.step == 6));
    window.harness.run_steps(2);
    assert!(window.shows("Step 6 of 100"));
    window.harness.run_steps(30);
    assert!(window.harness.try_run().is_ok(), "without news no frame is asked for");

    step(&mut theirs, 7);
    drop(theirs);
    window.until("the offer", |state| state.offer.is_some());
    window.until("the list", |state| state.runs.iter().any(|row| row.status == "cut off"));
    window.harness.run_steps(2);
    assert!(window.shows("was cut off at step 7"), "what it wrote last is there");
    if let Some(notice) = &window.state().notice {
        // Without the system's fonts the window warns of signs that it cannot draw.
        assert!(!notice.text.contains("theirs"), "{}", notice.text);
        window.act(Action::DismissNotice);
        window.harness.run_steps(2);
    }
    let (notice, offer) = (&window.state().notice, &window.state().offer);
    assert!(window.harness.query_by_label("Resume it").is_some(), "{notice:?} {offer:?}");
    assert!(!window.shows("Another process is training"));
}
