//! The Runs panel: the runs on disk, sorted as wished; a click opens one in all panels.
//! It reads no folder itself.

use super::{Cx, View};
use crate::app::{Action, RunRow, State};
use crate::language::{later, tr, tr_dynamic};
use crate::ui::theme::Palette;
use crate::ui::widgets::list::{Column, List, Row};
use crate::ui::widgets::{self, number};
use eframe::egui;
use eframe::egui::RichText;
use std::cmp::Ordering;
use std::path::PathBuf;

/// What the panel remembers.
pub struct Runs {
    /// Column, and whether upwards.
    sorted: (usize, bool),
    path: String,
}

impl Default for Runs {
    fn default() -> Self {
        Self { sorted: (2, false), path: String::new() }
    }
}

const fn column(title: &'static str, help: &'static str, width: f32, right: bool) -> Column {
    Column { title, help, width, right, sorts: true }
}

const COLUMNS: &[Column] = &[
    column(later!("Name"), later!("Name of the run's folder."), 0.0, false),
    column(later!("Data"), later!("Name of the data set."), 92.0, false),
    column(later!("Started"), later!("Local date and time."), 104.0, false),
    column(
        later!("Status"),
        later!("Finished, stopped, failed, running, or cut off without an end."),
        62.0,
        false,
    ),
    column(later!("Accuracy"), later!("Best validation accuracy, in percent."), 62.0, true),
    column(later!("Steps"), later!("Updates of the weights."), 58.0, true),
    column(later!("Parameters"), later!("Trainable numbers in the model."), 74.0, true),
];

/// Columns of a narrow panel, as positions in [`COLUMNS`].
const FEW: &[usize] = &[0, 3, 4];
/// Columns of a panel of middle width.
const SOME: &[usize] = &[0, 1, 2, 3, 4];
const ALL: &[usize] = &[0, 1, 2, 3, 4, 5, 6];

impl View for Runs {
    fn ui(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>) {
        let state = cx.state;
        self.toolbar(ui, cx);
        ui.add_space(4.0);
        if state.runs.is_empty() {
            let hint = tr!(
                "Runs are kept in {folder}. Press Train to make the first.",
                folder = state.runs_folder.display()
            );
            widgets::empty(ui, tr!("No runs yet"), &hint);
            return;
        }
        let palette = Palette::of(ui.visuals());
        let order = order(&state.runs, self.sorted);
        let shown = match ui.available_width() {
            width if width < 430.0 => FEW,
            width if width < 660.0 => SOME,
            _ => ALL,
        };
        let columns: Vec<Column> = shown.iter().filter_map(|i| COLUMNS.get(*i).copied()).collect();
        let run = |position: usize| order.get(position).and_then(|index| state.runs.get(*index));
        let open = state.run.as_ref().map(|r| &r.folder);
        let list = List {
            columns: &columns,
            sorted: shown.iter().position(|i| *i == self.sorted.0).map(|at| (at, self.sorted.1)),
            count: order.len(),
            selected: (0..order.len()).find(|p| run(*p).is_some_and(|r| Some(&r.folder) == open)),
            reveal: None,
            verdicts: false,
        };
        let clicked = list.ui(ui, |position| match run(position) {
            Some(run) => row(run, shown, state, &palette),
            None => Row { name: String::new(), hover: String::new(), verdict: None, cells: Vec::new() },
        });
        if let Some(run) = clicked.row.and_then(run) {
            cx.act(Action::OpenRun(run.folder.clone()));
        }
        if let Some(column) = clicked.header.and_then(|at| shown.get(at)) {
            // Names and words start at the beginning of the alphabet, numbers with the largest.
            let first = matches!(column, 0 | 1 | 3);
            let upwards = if self.sorted.0 == *column { !self.sorted.1 } else { first };
            self.sorted = (*column, upwards);
        }
    }
}

impl Runs {
    fn toolbar(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>) {
        let palette = Palette::of(ui.visuals());
        ui.horizontal(|ui| {
            if ui.button(tr!("Refresh")).on_hover_text(tr!("Look for runs on disk again")).clicked() {
                cx.act(Action::RefreshRuns);
            }
            let label = ui.label(RichText::new(tr!("Folder")).color(palette.weak));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let path = self.path.trim().to_owned();
                let help = tr!("Show the run in this folder in all panels (Enter)");
                let button = ui.add_enabled(!path.is_empty(), egui::Button::new(tr!("Open")));
                let clicked = button.on_hover_text(help).on_disabled_hover_text(help).clicked();
                let field = egui::TextEdit::singleline(&mut self.path)
                    .hint_text(tr!("A run's folder anywhere"))
                    .align(egui::Align2::LEFT_CENTER)
                    .desired_width(f32::INFINITY);
                let field = ui
                    .add(field)
                    .labelled_by(label.id)
                    .on_hover_text(tr!("Path of a run's folder, with its config.toml and events.jsonl"));
                let entered = field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
                if (clicked || entered) && !path.is_empty() {
                    cx.act(Action::OpenRun(PathBuf::from(path)));
                }
            });
        });
    }
}

