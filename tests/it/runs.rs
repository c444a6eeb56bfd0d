//! Tests of runs: what is written can be read again, whatever happened in between.

mod keeping;

use attentive::config::{RunConfig, Value, read_toml};
use attentive::data::{DataSummary, Modality, Split, Task};
use attentive::runs::{
    Accepted, Baseline, BaselineKind, Checkpoints, Disk, Done, Evaluation, Event, Followed, Follower, Labels,
    Level, Metrics, Outcome, PredictionTable, RunFolder, RunStatus, Score, Sitting, Standing, SystemDisk,
    is_run, list_runs, new_run_folder, read_run, read_run_from, standing,
};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

fn metrics(pairs: &[(&str, f64)]) -> Metrics {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
}

fn accepted(started: u64) -> Event {
    Event::Accepted(Box::new(Accepted {
        version: "0.1.0".into(),
        started,
        run: "/runs/a".into(),
        config: RunConfig::default(),
        task: Task::Classification,
        data: DataSummary {
            name: "Tickets".into(),
            source: "builtin:tickets".into(),
            format: "csv".into(),
            modality: Modality::Text,
            fingerprint: "abc".into(),
            classes: vec!["yes".into(), "否".into()],
            class_counts: vec![[4, 1, 0], [4, 1, 0]],
            split_counts: [8, 2, 0],
            unlabelled: 0,
            image_shape: None,
            text_lengths: Some([1, 20, 300]),
            notices: vec!["a notice".into()],
            reading: Default::default(),
        },
        parameters: 1234,
        steps_per_epoch: 8,
        total_steps: 80,
        device: "CPU".into(),
    }))
}

fn step(step: u64) -> Event {
    let metrics = metrics(&[("loss", 0.1 + step as f64), ("learning_rate", 1e-7), ("accuracy", 1.0)]);
    Event::Step { step, epoch: step as f64 / 8.0, seconds: step as f64, metrics }
}

fn score(step: u64) -> Score {
    Score { step, samples: 2, metrics: metrics(&[("accuracy", 0.5), ("loss", 0.7)]) }
}

fn done(outcome: Outcome, step: u64) -> Event {
    let reason = if outcome == Outcome::Failed { "the disk is full".to_owned() } else { String::new() };
    let (validation, best) = (Some(score(step)), Some(score(step)));
    Event::Done(Box::new(Done { outcome, step, validation, test: None, best, seconds: 1.5, reason }))
}

fn every_kind() -> Vec<Event> {
    let evaluation = Evaluation {
        step: 2,
        epoch: 0.25,
        split: Split::Validation,
        samples: 2,
        metrics: metrics(&[("accuracy", 0.5), ("loss", 0.7)]),
        classes: [("precision".to_owned(), vec![Some(0.5), None])].into(),
        confusion: vec![vec![1, 0], vec![1, 0]],
        seconds: 0.25,
        predictions: Some("predictions/eval-000001.parquet".into()),
        best: true,
    };
    let changed = |key: &str, from, to| Event::SettingChanged { step: 3, key: key.into(), from, to };
    vec![
        accepted(1_700_000_000),
        step(1),
        step(2),
        Event::Evaluation(Box::new(evaluation)),
        Event::Baseline(Box::new(Baseline {
            kind: BaselineKind::NaiveBayes,
            split: Split::Validation,
            samples: 2,
            trained_on: 8,
            metrics: metrics(&[("accuracy", 0.5)]),
            seconds: 0.125,
        })),
        Event::Checkpoint { step: 2, path: Checkpoints::name(2), best: true },
        changed("train.learning_rate", Value::Float(0.001), Value::Float(1.0)),
        changed("train.epochs", Value::Int(10), Value::Int(20)),
        Event::Paused { step: 2 },
        Event::Resumed { from_step: 2, sitting: None },
        Event::Notice { level: Level::Warning, text: "two\nlines".into() },
        done(Outcome::Failed, 2),
    ]
}

fn table(rows: usize, classes: usize) -> PredictionTable {
    let splits = [Split::Train, Split::Validation, Split::Test];
    PredictionTable {
        step: 7,
        classes,
        samples: (0..rows as u32).map(|i| u32::MAX - i).collect(),
        splits: (0..rows).map(|i| splits[i % 3]).collect(),
        targets: (0..rows).map(|i| (i % 4 != 0).then_some((i % classes) as u32)).collect(),
        predicted: (0..rows).map(|i| (i / 2 % classes) as u32).collect(),
        probabilities: (0..rows * classes).map(|i| (i % 97) as f32 / 97.0).collect(),
        losses: (0..rows).map(|i| i as f32 * 0.01).collect(),
    }
}

