//! The Model panel names each part with its shape and parameters, before a run and of a run.

use super::{fixture, show};
use attentive::app::{DataView, State};
use attentive::data::summary;
use egui_kittest::kittest::Queryable;
use std::sync::Arc;

fn with_data(data: attentive::data::Dataset) -> State {
    let summary = summary(&data);
    State { data: Some(DataView { dataset: Arc::new(data), summary }), ..State::default() }
}

#[test]
fn parts_are_named_with_shapes_and_parameters() {
    // Wide and narrow: three columns, and one below the other.
    for size in [[1000.0, 420.0], [340.0, 900.0]] {
        let state = with_data(fixture::images(60, &fixture::FASHION));
        let harness = show("model", state, size);
        for label in [
            "Images, [batch, 1, 28, 28]",
            "Patch embedding, 4 x 4 pixels, linear, [batch, 49, 64], 1\u{a0}088 parameters",
            "Class token, put in front, [batch, 50, 64], 64 parameters",
            "Positions, learned, added, [batch, 50, 64], 3\u{a0}200 parameters",
            "4 blocks like this, one after another",
            "Attention, 4 heads of 16, [batch, 50, 64], 16\u{a0}640 parameters",
            "MLP, 128 hidden, GELU, [batch, 50, 64], 16\u{a0}576 parameters",
            "Pooling, class token, first, [batch, 64]",
            "Classification head, linear, [batch, 10], 650 parameters",
        ] {
            harness.get_by_label(label);
        }
        harness.get_by_label_contains("The model of the next run, 139\u{a0}018 parameters");
        assert_eq!(harness.unnamed_widgets(), Vec::<String>::new());
    }
}

#[test]
fn it_follows_the_settings_and_a_run_brings_its_own() {
    let mut state = with_data(fixture::texts(60, &["退款", "refund"]));
    for assignment in ["model.kind=decoder", "model.pooling=last", "model.positions=rotary", "model.depth=1"]
    {
        state.config.apply(assignment).expect("fits");
    }
    let mut harness = show("model", state, [900.0, 500.0]);
    harness.get_by_label_contains("Causal attention, 4 heads of 16, rotary, [batch, ≤128, 64]");
    harness.get_by_label_contains("Pooling, last row");
    harness.get_by_label("1 block");
    assert!(harness.query_by_label_contains("Positions").is_none());
    harness.state_mut().state.config.apply("model.positions=sinusoidal").expect("fits");
    harness.run_steps(2);
    harness.get_by_label_contains("Positions, sines and cosines, added");
    // A setting that does not fit leaves nothing to draw.
    harness.state_mut().state.config.apply("model.heads=7").expect("in range");
    harness.run_steps(2);
    harness.get_by_label("No model yet");

    let run = fixture::state(fixture::images(60, &fixture::FASHION), 20, 60).run;
    harness.state_mut().state.config.apply("model.heads=4").expect("fits");
    harness.state_mut().state.run = run;
    harness.run_steps(2);
    harness.get_by_label_contains("The model of the run shown");
    harness.get_by_label_contains("Patch embedding");
    harness.get_by_label("Next run").click();
    harness.run_steps(3);
    harness.get_by_label_contains("The model of the next run");
    harness.get_by_label_contains("Token embedding");
}
