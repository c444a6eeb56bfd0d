//! Files of runs through the whole window: exports, comparison, curves beside, notes, the
//! trash. The runs are written by hand, nothing is trained.

use super::{Window, home};
use attentive::app::{Action, Against, CurveLook, Export};
use attentive::config::RunConfig;
use attentive::data::{Dataset, OpenOptions, Split, open, silent, summary};
use attentive::inspect::confusion;
use attentive::runs::{
    Accepted, Done, Evaluation, Event, Metrics, Notes, Outcome, PredictionTable, RunFolder,
};
use std::path::{Path, PathBuf};

/// Steps of each made-up run.
const STEPS: u64 = 40;

fn helpdesk() -> Dataset {
    let mut data = open("builtin:helpdesk", &OpenOptions::default(), &silent).expect("built in");
    let config = config();
    data.hold_out(config.data.validation_fraction, config.train.seed);
    data
}

fn config() -> RunConfig {
    let mut config = RunConfig::default();
    config.data.source = "builtin:helpdesk".to_owned();
    config
}

/// Predictions of the validation samples; every `wrong`-th is wrong.
fn predictions(data: &Dataset, wrong: usize) -> PredictionTable {
    let classes = data.classes.len();
    let mut table = PredictionTable { step: STEPS, classes, ..PredictionTable::default() };
    for (row, sample) in data.indices(Split::Validation).into_iter().enumerate() {
        let truth = data.targets[sample as usize].class().expect("labelled");
        let predicted = if row % wrong == 0 { (truth + 1) % classes as u32 } else { truth };
        table.samples.push(sample);
        table.splits.push(Split::Validation);
        table.targets.push(Some(truth));
        table.predicted.push(predicted);
        table.losses.push(if predicted == truth { 0.25 } else { 2.5 });
        table
            .probabilities
            .extend((0..classes as u32).map(|class| if class == predicted { 0.79 } else { 0.03 }));
    }
    table
}

/// A finished run.
fn write_run(home: &Path, name: &str, data: &Dataset, wrong: usize) -> PathBuf {
    let mut folder = RunFolder::create(&home.join("runs").join(name), &config()).expect("a new run");
    let about = summary(data);
    let accepted = Accepted {
        version: "0.1.0".to_owned(),
        started: 1_700_000_000 + wrong as u64,
        run: folder.path().to_string_lossy().into_owned(),
        config: config(),
        task: data.task,
        data: about,
        parameters: 1000,
        steps_per_epoch: 20,
        total_steps: STEPS,
        device: "CPU".to_owned(),
    };
    folder.append(&Event::Accepted(Box::new(accepted))).expect("writes");
    for step in 1..=STEPS {
        let loss = 2.0 / step as f64 + wrong as f64 * 0.1;
        let metrics = Metrics::from([("loss".to_owned(), loss), ("learning_rate".to_owned(), 1.0e-7)]);
        let (epoch, seconds) = (step as f64 / 20.0, step as f64 * 0.1);
        folder.append(&Event::Step { step, epoch, seconds, metrics }).expect("writes");
    }
    let table = predictions(data, wrong);
    let accuracy = 1.0 - 1.0 / wrong as f64;
    let evaluation = Evaluation {
        step: STEPS,
        epoch: 2.0,
        split: Split::Validation,
        samples: table.len() as u64,
        metrics: Metrics::from([("accuracy".to_owned(), accuracy), ("loss".to_owned(), 0.5)]),
        confusion: confusion(&table, None),
        classes: Default::default(),
        seconds: 0.1,
        predictions: Some(folder.write_predictions(&table).expect("writes")),
        best: true,
    };
    let score = Some(evaluation.score());
    folder.append(&Event::Evaluation(Box::new(evaluation))).expect("writes");
    let done = Done {
        outcome: Outcome::Finished,
        step: STEPS,
        validation: score.clone(),
        test: None,
        best: score,
        seconds: 4.0,
        reason: String::new(),
    };
    folder.append(&Event::Done(Box::new(done))).expect("writes");
    folder.path().to_owned()
}

