//! Tests of train: a run learns, obeys, ends well and leaves what it promised. The data are
//! small and made up here: bars in noise, and sentences around a few words.

mod balance;
mod baseline;
mod deadline;
mod extend;
mod fork;
mod live;
mod precision;
mod resume;
mod room;
mod saliency;
mod settings;
mod trouble;

use attentive::app::RunView;
use attentive::config::{RunConfig, SETTINGS, Schedule, Train, Value};
use attentive::data::{Dataset, Examples, Images, Split, Target, Texts};
use attentive::preprocess::RawInput;
use attentive::random::{Key, Purpose};
use attentive::runs::{Checkpoints, ClassMetrics, Done, Event, Outcome, PredictionTable, read_run};
use attentive::train::metrics::METRICS;
use attentive::train::schedule::learning_rate;
use attentive::train::{
    CheckpointState, Control, NoSteering, Observer, PredictReply, PredictRequest, Predictor, Steering,
    TrainError, TrainJob, run,
};
use rand::Rng;
use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Wishes that are waiting to be heard.
type Wishes = Arc<Mutex<VecDeque<Control>>>;

/// What to wish when something happened.
type Answer<'a> = Box<dyn FnMut(&Event) -> Vec<Control> + Send + 'a>;

/// Hears everything, and answers an event with wishes.
struct Recorder<'a> {
    events: Vec<Event>,
    tables: Vec<Arc<PredictionTable>>,
    replies: Vec<PredictReply>,
    wishes: Wishes,
    answer: Answer<'a>,
}

impl<'a> Recorder<'a> {
    fn new(answer: impl FnMut(&Event) -> Vec<Control> + Send + 'a) -> Self {
        let (events, tables, replies, wishes) = Default::default();
        Self { events, tables, replies, wishes, answer: Box::new(answer) }
    }
}

impl Observer for Recorder<'_> {
    fn event(&mut self, event: &Event) {
        self.events.push(event.clone());
        let wishes = (self.answer)(event);
        self.wishes.lock().expect("not poisoned").extend(wishes);
    }
    fn predictions(&mut self, table: &Arc<PredictionTable>) {
        self.tables.push(table.clone());
    }
    fn predicted(&mut self, reply: PredictReply) {
        self.replies.push(reply);
    }
}

struct Script(Wishes);

impl Steering for Script {
    fn poll(&mut self) -> Option<Control> {
        self.0.lock().expect("not poisoned").pop_front()
    }
    fn wait(&mut self) -> Option<Control> {
        Some(self.poll().expect("a paused run waits for a wish that the test never gives"))
    }
}

/// Everything a run said.
struct Story {
    done: Done,
    events: Vec<Event>,
    tables: Vec<Arc<PredictionTable>>,
    replies: Vec<PredictReply>,
}

impl Story {
    fn steps(&self) -> Vec<u64> {
        let step = |event: &Event| if let Event::Step { step, .. } = event { Some(*step) } else { None };
        self.events.iter().filter_map(step).collect()
    }
    fn evaluations(&self, split: Split) -> Vec<u64> {
        let found = |event: &Event| match event {
            Event::Evaluation(evaluation) if evaluation.split == split => Some(evaluation.step),
            _ => None,
        };
        self.events.iter().filter_map(found).collect()
    }
    fn classes(&self, split: Split) -> ClassMetrics {
        let found = |event: &Event| match event {
            Event::Evaluation(evaluation) if evaluation.split == split => Some(evaluation.classes.clone()),
            _ => None,
        };
        self.events.iter().rev().find_map(found).expect("evaluated")
    }
    fn count(&self, wanted: impl Fn(&Event) -> bool) -> usize {
        self.events.iter().filter(|event| wanted(event)).count()
    }
    fn notices(&self) -> Vec<&str> {
        let text = |event: &'_ Event| matches!(event, Event::Notice { .. });
        let notices = self.events.iter().filter(|event| text(event));
        notices.map(|event| if let Event::Notice { text, .. } = event { text.as_str() } else { "" }).collect()
    }
    fn metric(&self, name: &str) -> Vec<f64> {
        let value = |event: &Event| match event {
            Event::Step { metrics, .. } => metrics.get(name).copied(),
            _ => None,
        };
        self.events.iter().filter_map(value).collect()
    }
}

fn train(
    config: &RunConfig,
    data: &Dataset,
    folder: Option<&Path>,
    answer: impl FnMut(&Event) -> Vec<Control> + Send,
) -> Story {
    let mut recorder = Recorder::new(answer);
    let mut script = Script(recorder.wishes.clone());
    let job = TrainJob {
        config: config.clone(),
        data: Some(Arc::new(data.clone())),
        folder: folder.map(Path::to_owned),
    };
    let done = run(job, &mut script, &mut recorder).expect("begins");
    let Recorder { events, tables, replies, .. } = recorder;
    Story { done, events, tables, replies }
}

fn no_wishes(_: &Event) -> Vec<Control> {
    Vec::new()
}

/// What `answer` says at the given step.
fn at_step(wanted: u64, mut wishes: Vec<Control>) -> impl FnMut(&Event) -> Vec<Control> + Send {
    move |event| match event {
        Event::Step { step, .. } if *step == wanted => std::mem::take(&mut wishes),
        _ => Vec::new(),
    }
}

/// Grey 8 x 8 images, one of four bars in noise; `test` of them are declared as test.
fn bars(total: usize, test: usize) -> Dataset {
    let mut rng = Key::new(1, Purpose::Test).rng();
    let mut pixels = Vec::new();
    for sample in 0..total {
        let (class, along) = (sample % 4, rng.random_range(2..6));
        for place in 0..64 {
            let (row, column) = (place / 8, place % 8);
            let bar = match class {
                0 => row == along,
                1 => column == along,
                2 => row == column,
                _ => row + column == 7,
            };
            pixels.push(rng.random_range(0..100) + if bar { 150 } else { 0 });
        }
    }
    let images = Images::new(8, 8, 1, pixels);
    let classes = ["row", "column", "falling", "rising"].map(str::to_owned).to_vec();
    dataset("bars", Examples::Images(images), classes, total, test)
}

