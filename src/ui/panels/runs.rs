//! The Runs panel: the runs on disk, found by words and sorted as wished; a click opens one
//! in all panels, a tick draws it in the charts, a menu has what else can be done with it. Forks
//! stand below their parents. Below the list stands what is known about the
//! run that is open, with its name, tags and notes. It reads no folder itself.

mod about;
mod menu;
mod table;
mod trash;
mod tree;
mod verified;

use super::{Cx, View};
use crate::app::Action;
use crate::language::{tr, tr_dynamic};
use crate::train::metrics::{METRICS, Metric};
use crate::ui::theme::Palette;
use crate::ui::widgets::list::{List, Part, Row};
use crate::ui::widgets::{self, swatch};
use eframe::egui;
use eframe::egui::{RichText, Role, WidgetInfo};
use std::path::PathBuf;
use table::By;

/// What the panel remembers.
pub struct Runs {
    /// Column, and whether upwards.
    sorted: (By, bool),
    /// Words to find runs by.
    words: String,
    /// Name of the metric shown and sorted by.
    metric: &'static str,
    path: String,
    about: about::About,
    trash: trash::Trash,
}

impl Default for Runs {
    fn default() -> Self {
        Self {
            sorted: (By::Started, false),
            words: String::new(),
            metric: "accuracy",
            path: String::new(),
            about: about::About::default(),
            trash: trash::Trash::default(),
        }
    }
}

/// Lowest panel with room for what is known about the open run, in points.
const WITH_ABOUT: f32 = 300.0;

impl View for Runs {
    fn ui(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>) {
        let state = cx.state;
        self.toolbar(ui, cx);
        self.trash.ui(ui, cx);
        verified::progress(ui, cx);
        ui.add_space(4.0);
        if state.runs.is_empty() {
            let hint = tr!(
                "Runs are kept in {folder}. Press Train to make the first.",
                folder = state.runs_folder.display()
            );
            widgets::empty(ui, tr!("No runs yet"), &hint);
            return;
        }
        let shown = state.run.as_ref().and_then(|run| state.runs.iter().find(|row| row.folder == run.folder));
        let below = shown.filter(|_| ui.available_height() >= WITH_ABOUT);
        let height = ui.available_height() - below.map_or(0.0, |row| about::height(state, row));
        ui.allocate_ui(egui::vec2(ui.available_width(), height), |ui| {
            ui.set_min_height(height);
            self.list(ui, cx);
        });
        if let Some(row) = below {
            self.about.ui(ui, cx, row);
        }
    }
}

impl Runs {
    fn list(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>) {
        let state = cx.state;
        let palette = Palette::of(ui.visuals());
        let metric = METRICS.iter().find(|metric| metric.name == self.metric);
        let order = table::order(&state.runs, &self.words, self.metric, self.sorted);
        let order = tree::tree(&state.runs, &order);
        if order.is_empty() {
            widgets::empty(ui, tr!("No run is found"), tr!("Search for other words."));
            return;
        }
        let width = ui.available_width();
        let columns = table::columns(width, metric);
        let titles: Vec<_> = columns.iter().map(|(_, column)| *column).collect();
        let run = |position: usize| order.get(position).and_then(|place| state.runs.get(place.run));
        let open = state.run.as_ref().map(|r| &r.folder);
        let list = List {
            columns: &titles,
            sorted: columns.iter().position(|(by, _)| *by == self.sorted.0).map(|at| (at, self.sorted.1)),
            count: order.len(),
            selected: (0..order.len()).find(|p| run(*p).is_some_and(|r| Some(&r.folder) == open)),
            reveal: None,
            verdicts: false,
        };
        let room = if state.overlays.is_empty() { swatch::SIDE } else { 2.0 * swatch::SIDE } + 4.0;
        let ticks = state.runs.iter().any(|run| run.verified.is_some());
        let after = menu::WIDTH + if ticks { verified::WIDTH + 2.0 } else { 0.0 };
        let mut wishes = Vec::new();
        let depth = |position: usize| order.get(position).map_or(0, |place| place.depth);
        let clicked = list.with_menu(
            ui,
            [room, after],
            |position| match run(position) {
                Some(run) => {
                    Row { depth: depth(position), ..table::row(run, &columns, metric, state, &palette) }
                }
                None => {
                    let cells = Vec::new();
                    Row { name: String::new(), hover: String::new(), verdict: None, depth: 0, cells }
                }
            },
            |ui, position, part| {
                let Some(run) = run(position) else { return };
                match part {
                    Part::Before => wishes.extend(lead(ui, state, run)),
                    Part::Menu => menu::entries(ui, state, run, &mut wishes),
                    Part::After => {
                        menu::button(ui, state, run, &mut wishes);
                        verified::tick(ui, run);
                    }
                }
            },
        );
        wishes.into_iter().for_each(|wish| cx.act(wish));
        if let Some(run) = clicked.row.and_then(run) {
            cx.act(Action::OpenRun(run.folder.clone()));
        }
        if let Some((by, _)) = clicked.header.and_then(|at| columns.get(at)) {
            let upwards = if self.sorted.0 == *by { !self.sorted.1 } else { by.begins_upwards(metric) };
            self.sorted = (*by, upwards);
        }
    }

