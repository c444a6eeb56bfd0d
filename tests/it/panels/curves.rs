//! The Curves panel by what it says.

use super::{fixture, show};
use attentive::app::{Action, Export, RunView, State};
use attentive::data::Split;
use attentive::runs::{Baseline, BaselineKind, Event, Metrics};
use eframe::egui::Key;
use egui_kittest::kittest::{NodeT as _, Queryable};

fn fashion(steps: u64) -> State {
    fixture::state(fixture::images(60, &fixture::FASHION), steps, 60)
}

#[test]
fn every_step_metric_has_a_chart_with_its_last_values() {
    let harness = show("curves", fashion(800), [900.0, 600.0]);
    for name in ["Loss", "Accuracy", "Learning rate", "Gradient norm", "Throughput"] {
        harness.get_by_label_contains(&format!("Chart of {name}: "));
    }
    // The validation line is named beside the training line.
    harness.get_by_label_contains("Chart of Loss: Train");
    assert_eq!(harness.get_all_by_label("Validation").count(), 2, "beside loss and accuracy");
    harness.get_by_label("Step 800");
}

#[test]
fn a_metric_that_is_not_known_gets_a_chart_too() {
    let mut state = fashion(10);
    if let Some(run) = &mut state.run {
        let metrics = Metrics::from([("weight_norm".to_owned(), 2.5)]);
        run.apply(&Event::Step { step: 11, epoch: 0.1, seconds: 1.0, metrics });
    }
    show("curves", state, [900.0, 600.0]).get_by_label("Chart of Weight norm: 2.500");
}

#[test]
fn keys_zoom_a_chart_that_has_the_focus_and_all_steps_comes_back() {
    let mut harness = show("curves", fashion(800), [900.0, 600.0]);
    let all = |harness: &egui_kittest::Harness<'_, super::Alone>| {
        !harness.get_by_label("All steps").accesskit_node().is_disabled()
    };
    assert!(!all(&harness), "nothing is zoomed yet");
    harness.get_by_label_contains("Chart of Loss").focus();
    harness.run_steps(2);
    harness.key_press(Key::Plus);
    harness.run_steps(2);
    assert!(all(&harness), "+ zooms in");
    harness.key_press(Key::Home);
    harness.run_steps(2);
    assert!(!all(&harness), "Home shows all steps");
    harness.get_by_label("Zoom in").click();
    harness.run_steps(2);
    assert!(all(&harness));
    harness.get_by_label("All steps").click();
    harness.run_steps(2);
    assert!(!all(&harness));
}

#[test]
fn pointing_at_a_chart_tells_the_step_and_the_change_there() {
    let mut harness = show("curves", fashion(1000), [900.0, 600.0]);
    let plot = harness.get_by_label_contains("Chart of Loss").rect();
    // 600 of 1010 steps, from the axis at the left.
    let x = plot.left() + (plot.width()) * 600.0 / 1010.0;
    for at in [x - 3.0, x, x + 3.0, x + 16.0, x + 24.0] {
        harness.hover_at(eframe::egui::pos2(at, plot.center().y));
        harness.run_steps(3);
        if harness.query_by_label_contains("Learning rate 0.001 to 0.0005").is_some() {
            harness.get_by_label_contains("At step ");
            return;
        }
    }
    panic!("the change at step 600 was not told");
}

#[test]
fn a_run_without_steps_waits_and_nan_is_no_reason_to_stop_drawing() {
    let data = fixture::images(20, &fixture::FASHION);
    let mut run = RunView::default();
    run.apply(&fixture::accepted(&data));
    let waiting = State { run: Some(run.clone()), ..State::default() };
    show("curves", waiting, [600.0, 400.0]).get_by_label("Waiting for the first step");
    for step in 1..=5 {
        let metrics = Metrics::from([("loss".to_owned(), if step == 3 { f64::NAN } else { 1.0 })]);
        run.apply(&Event::Step { step, epoch: 0.1, seconds: 1.0, metrics });
    }
    let state = State { run: Some(run), ..State::default() };
    let mut harness = show("curves", state, [600.0, 400.0]);
    harness.get_by_label("Log scale").click();
    harness.run_steps(2);
    harness.get_by_label("Chart of Loss: 1.000");
}

#[test]
fn metrics_without_a_chart_of_their_own_wait_to_be_asked_for() {
    let mut state = fashion(800);
    for evaluation in &mut state.run.as_mut().expect("a run").evaluations {
        evaluation.metrics.extend([("macro_f1".to_owned(), 0.5), ("top_k_accuracy".to_owned(), 0.9)]);
    }
    let mut harness = show("curves", state, [900.0, 700.0]);
    for waiting in ["Chart of Macro F1", "Chart of Top-k accuracy"] {
        assert!(harness.query_by_label_contains(waiting).is_none(), "{waiting}");
    }
    harness.get_by_label("All metrics").click();
    harness.run_steps(2);
    harness.get_by_label_contains("Chart of Macro F1: ");
    harness.get_by_label_contains("Chart of Top-k accuracy: ");
}

#[test]
fn what_a_cheap_classifier_reached_is_drawn_with_its_name() {
    let mut state = fashion(800);
    let metrics = Metrics::from([("accuracy".to_owned(), 0.751), ("loss".to_owned(), 3.0)]);
    let baseline = |split| {
        Event::Baseline(Box::new(Baseline {
            kind: BaselineKind::SoftmaxRegression,
            split,
            samples: 60,
            trained_on: 500,
            metrics: metrics.clone(),
            seconds: 0.2,
        }))
    };
    if let Some(run) = &mut state.run {
        run.apply(&baseline(Split::Validation));
        run.apply(&baseline(Split::Test));
    }
    let harness = show("curves", state, [900.0, 600.0]);
    let named = "baseline: softmax regression 75.1\u{a0}%";
    assert_eq!(harness.get_all_by_label_contains(named).count(), 1, "not beside the loss");
    assert_eq!(harness.get_all_by_label("Baseline").count(), 1, "its key stands in the header");
    harness.get_by_label_contains("Chart of Accuracy: Train");
    let chart = harness.get_by_label_contains("Chart of Accuracy").accesskit_node();
    assert!(chart.label().is_some_and(|label| label.contains(named)));
}

