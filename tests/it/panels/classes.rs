//! The Classes panel: the table, what its clicks ask for, the curves.

use super::{filtered, fixture, show};
use attentive::app::State;
use attentive::data::Split;
use attentive::inspect;
use egui_kittest::kittest::{NodeT, Queryable};

fn state() -> State {
    fixture::state(fixture::images(500, &fixture::FASHION), 400, 500)
}

/// The rows from top to bottom.
fn rows(harness: &egui_kittest::Harness<'_, super::Alone>) -> Vec<String> {
    let mut rows: Vec<(f32, String)> = harness
        .get_all_by_label_contains("Class ")
        .filter_map(|node| Some((node.rect().top(), node.accesskit_node().label()?)))
        .filter(|(_, label)| label.contains(", F1 "))
        .collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    rows.into_iter().map(|(_, label)| label).collect()
}

#[test]
fn every_class_stands_with_its_scores_the_worst_first() {
    let state = state();
    let table = state.run.as_ref().and_then(|r| r.predictions.clone()).unwrap();
    let mut scores: Vec<(f64, usize)> = inspect::class_rows(&table, None)
        .iter()
        .map(|row| (row.score.f1().unwrap(), row.class as usize))
        .collect();
    scores.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let harness = show("classes", state, [520.0, 700.0]);
    let wanted: Vec<String> = scores
        .iter()
        .map(|(f1, class)| format!("Class {}, F1 {:.1}\u{a0}%", fixture::FASHION[*class], f1 * 100.0))
        .collect();
    assert_eq!(rows(&harness), wanted);
    assert_eq!(harness.unnamed_widgets(), Vec::<String>::new());
    let chart = harness.get_by_label_contains("Chart of F1 by class: ");
    let said = chart.accesskit_node().label().unwrap();
    for (_, class) in &scores[..4] {
        assert!(said.contains(fixture::FASHION[*class]), "the four worst are drawn: {said}");
    }
}

#[test]
fn a_click_shows_the_samples_and_headers_sort() {
    let mut harness = show("classes", state(), [520.0, 700.0]);
    harness.get_by_label_contains("Class Coat, F1 ").click();
    let filter = filtered(&mut harness);
    assert_eq!(
        (filter.true_class, filter.predicted_class, filter.split),
        (Some(4), None, Some(Split::Validation))
    );
    harness.get_by_label("Sort by class").click();
    harness.run_steps(2);
    assert!(rows(&harness)[0].starts_with("Class Ankle boot"), "{:?}", rows(&harness));
    harness.get_by_label("Sort by class").click();
    harness.run_steps(2);
    assert!(rows(&harness)[0].starts_with("Class Trouser"));
}

#[test]
fn classes_and_measure_of_the_curves_are_chosen() {
    let mut harness = show("classes", state(), [520.0, 700.0]);
    harness.get_by_label("Recall").click();
    harness.run_steps(2);
    let said = |harness: &egui_kittest::Harness<'_, super::Alone>| {
        harness.get_by_label_contains("Chart of Recall by class: ").accesskit_node().label().unwrap()
    };
    let drawn = said(&harness).matches('%').count();
    let missing = fixture::FASHION.iter().find(|name| !said(&harness).contains(*name)).unwrap();
    harness.get_by_label(&format!("Curve of {missing}")).click();
    harness.run_steps(2);
    assert!(said(&harness).contains(missing));
    assert_eq!(said(&harness).matches('%').count(), drawn + 1);
    harness.get_by_label("Worst classes").click();
    harness.run_steps(2);
    assert!(!said(&harness).contains(missing));
}

#[test]
fn a_run_without_predictions_still_has_its_classes() {
    let mut state = state();
    state.run.as_mut().unwrap().predictions = None;
    let harness = show("classes", state, [520.0, 700.0]);
    assert_eq!(rows(&harness).len(), 10);
    let empty = State { run: Some(attentive::app::RunView::default()), ..State::default() };
    show("classes", empty, [500.0, 400.0]).get_by_label("Waiting for the first evaluation");
    show("classes", State::default(), [500.0, 400.0]).get_by_label("No evaluation yet");
}

#[test]
fn a_hundred_classes_and_small_panels_find_room() {
    let hundred: Vec<String> = (0..100).map(|i| format!("class {i} with a long name")).collect();
    let hundred: Vec<&str> = hundred.iter().map(String::as_str).collect();
    let many = fixture::state(fixture::images(2000, &hundred), 200, 2000);
    for size in [[300.0, 200.0], [420.0, 440.0], [1200.0, 900.0]] {
        let harness = show("classes", many.clone(), size);
        assert!((3..100).contains(&rows(&harness).len()), "{size:?}");
    }
}
