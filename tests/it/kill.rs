//! Processes that are killed in the midst of a run (`kill -9`), again and again: resumed, the run
//! ends in the bytes of the one that nobody killed. The short form is part of the tests; the
//! long ones are run by hand:
//!
//! ```sh
//! ATTENTIVE_SECONDS=300 cargo test --release --test it kill::long -- --ignored --nocapture
//! cargo test --release --test it kill::saves -- --ignored --nocapture
//! ```
//!
//! `ATTENTIVE_KILLS` is another number of kills than 6, 100 and 500, `ATTENTIVE_SECONDS` how many seconds
//! of processor time the runs must have taken that nobody killed: each computes in one thread, and
//! a process that was halted meanwhile or had to share the processor has less of it than passed.

use attentive::random::{Key, Purpose};
use attentive::runs::{Checkpoints, Event, read_run, standing};
use rand::Rng;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A run to be killed.
struct Run {
    source: &'static str,
    /// As TOML; the table of the last section goes on, which is `[train]`.
    settings: &'static str,
    steps: u64,
    save_every: u64,
    evaluate_every: u64,
}

/// Pictures with augmentation, mixup, dropout and a weight average.
const PICTURES: Run = Run {
    source: "builtin:fashion",
    settings: "[model]\nwidth = 32\ndepth = 2\nheads = 2\npatch = 7\ndropout = 0.1\n\
               [augment]\nshift = 2\nflip = true\nmixup = 0.2\n\
               [train]\nbatch_size = 64\nema = 0.9\n",
    steps: 30,
    save_every: 2,
    evaluate_every: 12,
};

/// Texts with dropout.
const TEXTS: Run = Run {
    source: "builtin:helpdesk",
    settings: "[text]\nvocabulary = 500\nlength = 24\n\
               [model]\nwidth = 48\ndepth = 1\nheads = 2\ndropout = 0.2\n\
               [train]\nbatch_size = 32\n",
    steps: 40,
    save_every: 2,
    evaluate_every: 9,
};

/// Where a process was when it was killed, by what it left.
#[derive(Clone, Copy, Debug, Default)]
struct Places {
    step: usize,
    save: usize,
    evaluation: usize,
    preparing: usize,
    from_midst: usize,
    again: u64,
    /// Rows of steps that a process had told of and the log does not have: the most, and all.
    lost: (u64, u64),
}

impl Places {
    fn kills(&self) -> usize {
        self.step + self.save + self.evaluation + self.preparing
    }

    /// How often a kill fell where it was aimed at.
    fn of(&self, aim: Aim) -> usize {
        match aim {
            Aim::Step => self.step,
            Aim::Save => self.save,
            Aim::Evaluation => self.evaluation,
        }
    }

    fn with(self, other: Self) -> Self {
        Self {
            step: self.step + other.step,
            save: self.save + other.save,
            evaluation: self.evaluation + other.evaluation,
            preparing: self.preparing + other.preparing,
            from_midst: self.from_midst + other.from_midst,
            again: self.again.max(other.again),
            lost: (self.lost.0.max(other.lost.0), self.lost.1 + other.lost.1),
        }
    }
}

/// What a process is let come to before it is killed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Aim {
    Step,
    Save,
    Evaluation,
}

/// Seconds in all and of the processor that a process took.
#[derive(Clone, Copy, Debug, Default)]
struct Took {
    wall: f64,
    /// `None` where the system does not tell.
    processor: Option<f64>,
}

impl Took {
    /// What a process took that is still known to the system: it has ended, or is about to, and
    /// nobody has waited for it yet.
    fn of(child: &Child, begun: Instant) -> Self {
        // The fields behind the name, which may hold spaces; 14 and 15 of all are its time in user and
        // system mode, in hundredths of a second (proc_pid_stat(5); USER_HZ is 100 on Linux).
        let stat = fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap_or_default();
        let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        let mut ticks = fields.split_whitespace().skip(11).map_while(|field| field.parse::<f64>().ok());
        let processor = ticks.next().zip(ticks.next()).map(|(user, system)| (user + system) / 100.0);
        Self { wall: begun.elapsed().as_secs_f64(), processor }
    }

    fn with(self, other: Self) -> Self {
        let processor = self.processor.zip(other.processor).map(|(one, two)| one + two);
        Self { wall: self.wall + other.wall, processor }
    }
}

impl std::fmt::Display for Took {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.processor {
            Some(processor) => write!(f, "{:.0} s, {processor:.0} s of them on the processor,", self.wall),
            None => write!(f, "{:.0} s", self.wall),
        }
    }
}