#[test]
fn every_kind_of_event_is_read_back_as_written() {
    let home = tempfile::tempdir().expect("folder");
    let path = home.path().join("nested/run");
    let mut folder = RunFolder::create(&path, &RunConfig::default()).expect("new");
    let progress = Event::Progress { stage: "Reading".into(), done: 1, total: 2 };
    folder.append(&progress).expect("writes");
    for event in every_kind() {
        folder.append(&event).expect("writes");
    }
    let (events, problems) = read_run(&path).expect("reads");
    assert_eq!(events, every_kind(), "all but progress");
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(read_toml(&path.join("config.toml")), Ok(RunConfig::default()));
}

#[test]
fn every_event_is_in_the_log_as_soon_as_it_is_told() {
    let home = tempfile::tempdir().expect("folder");
    let path = home.path().join("run");
    let mut folder = RunFolder::create(&path, &RunConfig::default()).expect("new");
    let mut told = Vec::new();
    for event in [vec![accepted(1)], (1..=45).map(step).collect(), vec![Event::Paused { step: 45 }]].concat()
    {
        folder.append(&event).expect("writes");
        told.push(event);
        assert_eq!(read_run(&path).expect("reads").0, told, "nothing waits that a kill would lose");
    }
}

/// Takes down how often it is written to; a write fails where it is told to.
#[derive(Debug, Default)]
struct Counting {
    writes: AtomicUsize,
    full: AtomicBool,
}

impl Disk for Counting {
    fn write(&self, file: &mut fs::File, bytes: &[u8]) -> std::io::Result<()> {
        self.writes.fetch_add(1, Ordering::SeqCst);
        if self.full.load(Ordering::SeqCst) {
            SystemDisk.write(file, &bytes[..bytes.len() / 2])?;
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        SystemDisk.write(file, bytes)
    }
}

#[test]
fn a_row_is_one_write_and_what_found_no_room_is_written_when_there_is_some() {
    let home = tempfile::tempdir().expect("folder");
    let path = home.path().join("run");
    let disk = Arc::new(Counting::default());
    let mut folder = RunFolder::create_on(&path, &RunConfig::default(), disk.clone()).expect("new");
    let before = disk.writes.load(Ordering::SeqCst);
    (1..=3).for_each(|number| folder.append(&step(number)).expect("writes"));
    assert_eq!(disk.writes.load(Ordering::SeqCst), before + 3);
    disk.full.store(true, Ordering::SeqCst);
    assert!(folder.append(&step(4)).is_err());
    assert_eq!(read_run(&path).expect("reads").0.len(), 3, "the torn line is left for later");
    disk.full.store(false, Ordering::SeqCst);
    folder.append(&step(5)).expect("there is room again");
    let (events, problems) = read_run(&path).expect("reads");
    assert_eq!((events, problems), ((1..=5).map(step).collect(), Vec::new()));
}

#[test]
fn a_run_is_followed_until_its_owner_is_gone() {
    let home = tempfile::tempdir().expect("folder");
    let path = home.path().join("run");
    assert!(Follower::of(&path).look().expect_err("nothing there").to_string().contains("not a run"));
    let mut folder = RunFolder::create(&path, &RunConfig::default()).expect("new");
    let mut follower = Follower::of(&path);
    let mut look = || {
        let Followed { events, problems, standing } = follower.look().expect("reads");
        assert!(problems.is_empty(), "{problems:?}");
        (events, standing)
    };
    assert_eq!(look(), (Vec::new(), Standing::Going), "its data is still being read");
    folder.append(&accepted(1)).expect("writes");
    folder.append(&step(1)).expect("writes");
    assert_eq!(look(), (vec![accepted(1), step(1)], Standing::Going));
    assert_eq!(look(), (Vec::new(), Standing::Going), "nothing twice");
    folder.append(&step(2)).expect("writes");
    drop(folder);
    assert_eq!(look(), (vec![step(2)], Standing::CutOff), "all of it, and then that it is gone");

    let mut folder = RunFolder::reopen(&path).expect("nobody writes it");
    let (version, device) = ("0".to_owned(), "CPU".to_owned());
    let sitting = Sitting { version, started: 2, total_steps: 80, device, evaluations: None };
    let resumed = Event::Resumed { from_step: 1, sitting: Some(Box::new(sitting)) };
    folder.append(&resumed).expect("writes");
    folder.append(&done(Outcome::Stopped, 1)).expect("writes");
    assert_eq!(look(), (vec![resumed.clone(), done(Outcome::Stopped, 1)], Standing::Going));
    drop(folder);
    assert_eq!(look(), (Vec::new(), Standing::Ended(Outcome::Stopped)));
    let mut folder = RunFolder::reopen(&path).expect("nobody writes it");
    folder.append(&resumed).expect("writes");
    drop(folder);
    assert_eq!(look().1, Standing::CutOff, "an earlier end is none of a run that went on");

    let mut log = fs::OpenOptions::new().append(true).open(path.join("events.jsonl")).expect("opens");
    std::io::Write::write_all(&mut log, b"{\"event\":\"st\n{\"event\":").expect("writes");
    let damaged = follower.look().expect("reads");
    assert!(damaged.events.is_empty() && damaged.problems[0].contains("skipped"), "{damaged:?}");
}

#[test]
fn who_only_looks_keeps_nobody_from_going_on_with_a_run() {
    let home = tempfile::tempdir().expect("folder");
    let path = home.path().join("run");
    drop(RunFolder::create(&path, &RunConfig::default()).expect("new"));
    let looking = AtomicBool::new(true);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut follower = Follower::of(&path);
            while looking.load(Ordering::SeqCst) {
                follower.look().expect("reads");
            }
        });
        let opened: Vec<bool> = (0..200).map(|_| RunFolder::reopen(&path).is_ok()).collect();
        looking.store(false, Ordering::SeqCst);
        assert!(opened.iter().all(|opened| *opened), "a glance is no owner");
    });
}