/// The window with the newer of two runs open.
fn opened(home: &Path) -> (Window, PathBuf, PathBuf) {
    let data = helpdesk();
    let (old, new) = (write_run(home, "old", &data, 4), write_run(home, "new", &data, 5));
    let mut window = Window::start(home, Some(&new.to_string_lossy()));
    window.until("the run", |s| s.run.as_ref().is_some_and(|r| r.predictions.is_some()));
    window.until("its samples", |s| s.run_data.is_some());
    window.until("the list of runs", |s| s.runs.len() == 2);
    (window, old, new)
}

fn told(window: &mut Window, words: &str) {
    let words = words.to_owned();
    window.until(&words.clone(), |s| s.log.iter().any(|line| line.text.contains(&words)));
}

#[test]
fn what_is_shown_is_exported_whole_and_nothing_is_overwritten() {
    let home = home();
    let (mut window, old, _) = opened(home.path());
    let rows = helpdesk().indices(Split::Validation).len().div_ceil(5);
    assert_eq!(window.state().filter.outcome, attentive::app::OutcomeFilter::Mistakes, "mistakes are shown");
    let path = home.path().join("mistakes.csv");
    let export = |what: Export, path: &Path| Action::Export { what, path: path.to_owned(), replace: false };
    window.act(export(Export::Predictions, &path));
    told(&mut window, &format!("{rows} rows written to {}", path.display()));
    let mut reader = csv::Reader::from_path(&path).expect("reads");
    let heading = reader.headers().expect("a heading").clone();
    assert_eq!(&heading[2], "text");
    let records: Vec<csv::StringRecord> = reader.records().map(|r| r.expect("a row")).collect();
    assert_eq!(records.len(), rows);
    let data = helpdesk();
    for record in &records {
        let sample: usize = record[0].parse().expect("a number");
        assert_eq!(
            &record[3],
            data.classes[data.targets[sample].class().expect("labelled") as usize].as_str()
        );
        assert_ne!(&record[3], &record[4], "only mistakes");
        assert!(!record[2].is_empty());
    }
    let before = std::fs::read(&path).expect("reads");
    window.act(export(Export::CurvePoints, &path));
    told(&mut window, "there is a file of this name already");
    assert_eq!(std::fs::read(&path).expect("reads"), before);
    window.act(export(Export::Predictions, &home.path().join("no folder/x.csv")));
    told(&mut window, "the file cannot be written");

    // Every point of both runs in the charts, to the last bit; the ending is added.
    window.act(Action::Overlay(old, true));
    window.until("the other curves", |s| s.overlays.first().is_some_and(|o| o.run.is_some()));
    window.act(export(Export::CurvePoints, &home.path().join("points")));
    told(&mut window, "82 rows written to");
    let mut reader = csv::Reader::from_path(home.path().join("points.csv")).expect("reads");
    let heading: Vec<String> = reader.headers().expect("a heading").iter().map(String::from).collect();
    assert_eq!(heading, ["run", "step", "split", "accuracy", "learning_rate", "loss"]);
    let records: Vec<csv::StringRecord> = reader.records().map(|r| r.expect("a row")).collect();
    assert_eq!((&records[0][0], &records[0][2], &records[0][3]), ("new", "train", ""));
    assert_eq!(records[2][5].parse::<f64>().expect("a number"), 2.0 / 3.0 + 5.0 * 0.1);
    assert_eq!(records[2][4].parse::<f64>().expect("a number"), 1e-7);
    assert_eq!((&records[40][1], &records[40][2], &records[40][3]), ("40", "validation", "0.8"));
    assert_eq!(&records[41][0], "old");
}

