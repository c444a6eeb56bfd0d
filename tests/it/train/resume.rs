//! A run that was cut off, stopped or failed becomes, to the last bit, the run that never was.
//! A copy of the run folder, made while an event is told, is what a killed process leaves.

mod disk;
mod files;
mod full;
mod gone;

use super::{Recorder, Script, Story, at_step, bars, new_run, no_wishes, sentences, tiny, train};
use crate::copy_folder;
use attentive::app::RunView;
use attentive::config::{RunConfig, Value};
use attentive::data::{Dataset, Split};
use attentive::runs::{
    Checkpoints, Disk, Event, Outcome, PredictionTable, RunFolder, RunStatus, list_runs, read_run, standing,
};
use attentive::train::{
    CheckpointState, Control, ExtendJob, NoSteering, ResumeJob, Steering, TrainError, TrainJob, extend,
    resume, resume_on, run,
};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A disk that does not make a hundred runs wait for it.
#[derive(Debug)]
struct Quick;

impl Disk for Quick {
    fn sync(&self, _: &File) -> io::Result<()> {
        Ok(())
    }
    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }
}

fn job(run: &Path, data: &Dataset, threads: i64) -> ResumeJob {
    let changes = vec![("train.threads".to_owned(), Value::Int(threads))];
    ResumeJob { run: run.to_owned(), changes, data: Some(Arc::new(data.clone())) }
}

/// Resumes and lets it end.
fn go_on(
    run: &Path,
    data: &Dataset,
    threads: i64,
    answer: impl FnMut(&Event) -> Vec<Control> + Send,
) -> Story {
    let mut recorder = Recorder::new(answer);
    let mut script = Script(recorder.wishes.clone());
    let done =
        resume_on(job(run, data, threads), &mut script, &mut recorder, Arc::new(Quick)).expect("goes on");
    let Recorder { events, tables, replies, .. } = recorder;
    Story { done, events, tables, replies }
}

/// All that the last checkpoint holds of the weights.
fn saved(run: &Path) -> Vec<(String, Vec<u8>)> {
    let checkpoint = Checkpoints::of(run).last().expect("saved");
    let names = ["model", "trained", "optimizer"].map(|name| format!("{name}.safetensors"));
    let there = names.into_iter().filter(|name| checkpoint.join(name).is_file());
    there.map(|name| (name.clone(), fs::read(checkpoint.join(&name)).expect("reads"))).collect()
}

/// What stands in the log of steps, evaluations, changes and the end, times and names of files
/// left out.
fn told(run: &Path) -> Vec<String> {
    let line = |event: &Event| match event {
        Event::Step { step, epoch, metrics, .. } => {
            let values = ["loss", "accuracy", "gradient_norm", "learning_rate"].map(|name| metrics[name]);
            Some(format!("step {step} {epoch} {values:?}"))
        }
        Event::Evaluation(e) => Some(format!(
            "{:?} {} {} {:?} {:?} {:?} {}",
            e.split, e.step, e.epoch, e.metrics, e.classes, e.confusion, e.best
        )),
        Event::SettingChanged { step, key, from, to } => Some(format!("{key} {step} {from} {to}")),
        _ => None,
    };
    let events = standing(read_run(run).expect("reads").0);
    let Some(Event::Done(done)) = events.last() else { panic!("no end: {:?}", events.last()) };
    let end =
        format!("{:?} {} {:?} {:?} {:?}", done.outcome, done.step, done.validation, done.test, done.best);
    events.iter().filter_map(line).chain([end]).collect()
}

