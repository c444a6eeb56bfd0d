//! Predictions as rows of text, of which only the visible are made. Also for pictures
//! whose data is not open: then the rows have no text.

use super::{Scene, words};
use crate::app::{Action, PredictionFilter, SortBy};
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
    column(later!("Loss"), later!("Cross-entropy of the labelled class, in nats."), 50.0, true, true),
];

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
    // Names get a share of the width, so that the text keeps the largest.
    let name = (ui.available_width() * 0.17).clamp(60.0, 150.0);
    columns.iter_mut().skip(1).take(2).for_each(|column| column.width = name);
    let sorted = match scene.filter.sort {
        SortBy::Loss => Some((4, false)),
        SortBy::Confidence => Some((3, false)),
        SortBy::Doubt => Some((3, true)),
        SortBy::Sample => None,
    };
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
    let clicked = list.ui(ui, |position| row(scene, scene.row(position).unwrap_or(usize::MAX), &palette));
    memory.selected = scene.selected;
    memory.visible = clicked.visible;
    if let Some(row) = clicked.row.and_then(|position| scene.row(position)) {
        cx.act(Action::SelectPrediction(Some(row)));
    }
    let sort = match clicked.header {
        Some(0) => SortBy::Sample,
        Some(3) if scene.filter.sort == SortBy::Confidence => SortBy::Doubt,
        Some(3) => SortBy::Confidence,
        Some(4) => SortBy::Loss,
        _ => return,
    };
    cx.act(Action::Filter(PredictionFilter { sort, ..scene.filter.clone() }));
}

fn row(scene: &Scene<'_>, row: usize, palette: &Palette) -> Row {
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
        cells: vec![
            (first, palette.text),
            (words::label(scene, row).into_owned(), palette.text),
            (predicted.into_owned(), named),
            (words::percent(probability), palette.text),
            (format!("{loss:.3}"), palette.text),
        ],
    }
}