/// With an earlier run beside the shown one.
fn beside() -> State {
    let mut state = fashion(800);
    let mut earlier = fixture::run(&fixture::images(60, &fixture::FASHION), 1200, 60);
    earlier.folder = "runs/helpdesk-2".into();
    state.overlays.push(attentive::app::Overlay {
        folder: earlier.folder.clone(),
        color: None,
        run: Some(std::sync::Arc::new(earlier)),
    });
    state
}

#[test]
fn earlier_runs_are_drawn_and_named_and_their_entries_do_things() {
    let mut harness = show("curves", beside(), [900.0, 600.0]);
    assert_eq!(harness.unnamed_widgets(), Vec::<String>::new());
    harness.get_by_label("helpdesk-2").click();
    harness.run_steps(3);
    harness.get_by_label("Colour 2").click();
    let made = super::wishes(&mut harness);
    assert!(
        matches!(made.as_slice(), [Action::OverlayColor(folder, _)] if folder.ends_with("helpdesk-2")),
        "{made:?}"
    );
    harness.get_by_label("Take out of the charts").click();
    assert!(matches!(super::wishes(&mut harness).as_slice(), [Action::Overlay(_, false)]));
    harness.get_by_label("helpdesk-2").click();
    harness.run_steps(3);
    harness.get_by_label("Show in all panels").click();
    assert!(matches!(super::wishes(&mut harness).as_slice(), [Action::OpenRun(_)]));
}

#[test]
fn a_run_is_renamed_from_the_legend() {
    let mut harness = show("curves", beside(), [900.0, 600.0]);
    harness.get_by_label("helpdesk-2").click();
    harness.run_steps(3);
    let field = |harness: &egui_kittest::Harness<'_, super::Alone>, act: &dyn Fn(&egui_kittest::Node<'_>)| {
        let role = eframe::egui::Role::TextInput;
        let node = harness.get_all_by_label("Name").find(|n| n.accesskit_node().role() == role);
        act(&node.expect("the field"));
    };
    field(&harness, &|node| node.focus());
    harness.run_steps(2);
    field(&harness, &|node| node.type_text("!"));
    harness.run_steps(2);
    harness.key_press(Key::Enter);
    match super::wishes(&mut harness).as_slice() {
        [Action::EditNotes(folder, notes)] => {
            assert!(folder.ends_with("helpdesk-2"));
            assert!(notes.name.contains('!') && notes.name.contains("helpdesk-2"), "{}", notes.name);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_values_of_all_runs_stand_under_the_pointer() {
    let mut harness = show("curves", beside(), [900.0, 600.0]);
    let plot = harness.get_by_label_contains("Chart of Loss").rect();
    for at in [0.5, 0.51, 0.52] {
        harness.hover_at(eframe::egui::pos2(plot.left() + plot.width() * at, plot.center().y));
        harness.run_steps(2);
    }
    // The tooltip waits; time is the harness's own.
    harness.run_steps(60);
    harness.get_by_label("This run");
    assert_eq!(harness.get_all_by_label("helpdesk-2").count(), 2, "in the key and under the pointer");
}

#[test]
fn charts_and_points_are_exported() {
    let mut state = fashion(800);
    state.run.as_mut().unwrap().folder = "/runs/one".into();
    let mut harness = show("curves", state, [900.0, 600.0]);
    harness.get_by_label("Export…").click();
    harness.run_steps(3);
    harness.get_by_label("Write file").click();
    match super::wishes(&mut harness).as_slice() {
        [Action::Export { what: Export::CurvePicture { size, dark, .. }, path, .. }] => {
            assert_eq!((*size, *dark), ([1600, 1000], true));
            assert!(path.ends_with("one-curves.png"));
        }
        other => panic!("{other:?}"),
    }
    harness.get_by_label("Export…").click();
    harness.run_steps(3);
    harness.get_by_label("Every point of all metrics (CSV)").click();
    harness.run_steps(3);
    harness.get_by_label("Choose a file…").click();
    assert!(matches!(super::wishes(&mut harness).as_slice(), [Action::PickExport(Export::CurvePoints)]));
}

#[test]
fn thirty_charts_find_room_and_keep_their_names() {
    let mut state = fashion(50);
    if let Some(run) = &mut state.run {
        let metrics: Metrics = (0..25).map(|i| (format!("measure_{i}"), f64::from(i))).collect();
        run.apply(&Event::Step { step: 51, epoch: 0.1, seconds: 1.0, metrics });
    }
    for size in [[360.0, 400.0], [900.0, 600.0], [1900.0, 400.0]] {
        let harness = show("curves", state.clone(), size);
        let charts: Vec<_> = harness.get_all_by_label_contains("Chart of ").map(|n| n.rect()).collect();
        for (index, one) in charts.iter().enumerate() {
            assert!(one.width() > 150.0 && one.height() > 60.0, "{size:?}: {one:?}");
            assert!(
                charts.iter().skip(index + 1).all(|other| !one.shrink(1.0).intersects(*other)),
                "{size:?}"
            );
        }
        assert!(charts.len() >= 2, "{size:?}: {}", charts.len());
    }
}
