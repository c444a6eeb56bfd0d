//! The Curves panel: every step metric of the run as its own small chart over the same
//! steps, with the evaluations and the settings that changed. It keeps zoom, smoothing and
//! what speeds up drawing, and asks nothing of the run.

mod chart;
mod layout;
mod metrics;
mod pointer;
mod series;

use super::{Cx, View};
use crate::app::{Point, RunView};
use crate::data::Split;
use crate::language::tr;
use crate::ui::theme::Palette;
use crate::ui::widgets::{self, number};
use chart::Chart;
use eframe::egui;
use eframe::egui::{RichText, vec2};
use pointer::Zoom;
use series::Series;
use std::collections::BTreeMap;

/// What the panel remembers.
pub struct Curves {
    /// Weight of the exponential smoothing; 0 for none.
    smoothing: f64,
    log: bool,
    /// Whether metrics without a chart of their own are drawn too.
    all: bool,
    /// Steps in the picture; `None` for all.
    zoom: Option<[f64; 2]>,
    pointed: Option<f64>,
    series: BTreeMap<String, Series>,
    /// Which run the series belong to.
    run: Option<(std::path::PathBuf, u64)>,
}

impl Default for Curves {
    fn default() -> Self {
        Self {
            smoothing: 0.9,
            log: false,
            all: false,
            zoom: None,
            pointed: None,
            series: BTreeMap::new(),
            run: None,
        }
    }
}

impl View for Curves {
    fn ui(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>) {
        let Some(run) = cx.state.run.as_ref() else {
            widgets::empty(
                ui,
                tr!("No run to show yet"),
                tr!(
                    "Press Train: loss, accuracy, learning rate, gradient norm and throughput appear here step by step."
                ),
            );
            return;
        };
        let id = (run.folder.clone(), run.accepted.as_ref().map_or(0, |a| a.started));
        if self.run.as_ref() != Some(&id) {
            let (smoothing, log, all) = (self.smoothing, self.log, self.all);
            *self = Self { smoothing, log, all, run: Some(id), ..Self::default() };
        }
        let last = last_step(run);
        if last <= 0.0 {
            widgets::empty(
                ui,
                tr!("Waiting for the first step"),
                tr!("The charts fill while the run goes on."),
            );
            return;
        }
        self.toolbar(ui, run, last);
        ui.add_space(4.0);
        self.charts(ui, run, last);
    }
}

/// The last step with anything to draw.
fn last_step(run: &RunView) -> f64 {
    let steps = run.steps.values().filter_map(|points| points.last()).map(|p| p[0]);
    let evaluations = run.evaluations.iter().map(|e| e.step as f64);
    steps.chain(evaluations).fold(0.0, f64::max)
}

