//! One chart: header with the values, plot, pointer and keys. It changes nothing; what the
//! person asks for (another range of steps, a step pointed at) is handed back.

use super::metrics::Charted;
use super::pointer::{self, Asked};
use super::series::{Look, Series, nearest};
use crate::app::{CurveLook, Point, SettingChange};
use crate::language::{tr, tr_dynamic};
use crate::ui::theme::Palette;
use crate::ui::widgets::contrast::blend;
use crate::ui::widgets::pyramid::Pyramid;
use crate::ui::widgets::{number, step_axis, still, value_axis};
use eframe::egui;
use eframe::egui::{Align, Color32, Layout, RichText, Role, Sense, Stroke, Vec2, WidgetInfo, vec2};
use egui_plot::{
    GridMark, HLine, Line, LineStyle, MarkerShape, Plot, PlotPoint, PlotPoints, PlotUi, Points, Text, VLine,
};

/// What is drawn.
pub struct Chart<'a> {
    /// The metric.
    pub metric: &'a Charted,
    /// Measured at each step.
    pub points: &'a [Point],
    /// Measured at evaluations of the validation examples.
    pub validation: &'a [Point],
    /// Measured at evaluations of the test examples.
    pub test: &'a [Point],
    /// What a cheap classifier reached on the validation examples, with its name and value in words.
    pub baseline: Option<(String, f64)>,
    /// Earlier runs.
    pub beside: Vec<Beside<'a>>,
    /// Settings that changed.
    pub changes: &'a [SettingChange],
    /// The step that a fork goes on from, and the name of its parent.
    pub origin: Option<&'a (u64, String)>,
    /// Whether the changes carry their text here.
    pub label_changes: bool,
    /// First and last step in the picture.
    pub range: [f64; 2],
    /// The step pointed at, in this chart or another.
    pub pointed: Option<f64>,
    /// Logarithmic.
    pub log: bool,
    /// Size with header, in points.
    pub size: Vec2,
}

/// Height of the header, in points.
const HEADER: f32 = 20.0;
/// Height of a label in the plot and what keeps it from the next, in points.
const LABEL: f32 = 15.0;
/// Width kept for the axis, so that the plots of a column line up.
const AXIS: f32 = 46.0;

/// The metric of an earlier run.
pub struct Beside<'a> {
    /// What the run is called.
    pub name: &'a str,
    /// Its colour.
    pub color: Color32,
    /// Measured at each step.
    pub points: &'a [Point],
    /// Measured at evaluations of the validation examples.
    pub validation: Vec<Point>,
    /// The step from which it is drawn.
    pub begins: f64,
    /// Ready to draw.
    pub series: &'a Series,
}

impl Beside<'_> {
    /// What it measured at a step, or last before it: training (smoothed) and validation.
    fn at(&self, step: f64) -> (Option<f64>, Option<f64>) {
        if step < self.begins {
            return (None, None);
        }
        let train = self.series.at(self.points, step).map(|(_, smoothed)| smoothed);
        let before = self.validation.partition_point(|p| p[0] <= step).checked_sub(1);
        (train, before.and_then(|at| self.validation.get(at)).map(|p| p[1]))
    }
}

/// How the lines of a metric are drawn in a chart of a size.
pub fn look(metric: &Charted, wanted: &CurveLook, range: [f64; 2], size: Vec2) -> Look {
    Look {
        range,
        columns: (size.x - AXIS).max(16.0) as usize,
        smoothing: if metric.smoothed { wanted.smoothing } else { 0.0 },
        log: wanted.log && metric.log,
    }
}

