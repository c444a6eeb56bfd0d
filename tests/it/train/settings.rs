//! Every setting does what it says: for each row of SETTINGS a run with another value, and
//! the place where the difference must show. A row without a case fails, and so does a case
//! without a row. For data that a setting is not about it must change nothing.

use super::{Recorder, bars, new_run, no_wishes, sentences, tiny};
use attentive::config::{RunConfig, SETTINGS, Scope, setting};
use attentive::data::{Dataset, Modality, Split};
use attentive::runs::{Accepted, Checkpoints, Done, Event};
use attentive::train::{NoSteering, TrainJob, run};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// Where a difference shows.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Shows {
    /// In the last weights.
    Weights,
    /// In the number of trainable numbers, so in the network.
    Network,
    /// In what the run says of its data: splits, classes, fingerprint.
    Data,
    /// In how many steps there are.
    Steps,
    /// In the learning rates of the steps.
    Rates,
    /// In how often there is an evaluation.
    Evaluations,
    /// In the weights that are saved and evaluated, not in those that are trained.
    Average,
    /// In what is saved for prediction (preprocess.toml, tokenizer.json).
    Preparation,
    /// In the notices.
    Notices,
    /// In what the run is compared with.
    Baselines,
    /// In after which steps weights are saved, and nowhere else.
    Saves,
    /// In which of them are left at the end, and nowhere else.
    Kept,
    /// In where it computes, and nowhere else.
    DeviceAlone,
}

use Shows::*;

/// One setting: its other value, what the runs have besides, and where it shows.
struct Case {
    key: &'static str,
    other: &'static str,
    with: &'static [&'static str],
    shows: &'static [Shows],
}

const fn case(
    key: &'static str,
    other: &'static str,
    with: &'static [&'static str],
    shows: &'static [Shows],
) -> Case {
    Case { key, other, with, shows }
}

