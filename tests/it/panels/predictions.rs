//! The Predictions panel: what its controls ask for.

use super::{filtered, fixture, show, wishes};
use attentive::app::{Action, PredictionFilter, RunView, SortBy, State};
use attentive::data::Split;
use attentive::inspect;
use eframe::egui::Key;
use egui_kittest::kittest::Queryable;
use std::sync::Arc;

fn fashion() -> State {
    fixture::state(fixture::images(300, &fixture::FASHION), 200, 300)
}

/// The rows in the order shown.
fn rows(state: &State) -> Vec<u32> {
    let table = state.run.as_ref().and_then(|r| r.predictions.clone()).unwrap();
    inspect::rows(&table, &state.filter)
}

#[test]
fn mistakes_only_and_the_count() {
    let mut harness = show("predictions", fashion(), [900.0, 600.0]);
    harness.get_by_label("300\u{a0}samples, step 200".replace('\u{a0}', " ").as_str());
    harness.get_by_label("Mistakes only").click();
    let filter = filtered(&mut harness);
    assert_eq!(filter, PredictionFilter { mistakes_only: true, ..PredictionFilter::default() });
    harness.state_mut().state.filter = filter;
    harness.run_steps(2);
    let mistakes = rows(&harness.state().state).len();
    assert!(mistakes > 10);
    harness.get_by_label(&format!("{mistakes} mistakes of 300, step 200"));
    harness.get_by_label("Clear").click();
    assert_eq!(filtered(&mut harness), PredictionFilter::default());
}

#[test]
fn each_list_sets_its_own_part_of_the_filter() {
    let base = PredictionFilter { mistakes_only: true, ..PredictionFilter::default() };
    for (list, choice, wanted) in [
        ("True class", "Coat", PredictionFilter { true_class: Some(4), ..base.clone() }),
        ("Predicted class", "Shirt", PredictionFilter { predicted_class: Some(6), ..base.clone() }),
        ("Split", "Validation", PredictionFilter { split: Some(Split::Validation), ..base.clone() }),
        ("Sort by", "By doubt", PredictionFilter { sort: SortBy::Doubt, ..base.clone() }),
    ] {
        let mut state = fashion();
        state.filter = base.clone();
        let mut harness = show("predictions", state, [900.0, 600.0]);
        harness.get_by_label(list).click();
        harness.run_steps(3);
        harness.get_by_label(choice).click();
        assert_eq!(filtered(&mut harness), wanted, "{list}");
    }
}

