//! The Try it panel: what the answer rests on, and what its switch asks for.

use super::{fixture, show, wishes};
use attentive::app::{Action, State};
use attentive::data::Picture;
use attentive::train::{Saliency, SaliencyParts, TextPart};
use egui_kittest::kittest::Queryable;
use std::sync::Arc;

/// Answered, with what the answer rests on.
fn explained(data: attentive::data::Dataset, parts: SaliencyParts) -> State {
    let mut state = fixture::state(data, 20, 60);
    state.try_it.answer = Some((20, Ok(vec![0.2, 0.8])));
    state.try_it.explain = true;
    let probabilities = vec![0.2, 0.8];
    let found = Saliency { step: 20, method: "occlusion", class: 1, probabilities, parts };
    state.try_it.saliency = Some(Ok(Arc::new(found)));
    state
}

fn text_parts() -> SaliencyParts {
    let text = "我要退款 now please".to_owned();
    let piece = |from: &str, value| {
        let start = text.find(from).expect("in the text");
        TextPart { bytes: start..start + from.len(), value }
    };
    let pieces = vec![
        piece("我要", Some(-0.02)),
        piece("退款", Some(0.432)),
        piece("now", Some(0.0)),
        piece("please", None),
    ];
    SaliencyParts::Text { text, pieces }
}

#[test]
fn a_text_is_coloured_and_the_pieces_that_count_are_named_with_their_numbers() {
    let state = explained(fixture::texts(60, &["other", "refund"]), text_parts());
    let mut harness = show("try_it", state, [420.0, 600.0]);
    assert_eq!(harness.get_all_by_label("我要退款 now please").count(), 1);
    harness.get_by_label("supports refund");
    harness.get_by_label("speaks against it");
    let (most, least) =
        (harness.get_by_label("退款: +43.2 points"), harness.get_by_label("我要: \u{2212}2.0 points"));
    assert!(most.rect().top() < least.rect().top(), "the strongest first");
    assert_eq!(harness.query_all_by_label_contains("please:").count(), 0, "what was cut off has no number");
    assert_eq!(harness.query_all_by_label_contains("now:").count(), 0, "nor what does not count");
    harness.get_by_label("Show what it rests on").click();
    assert!(matches!(wishes(&mut harness).as_slice(), [Action::Explain(false)]));
}

#[test]
fn a_picture_has_its_regions_coloured_and_a_failure_its_reason() {
    let picture = Picture { width: 8, height: 8, channels: 1, pixels: vec![90; 64] };
    let parts = SaliencyParts::Picture { picture, side: 4, columns: 2, values: vec![0.5, -0.1, 0.0, 0.2] };
    let mut state = explained(fixture::images(60, &fixture::FASHION), parts);
    let harness = show("try_it", state.clone(), [420.0, 700.0]);
    harness.get_by_label("The picture with the regions that count coloured");
    harness.get_by_label_contains("supports ");
    state.try_it.saliency = Some(Err("the model's answer is not a number".to_owned()));
    let harness = show("try_it", state.clone(), [420.0, 700.0]);
    harness.get_by_label("the model's answer is not a number");
    state.try_it.explain = false;
    let mut harness = show("try_it", state, [420.0, 700.0]);
    assert_eq!(harness.query_all_by_label_contains("not a number").count(), 0);
    harness.get_by_label("Show what it rests on").click();
    assert!(matches!(wishes(&mut harness).as_slice(), [Action::Explain(true)]));
}

#[test]
fn a_samples_detail_asks_for_its_explanation_where_its_data_is_open() {
    let mut state = fixture::state(fixture::texts(60, &["other", "refund"]), 200, 60);
    state.selected_prediction = Some(3);
    let sample = state.run.as_ref().and_then(|run| run.predictions.clone()).expect("predicted").samples[3];
    let mut harness = show("predictions", state.clone(), [700.0, 500.0]);
    harness.get_by_label("Explain").click();
    let made = wishes(&mut harness);
    assert!(matches!(made.as_slice(), [Action::ExplainSample(found)] if *found == sample), "{made:?}");
    state.run_data = None;
    let mut harness = show("predictions", state, [700.0, 500.0]);
    harness.get_by_label("Explain").click();
    assert!(wishes(&mut harness).is_empty(), "the sample cannot be asked about");
}
