//! The learning-rate schedule of the settings shown, drawn.

use crate::app::State;
use eframe::egui;

/// Paints it.
pub fn ui(ui: &mut egui::Ui, state: &State) {
    let _ = (ui, state);
}
