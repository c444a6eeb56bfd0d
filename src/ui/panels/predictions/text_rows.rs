//! Predictions as rows of text, of which only the visible are made. Also for pictures
//! whose data is not open: then the rows have no text.

use super::{Scene, words};
use crate::app::{Action, PredictionFilter, SortBy};
use crate::inspect::{self, Change};
use crate::language::later;
use crate::ui::panels::Cx;
use crate::ui::theme::Palette;
use crate::ui::widgets::list::{Column, List, Row};
use crate::ui::widgets::number;
use eframe::egui;

const fn column(title: &'static str, help: &'static str, width: f32, right: bool, sorts: bool) -> Column {
    Column { title, help, width, right, sorts }
}

const COLUMNS: &[Column] = &[
    column(later!("Text"), later!("The sample; the whole text is in the detail view."), 0.0, false, false),
    column(later!("Label"), later!("The class that the data gives."), 92.0, false, false),
    column(later!("Prediction"), later!("The most probable class."), 92.0, false, false),
    column(later!("Probability"), later!("Of the predicted class, in percent."), 72.0, true, true),
    column(
        later!("Margin"),
        later!("Lead of the predicted class over the second, in percent."),
        52.0,
        true,
        true,
    ),
    column(later!("Loss"), later!("Cross-entropy of the labelled class, in nats."), 50.0, true, true),
];

/// Where two evaluations are compared, in place of the margin.
const BEFORE: Column =
    column(later!("Compared"), later!("What the evaluation compared with predicts."), 92.0, false, false);
/// Positions in [`COLUMNS`].
const PREDICTION: usize = 2;
const PROBABILITY: usize = 3;
const MARGIN: usize = 4;
const LOSS: usize = 5;
/// Narrowest list with a margin, in points.
const WITH_MARGIN: f32 = 520.0;

const SAMPLE: Column =
    column(later!("Sample"), later!("Its number in the data set, counted from 0."), 0.0, false, true);

/// What the rows remember.
#[derive(Default)]
pub struct TextRows {
    /// Rows in view and the selected one, as shown last: a row selected elsewhere that is not
    /// in view is brought there.
    visible: std::ops::Range<usize>,
    selected: Option<usize>,
}

/// Paints the rows.
pub fn ui(ui: &mut egui::Ui, cx: &mut Cx<'_>, scene: &Scene<'_>, memory: &mut TextRows) {
    let palette = Palette::of(ui.visuals());
    let mut columns = COLUMNS.to_vec();
    if scene.dataset.is_none()
        && let Some(first) = columns.first_mut()
    {
        *first = SAMPLE;
    }
    let compared = scene.compared.is_some();
    // Names get a share of the width, so that the text keeps the largest.
    let share = if compared { 0.13 } else { 0.17 };
    let name = (ui.available_width() * share).clamp(60.0, 150.0);
    columns.iter_mut().skip(1).take(2).for_each(|column| column.width = name);
    let mut shown: Vec<usize> = (0..columns.len()).collect();
    if ui.available_width() < WITH_MARGIN || compared {
        shown.retain(|column| *column != MARGIN);
    }
    let mut columns: Vec<Column> = shown.iter().filter_map(|i| columns.get(*i).copied()).collect();
    if compared {
        columns.insert(PREDICTION + 1, Column { width: name, ..BEFORE });
        shown.insert(PREDICTION + 1, usize::MAX);
    }
    let (by, upwards) = match scene.filter.sort {
        SortBy::Loss => (LOSS, false),
        SortBy::Confidence => (PROBABILITY, false),
        SortBy::Doubt => (PROBABILITY, true),
        SortBy::Margin => (MARGIN, true),
        SortBy::Sample => (0, true),
    };
    let sorted = shown.iter().position(|i| *i == by && (by > 0 || scene.dataset.is_none()));
    let sorted = sorted.map(|at| (at, upwards));
    let position = scene.position();
    let moved = memory.selected != scene.selected;
    let list = List {
        columns: &columns,
        sorted,
        count: scene.rows.len(),
        selected: position,
        reveal: position.filter(|p| moved && !memory.visible.contains(p)),
        verdicts: true,
    };
    let clicked =
        list.ui(ui, |position| row(scene, scene.row(position).unwrap_or(usize::MAX), &shown, &palette));
    memory.selected = scene.selected;
    memory.visible = clicked.visible;
    if let Some(row) = clicked.row.and_then(|position| scene.row(position)) {
        cx.act(Action::SelectPrediction(Some(row)));
    }
    let sort = match clicked.header.and_then(|at| shown.get(at).copied()) {
        Some(0) => SortBy::Sample,
        Some(PROBABILITY) if scene.filter.sort == SortBy::Confidence => SortBy::Doubt,
        Some(PROBABILITY) => SortBy::Confidence,
        Some(MARGIN) => SortBy::Margin,
        Some(LOSS) => SortBy::Loss,
        _ => return,
    };
    cx.act(Action::Filter(PredictionFilter { sort, ..scene.filter.clone() }));
}

fn row(scene: &Scene<'_>, row: usize, shown: &[usize], palette: &Palette) -> Row {
    let sample = scene.table.samples.get(row).copied().unwrap_or(u32::MAX);
    let text = scene.dataset.and_then(|dataset| words::text(dataset, sample));
    let verdict = words::verdict(scene, row);
    let (predicted, probability) = words::prediction(scene, row);
    let loss = scene.table.losses.get(row).copied().unwrap_or(0.0);
    let first = text.map_or_else(|| number::count(u64::from(sample)), words::one_line);
    let named = if verdict == Some(false) { palette.bad } else { palette.text };
    let sentence = words::sentence(scene, row);
    Row {
        name: format!("{sentence}: {first}"),
        hover: text.map_or(sentence, |text| text.chars().take(600).collect()),
        verdict,
        depth: 0,
        cells: shown
            .iter()
            .map(|column| match *column {
                0 => (first.clone(), palette.text),
                1 => (words::label(scene, row).into_owned(), palette.text),
                PREDICTION => (predicted.clone().into_owned(), named),
                PROBABILITY => (words::percent(probability), palette.text),
                MARGIN => (words::percent(inspect::margin(scene.table, row)), palette.text),
                LOSS => (format!("{loss:.3}"), palette.text),
                _ => before(scene, row, palette),
            })
            .collect(),
    }
}

/// The other prediction, in the colour of right or wrong where it is another class.
fn before(scene: &Scene<'_>, row: usize, palette: &Palette) -> (String, egui::Color32) {
    let Some((class, _)) = words::before(scene, row) else { return ("–".to_owned(), palette.weak) };
    let pair = scene.compared.and_then(|(_, comparison)| comparison.pair(row));
    let color = match pair.and_then(|pair| pair.change) {
        Some(Change::Fixed | Change::BothWrong) => palette.bad,
        _ => palette.text,
    };
    (class.into_owned(), color)
}