/// In the order of the table.
static CASES: &[Case] = &[
    case("data.source", "OTHER", &[], &[Data]),
    case("data.validation_fraction", "0.3", &[], &[Data, Steps]),
    case("data.text_column", "note", &[], &[Data, Preparation]),
    case("data.label_column", "mood", &[], &[Data]),
    case("data.split_column", "part", &[], &[Data]),
    case("data.encoding", "Windows-1252", &[], &[Data]),
    case("data.class_names", "dark = night, weather = sky", &[], &[Data]),
    case("image.size", "12", &[], &[Data, Network]),
    case("image.resize", "crop", &["image.size=12"], &[Preparation]),
    case("image.colour", "colour", &[], &[Data, Network]),
    case("text.tokenizer", "character", &[], &[Network, Preparation]),
    case("text.vocabulary", "60", &[], &[Network, Preparation]),
    case("text.length", "4", &[], &[Network, Preparation]),
    case("text.lowercase", "false", &[], &[Preparation]),
    case("text.tokenizer_file", "OTHER", &[], &[Network, Preparation]),
    case("model.kind", "decoder", &[], &[Weights]),
    // Patches of 2 would have as many parameters as those of 4: 4 + 17 rows against 16 + 5.
    case("model.patch", "8", &[], &[Network]),
    case("model.width", "8", &[], &[Network]),
    case("model.depth", "2", &[], &[Network]),
    case("model.heads", "4", &[], &[Weights]),
    case("model.mlp_ratio", "1", &[], &[Network]),
    case("model.pooling", "mean", &[], &[Weights]),
    case("model.positions", "rotary", &[], &[Network]),
    case("model.head", "tanh", &[], &[Network]),
    case("model.norm", "post", &[], &[Weights]),
    case("model.dropout", "0.3", &[], &[Weights]),
    case("model.stochastic_depth", "0.3", &[], &[Weights]),
    case("train.epochs", "2", &[], &[Steps]),
    case("train.batch_size", "16", &[], &[Steps]),
    case("train.optimizer", "sgd", &[], &[Weights]),
    case("train.learning_rate", "0.02", &[], &[Rates, Weights]),
    // Of three steps, half would be one, as a tenth is.
    case("train.warmup_fraction", "0.9", &[], &[Rates]),
    // Of three steps, linear and cosine give the same rates.
    case("train.schedule", "constant", &[], &[Rates]),
    case("train.weight_decay", "0.5", &[], &[Weights]),
    case("train.clip_norm", "0.1", &[], &[Weights]),
    case("train.label_smoothing", "0.4", &[], &[Weights]),
    case("train.class_weights", "true", &[], &[Weights]),
    case("train.sampling", "balanced", &[], &[Weights]),
    case("train.ema", "0.5", &[], &[Average]),
    case("train.max_steps", "2", &[], &[Steps]),
    // So short that the first step is the last; what it does to the schedule is tested by a
    // clock of its own.
    case("train.deadline", "0.0000001", &[], &[Steps, Notices]),
    case("train.evaluate_every", "1", &[], &[Evaluations]),
    // At a rate this large results do not go on getting better.
    case(
        "train.patience",
        "1",
        &["train.learning_rate=0.3", "train.schedule=constant", "train.epochs=8"],
        &[Steps, Notices],
    ),
    case("train.baseline", "false", &[], &[Baselines]),
    case("train.save_every", "2", &[], &[Saves]),
    // So short that it is over after each step.
    case("train.save_minutes", "0.0000001", &[], &[Saves]),
    case("train.keep_checkpoints", "3", &["train.save_every=1"], &[Kept]),
    case("train.seed", "7", &[], &[Weights]),
    case("train.precision", "bf16", &[], &[Weights]),
    case("train.threads", "2", &[], &[DeviceAlone]),
    case("augment.shift", "3", &[], &[Weights]),
    case("augment.flip", "true", &[], &[Weights]),
    case("augment.mixup", "0.4", &[], &[Weights]),
    case("augment.crop", "0.4", &[], &[Weights]),
    case("augment.rotation", "40", &[], &[Weights]),
    case("augment.erase", "0.9", &[], &[Weights]),
    case("augment.colour", "0.6", &[], &[Weights]),
];

/// What a run did and left behind.
struct Trace {
    accepted: Accepted,
    done: Done,
    rates: Vec<u64>,
    evaluations: usize,
    notices: Vec<String>,
    baselines: Vec<String>,
    saves: Vec<u64>,
    kept: Vec<u64>,
    files: BTreeMap<&'static str, Option<Vec<u8>>>,
}

impl Trace {
    /// What is seen at one place; two runs differ there if these do.
    fn at(&self, place: Shows) -> Vec<u8> {
        let file = |name: &str| self.files[name].clone().unwrap_or_default();
        let text = |text: String| text.into_bytes();
        match place {
            Weights => file("model.safetensors"),
            Network => text(self.accepted.parameters.to_string()),
            Data => {
                let data = &self.accepted.data;
                text(format!("{:?} {:?} {}", data.split_counts, data.classes, data.fingerprint))
            }
            Steps => text(self.done.step.to_string()),
            Rates => text(format!("{:?}", self.rates)),
            Evaluations => text(self.evaluations.to_string()),
            Average => [file("model.safetensors"), file("trained.safetensors")].concat(),
            Preparation => [file("preprocess.toml"), file("tokenizer.json")].concat(),
            Notices => text(self.notices.join("\n")),
            Baselines => text(self.baselines.join("\n")),
            Saves => text(format!("{:?}", self.saves)),
            Kept => text(format!("{:?}", self.kept)),
            DeviceAlone => text(self.accepted.device.clone()),
        }
    }
}

