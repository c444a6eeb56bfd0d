//! The Confusion panel: which class is taken for which in one evaluation, and how each class
//! fares. A click on a cell or a class filters Predictions. It counts nothing itself.

mod layout;
mod margins;
mod matrix;
mod shade;

use super::{Cx, View};
use crate::app::{Action, PredictionFilter, RunView};
use crate::data::Split;
use crate::inspect;
use crate::runs::Evaluation;
use crate::ui::theme::Palette;
use crate::ui::widgets::{self, number};
use eframe::egui;
use eframe::egui::RichText;

/// What the panel remembers.
pub struct Confusion {
    /// Step of the chosen evaluation; `None` follows the newest.
    step: Option<u64>,
    percent: bool,
    /// Cells are this many times as large as fits the panel.
    zoom: f32,
}

impl Default for Confusion {
    fn default() -> Self {
        Self { step: None, percent: false, zoom: 1.0 }
    }
}

impl View for Confusion {
    fn ui(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>) {
        let state = cx.state;
        let Some(run) = state.run.as_ref() else {
            let hint = "Press Train: after each evaluation this shows which class is taken for which.";
            widgets::empty(ui, "No evaluation yet", hint);
            return;
        };
        let evaluations = evaluations(run);
        let Some(newest) = evaluations.last() else {
            if state.shows_live && run.is_live() {
                widgets::empty(
                    ui,
                    "Waiting for the first evaluation",
                    "It shows which class is taken for which; a click on a cell shows those samples.",
                );
                ui.vertical_centered(|ui| {
                    ui.add_space(6.0);
                    let help =
                        "Evaluate the validation samples with the present weights; training goes on after it";
                    if ui.button("Evaluate now").on_hover_text(help).clicked() {
                        cx.act(Action::EvaluateNow);
                    }
                });
            } else {
                widgets::empty(ui, "This run was not evaluated", "It ended before its first evaluation.");
            }
            return;
        };
        let chosen = self.step.and_then(|step| evaluations.iter().find(|e| e.step == step));
        let evaluation = chosen.unwrap_or(newest);
        self.toolbar(ui, &evaluations, evaluation);
        worst_pairs(ui, cx, run, evaluation);
        ui.add_space(2.0);
        let drawn = matrix::Matrix {
            counts: &evaluation.confusion,
            names: run.classes(),
            percent: self.percent,
            zoom: self.zoom,
            chosen: (state.filter.true_class, state.filter.predicted_class),
        };
        if let Some((truth, predicted)) = drawn.ui(ui) {
            filter(cx, evaluation.split, truth, predicted);
        }
    }
}

/// Evaluations with a matrix: of the validation examples, or of the test examples where
/// the data has no others.
fn evaluations(run: &RunView) -> Vec<&Evaluation> {
    let of = |split: Split| -> Vec<&Evaluation> {
        run.evaluations.iter().filter(|e| e.split == split && !e.confusion.is_empty()).collect()
    };
    let validation = of(Split::Validation);
    if validation.is_empty() { of(Split::Test) } else { validation }
}

/// Shows the samples of a cell, a row or a column in Predictions, keeping their order.
fn filter(cx: &mut Cx<'_>, split: Split, truth: Option<u32>, predicted: Option<u32>) {
    let sort = cx.state.filter.sort;
    let (true_class, predicted_class) = (truth, predicted);
    let filter =
        PredictionFilter { mistakes_only: false, true_class, predicted_class, split: Some(split), sort };
    cx.act(Action::Filter(filter));
}

/// The pairs mixed up most often, each a button.
fn worst_pairs(ui: &mut egui::Ui, cx: &mut Cx<'_>, run: &RunView, evaluation: &Evaluation) {
    let palette = Palette::of(ui.visuals());
    let pairs = inspect::most_confused(&evaluation.confusion, 3);
    if pairs.is_empty() {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(8.0, 2.0);
        ui.label(RichText::new("Most confused").color(palette.weak));
        for pair in pairs {
            let (truth, predicted) =
                (matrix::name(run.classes(), pair.truth), matrix::name(run.classes(), pair.predicted));
            let text = format!("{truth} as {predicted} {}", number::count(u64::from(pair.count)));
            let help = format!("Show the samples labelled {truth} and predicted {predicted}");
            if ui.link(text).on_hover_text(help).clicked() {
                filter(cx, evaluation.split, Some(pair.truth), Some(pair.predicted));
            }
        }
    });
}

impl Confusion {
    fn toolbar(&mut self, ui: &mut egui::Ui, evaluations: &[&Evaluation], shown: &Evaluation) {
        let palette = Palette::of(ui.visuals());
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().slider_width = 84.0;
            ui.spacing_mut().item_spacing.x = 6.0;
            if evaluations.len() > 1 {
                let last = evaluations.len() - 1;
                let at = evaluations.iter().position(|e| std::ptr::eq(*e, shown)).unwrap_or(last);
                let mut wanted = at;
                let label = ui.label(RichText::new("Evaluation").color(palette.weak));
                ui.add(egui::Slider::new(&mut wanted, 0..=last).show_value(false))
                    .labelled_by(label.id)
                    .on_hover_text("Which evaluation is shown, from the first to the newest; at the right end it follows the newest");
                if wanted != at {
                    self.step = evaluations.get(wanted).filter(|_| wanted < last).map(|e| e.step);
                }
            }
            ui.label(RichText::new(about(shown)).color(palette.weak));
            ui.separator();
            ui.checkbox(&mut self.percent, "Percent")
                .on_hover_text("Share of the class's samples, in percent of each row, instead of counts");
            let label = ui.label(RichText::new("Zoom").color(palette.weak));
            ui.spacing_mut().slider_width = 56.0;
            ui.add(egui::Slider::new(&mut self.zoom, 1.0..=6.0).show_value(false))
                .labelled_by(label.id)
                .on_hover_text("Size of the cells, 1 to 6 times what fits the panel");
        });
    }
}

/// The evaluation in words: `Epoch 2.0, step 480, accuracy 87.3 %`.
fn about(evaluation: &Evaluation) -> String {
    let mut text = format!("Epoch {:.1}, step {}", evaluation.epoch, number::count(evaluation.step));
    if let Some(accuracy) = inspect::overall_accuracy(&evaluation.confusion) {
        text += &format!(", accuracy {}", number::percent(accuracy));
    }
    if evaluation.split == Split::Test {
        text += ", test";
    }
    text
}