#[test]
fn what_is_superseded_does_not_stand() {
    let sitting = |evaluations| {
        let (version, device) = ("0".to_owned(), "CPU".to_owned());
        Some(Box::new(Sitting { version, started: 2, total_steps: 80, device, evaluations }))
    };
    let evaluated = |after: u64| match every_kind().remove(3) {
        Event::Evaluation(evaluation) => {
            Event::Evaluation(Box::new(Evaluation { step: after, ..*evaluation }))
        }
        other => panic!("{other:?}"),
    };
    let change = |at: u64, to| Event::SettingChanged {
        step: at,
        key: "train.epochs".into(),
        from: Value::Int(10),
        to: Value::Int(to),
    };
    let resumed = |from_step, evaluations| Event::Resumed { from_step, sitting: sitting(evaluations) };
    let first =
        vec![accepted(1), step(1), step(2), evaluated(2), change(3, 20), step(3), change(4, 30), step(4)];
    let log = [
        first.clone(),
        // A pause supersedes nothing.
        vec![Event::Resumed { from_step: 4, sitting: None }, evaluated(4), done(Outcome::Stopped, 4)],
        vec![resumed(2, Some(1)), change(3, 20), step(3), evaluated(3), evaluated(3)],
        vec![resumed(3, Some(2)), step(4)],
    ];
    let stand = standing(log.concat());
    let expected = vec![
        accepted(1),
        step(1),
        step(2),
        evaluated(2),
        change(3, 20),
        Event::Resumed { from_step: 4, sitting: None },
        done(Outcome::Stopped, 4),
        resumed(2, Some(1)),
        step(3),
        evaluated(3),
        resumed(3, Some(2)),
        step(4),
    ];
    assert_eq!(stand, expected);
    assert_eq!(standing(stand.clone()), stand, "what stands stands");
    // Without a count, all up to the step do.
    let stand = standing([first, vec![evaluated(4), resumed(4, None)]].concat());
    assert_eq!(stand.iter().filter(|event| matches!(event, Event::Evaluation(_))).count(), 2);
}