fn trace(config: &RunConfig, data: Option<&Dataset>) -> Trace {
    let (_home, folder) = new_run();
    let mut recorder = Recorder::new(no_wishes);
    let job = TrainJob {
        config: config.clone(),
        data: data.map(|data| Arc::new(data.clone())),
        folder: Some(folder.clone()),
    };
    let done = run(job, &mut NoSteering, &mut recorder).expect("begins");
    assert_eq!(done.reason, "", "ends well");
    let (mut accepted, mut rates, mut evaluations) = (None, Vec::new(), 0);
    let (mut notices, mut baselines) = (Vec::new(), Vec::new());
    let mut saves = Vec::new();
    for event in recorder.events {
        match event {
            Event::Accepted(first) => accepted = Some(*first),
            Event::Step { metrics, .. } => rates.push(metrics["learning_rate"].to_bits()),
            Event::Evaluation(e) if e.split == Split::Validation => evaluations += 1,
            // How far apart the two are differs from run to run, and so does the time it took.
            Event::Notice { text, .. } if text.contains("does not beat the baseline") => {}
            Event::Notice { text, .. } => notices.push(text),
            Event::Baseline(b) => baselines.push(format!("{:?} {:?}", b.split, b.metrics)),
            Event::Checkpoint { step, .. } => saves.push(step),
            _ => {}
        }
    }
    let checkpoint = Checkpoints::of(&folder).last().expect("saved");
    let read = |folder: &Path, name: &'static str| (name, fs::read(folder.join(name)).ok());
    let files = [
        read(&checkpoint, "model.safetensors"),
        read(&checkpoint, "trained.safetensors"),
        read(&folder, "preprocess.toml"),
        read(&folder, "tokenizer.json"),
    ];
    let accepted = accepted.expect("begun");
    let kept = Checkpoints::of(&folder).steps();
    Trace { accepted, done, rates, evaluations, notices, baselines, saves, kept, files: files.into() }
}

/// What the runs share: a few steps of a tiny model, on classes of different sizes.
fn base(with: &[&str]) -> RunConfig {
    let common = ["train.epochs=1", "train.learning_rate=0.01", "text.vocabulary=120", "text.length=12"];
    tiny(&[&common[..], with].concat())
}

/// A quarter of the first class is left out of training, so that classes differ in size.
fn uneven(data: Dataset) -> Dataset {
    let mut count = 0;
    let splits = data
        .targets
        .iter()
        .zip(&data.splits)
        .map(|(target, split)| {
            count += usize::from(target.class() == Some(0));
            let left_out = target.class() == Some(0) && count % 4 != 0;
            if left_out { Split::Test } else { *split }
        })
        .collect();
    let (name, source) = (data.name.clone(), data.source.clone());
    Dataset::new(name, source, "made-up", data.examples, data.classes, data.targets, splits)
}

/// Tables and a folder of pictures, for the settings that say how data is opened.
struct Sources {
    _home: tempfile::TempDir,
    table: String,
    other_table: String,
    pictures: String,
    other_pictures: String,
    /// The tokenizer of another run.
    tokenizer: String,
}

impl Sources {
    fn make() -> Self {
        let home = tempfile::tempdir().expect("temporary folder");
        let table = |name: &str, rows: usize| {
            let mut text = "text,note,label,mood,part\n".to_owned();
            for row in 0..rows {
                let (word, label) = if row % 2 == 0 { ("rain", "weather") } else { ("soup", "food") };
                let mood = if row % 3 == 0 { "good" } else { "bad" };
                let part = if row % 5 == 0 { "validation" } else { "train" };
                text += &format!("we had {word} à midi {row},a note on {label},{label},{mood},{part}\n");
            }
            let path = home.path().join(name);
            fs::write(&path, text).expect("writes");
            path.to_string_lossy().into_owned()
        };
        let pictures = |name: &str, count: u8| {
            let folder = home.path().join(name);
            for number in 0..count {
                let class = folder.join(if number % 2 == 0 { "dark" } else { "light" });
                fs::create_dir_all(&class).expect("a folder");
                let shade = image::Luma([number + if number % 2 == 0 { 0 } else { 150 }]);
                let mut picture = image::GrayImage::from_pixel(8, 8, shade);
                picture.put_pixel(u32::from(number) % 8, 3, image::Luma([90]));
                picture.save(class.join(format!("{number}.png"))).expect("writes");
            }
            folder.to_string_lossy().into_owned()
        };
        let (first, second) = (table("one.csv", 60), table("two.csv", 64));
        let (dark, light) = (pictures("one", 60), pictures("two", 64));
        let tokenizer = home.path().join("run").join("tokenizer.json");
        let config = base(&["train.max_steps=1", "text.vocabulary=60"]);
        super::train(&config, &sentences(100), tokenizer.parent(), no_wishes);
        Self {
            table: first,
            other_table: second,
            pictures: dark,
            other_pictures: light,
            tokenizer: tokenizer.to_string_lossy().into_owned(),
            _home: home,
        }
    }
}

