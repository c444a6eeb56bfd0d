//! The Predictions panel: what its controls ask for.

use super::{filtered, fixture, show, wishes};
use attentive::app::{
    Action, ChangeFilter, Compared, Export, OutcomeFilter, PredictionFilter, RunView, SortBy, State,
};
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
    let subject = inspect::Subject {
        table: &table,
        classes: state.run.as_ref().unwrap().classes(),
        dataset: state.run_data.as_deref(),
        comparison: None,
    };
    inspect::rows(&subject, &state.filter)
}

#[test]
fn mistakes_only_and_the_count() {
    let mut harness = show("predictions", fashion(), [900.0, 600.0]);
    harness.get_by_label("300\u{a0}samples, step 200".replace('\u{a0}', " ").as_str());
    harness.get_by_label("Mistakes").click();
    let filter = filtered(&mut harness);
    assert_eq!(filter, PredictionFilter::mistakes());
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
    let base = PredictionFilter::mistakes();
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
    state.filter.outcome = OutcomeFilter::Mistakes;
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
    state.filter.outcome = OutcomeFilter::Mistakes;
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
    state.filter = PredictionFilter { true_class: Some(6), ..PredictionFilter::mistakes() };
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

/// Types into a field, whose text is in the state only when a wish is granted.
fn typed(state: State, field: &str, text: &str) -> PredictionFilter {
    let mut harness = show("predictions", state, [900.0, 600.0]);
    harness.get_by_label(field).focus();
    harness.run_steps(2);
    harness.get_by_label(field).type_text(text);
    filtered(&mut harness)
}

#[test]
fn words_are_searched_for_in_texts_and_class_names() {
    let state = fixture::state(fixture::texts(200, &["退款", "物流"]), 200, 200);
    assert_eq!(typed(state.clone(), "Search samples", "headphones").text, "headphones");
    let found = |text: &str| {
        let mut state = state.clone();
        state.filter.text = text.to_owned();
        let harness = show("predictions", state.clone(), [900.0, 600.0]);
        let count = rows(&state).len();
        harness.get_by_label(&format!("{count} of 200 samples, step 200"));
        count
    };
    assert_eq!(found("HEADPHONES"), 50, "a quarter of the messages");
    assert_eq!(found("查一下物流"), 50);
    assert!(found("退款") > 90, "label or prediction");
    assert_eq!(found("137"), 1, "a sample's number");
}

#[test]
fn a_range_of_probabilities_is_typed_in_percent() {
    let mut harness = show("predictions", fashion(), [900.0, 600.0]);
    harness.get_by_label("Lowest probability").click();
    harness.run_steps(2);
    harness.key_press_modifiers(eframe::egui::Modifiers::COMMAND, Key::A);
    harness.event(eframe::egui::Event::Text("75".to_owned()));
    harness.key_press(Key::Enter);
    harness.run_steps(2);
    let last = wishes(&mut harness).pop();
    let Some(Action::Filter(filter)) = last else { panic!("{last:?}") };
    assert_eq!((filter.probability.least, filter.probability.most), (0.75, 1.0));
    let mut state = fashion();
    state.filter = filter;
    let (table, shown) = (state.run.as_ref().and_then(|r| r.predictions.clone()).unwrap(), rows(&state));
    assert!(!shown.is_empty() && shown.iter().all(|row| table.confidence(*row as usize) >= 0.75));
    let mut harness = show("predictions", state, [900.0, 600.0]);
    assert!(wishes(&mut harness).is_empty(), "showing a range asks for nothing");
}

#[test]
fn right_ones_and_close_decisions_can_be_asked_for() {
    let mut harness = show("predictions", fashion(), [900.0, 600.0]);
    harness.get_by_label("Correct").click();
    assert_eq!(filtered(&mut harness).outcome, OutcomeFilter::Correct);
    let state = fixture::state(fixture::texts(60, &["退款", "物流"]), 200, 60);
    let mut harness = show("predictions", state, [900.0, 600.0]);
    harness.get_by_label("Sort by margin").click();
    assert_eq!(filtered(&mut harness).sort, SortBy::Margin);
}

/// Compared with predictions of the same samples at step 100.
fn compared(mut state: State) -> State {
    let data = state.run_data.clone().unwrap();
    state.compared = Some(Compared {
        folder: "runs/helpdesk-2".into(),
        name: "narrow net".into(),
        fingerprint: data.fingerprint.clone(),
        table: Arc::new(fixture::predictions(&data, data.len(), 100)),
    });
    state
}

#[test]
fn a_comparison_counts_filters_and_shows_both_predictions() {
    let state = compared(fashion());
    let table = state.run.as_ref().and_then(|r| r.predictions.clone()).unwrap();
    let comparison = inspect::compare(&table, &state.compared.as_ref().unwrap().table).unwrap();
    let counts = comparison.counts;
    assert!(counts.fixed > 5 && counts.broken > 5);
    let mut harness = show("predictions", state.clone(), [900.0, 600.0]);
    harness.get_by_label("Against narrow net, step 100");
    for (count, what) in
        [(counts.broken, "broken"), (counts.both_wrong, "both wrong"), (counts.moved, "changed")]
    {
        harness.get_by_label(&format!("{count} {what}"));
    }
    let points = counts.difference().unwrap() * 100.0;
    let sign = if points > 0.0 { "+" } else { "" };
    harness.get_by_label(&format!("Accuracy {sign}{points:.2} points, p = {:.4}", counts.p_value()));
    harness.get_by_label(&format!("{} fixed", counts.fixed)).click();
    let filter = filtered(&mut harness);
    assert_eq!(filter.change, Some(ChangeFilter::Is(inspect::Change::Fixed)));
    harness.state_mut().state.filter = filter;
    harness.run_steps(2);
    harness.get_by_label(&format!("{} of 300 samples, step 200", counts.fixed));
    // Each names both predictions.
    let both = harness.get_all_by_label_contains(", compared with ").count();
    assert!(both > 5, "{both}");
    harness.get_by_label("Stop comparing").click();
    assert!(matches!(wishes(&mut harness).as_slice(), [Action::CompareWith(None)]));

    // In detail, with the other evaluation's probabilities on the bars.
    let mut state = state;
    state.selected_prediction = Some(0);
    show("predictions", state, [900.0, 600.0]).get_by_label_contains("narrow net, step 100, predicts ");
    // As rows of text with a column of their own.
    let texts = compared(fixture::state(fixture::texts(60, &["退款", "物流"]), 200, 60));
    let harness = show("predictions", texts, [900.0, 600.0]);
    assert!(harness.get_all_by_label_contains(", compared with ").count() > 5);
}

#[test]
fn runs_on_the_same_data_are_offered_and_others_are_told_of() {
    let mut state = fashion();
    let own = state.run_data.as_ref().unwrap().fingerprint.clone();
    state.runs[1].fingerprint = own;
    let mut harness = show("predictions", state, [900.0, 600.0]);
    harness.get_by_label("Compare").click();
    harness.run_steps(3);
    harness.get_by_label("1 run on other data cannot be compared sample by sample");
    harness.get_by_label_contains("helpdesk-2").click();
    match wishes(&mut harness).as_slice() {
        [Action::CompareWith(Some(against))] => {
            assert_eq!(against.folder, std::path::PathBuf::from("runs/helpdesk-2"));
            assert_eq!(against.file, None);
        }
        other => panic!("{other:?}"),
    }
    // A comparison with other data says so instead of comparing.
    let mut state = compared(fashion());
    state.compared.as_mut().unwrap().fingerprint = "another".into();
    show("predictions", state, [900.0, 600.0]).get_by_label_contains("of other data or other samples");
}

#[test]
fn the_rows_shown_are_exported_to_a_path_or_through_the_dialog() {
    let mut state = fashion();
    state.run.as_mut().unwrap().folder = "/runs/striped-1".into();
    let mut harness = show("predictions", state, [900.0, 600.0]);
    harness.get_by_label("Export…").click();
    harness.run_steps(3);
    harness.get_by_label("300 samples as CSV, in the order shown");
    harness.get_by_label("Write file").click();
    match wishes(&mut harness).as_slice() {
        [Action::Export { what: Export::Predictions, path, replace: false }] => {
            assert_eq!(path, &std::path::PathBuf::from("/runs/striped-1/striped-1-predictions.csv"));
        }
        other => panic!("{other:?}"),
    }
    harness.get_by_label("Export…").click();
    harness.run_steps(3);
    harness.get_by_label("Choose a file…").click();
    assert!(matches!(wishes(&mut harness).as_slice(), [Action::PickExport(Export::Predictions)]));
}

#[test]
fn a_hundred_thousand_rows_are_filtered_when_the_filter_changes_and_not_in_each_frame() {
    let many = fixture::state(fixture::texts(100_000, &["退款", "refund"]), 200, 100_000);
    let mut harness = show("predictions", many, [700.0, 420.0]);
    harness.get_by_label("100\u{a0}000 samples, step 200");
    harness.state_mut().state.filter.text = "broken, the other".into();
    harness.run_steps(2);
    harness.get_by_label("25\u{a0}000 of 100\u{a0}000 samples, step 200");
    let made = harness.get_all_by_label_contains(", predicted ").count();
    assert!((5..40).contains(&made), "{made} rows made");
}

/// A measurement of the run's model on other texts.
fn elsewhere(job: Option<attentive::worker::JobId>) -> attentive::app::EvaluationOn {
    let data = fixture::texts(40, &["退款", "物流"]);
    let table = fixture::predictions(&data, 40, 200);
    let attentive::runs::Event::Evaluation(evaluation) = fixture::evaluation(&table) else { panic!() };
    attentive::app::EvaluationOn {
        job,
        run: "runs/striped-1".into(),
        source: "/data/other.csv".into(),
        classes: data.classes.clone(),
        progress: ("Evaluating".into(), 12, 40),
        found: attentive::app::EvaluatedOn {
            evaluation: job.is_none().then_some(*evaluation),
            predictions: job.is_none().then(|| Arc::new(table)),
            data: Some(Arc::new(data)),
        },
        result: job.is_none().then_some(Ok(())),
    }
}

#[test]
fn other_data_is_asked_for_measured_and_its_samples_are_listed() {
    let mut harness = show("predictions", fashion(), [900.0, 600.0]);
    harness.get_by_label("Other data…").click();
    harness.run_steps(3);
    harness.get_by_label("Labelled data").focus();
    harness.run_steps(2);
    harness.get_by_label("Labelled data").type_text("/data/other.csv");
    harness.run_steps(2);
    harness.get_by_label("Evaluate").click();
    assert!(
        matches!(wishes(&mut harness).as_slice(), [Action::EvaluateOn(source)] if source == "/data/other.csv")
    );

    let mut state = fashion();
    state.evaluation_on = Some(elsewhere(Some(attentive::worker::JobId(9))));
    let mut harness = show("predictions", state.clone(), [900.0, 600.0]);
    harness.get_by_label("Evaluating on other.csv");
    harness.get_by_label("Cancel").click();
    assert!(matches!(wishes(&mut harness).as_slice(), [Action::CancelEvaluateOn]));

    state.evaluation_on = Some(elsewhere(None));
    let mut harness = show("predictions", state, [900.0, 600.0]);
    harness.get_by_label("other.csv, 40 samples");
    harness.get_by_label("Show its samples").click();
    harness.run_steps(3);
    harness.get_by_label("40 samples, step 200");
    assert!(harness.get_all_by_label_contains("我的包裹还没到").count() > 0);
    harness.get_by_label("Show its samples").click();
    harness.run_steps(3);
    harness.get_by_label("300 samples, step 200");
    harness.get_by_label("Dismiss").click();
    assert!(matches!(wishes(&mut harness).as_slice(), [Action::CancelEvaluateOn]));
}

#[test]
fn a_file_is_predicted_into_another_with_progress_and_a_count() {
    let mut harness = show("predictions", fashion(), [900.0, 600.0]);
    harness.get_by_label("Other data…").click();
    harness.run_steps(3);
    harness.get_by_label("Examples").focus();
    harness.run_steps(2);
    harness.get_by_label("Examples").type_text("/data/new.csv");
    harness.run_steps(3);
    harness.get_by_label("Predict").click();
    match wishes(&mut harness).as_slice() {
        [Action::PredictTo(source, out)] => {
            assert_eq!((source.as_str(), out), ("/data/new.csv", &"/data/new-predictions.csv".into()));
        }
        other => panic!("{other:?}"),
    }
    let mut state = fashion();
    let mut batch = attentive::app::BatchPrediction {
        job: Some(attentive::worker::JobId(9)),
        run: "runs/striped-1".into(),
        source: "/data/new.csv".into(),
        out: "/data/new-predictions.csv".into(),
        progress: ("Evaluating".into(), 1200, 3400),
        written: None,
        result: None,
    };
    state.batch_prediction = Some(batch.clone());
    let mut harness = show("predictions", state.clone(), [900.0, 600.0]);
    harness.get_by_label("Predicting new.csv");
    harness.get_by_label("Cancel").click();
    assert!(matches!(wishes(&mut harness).as_slice(), [Action::CancelPredictTo]));
    batch.job = None;
    batch.result = Some(Ok(()));
    batch.written = Some(attentive::train::PredictedFile { rows: 1234, failed: 2 });
    state.batch_prediction = Some(batch);
    let mut harness = show("predictions", state, [900.0, 600.0]);
    harness.get_by_label("1\u{a0}234 rows written to /data/new-predictions.csv.");
    harness.get_by_label("2 could not be predicted; their last column says why.");
    harness.get_by_label("Show folder").click();
    assert!(
        matches!(wishes(&mut harness).as_slice(), [Action::ShowFolder(folder)] if folder.ends_with("data"))
    );
}