/// Whether two runs came to the same in everything but times.
pub(super) fn assert_same(parts: &Path, whole: &Path, name: &str) {
    assert_eq!(told(parts), told(whole), "{name}");
    assert!(saved(parts) == saved(whole), "{name}: weights and optimizer");
    let best = |run: &Path| {
        let best = Checkpoints::of(run).best().expect("a best");
        (
            best.file_name().expect("a name").to_owned(),
            fs::read(best.join("model.safetensors")).expect("reads"),
        )
    };
    assert!(best(parts) == best(whole), "{name}: the best weights");
    // The best predictions outlive the accident.
    let events = standing(read_run(parts).expect("reads").0);
    let best = events.iter().rev().find_map(|event| match event {
        Event::Evaluation(e) if e.best => e.predictions.clone(),
        _ => None,
    });
    let table = PredictionTable::read_parquet(&parts.join(best.expect("named"))).expect("reads");
    assert!(!table.is_empty());
    // What the window shows is a fold over the same.
    let mut view = RunView::default();
    read_run(parts).expect("reads").0.iter().for_each(|event| view.apply(event));
    let steps: Vec<f64> = view.steps["loss"].iter().map(|[step, _]| *step).collect();
    assert_eq!(steps, (1..=view.step).map(|step| step as f64).collect::<Vec<_>>(), "{name}: a seam");
    let stand = events.iter().filter(|event| matches!(event, Event::Evaluation(_))).count();
    assert_eq!((view.evaluations.len(), view.is_live()), (stand, false), "{name}");
}

/// Runs with a name, data and settings; everything random is on.
fn cases() -> Vec<(&'static str, Dataset, RunConfig)> {
    let common = ["train.epochs=3", "train.learning_rate=0.01", "train.save_every=2", "train.save_minutes=0"];
    let images = [
        "model.dropout=0.1",
        "model.stochastic_depth=0.1",
        "augment.shift=1",
        "augment.flip=true",
        "augment.mixup=0.3",
        "augment.erase=0.3",
        "train.ema=0.9",
        "train.sampling=balanced",
        "train.evaluate_every=3",
    ];
    let with = |more: &[&str]| tiny(&[&common[..], more].concat());
    vec![
        ("images, everything random", bars(200, 40), with(&images)),
        ("texts", sentences(200), with(&["model.dropout=0.1", "text.vocabulary=200"])),
        ("SGD, saved rarely", bars(120, 12), with(&["train.optimizer=sgd", "train.save_every=7"])),
        (
            "Lion, out of patience",
            bars(120, 24),
            with(&[
                "train.optimizer=lion",
                "train.patience=2",
                "train.evaluate_every=1",
                "train.epochs=9",
                "train.schedule=constant",
            ]),
        ),
    ]
}

#[test]
fn cut_off_anywhere_it_becomes_the_run_that_never_was() {
    for (name, data, config) in cases() {
        let (home, whole) = new_run();
        let (mut count, mut copies) = (0, Vec::new());
        let story = train(&config, &data, Some(&whole), |event| {
            count += 1;
            // Also while it prepares, saves and evaluates.
            if count % 3 == 0 && !matches!(event, Event::Done(_)) {
                let place = home.path().join(format!("cut-{count}"));
                copy_folder(&whole, &place);
                copies.push(place);
            }
            Vec::new()
        });
        assert_eq!(story.done.outcome, Outcome::Finished);
        assert!(copies.len() > 8, "{name}: {}", copies.len());
        let mut from_midst = 0;
        for (number, parts) in copies.iter().enumerate() {
            let again = go_on(parts, &data, 1 + number as i64 % 2, no_wishes);
            let resumed = again.events.iter().find_map(Event::goes_on).expect("says that it is resumed");
            from_midst += u32::from(resumed.from_step > 0);
            let steps = again.steps();
            assert!(steps.first().is_none_or(|first| *first == resumed.from_step + 1));
            assert_same(parts, &whole, &format!("{name}, {}", parts.display()));
            if number == 0 {
                // What is finished only says so again.
                let log = fs::read(parts.join("events.jsonl")).expect("reads");
                let once_more = go_on(parts, &data, 1, no_wishes);
                assert_eq!(once_more.events, [Event::Done(Box::new(again.done.clone()))]);
                assert!(fs::read(parts.join("events.jsonl")).expect("reads") == log);
            }
        }
        assert!(from_midst > 3, "{name}: {from_midst}");
    }
}

