//! The sign for right and wrong: a tick or a cross on a disc, told apart by shape as well
//! as by colour, drawn with lines so that no font is needed.

use super::contrast::readable_on;
use crate::ui::theme::Palette;
use eframe::egui::{Painter, Pos2, Stroke, vec2};

/// Draws the sign around `centre`.
pub fn verdict(painter: &Painter, centre: Pos2, radius: f32, right: bool, palette: &Palette) {
    let ground = if right { palette.good } else { palette.bad };
    let stroke = Stroke::new((radius * 0.27).max(1.2), readable_on(ground));
    painter.circle_filled(centre, radius, ground);
    let at = |x: f32, y: f32| centre + vec2(x, y) * radius;
    if right {
        painter.line(vec![at(-0.45, 0.05), at(-0.12, 0.38), at(0.48, -0.34)], stroke);
    } else {
        painter.line_segment([at(-0.36, -0.36), at(0.36, 0.36)], stroke);
        painter.line_segment([at(-0.36, 0.36), at(0.36, -0.36)], stroke);
    }
}