impl Chart<'_> {
    /// Paints the chart.
    pub fn ui(&self, ui: &mut egui::Ui, series: &Series) -> Asked {
        let said = self.header(ui, series);
        self.plot(ui, series, self.log, &said)
    }

    /// Last value of a marked line at or before the step pointed at; the last of all without one.
    fn marked<'p>(&self, points: &'p [Point]) -> Option<&'p Point> {
        match self.pointed {
            Some(step) => points.get(points.partition_point(|p| p[0] <= step).checked_sub(1)?),
            None => points.last(),
        }
    }

    /// Title left, values right, as one line; returns it in words.
    fn header(&self, ui: &mut egui::Ui, series: &Series) -> String {
        let palette = Palette::of(ui.visuals());
        let step = self.pointed.unwrap_or(f64::INFINITY);
        let train = series.at(self.points, step).map(|(_, smoothed)| smoothed);
        let mut values: Vec<(&str, Color32, f64, bool)> = Vec::new();
        if let Some(value) = train {
            let name = if self.validation.is_empty() { "" } else { tr!("Train") };
            values.push((name, palette.series(0), value, false));
        }
        if let Some(point) = self.marked(self.validation) {
            values.push((tr!("Validation"), palette.series(1), point[1], true));
        }
        if let Some(point) = self.marked(self.test) {
            values.push((tr!("Test"), palette.series(2), point[1], true));
        }
        let spoken: Vec<String> = values
            .iter()
            .map(|(name, _, value, _)| format!("{name} {}", self.metric.text(*value)).trim().to_owned())
            .collect();
        let spoken: Vec<String> =
            spoken.into_iter().chain(self.baseline.iter().map(|(name, _)| name.clone())).collect();
        let said = format!("{}: {}", self.metric.label, spoken.join(", "));
        if let Some((_, value)) = &self.baseline {
            values.push((tr!("Baseline"), palette.weak, *value, false));
        }
        ui.allocate_ui_with_layout(vec2(self.size.x, HEADER), Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_size(vec2(self.size.x, HEADER));
            ui.spacing_mut().item_spacing.x = 5.0;
            ui.add_space(2.0);
            ui.label(RichText::new(&self.metric.label).strong().color(palette.strong))
                .on_hover_text(&self.metric.about);
            let narrow = self.size.x < 300.0;
            if !self.metric.unit.is_empty() && !narrow {
                ui.label(RichText::new(&self.metric.unit).small().color(palette.weak));
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.add_space(4.0);
                for (index, (name, color, value, marked)) in values.iter().enumerate().rev() {
                    let text = self.metric.text(*value);
                    ui.label(RichText::new(text).color(palette.text));
                    if !name.is_empty() && !narrow {
                        ui.label(RichText::new(*name).small().color(palette.weak));
                    }
                    match &self.baseline {
                        Some((long, _)) if index + 1 == values.len() => dashes(ui, *color, long),
                        _ => swatch(ui, *color, *marked, name),
                    }
                    if index > 0 {
                        ui.add_space(6.0);
                    }
                }
            });
        });
        said
    }

    fn plot(&self, ui: &mut egui::Ui, series: &Series, log: bool, said: &str) -> Asked {
        let palette = Palette::of(ui.visuals());
        let [low, high] = self.range;
        let scale: fn(f64) -> f64 = if log { f64::log10 } else { |v| v };
        // One point beyond either side, so that the line leaves the picture; the axis is
        // fitted to what is inside.
        let marked = |points: &[Point]| -> Vec<PlotPoint> {
            let window = points.get(Pyramid::window(points, low, high)).unwrap_or_default();
            window.iter().map(|p| PlotPoint::new(p[0], scale(p[1]))).filter(|p| p.y.is_finite()).collect()
        };
        let (validation, test) = (marked(self.validation), marked(self.test));
        let beside: Vec<Vec<PlotPoint>> = self.beside.iter().map(|other| marked(&other.validation)).collect();
        let marks = validation.iter().chain(&test).chain(beside.iter().flatten());
        let inside = marks.filter(|p| p.x >= low && p.x <= high).map(|p| p.y);
        let extents = self.beside.iter().filter_map(|other| other.series.drawn().extent());
        let others = extents.flat_map(|(low, high)| [low, high]).chain(self.baseline.iter().map(|b| b.1));
        let (bottom, top) = bounds(series.extent, inside.chain(others));
        let height = (self.size.y - HEADER).max(40.0);
        let lines = (height / 26.0).max(2.0) as usize;
        let steps = ((self.size.x - AXIS) / 76.0).max(1.0) as usize;
        let dark = ui.visuals().dark_mode;
        let pointed = self.pointed.and_then(|step| {
            let ([x, _], value) = series.at(self.points, step)?;
            Some((x, scale(value)))
        });
        let y_metric = self.metric.clone();
        let y_hints = value_axis(&palette, AXIS)
            .formatter(move |mark, _| y_metric.mark(if log { 10f64.powf(mark.value) } else { mark.value }));
        let response = still(Plot::new(&self.metric.name))
            .width(self.size.x)
            .height(height)
            .grid_color(if dark {
                palette.line.gamma_multiply(0.55)
            } else {
                palette.line.gamma_multiply(0.7)
            })
            .x_grid_spacer(move |_| {
                let (values, distance) = number::marks(low, high, steps);
                let whole = values.into_iter().filter(|v| v.fract() == 0.0);
                whole.map(|value| GridMark { value, step_size: distance.max(1.0) }).collect()
            })
            .y_grid_spacer(move |_| y_marks(bottom, top, lines, log))
            .custom_x_axes(vec![step_axis(&palette)])
            .custom_y_axes(vec![y_hints])
            .show(ui, |plot| {
                plot.set_plot_bounds_x(low..=high);
                plot.set_plot_bounds_y(bottom..=top);
                self.mark_origin(plot, &palette, [bottom, top]);
                self.mark_changes(plot, &palette, [bottom, top]);
                self.mark_baseline(plot, &palette);
                for (other, marks) in self.beside.iter().zip(&beside) {
                    for run in other.series.drawn().runs() {
                        add_run(plot, run, Stroke::new(1.3, other.color));
                    }
                    let stroke = Stroke::new(1.3, other.color);
                    plot.line(line(marks, stroke).style(LineStyle::dashed_dense()));
                }
                let color = palette.series(0);
                let alone = series.smooth.is_empty();
                // Opaque, because a translucent line is darker where it crosses itself.
                let raw =
                    if alone { color } else { blend(palette.well, color, if dark { 0.42 } else { 0.34 }) };
                for run in series.raw.runs() {
                    add_run(plot, run, Stroke::new(if alone { 1.6 } else { 1.0 }, raw));
                }
                for run in series.smooth.runs() {
                    add_run(plot, run, Stroke::new(1.8, color));
                }
                for (points, index, shape) in
                    [(&validation, 1, MarkerShape::Circle), (&test, 2, MarkerShape::Diamond)]
                {
                    let color = palette.series(index);
                    plot.line(line(points, Stroke::new(1.4, color)));
                    // Dots only while they can be told apart.
                    let sparse = points.len() * 6 < columns_of(self.size.x) || points.len() < 3;
                    if sparse || index == 2 {
                        let dots = PlotPoints::Borrowed(points);
                        let radius = if index == 2 { 4.5 } else { 3.0 };
                        plot.points(Points::new("", dots).shape(shape).radius(radius).color(color));
                    }
                }
                if let Some((x, y)) = pointed {
                    plot.vline(VLine::new("", x).stroke(Stroke::new(1.0, palette.weak)));
                    if y.is_finite() {
                        let dot = vec![PlotPoint::new(x, y)];
                        plot.points(
                            Points::new("", PlotPoints::Owned(dot)).radius(3.5).color(palette.strong),
                        );
                    }
                }
            });
        let named = response.response;
        named
            .widget_info(|| WidgetInfo::labeled(Role::Figure, true, tr!("Chart of {values}", values = said)));
        if named.has_focus() {
            let frame = response.transform.frame();
            ui.painter().rect_stroke(*frame, 2.0, Stroke::new(1.5, palette.accent), egui::StrokeKind::Inside);
        }
        let step_at = |pos| response.transform.value_from_position(pos).x;
        let asked = pointer::asked(ui, &named, self.range, step_at);
        if let Some(step) = asked.pointed.filter(|_| !self.beside.is_empty() && !named.dragged()) {
            named.on_hover_ui_at_pointer(|ui| self.values(ui, series, step));
        }
        asked
    }

    /// The values of all runs at a step.
    fn values(&self, ui: &mut egui::Ui, series: &Series, step: f64) {
        let palette = Palette::of(ui.visuals());
        let train = series.at(self.points, step).map(|(_, smoothed)| smoothed);
        let shown = (train, self.marked(self.validation).map(|p| p[1]));
        let own = (tr!("This run"), palette.series(0), shown);
        let others = self.beside.iter().map(|other| (other.name, other.color, other.at(step)));
        egui::Grid::new("values").num_columns(4).spacing(vec2(8.0, 2.0)).show(ui, |ui| {
            ui.label("");
            let at = tr!("Step {step}", step = number::count(step.max(0.0) as u64));
            ui.label(RichText::new(at).color(palette.weak));
            ui.label(RichText::new(tr!("Train")).small().color(palette.weak));
            ui.label(RichText::new(tr!("Validation")).small().color(palette.weak));
            ui.end_row();
            for (name, color, (train, validation)) in std::iter::once(own).chain(others) {
                let text = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |v| self.metric.text(v));
                swatch(ui, color, false, "");
                ui.label(RichText::new(name).color(palette.text));
                ui.label(RichText::new(text(train)).color(palette.strong));
                ui.label(RichText::new(text(validation)).color(palette.strong));
                ui.end_row();
            }
        });
    }

    /// What the model is to beat: a dashed line, named in the header.
    fn mark_baseline(&self, plot: &mut PlotUi<'_>, palette: &Palette) {
        let Some((_, value)) = &self.baseline else { return };
        let stroke = Stroke::new(1.2, palette.weak);
        plot.hline(HLine::new("", *value).stroke(stroke).style(LineStyle::dashed_loose()));
    }

    /// Where a fork parts from the run that it comes from.
    fn mark_origin(&self, plot: &mut PlotUi<'_>, palette: &Palette, [bottom, top]: [f64; 2]) {
        let [low, high] = self.range;
        let Some((step, name)) = self.origin else { return };
        let x = *step as f64;
        if x < low || x > high {
            return;
        }
        let stroke = Stroke::new(1.2, palette.accent.gamma_multiply(0.8));
        plot.vline(VLine::new("", x).stroke(stroke).style(LineStyle::dashed_loose()));
        if self.label_changes {
            let text = tr!("Forked from {run}", run = name);
            let text = RichText::new(text).size(10.5).color(palette.accent);
            // Below, because changes made with the fork have their labels above.
            self.label(plot, text, x, bottom + (top - bottom) * 0.03, egui::Align::Max);
        }
    }

    /// Words beside a mark at step `x`, above or below `y`; left of it near the right edge.
    fn label(&self, plot: &mut PlotUi<'_>, text: RichText, x: f64, y: f64, vertical: egui::Align) {
        let [low, high] = self.range;
        let (horizontal, shift) =
            if x > low + (high - low) * 0.6 { (egui::Align::Max, -1.0) } else { (egui::Align::Min, 1.0) };
        let at = PlotPoint::new(x + shift * (high - low) * 0.006, y);
        plot.text(Text::new("", at, text).anchor(egui::Align2([horizontal, vertical])));
    }

    /// Where the settings changed.
    fn mark_changes(&self, plot: &mut PlotUi<'_>, palette: &Palette, [bottom, top]: [f64; 2]) {
        let [low, high] = self.range;
        for (index, change) in self.changes.iter().enumerate() {
            let x = change.step as f64;
            if x < low || x > high {
                continue;
            }
            let stroke = Stroke::new(1.0, palette.warning.gamma_multiply(0.8));
            plot.vline(VLine::new("", x).stroke(stroke).style(LineStyle::dashed_dense()));
            if self.label_changes {
                // Neighbouring labels stand one below the other.
                let line = f64::from(LABEL / (self.size.y - HEADER).max(LABEL)).max(0.11);
                let y = top - (top - bottom) * (0.02 + line * (index % 4) as f64);
                let text = RichText::new(change_text(change)).size(10.5).color(palette.warning);
                self.label(plot, text, x, y, egui::Align::Min);
            }
        }
    }
}

