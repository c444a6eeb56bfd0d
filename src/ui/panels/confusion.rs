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
use crate::language::{tr, tr_dynamic};
use crate::runs::Evaluation;
use crate::ui::theme::Palette;
use crate::ui::widgets::{self, number};
use eframe::egui;
use eframe::egui::{RichText, Role, WidgetInfo};

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
            let hint = tr!("Press Train: after each evaluation this shows which class is taken for which.");
            widgets::empty(ui, tr!("No evaluation yet"), hint);
            return;
        };
        let evaluations = evaluations(run);
        let Some(newest) = evaluations.last() else {
            without_evaluation(ui, cx, run);
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

/// Why there is nothing, and the way on.
fn without_evaluation(ui: &mut egui::Ui, cx: &mut Cx<'_>, run: &RunView) {
    if run.done.is_some() {
        widgets::empty(ui, tr!("This run was not evaluated"), tr!("It ended before its first evaluation."));
        return;
    }
    let hint = tr!("It shows which class is taken for which; a click on a cell shows those samples.");
    widgets::empty(ui, tr!("Waiting for the first evaluation"), hint);
    if cx.state.shows_live && run.is_live() {
        ui.vertical_centered(|ui| {
            ui.add_space(6.0);
            let help =
                tr!("Evaluate the validation samples with the present weights; training goes on after it");
            if ui.button(tr!("Evaluate now")).on_hover_text(help).clicked() {
                cx.act(Action::EvaluateNow);
            }
        });
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
    cx.act(Action::ShowSamples(PredictionFilter {
        true_class: truth,
        predicted_class: predicted,
        split: Some(split),
        ..cx.state.filter.cleared()
    }));
}

/// The pairs mixed up most often, each a button, as many as fit on a line.
fn worst_pairs(ui: &mut egui::Ui, cx: &mut Cx<'_>, run: &RunView, evaluation: &Evaluation) {
    let palette = Palette::of(ui.visuals());
    let pairs = inspect::most_confused(&evaluation.confusion, 5);
    if pairs.is_empty() {
        return;
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 10.0;
        ui.label(RichText::new(tr!("Most confused")).color(palette.weak));
        for (index, pair) in pairs.iter().enumerate() {
            let (truth, predicted) =
                (matrix::name(run.classes(), pair.truth), matrix::name(run.classes(), pair.predicted));
            let text = tr!(
                "{truth} as {predicted} {count}",
                truth = truth,
                predicted = predicted,
                count = number::count(u64::from(pair.count))
            );
            let font = egui::TextStyle::Body.resolve(ui.style());
            let width = ui.painter().layout_no_wrap(text.clone(), font, palette.text).size().x;
            if index > 0 && width > ui.available_width() {
                break;
            }
            let help = tr!(
                "Show the samples labelled {truth} and predicted {predicted}",
                truth = truth,
                predicted = predicted
            );
            let link = egui::Label::new(RichText::new(&text).color(palette.accent))
                .truncate()
                .sense(egui::Sense::click());
            let link = ui.add(link).on_hover_cursor(egui::CursorIcon::PointingHand).on_hover_text(help);
            link.widget_info(|| WidgetInfo::labeled(Role::Button, true, &text));
            if link.clicked() {
                filter(cx, evaluation.split, Some(pair.truth), Some(pair.predicted));
            }
        }
    });
}

impl Confusion {
    fn toolbar(&mut self, ui: &mut egui::Ui, evaluations: &[&Evaluation], shown: &Evaluation) {
        let palette = Palette::of(ui.visuals());
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().slider_width = 72.0;
            ui.spacing_mut().item_spacing.x = 6.0;
            if evaluations.len() > 1 {
                let last = evaluations.len() - 1;
                let at = evaluations.iter().position(|e| std::ptr::eq(*e, shown)).unwrap_or(last);
                let mut wanted = at;
                let slider = ui.add(egui::Slider::new(&mut wanted, 0..=last).show_value(false)).on_hover_text(
                    tr!("Which evaluation is shown, from the first to the newest; at the right end it follows the newest"),
                );
                slider.widget_info(|| WidgetInfo::slider(true, wanted as f64, tr!("Evaluation")));
                if wanted != at {
                    self.step = evaluations.get(wanted).filter(|_| wanted < last).map(|e| e.step);
                }
            }
            let samples = number::count(shown.samples);
            let step = number::count(shown.step);
            ui.label(RichText::new(about(shown)).color(palette.weak)).on_hover_text(tr!(
                "{right} of {samples} {split} samples are right, after step {step}",
                right = number::count(inspect::class_scores(&shown.confusion).iter().map(|s| s.correct).sum()),
                samples = samples,
                split = tr_dynamic(shown.split.name()),
                step = step,
            ));
            ui.checkbox(&mut self.percent, tr!("Percent"))
                .on_hover_text(tr!("Share of the class's samples, in percent of each row, instead of counts"));
            for (text, factor, name) in [("-", 1.0 / 1.25, tr!("Smaller cells")), ("+", 1.25, tr!("Larger cells"))] {
                let possible = if factor < 1.0 { self.zoom > 1.0 } else { self.zoom < LARGEST_ZOOM };
                let button = egui::Button::new(text).min_size(egui::vec2(24.0, 0.0));
                let button = ui.add_enabled(possible, button).on_hover_text(name);
                button.widget_info(|| WidgetInfo::labeled(Role::Button, possible, name));
                if button.clicked() {
                    self.zoom = (self.zoom * factor).clamp(1.0, LARGEST_ZOOM);
                }
            }
        });
    }
}

/// Cells at most this many times as large as fits the panel.
const LARGEST_ZOOM: f32 = 6.0;

/// The evaluation in words: `87.3 % at epoch 2.0`.
fn about(evaluation: &Evaluation) -> String {
    let accuracy = inspect::overall_accuracy(&evaluation.confusion).map_or_else(String::new, number::percent);
    let epoch = format!("{:.1}", evaluation.epoch);
    if evaluation.split == Split::Test {
        tr!("test, {accuracy} at epoch {epoch}", accuracy = accuracy, epoch = epoch)
    } else {
        tr!("{accuracy} at epoch {epoch}", accuracy = accuracy, epoch = epoch)
    }
}