/// Positions of the runs in the order of a column; ties by the start, newest first.
fn order(runs: &[RunRow], (column, upwards): (usize, bool)) -> Vec<usize> {
    let compare = |a: &RunRow, b: &RunRow| match column {
        0 => a.name.cmp(&b.name),
        1 => a.data.cmp(&b.data),
        3 => a.status.cmp(&b.status),
        // A run without accuracy is below every other.
        4 => a.accuracy.unwrap_or(-1.0).total_cmp(&b.accuracy.unwrap_or(-1.0)),
        5 => a.step.cmp(&b.step),
        6 => a.parameters.cmp(&b.parameters),
        _ => a.started.cmp(&b.started),
    };
    let mut order: Vec<usize> = (0..runs.len()).collect();
    order.sort_by(|a, b| {
        let (Some(a), Some(b)) = (runs.get(*a), runs.get(*b)) else { return Ordering::Equal };
        let found = compare(a, b);
        (if upwards { found } else { found.reverse() }).then(b.started.cmp(&a.started))
    });
    order
}

fn row(run: &RunRow, shown: &[usize], state: &State, palette: &Palette) -> Row {
    let accuracy = run.accuracy.map_or_else(|| "–".to_owned(), number::percent);
    let status = match run.status.as_str() {
        "failed" => palette.bad,
        "running" => palette.accent,
        "cut off" => palette.warning,
        _ => palette.text,
    };
    let cell = |column: &usize| match column {
        0 => (run.name.clone(), palette.text),
        1 => (run.data.clone(), palette.text),
        2 => (started(run.started), palette.weak),
        3 => (sentence_case(tr_dynamic(&run.status)), status),
        4 => (accuracy.clone(), palette.text),
        5 => (number::count(run.step), palette.text),
        _ => (number::count(run.parameters), palette.text),
    };
    let open = state.run.as_ref().is_some_and(|r| r.folder == run.folder);
    let name = tr!(
        "Run {run}, {status}, best accuracy {accuracy}",
        run = run.name,
        status = tr_dynamic(&run.status),
        accuracy = accuracy
    );
    let hover = tr!(
        "{run}\n{data}, {started}\n{steps} steps, {parameters} parameters\n{shown}",
        run = run.name,
        data = run.data,
        started = started(run.started),
        steps = number::count(run.step),
        parameters = number::count(run.parameters),
        shown = if open { tr!("Shown in all panels") } else { tr!("Click to show it in all panels") },
    );
    Row { name, hover, verdict: None, cells: shown.iter().map(cell).collect() }
}

fn sentence_case(word: &str) -> String {
    let mut text = word.to_owned();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

/// Local date and time of seconds since 1970.
fn started(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok().and_then(|s| chrono::DateTime::from_timestamp(s, 0));
    time.map_or_else(String::new, |t| t.with_timezone(&chrono::Local).format("%Y-%m-%d %H:%M").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(name: &str, started: u64, accuracy: Option<f64>) -> RunRow {
        RunRow {
            folder: name.into(),
            name: name.to_owned(),
            started,
            data: "fashion".to_owned(),
            step: started,
            status: "finished".to_owned(),
            accuracy,
            parameters: 7,
        }
    }

    #[test]
    fn every_column_sorts_both_ways_and_ties_are_newest_first() {
        let runs = [run("b", 1, Some(0.5)), run("a", 3, None), run("c", 2, Some(0.9))];
        assert_eq!(order(&runs, (0, true)), [1, 0, 2]);
        assert_eq!(order(&runs, (0, false)), [2, 0, 1]);
        assert_eq!(order(&runs, (2, false)), [1, 2, 0]);
        assert_eq!(order(&runs, (4, false)), [2, 0, 1]);
        assert_eq!(order(&runs, (5, true)), [0, 2, 1]);
        for same in [1, 3, 6] {
            assert_eq!(order(&runs, (same, true)), [1, 2, 0]);
        }
    }
}
