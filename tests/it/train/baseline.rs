//! The cheap classifiers beside the model: against scikit-learn, and what a run makes of them.

use super::{Recorder, Script, at_step, bars, dataset, new_run, no_wishes, sentences, tiny, train, weights};
use attentive::app::RunView;
use attentive::config::Value;
use attentive::data::{Dataset, Examples, Images, OpenOptions, Split, Target, Texts, open, silent};
use attentive::runs::{Baseline, BaselineKind, Event, Outcome, read_run};
use attentive::train::baseline::{Learned, NaiveBayes};
use attentive::train::{Control, ExtendJob, extend};
use std::sync::Arc;

fn expected() -> serde_json::Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/baseline/expected.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("reads")).expect("JSON")
}

fn builtin(name: &str) -> Dataset {
    open(&format!("builtin:{name}"), &OpenOptions::default(), &silent).expect("opens")
}

fn on(_: f64) -> bool {
    true
}

fn of(events: &[Event], split: Split) -> Vec<&Baseline> {
    let found = |event: &'_ Event| matches!(event, Event::Baseline(b) if b.split == split);
    let baselines = events.iter().filter(|event| found(event));
    baselines.filter_map(|event| if let Event::Baseline(b) = event { Some(&**b) } else { None }).collect()
}

/// Share of samples for which the largest logit is that of the target.
fn accuracy(learned: &Learned, data: &Dataset, samples: &[u32]) -> f64 {
    let logits = learned.logits(data, samples).expect("reads");
    let right = samples.iter().zip(logits.chunks_exact(data.classes.len())).filter(|(sample, row)| {
        let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let class = row.iter().position(|logit| *logit == largest).map(|class| class as u32);
        class == data.targets[**sample as usize].class()
    });
    right.count() as f64 / samples.len() as f64
}

#[test]
fn naive_bayes_gives_the_probabilities_of_scikit_learn() {
    let mut data = builtin("helpdesk");
    for (sample, split) in data.splits.iter_mut().enumerate() {
        *split = if sample % 2 == 0 { Split::Train } else { Split::Validation };
    }
    let expected = &expected()["naive_bayes"];
    let names: Vec<String> = serde_json::from_value(expected["classes"].clone()).expect("names");
    let place: Vec<usize> =
        names.iter().map(|name| data.classes.iter().position(|c| c == name).expect("a class")).collect();
    let learned = Learned::learn(&data, 5, &on).expect("learns").expect("not stopped");
    assert_eq!((learned.kind(), learned.trained_on()), (BaselineKind::NaiveBayes, 840));
    let held_out = data.indices(Split::Validation);
    let rows: Vec<Vec<f64>> = serde_json::from_value(expected["scores"].clone()).expect("scores");
    assert!(rows.len() >= 20);
    let (Learned::NaiveBayes(bayes), Examples::Texts(texts)) = (&learned, &data.examples) else {
        panic!("texts")
    };
    for (row, sample) in rows.iter().zip(&held_out) {
        let scores = bayes.scores(texts.get(*sample as usize));
        for (value, class) in row.iter().zip(&place) {
            assert!((scores[*class] - value).abs() < 1e-3, "sample {sample}: {} and {value}", scores[*class]);
        }
    }
    let theirs = expected["accuracy"].as_f64().expect("a number");
    assert!((accuracy(&learned, &data, &held_out) - theirs).abs() < 1e-9);
}

#[test]
fn softmax_regression_is_as_good_as_that_of_scikit_learn() {
    let data = builtin("fashion");
    let learned = Learned::learn(&data, 5, &on).expect("reads").expect("not stopped");
    assert_eq!((learned.kind(), learned.trained_on()), (BaselineKind::SoftmaxRegression, 10_000));
    let held_out = data.indices(Split::Validation);
    let (ours, theirs) = (
        accuracy(&learned, &data, &held_out),
        expected()["softmax_regression"]["accuracy"].as_f64().expect("a number"),
    );
    assert!(ours > theirs - 0.01, "{ours} and {theirs}");
    let again = Learned::learn(&data, 5, &on).expect("reads").expect("not stopped");
    let logits = |learned: &Learned| learned.logits(&data, &held_out[..100]).expect("reads");
    assert_eq!(logits(&learned), logits(&again), "the same seed gives the same bits");
}

