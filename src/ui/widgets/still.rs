//! How all charts are set up: the plot moves only where its panel says so, and its axes are
//! small and quiet. It draws no line.

use super::number;
use crate::ui::theme::Palette;
use eframe::egui::{FontId, Rangef, Sense, Vec2};
use egui_plot::{AxisHints, Plot};

/// A plot that the pointer does not move; clicks, drags and hovering are its panel's to read.
pub fn still<'a>(plot: Plot<'a>) -> Plot<'a> {
    plot.allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .allow_axis_zoom_drag(false)
        .show_x(false)
        .show_y(false)
        .label_formatter(|_| None)
        .set_margin_fraction(Vec2::ZERO)
        .sense(Sense::click_and_drag())
        .grid_spacing(Rangef::new(6.0, 7.0))
}

/// An axis of steps.
pub fn step_axis(palette: &Palette) -> AxisHints<'static> {
    quiet(AxisHints::new_x(), palette)
        .label_spacing(Rangef::new(20.0, 21.0))
        .formatter(|mark, _| if mark.value < 0.0 { String::new() } else { number::count(mark.value as u64) })
}

/// An axis of values `width` wide, so that the plots of a column line up.
pub fn value_axis(palette: &Palette, width: f32) -> AxisHints<'static> {
    quiet(AxisHints::new_y(), palette).min_thickness(width).label_spacing(Rangef::new(10.0, 11.0))
}

fn quiet(axis: AxisHints<'static>, palette: &Palette) -> AxisHints<'static> {
    axis.tick_label_color(palette.weak).tick_label_font(FontId::proportional(10.5))
}
