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

/// A heading that opens and closes what follows; whether it is open is kept.
pub fn foldable<R>(
    ui: &mut egui::Ui,
    title: &str,
    open: bool,
    body: impl FnOnce(&mut egui::Ui) -> R,
) -> Option<R> {
    foldable_as(ui, title, title, open, None, body)
}

/// As [`foldable`], named by `salt` where the title changes, and opened or closed where `force`
/// says so.
pub fn foldable_as<R>(
    ui: &mut egui::Ui,
    salt: &str,
    title: &str,
    open: bool,
    force: Option<bool>,
    body: impl FnOnce(&mut egui::Ui) -> R,
) -> Option<R> {
    let palette = Palette::of(ui.visuals());
    ui.add_space(2.0);
    let text = egui::RichText::new(title).size(12.0).strong().color(palette.strong);
    egui::CollapsingHeader::new(text)
        .id_salt(salt)
        .default_open(open)
        .open(force)
        .show_unindented(ui, body)
        .body_returned
}
