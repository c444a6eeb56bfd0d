//! Text that can be read on any ground: contrast as in WCAG 2.2, success criterion 1.4.3.

use eframe::egui::Color32;

/// Relative luminance of an opaque colour, 0 (black) to 1 (white).
pub fn luminance(color: Color32) -> f32 {
    let linear = |value: u8| {
        let v = f32::from(value) / 255.0;
        if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(color.r()) + 0.7152 * linear(color.g()) + 0.0722 * linear(color.b())
}

/// Contrast of two opaque colours, 1 (none) to 21 (black on white).
pub fn contrast(a: Color32, b: Color32) -> f32 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Near-black or white, whichever reads better.
pub fn readable_on(ground: Color32) -> Color32 {
    let dark = Color32::from_rgb(0x02, 0x03, 0x04);
    if contrast(ground, Color32::WHITE) >= contrast(ground, dark) { Color32::WHITE } else { dark }
}

/// The colour a share `part` (0 to 1) of the way between two opaque ones.
pub fn blend(from: Color32, to: Color32, part: f32) -> Color32 {
    let mix = |a: u8, b: u8| {
        let (a, b) = (f32::from(a), f32::from(b));
        (a + (b - a) * part.clamp(0.0, 1.0)).round() as u8
    };
    Color32::from_rgb(mix(from.r(), to.r()), mix(from.g(), to.g()), mix(from.b(), to.b()))
}