/// A change of a setting in words: `Learning rate 0.001 to 0.0005`.
pub fn change_text(change: &SettingChange) -> String {
    let label = crate::config::setting(&change.key).map_or(change.key.as_str(), |s| tr_dynamic(s.label));
    tr!("{setting} {from} to {to}", setting = label, from = change.from, to = change.to)
}

/// Whether a point of the chart is close enough to a change to tell of it.
pub fn change_near(changes: &[SettingChange], step: f64, tolerance: f64) -> Option<&SettingChange> {
    let steps: Vec<Point> = changes.iter().map(|c| [c.step as f64, 0.0]).collect();
    changes.get(nearest(&steps, step)?).filter(|c| (c.step as f64 - step).abs() <= tolerance)
}

/// Lower and upper end of the axis: what is drawn, with room above and below.
fn bounds(extent: Option<(f64, f64)>, others: impl Iterator<Item = f64>) -> (f64, f64) {
    let (mut low, mut high) = extent.unwrap_or((f64::INFINITY, f64::NEG_INFINITY));
    for y in others {
        (low, high) = (low.min(y), high.max(y));
    }
    if low > high {
        return (0.0, 1.0);
    }
    let span = high - low;
    let flat = span <= low.abs().max(high.abs()) * 1e-9;
    let room = if flat { (low.abs() * 0.1).max(1e-9) } else { span * 0.07 };
    (low - room, high + room)
}

