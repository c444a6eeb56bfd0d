//! The shown run's model put to work on other data: the menu that asks for it, and the lines
//! with progress and result. Both go on while the person looks at something else.

use crate::app::{Action, BatchPrediction, EvaluationOn};
use crate::language::{tr, tr_dynamic};
use crate::train::metrics::METRICS;
use crate::ui::panels::Cx;
use crate::ui::theme::Palette;
use crate::ui::widgets::number;
use eframe::egui;
use eframe::egui::RichText;
use eframe::egui::containers::menu::{MenuButton, MenuConfig};
use std::path::{Path, PathBuf};

/// What the menu remembers.
#[derive(Default)]
pub struct Elsewhere {
    measured: String,
    predicted: String,
    out: String,
    /// The file suggested for the predictions; a person's own is not replaced.
    suggested: String,
}

impl Elsewhere {
    /// The button with its menu.
    pub fn menu(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>) {
        let palette = Palette::of(ui.visuals());
        let behavior = egui::PopupCloseBehavior::CloseOnClickOutside;
        let config = MenuConfig::new().close_behavior(behavior);
        let (button, _) = MenuButton::new(tr!("Other data…")).config(config).ui(ui, |ui| {
            ui.set_min_width(330.0);
            ui.label(RichText::new(tr!("Evaluate on another data set")).strong().color(palette.strong));
            self.evaluate(ui, cx);
            ui.add_space(6.0);
            ui.label(RichText::new(tr!("Predict a file or folder")).strong().color(palette.strong));
            self.predict(ui, cx);
        });
        button.on_hover_text(tr!(
            "Measure this run's model on another data set, or let it predict a folder of pictures or a table into a CSV file"
        ));
    }

    fn evaluate(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>) {
        let mut go = false;
        ui.horizontal(|ui| {
            let help = tr!("Path of a file or folder with labels, or a built-in set such as builtin:fashion");
            go = path(ui, tr!("Labelled data"), help, &mut self.measured);
            let ready = !self.measured.trim().is_empty();
            go |= ui.add_enabled(ready, egui::Button::new(tr!("Evaluate"))).clicked();
            go &= ready;
        });
        ui.horizontal(|ui| choose(ui, cx, false));
        if go {
            cx.act(Action::EvaluateOn(self.measured.trim().to_owned()));
            ui.close();
        }
    }

    fn predict(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>) {
        let palette = Palette::of(ui.visuals());
        let help =
            tr!("Path of a folder of pictures, a table or another file with examples; labels are not needed");
        ui.horizontal(|ui| {
            path(ui, tr!("Examples"), help, &mut self.predicted);
        });
        let suggestion = beside(self.predicted.trim());
        if self.out == self.suggested {
            self.out.clone_from(&suggestion);
        }
        self.suggested = suggestion;
        let mut go = false;
        ui.label(RichText::new(tr!("Written to")).color(palette.weak));
        ui.horizontal(|ui| {
            go = path(ui, tr!("Written to"), tr!("Path of the CSV file to write"), &mut self.out);
            let ready = !self.predicted.trim().is_empty() && !self.out.trim().is_empty();
            go |= ui.add_enabled(ready, egui::Button::new(tr!("Predict"))).clicked();
            go &= ready;
        });
        ui.horizontal(|ui| choose(ui, cx, true));
        if go {
            cx.act(Action::PredictTo(self.predicted.trim().to_owned(), PathBuf::from(self.out.trim())));
            ui.close();
        }
    }
}

/// A field for a path; true when Enter leaves it.
fn path(ui: &mut egui::Ui, name: &str, help: &str, text: &mut String) -> bool {
    let field = egui::TextEdit::singleline(text).desired_width(230.0).hint_text(name);
    let field = ui.add(field).on_hover_text(help);
    let typed = text.clone();
    field.widget_info(|| egui::WidgetInfo {
        label: Some(name.to_owned()),
        ..egui::WidgetInfo::text_edit(true, &typed, &typed, "")
    });
    field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter))
}

/// The system's dialogs for a file or a folder.
fn choose(ui: &mut egui::Ui, cx: &mut Cx<'_>, predict: bool) {
    for (folder, name) in [(false, tr!("Choose a file…")), (true, tr!("Choose a folder…"))] {
        if ui.button(name).clicked() {
            cx.act(Action::PickElsewhere { folder, predict });
            ui.close();
        }
    }
}

/// The usual file for predictions: beside the examples, named after them.
fn beside(source: &str) -> String {
    let path = Path::new(source);
    match (path.file_stem(), path.parent()) {
        (Some(stem), Some(folder)) => {
            let name = format!("{}-predictions.csv", stem.to_string_lossy());
            folder.join(name).to_string_lossy().into_owned()
        }
        _ => String::new(),
    }
}

