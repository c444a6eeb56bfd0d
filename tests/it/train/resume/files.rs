//! Files that are torn or have wrong bits: read, or refused with a message, never a panic.

use super::{bars, new_run, no_wishes, tiny, train};
use crate::copy_folder;
use attentive::config::Value;
use attentive::data::Examples;
use attentive::preprocess::RawInput;
use attentive::random::{Key, Purpose};
use attentive::runs::{Checkpoints, Event, read_run};
use attentive::train::{
    CheckpointState, ExtendJob, NoSteering, Predictor, ResumeJob, extend, newest_checkpoint, resume,
};
use rand::Rng;
use std::fs;
use std::path::Path;
use std::sync::Arc;

const FILES: [&str; 4] = ["model.safetensors", "trained.safetensors", "optimizer.safetensors", "state.json"];

/// A run with two checkpoints of a model of this width.
fn small(folder: &Path, width: &str) {
    let config = tiny(&[
        width,
        "model.mlp_ratio=1",
        "train.epochs=1",
        "train.save_every=1",
        "train.ema=0.9",
        "data.validation_fraction=0",
    ]);
    train(&config, &bars(60, 0), Some(folder), no_wishes);
    assert_eq!(Checkpoints::of(folder).steps(), [1, 2]);
}

/// Either as it was written, or passed over for the one before, and told.
fn check(run: &Path, whole: bool, what: &str) {
    let (step, skipped) = newest_checkpoint(run).expect("the older one is sound").expect("there is one");
    assert_eq!((step, skipped.len()), if whole { (2, 0) } else { (1, 1) }, "{what}: {skipped:?}");
}

#[test]
fn every_prefix_of_a_checkpoint_is_read_or_passed_over() {
    let (_home, run) = new_run();
    small(&run, "model.width=8");
    let folder = Checkpoints::of(&run).folder(2);
    for name in FILES {
        let path = folder.join(name);
        let bytes = fs::read(&path).expect("reads");
        assert!(bytes.len() < 40_000, "{name}: {}", bytes.len());
        for end in 0..bytes.len() {
            fs::write(&path, &bytes[..end]).expect("writes");
            check(&run, false, &format!("{name}, {end} bytes"));
        }
        fs::remove_file(&path).expect("removes");
        check(&run, false, &format!("{name} is missing"));
        fs::write(&path, &bytes).expect("writes");
        check(&run, true, name);
    }
}

/// Damages in all, and in how many runs' copies at once.
const DAMAGES: usize = 10_000;
const COPIES: usize = 4;
/// So often the whole model is read, too, and asked.
const ASKED_EVERY: usize = 100;

/// What a run's model says of the samples, to the bit.
fn answers(run: &Path) -> Vec<u32> {
    let Examples::Images(images) = bars(8, 0).examples else { panic!("pictures") };
    let raw = |sample| RawInput::Image {
        width: 8,
        height: 8,
        channels: 1,
        pixels: images.get(sample).expect("there").to_vec(),
    };
    let inputs: Vec<RawInput> = (0..8).map(raw).collect();
    let told = Predictor::open(run).expect("the older one is sound").predict(&inputs);
    told.into_iter().flat_map(|answer| answer.expect("a picture")).map(f32::to_bits).collect()
}

