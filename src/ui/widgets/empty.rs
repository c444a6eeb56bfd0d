//! What a panel shows when it has nothing: one line that says so, one that says what to do.

use crate::ui::theme::Palette;
use eframe::egui;

/// Centred: `title`, and below it, quieter, `hint` (may be empty).
pub fn empty(ui: &mut egui::Ui, title: &str, hint: &str) {
    let palette = Palette::of(ui.visuals());
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() * 0.35).clamp(8.0, 160.0));
        ui.label(egui::RichText::new(title).size(14.0).color(palette.text));
        if !hint.is_empty() {
            ui.add_space(2.0);
            ui.label(egui::RichText::new(hint).color(palette.weak));
        }
    });
}