#[test]
fn a_run_that_is_cut_off_again_and_again_ends_the_same() {
    let (name, data, config) = cases().remove(0);
    let (home, whole) = new_run();
    train(&config, &data, Some(&whole), no_wishes);
    let first = home.path().join("0");
    let cut_at = |to: PathBuf, event: usize| {
        let mut count = 0;
        move |run: &Path| {
            count += 1;
            if count == event {
                copy_folder(run, &to);
            }
        }
    };
    let mut cut = cut_at(first.clone(), 12);
    let place = home.path().join("straight");
    train(&config, &data, Some(&place), |_| {
        cut(&place);
        Vec::new()
    });
    let mut parts = first;
    for (number, event) in [6, 3, 9, 4, 12, 2].into_iter().enumerate() {
        let next = home.path().join((number + 1).to_string());
        let mut cut = cut_at(next.clone(), event);
        go_on(&parts, &data, 1 + number as i64 % 2, |_| {
            cut(&parts);
            Vec::new()
        });
        parts = next;
    }
    go_on(&parts, &data, 2, no_wishes);
    assert_same(&parts, &whole, name);
    let resumed = read_run(&parts).expect("reads").0.iter().filter(|e| e.goes_on().is_some()).count();
    assert_eq!(resumed, 7, "each sitting is told");
}

#[test]
fn a_stopped_run_goes_on_as_if_it_had_not_been() {
    for (name, data, config) in cases() {
        let (_home, whole) = new_run();
        train(&config, &data, Some(&whole), no_wishes);
        // In the midst of an epoch, also twice; the closing evaluation may be the best so far.
        for stops in [vec![Control::Stop], vec![Control::Stop, Control::Stop]] {
            for step in [1, 4, 5] {
                let (_other, parts) = new_run();
                let story = train(&config, &data, Some(&parts), at_step(step, stops.clone()));
                assert_eq!((story.done.outcome, story.done.step), (Outcome::Stopped, step));
                let again = go_on(&parts, &data, 2, no_wishes);
                let resumed = again.events.iter().find_map(Event::goes_on).expect("told");
                assert_eq!(resumed.from_step, step, "nothing is computed again");
                assert_same(&parts, &whole, &format!("{name}, stopped after {step}"));
            }
        }
    }
}

#[test]
fn a_stop_in_the_midst_of_an_evaluation_owes_it() {
    let (name, data, config) = cases().remove(0);
    let (_home, whole) = new_run();
    train(&config, &data, Some(&whole), no_wishes);
    let (_other, parts) = new_run();
    let mut asked = false;
    let story = train(&config, &data, Some(&parts), |event| match event {
        Event::Progress { stage, .. } if stage == "Evaluating" && !std::mem::replace(&mut asked, true) => {
            vec![Control::Stop]
        }
        _ => Vec::new(),
    });
    assert_eq!((story.done.outcome, story.done.step), (Outcome::Stopped, 3));
    go_on(&parts, &data, 1, no_wishes);
    assert_same(&parts, &whole, name);
}

