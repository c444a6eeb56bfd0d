//! What happened, for a few seconds in the lower right corner: the notes of the log. Warnings and
//! errors stand in their own bar until they are dismissed. A toast takes no clicks and gives way
//! to the pointer, so that it never keeps a person from what is below it.

use super::theme::Palette;
use crate::app::State;
use crate::runs::Level;
use eframe::egui;
use eframe::egui::{Align2, Id, Order, RichText, Role, WidgetInfo, vec2};
use std::time::Duration;

/// Seconds that one stays.
const STAYS: f64 = 4.0;
/// Shown at once.
const MOST: usize = 3;

/// What is being shown.
#[derive(Default)]
pub struct Toasts {
    /// Lines of the log that were seen.
    seen: u64,
    /// Text, and until when (seconds since the start).
    shown: Vec<(String, f64)>,
}

impl Toasts {
    /// Takes in what the log has got, and paints.
    pub fn ui(&mut self, ui: &egui::Ui, state: &State) {
        let now = ui.input(|i| i.time);
        let fresh = usize::try_from(state.told.saturating_sub(self.seen)).unwrap_or(usize::MAX);
        self.seen = state.told;
        let first = state.log.len().saturating_sub(fresh.min(MOST));
        let notes = state.log[first..].iter().filter(|line| line.level == Level::Info);
        self.shown.extend(notes.map(|line| (line.text.clone(), now + STAYS)));
        self.shown.retain(|(_, until)| *until > now);
        let surplus = self.shown.len().saturating_sub(MOST);
        self.shown.drain(..surplus);
        let Some(next) = self.shown.iter().map(|(_, until)| until - now).min_by(f64::total_cmp) else {
            return;
        };
        ui.ctx().request_repaint_after(Duration::from_secs_f64(next.max(0.0)));
        self.paint(ui);
    }

    fn paint(&self, ui: &egui::Ui) {
        let palette = Palette::of(ui.visuals());
        let pointer = ui.input(|i| i.pointer.hover_pos());
        let place = Id::unique("toasts");
        let covered = ui.ctx().memory(|m| m.area_rect(place));
        let away = covered.zip(pointer).is_some_and(|(rect, pointer)| rect.expand(8.0).contains(pointer));
        let area = egui::Area::new(place)
            .order(Order::Foreground)
            .interactable(false)
            .anchor(Align2::RIGHT_BOTTOM, vec2(-14.0, -14.0));
        area.show(ui.ctx(), |ui| {
            if away {
                ui.set_opacity(0.12);
            }
            ui.set_max_width(360.0);
            ui.spacing_mut().item_spacing.y = 6.0;
            for (text, _) in &self.shown {
                let frame = egui::Frame::new()
                    .fill(palette.raised)
                    .stroke(egui::Stroke::new(1.0, palette.line))
                    .corner_radius(5)
                    .inner_margin(egui::Margin::symmetric(10, 7));
                let shown = frame.show(ui, |ui| {
                    let label = egui::Label::new(RichText::new(text).color(palette.text));
                    ui.add(label.wrap().selectable(false))
                });
                shown.inner.widget_info(|| WidgetInfo::labeled(Role::Status, true, text));
            }
        });
    }
}
