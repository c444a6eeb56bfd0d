//! The Confusion panel: cells by name, clicks that filter, few and many classes.

use super::{filtered, fixture, show, wishes};
use attentive::app::{Action, PredictionFilter, SortBy, State};
use attentive::data::Split;
use egui_kittest::kittest::Queryable;

fn state(classes: &[&str], samples: usize) -> State {
    fixture::state(fixture::images(samples, classes), 300, samples)
}

#[test]
fn a_cell_filters_predictions_and_keeps_the_order() {
    let mut state = state(&fixture::FASHION, 500);
    state.filter.sort = SortBy::Doubt;
    let count = state.run.as_ref().unwrap().last_validation().unwrap().confusion[6][7];
    assert!(count > 0, "the fixture confuses Shirt with Sneaker");
    let mut harness = show("confusion", state, [460.0, 480.0]);
    harness.get_by_label(&format!("true Shirt, predicted Sneaker: {count}")).click();
    let wanted = PredictionFilter {
        true_class: Some(6),
        predicted_class: Some(7),
        split: Some(Split::Validation),
        sort: SortBy::Doubt,
        ..PredictionFilter::default()
    };
    assert_eq!(filtered(&mut harness), wanted);
}

#[test]
fn a_class_name_filters_its_row_or_column() {
    let mut harness = show("confusion", state(&fixture::FASHION, 500), [460.0, 480.0]);
    harness.get_by_label("label Coat: 50").click();
    let filter = filtered(&mut harness);
    assert_eq!((filter.true_class, filter.predicted_class), (Some(4), None));
    let predicted: u32 = harness
        .state()
        .state
        .run
        .as_ref()
        .unwrap()
        .last_validation()
        .unwrap()
        .confusion
        .iter()
        .map(|r| r[4])
        .sum();
    harness.get_by_label(&format!("prediction Coat: {predicted}")).click();
    let filter = filtered(&mut harness);
    assert_eq!((filter.true_class, filter.predicted_class), (None, Some(4)));
}

#[test]
fn the_worst_pair_is_a_button() {
    let state = state(&fixture::FASHION, 500);
    let matrix = &state.run.as_ref().unwrap().last_validation().unwrap().confusion;
    let worst = attentive::inspect::most_confused(matrix, 1)[0];
    let names = (fixture::FASHION[worst.truth as usize], fixture::FASHION[worst.predicted as usize]);
    let mut harness = show("confusion", state, [460.0, 480.0]);
    harness.get_by_label(&format!("{} as {} {}", names.0, names.1, worst.count)).click();
    let filter = filtered(&mut harness);
    assert_eq!((filter.true_class, filter.predicted_class), (Some(worst.truth), Some(worst.predicted)));
}

#[test]
fn two_ten_and_a_hundred_classes_and_chinese_names() {
    let hundred: Vec<String> = (0..100).map(|i| format!("class {i} with a long name")).collect();
    let hundred: Vec<&str> = hundred.iter().map(String::as_str).collect();
    for (classes, samples) in [
        (&["negative", "positive"][..], 100),
        (&fixture::FASHION[..], 500),
        (&["退款", "物流", "换货"][..], 90),
        (&hundred[..], 2000),
    ] {
        let mut harness = show("confusion", state(classes, samples), [420.0, 440.0]);
        let first = format!("true {}, predicted {}: ", classes[0], classes[0]);
        harness.get_by_label_contains(&first).click();
        let filter = filtered(&mut harness);
        assert_eq!((filter.true_class, filter.predicted_class), (Some(0), Some(0)));
        let cells = harness.get_all_by_label_contains(", predicted ").count();
        let all = classes.len() * classes.len();
        assert_eq!(cells == all, classes.len() < 20, "{cells} of {all} cells made");
    }
}

#[test]
fn the_slider_goes_back_to_an_earlier_evaluation() {
    let state = state(&fixture::FASHION, 500);
    let run = state.run.as_ref().unwrap();
    let first = run.evaluations[0].confusion[0][0];
    let newest = run.last_validation().unwrap().confusion[0][0];
    assert_ne!(first, newest, "the evaluations differ");
    let mut harness = show("confusion", state, [460.0, 480.0]);
    harness.get_by_label(&format!("true T-shirt/top, predicted T-shirt/top: {newest}"));
    harness.get_by_label("Evaluation").set_value_accesskit(0.0);
    harness.run_steps(3);
    harness.get_by_label(&format!("true T-shirt/top, predicted T-shirt/top: {first}"));
    harness.get_by_label_contains("at epoch 1.0");
    // A newer evaluation does not move what the person chose.
    let alone = harness.state_mut();
    let table = alone.state.run.as_ref().and_then(|r| r.predictions.clone()).unwrap();
    if let Some(run) = &mut alone.state.run {
        run.apply(&fixture::evaluation(&attentive::runs::PredictionTable { step: 400, ..(*table).clone() }));
    }
    harness.run_steps(2);
    harness.get_by_label_contains("at epoch 1.0");
}

#[test]
fn a_cell_whose_samples_are_filtered_already_still_brings_them_to_the_front() {
    let mut state = state(&fixture::FASHION, 500);
    let count = state.run.as_ref().unwrap().last_validation().unwrap().confusion[6][7];
    state.filter = PredictionFilter {
        true_class: Some(6),
        predicted_class: Some(7),
        split: Some(Split::Validation),
        ..PredictionFilter::default()
    };
    let filter = state.filter.clone();
    let mut harness = show("confusion", state, [460.0, 480.0]);
    harness.get_by_label(&format!("true Shirt, predicted Sneaker: {count}")).click();
    match wishes(&mut harness).as_slice() {
        // `app::filtering_by_classes_brings_the_predictions_to_the_front` is the other half.
        [Action::ShowSamples(wanted)] => assert_eq!(*wanted, filter),
        other => panic!("{other:?}"),
    }
}
