//! The Classes panel: how each class fares in the newest evaluation, as a table that sorts,
//! and over the run, as curves of the classes chosen. A click on a class shows its samples
//! in Predictions. It counts nothing itself.

mod curves;

use super::{Cx, View};
use crate::app::{Action, PredictionFilter, RunView};
use crate::data::Split;
use crate::inspect::{self, CLASS_MEASURES, ClassRow};
use crate::language::{later, tr, tr_dynamic};
use crate::runs::PredictionTable;
use crate::ui::theme::Palette;
use crate::ui::widgets::list::{Column, List, Row};
use crate::ui::widgets::{self, number, swatch};
use eframe::egui;
use eframe::egui::RichText;
use std::sync::Arc;

/// What the panel remembers.
pub struct Classes {
    /// Column, and whether upwards.
    sorted: (usize, bool),
    split: Option<Split>,
    /// Position in [`CLASS_MEASURES`].
    measure: usize,
    /// Classes with a curve; `None` for those that fare worst.
    chosen: Option<Vec<u32>>,
    counted: Option<Counted>,
}

/// What was counted last, and of what.
struct Counted {
    table: Option<Arc<PredictionTable>>,
    evaluations: usize,
    split: Split,
    rows: Vec<ClassRow>,
}

impl Default for Classes {
    fn default() -> Self {
        Self { sorted: (F1, true), split: None, measure: 0, chosen: None, counted: None }
    }
}

const fn column(title: &'static str, help: &'static str, width: f32) -> Column {
    Column { title, help, width, right: width > 0.0, sorts: true }
}

const COLUMNS: &[Column] = &[
    column(later!("Class"), later!("The class; its curve is drawn below where it is ticked."), 0.0),
    column(later!("Precision"), later!("Share of the predictions of the class that are right."), 58.0),
    column(later!("Recall"), later!("Share of the samples of the class that are found."), 50.0),
    column(later!("F1"), later!("Harmonic mean of precision and recall."), 46.0),
    column(later!("Support"), later!("Number of samples labelled with the class."), 54.0),
    column(later!("Mean loss"), later!("Mean cross-entropy of the samples of the class, in nats."), 62.0),
];
const F1: usize = 3;
/// Columns of a narrow panel.
const FEW: &[usize] = &[0, 1, 2, 3];
const ALL: &[usize] = &[0, 1, 2, 3, 4, 5];

/// Curves drawn until a person chooses.
const WORST: usize = 4;
/// Lowest panel with curves, in points.
const WITH_CURVES: f32 = 260.0;

impl View for Classes {
    fn ui(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>) {
        let state = cx.state;
        let Some(run) = state.run.as_ref() else {
            let hint = tr!("Press Train: after each evaluation this shows how each class fares.");
            widgets::empty(ui, tr!("No evaluation yet"), hint);
            return;
        };
        let splits = splits(run);
        let Some(split) = self.split.filter(|s| splits.contains(s)).or_else(|| splits.first().copied())
        else {
            let title = tr!("Waiting for the first evaluation");
            let hint = tr!("It shows precision, recall and F1 of each class.");
            widgets::empty(ui, title, hint);
            return;
        };
        self.count(run, split);
        self.toolbar(ui, &splits, split);
        ui.add_space(2.0);
        let height = ui.available_height();
        if height < WITH_CURVES {
            self.table(ui, cx, run, split);
            return;
        }
        let rows = self.counted.as_ref().map_or(0, |c| c.rows.len());
        // The table takes what it needs, and no more than half.
        let upper = (widgets::list::ROW * (rows + 1) as f32 + 6.0).min(height * 0.5);
        ui.allocate_ui(egui::vec2(ui.available_width(), upper), |ui| {
            ui.set_min_height(upper);
            self.table(ui, cx, run, split);
        });
        ui.add_space(6.0);
        let shown = self.shown();
        curves::ui(ui, run, split, &mut self.measure, &shown);
    }
}

/// The splits of which the run has evaluations, validation first.
fn splits(run: &RunView) -> Vec<Split> {
    let evaluated =
        |split: &Split| run.evaluations.iter().any(|e| e.split == *split && !e.confusion.is_empty());
    [Split::Validation, Split::Test, Split::Train].into_iter().filter(evaluated).collect()
}