#[test]
fn large_pictures_are_made_small_first() {
    // The left or the right half is bright, 90 x 60 pixels in colour.
    let mut pixels = Vec::new();
    for sample in 0..40usize {
        for place in 0..90 * 60 {
            let bright = (place % 90 < 45) == (sample % 2 == 0);
            pixels.extend([if bright { 200 } else { 40 }, (sample * 7 + place) as u8 % 50, 9]);
        }
    }
    let examples = Examples::Images(Images::new(90, 60, 3, pixels));
    let data = dataset("halves", examples, vec!["left".into(), "right".into()], 40, 10);
    let learned = Learned::learn(&data, 0, &on).expect("reads").expect("not stopped");
    assert_eq!(accuracy(&learned, &data, &data.indices(Split::Test)), 1.0);
}

#[test]
fn words_are_read_in_either_script_and_what_was_never_seen_decides_nothing() {
    let texts: Texts = ["good film", "我要退款", "BAD film", "我要开发票"].into_iter().collect();
    let samples = [0, 1, 2, 3];
    let bayes = NaiveBayes::learn(&texts, &samples, |s| s % 4, 5, 0, &on).expect("not stopped");
    let best = |text: &str| {
        let scores = bayes.scores(text);
        (0..5).max_by(|a, b| scores[*a].total_cmp(&scores[*b])).expect("classes")
    };
    assert_eq!([best("Good"), best("退款"), best("bad, bad"), best("发票？")], [0, 1, 2, 3]);
    let blank = bayes.scores("zzz ∆ 。");
    assert!(blank[..4].iter().all(|score| (score - 0.25f64.ln()).abs() < 1e-12), "the shares: {blank:?}");
    assert!(blank[4].is_finite() && blank[4] < blank[0], "a class without examples stays behind");
}

#[test]
fn a_wish_to_stop_ends_the_learning() {
    for data in [bars(400, 40), sentences(400)] {
        let asked = std::cell::Cell::new(0);
        let after = |most: usize| {
            move |asked: &std::cell::Cell<usize>| {
                asked.set(asked.get() + 1);
                asked.get() <= most
            }
        };
        let none = after(0);
        assert!(Learned::learn(&data, 0, &|_| none(&asked)).expect("reads").is_none());
        assert_eq!(asked.get(), 1, "it does not go on asking");
    }
    let pictures = bars(400, 40);
    let shares = std::cell::RefCell::new(Vec::new());
    let stop_late = |share: f64| {
        shares.borrow_mut().push(share);
        share < 0.5
    };
    assert!(Learned::learn(&pictures, 0, &stop_late).expect("reads").is_none());
    let shares = shares.into_inner();
    assert!(shares.is_sorted() && shares.iter().all(|share| (0.0..=1.0).contains(share)), "{shares:?}");
}

#[test]
fn a_run_measures_it_before_the_first_evaluation_and_at_the_end_and_shows_it_again() {
    for (data, kind) in
        [(bars(200, 40), BaselineKind::SoftmaxRegression), (sentences(200), BaselineKind::NaiveBayes)]
    {
        let (_home, folder) = new_run();
        let config = tiny(&["train.epochs=2", "text.vocabulary=120"]);
        let story = train(&config, &data, Some(&folder), no_wishes);
        let at = |wanted: &dyn Fn(&Event) -> bool| story.events.iter().position(wanted).expect("happened");
        let first = at(&|event| matches!(event, Event::Baseline(_)));
        assert!(at(&|event| matches!(event, Event::Step { .. })) < first, "no step waits for it");
        assert!(first < at(&|event| matches!(event, Event::Evaluation(_))));
        let (validation, test) = (of(&story.events, Split::Validation), of(&story.events, Split::Test));
        assert_eq!((validation.len(), test.len()), (1, 1));
        assert_eq!((validation[0].kind, validation[0].samples, test[0].samples), (kind, 16, 40));
        assert_eq!(validation[0].trained_on, 144);
        assert!(validation[0].metrics["accuracy"] > 0.5, "{validation:?}");

        // The log has it, and so has whoever opens the run again.
        let mut view = RunView::default();
        read_run(&folder).expect("reads").0.iter().for_each(|event| view.apply(event));
        assert_eq!(view.baseline(), Some(validation[0]));
        assert_eq!(view.baselines.len(), 2);

        // The model does not know of it.
        let (_home, other) = new_run();
        let mut without = config.clone();
        without.apply("train.baseline=false").expect("fits");
        let silent = train(&without, &data, Some(&other), no_wishes);
        assert_eq!(silent.count(|event| matches!(event, Event::Baseline(_))), 0);
        assert!(weights(&folder) == weights(&other));
        assert_eq!(silent.done.validation, story.done.validation);
    }
}

