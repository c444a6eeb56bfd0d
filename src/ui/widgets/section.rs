//! The heading of a part of a panel.

use crate::ui::theme::Palette;
use eframe::egui;

/// A quiet heading with room above it.
pub fn section(ui: &mut egui::Ui, title: &str) {
    let palette = Palette::of(ui.visuals());
    ui.add_space(8.0);
    ui.label(egui::RichText::new(title).size(12.0).strong().color(palette.strong));
    ui.add_space(1.0);
}

/// A heading that opens and closes what follows. `salt` names it in this panel.
pub fn foldable<R>(
    ui: &mut egui::Ui,
    title: &str,
    open: bool,
    body: impl FnOnce(&mut egui::Ui) -> R,
) -> Option<R> {
    let palette = Palette::of(ui.visuals());
    ui.add_space(2.0);
    let text = egui::RichText::new(title).size(12.0).strong().color(palette.strong);
    egui::CollapsingHeader::new(text)
        .id_salt(title)
        .default_open(open)
        .show_unindented(ui, body)
        .body_returned
}
