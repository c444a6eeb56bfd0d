//! The Runs panel: opening, sorting, refreshing.

use super::{fixture, show, wishes};
use attentive::app::{Action, State};
use egui_kittest::kittest::Queryable;
use std::path::PathBuf;

fn state() -> State {
    State { runs: fixture::run_rows(), runs_folder: "runs".into(), ..State::default() }
}

#[test]
fn a_click_opens_a_run() {
    for width in [330.0, 500.0, 900.0] {
        let mut harness = show("runs", state(), [width, 300.0]);
        harness.get_by_label_contains("Run helpdesk-2, finished, best accuracy 90.3").click();
        match wishes(&mut harness).as_slice() {
            [Action::OpenRun(folder)] => assert_eq!(folder, &PathBuf::from("runs/helpdesk-2")),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_header_sorts_and_a_second_click_turns_the_order() {
    let mut harness = show("runs", state(), [900.0, 300.0]);
    let tops = |harness: &egui_kittest::Harness<'_, super::Alone>| {
        ["striped-1", "helpdesk-2", "fashion-wide"]
            .map(|name| harness.get_by_label_contains(&format!("Run {name},")).rect().top())
    };
    let [striped, helpdesk, wide] = tops(&harness);
    assert!(striped < helpdesk && helpdesk < wide, "newest first");
    harness.get_by_label("Sort by accuracy").click();
    harness.run_steps(2);
    let [striped, helpdesk, wide] = tops(&harness);
    assert!(helpdesk < striped && striped < wide, "best first, no accuracy last");
    harness.get_by_label("Sort by accuracy").click();
    harness.run_steps(2);
    let [striped, helpdesk, wide] = tops(&harness);
    assert!(wide < striped && striped < helpdesk);
}

#[test]
fn refresh_and_a_path_from_elsewhere() {
    let mut harness = show("runs", state(), [600.0, 300.0]);
    harness.get_by_label("Refresh").click();
    assert!(matches!(wishes(&mut harness).as_slice(), [Action::RefreshRuns]));
    let field = harness.get_by_role(eframe::egui::Role::TextInput);
    field.focus();
    harness.run_steps(2);
    harness.get_by_role(eframe::egui::Role::TextInput).type_text(" /mnt/elsewhere/run-7 ");
    harness.run_steps(2);
    harness.get_by_label("Open").click();
    match wishes(&mut harness).as_slice() {
        [Action::OpenRun(folder)] => assert_eq!(folder, &PathBuf::from("/mnt/elsewhere/run-7")),
        other => panic!("{other:?}"),
    }
}
