//! The Curves panel: every step metric of the run as its own small chart over the same
//! steps, with the evaluations and the settings that changed, and earlier runs beside it. It
//! keeps zoom, smoothing and what speeds up drawing, and asks nothing of the run.

mod chart;
mod forked;
mod layout;
mod legend;
mod metrics;
mod picture;
mod pointer;
mod series;

pub use picture::draw;

use super::export_menu::ExportMenu;
use super::{Cx, View};
use crate::app::{CurveLook, Export, Point, RunRow, RunView, State};
use crate::data::Split;
use crate::language::{tr, tr_dynamic};
use crate::runs::Parent;
use crate::ui::theme::Palette;
use crate::ui::widgets::{self, number};
use chart::{Beside, Chart};
use eframe::egui;
use eframe::egui::{Color32, RichText, vec2};
use metrics::{Charted, Reads};
use pointer::Zoom;
use series::{Look, Series};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Points smoothed in a frame, over all charts. A run of more is smoothed in several frames,
/// so that none of them is late; meanwhile the line as it was stays.
const SMOOTHED_IN_A_FRAME: usize = 25_000;

/// What the panel remembers.
pub struct Curves {
    look: CurveLook,
    pointed: Option<f64>,
    /// By folder of the run and name of the metric.
    series: BTreeMap<PathBuf, BTreeMap<String, Series>>,
    /// Which run is shown.
    run: Option<(PathBuf, u64)>,
    legend: legend::Legend,
    export: ExportMenu,
    /// What is exported: points instead of a picture, and the picture's size in pixels.
    as_points: bool,
    picture: [u32; 2],
    /// Whether all charts must be in the picture, however small.
    whole: bool,
}

impl Default for Curves {
    fn default() -> Self {
        Self {
            look: CurveLook { smoothing: 0.9, log: false, all: false, range: None },
            pointed: None,
            series: BTreeMap::new(),
            run: None,
            legend: legend::Legend::default(),
            export: ExportMenu::default(),
            as_points: false,
            picture: [1600, 1000],
            whole: false,
        }
    }
}

/// An earlier run in the charts.
struct Extra<'a> {
    folder: &'a Path,
    name: String,
    color: Color32,
    /// `None` while it is being read.
    run: Option<&'a RunView>,
    /// The step from which it is drawn: up to there a fork is its parent, where that is drawn too.
    begins: f64,
}

impl View for Curves {
    fn ui(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>) {
        let state = cx.state;
        let Some(run) = state.run.as_ref() else {
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
            self.look.range = None;
            self.pointed = None;
            self.series.remove(&id.0);
            self.run = Some(id);
        }
        let palette = Palette::of(ui.visuals());
        let extras: Vec<Extra<'_>> = state
            .overlays
            .iter()
            .enumerate()
            .filter(|(_, overlay)| overlay.folder != run.folder)
            .map(|(index, overlay)| Extra {
                folder: &overlay.folder,
                name: state.title_of(&overlay.folder),
                color: palette.overlay(index, overlay.color),
                run: overlay.run.as_deref(),
                begins: 0.0,
            })
            .collect();
        let extras = forked::begin(run, extras);
        let origin = run.parent.as_ref().map(|parent| (parent.step, title(state, parent)));
        let last = last_step(run, &extras);
        if last <= 0.0 {
            widgets::empty(
                ui,
                tr!("Waiting for the first step"),
                tr!("The charts fill while the run goes on."),
            );
            return;
        }
        self.toolbar(ui, cx, run, last);
        if !extras.is_empty() {
            self.legend.ui(ui, cx, run, &extras);
        }
        ui.add_space(4.0);
        self.charts(ui, run, &extras, last, origin.as_ref());
    }
}

/// What the run that a fork comes from is called.
fn title(state: &State, parent: &Parent) -> String {
    let is = |row: &&RunRow| forked::is(&row.folder, parent);
    state.runs.iter().find(is).map_or_else(|| parent.run.clone(), |row| row.title().to_owned())
}