#[test]
fn live_changes_are_made_again_where_they_were_made() {
    let (_, data, config) = cases().remove(0);
    let changes = |event: &Event| match event {
        Event::Step { step: 3, .. } => {
            vec![Control::Change("train.learning_rate", Value::Float(0.02))]
        }
        Event::Step { step: 9, .. } => vec![
            Control::Change("model.dropout", Value::Float(0.3)),
            Control::Change("train.epochs", Value::Int(4)),
        ],
        _ => Vec::new(),
    };
    let (home, whole) = new_run();
    let mut copies = Vec::new();
    train(&config, &data, Some(&whole), |event| {
        if let Event::Step { step, .. } = event
            && step % 3 == 1
        {
            let place = home.path().join(step.to_string());
            copy_folder(&whole, &place);
            copies.push((*step, place));
        }
        changes(event)
    });
    assert_eq!(
        told(&whole).iter().filter(|line| line.starts_with("train.") || line.starts_with("model.")).count(),
        3
    );
    for (step, parts) in copies {
        // Those that were not made yet are made now, at the same steps.
        go_on(&parts, &data, 1, |event| match event {
            Event::Step { step: now, .. } if *now > step => changes(event),
            _ => Vec::new(),
        });
        assert_same(&parts, &whole, &format!("cut after {step}"));
    }
    // Saved while step 10 was the newest: made again from the log alone.
    let (_without, parts) = new_run();
    let rarely =
        RunConfig { train: attentive::config::Train { save_every: 0, ..config.train.clone() }, ..config };
    let place = home.path().join("no checkpoint");
    train(&rarely, &data, Some(&parts), |event| {
        if matches!(event, Event::Evaluation(_)) && !place.exists() {
            copy_folder(&parts, &place);
        }
        match event {
            Event::Step { step: 1, .. } => vec![Control::Change("train.learning_rate", Value::Float(0.02))],
            _ => Vec::new(),
        }
    });
    assert_eq!(Checkpoints::of(&place).steps(), [0; 0]);
    go_on(&place, &data, 1, no_wishes);
    assert_same(&place, &parts, "without a checkpoint");
}

#[test]
fn an_extension_that_is_cut_off_is_resumed_by_its_own_plan() {
    let (_, data, config) = cases().remove(2);
    let changes =
        vec![("train.epochs".to_owned(), Value::Int(5)), ("train.clip_norm".to_owned(), Value::Float(0.5))];
    let more = |run: &Path, heard: &mut (dyn FnMut(&Event) + Send)| {
        let job =
            ExtendJob { run: run.to_owned(), changes: changes.clone(), data: Some(Arc::new(data.clone())) };
        let mut recorder = Recorder::new(|event: &Event| {
            heard(event);
            Vec::new()
        });
        extend(job, &mut NoSteering, &mut recorder).expect("goes on");
    };
    let (home, whole) = new_run();
    train(&config, &data, Some(&whole), no_wishes);
    let (mut count, mut copies) = (0, Vec::new());
    more(&whole, &mut |event| {
        count += 1;
        if count % 4 == 0 && !matches!(event, Event::Done(_)) {
            let place = home.path().join(format!("cut-{count}"));
            copy_folder(&whole, &place);
            copies.push(place);
        }
    });
    assert!(copies.len() > 3);
    for parts in copies {
        let ended = matches!(read_run(&parts).expect("reads").0.last(), Some(Event::Done(_)));
        if ended {
            // Cut off before the log told of it: it is asked for once more.
            more(&parts, &mut |_| {});
        } else {
            go_on(&parts, &data, 2, no_wishes);
        }
        assert_same(&parts, &whole, &parts.display().to_string());
    }
}