/// Aims at places in turn so that each gets its part: the one that is furthest behind, whatever
/// the kills before it hit; `parts` says how much of all is to fall into each.
fn aim(parts: &[(Aim, usize)], places: &Places) -> Aim {
    let behind = |(aim, part): &&(Aim, usize)| (places.of(*aim) * 1000) / part;
    parts.iter().min_by_key(behind).map_or(Aim::Step, |(aim, _)| *aim)
}

struct Place<'a> {
    home: TempDir,
    run: &'a Run,
}

impl Place<'_> {
    fn settings(&self) -> PathBuf {
        let Run { source, settings, steps, save_every, evaluate_every } = self.run;
        let path = self.home.path().join("settings.toml");
        let more = format!(
            "max_steps = {steps}\nepochs = 10000\nsave_every = {save_every}\nsave_minutes = 0.0\n\
             evaluate_every = {evaluate_every}\nthreads = 1\n"
        );
        fs::write(&path, format!("[data]\nsource = \"{source}\"\n{settings}{more}")).expect("writes");
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

    /// Lets a process do `steps`, then go on to a place of the kind aimed at, and kills it `after`
    /// that. Returns the last step that it told of, and whether it was still there to be killed.
    fn kill(&self, child: &mut Child, aim: Aim, steps: u64, after: Duration) -> (u64, bool) {
        let Run { save_every, evaluate_every, .. } = self.run;
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut rows = || {
            lines.by_ref().map_while(Result::ok).find_map(|line| match serde_json::from_str(&line) {
                Ok(Event::Step { step, .. }) => Some(step),
                _ => None,
            })
        };
        let (mut done, mut last, mut reached) = (0, 0, false);
        while !reached && let Some(step) = rows() {
            (done, last) = (done + 1, step);
            reached = done >= steps
                && match aim {
                    Aim::Step => true,
                    Aim::Save => step.is_multiple_of(*save_every) && !step.is_multiple_of(*evaluate_every),
                    Aim::Evaluation => step.is_multiple_of(*evaluate_every),
                };
        }
        let begun = Instant::now();
        while begun.elapsed() < after {
            std::hint::spin_loop();
        }
        let there = reached && child.try_wait().expect("asks").is_none();
        child.kill().expect("kills");
        child.wait().expect("ends");
        // What it told of before it died and nobody had read.
        while let Some(step) = rows() {
            last = step;
        }
        (last, there)
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
            Some(Event::Step { step, .. }) if step.is_multiple_of(self.run.evaluate_every) => {
                places.evaluation += 1
            }
            Some(Event::Baseline(_)) => places.evaluation += 1,
            // The step is logged and its save not told of: between the two there is only the save.
            Some(Event::Step { step, .. }) if step.is_multiple_of(self.run.save_every) => places.save += 1,
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

/// Kills processes of a run and compares its end with that of the run that nobody killed, until
/// `enough`; over again where one run does not have room for all. About every `gap` steps comes
/// a kill. Returns what was hit, and the time of the run that nobody killed.
fn kills(
    run: &Run,
    gap: u64,
    parts: &[(Aim, usize)],
    seed: u64,
    enough: impl Fn(&Places) -> bool,
) -> (Places, Took) {
    let mut rng = Key::new(seed, Purpose::Test).rng();
    let mut places = Places::default();
    let (place, source) = (Place { home: TempDir::new().expect("a folder"), run }, run.source);
    let (whole, cut) = (place.home.path().join("whole"), place.home.path().join("parts"));
    let settings = place.settings();
    let train = |run: &Path| place.start(&["train", text(&settings), "--json", "--run", text(run)]);
    let (begun, mut child) = (Instant::now(), train(&whole));
    // It has ended, or nearly so, when it closes its output; the system forgets it when waited for.
    std::io::copy(&mut child.stdout.take().expect("piped"), &mut std::io::sink()).expect("reads");
    let took = Took::of(&child, begun);
    assert!(child.wait().expect("ends").success());
    let expected = result(&whole);
    while !enough(&places) {
        let _ = fs::remove_dir_all(&cut);
        let mut child = train(&cut);
        loop {
            let aim = aim(parts, &places);
            let after = Duration::from_micros(rng.random_range(0..4000));
            let (told, there) = place.kill(&mut child, aim, rng.random_range(1..=2 * gap), after);
            if !there {
                break;
            }
            place.look(&cut, &mut places);
            let kept = last_step(&read_run(&cut).expect("reads").0);
            let lost = told.saturating_sub(kept);
            places.lost = (places.lost.0.max(lost), places.lost.1 + lost);
            let from = newest_step(&cut);
            places.from_midst += usize::from(from > 0);
            places.again = places.again.max(told.max(kept).saturating_sub(from));
            if enough(&places) {
                break;
            }
            let threads = format!("train.threads={}", 1 + places.kills() % 2);
            child = place.start(&["resume", text(&cut), "--json", "--set", &threads]);
        }
        let done = places.kills();
        place.finish(&cut);
        let got = result(&cut);
        assert!(got.0 == expected.0, "{source}: weights and optimizer after {done} kills");
        let differ = got.1.iter().zip(&expected.1).find(|(one, other)| one != other);
        assert!(differ.is_none(), "{source} after {done} kills: {differ:?}");
        assert_eq!(got.1.len(), expected.1.len(), "{source} after {done} kills");
    }
    // A kill may cost at most twenty rows of the log; steps that are done again at most those since
    // the save before the one that was cut off.
    assert!(places.lost.0 <= 20 && places.again <= run.save_every, "{source}: {places:?}");
    (places, took)
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
    let parts = [(Aim::Step, 1), (Aim::Save, 1), (Aim::Evaluation, 1)];
    let count = wanted("ATTENTIVE_KILLS", 6).div_ceil(2);
    let kill = |run| kills(run, 3, &parts, 1, |places| places.kills() >= count);
    let (one, other) = (kill(&PICTURES), kill(&TEXTS));
    let places = one.0.with(other.0);
    println!("{} kills in runs of {} in all: {places:?}", places.kills(), one.1.with(other.1));
    assert!(places.from_midst >= 2, "{places:?}");
}

/// A number that a person may set.
fn wanted(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

#[test]
#[ignore = "takes a quarter of an hour on a quiet machine, an hour on a busy one: run by hand"]
fn long() {
    let count = wanted("ATTENTIVE_KILLS", 100);
    let pictures = Run {
        settings: "[model]\nwidth = 64\ndepth = 3\nheads = 4\npatch = 7\ndropout = 0.1\n\
                   [augment]\nshift = 2\nflip = true\nmixup = 0.2\n\
                   [train]\nbatch_size = 64\nema = 0.9\n",
        steps: 9600,
        save_every: 6,
        evaluate_every: 36,
        ..PICTURES
    };
    let texts = Run {
        settings: "[text]\nvocabulary = 500\nlength = 24\n\
                   [model]\nwidth = 128\ndepth = 3\nheads = 2\ndropout = 0.2\n\
                   [train]\nbatch_size = 32\n",
        steps: 8600,
        save_every: 6,
        evaluate_every: 27,
        ..TEXTS
    };
    // What is aimed at a save or an evaluation may come a little late and fall into a step.
    let parts = [(Aim::Step, 30), (Aim::Save, 35), (Aim::Evaluation, 35)];
    // A fifth of the kills into each, and on until it is reached.
    let all = |places: &Places, count: usize| {
        places.kills() >= count && parts.iter().all(|(aim, _)| places.of(*aim) >= count.div_ceil(5))
    };
    let kill = |run: &Run, seed| {
        // A little closer than evenly, so that one run has room for all.
        let gap = (run.steps * 8 / 10 / (count as u64 / 2).max(1)).max(1);
        let found = kills(run, gap, &parts, seed, |places| all(places, count.div_ceil(2)));
        println!("{}: {} without a kill; {:?}", run.source, found.1, found.0);
        found
    };
    let (one, other) = (kill(&pictures, 2), kill(&texts, 3));
    let (places, took) = (one.0.with(other.0), one.1.with(other.1));
    println!("{} kills in runs of {took} in all: {places:?}", places.kills());
    assert!(all(&places, count), "{places:?}");
    assert!(places.from_midst > count / 2, "{places:?}");
    let seconds = took.processor.unwrap_or(took.wall);
    assert!(seconds >= wanted("ATTENTIVE_SECONDS", 0) as f64, "{seconds} s");
}

#[test]
#[ignore = "takes some minutes: run by hand"]
fn saves() {
    let count = wanted("ATTENTIVE_KILLS", 500);
    let kill = |run: Run, seed| {
        let run = Run { steps: 600, ..run };
        kills(&run, 3, &[(Aim::Save, 1)], seed, |places| places.save >= count.div_ceil(2)).0
    };
    let places = kill(PICTURES, 4).with(kill(TEXTS, 5));
    println!("{} kills in saves: {places:?}", places.save);
}
