//! Training with products of bfloat16: it learns as f32 does, and what is saved predicts the
//! same way.

use super::{Recorder, bars, new_run, no_wishes, tiny, train};
use attentive::config::Precision;
use attentive::data::Split;
use attentive::model::ModelSpec;
use attentive::runs::{Checkpoints, Event};
use attentive::train::{CheckpointState, NoSteering, Predictor, TrainJob, run};

#[test]
fn bf16_learns_about_as_well_as_f32() {
    for (source, steps, chance) in [("builtin:fashion", 150, 0.1), ("builtin:helpdesk", 60, 0.125)] {
        let accuracy = |precision: &str| {
            let mut config = tiny(&[
                "model.width=32",
                "model.patch=7",
                "train.batch_size=64",
                "train.learning_rate=0.003",
            ]);
            config.apply(&format!("data.source={source}")).expect("fits");
            config.apply(&format!("train.precision={precision}")).expect("fits");
            config.train.max_steps = steps;
            let mut recorder = Recorder::new(no_wishes);
            let job = TrainJob { config, data: None, folder: None };
            let done = run(job, &mut NoSteering, &mut recorder).expect("begins");
            done.validation.as_ref().expect("evaluated").metrics["accuracy"]
        };
        let (exact, rounded) = (accuracy("f32"), accuracy("bf16"));
        assert!(rounded > 3.0 * chance, "{source}: {rounded}");
        // Two standard errors of an accuracy near 0.7 on some hundred examples.
        assert!((exact - rounded).abs() < 0.06, "{source}: f32 {exact}, bf16 {rounded}");
    }
}

#[test]
fn a_bf16_run_says_so_and_predicts_as_it_was_evaluated() {
    let (_home, folder) = new_run();
    let config = tiny(&["train.precision=bf16", "train.epochs=1"]);
    let mut data = bars(160, 0);
    let story = train(&config, &data, Some(&folder), no_wishes);
    let device = story.events.iter().find_map(|event| match event {
        Event::Accepted(accepted) => Some(accepted.device.clone()),
        _ => None,
    });
    assert!(device.as_ref().is_some_and(|device| device.contains("bf16")), "{device:?}");
    let state = CheckpointState::read(&Checkpoints::of(&folder).last().expect("saved")).expect("whole");
    assert_eq!(state.model.precision, Precision::Bf16);

    data.hold_out(config.data.validation_fraction, config.train.seed);
    let predictor = Predictor::open(&folder).expect("opens");
    let (found, _) = predictor.evaluate(&data, Some(Split::Validation), &|_, _, _| true).expect("evaluates");
    let said = story.done.validation.expect("evaluated").metrics["loss"];
    assert_eq!(said.to_bits(), found.metrics["loss"].to_bits(), "the same products: {said}");

    // A state from before there was a choice means f32.
    let mut before = serde_json::to_value(&state.model).expect("JSON");
    before.as_object_mut().expect("a table").remove("precision");
    let before: ModelSpec = serde_json::from_value(before).expect("reads");
    assert_eq!(before.precision, Precision::F32);
}