impl Classes {
    /// Counts anew where something came since the last time.
    fn count(&mut self, run: &RunView, split: Split) {
        let table = run.predictions.as_ref().filter(|table| table.splits.contains(&split));
        let same = |kept: &Counted| {
            kept.split == split
                && kept.evaluations == run.evaluations.len()
                && match (&kept.table, table) {
                    (Some(a), Some(b)) => Arc::ptr_eq(a, b),
                    (None, None) => true,
                    _ => false,
                }
        };
        if self.counted.as_ref().is_some_and(same) {
            return;
        }
        let rows = match table {
            Some(table) => inspect::class_rows(table, Some(split)),
            None => {
                // A run that kept no predictions still has its matrices.
                let newest =
                    run.evaluations.iter().rev().find(|e| e.split == split && !e.confusion.is_empty());
                let scores = newest.map(|e| inspect::class_scores(&e.confusion)).unwrap_or_default();
                (0u32..).zip(scores).map(|(class, score)| ClassRow { class, score, loss: None }).collect()
            }
        };
        self.counted =
            Some(Counted { table: table.cloned(), evaluations: run.evaluations.len(), split, rows });
    }

    /// Classes with a curve: those chosen, or those with the lowest value.
    fn shown(&self) -> Vec<u32> {
        if let Some(chosen) = &self.chosen {
            return chosen.clone();
        }
        let Some(measure) = CLASS_MEASURES.get(self.measure) else { return Vec::new() };
        let rows = self.counted.as_ref().map_or(&[][..], |counted| &counted.rows);
        let mut worst: Vec<(f64, u32)> =
            rows.iter().filter_map(|row| Some(((measure.of)(&row.score)?, row.class))).collect();
        worst.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        worst.into_iter().take(WORST).map(|(_, class)| class).collect()
    }

    fn toolbar(&mut self, ui: &mut egui::Ui, splits: &[Split], split: Split) {
        let palette = Palette::of(ui.visuals());
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            for other in splits.iter().filter(|_| splits.len() > 1) {
                let name = match other {
                    Split::Train => tr!("Train"),
                    Split::Validation => tr!("Validation"),
                    Split::Test => tr!("Test"),
                };
                if ui.selectable_label(*other == split, name).clicked() {
                    self.split = Some(*other);
                }
            }
            let rows = self.counted.as_ref().map_or(&[][..], |counted| &counted.rows);
            let samples: u64 = rows.iter().map(|row| row.score.labelled).sum();
            let text = tr!(
                "{classes} classes, {samples} samples",
                classes = number::count(rows.len() as u64),
                samples = number::count(samples)
            );
            ui.label(RichText::new(text).color(palette.weak));
            let help = tr!("Draw the curves of the classes that fare worst");
            if self.chosen.is_some() && ui.button(tr!("Worst classes")).on_hover_text(help).clicked() {
                self.chosen = None;
            }
        });
    }

    fn table(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>, run: &RunView, split: Split) {
        let palette = Palette::of(ui.visuals());
        let Some(counted) = &self.counted else { return };
        let order = order(&counted.rows, run.classes(), self.sorted);
        let columns_shown = if ui.available_width() < 400.0 { FEW } else { ALL };
        let columns: Vec<Column> = columns_shown.iter().filter_map(|i| COLUMNS.get(*i).copied()).collect();
        let filter = &cx.state.filter;
        let only = filter.true_class.filter(|_| filter.predicted_class.is_none());
        let row_at = |position: usize| order.get(position).and_then(|index| counted.rows.get(*index));
        let list = List {
            columns: &columns,
            sorted: columns_shown.iter().position(|i| *i == self.sorted.0).map(|at| (at, self.sorted.1)),
            count: order.len(),
            selected: only.and_then(|c| (0..order.len()).find(|p| row_at(*p).is_some_and(|r| r.class == c))),
            reveal: None,
            verdicts: false,
        };
        let mut shown = self.shown();
        let mut toggled = None;
        let clicked = list.led(
            ui,
            swatch::SIDE + 2.0,
            |position| match row_at(position) {
                Some(row) => line(row, run, columns_shown, &palette),
                None => Row {
                    name: String::new(),
                    hover: String::new(),
                    verdict: None,
                    depth: 0,
                    cells: Vec::new(),
                },
            },
            |ui, position| {
                let Some(row) = row_at(position) else { return };
                let place = shown.iter().position(|class| *class == row.class);
                let color = palette.series(place.unwrap_or(0));
                let name = tr!("Curve of {class}", class = name(run, row.class));
                let response = widgets::swatch(ui, place.is_some(), color, &name);
                if response.on_hover_text(tr!("Draw its curve below")).clicked() {
                    toggled = Some(row.class);
                }
            },
        );
        if let Some(class) = toggled {
            match shown.iter().position(|other| *other == class) {
                Some(place) => {
                    shown.remove(place);
                }
                None => shown.push(class),
            }
            self.chosen = Some(shown);
        }
        if let Some(row) = clicked.row.and_then(row_at) {
            cx.act(Action::ShowSamples(PredictionFilter {
                true_class: Some(row.class),
                split: Some(split),
                ..cx.state.filter.cleared()
            }));
        }
        if let Some(column) = clicked.header.and_then(|at| columns_shown.get(at)) {
            // Names from the beginning, scores from the lowest, support and loss from the largest.
            let first = *column <= F1;
            let upwards = if self.sorted.0 == *column { !self.sorted.1 } else { first };
            self.sorted = (*column, upwards);
        }
    }
}