#[test]
fn a_torn_line_is_dropped_and_a_damaged_one_skipped_and_reported() {
    let home = tempfile::tempdir().expect("folder");
    let log = home.path().join("events.jsonl");
    let line = |event: &Event| serde_json::to_string(event).expect("writes") + "\n";
    let whole = line(&accepted(1)) + &line(&step(1));
    let last = line(&step(3));
    for cut in 0..last.len() {
        fs::write(&log, whole.clone() + &last[..cut]).expect("writes");
        let (events, problems) = read_run(home.path()).expect("reads");
        assert_eq!(events, [accepted(1), step(1)], "cut at {cut}");
        assert!(problems.is_empty(), "{problems:?}");
    }
    let damaged = whole.clone() + "{\"event\":\"step\",\"st\u{0}\n" + &last;
    fs::write(&log, damaged).expect("writes");
    let (events, problems) = read_run(home.path()).expect("reads");
    assert_eq!(events, [accepted(1), step(1), step(3)]);
    assert_eq!(problems.len(), 1);
    let place = format!("events.jsonl, byte {}", whole.len());
    assert!(problems[0].contains(&place) && problems[0].contains("skipped"), "{problems:?}");
    fs::write(&log, [whole.as_bytes(), b"\xff\xfe\n"].concat()).expect("writes");
    assert_eq!(read_run(home.path()).expect("reads").1.len(), 1, "invalid UTF-8");
}

#[test]
fn a_growing_log_is_followed_from_where_reading_ended() {
    let home = tempfile::tempdir().expect("folder");
    let log = home.path().join("events.jsonl");
    let events = every_kind();
    let bytes: Vec<u8> = events
        .iter()
        .flat_map(|e| serde_json::to_string(e).expect("writes").into_bytes().into_iter().chain([b'\n']))
        .collect();
    let (mut seen, mut offset) = (Vec::new(), 0);
    for end in (0..bytes.len()).step_by(37).chain([bytes.len()]) {
        fs::write(&log, &bytes[..end]).expect("writes");
        let part = read_run_from(home.path(), offset).expect("reads");
        seen.extend(part.events);
        offset = part.offset;
        assert!(part.problems.is_empty());
    }
    assert_eq!(seen, events);
}

#[test]
fn a_run_is_never_written_over_something_else() {
    let home = tempfile::tempdir().expect("folder");
    let config = RunConfig::default();
    let refused = |path: &Path| {
        let message = RunFolder::create(path, &config).expect_err("must be refused").to_string();
        assert!(message.starts_with(&path.display().to_string()), "{message}");
        message
    };
    let run = home.path().join("run");
    drop(RunFolder::create(&run, &config).expect("new"));
    let message = refused(&run);
    assert!(message.contains("already a run") && message.contains("choose another folder"), "{message}");

    let notes = home.path().join("notes");
    fs::create_dir(&notes).expect("folder");
    fs::write(notes.join("a.txt"), "mine").expect("writes");
    assert!(refused(&notes).contains("not empty"));
    let file = notes.join("a.txt");
    assert!(refused(&file).contains("a file, not a folder"));
    let message = refused(&file.join("run"));
    assert!(message.contains("cannot be created") && message.contains("--run"), "{message}");
    assert_eq!(fs::read_to_string(&file).expect("still there"), "mine");

    let message = read_run(&notes).expect_err("no run").to_string();
    assert!(message.contains("not a run") && message.contains("attentive runs"), "{message}");
}

#[test]
fn a_run_that_never_began_leaves_nothing_behind() {
    let home = tempfile::tempdir().expect("folder");
    let path = home.path().join("run");
    RunFolder::create(&path, &RunConfig::default()).expect("new").abandon();
    assert!(!path.exists());
    fs::create_dir(&path).expect("folder");
    RunFolder::create(&path, &RunConfig::default()).expect("an empty folder will do").abandon();
    assert!(path.is_dir() && !is_run(&path), "a folder that was there stays");
    assert_eq!(fs::read_dir(&path).expect("reads").count(), 0);
}

#[test]
fn a_log_that_disappears_is_an_error_and_not_a_silent_loss() {
    let home = tempfile::tempdir().expect("folder");
    let path = home.path().join("run");
    let mut folder = RunFolder::create(&path, &RunConfig::default()).expect("new");
    folder.append(&accepted(1)).expect("writes");
    fs::remove_dir_all(&path).expect("removes");
    let message = folder.append(&Event::Paused { step: 0 }).expect_err("it is gone").to_string();
    assert!(message.contains("events.jsonl") && message.contains("moved or deleted"), "{message}");
    let message = folder.write_predictions(&table(2, 2)).expect_err("it is gone").to_string();
    assert!(message.contains("cannot write") && message.contains("is not there"), "{message}");
}