/// The last step with anything to draw.
fn last_step(run: &RunView, extras: &[Extra<'_>]) -> f64 {
    let last = |run: &RunView| {
        let steps = run.steps.values().filter_map(|points| points.last()).map(|p| p[0]);
        let evaluations = run.evaluations.iter().map(|e| e.step as f64);
        steps.chain(evaluations).fold(0.0, f64::max)
    };
    extras.iter().filter_map(|extra| extra.run).map(last).fold(last(run), f64::max)
}

impl Curves {
    fn toolbar(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>, run: &RunView, last: f64) {
        let palette = Palette::of(ui.visuals());
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().slider_width = 90.0;
            let label = ui.label(RichText::new(tr!("Smoothing")).color(palette.weak));
            ui.add(egui::Slider::new(&mut self.look.smoothing, 0.0..=0.99).fixed_decimals(2).step_by(0.01))
                .labelled_by(label.id)
                .on_hover_text(
                    tr!("Weight of the past in the exponential average drawn beside the faint line as measured, 0 to 0.99; 0 draws the measured line only"),
                );
            ui.checkbox(&mut self.look.log, tr!("Log scale")).on_hover_text(
                tr!("Draw loss, learning rate and gradient norm as logarithms; shares and throughput stay linear"),
            );
            if metrics::some_hidden(measured(run)) {
                ui.checkbox(&mut self.look.all, tr!("All metrics")).on_hover_text(
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
            let reset = ui.add_enabled(self.look.range.is_some(), egui::Button::new(tr!("All steps")));
            if reset.on_hover_text(tr!("Back to all steps (double click, or Home in a chart)")).clicked() {
                self.look.range = None;
            }
            self.export(ui, cx);
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
        self.look.range.unwrap_or([0.0, (last * 1.01).max(10.0)])
    }

    /// Takes over another range: within the run and never below ten steps.
    fn ask(&mut self, zoom: Zoom, last: f64) {
        self.look.range = match zoom {
            Zoom::Reset => None,
            Zoom::To([low, high]) => {
                let full = (last * 1.01).max(10.0);
                let span = (high - low).clamp(10.0, full);
                let low = low.clamp(0.0, full - span);
                (span < full).then_some([low, low + span])
            }
        };
    }

    fn charts(
        &mut self,
        ui: &mut egui::Ui,
        run: &RunView,
        extras: &[Extra<'_>],
        last: f64,
        origin: Option<&(u64, String)>,
    ) {
        let charted = metrics::charts(measured(run), self.look.all);
        let space = ui.available_size();
        let gap = 8.0;
        let (rows, mut height) = layout::rows(charted.len(), space.x, space.y);
        if self.whole {
            height = height.min(space.y / rows.len().max(1) as f32);
        }
        let height = height - gap;
        let range = self.range(last);
        let budget = match self.whole {
            true => usize::MAX,
            false => SMOOTHED_IN_A_FRAME / (charted.len() * (extras.len() + 1)).max(1),
        };
        let mut asked = pointer::Asked::default();
        let mut unfinished = false;
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
                        let look = chart::look(metric, &self.look, range, size);
                        for (folder, run, begins) in runs(run, extras) {
                            let series = self.series.entry(folder.to_owned()).or_default();
                            let series = match series.get_mut(&metric.name) {
                                Some(series) => series,
                                None => series.entry(metric.name.clone()).or_default(),
                            };
                            let look = Look { range: forked::range(look.range, begins), ..look };
                            unfinished |= series.update(points(run, &metric.name), look, budget);
                        }
                        let Some(series) = self.of(&run.folder, &metric.name) else { continue };
                        let beside = extras.iter().filter_map(|extra| {
                            let run = extra.run?;
                            Some(Beside {
                                name: &extra.name,
                                color: extra.color,
                                points: points(run, &metric.name),
                                validation: forked::after(
                                    evaluated(run, Split::Validation, &metric.name),
                                    extra.begins,
                                ),
                                begins: extra.begins,
                                series: self.of(extra.folder, &metric.name)?,
                            })
                        });
                        let chart = Chart {
                            metric,
                            points: points(run, &metric.name),
                            validation: &evaluated(run, Split::Validation, &metric.name),
                            test: &evaluated(run, Split::Test, &metric.name),
                            baseline: baseline(run, metric),
                            beside: beside.collect(),
                            changes: &run.changes,
                            origin,
                            label_changes: index == 0,
                            range,
                            pointed: self.pointed,
                            log: look.log,
                            size,
                        };
                        let wish = chart.ui(&mut child, series);
                        asked.pointed = asked.pointed.or(wish.pointed);
                        asked.zoom = asked.zoom.or(wish.zoom);
                    }
                });
            }
        });
        let pointed = asked.pointed.map(|step| step.clamp(0.0, last));
        if pointed != self.pointed || unfinished {
            // The other charts show the step too.
            self.pointed = pointed;
            ui.ctx().request_repaint();
        }
        if let Some(zoom) = asked.zoom {
            self.ask(zoom, last);
            ui.ctx().request_repaint();
        }
    }

    fn of(&self, folder: &Path, metric: &str) -> Option<&Series> {
        self.series.get(folder)?.get(metric)
    }

    /// The way out: the charts as a picture, or their points.
    fn export(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>) {
        let (look, dark) = (self.look, ui.visuals().dark_mode);
        let (as_points, [width, height]) = (&mut self.as_points, &mut self.picture);
        let help = tr!("Write the charts to a picture, or every point to a table");
        self.export.ui(ui, cx, help, |ui| {
            ui.radio_value(as_points, false, tr!("Picture of the charts (PNG)"));
            ui.horizontal(|ui| {
                ui.add_space(22.0);
                for (name, pixels, least) in
                    [(tr!("Width"), &mut *width, LEAST[0]), (tr!("Height"), &mut *height, LEAST[1])]
                {
                    let label = ui.label(name);
                    let drag = egui::DragValue::new(pixels).range(least..=MOST).suffix(tr!(" px"));
                    ui.add_enabled(!*as_points, drag).labelled_by(label.id);
                }
            });
            ui.radio_value(as_points, true, tr!("Every point of all metrics (CSV)"));
            match *as_points {
                true => Export::CurvePoints,
                // Two pixels per point from a width on that screens of that density have.
                false => Export::CurvePicture {
                    size: [*width, *height],
                    scale: if *width >= 2400 { 2.0 } else { 1.0 },
                    dark,
                    look,
                },
            }
        });
    }
}

/// Smallest and largest side of a picture, in pixels.
const LEAST: [u32; 2] = [640, 400];
const MOST: u32 = 8000;

/// The shown run, then those beside it that are read, and from which step they are drawn.
fn runs<'a>(run: &'a RunView, extras: &'a [Extra<'a>]) -> impl Iterator<Item = (&'a Path, &'a RunView, f64)> {
    let beside = extras.iter().filter_map(|extra| Some((extra.folder, extra.run?, extra.begins)));
    std::iter::once((run.folder.as_path(), run, 0.0)).chain(beside)
}

/// A step metric of a run; none where it was not measured.
fn points<'a>(run: &'a RunView, metric: &str) -> &'a [Point] {
    run.steps.get(metric).map_or(&[], Vec::as_slice)
}

/// What the run's cheap classifier reached, where the metric is a share: its losses would make
/// those of the model small.
fn baseline(run: &RunView, metric: &Charted) -> Option<(String, f64)> {
    let baseline = run.baseline().filter(|_| metric.reads == Reads::Share)?;
    let value = *baseline.metrics.get(&metric.name)?;
    let name = tr_dynamic(baseline.kind.name());
    Some((tr!("baseline: {name} {value}", name = name, value = metric.text(value)), value))
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
