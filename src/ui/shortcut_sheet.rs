//! The sheet of keyboard shortcuts: all that COMMANDS and PANELS have, and what keys do inside
//! panels. It does nothing itself.

use super::commands::{COMMANDS, panel_shortcut};
use super::panels::PANELS;
use super::theme::Palette;
use crate::language::{later, tr, tr_dynamic};
use eframe::egui;
use eframe::egui::{Key, Modifiers, RichText};

/// Keys that belong to what has the focus.
const INSIDE: &[(&str, &str)] = &[
    (later!("Next or previous control"), later!("Tab, Shift+Tab")),
    (later!("Press the control in focus"), later!("Space or Enter")),
    (later!("Next or previous sample"), later!("Left and right arrow")),
    (later!("Back to the list"), later!("Escape")),
    (later!("Zoom a chart"), later!("+ and -, Home for all steps")),
];

/// Whether it is shown.
#[derive(Default)]
pub struct Sheet {
    /// Whether it is shown.
    pub open: bool,
}

impl Sheet {
    /// Paints it while it is open; Escape, F1, a click outside or the button close it.
    pub fn ui(&mut self, ui: &egui::Ui) {
        if !self.open {
            return;
        }
        let palette = Palette::of(ui.visuals());
        let modal = egui::Modal::new(egui::Id::unique("shortcuts")).show(ui.ctx(), |ui| {
            ui.set_width(470.0);
            ui.label(RichText::new(tr!("Keyboard shortcuts")).size(15.0).strong().color(palette.strong));
            ui.add_space(4.0);
            let height = (ui.ctx().content_rect().height() - 140.0).max(160.0);
            egui::ScrollArea::vertical().max_height(height).show(ui, |ui| {
                let row = |ui: &mut egui::Ui, name: &str, keys: &str| {
                    ui.horizontal(|ui| {
                        ui.add(egui::Label::new(RichText::new(name).color(palette.text)).truncate());
                        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                            ui.label(RichText::new(keys).color(palette.strong));
                        });
                    });
                };
                ui.spacing_mut().item_spacing.y = 2.0;
                for command in COMMANDS.iter().filter(|c| !c.shortcuts.is_empty()) {
                    let shown = command.shortcuts.iter().take(2).map(|s| ui.ctx().format_shortcut(s));
                    row(ui, tr_dynamic(command.label), &shown.collect::<Vec<_>>().join(", "));
                }
                ui.separator();
                for panel in PANELS {
                    if let Some(shortcut) = panel_shortcut(panel.id) {
                        let name = tr!("Panel {panel}", panel = tr_dynamic(panel.title));
                        row(ui, &name, &ui.ctx().format_shortcut(&shortcut));
                    }
                }
                ui.separator();
                for (name, keys) in INSIDE {
                    row(ui, tr_dynamic(name), tr_dynamic(keys));
                }
            });
            ui.add_space(6.0);
            let close = ui.button(tr!("Close"));
            if ui.memory(|m| m.focused().is_none()) {
                close.request_focus();
            }
            close.clicked()
        });
        let again = ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::F1));
        if modal.inner || again || modal.should_close() {
            self.open = false;
        }
    }
}
