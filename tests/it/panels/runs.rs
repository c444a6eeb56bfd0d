//! The Runs panel: opening, sorting, refreshing.

use super::{fixture, show, wishes};
use attentive::app::{Action, Overlay, State};
use attentive::runs::Notes;
use egui_kittest::kittest::{NodeT, Queryable};
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
    assert!(striped < helpdesk && helpdesk < wide, "worst first, no accuracy still last");
}

#[test]
fn refresh_and_a_path_from_elsewhere() {
    let mut harness = show("runs", state(), [600.0, 300.0]);
    harness.get_by_label("Refresh").click();
    assert!(matches!(wishes(&mut harness).as_slice(), [Action::RefreshRuns]));
    let field = |harness: &egui_kittest::Harness<'_, super::Alone>, text: Option<&str>| {
        let mut nodes = harness.get_all_by_label("Folder");
        let field = nodes.find(|n| n.accesskit_node().role() == eframe::egui::Role::TextInput);
        let field = field.expect("a field beside its label");
        match text {
            Some(text) => field.type_text(text),
            None => field.focus(),
        }
    };
    field(&harness, None);
    harness.run_steps(2);
    field(&harness, Some(" /mnt/elsewhere/run-7 "));
    harness.run_steps(2);
    harness.get_by_label("Open").click();
    match wishes(&mut harness).as_slice() {
        [Action::OpenRun(folder)] => assert_eq!(folder, &PathBuf::from("/mnt/elsewhere/run-7")),
        other => panic!("{other:?}"),
    }
}

/// With the second run open.
fn open() -> State {
    let mut state = state();
    state.run = Some(attentive::app::RunView { folder: "runs/helpdesk-2".into(), ..Default::default() });
    state
}

/// The text field beside a label.
#[track_caller]
fn write(harness: &mut egui_kittest::Harness<'static, super::Alone>, label: &str, text: &str) {
    use eframe::egui::Role;
    let field = |harness: &egui_kittest::Harness<'static, super::Alone>,
                 act: &dyn Fn(&egui_kittest::Node<'_>)| {
        let mut nodes = harness.get_all_by_label(label);
        let node =
            nodes.find(|n| matches!(n.accesskit_node().role(), Role::TextInput | Role::MultilineTextInput));
        act(&node.unwrap_or_else(|| panic!("no field is called {label}")));
    };
    field(harness, &|node| node.focus());
    harness.run_steps(2);
    harness.key_press_modifiers(eframe::egui::Modifiers::COMMAND, eframe::egui::Key::A);
    harness.run_steps(1);
    field(harness, &|node| node.type_text(text));
    harness.run_steps(2);
    assert!(wishes(harness).is_empty(), "nothing is written while it is typed");
    // Another place gets the focus.
    harness.get_by_label("Refresh").focus();
    harness.run_steps(2);
}

#[test]
fn name_tags_and_notes_are_edited_where_they_stand() {
    let mut harness = show("runs", open(), [600.0, 500.0]);
    for (field, text, wanted) in [
        ("Name", "Wide net", Notes { name: "Wide net".into(), ..Notes::default() }),
        (
            "Tags",
            "baseline, 论文",
            Notes { tags: vec!["baseline".into(), "论文".into()], ..Notes::default() },
        ),
        ("Notes", "too short", Notes { text: "too short".into(), ..Notes::default() }),
    ] {
        // The state does not change here, so each field alone differs from it.
        harness.state_mut().state.runs[1].notes = Notes { text: "x".into(), ..Notes::default() };
        harness.run_steps(2);
        harness.state_mut().state.runs[1].notes = Notes::default();
        harness.run_steps(2);
        write(&mut harness, field, text);
        match wishes(&mut harness).as_slice() {
            [Action::EditNotes(folder, notes)] => {
                assert_eq!((folder, notes), (&PathBuf::from("runs/helpdesk-2"), &wanted));
            }
            other => panic!("{field}: {other:?}"),
        }
    }
}

#[test]
fn a_run_is_found_by_its_words_and_shown_with_its_name_and_tags() {
    let mut state = state();
    state.runs[2].notes = Notes { name: "Wide".into(), tags: vec!["paper".into()], text: String::new() };
    let mut harness = show("runs", state, [900.0, 300.0]);
    harness.get_by_label_contains("Run Wide, failed");
    harness.get_by_label("Search runs").focus();
    harness.run_steps(2);
    harness.get_by_label("Search runs").type_text("PAPER wid");
    harness.run_steps(2);
    assert_eq!(harness.get_all_by_label_contains("Run ").count(), 1);
    harness.get_by_label("Search runs").type_text(" nothing");
    harness.run_steps(2);
    harness.get_by_label("No run is found");
}

