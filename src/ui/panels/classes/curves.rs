//! The curves of the classes chosen: one line per class over the evaluations, and the values
//! under the pointer. It asks nothing of the run.

use super::{measure_name, name};
use crate::app::RunView;
use crate::data::Split;
use crate::inspect::{CLASS_MEASURES, class_curve};
use crate::language::tr;
use crate::runs::Evaluation;
use crate::ui::theme::Palette;
use crate::ui::widgets::{self, number, step_axis, still, value_axis};
use eframe::egui;
use eframe::egui::{RichText, Role, Sense, Stroke, WidgetInfo};
use egui_plot::{GridMark, Line, Plot, PlotPoint, PlotPoints, Points, VLine};

/// A line: its class, name and points.
type Curve = (String, Vec<[f64; 2]>);

/// Paints the choice of the measure, and the curves.
pub fn ui(ui: &mut egui::Ui, run: &RunView, split: Split, measure: &mut usize, classes: &[u32]) {
    let palette = Palette::of(ui.visuals());
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        ui.label(RichText::new(tr!("Over the run")).strong().color(palette.strong));
        ui.add_space(6.0);
        for (index, row) in CLASS_MEASURES.iter().enumerate() {
            ui.selectable_value(measure, index, measure_name(row.name));
        }
    });
    let evaluations: Vec<&Evaluation> =
        run.evaluations.iter().filter(|e| e.split == split && !e.confusion.is_empty()).collect();
    let Some(row) = CLASS_MEASURES.get(*measure) else { return };
    let curves: Vec<Curve> = classes
        .iter()
        .map(|class| (name(run, *class), class_curve(evaluations.iter().copied(), *class, row)))
        .collect();
    if curves.is_empty() {
        widgets::empty(ui, tr!("No class is ticked"), tr!("Tick a class above to see its curve."));
        return;
    }
    plot(ui, measure_name(row.name), &curves, &palette);
}

fn plot(ui: &mut egui::Ui, title: &str, curves: &[Curve], palette: &Palette) {
    let points = || curves.iter().flat_map(|(_, points)| points);
    let ends = |axis: usize| {
        points()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), p| (low.min(p[axis]), high.max(p[axis])))
    };
    let ((first, last), (low, high)) = (ends(0), ends(1));
    let (first, last) = if first < last { (first, last) } else { ((first - 1.0).max(0.0), first + 1.0) };
    // So that the last mark of the axis is not cut.
    let last = last + (last - first) * 0.02;
    let room = ((high - low) * 0.08).max(0.02);
    let (low, high) = ((low - room).max(-0.02), (high + room).min(1.02));
    let size = ui.available_size();
    let lines = (size.y / 30.0).max(2.0) as usize;
    let steps = (size.x / 80.0).max(1.0) as usize;
    let response = still(Plot::new("class curves"))
        .width(size.x)
        .height(size.y.max(80.0))
        .grid_color(palette.line.gamma_multiply(0.6))
        .x_grid_spacer(move |_| marks(first, last, steps))
        .y_grid_spacer(move |_| marks(low, high, lines))
        .custom_x_axes(vec![step_axis(palette)])
        .custom_y_axes(vec![
            value_axis(palette, 46.0)
                .formatter(|mark, _| format!("{}\u{a0}%", number::plain(mark.value * 100.0))),
        ])
        .show(ui, |plot| {
            plot.set_plot_bounds_x(first..=last);
            plot.set_plot_bounds_y(low..=high);
            for (index, (_, points)) in curves.iter().enumerate() {
                let color = palette.series(index);
                let line: Vec<PlotPoint> = points.iter().map(|p| PlotPoint::new(p[0], p[1])).collect();
                if points.len() < 60 {
                    let dots = PlotPoints::Owned(line.clone());
                    plot.points(Points::new("", dots).radius(2.5).color(color));
                }
                let line = Line::new("", PlotPoints::Owned(line)).stroke(Stroke::new(1.6, color));
                plot.line(line.allow_hover(false));
            }
            if let Some(pointer) = plot.pointer_coordinate().filter(|_| plot.response().hovered()) {
                plot.vline(VLine::new("", pointer.x).stroke(Stroke::new(1.0, palette.weak)));
            }
        });
    let plot = response.response;
    let said: Vec<String> = curves
        .iter()
        .map(|(name, points)| {
            let value = points.last().map_or_else(|| "–".to_owned(), |p| number::percent(p[1]));
            format!("{name} {value}")
        })
        .collect();
    plot.widget_info(|| {
        let text = tr!("Chart of {measure} by class: {values}", measure = title, values = said.join(", "));
        WidgetInfo::labeled(Role::Figure, true, text)
    });
    let pointer = plot.hover_pos().map(|at| response.transform.value_from_position(at).x);
    if let Some(x) = pointer {
        plot.on_hover_ui_at_pointer(|ui| values(ui, curves, x, palette));
    }
}

fn marks(low: f64, high: f64, wanted: usize) -> Vec<GridMark> {
    let (values, step_size) = number::marks(low, high, wanted);
    values.into_iter().map(|value| GridMark { value, step_size }).collect()
}

/// The value of each curve at its evaluation nearest to the pointer.
fn values(ui: &mut egui::Ui, curves: &[Curve], x: f64, palette: &Palette) {
    let nearest = |points: &[[f64; 2]]| {
        points.iter().copied().min_by(|a, b| (a[0] - x).abs().total_cmp(&(b[0] - x).abs()))
    };
    let step = curves.iter().find_map(|(_, points)| nearest(points)).map_or(0.0, |p| p[0]);
    ui.label(RichText::new(tr!("At step {step}", step = number::count(step as u64))).color(palette.weak));
    for (index, (name, points)) in curves.iter().enumerate() {
        let value = nearest(points).map_or_else(|| "–".to_owned(), |p| number::percent(p[1]));
        ui.horizontal(|ui| {
            let (rect, _) = ui.allocate_exact_size(egui::vec2(10.0, 10.0), Sense::hover());
            ui.painter().rect_filled(rect, 2.0, palette.series(index));
            ui.label(format!("{name}  {value}"));
        });
    }
}
