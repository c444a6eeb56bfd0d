//! The Data panel: the columns of a table and other names for classes, used by label.

use super::*;
use attentive::app::ColumnRole;
use attentive::data::{Preview, Reading};

fn table() -> Preview {
    let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
    Preview {
        columns: row(["id", "remark", "mood"]),
        rows: vec![row(["7", "so good", "glad"]), row(["8", "so bad", "sad"])],
        text: Some(1),
        label: None,
        split: None,
        reading: Reading { encoding: "GB18030".to_owned(), ..Reading::default() },
    }
}

#[test]
fn a_refused_table_shows_its_columns_and_a_click_chooses() {
    let state = State {
        open_error: Some("/x.csv: no label column was found".to_owned()),
        failed_source: Some("/x.csv".to_owned()),
        preview: Some(("/x.csv".to_owned(), table())),
        ..State::default()
    };
    let mut harness = show("data", state, [420.0, 700.0]);
    for text in ["This could not be opened", "Choose the columns", "so good", "GB18030", "mood"] {
        assert!(harness.query_all_by_label_contains(text).next().is_some(), "{text}");
    }
    harness.get_by_label("Label in mood").click();
    match wishes(&mut harness).as_slice() {
        [Action::ChooseColumn(ColumnRole::Label, name)] => assert_eq!(name, "mood"),
        other => panic!("one choice was expected, not {other:?}"),
    }
    // The table of another source is not shown beside this error.
    let other = State {
        open_error: Some("/y.csv: cannot be read".to_owned()),
        failed_source: Some("/y.csv".to_owned()),
        preview: Some(("/x.csv".to_owned(), table())),
        ..State::default()
    };
    assert!(show("data", other, [420.0, 700.0]).query_by_label("Choose the columns").is_none());
}

#[test]
fn a_class_gets_another_name_in_a_field() {
    let data = fixture::images(60, &fixture::FASHION);
    let summary = attentive::data::summary(&data);
    let own = data.own_classes[1].clone();
    let view = attentive::app::DataView { dataset: std::sync::Arc::new(data), summary };
    let state = State {
        data: Some(view),
        rejected: vec![("data.class_names", "two classes would have one name".to_owned())],
        ..State::default()
    };
    let mut harness = show("data", state, [420.0, 900.0]);
    assert!(harness.query_by_label_contains("two classes would have one name").is_some());
    harness.get_by_label("Rename classes").click();
    harness.run_steps(2);
    let field = format!("Name of class {own}");
    harness.get_by_label(&field).click();
    harness.run_steps(2);
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    harness.run_steps(1);
    harness.event(egui::Event::Text("Slacks".to_owned()));
    harness.run_steps(1);
    harness.key_press(egui::Key::Enter);
    match wishes(&mut harness).as_slice() {
        [Action::RenameClass(1, name)] => assert_eq!(name, "Slacks"),
        other => panic!("one name was expected, not {other:?}"),
    }
}
