//! A bar that fills, with a button that ends the work. It does not end it itself.

use super::number;
use crate::language::{tr, tr_dynamic};
use crate::ui::theme::Palette;
use eframe::egui;
use eframe::egui::{Align, Layout, RichText};

/// Paints the stage and how far it is (`total` 0: not known) beside "Cancel", whose tooltip is
/// `about`; whether that was clicked.
pub fn progress(ui: &mut egui::Ui, stage: &str, done: u64, total: u64, about: &str) -> bool {
    let text = match total {
        0 => tr_dynamic(stage).to_owned(),
        _ => tr!(
            "{stage} {done} of {total}",
            stage = tr_dynamic(stage),
            done = number::count(done),
            total = number::count(total)
        ),
    };
    let share = if total == 0 { 0.0 } else { done as f64 / total as f64 };
    progress_said(ui, share, &text, about)
}

/// The same with other words; `share` is from 0 to 1.
pub fn progress_said(ui: &mut egui::Ui, share: f64, text: &str, about: &str) -> bool {
    let palette = Palette::of(ui.visuals());
    let row = |ui: &mut egui::Ui| {
        let cancel = ui.button(tr!("Cancel")).on_hover_text(about).clicked();
        let bar = egui::ProgressBar::new(share as f32)
            .desired_width(ui.available_width())
            .desired_height(18.0)
            .fill(palette.accent.gamma_multiply(0.5))
            .text(RichText::new(text).size(11.5).color(palette.strong));
        ui.add(bar);
        cancel
    };
    ui.horizontal(|ui| ui.with_layout(Layout::right_to_left(Align::Center), row).inner).inner
}