#[test]
fn what_does_not_fit_is_refused_and_the_run_stays_as_it_was() {
    let (_, data, config) = cases().remove(0);
    let (home, whole) = new_run();
    let place = home.path().join("cut");
    train(&config, &data, Some(&whole), |event| {
        if matches!(event, Event::Step { step: 9, .. }) {
            copy_folder(&whole, &place);
        }
        Vec::new()
    });
    let before = fs::read(place.join("events.jsonl")).expect("reads");
    let refused = |job: ResumeJob, parts: &[&str], wrong_settings: bool| {
        let mut recorder = Recorder::new(no_wishes);
        let error = resume(job, &mut NoSteering, &mut recorder).expect_err("must be refused");
        let message = error.to_string();
        assert!(parts.iter().all(|part| message.contains(part)), "{parts:?} in: {message}");
        assert_eq!(error.is_wrong_settings(), wrong_settings, "{message}");
        assert!(recorder.events.iter().all(|event| matches!(event, Event::Progress { .. })));
        assert!(fs::read(place.join("events.jsonl")).expect("reads") == before, "{message}");
    };
    let with =
        |key: &str, value| ResumeJob { changes: vec![(key.to_owned(), value)], ..job(&place, &data, 1) };
    refused(
        with("train.learning_rate", Value::Float(0.5)),
        &["train.learning_rate", "is 0.01", "--extend"],
        true,
    );
    refused(with("train.epochs", Value::Int(30)), &["train.epochs", "the very run", "--extend"], true);
    refused(with("train.epoch", Value::Int(30)), &["unknown setting"], true);
    refused(job(&place, &bars(204, 40), 1), &["not what the run was trained on"], false);
    refused(job(home.path(), &data, 1), &["not a run", "attentive runs"], false);
    let owner = RunFolder::reopen(&place).expect("nobody else has it");
    refused(job(&place, &data, 1), &["another process is training this run", "stop it there"], false);
    drop(owner);
    // A checkpoint of a later version is no damage, and nothing older is taken for it.
    let state = Checkpoints::of(&place).last().expect("saved").join("state.json");
    let bytes = fs::read(&state).expect("reads");
    let mut value: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
    value["format"] = 99.into();
    value["version"] = "7.0.0".into();
    let fields = value.as_object_mut().expect("an object");
    fields.remove("checksum");
    let sum = blake3::hash(serde_json::to_string(&fields).expect("writes").as_bytes()).to_hex().to_string();
    fields.insert("checksum".into(), sum.into());
    fs::write(&state, serde_json::to_vec(&value).expect("writes")).expect("writes");
    refused(job(&place, &data, 1), &["Attentive 7.0.0", "format 99", "use that version"], false);
    fs::write(&state, bytes).expect("writes");
    go_on(&place, &data, 1, no_wishes);
    assert_same(&place, &whole, "after all that");
}

/// Stops whatever it steers at once.
struct StopsAtOnce(Option<Control>);

impl Steering for StopsAtOnce {
    fn poll(&mut self) -> Option<Control> {
        self.0.take()
    }
    fn wait(&mut self) -> Option<Control> {
        self.0.take()
    }
}

#[test]
fn a_resume_that_is_called_off_says_that_the_run_is_as_it_was() {
    let data = bars(204, 0);
    let (home, whole) = new_run();
    let place = home.path().join("cut");
    train(&tiny(&["train.epochs=3", "train.save_every=4"]), &data, Some(&whole), |event| {
        if matches!(event, Event::Step { step: 9, .. }) {
            copy_folder(&whole, &place);
        }
        Vec::new()
    });
    let before = fs::read(place.join("events.jsonl")).expect("reads");
    let mut recorder = Recorder::new(no_wishes);
    let mut stops = StopsAtOnce(Some(Control::Stop));
    let error = resume(job(&place, &data, 1), &mut stops, &mut recorder).expect_err("called off");
    assert_eq!(error, TrainError::LeftAsItWas);
    assert!(error.to_string().contains("the run is as it was"), "{error}");
    assert!(fs::read(place.join("events.jsonl")).expect("reads") == before);
    go_on(&place, &data, 1, no_wishes);
    assert_same(&place, &whole, "after that");
}

