//! The signs for what is serious and for what is good to know: a triangle and a disc, told
//! apart by shape as well as by colour, drawn so that no font is needed.

use eframe::egui::{Color32, Painter, Pos2, Shape, Stroke, vec2};

/// Draws the sign around `centre`, on `ground`.
pub fn caution(painter: &Painter, centre: Pos2, serious: bool, color: Color32, ground: Color32) {
    if !serious {
        painter.circle_filled(centre, 3.0, color);
        return;
    }
    let at = |x: f32, y: f32| centre + vec2(x, y);
    let points = vec![at(0.0, -6.0), at(6.5, 5.5), at(-6.5, 5.5)];
    painter.add(Shape::convex_polygon(points, color, Stroke::NONE));
    painter.line_segment([at(0.0, -2.5), at(0.0, 1.5)], Stroke::new(1.6, ground));
    painter.circle_filled(at(0.0, 3.6), 0.9, ground);
}