#[test]
fn checkpoints_are_whole_and_only_best_and_last_are_kept() {
    let home = tempfile::tempdir().expect("folder");
    let path = home.path().join("run");
    let folder = RunFolder::create(&path, &RunConfig::default()).expect("new");
    let checkpoints = folder.checkpoints();
    assert_eq!((checkpoints.last(), checkpoints.best()), (None, None));
    for step in [3, 1_000_000, 500] {
        let name = checkpoints
            .save(step, &[("model.safetensors", b"weights"), ("state.json", b"{}")])
            .expect("saves");
        assert!(path.join(name).join("model.safetensors").is_file());
    }
    checkpoints.set_best(500).expect("names");
    assert_eq!(checkpoints.steps(), [3, 500, 1_000_000]);
    assert_eq!(checkpoints.last(), Some(path.join("checkpoints/step-1000000")));
    assert_eq!(checkpoints.best(), Some(path.join("checkpoints/step-000500")));
    assert_eq!(fs::read_to_string(path.join("best")).expect("reads"), "checkpoints/step-000500");

    // A crash while writing leaves a folder that is no checkpoint; it is cleared away.
    fs::create_dir(path.join("checkpoints/.writing-000900")).expect("folder");
    assert_eq!(checkpoints.steps().len(), 3);
    checkpoints.save(500, &[("state.json", b"{\"newer\":1}")]).expect("saves again");
    checkpoints.prune(&[500, 1_000_000]);
    let mut left: Vec<_> = fs::read_dir(path.join("checkpoints"))
        .expect("reads")
        .map(|e| e.expect("entry").file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["step-000500", "step-1000000"]);
    assert_eq!(fs::read(path.join("checkpoints/step-000500/state.json")).expect("reads"), b"{\"newer\":1}");
    assert_eq!(fs::read(path.join("checkpoints/step-000500/model.safetensors")).expect("reads"), b"weights");
    fs::write(path.join("best"), "../../elsewhere").expect("writes");
    assert_eq!(checkpoints.best(), None, "a path out of the run is not followed");
}

#[test]
fn predictions_survive_parquet() {
    let home = tempfile::tempdir().expect("folder");
    // More rows than one row group, one row, none at all; many classes and one.
    for (rows, classes) in [(70_000, 3), (1, 1), (0, 5), (100, 200)] {
        let path = home.path().join("a.parquet");
        let written = table(rows, classes);
        written.write_parquet(&path).expect("writes");
        let read = PredictionTable::read_parquet(&path).expect("reads");
        assert!(read == written, "{rows} rows, {classes} classes");
    }
}

#[test]
fn damaged_predictions_are_refused_with_a_remedy() {
    let home = tempfile::tempdir().expect("folder");
    let path = home.path().join("a.parquet");
    table(1000, 3).write_parquet(&path).expect("writes");
    let bytes = fs::read(&path).expect("reads");
    for cut in [0, 3, bytes.len() / 2, bytes.len() - 1] {
        fs::write(&path, &bytes[..cut]).expect("writes");
        let message = PredictionTable::read_parquet(&path).expect_err("damaged").to_string();
        assert!(message.contains("a.parquet") && message.contains("evaluate the run again"), "{message}");
    }
    // Wherever a bit is wrong, it is refused or read, never a panic.
    for place in (0..bytes.len()).step_by(bytes.len() / 400) {
        let mut wrong = bytes.clone();
        wrong[place] ^= 0x55;
        fs::write(&path, &wrong).expect("writes");
        if let Ok(read) = PredictionTable::read_parquet(&path) {
            assert_eq!(read.probabilities.len(), read.len() * read.classes, "byte {place}");
        }
    }
    let message = PredictionTable::read_parquet(&home.path().join("none")).expect_err("missing").to_string();
    assert!(message.contains("none: cannot read"), "{message}");
}

#[test]
fn old_predictions_are_pruned() {
    let home = tempfile::tempdir().expect("folder");
    let path = home.path().join("run");
    let mut folder = RunFolder::create(&path, &RunConfig::default()).expect("new");
    let names: Vec<String> =
        (0..4).map(|_| folder.write_predictions(&table(2, 2)).expect("writes")).collect();
    assert_eq!(names[3], "predictions/eval-000004.parquet");
    folder.prune_predictions(&[names[1].clone(), names[3].clone()]);
    let there: Vec<bool> = names.iter().map(|name| path.join(name).is_file()).collect();
    assert_eq!(there, [false, true, false, true]);
}