impl Curves {
    fn toolbar(&mut self, ui: &mut egui::Ui, run: &RunView, last: f64) {
        let palette = Palette::of(ui.visuals());
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().slider_width = 90.0;
            let label = ui.label(RichText::new(tr!("Smoothing")).color(palette.weak));
            ui.add(egui::Slider::new(&mut self.smoothing, 0.0..=0.99).fixed_decimals(2).step_by(0.01))
                .labelled_by(label.id)
                .on_hover_text(
                    tr!("Weight of the past in the exponential average drawn beside the faint line as measured, 0 to 0.99; 0 draws the measured line only"),
                );
            ui.checkbox(&mut self.log, tr!("Log scale")).on_hover_text(
                tr!("Draw loss, learning rate and gradient norm as logarithms; shares and throughput stay linear"),
            );
            if metrics::some_hidden(measured(run)) {
                ui.checkbox(&mut self.all, tr!("All metrics")).on_hover_text(
                    tr!("Draw also what is measured at evaluations only and has no chart of its own otherwise"),
                );
            }
            ui.separator();
            let range = self.range(last);
            for (text, factor, help) in [
                (tr!("Zoom in"), 0.5, tr!("Show half as many steps (Ctrl and wheel, right-drag, or + in a chart)")),
                (tr!("Zoom out"), 2.0, tr!("Show twice as many steps (Ctrl and wheel, or - in a chart)")),
            ] {
                if ui.button(text).on_hover_text(help).clicked() {
                    let (centre, half) = ((range[0] + range[1]) / 2.0, (range[1] - range[0]) / 2.0 * factor);
                    self.ask(Zoom::To([centre - half, centre + half]), last);
                }
            }
            let reset = ui.add_enabled(self.zoom.is_some(), egui::Button::new(tr!("All steps")));
            if reset.on_hover_text(tr!("Back to all steps (double click, or Home in a chart)")).clicked() {
                self.zoom = None;
            }
            ui.separator();
            ui.label(RichText::new(self.where_pointed(run, last)).color(palette.weak));
        });
    }

    /// The step that the values in the headers belong to, in words.
    fn where_pointed(&self, run: &RunView, last: f64) -> String {
        let Some(step) = self.pointed else {
            return tr!("Step {step}", step = number::count(last as u64));
        };
        let range = self.range(last);
        let mut text = tr!("At step {step}", step = number::count(step.max(0.0).round() as u64));
        if let Some(change) = chart::change_near(&run.changes, step, (range[1] - range[0]) * 0.015) {
            text = format!("{text}: {}", chart::change_text(change));
        }
        text
    }

    /// First and last step in the picture.
    fn range(&self, last: f64) -> [f64; 2] {
        self.zoom.unwrap_or([0.0, (last * 1.01).max(10.0)])
    }

    /// Takes over another range: within the run and never below ten steps.
    fn ask(&mut self, zoom: Zoom, last: f64) {
        self.zoom = match zoom {
            Zoom::Reset => None,
            Zoom::To([low, high]) => {
                let full = (last * 1.01).max(10.0);
                let span = (high - low).clamp(10.0, full);
                let low = low.clamp(0.0, full - span);
                (span < full).then_some([low, low + span])
            }
        };
    }

    fn charts(&mut self, ui: &mut egui::Ui, run: &RunView, last: f64) {
        let charted = metrics::charts(measured(run), self.all);
        let space = ui.available_size();
        let gap = 8.0;
        let (rows, height) = layout::rows(charted.len(), space.x, space.y);
        let height = height - gap;
        let range = self.range(last);
        let mut asked = pointer::Asked::default();
        let mut next = charted.iter().enumerate();
        egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            ui.spacing_mut().item_spacing = vec2(gap, gap);
            for across in rows {
                let width = (space.x - gap * (across as f32 - 1.0)) / across as f32;
                ui.horizontal(|ui| {
                    for (index, metric) in next.by_ref().take(across) {
                        let size = vec2(width.floor(), height.floor());
                        let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
                        if !ui.is_rect_visible(rect) {
                            continue;
                        }
                        let builder = egui::UiBuilder::new()
                            .max_rect(rect)
                            .layout(egui::Layout::top_down(egui::Align::Min))
                            .id_salt(&metric.name);
                        let mut child = ui.new_child(builder);
                        child.spacing_mut().item_spacing.y = 0.0;
                        let chart = Chart {
                            metric,
                            points: run.steps.get(&metric.name).map_or(&[], Vec::as_slice),
                            validation: &evaluated(run, Split::Validation, &metric.name),
                            test: &evaluated(run, Split::Test, &metric.name),
                            changes: &run.changes,
                            label_changes: index == 0,
                            range,
                            pointed: self.pointed,
                            smoothing: self.smoothing,
                            log: self.log,
                            size,
                        };
                        let series = self.series.entry(metric.name.clone()).or_default();
                        let wish = chart.ui(&mut child, series);
                        asked.pointed = asked.pointed.or(wish.pointed);
                        asked.zoom = asked.zoom.or(wish.zoom);
                    }
                });
            }
        });
        let pointed = asked.pointed.map(|step| step.clamp(0.0, last));
        if pointed != self.pointed {
            // The other charts show the step too.
            self.pointed = pointed;
            ui.ctx().request_repaint();
        }
        if let Some(zoom) = asked.zoom {
            self.ask(zoom, last);
            ui.ctx().request_repaint();
        }
    }
}

/// Names of everything measured in a run.
fn measured(run: &RunView) -> impl Iterator<Item = &String> + Clone {
    let evaluated = run.evaluations.iter().flat_map(|e| e.metrics.keys());
    run.steps.keys().chain(evaluated.filter(|name| !run.steps.contains_key(*name)))
}

/// A metric over the evaluations of one split.
fn evaluated(run: &RunView, split: Split, name: &str) -> Vec<Point> {
    run.evaluations
        .iter()
        .filter(|e| e.split == split)
        .filter_map(|e| e.metrics.get(name).map(|value| [e.step as f64, *value]))
        .collect()
}
