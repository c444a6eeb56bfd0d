//! The newest warning or error, under the top bar, until it is dismissed.

use super::panels::Cx;
use super::theme::Palette;
use crate::app::Action;
use crate::language::tr;
use crate::runs::Level;
use eframe::egui;

/// Ground and margins of the bar.
pub fn frame(ui: &egui::Ui) -> egui::Frame {
    let palette = Palette::of(ui.visuals());
    egui::Frame::new().fill(palette.raised).inner_margin(egui::Margin::symmetric(12, 6))
}

/// Paints the bar.
pub fn ui(ui: &mut egui::Ui, cx: &mut Cx<'_>) {
    let Some(notice) = &cx.state.notice else { return };
    let palette = Palette::of(ui.visuals());
    let (word, color) = match notice.level {
        Level::Error => (tr!("Error"), palette.bad),
        Level::Warning => (tr!("Warning"), palette.warning),
        Level::Info => (tr!("Note"), palette.accent),
    };
    let text = notice.text.clone();
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        if ui.button(tr!("Dismiss")).on_hover_text(tr!("Hide this; the Log panel keeps it.")).clicked() {
            cx.act(Action::DismissNotice);
        }
        ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
            ui.label(egui::RichText::new(word).color(color).strong());
            ui.add(egui::Label::new(egui::RichText::new(text).color(palette.text)).wrap());
        });
    });
}
