//! The Notices panel: what the reader of the open data found worth telling. It reads nothing.

use super::{Cx, View};
use crate::language::tr;
use crate::ui::widgets::empty;
use eframe::egui;

/// It remembers nothing.
#[derive(Default)]
pub struct Notices;

impl View for Notices {
    fn ui(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>) {
        let told = cx.state.data.as_ref().map_or(&[][..], |data| &data.dataset.notices);
        if told.is_empty() {
            empty(ui, tr!("Nothing to tell of this data"), "");
        }
        for notice in told {
            ui.label(notice.as_str());
        }
    }
}