#[test]
fn another_metric_is_shown_and_sorts_by_the_best() {
    let mut state = state();
    for (row, loss) in state.runs.iter_mut().zip([0.4, 0.2, 0.9]) {
        row.best.insert("loss".to_owned(), loss);
    }
    let mut harness = show("runs", state, [900.0, 300.0]);
    harness.get_by_label("Metric of the list").click();
    harness.run_steps(3);
    harness.get_by_label("Loss").click();
    harness.run_steps(3);
    let top = |name: &str| harness.get_by_label_contains(name).rect().top();
    let [best, next, worst] = ["best loss 0.2000", "best loss 0.4000", "best loss 0.9000"].map(top);
    assert!(best < next && next < worst);
}

#[test]
fn a_run_is_deleted_and_the_trash_asks_before_it_is_emptied() {
    let mut state = open();
    state.trash = (3, 34_000_000);
    state.deleted = Some(("runs/old".into(), "runs/.trash/old".into()));
    let mut harness = show("runs", state, [600.0, 560.0]);
    harness.get_by_label("Delete").click();
    assert!(
        matches!(wishes(&mut harness).as_slice(), [Action::DeleteRun(folder)] if folder.ends_with("helpdesk-2"))
    );
    harness.get_by_label("3 deleted runs, 34\u{a0}MB");
    harness.get_by_label("Put back").click();
    assert!(matches!(wishes(&mut harness).as_slice(), [Action::UndoDelete]));
    harness.get_by_label("Empty…").click();
    assert!(wishes(&mut harness).is_empty(), "it asks first");
    harness.get_by_label("3 runs, 34\u{a0}MB: delete them for good?");
    harness.get_by_label("Delete for good").click();
    assert!(matches!(wishes(&mut harness).as_slice(), [Action::EmptyTrash]));
}

#[test]
fn a_tick_draws_a_run_in_the_charts() {
    let mut state = state();
    let mut harness = show("runs", state.clone(), [600.0, 300.0]);
    harness.get_by_label("Draw helpdesk-2 in the charts").click();
    assert!(
        matches!(wishes(&mut harness).as_slice(), [Action::Overlay(folder, true)] if folder.ends_with("helpdesk-2"))
    );
    state.overlays.push(Overlay { folder: "runs/helpdesk-2".into(), color: None, run: None });
    let mut harness = show("runs", state, [600.0, 300.0]);
    harness.get_by_label("Colour of helpdesk-2");
    harness.get_by_label("Draw helpdesk-2 in the charts").click();
    assert!(matches!(wishes(&mut harness).as_slice(), [Action::Overlay(_, false)]));
}

#[test]
fn a_thousand_runs_are_listed_and_only_the_visible_are_made() {
    let mut state = state();
    let row = state.runs[0].clone();
    state.runs = (0..1000)
        .map(|i| attentive::app::RunRow {
            folder: format!("runs/r{i}").into(),
            name: format!("r{i}"),
            ..row.clone()
        })
        .collect();
    let harness = show("runs", state, [600.0, 400.0]);
    let made = harness.get_all_by_label_contains("Run r").count();
    assert!((5..40).contains(&made), "{made} rows made");
}

#[test]
fn a_run_that_did_not_finish_is_resumed_and_one_that_did_is_not() {
    for (index, status, can) in [
        (1, "finished", false),
        (1, "stopped", true),
        (1, "failed", true),
        (1, "cut off", true),
        (1, "running", false),
    ] {
        let mut state = open();
        state.runs[index].status = status.to_owned();
        let mut harness = show("runs", state, [600.0, 500.0]);
        assert_eq!(harness.query_by_label("Resume").is_some(), can, "{status}");
        if can {
            harness.get_by_label("Resume").click();
            assert!(
                matches!(wishes(&mut harness).as_slice(), [Action::ResumeRun(folder)] if folder.ends_with("helpdesk-2"))
            );
        }
    }
}

/// The second run is a fork of the first, the third one of a run that was deleted.
fn forked() -> State {
    let mut state = state();
    let parent = |run: &str, step| attentive::runs::Parent {
        run: run.to_owned(),
        folder: format!("runs/{run}").into(),
        step,
        checkpoint: String::new(),
    };
    state.runs[1].parent = Some(parent("fashion-wide", 1200));
    state.runs[1].parent_is_there = true;
    state.runs[0].parent = Some(parent("gone", 40));
    state.runs[1].verified = Some(attentive::runs::Verified {
        from_step: 600,
        to_step: 640,
        weights: String::new(),
        processor: "a processor".to_owned(),
        instructions: "AVX2".to_owned(),
        threads: 2,
        version: "0.1.0".to_owned(),
        at: 1_700_000_000,
    });
    state
}