#[test]
fn a_run_that_was_only_begun_is_listed_and_resumed_from_its_settings() {
    let home = tempfile::tempdir().expect("temporary folder");
    let mut text = "text,label\n".to_owned();
    for row in 0..60 {
        text += &format!("we had {},{}\n", ["rain", "soup"][row % 2], ["weather", "food"][row % 2]);
    }
    fs::write(home.path().join("table.csv"), text).expect("writes");
    let mut config = tiny(&["train.epochs=2", "text.vocabulary=60"]);
    config.data.source = home.path().join("table.csv").to_string_lossy().into_owned();
    let (whole, place) = (home.path().join("whole"), home.path().join("cut"));
    let mut recorder = Recorder::new(|event: &Event| {
        if matches!(event, Event::Progress { .. }) && !place.exists() {
            copy_folder(&whole, &place);
        }
        Vec::new()
    });
    let begin = TrainJob { config, data: None, folder: Some(whole.clone()) };
    run(begin, &mut NoSteering, &mut recorder).expect("begins");
    assert_eq!(fs::read(place.join("events.jsonl")).expect("reads"), b"", "nothing but the settings");
    let runs = list_runs(home.path()).expect("lists");
    assert_eq!(runs.problems, Vec::<String>::new());
    let cut = runs.runs.iter().find(|entry| entry.name == "cut").expect("listed");
    assert_eq!((cut.status, cut.step), (RunStatus::CutOff, 0));
    assert!(cut.data.ends_with("table.csv"));
    let again = ResumeJob { run: place.clone(), changes: Vec::new(), data: None };
    let mut recorder = Recorder::new(no_wishes);
    resume(again, &mut NoSteering, &mut recorder).expect("begins again");
    let heard: Vec<&Event> =
        recorder.events.iter().filter(|e| !matches!(e, Event::Progress { .. })).collect();
    assert!(
        matches!(heard[..2], [Event::Accepted(_), Event::Resumed { from_step: 0, sitting: Some(_) }]),
        "{heard:?}"
    );
    assert_same(&place, &whole, "from its settings");
    // A run that cannot be begun again stays as it is.
    fs::remove_file(home.path().join("table.csv")).expect("removes");
    let other = home.path().join("other");
    copy_folder(&place, &other);
    fs::write(other.join("events.jsonl"), b"").expect("writes");
    fs::remove_dir_all(other.join("checkpoints")).expect("removes");
    let job = ResumeJob { run: other.clone(), changes: Vec::new(), data: None };
    let error = resume(job, &mut NoSteering, &mut Recorder::new(no_wishes)).expect_err("no data");
    assert!(error.to_string().contains("table.csv") && !matches!(error, TrainError::Run(_)), "{error}");
    assert!(other.join("config.toml").is_file());
}

#[test]
fn the_number_of_threads_is_no_part_of_the_settings_hash() {
    let hash = |assignment: &str| CheckpointState::hash(&tiny(&[assignment]));
    assert_eq!(hash("train.threads=1"), hash("train.threads=7"));
    assert_eq!(hash("train.threads=1"), hash("train.save_every=7"));
    assert_ne!(hash("train.threads=1"), hash("train.seed=7"));
}

#[test]
fn the_second_evaluation_of_a_split_is_not_taken_for_the_first() {
    // An evaluation that a person asked for stands; the one after a Stop does not.
    let (_, data, config) = cases().remove(0);
    let (_home, parts) = new_run();
    let wishes = |event: &Event| match event {
        Event::Step { step: 4, .. } => vec![Control::EvaluateNow],
        Event::Step { step: 5, .. } => vec![Control::Stop],
        _ => Vec::new(),
    };
    let story = train(&config, &data, Some(&parts), wishes);
    assert_eq!(story.evaluations(Split::Validation), [3, 4, 5]);
    assert_eq!(story.evaluations(Split::Test), [5]);
    go_on(&parts, &data, 1, no_wishes);
    let stand = standing(read_run(&parts).expect("reads").0);
    let found = |event: &Event| match event {
        Event::Evaluation(e) => Some((e.split, e.step)),
        _ => None,
    };
    let stand: Vec<_> = stand.iter().filter_map(found).collect();
    assert_eq!(stand[..3], [(Split::Validation, 3), (Split::Validation, 4), (Split::Validation, 6)]);
    assert_eq!(stand.iter().filter(|(split, _)| *split == Split::Test).count(), 1);
}
