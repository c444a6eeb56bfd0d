//! Runs that go wrong: a loss that goes up is told, and one that is no number any more ends the
//! run and leaves a checkpoint to go on from.

use super::{Recorder, Script, Story, at_step, bars, new_run, no_wishes, tiny, train};
use crate::copy_folder;
use attentive::config::{RunConfig, Value};
use attentive::data::Dataset;
use attentive::runs::{Checkpoints, Event, Outcome, Trouble, read_run, standing};
use attentive::train::{Control, ForkJob, ForkPoint, Predictor, ResumeJob, fork, newest_checkpoint, resume};
use std::fs;
use std::path::Path;
use std::sync::Arc;

const RATE: &str = "train.learning_rate";

/// Without anything that holds a large step back.
fn unbridled(more: &[&str]) -> RunConfig {
    let common = [
        "train.optimizer=sgd",
        "train.clip_norm=0",
        "train.weight_decay=0",
        "train.warmup_fraction=0",
        "train.schedule=constant",
        "train.max_steps=1000",
        "train.epochs=1000",
        "train.evaluate_every=10000",
        "train.save_minutes=0",
        "train.keep_checkpoints=1",
        "train.baseline=false",
        "model.patch=2",
        "data.validation_fraction=0",
    ];
    tiny(&[&common, more].concat())
}

fn troubles(events: &[Event]) -> Vec<Trouble> {
    let trouble =
        |event: &Event| if let Event::Trouble(trouble) = event { Some(trouble.clone()) } else { None };
    events.iter().filter_map(trouble).collect()
}

fn go_on(run: &Path, data: &Dataset) -> Story {
    let mut recorder = Recorder::new(no_wishes);
    let mut script = Script(recorder.wishes.clone());
    let job = ResumeJob { run: run.to_owned(), changes: Vec::new(), data: Some(Arc::new(data.clone())) };
    let done = resume(job, &mut script, &mut recorder).expect("goes on");
    let Recorder { events, tables, replies, .. } = recorder;
    Story { done, events, tables, replies }
}

/// All numbers in all files of weights and moments of a run.
fn numbers(run: &Path) -> Vec<f32> {
    let mut found = Vec::new();
    for step in Checkpoints::of(run).steps() {
        for name in ["model.safetensors", "optimizer.safetensors"] {
            let bytes = fs::read(Checkpoints::of(run).folder(step).join(name)).expect("reads");
            let header = u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes"));
            let (numbers, _) = bytes[8 + header as usize..].as_chunks::<4>();
            found.extend(numbers.iter().map(|four| f32::from_le_bytes(*four)));
        }
    }
    found
}

#[test]
fn a_run_that_diverges_ends_with_a_checkpoint_from_before() {
    let (home, folder) = new_run();
    let data = bars(200, 0);
    let config = unbridled(&["train.learning_rate=0.01", "train.save_every=4"]);
    // A person turns the learning rate up after step 8, which is saved.
    let up = vec![Control::Change(RATE, Value::Float(1.0))];
    let story = train(&config, &data, Some(&folder), at_step(8, up));
    assert_eq!(story.done.outcome, Outcome::Failed, "{:?}", story.metric("loss"));
    let found = troubles(&story.events);
    let Some(Trouble::NotFinite { step, learning_rate, good, bf16: false, .. }) = found.last() else {
        panic!("{found:?}")
    };
    assert_eq!((*learning_rate, *step), (1.0, story.done.step + 1));
    let good = good.expect("8 was good");
    for part in ["is no longer a finite number", &format!("that of step {good}"), "lower train.learning_rate"]
    {
        assert!(story.done.reason.contains(part), "{}", story.done.reason);
    }
    // What broke the run has not taken the place of what was good, though one is kept.
    let losses = story.metric("loss");
    let loss_after = |step: u64| losses[usize::try_from(step).expect("small")];
    assert!(loss_after(good) <= (1.5 * losses[0]).max(losses[0] + 0.5), "{losses:?}");
    assert!(Checkpoints::of(&folder).steps().contains(&good));
    assert!(numbers(&folder).iter().all(|number| number.is_finite()), "only numbers are saved");
    newest_checkpoint(&folder).expect("sound");
    Predictor::open(&folder).expect("predicts");

    // From there with a lower rate the run comes to its end.
    let place = home.path().join("fork");
    let changes = vec![(RATE.to_owned(), Value::Float(0.01)), ("train.max_steps".to_owned(), Value::Int(40))];
    let (run, folder) = (folder, place.clone());
    fork(&ForkJob { run, point: ForkPoint::Step(good), changes, folder, name: String::new() })
        .expect("forks");
    let after = go_on(&place, &data);
    assert_eq!((after.done.outcome, after.done.step), (Outcome::Finished, 40));
    assert!(after.metric("loss").iter().all(|loss| *loss < 2.0), "{:?}", after.metric("loss"));
}

