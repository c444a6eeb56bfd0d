//! Processes that are killed in the midst of a run (`kill -9`), again and again: resumed, the run
//! ends in the bytes of the one that nobody killed. The short form is part of the tests; the
//! long one is run by hand:
//!
//! ```sh
//! ATTENTIVE_KILLS=100 cargo test --release --test it kill::long -- --ignored --nocapture
//! ```

use attentive::random::{Key, Purpose};
use attentive::runs::{Checkpoints, Event, read_run, standing};
use rand::Rng;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Runs to be killed: what they learn from, and settings.
const RUNS: [(&str, &str); 2] = [
    (
        "builtin:fashion",
        "[model]\nwidth = 32\ndepth = 2\nheads = 2\npatch = 7\ndropout = 0.1\n\
         [augment]\nshift = 2\nflip = true\nmixup = 0.2\n\
         [train]\nbatch_size = 64\nema = 0.9\nevaluate_every = 12\n",
    ),
    (
        "builtin:helpdesk",
        "[text]\nvocabulary = 500\nlength = 24\n[model]\nwidth = 48\ndepth = 1\nheads = 2\ndropout = 0.2\n\
         [train]\nbatch_size = 32\nevaluate_every = 9\n",
    ),
];

/// Where a process was when it was killed, by what it left.
#[derive(Clone, Copy, Debug, Default)]
struct Places {
    step: usize,
    save: usize,
    evaluation: usize,
    preparing: usize,
    from_midst: usize,
    again: u64,
}

/// What a process is let come to before it is killed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Aim {
    Step,
    Save,
    Evaluation,
}

struct Place {
    home: TempDir,
    save_every: u64,
    evaluate_every: u64,
}

impl Place {
    /// Settings of a run of `steps`.
    fn settings(&self, source: &str, settings: &str, steps: u64) -> PathBuf {
        let path = self.home.path().join("settings.toml");
        let save = self.save_every;
        let more = format!("max_steps = {steps}\nepochs = 1000\nsave_every = {save}\nsave_minutes = 0.0\n");
        let text = format!("[data]\nsource = \"{source}\"\n{settings}{more}");
        // The table of the last section goes on, which is [train].
        fs::write(&path, text).expect("writes");
        path
    }