#[test]
fn random_prefixes_and_wrong_bits_of_a_larger_one_are_found() {
    let (home, run) = new_run();
    small(&run, "model.width=48");
    let newest = Checkpoints::of(&run).folder(2);
    let whole: Vec<Vec<u8>> = FILES.iter().map(|name| fs::read(newest.join(name)).expect("reads")).collect();
    let state = CheckpointState::read(&newest).expect("reads");
    let older = home.path().join("older");
    copy_folder(&run, &older);
    fs::remove_dir_all(Checkpoints::of(&older).folder(2)).expect("removes");
    let (of_newest, of_older) = (answers(&run), answers(&older));
    assert_ne!(of_newest, of_older, "one is told from the other");

    let work = &|copy: usize| {
        let place = home.path().join(copy.to_string());
        copy_folder(&run, &place);
        let folder = Checkpoints::of(&place).folder(2);
        let mut rng = Key::new(5 + copy as u64, Purpose::Test).rng();
        let mut passed_over = 0;
        for round in 0..DAMAGES / COPIES {
            let file = rng.random_range(0..FILES.len());
            let mut bytes = whole[file].clone();
            let at = rng.random_range(0..bytes.len());
            let what = if round % 2 == 0 {
                bytes.truncate(at);
                format!("{} cut after {at} bytes", FILES[file])
            } else {
                bytes[at] ^= 1 << rng.random_range(0..8);
                format!("{} with a wrong bit in byte {at}", FILES[file])
            };
            let path = folder.join(FILES[file]);
            fs::write(&path, &bytes).expect("writes");
            let (step, skipped) = newest_checkpoint(&place).expect("the older one is sound").expect("one");
            match (step, skipped.len()) {
                (1, 1) => passed_over += 1,
                // What is taken must say the very same.
                (2, 0) => assert!(
                    FILES[file] == "state.json" && CheckpointState::read(&folder).as_ref() == Ok(&state),
                    "{what}: taken and not what it was"
                ),
                other => panic!("{what}: {other:?}, {skipped:?}"),
            }
            if round % ASKED_EVERY < 2 {
                // A predictor needs neither the optimizer nor what is trained beside the average.
                let told = answers(&place);
                assert!(told == of_newest || told == of_older, "{what}: weights of neither state");
                let needed = FILES[file] == "model.safetensors" || step == 2;
                assert!(!needed || (told == of_newest) == (step == 2), "{what}");
            }
            fs::write(&path, &whole[file]).expect("writes");
        }
        assert_eq!(newest_checkpoint(&place).expect("sound"), Some((2, Vec::new())), "whole again");
        passed_over
    };
    let passed_over: usize = std::thread::scope(|scope| {
        let copies: Vec<_> = (0..COPIES).map(|copy| scope.spawn(move || work(copy))).collect();
        copies.into_iter().map(|copy| copy.join().expect("no panic")).sum()
    });
    assert!(passed_over > DAMAGES * 99 / 100, "{passed_over} of {DAMAGES}");
}

/// As the first version wrote it: no checksums, so that the files are read as they are.
fn as_format_1(folder: &Path) {
    let path = folder.join("state.json");
    let mut state: serde_json::Value =
        serde_json::from_slice(&fs::read(&path).expect("reads")).expect("JSON");
    let fields = state.as_object_mut().expect("an object");
    for later in [
        "format",
        "checksum",
        "files",
        "before",
        "changes",
        "stuck",
        "best_predictions",
        "validation",
        "evaluations",
    ] {
        assert!(fields.remove(later).is_some(), "{later}");
    }
    for setting in ["save_every", "save_minutes", "keep_checkpoints"] {
        fields["settings"]["train"].as_object_mut().expect("settings").remove(setting);
    }
    fs::write(&path, serde_json::to_vec_pretty(&state).expect("writes")).expect("writes");
}

#[test]
fn a_checkpoint_of_the_first_format_is_taken_up_and_its_damage_refused() {
    let (home, run) = new_run();
    let data = bars(120, 24);
    let config = tiny(&["train.epochs=2", "train.save_every=1", "train.keep_checkpoints=9"]);
    train(&config, &data, Some(&run), no_wishes);
    let checkpoints = Checkpoints::of(&run);
    for step in checkpoints.steps() {
        as_format_1(&checkpoints.folder(step));
        let state = CheckpointState::read(&checkpoints.folder(step)).expect("reads");
        assert_eq!((state.format, state.step), (1, step));
    }
    let last = checkpoints.steps().into_iter().next_back().expect("saved");
    for step in checkpoints.steps().into_iter().skip(2) {
        fs::remove_dir_all(checkpoints.folder(step)).expect("removes");
    }
    // The log of a run that was cut off, with a pause as it was told then.
    let log = run.join("events.jsonl");
    let text = fs::read_to_string(&log).expect("reads");
    let kept: Vec<&str> = text.lines().filter(|line| !line.contains("\"event\":\"done\"")).collect();
    fs::write(&log, kept.join("\n") + "\n{\"event\":\"resumed\",\"step\":5}\n").expect("writes");
    let (events, problems) = read_run(&run).expect("reads");
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(events.last(), Some(&Event::Resumed { from_step: 5, sitting: None }));
    let damaged = home.path().join("damaged");
    copy_folder(&run, &damaged);
    let job = |run: &Path| ResumeJob {
        run: run.to_owned(),
        changes: Vec::new(),
        data: Some(Arc::new(data.clone())),
    };
    let done = resume(job(&run), &mut NoSteering, &mut super::Recorder::new(no_wishes)).expect("goes on");
    assert_eq!(done.step, last);
    let (_other, whole) = new_run();
    train(&config, &data, Some(&whole), no_wishes);
    assert!(super::saved(&run) == super::saved(&whole));
    // Without checksums a file is refused by what it says.
    let model = Checkpoints::of(&damaged).last().expect("saved").join("model.safetensors");
    let bytes = fs::read(&model).expect("reads");
    for end in (0..bytes.len()).step_by(97) {
        fs::write(&model, &bytes[..end]).expect("writes");
        let error = Predictor::open(&damaged).err().expect("refused").to_string();
        assert!(error.contains("model.safetensors"), "{error}");
    }
}