#[test]
fn a_run_that_diverges_at_once_has_nothing_to_go_back_to_and_says_so() {
    let (_home, folder) = new_run();
    let data = bars(200, 0);
    let story = train(&unbridled(&["train.learning_rate=1"]), &data, Some(&folder), no_wishes);
    assert_eq!(story.done.outcome, Outcome::Failed);
    let found = troubles(&story.events);
    let last = found.last().expect("told");
    assert!(matches!(last, Trouble::NotFinite { good: None, .. }), "{last:?}");
    assert_eq!(last.lower_rate(), 0.1);
    assert!(story.done.reason.contains("There is no good checkpoint"), "{}", story.done.reason);
    assert!(Checkpoints::of(&folder).steps().is_empty(), "what is broken is not saved");
    // Resuming begins again, and comes to the same end.
    let again = go_on(&folder, &data);
    assert_eq!((again.done.outcome, &again.done.reason), (Outcome::Failed, &story.done.reason));
}

#[test]
fn bf16_is_named_as_what_may_be_to_blame() {
    let config = unbridled(&["train.learning_rate=1", "train.precision=bf16"]);
    let story = train(&config, &bars(200, 0), None, no_wishes);
    assert!(matches!(troubles(&story.events).last(), Some(Trouble::NotFinite { bf16: true, .. })));
    assert!(story.done.reason.contains("train.precision = f32"), "{}", story.done.reason);
}

/// Learns, and is thrown off its way after step 70.
fn spiking(folder: Option<&Path>, data: &Dataset) -> Story {
    let config = tiny(&[
        "train.learning_rate=0.003",
        "train.schedule=constant",
        "train.epochs=100",
        "train.max_steps=90",
        "train.clip_norm=0",
        "train.evaluate_every=1000",
        "train.save_every=10",
        "train.save_minutes=0",
        "train.keep_checkpoints=20",
        "train.baseline=false",
        "train.label_smoothing=0",
        "model.patch=2",
        "data.validation_fraction=0",
    ]);
    train(&config, data, folder, at_step(70, vec![Control::Change(RATE, Value::Float(1.0))]))
}

#[test]
fn a_spike_is_told_once_and_a_run_that_goes_on_tells_the_same() {
    let (home, folder) = new_run();
    let data = bars(200, 0);
    let story = spiking(Some(&folder), &data);
    assert_eq!(story.done.outcome, Outcome::Finished, "a spike ends nothing");
    let found = troubles(&story.events);
    let [Trouble::Spike { step, loss, highest, learning_rate }] = found.as_slice() else {
        panic!("{found:?} in {:?}", story.metric("loss"))
    };
    // By the rule, from the losses themselves.
    let losses = story.metric("loss");
    let last = usize::try_from(*step).expect("small");
    let (before, above) = (&losses[last - 53..last - 3], &losses[last - 3..last]);
    let top = before.iter().copied().fold(0.0, f64::max);
    assert_eq!((*highest, *learning_rate), (top, 1.0));
    assert!(above.iter().all(|loss| *loss > 1.5 * top && *loss > top + 0.5), "{above:?} after {top}");
    assert_eq!(*loss, above.iter().copied().fold(f64::INFINITY, f64::min));

    for from in [40, 70, 80] {
        let cut = home.path().join(format!("cut-{from}"));
        copy_folder(&folder, &cut);
        for later in Checkpoints::of(&cut).steps().into_iter().filter(|later| *later > from) {
            fs::remove_dir_all(Checkpoints::of(&cut).folder(later)).expect("removes");
        }
        // As if the process had been killed before it ended.
        let log = fs::read_to_string(cut.join("events.jsonl")).expect("reads");
        let kept: Vec<&str> = log.lines().filter(|line| !line.contains("\"event\":\"done\"")).collect();
        fs::write(cut.join("events.jsonl"), kept.join("\n") + "\n").expect("writes");
        let again = go_on(&cut, &data);
        assert_eq!(again.steps().first(), Some(&(from + 1)));
        let told = troubles(&again.events);
        assert_eq!(told, if from < *step { found.clone() } else { Vec::new() }, "from {from}");
        assert_eq!(troubles(&standing(read_run(&cut).expect("reads").0)), found, "the log tells it once");
        assert!(super::weights(&cut) == super::weights(&folder), "from {from}: the same result");
    }
}