#[test]
fn a_click_on_a_picture_opens_it() {
    let state = fashion();
    let table = state.run.as_ref().and_then(|r| r.predictions.clone()).unwrap();
    let worst = rows(&state)[0] as usize;
    let mut harness = show("predictions", state, [900.0, 600.0]);
    let (truth, predicted) = (table.targets[worst].unwrap() as usize, table.predicted[worst] as usize);
    let name = format!("{}, predicted {}", fixture::FASHION[truth], fixture::FASHION[predicted]);
    harness.get_all_by_label_contains(&name).next().unwrap().click();
    match wishes(&mut harness).as_slice() {
        [Action::SelectPrediction(Some(row))] => {
            assert_eq!(table.predicted[*row], table.predicted[worst]);
            assert_eq!(table.targets[*row], table.targets[worst]);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_the_visible_pictures_are_made() {
    let many = fixture::state(fixture::images(20_000, &fixture::FASHION), 200, 20_000);
    let harness = show("predictions", many, [540.0, 420.0]);
    let made = harness.get_all_by_label_contains(", predicted ").count();
    assert!((10..60).contains(&made), "{made} pictures made");
}

#[test]
fn arrows_go_through_the_samples_shown_and_escape_closes() {
    let mut state = fashion();
    state.filter.mistakes_only = true;
    let shown = rows(&state);
    state.selected_prediction = Some(shown[2] as usize);
    for size in [[540.0, 420.0], [1000.0, 500.0]] {
        let mut harness = show("predictions", state.clone(), size);
        harness.get_by_label(&format!("3 of {}", shown.len()));
        for (key, wanted) in
            [(Key::ArrowRight, Some(shown[3])), (Key::ArrowLeft, Some(shown[1])), (Key::Escape, None)]
        {
            harness.key_press(key);
            match wishes(&mut harness).as_slice() {
                [Action::SelectPrediction(row)] => assert_eq!(*row, wanted.map(|r| r as usize), "{key:?}"),
                other => panic!("{key:?}: {other:?}"),
            }
        }
        harness.get_by_label("Next").click();
        assert!(
            matches!(wishes(&mut harness).as_slice(), [Action::SelectPrediction(Some(r))] if *r == shown[3] as usize)
        );
    }
}

#[test]
fn the_detail_view_tells_everything_about_a_sample() {
    let mut state = fashion();
    state.filter.mistakes_only = true;
    let row = rows(&state)[0] as usize;
    state.selected_prediction = Some(row);
    let table = state.run.as_ref().and_then(|r| r.predictions.clone()).unwrap();
    let harness = show("predictions", state, [540.0, 520.0]);
    for (class, name) in fixture::FASHION.iter().enumerate() {
        let label = if table.targets[row] == Some(class as u32) {
            format!("{name} (label): ")
        } else {
            format!("{name}: ")
        };
        harness.get_by_label_contains(&label);
    }
    harness.get_by_label_contains("Picture of ");
    harness.get_by_label_contains(&format!("Sample {} · validation · loss ", table.samples[row]));
}

#[test]
fn texts_are_rows_and_the_whole_text_is_in_the_detail_view() {
    let mut state = fixture::state(fixture::texts(200, &["退款", "物流"]), 200, 200);
    let mut harness = show("predictions", state.clone(), [700.0, 500.0]);
    assert!(harness.get_all_by_label_contains("我的包裹还没到").count() > 0);
    assert!(harness.get_all_by_label_contains("退款, predicted 物流").count() > 0);
    harness.get_by_label("Sort by probability").click();
    assert_eq!(filtered(&mut harness).sort, SortBy::Confidence);
    let table = state.run.as_ref().and_then(|r| r.predictions.clone()).unwrap();
    let long = table.samples.iter().position(|s| s % 4 == 3).unwrap();
    state.selected_prediction = Some(long);
    let harness = show("predictions", state, [700.0, 500.0]);
    harness.get_by_label_contains("I need them before the end of the month.");
}

#[test]
fn a_new_evaluation_is_shown_with_the_same_filter() {
    let mut state = fashion();
    state.filter =
        PredictionFilter { mistakes_only: true, true_class: Some(6), ..PredictionFilter::default() };
    let before = rows(&state).len();
    let mut harness = show("predictions", state, [900.0, 600.0]);
    harness.get_by_label_contains(&format!("{before} mistakes of 300, step 200"));
    let alone = harness.state_mut();
    let data = alone.state.run_data.clone().unwrap();
    if let Some(run) = &mut alone.state.run {
        run.predictions = Some(Arc::new(fixture::predictions(&data, 300, 300)));
    }
    let after = rows(&alone.state).len();
    harness.run_steps(2);
    let noun = if after == 1 { "mistake" } else { "mistakes" };
    harness.get_by_label(&format!("{after} {noun} of 300, step 300"));
    assert!(wishes(&mut harness).is_empty(), "the filter is not touched");
}

#[test]
fn without_predictions_it_says_why_and_offers_the_way_on() {
    let data = fixture::images(20, &fixture::FASHION);
    let mut run = RunView::default();
    run.apply(&fixture::accepted(&data));
    let live = State { run: Some(run), shows_live: true, ..State::default() };
    let mut harness = show("predictions", live, [600.0, 400.0]);
    harness.get_by_label("Waiting for the first evaluation");
    harness.get_by_label("Evaluate now").click();
    assert!(matches!(wishes(&mut harness).as_slice(), [Action::EvaluateNow]));

    let mut closed = fashion();
    closed.run_data = None;
    let mut harness = show("predictions", closed, [600.0, 400.0]);
    assert!(harness.get_all_by_label_contains(", predicted ").count() > 5, "rows without pictures");
    harness.get_by_label("Open data").click();
    assert!(
        matches!(wishes(&mut harness).as_slice(), [Action::OpenData(source)] if source == "builtin:striped")
    );

    let mut nothing = fashion();
    nothing.filter.split = Some(Split::Train);
    let mut harness = show("predictions", nothing, [600.0, 400.0]);
    harness.get_by_label("No sample passes the filter");
    harness.get_by_label("Show all samples").click();
    assert_eq!(filtered(&mut harness), PredictionFilter::default());
}
