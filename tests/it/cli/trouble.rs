//! Runs that go wrong, in a terminal: the message, the command to try, and the exit code.

use super::{Place, assert_says, json_lines, text};

#[test]
fn a_run_that_diverges_names_the_command_that_goes_on() {
    let place = Place::new();
    let (config, run) = (place.small_config(), place.path("wild"));
    let wild = [
        "train.optimizer=sgd",
        "train.clip_norm=0",
        "train.weight_decay=0",
        "train.warmup_fraction=0",
        "train.schedule=constant",
        "train.learning_rate=1",
        "train.epochs=300",
        "train.evaluate_every=100000",
    ];
    let mut arguments = vec!["train", text(&config), "--run", text(&run)];
    wild.iter().for_each(|assignment| arguments.extend(["--set", assignment]));
    let ran = place.run(&arguments);
    assert_says(&ran, 1, &["is no longer a finite number at step", "train.clip_norm = 1", "try: "]);
    assert!(!ran.err.contains("panicked"), "{}", ran.err);
    let events = std::fs::read_to_string(run.join("events.jsonl")).expect("reads");
    let lines = json_lines(&events);
    let [.., trouble, done] = lines.as_slice() else { panic!("{events}") };
    assert_eq!((&trouble["event"], &trouble["trouble"]), (&"trouble".into(), &"not_finite".into()));
    assert_eq!((&done["event"], &done["outcome"]), (&"done".into(), &"failed".into()));
}

#[test]
fn a_run_that_no_machine_can_hold_is_refused_before_it_begins() {
    let place = Place::new();
    let (config, run) = (place.small_config(), place.path("vast"));
    let vast = ["model.width=4096", "model.depth=64", "model.mlp_ratio=16"];
    let mut arguments = vec!["train", text(&config), "--run", text(&run)];
    vast.iter().for_each(|assignment| arguments.extend(["--set", assignment]));
    let ran = place.run(&arguments);
    assert_says(&ran, 1, &["of memory at its peak", "that are free", "--force"]);
    assert!(!run.exists(), "nothing is left behind");
}

#[test]
fn a_run_that_fits_takes_no_notice_of_force() {
    let place = Place::new();
    let config = place.small_config();
    let ran = place.run(&["train", text(&config), "--force", "--set", "train.epochs=1"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(!ran.err.contains("memory"), "{}", ran.err);
}