#[test]
fn the_charts_become_a_picture_of_the_chosen_size() {
    let home = home();
    let (mut window, old, _) = opened(home.path());
    window.act(Action::Overlay(old.clone(), true));
    window.act(Action::OverlayColor(old, [250, 0, 250]));
    window.until("the other curves", |s| s.overlays.first().is_some_and(|o| o.run.is_some()));
    let look = CurveLook { smoothing: 0.5, log: false, all: true, range: None };
    for (dark, scale, size) in [(false, 1.0, [900, 500]), (true, 2.0, [1400, 900])] {
        let path = home.path().join(format!("charts-{dark}.png"));
        let what = Export::CurvePicture { size, scale, dark, look };
        window.act(Action::Export { what, path: path.clone(), replace: false });
        told(&mut window, &format!("The charts are written to {}", path.display()));
        let picture = image::open(&path).expect("a picture").to_rgb8();
        assert_eq!([picture.width(), picture.height()], size);
        let mean: f64 =
            picture.pixels().map(|p| f64::from(p[1])).sum::<f64>() / picture.pixels().len() as f64;
        assert_eq!(dark, mean < 128.0, "{mean}");
        // Thin lines are blended with the ground, so hues are counted: magenta of the other run,
        // blue of the shown one.
        let hue = |is: fn(i32, i32, i32) -> bool| {
            let pixel = |p: &&image::Rgb<u8>| is(i32::from(p[0]), i32::from(p[1]), i32::from(p[2]));
            picture.pixels().filter(pixel).count()
        };
        assert!(hue(|r, g, b| r - g > 60 && b - g > 60) > 100, "the other run in its colour");
        assert!(hue(|r, _, b| b - r > 60) > 100, "the shown run in its colour");
    }
}

#[test]
fn another_run_is_compared_by_a_click() {
    let home = home();
    let (mut window, old, _) = opened(home.path());
    window.click("Compare");
    window.click("old  75.0\u{a0}%");
    window.until("the comparison", |s| s.comparison().is_some());
    assert_eq!(window.state().comparison().map(|c| c.folder.clone()), Some(old));
    window.harness.run_steps(2);
    let samples = helpdesk().indices(Split::Validation).len();
    let both = samples.div_ceil(20);
    assert!(window.shows(&format!("{} fixed", samples.div_ceil(4) - both)));
    assert!(window.shows(&format!("{} broken", samples.div_ceil(5) - both)));
    assert!(window.shows(&format!("{both} both wrong")));
    window.click("Stop comparing");
    assert!(window.state().compared.is_none());
    let nowhere = Against { folder: home.path().join("runs/gone"), file: None, name: "gone".to_owned() };
    window.act(Action::CompareWith(Some(nowhere)));
    told(&mut window, "not a run");
}

#[test]
fn names_notes_and_chosen_curves_survive_a_restart_and_a_deletion_is_taken_back() {
    let home = home();
    let (mut window, old, new) = opened(home.path());
    let notes = Notes { name: "Wide net".into(), tags: vec!["论文".into()], text: "too short".into() };
    window.act(Action::EditNotes(old.clone(), notes.clone()));
    window.act(Action::Overlay(old.clone(), true));
    window.act(Action::OverlayColor(old.clone(), [9, 8, 7]));
    window.until("the other curves", |s| s.overlays.first().is_some_and(|o| o.run.is_some()));
    // Preferences are written a second after a change at the latest.
    window.until("the preferences", |_| {
        std::fs::read_to_string(home.path().join("config/window.toml")).is_ok_and(|t| t.contains("overlays"))
    });
    drop(window);
    assert_eq!(Notes::read(&old).expect("reads"), notes);

    let mut window = Window::start(home.path(), Some(&new.to_string_lossy()));
    window.until("the list of runs", |s| s.runs.len() == 2);
    window.until("the other curves", |s| s.overlays.first().is_some_and(|o| o.run.is_some()));
    assert_eq!(window.state().overlays[0].color, Some([9, 8, 7]));
    assert_eq!(window.state().title_of(&old), "Wide net");

    window.act(Action::DeleteRun(old.clone()));
    window.until("the deletion", |s| s.runs.len() == 1 && s.trash.0 == 1);
    assert!(!old.exists() && window.state().overlays.is_empty());
    window.click("Runs");
    window.click("Put back");
    window.until("the run", |s| s.runs.len() == 2 && s.trash.0 == 0);
    assert_eq!(Notes::read(&old).expect("reads"), notes);
    window.act(Action::DeleteRun(old.clone()));
    window.until("the deletion", |s| s.trash.0 == 1);
    window.harness.run_steps(2);
    window.click("Empty…");
    window.click("Delete for good");
    window.until("the empty trash", |s| s.trash.0 == 0);
    assert!(!home.path().join("runs/.trash/old").exists());
}
