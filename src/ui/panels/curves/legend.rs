//! The key to the runs in the charts: one entry per run. A click on an entry opens what can
//! be done with it: show the run, give it a name or another colour, take it out.

use super::Extra;
use crate::app::{Action, RunView};
use crate::language::tr;
use crate::runs::Notes;
use crate::ui::panels::Cx;
use crate::ui::theme::Palette;
use eframe::egui;
use eframe::egui::containers::menu::{MenuButton, MenuConfig};
use eframe::egui::{Color32, PopupCloseBehavior, RichText, Sense, Stroke, vec2};
use std::path::{Path, PathBuf};

/// What the legend remembers.
#[derive(Default)]
pub struct Legend {
    /// The name being typed, and of which run.
    naming: Option<(PathBuf, String)>,
}

impl Legend {
    /// Paints it.
    pub(super) fn ui(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>, run: &RunView, extras: &[Extra<'_>]) {
        let palette = Palette::of(ui.visuals());
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            key(ui, palette.series(0));
            ui.label(RichText::new(cx.state.title_of(&run.folder)).color(palette.strong))
                .on_hover_text(tr!("The run shown in all panels"));
            for extra in extras {
                ui.add_space(8.0);
                key(ui, extra.color);
                let text = match extra.run {
                    Some(_) => extra.name.clone(),
                    None => tr!("{run} (being read)", run = extra.name),
                };
                let config = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
                let button = egui::Button::new(RichText::new(text).color(palette.text)).frame(false);
                let (button, _) =
                    MenuButton::from_button(button).config(config).ui(ui, |ui| self.entry(ui, cx, extra));
                button.on_hover_text(tr!(
                    "An earlier run: rename it, give it another colour, show it or take it out"
                ));
            }
            ui.add_space(8.0);
            let note = tr!("dashed: validation");
            ui.label(RichText::new(note).small().color(palette.weak));
        });
    }

    fn entry(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>, extra: &Extra<'_>) {
        let palette = Palette::of(ui.visuals());
        ui.set_min_width(210.0);
        self.name(ui, cx, extra.folder, &extra.name);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 3.0;
            for (index, color) in palette.series.iter().enumerate() {
                let (rect, response) = ui.allocate_exact_size(vec2(20.0, 20.0), Sense::click());
                let name = tr!("Colour {number}", number = index + 1);
                response.widget_info(|| {
                    egui::WidgetInfo::selected(egui::Role::Button, true, *color == extra.color, &name)
                });
                ui.painter().rect_filled(rect.shrink(2.0), 3.0, *color);
                if *color == extra.color || response.hovered() || response.has_focus() {
                    let stroke = Stroke::new(1.5, palette.strong);
                    ui.painter().rect_stroke(rect, 4.0, stroke, egui::StrokeKind::Inside);
                }
                if response.clicked() {
                    cx.act(Action::OverlayColor(extra.folder.to_owned(), rgb(*color)));
                }
            }
        });
        if ui.button(tr!("Show in all panels")).clicked() {
            cx.act(Action::OpenRun(extra.folder.to_owned()));
            ui.close();
        }
        if ui.button(tr!("Take out of the charts")).clicked() {
            cx.act(Action::Overlay(extra.folder.to_owned(), false));
            ui.close();
        }
    }

    /// The name, written when the field is left.
    fn name(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>, folder: &Path, shown: &str) {
        let Some(row) = cx.state.runs.iter().find(|row| row.folder == folder) else { return };
        if self.naming.as_ref().is_none_or(|(other, _)| other != folder) {
            self.naming = Some((folder.to_owned(), shown.to_owned()));
        }
        let Some((_, typed)) = &mut self.naming else { return };
        let palette = Palette::of(ui.visuals());
        let label = ui.label(RichText::new(tr!("Name")).color(palette.weak));
        let field = ui.add(egui::TextEdit::singleline(typed).desired_width(200.0)).labelled_by(label.id);
        if field.lost_focus() {
            let name = typed.trim();
            let name = if name == row.name { String::new() } else { name.to_owned() };
            if name != row.notes.name {
                cx.act(Action::EditNotes(folder.to_owned(), Notes { name, ..row.notes.clone() }));
            }
            self.naming = None;
        }
    }
}

fn rgb(color: Color32) -> [u8; 3] {
    [color.r(), color.g(), color.b()]
}

/// A short line in the run's colour.
pub fn key(ui: &mut egui::Ui, color: Color32) {
    let (rect, _) = ui.allocate_exact_size(vec2(14.0, 14.0), Sense::hover());
    ui.painter().hline(rect.x_range(), rect.center().y, Stroke::new(2.5, color));
}
