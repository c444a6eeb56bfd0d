//! What was deleted or moved away under a run: its folder, its data, its settings. It ends with the
//! path and what to do, or does not need it at all; never a panic, and nothing is made up anew.

use super::{Recorder, assert_same, go_on, job, new_run, no_wishes, tiny};
use crate::copy_folder;
use attentive::config::RunConfig;
use attentive::data::{Dataset, Examples, OpenOptions, PictureOptions, open, silent};
use attentive::runs::{Done, Event, Outcome, read_run, standing};
use attentive::train::{NoSteering, ResumeJob, TrainJob, resume, run};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const SETTINGS: [&str; 4] =
    ["train.epochs=3", "train.save_every=2", "text.vocabulary=60", "model.dropout=0.1"];

/// A table of short texts, and settings that train on it.
fn table(home: &Path) -> (PathBuf, RunConfig) {
    let mut text = "text,label\n".to_owned();
    for row in 0..120 {
        text +=
            &format!("we had {} on day {row},{}\n", ["rain", "soup"][row % 2], ["weather", "food"][row % 2]);
    }
    let path = home.join("table.csv");
    fs::write(&path, text).expect("writes");
    let mut config = tiny(&SETTINGS);
    config.data.source = path.to_string_lossy().into_owned();
    (path, config)
}

/// Trains from the settings alone and does something once, at the event that is asked for.
fn train_and(
    config: &RunConfig,
    folder: &Path,
    is_moment: impl Fn(&Event) -> bool + Send + Sync,
    mut act: impl FnMut() + Send,
) -> Done {
    let mut acted = false;
    let mut recorder = Recorder::new(|event: &Event| {
        if !acted && is_moment(event) {
            acted = true;
            act();
        }
        Vec::new()
    });
    let begun = TrainJob { config: config.clone(), data: None, folder: Some(folder.to_owned()) };
    let done = run(begun, &mut NoSteering, &mut recorder).expect("begins");
    drop(recorder);
    assert!(acted, "the moment came");
    done
}

fn at_step(wanted: u64) -> impl Fn(&Event) -> bool + Send + Sync {
    move |event| matches!(event, Event::Step { step, .. } if *step == wanted)
}