/// Sentences about weather or food, in two languages; the telling word is anywhere.
fn sentences(total: usize) -> Dataset {
    let mut rng = Key::new(2, Purpose::Test).rng();
    let words = [["rain", "storm", "下雨", "cloudy"], ["soup", "bread", "米饭", "tasty"]];
    let filler = ["today", "we", "saw", "much", "很", "of", "the", "and", "again"];
    let mut texts = Texts::default();
    for sample in 0..total {
        let mut sentence: Vec<&str> =
            (0..rng.random_range(2..7)).map(|_| filler[rng.random_range(0..9)]).collect();
        let place = rng.random_range(0..=sentence.len());
        sentence.insert(place, words[sample % 2][rng.random_range(0..4)]);
        texts.push(&sentence.join(" "));
    }
    let classes = vec!["weather".to_owned(), "food".to_owned()];
    dataset("sentences", Examples::Texts(Arc::new(texts)), classes, total, total / 5)
}

fn dataset(name: &str, examples: Examples, classes: Vec<String>, total: usize, test: usize) -> Dataset {
    let count = classes.len();
    let targets = (0..total).map(|sample| Target::Class((sample % count) as u32)).collect();
    let splits = (0..total).map(|i| if i < total - test { Split::Train } else { Split::Test }).collect();
    Dataset::new(name.to_owned(), format!("made-up:{name}"), "made-up", examples, classes, targets, splits)
}

fn tiny(assignments: &[&str]) -> RunConfig {
    let mut config = RunConfig::default();
    let common =
        ["model.width=16", "model.depth=1", "model.heads=2", "train.batch_size=32", "train.threads=1"];
    for assignment in common.iter().chain(assignments) {
        config.apply(assignment).expect("fits");
    }
    config
}

fn weights(run: &Path) -> Vec<u8> {
    let checkpoint = Checkpoints::of(run).last().expect("has a checkpoint");
    fs::read(checkpoint.join("model.safetensors")).expect("reads")
}

fn new_run() -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().expect("temporary folder");
    let run = home.path().join("run");
    (home, run)
}

#[test]
fn images_are_learned_and_the_run_can_be_shown_again() {
    let (_home, folder) = new_run();
    let data = bars(400, 80);
    let config = tiny(&["train.epochs=12", "train.learning_rate=0.01", "model.patch=2"]);
    let story = train(&config, &data, Some(&folder), no_wishes);
    let Event::Accepted(accepted) =
        &story.events.iter().find(|e| !matches!(e, Event::Progress { .. })).expect("events")
    else {
        panic!("the first event is Accepted")
    };
    assert_eq!(accepted.data.split_counts, [288, 32, 80]);
    assert_eq!((accepted.steps_per_epoch, accepted.total_steps), (9, 108));
    assert_eq!(story.steps(), (1..=108).collect::<Vec<_>>());

    // Chance is 0.25.
    assert_eq!(story.done.outcome, Outcome::Finished);
    let accuracy =
        |score: &Option<attentive::runs::Score>| score.as_ref().expect("evaluated").metrics["accuracy"];
    assert!(accuracy(&story.done.validation) > 0.85, "{:?}", story.done);
    assert!(accuracy(&story.done.test) > 0.85, "{:?}", story.done);
    let losses = story.metric("loss");
    assert!(losses[107] < losses[0] * 0.7, "{} to {}", losses[0], losses[107]);

    // Each epoch on validation, once and at the end on test.
    assert_eq!(story.evaluations(Split::Validation), (1..=12).map(|epoch| epoch * 9).collect::<Vec<_>>());
    assert_eq!(story.evaluations(Split::Test), [108]);
    assert_eq!(story.events.last(), Some(&Event::Done(Box::new(story.done.clone()))));

    // The log says the same as the observer heard, word for word, progress left out.
    let text = fs::read_to_string(folder.join("events.jsonl")).expect("reads");
    let heard = story.events.iter().filter(|event| !matches!(event, Event::Progress { .. }));
    let heard: Vec<String> = heard.map(|event| serde_json::to_string(event).expect("writes")).collect();
    assert_eq!(text.lines().collect::<Vec<_>>(), heard);
    let (logged, problems) = read_run(&folder).expect("reads");
    assert_eq!((logged.len(), problems), (heard.len(), Vec::new()));
    let mut view = RunView::default();
    logged.iter().for_each(|event| view.apply(event));
    assert_eq!((view.step, view.steps["loss"].len(), view.evaluations.len()), (108, 108, 13));
    assert_eq!(view.done.as_ref().map(|done| (done.outcome, done.step)), Some((Outcome::Finished, 108)));

    // Only the best and the two newest weights and the best, last and test predictions are kept.
    let best = story.done.best.clone().expect("a best").step;
    let saved = |event: &Event| if let Event::Checkpoint { step, .. } = event { Some(*step) } else { None };
    let mut saved: Vec<u64> = story.events.iter().filter_map(saved).collect();
    saved.dedup();
    let mut kept = saved.split_off(saved.len() - 2);
    kept.push(best);
    kept.sort_unstable();
    kept.dedup();
    assert_eq!(Checkpoints::of(&folder).steps(), kept);
    assert_eq!(Checkpoints::of(&folder).best(), Some(folder.join(Checkpoints::name(best))));
    let files = fs::read_dir(folder.join("predictions")).expect("reads").count();
    assert_eq!(files, if best == 108 { 2 } else { 3 });
    let test = view.evaluations.last().expect("evaluations");
    let table = PredictionTable::read_parquet(&folder.join(test.predictions.as_ref().expect("named")))
        .expect("reads");
    assert_eq!(Some(&table), story.tables.last().map(|table| &**table));
    assert_eq!(table.samples, data.indices(Split::Test));
    let right = (0..table.len()).filter(|row| !table.is_mistake(*row)).count();
    assert_eq!(right as f64 / 80.0, accuracy(&story.done.test));
    let diagonal: u32 = (0..4).map(|class| test.confusion[class][class]).sum();
    assert_eq!(diagonal as usize, right);

    // What taking the run up again will need.
    let state = CheckpointState::read(&folder.join(Checkpoints::name(108))).expect("reads");
    assert_eq!((state.step, state.epoch, state.position), (108, 12, 0));
    assert_eq!((state.data, state.settings), (data.fingerprint.clone(), config));
    assert_eq!(state.reached.best.map(|score| score.step), Some(best));
}