#[test]
fn forks_stand_below_their_parents_however_the_list_is_sorted() {
    let mut harness = show("runs", forked(), [900.0, 300.0]);
    harness.get_by_label_contains("Run striped-1, running, best accuracy 86.1\u{a0}%, a fork of gone");
    for _ in 0..3 {
        let [parent, fork] = ["Run fashion-wide,", "Run helpdesk-2,"]
            .map(|name| harness.get_by_label_contains(name).rect().top());
        assert!(parent < fork && fork - parent < 30.0, "just below it: {parent} {fork}");
        harness.get_by_label("Sort by accuracy").click();
        harness.run_steps(2);
    }
    let mut state = forked();
    state.run = Some(attentive::app::RunView { folder: "runs/helpdesk-2".into(), ..Default::default() });
    let mut harness = show("runs", state, [600.0, 560.0]);
    harness.get_by_label("Forked at step 1\u{a0}200 from fashion-wide");
    harness.get_by_label_contains("Verified: steps 601 to 640, a processor, Attentive 0.1.0");
    harness.get_by_label("helpdesk-2 is verified");
    harness.get_by_label("Draw beside").click();
    assert!(
        matches!(wishes(&mut harness).as_slice(), [Action::Overlay(folder, true)] if folder.ends_with("fashion-wide"))
    );
    harness.get_by_label("Show it").click();
    assert!(
        matches!(wishes(&mut harness).as_slice(), [Action::OpenRun(folder)] if folder.ends_with("fashion-wide"))
    );
    let mut state = forked();
    state.run = Some(attentive::app::RunView { folder: "runs/striped-1".into(), ..Default::default() });
    let harness = show("runs", state, [600.0, 560.0]);
    harness.get_by_label("Forked at step 40 from a deleted run, gone");
    assert!(harness.query_by_label("Show it").is_none());
}

#[test]
fn the_menu_of_a_run_forks_and_verifies_it_and_so_does_a_right_click() {
    use attentive::app::ForkWish;
    let of = |folder: &PathBuf| folder.ends_with("helpdesk-2");
    let mut harness = show("runs", state(), [600.0, 400.0]);
    for (entry, fits) in [
        (
            "Fork…",
            &(|a: &Action| matches!(a, Action::Fork(ForkWish::Of(run)) if of(run)))
                as &dyn Fn(&Action) -> bool,
        ),
        ("Verify", &|a| matches!(a, Action::VerifyRun(run, false) if of(run))),
        ("Verify from the start", &|a| matches!(a, Action::VerifyRun(run, true) if of(run))),
        ("Draw in the charts", &|a| matches!(a, Action::Overlay(run, true) if of(run))),
        ("Delete", &|a| matches!(a, Action::DeleteRun(run) if of(run))),
    ] {
        harness.get_by_label("What can be done with helpdesk-2").click();
        harness.run_steps(3);
        harness.get_by_label(entry).click();
        let made = wishes(&mut harness);
        assert!(made.len() == 1 && fits(&made[0]), "{entry}: {made:?}");
        harness.run_steps(3);
    }
    harness.get_by_label_contains("Run helpdesk-2,").click_secondary();
    harness.run_steps(3);
    harness.get_by_label("Verify").click();
    assert!(matches!(wishes(&mut harness).as_slice(), [Action::VerifyRun(run, false)] if of(run)));
    // One that is going is neither verified nor deleted.
    harness.get_by_label("What can be done with striped-1").click();
    harness.run_steps(3);
    for entry in ["Verify", "Verify from the start", "Delete"] {
        assert!(harness.get_by_label(entry).accesskit_node().is_disabled(), "{entry}");
    }
}

#[test]
fn a_run_that_is_being_verified_says_how_far_it_is_and_can_be_cancelled() {
    let mut state = open();
    state.verifying = Some(attentive::app::Verifying {
        job: Some(attentive::worker::JobId(3)),
        run: "runs/helpdesk-2".into(),
        progress: ("Replaying".to_owned(), 12, 40),
        differs: None,
    });
    let mut harness = show("runs", state.clone(), [600.0, 560.0]);
    harness.get_by_label("Verifying helpdesk-2");
    harness.get_by_label("Cancel").click();
    assert!(matches!(wishes(&mut harness).as_slice(), [Action::CancelVerify]));
    let verifying = state.verifying.as_mut().expect("set");
    (verifying.job, verifying.differs) = (None, Some((13, "loss was 2 and is 3 now".to_owned())));
    let harness = show("runs", state, [600.0, 560.0]);
    harness.get_by_label("Does not come out the same from step 13: loss was 2 and is 3 now");
    assert!(harness.query_by_label("Verifying helpdesk-2").is_none());
}