    fn toolbar(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>) {
        let palette = Palette::of(ui.visuals());
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            if ui.button(tr!("Refresh")).on_hover_text(tr!("Look for runs on disk again")).clicked() {
                cx.act(Action::RefreshRuns);
            }
            self.metrics(ui);
            let field = egui::TextEdit::singleline(&mut self.words)
                .hint_text(tr!("Search"))
                .align(egui::Align2::LEFT_CENTER)
                .desired_width(f32::INFINITY);
            let help = tr!("Only runs whose name, data, status, tags or notes contain each of these words");
            let field = ui.add(field).on_hover_text(help);
            let typed = self.words.clone();
            field.widget_info(|| WidgetInfo {
                label: Some(tr!("Search runs").to_owned()),
                ..WidgetInfo::text_edit(true, &typed, &typed, "")
            });
        });
        ui.horizontal(|ui| {
            let label = ui.label(RichText::new(tr!("Folder")).color(palette.weak));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let path = self.path.trim().to_owned();
                let help = tr!("Show the run in this folder in all panels (Enter)");
                let button = ui.add_enabled(!path.is_empty(), egui::Button::new(tr!("Open")));
                let clicked = button.on_hover_text(help).on_disabled_hover_text(help).clicked();
                let field = egui::TextEdit::singleline(&mut self.path)
                    .hint_text(tr!("A run's folder anywhere"))
                    .align(egui::Align2::LEFT_CENTER)
                    .desired_width(f32::INFINITY);
                let field = ui
                    .add(field)
                    .labelled_by(label.id)
                    .on_hover_text(tr!("Path of a run's folder, with its config.toml and events.jsonl"));
                let entered = field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
                if (clicked || entered) && !path.is_empty() {
                    cx.act(Action::OpenRun(PathBuf::from(path)));
                }
            });
        });
    }

    /// Which metric the list shows and sorts by.
    fn metrics(&mut self, ui: &mut egui::Ui) {
        let measured = |metric: &&Metric| metric.of_evaluation.is_some();
        let label = METRICS.iter().find(|m| m.name == self.metric).map_or(self.metric, |m| m.label);
        let chosen = tr_dynamic(label);
        let inner =
            egui::ComboBox::from_id_salt("metric").selected_text(chosen).width(40.0).show_ui(ui, |ui| {
                for metric in METRICS.iter().filter(measured) {
                    let chosen = self.metric == metric.name;
                    if ui.selectable_label(chosen, tr_dynamic(metric.label)).clicked() {
                        self.metric = metric.name;
                        self.sorted = (By::Metric, By::Metric.begins_upwards(Some(metric)));
                    }
                }
            });
        inner.response.widget_info(|| WidgetInfo {
            label: Some(tr!("Metric of the list").to_owned()),
            current_text_value: Some(chosen.to_owned()),
            ..WidgetInfo::new(Role::ComboBox)
        });
        inner
            .response
            .on_hover_text(tr!("The metric of the best evaluation that the list shows and is sorted by"));
    }
}

/// What stands before a run: whether it is in the charts, and its colour there.
fn lead(ui: &mut egui::Ui, state: &crate::app::State, run: &crate::app::RunRow) -> Vec<Action> {
    let palette = Palette::of(ui.visuals());
    let mut wishes = Vec::new();
    let place = state.overlays.iter().position(|overlay| overlay.folder == run.folder);
    let overlay = place.and_then(|place| Some((place, state.overlays.get(place)?)));
    let color = overlay.map_or(palette.accent, |(place, overlay)| palette.overlay(place, overlay.color));
    let name = tr!("Draw {run} in the charts", run = run.title());
    let response = widgets::swatch(ui, overlay.is_some(), color, &name);
    if response.on_hover_text(tr!("Draw its curves beside those of the run shown")).clicked() {
        wishes.push(Action::Overlay(run.folder.clone(), overlay.is_none()));
    }
    if overlay.is_some() {
        let mut rgb = [color.r(), color.g(), color.b()];
        ui.spacing_mut().interact_size = egui::vec2(14.0, 14.0);
        let button = ui.color_edit_button_srgb(&mut rgb);
        let name = tr!("Colour of {run}", run = run.title());
        let changed = button.changed();
        button.widget_info(|| WidgetInfo::labeled(Role::ColorWell, true, &name));
        button.on_hover_text(tr!("Its colour in the charts"));
        if changed {
            wishes.push(Action::OverlayColor(run.folder.clone(), rgb));
        }
    }
    wishes
}
