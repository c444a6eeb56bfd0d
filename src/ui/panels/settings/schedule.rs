//! The learning-rate schedule of the settings shown, drawn: warm-up and what follows it
//! over the run. It computes nothing itself: the numbers are those that a step will use.

use crate::app::State;
use crate::language::tr;
use crate::train::schedule::learning_rate;
use crate::ui::theme::Palette;
use crate::ui::widgets::number;
use eframe::egui;
use eframe::egui::{RichText, Role, Stroke, WidgetInfo};
use egui_plot::{Line, Plot, PlotPoints, VLine};

/// Points of the drawn line.
const POINTS: u64 = 160;
/// Height of the picture, in points.
const HEIGHT: f32 = 84.0;

/// Paints it; without data there is no number of steps and nothing to draw.
pub fn ui(ui: &mut egui::Ui, state: &State) {
    let Some(total) = total_steps(state) else { return };
    let palette = Palette::of(ui.visuals());
    let train = &state.config.train;
    let rate = |step: u64| learning_rate(train, step, total);
    let caption = tr!(
        "Learning rate over {steps} steps, at most {rate}",
        steps = number::count(total),
        rate = number::plain(train.learning_rate)
    );
    ui.add_space(2.0);
    ui.label(RichText::new(&caption).small().color(palette.weak));
    let points: Vec<[f64; 2]> = (0..=POINTS)
        .map(|i| 1 + i * total.saturating_sub(1) / POINTS)
        .map(|step| [step as f64, rate(step)])
        .collect();
    let now = state.live_run().filter(|_| state.training_job().is_some()).map(|run| run.step as f64);
    let plot = Plot::new("schedule")
        .height(HEIGHT)
        // The scroll bar stands on the right edge.
        .width((ui.available_width() - ui.spacing().scroll.bar_width - 4.0).max(40.0))
        .show_axes(false)
        .show_grid(false)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .include_y(0.0)
        .include_x(0.0)
        .set_margin_fraction(egui::vec2(0.02, 0.08))
        .label_formatter(move |position| {
            let step = match position {
                egui_plot::HoverPosition::NearDataPoint { position, .. } => position.x,
                egui_plot::HoverPosition::Elsewhere { position } => position.x,
            };
            let step = step.round().clamp(1.0, total as f64) as u64;
            Some(tr!("step {step}\n{rate}", step = number::count(step), rate = number::plain(rate(step))))
        });
    let response = plot.show(ui, |plot| {
        plot.line(
            Line::new(tr!("Learning rate"), PlotPoints::from(points))
                .stroke(Stroke::new(1.5, palette.series(0)))
                .fill(0.0)
                .fill_alpha(0.12)
                .allow_hover(true),
        );
        if let Some(step) = now {
            plot.vline(VLine::new(tr!("Now"), step).stroke(Stroke::new(1.0, palette.accent)));
        }
    });
    response.response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &caption));
}

/// Updates of the weights that a run with these settings takes, or the live run as planned now.
fn total_steps(state: &State) -> Option<u64> {
    if let (Some(_), Some(run)) = (state.training_job(), state.live_run())
        && run.total_steps > 0
    {
        return Some(run.total_steps);
    }
    let samples = state.data.as_ref()?.summary.split_counts[0];
    let train = &state.config.train;
    let planned = samples.div_ceil(train.batch_size.max(1)) * train.epochs;
    let total = if train.max_steps > 0 { planned.min(train.max_steps) } else { planned };
    (total > 0).then_some(total)
}