/// What is going on and what came of it. True when a person asks for the samples of the
/// measurement.
pub fn lines(ui: &mut egui::Ui, cx: &mut Cx<'_>, shows: bool) -> Option<bool> {
    let mut wanted = None;
    let state = cx.state;
    if let Some(on) = &state.evaluation_on {
        wanted = evaluation(ui, cx, on, shows);
    }
    if let Some(batch) = &state.batch_prediction {
        prediction(ui, cx, batch);
    }
    wanted
}

fn evaluation(ui: &mut egui::Ui, cx: &mut Cx<'_>, on: &EvaluationOn, shows: bool) -> Option<bool> {
    let palette = Palette::of(ui.visuals());
    let mut wanted = None;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let name = name(&on.source);
        if on.job.is_some() {
            let text = tr!("Evaluating on {data}", data = name);
            going(ui, &text, &on.progress);
            if ui.button(tr!("Cancel")).clicked() {
                cx.act(Action::CancelEvaluateOn);
            }
            return;
        }
        match (&on.result, &on.found.evaluation) {
            (Some(Err(reason)), _) => {
                ui.label(RichText::new(reason).color(palette.bad));
            }
            (_, Some(evaluation)) => {
                let values: Vec<String> = METRICS
                    .iter()
                    .filter_map(|metric| {
                        let value = *evaluation.metrics.get(metric.name)?;
                        let text = match metric.unit {
                            "share" => number::percent(value),
                            _ => number::short(value),
                        };
                        Some(format!("{} {text}", tr_dynamic(metric.label)))
                    })
                    .collect();
                let samples = number::count(evaluation.samples);
                let head = tr!("{data}, {samples} samples", data = name, samples = samples);
                ui.label(RichText::new(head).strong().color(palette.strong)).on_hover_text(&on.source);
                ui.label(values.join(" · "));
            }
            _ => {}
        }
        if on.found.predictions.is_some() {
            let mut on = shows;
            let help = tr!("List its samples below instead of those of the run");
            if ui.toggle_value(&mut on, tr!("Show its samples")).on_hover_text(help).clicked() {
                wanted = Some(on);
            }
        }
        if ui.button(tr!("Dismiss")).clicked() {
            wanted = Some(false);
            cx.act(Action::CancelEvaluateOn);
        }
    });
    wanted
}

fn prediction(ui: &mut egui::Ui, cx: &mut Cx<'_>, batch: &BatchPrediction) {
    let palette = Palette::of(ui.visuals());
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        if batch.job.is_some() {
            going(ui, &tr!("Predicting {data}", data = name(&batch.source)), &batch.progress);
            if ui.button(tr!("Cancel")).clicked() {
                cx.act(Action::CancelPredictTo);
            }
            return;
        }
        match (&batch.result, &batch.written) {
            (Some(Err(reason)), _) => {
                ui.label(RichText::new(reason).color(palette.bad));
            }
            (_, Some(written)) => {
                let text = tr!(
                    "{rows} rows written to {path}.",
                    rows = number::count(written.rows),
                    path = batch.out.display()
                );
                ui.label(text);
                if written.failed > 0 {
                    let failed = number::count(written.failed);
                    let text =
                        tr!("{count} could not be predicted; their last column says why.", count = failed);
                    ui.label(RichText::new(text).color(palette.warning));
                }
                if let Some(folder) = batch.out.parent()
                    && ui.button(tr!("Show folder")).clicked()
                {
                    cx.act(Action::ShowFolder(folder.to_owned()));
                }
            }
            _ => {}
        }
        if ui.button(tr!("Dismiss")).clicked() {
            cx.act(Action::CancelPredictTo);
        }
    });
}

/// What is being done and how far it is.
fn going(ui: &mut egui::Ui, what: &str, (stage, done, total): &(String, u64, u64)) {
    ui.label(what);
    let stage = tr_dynamic(stage);
    if *total == 0 {
        ui.add(egui::Spinner::new().size(14.0));
        ui.label(stage);
        return;
    }
    let text = format!("{stage} {} / {}", number::count(*done), number::count(*total));
    let bar = egui::ProgressBar::new(*done as f32 / *total as f32).desired_width(180.0).text(text);
    ui.add(bar);
}

/// The last part of a path; a built-in set's whole name.
fn name(source: &str) -> &str {
    if source.starts_with("builtin:") {
        return source;
    }
    Path::new(source).file_name().and_then(|name| name.to_str()).unwrap_or(source)
}