/// Name of a class.
fn name(run: &RunView, class: u32) -> String {
    run.classes().get(class as usize).cloned().unwrap_or_else(|| tr!("class {class}", class = class))
}

/// The value of a column, for sorting; what does not exist is below everything.
fn value(row: &ClassRow, column: usize) -> f64 {
    let value = match column {
        1 => row.score.precision(),
        2 => row.score.recall(),
        F1 => row.score.f1(),
        4 => Some(row.score.labelled as f64),
        _ => row.loss,
    };
    value.unwrap_or(-1.0)
}

/// Positions of the rows in the order of a column; ties in the order of the classes.
fn order(rows: &[ClassRow], names: &[String], (column, upwards): (usize, bool)) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let name = |row: &ClassRow| names.get(row.class as usize);
    order.sort_by(|a, b| {
        let (Some(a), Some(b)) = (rows.get(*a), rows.get(*b)) else { return std::cmp::Ordering::Equal };
        let found =
            if column == 0 { name(a).cmp(&name(b)) } else { value(a, column).total_cmp(&value(b, column)) };
        if upwards { found } else { found.reverse() }
    });
    order
}

fn line(row: &ClassRow, run: &RunView, columns: &[usize], palette: &Palette) -> Row {
    let share = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), number::percent);
    let name = name(run, row.class);
    let cell = |column: &usize| match column {
        0 => (name.clone(), palette.text),
        1 => (share(row.score.precision()), palette.text),
        2 => (share(row.score.recall()), palette.text),
        3 => (share(row.score.f1()), palette.strong),
        4 => (number::count(row.score.labelled), palette.text),
        _ => (row.loss.map_or_else(|| "–".to_owned(), |loss| format!("{loss:.3}")), palette.text),
    };
    let f1 = share(row.score.f1());
    Row {
        name: tr!("Class {class}, F1 {value}", class = name, value = f1),
        hover: tr!(
            "{class}\n{found} of {labelled} samples found, {predicted} predictions\nClick to see its samples",
            class = name,
            found = number::count(row.score.correct),
            labelled = number::count(row.score.labelled),
            predicted = number::count(row.score.predicted)
        ),
        verdict: None,
        depth: 0,
        cells: columns.iter().map(cell).collect(),
    }
}

/// What a measure is called.
fn measure_name(name: &str) -> &str {
    match name {
        "precision" => tr_dynamic(later!("Precision")),
        "recall" => tr_dynamic(later!("Recall")),
        _ => tr_dynamic(later!("F1")),
    }
}