fn y_marks(bottom: f64, top: f64, wanted: usize, log: bool) -> Vec<GridMark> {
    let (values, distance) = if log {
        let values: Vec<f64> = number::log_marks(bottom, top, wanted).into_iter().map(f64::log10).collect();
        let distance = (top - bottom) / values.len().max(1) as f64;
        (values, distance)
    } else {
        number::marks(bottom, top, wanted)
    };
    values.into_iter().map(|value| GridMark { value, step_size: distance }).collect()
}

fn columns_of(width: f32) -> usize {
    (width - AXIS).max(1.0) as usize
}

fn line(points: &[PlotPoint], stroke: Stroke) -> Line<'_> {
    // Bands would smear what the pyramid has cut down already.
    Line::new("", PlotPoints::Borrowed(points)).stroke(stroke).allow_hover(false).allow_band(false)
}

/// A connected part of a line; a single point is a dot, or it would not be seen.
fn add_run<'a>(plot: &mut PlotUi<'a>, run: &'a [PlotPoint], stroke: Stroke) {
    if run.len() == 1 {
        plot.points(Points::new("", PlotPoints::Borrowed(run)).radius(2.0).color(stroke.color));
    } else {
        plot.line(line(run, stroke));
    }
}

/// The key to a line: a stroke, with a dot where the line has dots.
fn swatch(ui: &mut egui::Ui, color: Color32, marked: bool, name: &str) {
    let (rect, response) = ui.allocate_exact_size(vec2(14.0, 12.0), Sense::hover());
    let centre = rect.center();
    ui.painter().hline(rect.x_range(), centre.y, Stroke::new(2.0, color));
    if marked {
        ui.painter().circle_filled(centre, 3.0, color);
    }
    if !name.is_empty() {
        response.on_hover_text(name);
    }
}

/// The key to a dashed line.
fn dashes(ui: &mut egui::Ui, color: Color32, name: &str) {
    let (rect, response) = ui.allocate_exact_size(vec2(14.0, 12.0), Sense::hover());
    for x in [rect.left(), rect.left() + 8.0] {
        ui.painter().hline(x..=x + 5.0, rect.center().y, Stroke::new(2.0, color));
    }
    response.on_hover_text(name);
}
