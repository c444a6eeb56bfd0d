//! `attentive watch`, and processes that are told to leave or killed: what others see of them.

use super::{Place, assert_says, json_lines, text};
use attentive::runs::{Event, read_run};
use serde_json::Value;
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// A process that trains without end, and the lines that it prints.
fn training(place: &Place) -> (Child, Lines<BufReader<ChildStdout>>, PathBuf) {
    let (config, run) = (place.small_config(), place.path("run"));
    let mut child = place
        .command(&["train", text(&config), "--json", "--run", text(&run), "--set", "train.epochs=100000"])
        .args(["--set", "train.save_every=4"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts");
    let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    (child, lines, run)
}

/// The step of the `count`th row that a process prints from now on.
fn step_after(lines: &mut Lines<BufReader<ChildStdout>>, count: usize) -> u64 {
    let steps = lines.map_while(Result::ok).filter_map(|line| match serde_json::from_str(&line) {
        Ok(Event::Step { step, .. }) => Some(step),
        _ => None,
    });
    steps.take(count).last().expect("steps")
}

fn last_step(run: &Path) -> u64 {
    let (events, problems) = read_run(run).expect("reads");
    assert!(problems.is_empty(), "{problems:?}");
    let step = |event: &Event| if let Event::Step { step, .. } = event { Some(*step) } else { None };
    events.iter().rev().find_map(step).expect("steps")
}

#[test]
fn a_kill_loses_no_row_that_was_told_of() {
    let place = Place::new();
    let (mut child, mut lines, run) = training(&place);
    let told = step_after(&mut lines, 9);
    child.kill().expect("kills");
    child.wait().expect("ends");
    assert!(last_step(&run) >= told, "step {told} was printed, step {} is in the log", last_step(&run));
}

#[test]
fn watch_follows_a_run_of_another_process_until_that_is_killed() {
    let place = Place::new();
    let (mut child, mut lines, run) = training(&place);
    step_after(&mut lines, 2);
    let mut watch = place
        .command(&["watch", text(&run), "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut seen = BufReader::new(watch.stdout.take().expect("piped")).lines();
    let first: Value = serde_json::from_str(&seen.next().expect("a line").expect("UTF-8")).expect("JSON");
    assert_eq!(first["event"], "accepted", "from the run's first event on");
    // More than the log held when it began: it follows.
    let there = last_step(&run);
    while step_after(&mut seen, 1) <= there {
        step_after(&mut lines, 1);
    }
    child.kill().expect("kills");
    child.wait().expect("ends");
    let rest = seen.map(|line| line.expect("UTF-8")).last();
    let ended = watch.wait_with_output().expect("ends");
    assert_eq!(ended.status.code(), Some(1));
    let said = String::from_utf8(ended.stderr).expect("UTF-8");
    let step = last_step(&run);
    assert!(said.contains(&format!("cut off at step {step}")) && said.contains("attentive resume"), "{said}");
    assert!(rest.is_some_and(|line| line.contains("\"event\"")), "the last rows are not withheld");

    let plain = place.run(&["watch", text(&run)]);
    assert_says(&plain, 1, &["run folder: ", "parameters", "cut off at step"]);
}

#[test]
fn watch_prints_what_train_printed_of_a_run_that_is_done() {
    let place = Place::new();
    let (config, run) = (place.small_config(), place.path("run"));
    let trained = place.run(&["train", text(&config), "--run", text(&run)]);
    let watched = place.run(&["watch", text(&run)]);
    assert_eq!((watched.code, &watched.out), (Some(0), &trained.out));
    assert!(watched.err.contains("best so far"), "{}", watched.err);
    let events = json_lines(&place.run(&["watch", text(&run), "--json"]).out);
    let log = json_lines(&std::fs::read_to_string(run.join("events.jsonl")).expect("the log"));
    assert_eq!(events, log);
    assert_says(&place.run(&["watch", "nowhere"]), 2, &["nowhere", "not a run"]);
}

#[cfg(unix)]
#[test]
fn a_second_ctrl_c_leaves_at_once_with_the_last_checkpoint_intact() {
    let place = Place::new();
    let run = place.path("run");
    // Its closing evaluation takes far longer than a signal.
    let config = place.write(
        "slow.toml",
        "[data]\nsource = \"builtin:fashion\"\nvalidation_fraction = 0.5\n\
         [model]\nwidth = 128\ndepth = 8\nheads = 4\npatch = 2\n\
         [train]\nepochs = 1000\nbatch_size = 2\nsave_every = 1\nthreads = 1\nbaseline = false\n",
    );
    let mut child = place
        .command(&["train", text(&config), "--json", "--run", text(&run)])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let mut said = BufReader::new(child.stderr.take().expect("piped")).lines();
    step_after(&mut lines, 3);
    let id = child.id().to_string();
    let interrupt = || assert!(Command::new("kill").args(["-INT", &id]).status().expect("kill").success());
    interrupt();
    assert!(said.any(|line| line.is_ok_and(|line| line.contains("Press Ctrl-C again"))));
    interrupt();
    assert!(said.any(|line| line.is_ok_and(|line| line.contains("Leaving at once"))));
    assert_eq!(child.wait().expect("ends").code(), Some(130));
    let rest: Vec<String> = lines.map(|line| line.expect("UTF-8")).collect();
    assert!(
        !rest.iter().any(|line| line.contains("\"done\"")),
        "it did not wait for the evaluation: {rest:?}"
    );
    let (step, skipped) = attentive::train::newest_checkpoint(&run).expect("sound").expect("there is one");
    assert!(step >= 2 && skipped.is_empty(), "{step} {skipped:?}");
}