type Moment = (&'static str, fn(&Event) -> bool);

/// Between two steps, while it saves, while it evaluates, and before it has written anything else.
const MOMENTS: [Moment; 4] = [
    ("a step", |event| matches!(event, Event::Step { step: 5, .. })),
    ("a save", |event| matches!(event, Event::Progress { stage, .. } if stage == "Saving")),
    ("an evaluation", |event| matches!(event, Event::Progress { stage, .. } if stage == "Evaluating")),
    ("the beginning", |event| matches!(event, Event::Accepted(_))),
];

#[test]
fn a_run_whose_folder_is_deleted_ends_with_its_path_and_writes_nothing_more() {
    for (moment, is_moment) in MOMENTS {
        let (home, folder) = new_run();
        let (_, config) = table(home.path());
        let done = train_and(&config, &folder, is_moment, || fs::remove_dir_all(&folder).expect("removes"));
        assert_eq!(done.outcome, Outcome::Failed, "{moment}");
        for part in [folder.to_str().expect("UTF-8"), "deleted", "put"] {
            assert!(done.reason.contains(part), "{moment}, {part}: {}", done.reason);
        }
        assert!(!folder.exists(), "{moment}: it is not made again");
    }
}

#[test]
fn a_run_whose_folder_is_moved_ends_and_is_resumed_where_it_is_now() {
    let (home, whole) = new_run();
    let (_, config) = table(home.path());
    train_and(&config, &whole, at_step(1), || ());
    for (moment, is_moment) in MOMENTS {
        let (folder, moved) = (home.path().join("here"), home.path().join("elsewhere"));
        let done = train_and(&config, &folder, is_moment, || fs::rename(&folder, &moved).expect("moves"));
        assert_eq!(done.outcome, Outcome::Failed, "{moment}");
        let names = done.reason.contains(folder.to_str().expect("UTF-8"));
        assert!(names && done.reason.contains("moved"), "{moment}: {}", done.reason);
        assert!(!folder.exists(), "{moment}");
        let again = ResumeJob { run: moved.clone(), changes: Vec::new(), data: None };
        resume(again, &mut NoSteering, &mut Recorder::new(no_wishes)).expect("goes on");
        assert_same(&moved, &whole, moment);
        fs::remove_dir_all(&moved).expect("removes");
    }
}

#[test]
fn data_that_is_gone_does_not_touch_a_run_and_is_named_when_it_is_resumed() {
    let (home, whole) = new_run();
    let (path, config) = table(home.path());
    train_and(&config, &whole, at_step(1), || ());
    let (other, cut) = (home.path().join("other"), home.path().join("cut"));
    let kept = fs::read(&path).expect("reads");
    train_and(&config, &other, at_step(3), || fs::remove_file(&path).expect("removes"));
    assert_same(&other, &whole, "its data gone at step 3");
    fs::write(&path, &kept).expect("writes");
    train_and(&config, &home.path().join("third"), at_step(5), || {
        copy_folder(&home.path().join("third"), &cut);
    });
    // Gone, or with other contents: named, and the run stays as it was.
    let log = fs::read(cut.join("events.jsonl")).expect("reads");
    let try_again = || {
        let again = ResumeJob { run: cut.clone(), changes: Vec::new(), data: None };
        resume(again, &mut NoSteering, &mut Recorder::new(no_wishes))
    };
    fs::remove_file(&path).expect("removes");
    let error = try_again().expect_err("refused").to_string();
    for part in [path.to_str().expect("UTF-8"), "is no longer there", "put it back"] {
        assert!(error.contains(part), "{error}");
    }
    fs::write(&path, [&kept[..], b"we had snow,weather\n"].concat()).expect("writes");
    let error = try_again().expect_err("refused").to_string();
    for part in ["table.csv", "not what the run was trained on", "put the old files back"] {
        assert!(error.contains(part), "{error}");
    }
    assert!(fs::read(cut.join("events.jsonl")).expect("reads") == log);
    fs::write(&path, &kept).expect("writes");
    try_again().expect("goes on");
    assert_same(&cut, &whole, "its data is back");
}

/// Small pictures in two folders.
fn pictures(home: &Path) -> PathBuf {
    let folder = home.join("pictures");
    for sample in 0..80u32 {
        let (class, shade) = (["dark", "light"][(sample % 2) as usize], 60 + (sample % 2) as u8 * 120);
        let of_class = folder.join(class);
        fs::create_dir_all(&of_class).expect("a folder");
        let picture = image::GrayImage::from_fn(8, 8, |x, y| {
            image::Luma([shade + ((x * 7 + y * 13 + sample * 29) % 60) as u8])
        });
        picture.save(of_class.join(format!("{sample}.png"))).expect("writes");
    }
    folder
}

#[test]
fn pictures_that_are_gone_during_a_run_are_not_missed_wherever_their_pixels_lie() {
    for memory in [u64::MAX, 0] {
        let (home, whole) = new_run();
        let folder = pictures(home.path());
        let mut config = tiny(&["train.epochs=3", "train.save_every=2", "augment.flip=true"]);
        config.data.source = folder.to_string_lossy().into_owned();
        let read = || -> Dataset {
            let options = OpenOptions::of(&config);
            let pictures = PictureOptions { memory, ..options.pictures };
            open(&config.data.source, &OpenOptions { pictures, ..options }, &silent).expect("opens")
        };
        let begin = |data: Dataset, folder: &Path, mut at_third: Box<dyn FnMut() + Send>| {
            let mut recorder = Recorder::new(move |event: &Event| {
                if at_step(3)(event) {
                    at_third();
                }
                Vec::new()
            });
            let job = TrainJob {
                config: config.clone(),
                data: Some(Arc::new(data)),
                folder: Some(folder.to_owned()),
            };
            run(job, &mut NoSteering, &mut recorder).expect("begins")
        };
        let data = read();
        let Examples::Images(images) = &data.examples else { panic!("pictures") };
        assert_eq!(images.in_memory().is_some(), memory > 0, "the pixels lie where they were asked to");
        assert_eq!(begin(data, &whole, Box::new(|| ())).outcome, Outcome::Finished);
        let (other, source) = (home.path().join("other"), folder.clone());
        let gone = move || fs::remove_dir_all(&source).expect("removes");
        assert_eq!(begin(read(), &other, Box::new(gone)).outcome, Outcome::Finished);
        assert!(!folder.exists());
        assert_same(&other, &whole, "its pictures gone at step 3");
        // What the run learned stays usable; only what needs the pictures says which are missing.
        let again =
            ResumeJob { run: cut_before_the_end(&other, home.path()), changes: Vec::new(), data: None };
        let error =
            resume(again, &mut NoSteering, &mut Recorder::new(no_wishes)).expect_err("refused").to_string();
        assert!(
            error.contains(folder.to_str().expect("UTF-8")) && error.contains("is no longer there"),
            "{error}"
        );
    }
}

/// The run as if it had been cut off just before its end was told.
fn cut_before_the_end(run: &Path, home: &Path) -> PathBuf {
    let cut = home.join("cut");
    copy_folder(run, &cut);
    let log = cut.join("events.jsonl");
    let text = fs::read_to_string(&log).expect("reads");
    let lines: Vec<&str> = text.lines().filter(|line| !line.contains("\"event\":\"done\"")).collect();
    fs::write(&log, lines.join("\n") + "\n").expect("writes");
    cut
}

#[test]
fn settings_that_are_gone_are_not_missed_until_nothing_else_knows_them() {
    let (home, whole) = new_run();
    let (_, config) = table(home.path());
    let (early, late) = (home.path().join("early"), home.path().join("late"));
    let mut recorder = Recorder::new(|event: &Event| {
        match event {
            Event::Step { step: 1, .. } => copy_folder(&whole, &early),
            Event::Step { step: 5, .. } => copy_folder(&whole, &late),
            _ => {}
        }
        Vec::new()
    });
    let data = open(&config.data.source, &OpenOptions::of(&config), &silent).expect("opens");
    let begun = TrainJob { config, data: None, folder: Some(whole.clone()) };
    run(begun, &mut NoSteering, &mut recorder).expect("begins");
    drop(recorder);
    for (name, cut) in [("before a checkpoint", &early), ("behind one", &late)] {
        let bare = home.path().join("bare");
        copy_folder(cut, &bare);
        fs::remove_file(bare.join("config.toml")).expect("removes");
        go_on(&bare, &data, 1, no_wishes);
        assert_same(&bare, &whole, name);
        fs::remove_dir_all(&bare).expect("removes");
    }
    // Neither log nor checkpoint knows them.
    fs::write(early.join("events.jsonl"), b"").expect("writes");
    fs::remove_file(early.join("config.toml")).expect("removes");
    let error = resume(job(&early, &data, 1), &mut NoSteering, &mut Recorder::new(no_wishes));
    let error = error.expect_err("refused").to_string();
    for part in ["config.toml", "settings cannot be read", "restore the file, or train again"] {
        assert!(error.contains(part), "{error}");
    }
    assert!(standing(read_run(&early).expect("reads").0).is_empty(), "as it was");
}