#[test]
fn every_prefix_of_a_log_reads_and_wrong_bits_are_told() {
    let (home, run) = new_run();
    small(&run, "model.width=8");
    let log = run.join("events.jsonl");
    let bytes = fs::read(&log).expect("reads");
    let whole = read_run(&run).expect("reads").0;
    let place = home.path().join("cut");
    fs::create_dir(&place).expect("a folder");
    for end in 0..=bytes.len() {
        fs::write(place.join("events.jsonl"), &bytes[..end]).expect("writes");
        let (events, problems) = read_run(&place).expect("reads");
        assert!(problems.is_empty() && events[..] == whole[..events.len()], "{end} bytes");
        assert_eq!(events.len(), bytes[..end].iter().filter(|byte| **byte == b'\n').count());
    }
    let mut rng = Key::new(6, Purpose::Test).rng();
    for _ in 0..DAMAGES {
        let mut wrong = bytes.clone();
        let at = rng.random_range(0..bytes.len());
        wrong[at] ^= 1 << rng.random_range(0..8);
        fs::write(place.join("events.jsonl"), &wrong).expect("writes");
        let (events, problems) = read_run(&place).expect("reads");
        // A number or a name may be another one; what is no event is told.
        assert!(events.len() + problems.len() + 2 >= whole.len() && problems.len() <= 2, "byte {at}");
    }
}

#[test]
fn a_changed_file_beside_the_weights_is_refused_and_an_old_run_without_its_checksum_read() {
    let (_home, run) = new_run();
    small(&run, "model.width=8");
    let data = Arc::new(bars(60, 0));
    let again = || {
        let extended = ExtendJob {
            run: run.clone(),
            changes: vec![("train.epochs".to_owned(), Value::Int(2))],
            data: Some(data.clone()),
        };
        extend(extended, &mut NoSteering, &mut super::Recorder::new(no_wishes))
    };
    for name in ["preprocess.toml", "labels.json"] {
        let path = run.join(name);
        let whole = fs::read_to_string(&path).expect("reads");
        // Another number, another name: it still reads, and would give other results.
        let other =
            if name == "labels.json" { whole.replacen("row", "bow", 1) } else { whole.replacen('8', "9", 1) };
        assert_ne!(other, whole, "{whole}");
        fs::write(&path, other).expect("writes");
        for message in [
            Predictor::open(&run).map(|_| ()).expect_err("must be refused").to_string(),
            again().expect_err("must be refused").to_string(),
        ] {
            assert!(
                message.contains(name) && message.contains("not what the run was trained with"),
                "{message}"
            );
        }
        fs::write(&path, whole).expect("writes");
    }
    Predictor::open(&run).expect("all is as it was");

    // As a version that did not know of these checksums wrote it.
    let state = Checkpoints::of(&run).last().expect("saved").join("state.json");
    let mut value: serde_json::Value =
        serde_json::from_slice(&fs::read(&state).expect("reads")).expect("JSON");
    let fields = value.as_object_mut().expect("an object");
    let files = fields["files"].as_object_mut().expect("a table");
    assert!(files.remove("preprocess.toml").is_some() && files.remove("labels.json").is_some());
    fields.remove("checksum");
    let sum = blake3::hash(serde_json::to_string(&fields).expect("writes").as_bytes()).to_hex().to_string();
    fields.insert("checksum".into(), sum.into());
    fs::write(&state, serde_json::to_vec(&value).expect("writes")).expect("writes");
    Predictor::open(&run).expect("older runs stay readable");
    again().expect("and go on");
    let newest = Checkpoints::of(&run).last().expect("saved");
    assert!(CheckpointState::read(&newest).expect("sound").files.contains_key("preprocess.toml"));
}