#[test]
fn every_setting_shows_where_it_should_and_has_a_case() {
    let (images, texts) = (uneven(bars(160, 0)), uneven(sentences(160)));
    let sources = Sources::make();
    // Runs that several cases start from.
    let mut known: BTreeMap<String, Trace> = BTreeMap::new();
    let mut faults = Vec::new();
    for row in SETTINGS {
        let case = CASES.iter().find(|case| case.key == row.key);
        let case = case.unwrap_or_else(|| panic!("{} has no case: add one to CASES", row.key));
        assert!(!case.shows.is_empty(), "{}", case.key);
        for modality in [Modality::Image, Modality::Text] {
            let about = match row.scope {
                Scope::All => true,
                Scope::Image => modality == Modality::Image,
                Scope::Text => modality == Modality::Text,
            };
            let name = format!("{} on {modality:?}", case.key);
            let opened = ["data", "image"].contains(&row.section()) && case.key != "data.validation_fraction";
            let (memory, source, other_source) = match modality {
                Modality::Image => (&images, &sources.pictures, &sources.other_pictures),
                Modality::Text => (&texts, &sources.table, &sources.other_table),
            };
            let data = (!opened).then_some(memory);
            let mut config = base(case.with);
            if opened {
                config.data.source.clone_from(source);
            }
            let mut changed = config.clone();
            let value = match (case.other, case.key) {
                ("OTHER", "text.tokenizer_file") => sources.tokenizer.as_str(),
                ("OTHER", _) => other_source.as_str(),
                (other, _) => other,
            };
            let value = row.parse(value).unwrap_or_else(|e| panic!("{name}: {e}"));
            row.set(&mut changed, &value).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert!(changed != config, "{name}: the other value must be another one");
            let start = format!("{modality:?} {opened} {:?}", case.with);
            let one = known.entry(start).or_insert_with(|| trace(&config, data));
            let two = trace(&changed, data);
            for place in case.shows {
                let differ = one.at(*place) != two.at(*place);
                if differ != about {
                    faults.push(format!("{name}: {place:?} differs: {differ}, expected {about}"));
                }
            }
            let same_weights = || one.at(Weights) == two.at(Weights);
            if !about && !same_weights() {
                faults.push(format!("{name}: it is not about this kind of data, yet the weights differ"));
            }
            if case.shows.contains(&Baselines) {
                assert!(same_weights() && two.baselines.is_empty(), "{name}: nothing but the comparison");
            }
            if [DeviceAlone, Saves, Kept].iter().any(|alone| case.shows.contains(alone)) {
                assert!(same_weights() && one.rates == two.rates, "{name}: not in the result");
            }
            if case.shows.contains(&Average) {
                let trained = two.files["trained.safetensors"].as_ref();
                assert!(trained == one.files["model.safetensors"].as_ref(), "{name}: training is as without");
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let stale: Vec<&str> = CASES.iter().map(|case| case.key).filter(|key| setting(key).is_err()).collect();
    assert!(stale.is_empty(), "cases without a row: {stale:?}");
}