#[test]
fn a_run_folder_alone_predicts_and_evaluates() {
    let (_home, folder) = new_run();
    let data = bars(200, 40);
    let config = tiny(&["train.epochs=4", "train.learning_rate=0.01"]);
    let story = train(&config, &data, Some(&folder), no_wishes);
    let predictor = Predictor::open(&folder).expect("opens");
    assert_eq!((predictor.step(), predictor.classes()), (story.done.step, &data.classes[..]));

    let (evaluation, table) =
        predictor.evaluate(&data, Some(Split::Test), &attentive::data::silent).expect("evaluates");
    assert_eq!(Some(evaluation.score()), story.done.test);
    assert_eq!(Some(&table), story.tables.last().map(|table| &**table));

    // One by one, from pixels: the same probabilities, whatever the batch.
    let Examples::Images(images) = &data.examples else { panic!("images") };
    let raw = |sample: u32| RawInput::Image {
        width: 8,
        height: 8,
        channels: 1,
        pixels: images.get(sample as usize).unwrap().to_vec(),
    };
    for row in [0, 17] {
        let answer = predictor.predict(&[RawInput::Text("not a picture".into()), raw(table.samples[row])]);
        assert!(answer[0].as_ref().is_err_and(|reason| reason.contains("picture")), "{answer:?}");
        let got = answer[1].as_ref().expect("a picture");
        assert!(got.iter().zip(table.probabilities(row)).all(|(a, b)| (a - b).abs() < 1e-5), "{got:?}");
    }
    assert!(predictor.predict(&[]).is_empty());

    // Another set with the same classes in another order gives the same result.
    let mut other = data.clone();
    other.classes.reverse();
    other.targets = data.targets.iter().map(|t| Target::Class(3 - t.class().expect("labelled"))).collect();
    let (again, again_table) =
        predictor.evaluate(&other, Some(Split::Test), &attentive::data::silent).expect("evaluates");
    assert_eq!(
        (again.metrics, again.confusion, again_table),
        (evaluation.metrics, evaluation.confusion, table)
    );
    let (all, _) = predictor.evaluate(&data, None, &attentive::data::silent).expect("evaluates");
    assert_eq!(all.samples, 200);
    other.targets = vec![Target::Unlabelled; 200];
    let (unlabelled, _) = predictor.evaluate(&other, None, &attentive::data::silent).expect("predicts");
    assert!(unlabelled.metrics.is_empty(), "nothing is measured without labels: {:?}", unlabelled.metrics);

    other.classes[1] = "circle".into();
    let refused = |result: Result<(attentive::runs::Evaluation, PredictionTable), TrainError>| match result {
        Ok(_) => panic!("must be refused"),
        Err(error) => error.to_string(),
    };
    let message = refused(predictor.evaluate(&other, None, &attentive::data::silent));
    assert!(
        message.contains("'circle' is unknown") && message.contains("row, column, falling, rising"),
        "{message}"
    );
    let message = refused(predictor.evaluate(&sentences(20), None, &attentive::data::silent));
    assert!(message.contains("made-up:sentences"), "{message}");
    let stopped = predictor.evaluate(&data, None, &|_, done, _| done == 0);
    assert!(matches!(stopped, Err(TrainError::Cancelled)));
}

#[test]
fn runs_that_cannot_be_used_say_why() {
    let (home, folder) = new_run();
    let open = |folder: &Path| Predictor::open(folder).err().expect("must be refused").to_string();
    let message = open(home.path());
    assert!(message.contains("not a run") && message.contains("attentive runs"), "{message}");
    train(&tiny(&["train.max_steps=1"]), &bars(40, 0), Some(&folder), no_wishes);
    let checkpoint = Checkpoints::of(&folder).last().expect("saved");
    let weights = checkpoint.join("model.safetensors");
    let bytes = fs::read(&weights).expect("reads");
    fs::write(&weights, &bytes[..bytes.len() / 2]).expect("writes");
    let message = open(&folder);
    assert!(message.contains("model.safetensors") && message.contains("another checkpoint"), "{message}");
    fs::write(&weights, &bytes).expect("writes");
    fs::remove_file(folder.join("labels.json")).expect("removes");
    assert!(open(&folder).contains("labels.json: cannot read"));
    fs::remove_dir_all(&checkpoint).expect("removes");
    assert!(open(&folder).contains("no saved weights yet"));
}

#[test]
fn texts_are_learned_with_every_tokenizer() {
    let data = sentences(300);
    for tokenizer in ["wordpiece", "bpe", "character"] {
        let (_home, folder) = new_run();
        let kind = format!("text.tokenizer={tokenizer}");
        let config = tiny(&[
            &kind,
            "train.epochs=12",
            "train.learning_rate=0.01",
            "text.vocabulary=400",
            "text.length=32",
            "model.pooling=mean",
            "model.norm=post",
        ]);
        let story = train(&config, &data, Some(&folder), no_wishes);
        let test = story.done.test.clone().expect("evaluated");
        // Chance is 0.5.
        assert!(test.metrics["accuracy"] > 0.9, "{tokenizer}: {:?}", story.done);
        let predictor = Predictor::open(&folder).expect("opens");
        let answer =
            predictor.predict(&[RawInput::Text("today 下雨 again".into()), RawInput::Text("米饭".into())]);
        let sure = |row: usize, class: usize| answer[row].as_ref().expect("a text")[class] > 0.5;
        assert!(sure(0, 0) && sure(1, 1), "{tokenizer}: {answer:?}");
    }
}

#[test]
fn the_built_in_sets_are_learned_in_a_few_steps() {
    for (source, steps, chance) in [("builtin:fashion", 150, 0.1), ("builtin:helpdesk", 60, 0.125)] {
        let mut config =
            tiny(&["model.width=32", "model.patch=7", "train.batch_size=64", "train.learning_rate=0.003"]);
        config.apply(&format!("data.source={source}")).expect("fits");
        config.train.max_steps = steps;
        let mut recorder = Recorder::new(no_wishes);
        let done = run(TrainJob { config, data: None, folder: None }, &mut NoSteering, &mut recorder)
            .expect("begins");
        let accuracy = done.validation.as_ref().expect("evaluated").metrics["accuracy"];
        assert!(accuracy > 3.0 * chance, "{source}: {done:?}");
    }
}

