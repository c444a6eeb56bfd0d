//! Colours of the cells: right answers in one hue, mistakes in another, both readable for
//! people with any common colour vision and with text on them in both themes.

use crate::ui::theme::Palette;
use crate::ui::widgets::contrast::blend;
use eframe::egui::Color32;

/// Ground of a cell that holds `share` (0 to 1) of its row. The square root lifts the
/// mistakes, which are few and matter most.
pub fn shade(palette: &Palette, diagonal: bool, share: f32) -> Color32 {
    let full = if diagonal { palette.series(0) } else { palette.series(1) };
    let part = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let part = if diagonal { part } else { part.sqrt() };
    if part == 0.0 { palette.well } else { blend(palette.well, full, 0.10 + 0.85 * part) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme::{DARK, LIGHT};
    use crate::ui::widgets::contrast::{contrast, readable_on};

    #[test]
    fn text_on_every_shade_can_be_read_in_both_themes() {
        for palette in [DARK, LIGHT] {
            for diagonal in [false, true] {
                for step in 0..=200u8 {
                    let ground = shade(&palette, diagonal, f32::from(step) / 200.0);
                    let ratio = contrast(ground, readable_on(ground));
                    assert!(ratio >= 4.5, "{ratio} on {ground:?}");
                }
            }
        }
    }

    #[test]
    fn more_is_further_from_the_ground_and_a_single_mistake_shows() {
        for palette in [DARK, LIGHT] {
            for diagonal in [false, true] {
                let ratios: Vec<f32> = (0..=10u8)
                    .map(|step| contrast(palette.well, shade(&palette, diagonal, f32::from(step) / 10.0)))
                    .collect();
                assert!(ratios.windows(2).all(|pair| pair[0] < pair[1]), "{ratios:?}");
            }
            assert_ne!(shade(&palette, false, 0.001), palette.well);
        }
    }
}