    fn start(&self, arguments: &[&str]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_attentive"))
            .args(arguments)
            .env("ATTENTIVE_RUNS", self.home.path())
            .env("ATTENTIVE_CONFIG", self.home.path().join("window"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts")
    }

    /// Lets a process run until it has told of `count` more rows of the kind aimed at, then kills
    /// it `after` that. Returns whether it was still there to be killed.
    fn kill(&self, child: &mut Child, aim: Aim, count: u64, after: Duration) -> bool {
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut left = count;
        for line in lines.map_while(Result::ok) {
            let Ok(Event::Step { step, .. }) = serde_json::from_str(&line) else { continue };
            let reached = match aim {
                Aim::Step => true,
                Aim::Save => {
                    step.is_multiple_of(self.save_every) && !step.is_multiple_of(self.evaluate_every)
                }
                Aim::Evaluation => step.is_multiple_of(self.evaluate_every),
            };
            left -= u64::from(reached);
            if left == 0 {
                break;
            }
        }
        let begun = Instant::now();
        while begun.elapsed() < after {
            std::hint::spin_loop();
        }
        let there = left == 0 && child.try_wait().expect("asks").is_none();
        child.kill().expect("kills");
        child.wait().expect("ends");
        there
    }

    /// Runs the rest to its end.
    fn finish(&self, run: &Path) {
        let out = self.start(&["resume", text(run), "--json"]).wait_with_output().expect("ends");
        assert!(out.status.success());
        let lines = String::from_utf8(out.stdout).expect("UTF-8");
        let last = lines.lines().last().expect("lines");
        assert!(last.contains("\"event\":\"done\"") && last.contains("\"finished\""), "{last}");
    }

    /// What a kill left, counted; it must read whatever it was.
    fn look(&self, run: &Path, places: &mut Places) {
        let (events, problems) = read_run(run).expect("the log reads");
        assert!(problems.is_empty(), "{problems:?}");
        let half = |path: &Path| {
            let entries = fs::read_dir(path).into_iter().flatten().flatten();
            entries.map(|entry| entry.file_name()).any(|name| name.to_string_lossy().contains(".writing"))
        };
        let checkpoints = Checkpoints::of(run);
        let newest = checkpoints.last();
        let saving = half(&run.join("checkpoints"))
            || half(run)
            || newest.as_ref().is_some_and(|newest| half(newest))
            || checkpoints.steps().last().is_some_and(|saved| {
                let told = |event: &Event| matches!(event, Event::Checkpoint { step, .. } if step == saved);
                let steps = |event: &Event| matches!(event, Event::Step { step, .. } if step == saved);
                let place = events.iter().rposition(steps);
                place.is_some_and(|place| !events[place..].iter().any(told))
            });
        match events.iter().rev().find(|event| !matches!(event, Event::Notice { .. })) {
            _ if saving => places.save += 1,
            Some(Event::Step { step, .. }) if step.is_multiple_of(self.evaluate_every) => {
                places.evaluation += 1
            }
            Some(Event::Baseline(_)) => places.evaluation += 1,
            // The step is logged and its save not told of: between the two there is only the save.
            Some(Event::Step { step, .. }) if step.is_multiple_of(self.save_every) => places.save += 1,
            Some(Event::Step { .. } | Event::Checkpoint { .. } | Event::Evaluation(_)) => places.step += 1,
            _ => places.preparing += 1,
        }
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// Weights and optimizer of the last checkpoint, and what stands in the log, times left out.
fn result(run: &Path) -> (Vec<Vec<u8>>, Vec<String>) {
    let last = Checkpoints::of(run).last().expect("saved");
    let files = ["model", "optimizer"].map(|name| fs::read(last.join(format!("{name}.safetensors"))));
    let timed = ["samples_per_s", "loading", "cpu", "memory"];
    let line = |event: Event| match event {
        Event::Step { step, epoch, mut metrics, .. } => {
            metrics.retain(|name, _| !timed.contains(&name.as_str()));
            Some(format!("step {step} {epoch} {metrics:?}"))
        }
        Event::Evaluation(e) => {
            Some(format!("{:?} {} {:?} {:?} {}", e.split, e.step, e.metrics, e.confusion, e.best))
        }
        _ => None,
    };
    let events = standing(read_run(run).expect("reads").0);
    (files.map(|file| file.expect("reads")).to_vec(), events.into_iter().filter_map(line).collect())
}

/// Kills each of the runs `count` times in all and compares.
fn kills(count: usize, steps: [u64; 2], seed: u64) -> Places {
    let mut rng = Key::new(seed, Purpose::Test).rng();
    let mut places = Places::default();
    for ((source, settings), steps) in RUNS.into_iter().zip(steps) {
        let evaluate_every = if source == "builtin:fashion" { 12 } else { 9 };
        let place = Place { home: TempDir::new().expect("a folder"), save_every: 2, evaluate_every };
        let (whole, parts) = (place.home.path().join("whole"), place.home.path().join("parts"));
        let settings = place.settings(source, settings, steps);
        let train = |run: &Path| place.start(&["train", text(&settings), "--json", "--run", text(run)]);
        assert!(train(&whole).wait_with_output().expect("ends").status.success());
        let expected = result(&whole);
        let mut done = 0;
        // More than one run where the kills are more than its steps can bear.
        while done < count / 2 {
            let _ = fs::remove_dir_all(&parts);
            let mut child = train(&parts);
            loop {
                let aim = [Aim::Step, Aim::Save, Aim::Evaluation][rng.random_range(0..3)];
                let rows = if aim == Aim::Step { rng.random_range(1..9) } else { rng.random_range(1..4) };
                let after = Duration::from_micros(rng.random_range(0..4000));
                let before = read_run(&parts).map_or(0, |(events, _)| last_step(&events));
                if !place.kill(&mut child, aim, rows, after) {
                    break;
                }
                done += 1;
                place.look(&parts, &mut places);
                let reached = last_step(&read_run(&parts).expect("reads").0).max(before);
                if done >= count / 2 {
                    break;
                }
                let from = newest_step(&parts);
                places.from_midst += usize::from(from > 0);
                places.again = places.again.max(reached.saturating_sub(from));
                let threads = format!("train.threads={}", 1 + done % 2);
                child = place.start(&["resume", text(&parts), "--json", "--set", &threads]);
            }
            place.finish(&parts);
            let got = result(&parts);
            assert!(got.0 == expected.0, "{source}: weights and optimizer after {done} kills");
            let differ = got.1.iter().zip(&expected.1).find(|(one, other)| one != other);
            assert!(differ.is_none(), "{source} after {done} kills: {differ:?}");
            assert_eq!(got.1.len(), expected.1.len(), "{source} after {done} kills");
        }
    }
    places
}

fn last_step(events: &[Event]) -> u64 {
    let stand = standing(events.to_vec());
    stand
        .iter()
        .rev()
        .find_map(|e| if let Event::Step { step, .. } = e { Some(*step) } else { None })
        .unwrap_or(0)
}

fn newest_step(run: &Path) -> u64 {
    attentive::train::newest_checkpoint(run).expect("sound").map_or(0, |(step, skipped)| {
        assert!(skipped.is_empty(), "{skipped:?}");
        step
    })
}

#[test]
fn a_killed_run_is_resumed_to_the_same_bytes() {
    let places = kills(6, [30, 40], 1);
    assert!(places.from_midst >= 2, "{places:?}");
    // Saved every other step: no more than those of one interval are computed again, and those
    // that an interrupted save was to keep.
    assert!(places.again <= 4, "{places:?}");
}

#[test]
#[ignore = "takes minutes: run by hand, with ATTENTIVE_KILLS for another number than 100"]
fn long() {
    let count = std::env::var("ATTENTIVE_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(100);
    let places = kills(count, [600, 1200], 2);
    println!("{count} kills: {places:?}");
    assert!(
        places.step >= count / 5 && places.save >= count / 5 && places.evaluation >= count / 5,
        "{places:?}"
    );
}