#[test]
fn a_model_that_loses_to_it_is_told_so_with_both_numbers() {
    let data = sentences(200);
    // One step at no rate to speak of: the model guesses.
    let config = tiny(&["train.max_steps=1", "train.learning_rate=0.000001", "text.vocabulary=120"]);
    let story = train(&config, &data, None, no_wishes);
    let own = story.done.best.as_ref().expect("evaluated").metrics["accuracy"];
    let other = of(&story.events, Split::Validation)[0].metrics["accuracy"];
    assert!(own < other, "{own} {other}");
    let told: Vec<&str> =
        story.notices().into_iter().filter(|text| text.contains("does not beat the baseline")).collect();
    assert_eq!(told.len(), 1, "{:?}", story.notices());
    let numbers = [format!("{:.1} %", own * 100.0), format!("{:.1} %", other * 100.0)];
    for part in ["naive Bayes", "train.epochs", "model.width", "16 examples", &numbers[0], &numbers[1]] {
        assert!(told[0].contains(part), "'{part}' in {}", told[0]);
    }
    // What no linear model can tell apart, attention can: no such notice.
    let config = tiny(&["train.epochs=12", "train.learning_rate=0.01", "model.patch=2", "model.width=32"]);
    let story = train(&config, &bars(600, 0), None, no_wishes);
    let own = story.done.best.as_ref().expect("evaluated").metrics["accuracy"];
    let other = of(&story.events, Split::Validation)[0].metrics["accuracy"];
    let told = story.notices().iter().any(|text| text.contains("does not beat the baseline"));
    assert_eq!(told, own <= other, "{own} {other}");
}

#[test]
fn a_stopped_run_does_not_wait_for_it_and_one_that_goes_on_measures_it_once() {
    let data = bars(200, 40);
    let (_home, folder) = new_run();
    let config = tiny(&["train.epochs=2"]);
    let story = train(&config, &data, Some(&folder), at_step(1, vec![Control::Stop]));
    assert_eq!(story.done.outcome, Outcome::Stopped);
    assert!(story.done.test.is_some(), "evaluated all the same");
    assert_eq!(story.count(|event| matches!(event, Event::Baseline(_))), 0);
    for (epochs, new) in [(3, 2), (4, 0)] {
        let mut recorder = Recorder::new(no_wishes);
        let mut script = Script(recorder.wishes.clone());
        let changes = vec![("train.epochs".to_owned(), Value::Int(epochs))];
        let job = ExtendJob { run: folder.clone(), changes, data: Some(Arc::new(data.clone())) };
        extend(job, &mut script, &mut recorder).expect("goes on");
        let found = recorder.events.iter().filter(|event| matches!(event, Event::Baseline(_))).count();
        assert_eq!(found, new, "{epochs} epochs");
        let mut view = RunView::default();
        read_run(&folder).expect("reads").0.iter().for_each(|event| view.apply(event));
        assert_eq!(view.baselines.len(), 2, "{epochs} epochs");
    }
}

#[test]
fn without_labels_to_measure_by_there_is_none() {
    let mut data = bars(120, 40);
    for (target, split) in data.targets.iter_mut().zip(&data.splits) {
        if *split == Split::Test {
            *target = Target::Unlabelled;
        }
    }
    let config = tiny(&["train.epochs=1", "data.validation_fraction=0"]);
    let story = train(&config, &data, None, no_wishes);
    assert_eq!(story.done.outcome, Outcome::Finished);
    assert_eq!(story.count(|event| matches!(event, Event::Baseline(_))), 0);
}