#[test]
fn labels_are_read_back_and_damage_is_named() {
    let home = tempfile::tempdir().expect("folder");
    let folder = RunFolder::create(&home.path().join("run"), &RunConfig::default()).expect("new");
    let labels = Labels { task: Task::Classification, classes: vec!["a".into(), "好".into()] };
    folder.write_labels(&labels).expect("writes");
    assert_eq!(Labels::read(folder.path()), Ok(labels));
    let text = fs::read_to_string(folder.path().join("labels.json")).expect("reads");
    assert!(text.contains("\"task\": \"classification\""), "{text}");
    fs::write(folder.path().join("labels.json"), "{").expect("writes");
    let message = Labels::read(folder.path()).expect_err("damaged").to_string();
    assert!(message.contains("labels.json: damaged"), "{message}");
}

fn write_log(run: PathBuf, events: &[Event]) -> PathBuf {
    fs::create_dir_all(&run).expect("folder");
    let text: String = events.iter().map(|e| serde_json::to_string(e).expect("writes") + "\n").collect();
    fs::write(run.join("events.jsonl"), text).expect("writes");
    run
}

#[test]
fn the_catalogue_lists_newest_first_and_survives_broken_runs() {
    let home = tempfile::tempdir().expect("folder");
    let at = |name: &str| home.path().join(name);
    let steps = |n: u64| (1..=n).map(step).collect::<Vec<_>>();
    write_log(at("finished"), &[vec![accepted(10)], steps(400), vec![done(Outcome::Finished, 400)]].concat());
    write_log(at("stopped"), &[vec![accepted(40)], vec![done(Outcome::Stopped, 7)]].concat());
    write_log(at("failed"), &[vec![accepted(30)], vec![done(Outcome::Failed, 0)]].concat());
    let cut = write_log(at("cut off"), &[vec![accepted(20)], steps(3)].concat());
    // Behind its last step lies an evaluation that is longer than the piece read first.
    let wide = Evaluation {
        confusion: vec![vec![0; 200]; 200],
        ..match every_kind().remove(3) {
            Event::Evaluation(evaluation) => *evaluation,
            other => panic!("{other:?}"),
        }
    };
    write_log(at("wide"), &[vec![accepted(15)], steps(9), vec![Event::Evaluation(Box::new(wide))]].concat());
    fs::create_dir_all(cut.join("checkpoints/step-000002")).expect("folder");
    fs::write(cut.join("checkpoints/step-000002/state.json"), r#"{"best":{"step":2,"accuracy":0.75}}"#)
        .expect("writes");
    fs::write(cut.join("best"), "checkpoints/step-000002").expect("writes");
    let mut running = RunFolder::create(&at("running"), &RunConfig::default()).expect("new");
    running.append(&accepted(50)).expect("writes");
    write_log(at("broken"), &[step(1)]);
    fs::create_dir(at("no run")).expect("folder");

    let catalogue = list_runs(home.path()).expect("reads");
    let rows: Vec<_> =
        catalogue.runs.iter().map(|r| (r.name.as_str(), r.status.name(), r.step, r.accuracy)).collect();
    assert_eq!(
        rows,
        [
            ("running", "running", 0, None),
            ("stopped", "stopped", 7, Some(0.5)),
            ("failed", "failed", 0, Some(0.5)),
            ("cut off", "cut off", 3, Some(0.75)),
            ("wide", "cut off", 9, None),
            ("finished", "finished", 400, Some(0.5)),
        ]
    );
    assert!(catalogue.runs.iter().all(|r| r.data == "Tickets" && r.parameters == 1234));
    assert_eq!(catalogue.problems.len(), 1);
    assert!(catalogue.problems[0].contains("broken") && catalogue.problems[0].contains("first event"));

    drop(running);
    assert_eq!(list_runs(home.path()).expect("reads").runs[0].status, RunStatus::CutOff);
    assert!(list_runs(&at("nowhere")).expect("none is no error").runs.is_empty());
}

#[test]
fn new_runs_get_fresh_dated_names() {
    let home = tempfile::tempdir().expect("folder");
    let first = new_run_folder(home.path(), "Film reviews (IMDb)!");
    let name = first.file_name().and_then(|n| n.to_str()).expect("a name").to_owned();
    assert!(name.starts_with("20") && name.ends_with("-film-reviews-imdb"), "{name}");
    fs::create_dir(&first).expect("folder");
    assert_ne!(new_run_folder(home.path(), "Film reviews (IMDb)!"), first);
    assert!(new_run_folder(home.path(), "/../").starts_with(home.path()), "a name never leads elsewhere");
}
