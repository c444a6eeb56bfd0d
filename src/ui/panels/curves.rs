//! The Curves panel.

use super::{Cx, View};
use crate::ui::widgets;
use eframe::egui;

/// What the panel remembers.
#[derive(Default)]
pub struct Curves {}

impl View for Curves {
    fn ui(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>) {
        let _ = cx;
        widgets::empty(ui, "Nothing to show yet", "");
    }
}
