//! Where data comes from: built-in sets, dialogs, a path; progress and errors in place.

use super::public;
use crate::app::Action;
use crate::data::builtin::BUILTINS;
use crate::language::{tr, tr_dynamic};
use crate::ui::panels::Cx;
use crate::ui::theme::Palette;
use crate::ui::widgets::{self, foldable};
use eframe::egui;
use eframe::egui::{Align2, FontId, RichText, Role, Sense, Stroke, StrokeKind, WidgetInfo, pos2, vec2};

/// What this part remembers.
#[derive(Default)]
pub struct Source {
    path: String,
}

impl Source {
    /// Paints it; `open` when there is no data yet or the last try failed.
    pub fn ui(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>, open: bool) {
        if let Some((_, source, stage, done, total)) = &cx.state.opening {
            let (source, stage, done, total) = (source.clone(), stage.clone(), *done, *total);
            progress(ui, cx, &source, &stage, done, total);
        }
        if open {
            self.choices(ui, cx);
        } else {
            foldable(ui, tr!("Open other data"), false, |ui| self.choices(ui, cx));
        }
    }

    fn choices(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>) {
        for set in BUILTINS {
            let source = format!("builtin:{}", set.name);
            let chosen = cx.state.data.as_ref().is_some_and(|d| d.summary.source == source);
            if card(ui, tr_dynamic(set.title), tr_dynamic(set.about), chosen) {
                cx.act(Action::OpenData(source));
            }
        }
        ui.horizontal_wrapped(|ui| {
            if ui
                .button(tr!("Open file…"))
                .on_hover_text(tr!("A table (CSV, TSV, JSON Lines, Parquet), or images (IDX, CIFAR)."))
                .clicked()
            {
                cx.act(Action::PickFile);
            }
            if ui
                .button(tr!("Open folder…"))
                .on_hover_text(tr!("A folder that holds the files of one data set."))
                .clicked()
            {
                cx.act(Action::PickFolder);
            }
            super::recent::ui(ui, cx);
        });
        ui.horizontal(|ui| {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let clicked = ui
                    .add_enabled(!self.path.trim().is_empty(), egui::Button::new(tr!("Open")))
                    .on_hover_text(tr!("Open the path."))
                    .clicked();
                let field = egui::TextEdit::singleline(&mut self.path)
                    .hint_text(tr!("Path of a file or folder"))
                    .desired_width(ui.available_width());
                let response = ui.add(field);
                response.widget_info(|| {
                    WidgetInfo::labeled(Role::TextInput, true, tr!("Path of a file or folder"))
                });
                let entered = response.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
                if (clicked || entered) && !self.path.trim().is_empty() {
                    cx.act(Action::OpenData(self.path.trim().to_owned()));
                }
            });
        });
        let palette = Palette::of(ui.visuals());
        ui.label(RichText::new(tr!("or drop a file or folder on the window")).small().color(palette.weak));
        foldable(ui, tr!("Public data sets"), false, |ui| public::ui(ui, cx));
    }
}

/// Why the last try failed.
pub fn error(ui: &mut egui::Ui, cx: &Cx<'_>) {
    let Some(error) = &cx.state.open_error else { return };
    let palette = Palette::of(ui.visuals());
    egui::Frame::new().fill(palette.raised).corner_radius(4).inner_margin(8).show(ui, |ui| {
        ui.label(RichText::new(tr!("This could not be opened")).strong().color(palette.bad));
        ui.add(egui::Label::new(RichText::new(error).color(palette.text)).wrap());
    });
}

/// A wide button with a title and a line about it.
fn card(ui: &mut egui::Ui, title: &str, about: &str, chosen: bool) -> bool {
    let palette = Palette::of(ui.visuals());
    let width = ui.available_width();
    let margin = 10.0;
    let about_galley =
        ui.painter().layout(about.to_owned(), FontId::proportional(11.5), palette.weak, width - 2.0 * margin);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 32.0 + about_galley.size().y), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, title));
    let visuals = ui.style().interact(&response);
    let line = if chosen { palette.accent } else { visuals.bg_stroke.color };
    ui.painter().rect(rect, 5.0, visuals.weak_bg_fill, Stroke::new(1.0, line), StrokeKind::Inside);
    ui.painter().text(
        pos2(rect.left() + margin, rect.top() + 15.0),
        Align2::LEFT_CENTER,
        title,
        FontId::proportional(13.0),
        palette.strong,
    );
    ui.painter().galley(pos2(rect.left() + margin, rect.top() + 25.0), about_galley, palette.weak);
    response.on_hover_text(about).clicked()
}

fn progress(ui: &mut egui::Ui, cx: &mut Cx<'_>, source: &str, stage: &str, done: u64, total: u64) {
    let palette = Palette::of(ui.visuals());
    egui::Frame::new().fill(palette.raised).corner_radius(4).inner_margin(8).show(ui, |ui| {
        ui.add(egui::Label::new(RichText::new(source).color(palette.strong)).truncate());
        if widgets::progress(ui, stage, done, total, tr!("Stop reading; what was open stays open.")) {
            cx.act(Action::CancelOpen);
        }
    });
}
