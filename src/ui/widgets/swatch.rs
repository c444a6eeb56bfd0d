//! A small square that is ticked with a colour: chooses lines of a chart, and is their key.

use super::contrast::readable_on;
use crate::ui::theme::Palette;
use eframe::egui;
use eframe::egui::{Color32, Rect, Response, Sense, Stroke, StrokeKind, WidgetInfo, vec2};

/// Width and height that it takes, in points.
pub const SIDE: f32 = 20.0;

/// Paints it; filled with `color` and a tick while `on`. A click asks for the other state.
pub fn swatch(ui: &mut egui::Ui, on: bool, color: Color32, name: &str) -> Response {
    let palette = Palette::of(ui.visuals());
    let (rect, response) = ui.allocate_exact_size(vec2(SIDE, SIDE), Sense::click());
    response.widget_info(|| WidgetInfo::selected(egui::Role::CheckBox, true, on, name));
    let square = Rect::from_center_size(rect.center(), vec2(12.0, 12.0));
    let lit = response.hovered() || response.has_focus();
    if on {
        ui.painter().rect_filled(square, 3.0, color);
        let stroke = Stroke::new(1.6, readable_on(color));
        let at = |x: f32, y: f32| square.center() + vec2(x, y) * 6.0;
        ui.painter().line(vec![at(-0.5, 0.05), at(-0.12, 0.42), at(0.52, -0.4)], stroke);
    }
    let line = if lit { palette.strong } else { palette.weak };
    if !on || lit {
        ui.painter().rect_stroke(square, 3.0, Stroke::new(1.0, line), StrokeKind::Inside);
    }
    if response.has_focus() {
        let stroke = Stroke::new(1.5, palette.accent);
        ui.painter().rect_stroke(square.expand(2.5), 4.0, stroke, StrokeKind::Inside);
    }
    response
}