#[test]
fn the_smallest_learning_rate_and_the_largest_dropout_are_no_fault() {
    for assignment in ["train.learning_rate=1e-7", "model.dropout=0.9", "train.learning_rate=1.0"] {
        let config = tiny(&[
            "train.max_steps=25",
            "model.width=4",
            "train.batch_size=1",
            "train.clip_norm=0",
            assignment,
        ]);
        let story = train(&config, &sentences(60), None, no_wishes);
        assert_eq!(story.done.outcome, Outcome::Finished, "{assignment}: {}", story.done.reason);
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_for_texts_too() {
    let data = sentences(200);
    let trained = |threads: &str| {
        let (_home, folder) = new_run();
        let config = tiny(&[
            "train.epochs=2",
            "train.batch_size=128",
            "model.dropout=0.1",
            "text.vocabulary=300",
            threads,
        ]);
        train(&config, &data, Some(&folder), no_wishes);
        (weights(&folder), fs::read(folder.join("tokenizer.json")).expect("reads"))
    };
    assert!(trained("train.threads=1") == trained("train.threads=2"));
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_one_and_two_threads() {
    let data = bars(300, 30);
    let trained = |assignments: &[&str]| {
        let (_home, folder) = new_run();
        // 17 rows an image and 64 images: several micro-batches on several lanes.
        let mut all = vec!["train.epochs=2", "model.patch=2", "train.batch_size=64"];
        all.extend(["model.dropout=0.1", "augment.shift=1", "augment.flip=true"]);
        all.extend(assignments);
        let story = train(&tiny(&all), &data, Some(&folder), no_wishes);
        let mut metrics: Vec<_> =
            ["loss", "accuracy", "gradient_norm"].map(|name| story.metric(name)).to_vec();
        metrics.push(story.done.test.expect("evaluated").metrics.into_values().collect());
        (weights(&folder), metrics)
    };
    let one = trained(&["train.threads=1"]);
    assert!(one == trained(&["train.threads=2"]), "threads must not matter");
    assert!(one == trained(&["train.threads=1"]), "nothing outside the settings may matter");
    let policies = ["train.class_weights=true", "train.ema=0.9", "train.schedule=one-cycle"];
    let chosen = |threads: &str| trained(&[&policies[..], &[threads]].concat());
    assert!(chosen("train.threads=1") == chosen("train.threads=2"), "nor with other policies");
    assert!(one.0 != trained(&["train.seed=1"]).0, "the seed must matter");
    assert!(one.0 != trained(&["augment.flip=false"]).0, "augmentation must matter");
}

#[test]
fn stop_halts_saves_and_evaluates_and_a_second_one_skips_that() {
    let data = bars(200, 40);
    let config = tiny(&["train.epochs=50"]);
    for (stops, evaluations) in [(vec![Control::Stop], 1), (vec![Control::Stop, Control::Stop], 0)] {
        let (_home, folder) = new_run();
        let story = train(&config, &data, Some(&folder), at_step(3, stops));
        assert_eq!((story.done.outcome, story.done.step), (Outcome::Stopped, 3));
        assert_eq!(story.steps(), [1, 2, 3]);
        assert_eq!(story.evaluations(Split::Validation).len(), evaluations);
        assert_eq!(story.evaluations(Split::Test).len(), evaluations);
        assert_eq!(story.done.validation.is_some(), evaluations == 1);
        assert_eq!(Checkpoints::of(&folder).steps(), [3], "saved either way");
        let progress = story.count(|e| matches!(e, Event::Progress { stage, .. } if stage == "Saving"));
        assert!(progress > 0);
        let shown =
            story.count(|e| matches!(e, Event::Progress { stage, .. } if stage.starts_with("Evaluating")));
        assert_eq!(shown > 0, evaluations > 0);
    }
}

/// Says Stop when it is asked for the `nth` time after a step.
struct StopAt {
    countdown: Arc<Mutex<Option<u64>>>,
}

impl Steering for StopAt {
    fn poll(&mut self) -> Option<Control> {
        let mut countdown = self.countdown.lock().expect("not poisoned");
        match countdown.as_mut() {
            Some(0) => {
                *countdown = None;
                Some(Control::Stop)
            }
            Some(left) => {
                *left -= 1;
                None
            }
            None => None,
        }
    }
    fn wait(&mut self) -> Option<Control> {
        None
    }
}

#[test]
fn a_step_that_is_interrupted_between_micro_batches_leaves_no_trace() {
    let data = bars(300, 0);
    let config =
        tiny(&["train.batch_size=128", "train.epochs=500", "model.patch=2", "data.validation_fraction=0"]);
    let stopped_after = |polls: u64| {
        let (_home, folder) = new_run();
        let countdown = Arc::new(Mutex::new(None));
        let start = countdown.clone();
        let mut recorder = Recorder::new(move |event| {
            if matches!(event, Event::Step { step: 2, .. }) {
                *start.lock().expect("not poisoned") = Some(polls);
            }
            Vec::new()
        });
        let job = TrainJob {
            config: config.clone(),
            data: Some(Arc::new(data.clone())),
            folder: Some(folder.clone()),
        };
        let done = run(job, &mut StopAt { countdown }, &mut recorder).expect("begins");
        assert_eq!(done.outcome, Outcome::Stopped);
        (done.step, weights(&folder))
    };
    // The first question after step 2 comes before step 3, the next ones inside of it.
    let before = stopped_after(0);
    assert_eq!(before.0, 2);
    for polls in 1..4 {
        assert!(stopped_after(polls) == before, "stopped at question {polls} inside step 3");
    }
    assert!(stopped_after(1000).0 > 2, "the questions are counted");
}

#[test]
fn while_paused_each_wish_is_done_and_nothing_else() {
    let data = bars(120, 0);
    let Examples::Images(images) = &data.examples else { panic!("images") };
    let picture =
        RawInput::Image { width: 8, height: 8, channels: 1, pixels: images.get(0).unwrap().to_vec() };
    let inputs = vec![picture, RawInput::Text("not a picture".into())];
    let ask = |id| Control::Predict(PredictRequest { id, inputs: inputs.clone(), explain: false });
    let config = tiny(&["train.max_steps=6", "train.evaluate_every=100", "train.baseline=false"]);
    // Each wish is given in answer to the event that shows that the one before was done.
    let mut saves = vec![vec![Control::Resume]];
    let (first, second) = (ask(1), ask(2));
    let story = train(&config, &data, Some(&new_run().1), move |event| match event {
        Event::Step { step: 2, .. } => vec![Control::Pause],
        Event::Paused { step: 2 } => vec![first.clone(), Control::OneStep],
        Event::Step { step: 3, .. } => vec![second.clone(), Control::OneStep],
        Event::Step { step: 4, .. } => vec![Control::EvaluateNow],
        Event::Evaluation(evaluation) if evaluation.step == 4 => vec![Control::EvaluateNow],
        Event::Notice { .. } => vec![Control::SaveNow, Control::SaveNow],
        Event::Checkpoint { step: 4, .. } => saves.pop().unwrap_or_default(),
        _ => Vec::new(),
    });
    assert_eq!((story.done.outcome, story.done.step), (Outcome::Finished, 6));
    assert_eq!(story.steps(), (1..=6).collect::<Vec<_>>());
    assert_eq!(story.notices(), ["the weights of step 4 are already evaluated"]);
    let stands: Vec<&Event> =
        story.events.iter().filter(|e| matches!(e, Event::Paused { .. } | Event::Resumed { .. })).collect();
    assert_eq!(
        stands,
        [&Event::Paused { step: 2 }, &Event::Resumed { from_step: 4, sitting: None }],
        "single steps are one pause"
    );
    let replies: Vec<(u64, u64)> = story.replies.iter().map(|reply| (reply.id, reply.step)).collect();
    assert_eq!(replies, [(1, 2), (2, 3)], "with the weights as they are");
    for reply in &story.replies {
        let sum: f32 = reply.probabilities[0].as_ref().expect("a picture").iter().sum();
        assert!((sum - 1.0).abs() < 1e-5 && reply.probabilities[1].is_err());
    }
    assert_ne!(story.replies[0].probabilities, story.replies[1].probabilities);
}

#[test]
fn a_stop_ends_a_pause() {
    let mut stop = vec![Control::Stop];
    let story = train(&tiny(&["train.epochs=9"]), &bars(80, 0), None, |event| match event {
        Event::Step { step: 2, .. } => vec![Control::Pause],
        Event::Paused { .. } => std::mem::take(&mut stop),
        _ => Vec::new(),
    });
    assert_eq!((story.done.outcome, story.done.step), (Outcome::Stopped, 2));
    assert!(story.done.validation.is_some());
}

#[test]
fn live_settings_change_from_the_next_step_on_and_are_marked() {
    let data = bars(160, 0);
    let config = tiny(&["train.epochs=3", "train.learning_rate=0.001", "data.validation_fraction=0"]);
    let wishes = vec![
        Control::Change("train.learning_rate", Value::Float(0.01)),
        Control::Change("train.learning_rate", Value::Float(0.01)),
        Control::Change("train.epochs", Value::Int(4)),
        Control::Change("train.epochs", Value::Int(0)),
        Control::Change("train.learning_rate", Value::Text("fast".into())),
        Control::Change("train.batch_size", Value::Int(1)),
    ];
    let (_home, folder) = new_run();
    let mut early = at_step(5, wishes);
    let mut late = at_step(12, vec![Control::Change("train.epochs", Value::Int(2))]);
    let story = train(&config, &data, Some(&folder), |event| [early(event), late(event)].concat());
    let changes: Vec<&Event> =
        story.events.iter().filter(|e| matches!(e, Event::SettingChanged { .. })).collect();
    let change = |key: &str, from, to| Event::SettingChanged { step: 6, key: key.into(), from, to };
    assert_eq!(
        changes,
        [
            &change("train.learning_rate", Value::Float(0.001), Value::Float(0.01)),
            &change("train.epochs", Value::Int(3), Value::Int(4)),
        ]
    );
    // 160 examples in batches of 32 are 5 steps an epoch.
    let rates = story.metric("learning_rate");
    assert_eq!(rates.len(), 20);
    for (step, rate) in (1..).zip(rates) {
        let (peak, total) = if step <= 5 { (0.001, 15) } else { (0.01, 20) };
        let train = Train { learning_rate: peak, ..config.train.clone() };
        let expected = learning_rate(&train, step, total);
        assert_eq!(rate, expected, "step {step}");
    }
    let notices = story.notices();
    let expected = [
        ["train.epochs = 0 is out of range", "stays as it was"],
        ["expected a number from", "found the text 'fast'"],
        ["train.batch_size: this setting cannot change while a run is going", "start another"],
        ["train.epochs: 2 epochs have been gone through already", "press Stop"],
    ];
    assert_eq!(notices.len(), expected.len(), "{notices:?}");
    for (notice, parts) in notices.iter().zip(expected) {
        assert!(parts.iter().all(|part| notice.contains(part)), "{notice}");
    }
    let state = CheckpointState::read(&Checkpoints::of(&folder).last().expect("saved")).expect("reads");
    assert_eq!((state.settings.train.epochs, state.settings.train.learning_rate), (4, 0.01));
}

#[test]
fn every_optimizer_learns() {
    let data = bars(400, 80);
    for (optimizer, rate) in [("adamw", "0.01"), ("sgd", "0.1"), ("lion", "0.001")] {
        let (optimizer, rate) =
            (format!("train.optimizer={optimizer}"), format!("train.learning_rate={rate}"));
        let config = tiny(&["train.epochs=12", "model.patch=2", &optimizer, &rate]);
        let story = train(&config, &data, None, no_wishes);
        // Chance is 0.25.
        let accuracy = story.done.test.as_ref().expect("evaluated").metrics["accuracy"];
        assert!(accuracy > 0.6, "{optimizer}: {accuracy}");
    }
    // A gradient too small to move a weight in one step is no fault.
    let config = tiny(&["train.optimizer=sgd", "train.learning_rate=0.000002", "train.max_steps=2"]);
    let story = train(&config, &data, None, no_wishes);
    assert_eq!(story.done.outcome, Outcome::Finished, "{}", story.done.reason);
}

#[test]
fn each_schedule_is_followed_step_by_step() {
    let data = bars(160, 0);
    for choice in Schedule::CHOICES {
        let schedule = format!("train.schedule={}", choice.key);
        let config = tiny(&["train.epochs=2", "data.validation_fraction=0", &schedule]);
        let rates = train(&config, &data, None, no_wishes).metric("learning_rate");
        let expected: Vec<f64> = (1..=10).map(|step| learning_rate(&config.train, step, 10)).collect();
        assert_eq!(rates, expected, "{schedule}");
        let cosine = Train { schedule: Schedule::Cosine, ..config.train.clone() };
        let as_cosine: Vec<f64> = (1..=10).map(|step| learning_rate(&cosine, step, 10)).collect();
        assert_eq!(rates == as_cosine, choice.key == "cosine", "{schedule}");
    }
}

#[test]
fn a_stop_inside_an_evaluation_ends_it() {
    // More examples than are computed between two looks.
    let data = bars(1600, 0);
    let config = tiny(&["train.max_steps=5", "train.evaluate_every=2", "data.validation_fraction=0.5"]);
    let mut stop = vec![Control::Stop];
    let story = train(&config, &data, None, |event| match event {
        Event::Progress { stage, .. } if stage == "Evaluating" => std::mem::take(&mut stop),
        _ => Vec::new(),
    });
    assert_eq!((story.done.outcome, story.done.step), (Outcome::Stopped, 2));
    assert_eq!(story.evaluations(Split::Validation), [2], "the closing one, the other was ended");
}

#[test]
fn without_validation_or_test_there_is_none_in_the_end() {
    let (_home, folder) = new_run();
    let config = tiny(&["train.epochs=1", "data.validation_fraction=0"]);
    let story = train(&config, &bars(40, 0), Some(&folder), at_step(1, vec![Control::EvaluateNow]));
    assert_eq!(story.done.outcome, Outcome::Finished);
    assert_eq!((&story.done.validation, &story.done.test, &story.done.best), (&None, &None, &None));
    assert!(story.notices()[0].contains("no validation examples"));
    let line = serde_json::to_value(story.events.last()).expect("writes");
    assert_eq!(line["event"], "done");
    assert_eq!(line["outcome"], "finished");
    assert!(line["validation"].is_null() && line["test"].is_null() && line["step"] == 2, "{line}");
    assert_eq!(Checkpoints::of(&folder).steps(), [2]);
    assert_eq!(Checkpoints::of(&folder).best(), None);
}

#[test]
fn limits_and_evaluation_intervals_are_kept() {
    let config = tiny(&["train.max_steps=7", "train.evaluate_every=3"]);
    let story = train(&config, &bars(80, 16), None, no_wishes);
    assert_eq!((story.done.outcome, story.done.step), (Outcome::Finished, 7));
    assert_eq!(story.evaluations(Split::Validation), [3, 6, 7]);
    assert_eq!(story.evaluations(Split::Test), [7]);
    let line = serde_json::to_value(story.events.last()).expect("writes");
    for score in ["validation", "test", "best"] {
        assert!(
            line[score]["samples"].is_u64()
                && line[score]["accuracy"].is_f64()
                && line[score]["loss"].is_f64()
        );
    }
    // Every metric of the table is there, in each event that it belongs to.
    for metric in METRICS {
        if metric.of_step.is_some() {
            // What the machine gives is looked at by the clock.
            let expected = if ["cpu", "memory"].contains(&metric.name) { 0..=7 } else { 7..=7 };
            assert!(expected.contains(&story.metric(metric.name).len()), "{}", metric.name);
        }
        if metric.of_classes.is_some() {
            let of_classes = &story.classes(Split::Test)[metric.name];
            assert!(of_classes.len() == 4 && of_classes.iter().any(Option::is_some), "{}", metric.name);
        }
        if metric.of_evaluation.is_some() {
            assert!(line["test"][metric.name].is_f64(), "{}", metric.name);
        }
        assert!(!metric.label.is_empty() && metric.about.ends_with('.'), "{}", metric.name);
    }
}

#[test]
fn a_run_ends_when_its_patience_is_used_up() {
    let (_home, folder) = new_run();
    // Eighty-six examples are three steps an epoch; at this rate it is soon as good as it gets.
    let common =
        ["train.epochs=40", "train.learning_rate=0.03", "train.schedule=constant", "train.baseline=false"];
    let with =
        |patience: &str, folder: Option<&Path>, answer: &mut (dyn FnMut(&Event) -> Vec<Control> + Send)| {
            train(&tiny(&[&common[..], &[patience]].concat()), &bars(120, 24), folder, answer)
        };
    let whole = with("train.patience=0", None, &mut no_wishes);
    let patient = with("train.patience=3", Some(&folder), &mut no_wishes);
    let results = |story: &Story| -> Vec<(u64, bool)> {
        let found = |event: &Event| match event {
            Event::Evaluation(e) if e.split == Split::Validation => Some((e.step, e.best)),
            _ => None,
        };
        story.events.iter().filter_map(found).collect()
    };
    // From the whole run: the first evaluation that is the third in a row without a better result.
    let all = results(&whole);
    let end = (2..all.len()).find(|i| all[i - 2..=*i].iter().all(|(_, best)| !best)).expect("three in a row");
    let (step, best) = (all[end].0, all[end - 3].0);
    assert!(step < whole.done.step, "or nothing is shown by ending there");
    assert_eq!(results(&patient), all[..=end]);
    assert_eq!((patient.done.outcome, patient.done.step), (Outcome::Finished, step));
    assert_eq!(patient.done.best.as_ref().map(|score| score.step), Some(best));
    assert_eq!(patient.evaluations(Split::Test), [step], "tested once, as any finished run");
    assert_eq!(Checkpoints::of(&folder).steps(), [best, step]);
    let state = CheckpointState::read(&Checkpoints::of(&folder).last().expect("saved")).expect("reads");
    assert_eq!(state.reached.waited, 3);
    let notice = format!("ended early at step {step}: 3 evaluations in a row");
    assert!(patient.notices()[0].starts_with(&notice), "{:?}", patient.notices());
    assert!(patient.notices()[0].contains(&format!("step {best} (train.patience = 3)")));
    assert!(whole.notices().is_empty());

    // Evaluations that a person asks for use up no patience.
    let mut ask = |event: &Event| match event {
        Event::Step { step, .. } if step % 3 == 1 => vec![Control::EvaluateNow],
        _ => Vec::new(),
    };
    let asked = with("train.patience=3", None, &mut ask);
    let mut waited = Vec::new();
    for (step, best) in results(&asked) {
        let before = waited.last().copied().unwrap_or(0);
        waited.push(if best { 0 } else { before + u64::from(step % 3 == 0) });
    }
    assert_eq!(waited.iter().position(|w| *w == 3), Some(waited.len() - 1), "{waited:?}");
    assert!(waited.len() as u64 > asked.done.step / 3, "there were such evaluations");
}

/// Bars of which only every tenth of the last class is there to learn from; the rest of it
/// are the test examples.
fn rare_bars() -> Dataset {
    let data = bars(400, 0);
    let is_test = |sample: usize| sample % 4 == 3 && sample % 40 != 3;
    let splits = (0..400).map(|sample| if is_test(sample) { Split::Test } else { Split::Train }).collect();
    let (source, classes, targets) = (data.source.clone(), data.classes.clone(), data.targets.clone());
    Dataset::new(data.name.clone(), source, "made-up", data.examples.clone(), classes, targets, splits)
}

#[test]
fn balanced_classes_find_more_of_a_rare_one() {
    let data = rare_bars();
    let recall = |assignment: &str| {
        let config = tiny(&["train.epochs=3", "train.learning_rate=0.01", "model.patch=2", assignment]);
        let story = train(&config, &data, None, no_wishes);
        // The test examples are all of the rare class.
        (story.done.test.as_ref().expect("evaluated").metrics["accuracy"], story.metric("loss"))
    };
    let (alike, plain_losses) = recall("train.class_weights=false");
    let (balanced, losses) = recall("train.class_weights=true");
    assert!(balanced > alike + 0.1, "{alike} to {balanced}");
    assert_ne!(losses[0], plain_losses[0], "from the first step on");
}

#[test]
fn patience_without_validation_examples_is_told_of() {
    let config = tiny(&["train.max_steps=2", "train.patience=1", "data.validation_fraction=0"]);
    let story = train(&config, &bars(40, 0), None, no_wishes);
    assert_eq!((story.done.outcome, story.done.step), (Outcome::Finished, 2));
    assert!(story.notices()[0].contains("train.patience has no effect"), "{:?}", story.notices());
}

#[test]
fn an_average_of_the_weights_is_evaluated_saved_and_predicts() {
    let data = bars(120, 24);
    let Examples::Images(images) = &data.examples else { panic!("images") };
    let picture =
        RawInput::Image { width: 8, height: 8, channels: 1, pixels: images.get(0).unwrap().to_vec() };
    let numbers = |bytes: &[u8]| -> Vec<f32> {
        // The header's length, the header, then the numbers.
        let header = u64::from_le_bytes(bytes[..8].try_into().expect("eight")) as usize;
        let read = |b: &[u8]| f32::from_le_bytes(b.try_into().expect("four"));
        bytes[8 + header..].chunks_exact(4).map(read).collect()
    };
    // With a constant rate the first steps do not depend on how many follow.
    let common = ["train.schedule=constant", "train.warmup_fraction=0", "train.learning_rate=0.01"];
    let trained = |steps: u64, ema: &str, answer: &mut (dyn FnMut(&Event) -> Vec<Control> + Send)| {
        let (home, folder) = new_run();
        let steps = format!("train.max_steps={steps}");
        let config = tiny(&[&common[..], &[&steps, ema]].concat());
        (train(&config, &data, Some(&folder), answer), folder, home)
    };
    let plain: Vec<Vec<u8>> =
        (1..=4).map(|steps| weights(&trained(steps, "train.ema=0", &mut no_wishes).1)).collect();
    let request = PredictRequest { id: 1, inputs: vec![picture.clone()], explain: false };
    let mut ask = at_step(4, vec![Control::Predict(request)]);
    let (story, folder, _home) = trained(4, "train.ema=0.75", &mut ask);

    // Training goes on as without the average; what is saved as the model is the average.
    let checkpoint = Checkpoints::of(&folder).last().expect("saved");
    assert!(fs::read(checkpoint.join("trained.safetensors")).expect("reads") == plain[3]);
    let mut average = numbers(&plain[0]);
    for weights in &plain[1..] {
        average.iter_mut().zip(numbers(weights)).for_each(|(a, w)| *a = 0.75 * *a + 0.25 * w);
    }
    let saved = numbers(&weights(&folder));
    assert_eq!(saved.len(), average.len());
    assert!(saved.iter().zip(&average).all(|(s, a)| (s - a).abs() < 1e-6));
    assert_ne!(saved, numbers(&plain[3]));

    // The run's results and answers are those of the saved average.
    let predictor = Predictor::open(&folder).expect("opens");
    let (evaluation, table) =
        predictor.evaluate(&data, Some(Split::Test), &attentive::data::silent).expect("evaluates");
    assert_eq!(Some(evaluation.score()), story.done.test);
    assert_eq!(Some(&table), story.tables.last().map(|table| &**table));
    assert_eq!(story.replies[0].probabilities, predictor.predict(&[picture]));
    let best = story.done.best.as_ref().expect("evaluated");
    assert_eq!(Checkpoints::of(&folder).best(), Some(folder.join(Checkpoints::name(best.step))));

    // Without an average there is no such file.
    let (_, folder, _home) = trained(2, "train.ema=0", &mut no_wishes);
    let checkpoint = Checkpoints::of(&folder).last().expect("saved");
    assert!(!checkpoint.join("trained.safetensors").exists());
}

#[test]
fn what_cannot_begin_says_why_and_leaves_nothing_behind() {
    let good = || bars(40, 0);
    let one_class = || Dataset { targets: vec![Target::Class(1); 40], ..good() };
    let strange_label = || {
        let mut data = good();
        data.targets[7] = Target::Class(u32::MAX);
        data
    };
    let unlabelled = || {
        let mut data = good();
        data.targets[7] = Target::Unlabelled;
        data
    };
    type Case<'a> = (Dataset, &'a [&'a str], &'a [&'a str], bool);
    let cases: [Case<'_>; 5] = [
        (one_class(), &[], &["made-up:bars", "fewer than two classes", "at least two classes"], false),
        (
            strange_label(),
            &["data.validation_fraction=0"],
            &["sample 7", "label 4294967295", "4 classes", "correct the label"],
            false,
        ),
        (unlabelled(), &["data.validation_fraction=0"], &["sample 7 has no label", "label it"], false),
        (good(), &["model.patch=3"], &["patch of 3 pixels", "8 x 8", "1, 2, 4, 8"], true),
        (
            good(),
            &["model.heads=3"],
            &["model.heads", "cannot be divided among 3 heads", "for example"],
            true,
        ),
    ];
    for (data, assignments, parts, wrong_settings) in cases {
        let (home, folder) = new_run();
        let job = TrainJob { config: tiny(assignments), data: Some(Arc::new(data)), folder: Some(folder) };
        let mut recorder = Recorder::new(no_wishes);
        let error = run(job, &mut NoSteering, &mut recorder).expect_err("must be refused");
        let message = error.to_string();
        assert!(parts.iter().all(|part| message.contains(part)), "{parts:?} in: {message}");
        assert_eq!(error.is_wrong_settings(), wrong_settings, "{message}");
        assert_eq!(fs::read_dir(home.path()).expect("reads").count(), 0, "{message}: nothing is left");
        assert!(recorder.events.iter().all(|event| matches!(event, Event::Progress { .. })));
    }
}

#[test]
fn a_missing_source_is_named_and_a_run_is_never_overwritten() {
    let (home, folder) = new_run();
    let mut config = tiny(&["train.max_steps=1"]);
    config.data.source = home.path().join("nothing.csv").to_string_lossy().into_owned();
    let job = TrainJob { config: config.clone(), data: None, folder: Some(folder.clone()) };
    let error = run(job.clone(), &mut NoSteering, &mut Recorder::new(no_wishes)).expect_err("missing");
    assert!(error.to_string().contains("nothing.csv"), "{error}");
    assert!(!folder.exists());
    let job = TrainJob { data: Some(Arc::new(bars(40, 0))), ..job };
    run(job.clone(), &mut NoSteering, &mut Recorder::new(no_wishes)).expect("runs");
    let before = fs::read(folder.join("events.jsonl")).expect("reads");
    let error = run(job, &mut NoSteering, &mut Recorder::new(no_wishes)).expect_err("taken");
    assert!(error.to_string().contains("already a run"), "{error}");
    assert_eq!(fs::read(folder.join("events.jsonl")).expect("reads"), before);
}

#[test]
fn a_stop_while_preparing_cancels_and_leaves_nothing() {
    let (home, folder) = new_run();
    let wishes: Wishes = Arc::new(Mutex::new([Control::Stop].into()));
    let job = TrainJob { config: tiny(&[]), data: Some(Arc::new(sentences(40))), folder: Some(folder) };
    let result = run(job, &mut Script(wishes), &mut Recorder::new(no_wishes));
    assert_eq!(result, Err(TrainError::Cancelled));
    assert_eq!(fs::read_dir(home.path()).expect("reads").count(), 0);
}

#[test]
fn a_run_folder_that_disappears_fails_the_run_with_a_message() {
    let (_home, folder) = new_run();
    let gone = folder.clone();
    let story = train(&tiny(&["train.epochs=5"]), &bars(80, 16), Some(&folder), move |event| {
        if matches!(event, Event::Step { step: 3, .. }) {
            fs::remove_dir_all(&gone).expect("removes");
        }
        Vec::new()
    });
    assert_eq!(story.done.outcome, Outcome::Failed);
    let reason = &story.done.reason;
    assert!(reason.contains("events.jsonl") && reason.contains("moved or deleted"), "{reason}");
    assert_eq!(story.events.last(), Some(&Event::Done(Box::new(story.done.clone()))));
    assert!(story.evaluations(Split::Test).is_empty(), "a failed run is not tested");
}

#[test]
fn a_panic_inside_the_loop_is_an_end_and_earlier_weights_stay() {
    let (_home, folder) = new_run();
    let story = train(&tiny(&["train.epochs=5"]), &bars(80, 16), Some(&folder), |event| {
        assert!(!matches!(event, Event::Step { step: 5, .. }), "made-up fault");
        Vec::new()
    });
    assert_eq!(story.done.outcome, Outcome::Failed);
    for part in ["inside the program", "made-up fault", "please report"] {
        assert!(story.done.reason.contains(part), "{}", story.done.reason);
    }
    let saved = Checkpoints::of(&folder).steps();
    assert!(!saved.is_empty() && saved.iter().all(|step| *step < 5), "those before the fault: {saved:?}");
    let (events, _) = read_run(&folder).expect("reads");
    assert_eq!(events.last(), Some(&Event::Done(Box::new(story.done))));
}

#[test]
fn every_setting_can_be_trained_with() {
    // Each setting away from its default, one at a time, does a step and a test.
    let (images, texts) = (bars(40, 8), sentences(40));
    for row in SETTINGS.iter().filter(|row| row.section() != "data" && row.key != "train.epochs") {
        let other = match (row.key, row.default()) {
            ("model.width" | "model.heads" | "model.depth" | "train.batch_size" | "train.threads", _) => {
                continue;
            }
            ("model.patch", _) => "8".to_owned(),
            ("text.vocabulary", _) => "60".to_owned(),
            ("text.tokenizer", _) => "character".to_owned(),
            ("model.pooling", _) => "mean".to_owned(),
            ("model.norm", _) => "post".to_owned(),
            ("train.max_steps", _) => "2".to_owned(),
            ("train.schedule", _) => "linear".to_owned(),
            ("train.optimizer", _) => "sgd".to_owned(),
            (_, Value::Bool(v)) => (!v).to_string(),
            (_, Value::Int(v)) => (v + 3).to_string(),
            (_, Value::Float(v)) => (v / 2.0 + 0.1).to_string(),
            (_, Value::Text(_)) => continue,
        };
        let assignment = format!("{}={other}", row.key);
        let config = tiny(&["train.max_steps=1", &assignment]);
        for data in [&images, &texts] {
            let story = train(&config, data, None, no_wishes);
            assert_eq!(story.done.outcome, Outcome::Finished, "{assignment}: {}", story.done.reason);
            assert!(story.done.test.is_some(), "{assignment}");
        }
    }
}
