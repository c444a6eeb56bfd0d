//! What is known about the open run: name, tags and notes to be edited where they stand, the
//! best result, the room on disk, and what can be done with the run. What is typed is handed
//! on when a field is left.

use super::{table, verified};
use crate::app::{Action, ForkWish, RunRow, State};
use crate::language::{tr, tr_dynamic};
use crate::runs::Notes;
use crate::train::metrics::METRICS;
use crate::ui::panels::Cx;
use crate::ui::theme::Palette;
use crate::ui::widgets::number;
use eframe::egui;
use eframe::egui::RichText;
use std::path::PathBuf;

/// Height without the lines below, in points.
const HEIGHT: f32 = 190.0;
/// Height of a line about where it comes from or whether it is verified.
const LINE: f32 = 24.0;
/// Metrics that fit in the line; a pointer on it shows all.
const IN_LINE: usize = 2;

/// Room for the names of the fields, in points.
const LABELS: f32 = 62.0;

/// Height that it takes for a run, in points.
pub fn height(state: &State, row: &RunRow) -> f32 {
    let lines = usize::from(row.parent.is_some()) + usize::from(verified::short(state, row).is_some());
    HEIGHT + lines as f32 * LINE
}

/// What is being typed.
#[derive(Default)]
pub struct About {
    folder: PathBuf,
    /// As on disk when the fields were filled, and as handed on since.
    known: Notes,
    handed: Option<Notes>,
    name: String,
    tags: String,
    text: String,
}

impl About {
    /// Paints it.
    pub fn ui(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>, row: &RunRow) {
        if self.folder != row.folder || self.known != row.notes {
            *self = Self {
                folder: row.folder.clone(),
                known: row.notes.clone(),
                handed: None,
                name: row.title().to_owned(),
                tags: row.notes.tags.join(", "),
                text: row.notes.text.clone(),
            };
        }
        let palette = Palette::of(ui.visuals());
        ui.separator();
        let mut left = false;
        let width = (ui.available_width() - LABELS).max(120.0);
        egui::Grid::new("about").num_columns(2).spacing(egui::vec2(8.0, 4.0)).show(ui, |ui| {
            let mut field = |ui: &mut egui::Ui, name: &str, help: &str, field: egui::TextEdit<'_>| {
                let label = ui.label(RichText::new(name).color(palette.weak));
                let response = ui.add(field.desired_width(width)).labelled_by(label.id).on_hover_text(help);
                left |= response.lost_focus();
                ui.end_row();
            };
            let help = tr!("What the run is called here; its folder keeps its name");
            field(
                ui,
                tr!("Name"),
                help,
                egui::TextEdit::singleline(&mut self.name).align(egui::Align2::LEFT_CENTER),
            );
            let help = tr!("Short words to find runs by, separated by commas");
            field(
                ui,
                tr!("Tags"),
                help,
                egui::TextEdit::singleline(&mut self.tags).align(egui::Align2::LEFT_CENTER),
            );
            let help = tr!("Whatever you want to remember about this run");
            field(ui, tr!("Notes"), help, egui::TextEdit::multiline(&mut self.text).desired_rows(2));
        });
        if left {
            self.hand_on(cx, row);
        }
        if let (Some(short), Some(all)) = (best(row, IN_LINE), best(row, usize::MAX)) {
            ui.add(egui::Label::new(RichText::new(short).color(palette.text)).truncate()).on_hover_text(all);
        }
        origin(ui, cx, row);
        if let Some((text, same)) = verified::short(cx.state, row) {
            let color = if same { palette.text } else { palette.bad };
            let hover = row.verified.as_ref().filter(|_| same).map_or_else(|| text.clone(), verified::said);
            ui.add(egui::Label::new(RichText::new(&text).color(color)).truncate()).on_hover_text(hover);
        }
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            let size = number::bytes(row.bytes);
            ui.label(RichText::new(size).color(palette.weak)).on_hover_text(tr!("Room that its folder takes on disk."));
            if ui.button(tr!("Show folder")).on_hover_text(row.folder.display().to_string()).clicked() {
                cx.act(Action::ShowFolder(row.folder.clone()));
            }
            if cx.state.can_resume(row) {
                let help = tr!("Go on from its newest checkpoint, to the very result that it would have had.");
                let busy = cx.state.why_busy();
                let button = ui.add_enabled(busy.is_none(), egui::Button::new(tr!("Resume")));
                let button = button.on_hover_text(help).on_disabled_hover_text(busy.unwrap_or_default());
                if button.clicked() {
                    cx.act(Action::ResumeRun(row.folder.clone()));
                }
            }
            let help = tr!("Go on from one of its checkpoints in a new run, with other settings");
            if ui.button(tr!("Fork…")).on_hover_text(help).clicked() {
                cx.act(Action::Fork(ForkWish::Of(row.folder.clone())));
            }
            let help = tr!(
                "Move the run with its settings, curves, weights and predictions ({size}) to the trash; it can be put back from there",
                size = number::bytes(row.bytes)
            );
            let button = ui.add_enabled(row.status != "running", egui::Button::new(tr!("Delete")));
            let why = tr!("A run that is going cannot be deleted; stop it first.");
            if button.on_hover_text(help).on_disabled_hover_text(why).clicked() {
                cx.act(Action::DeleteRun(row.folder.clone()));
            }
        });
    }

    fn hand_on(&mut self, cx: &mut Cx<'_>, row: &RunRow) {
        let name = self.name.trim();
        let notes = Notes {
            name: if name == row.name { String::new() } else { name.to_owned() },
            tags: Notes::parse_tags(&self.tags),
            text: self.text.trim_end().to_owned(),
        };
        if notes != row.notes && self.handed.as_ref() != Some(&notes) {
            self.handed = Some(notes.clone());
            cx.act(Action::EditNotes(row.folder.clone(), notes));
        }
    }
}

/// Where a fork comes from, with its parent one click away; nothing for a run that is none.
fn origin(ui: &mut egui::Ui, cx: &mut Cx<'_>, row: &RunRow) {
    let (Some(text), Some(parent)) = (table::origin(row, cx.state), &row.parent) else { return };
    let palette = Palette::of(ui.visuals());
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let is = |other: &&RunRow| other.folder == parent.folder || other.name == parent.run;
            if let Some(parent) = cx.state.runs.iter().find(is) {
                let drawn = cx.state.overlays.iter().any(|overlay| overlay.folder == parent.folder);
                let help = tr!("Draw the curves of the run that this is a fork of beside its own");
                let button = ui.add_enabled(!drawn, egui::Button::new(tr!("Draw beside")).small());
                let button =
                    button.on_hover_text(help).on_disabled_hover_text(tr!("It is in the charts already."));
                if button.clicked() {
                    cx.act(Action::Overlay(parent.folder.clone(), true));
                }
                let button = ui.add(egui::Button::new(tr!("Show it")).small());
                if button.on_hover_text(tr!("Show the run that this is a fork of in all panels")).clicked() {
                    cx.act(Action::OpenRun(parent.folder.clone()));
                }
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                ui.add(egui::Label::new(RichText::new(&text).color(palette.text)).truncate())
                    .on_hover_text(&text);
            });
        });
    });
}

/// Up to `most` metrics of the best evaluation in one line; `None` without one.
fn best(row: &RunRow, most: usize) -> Option<String> {
    let step = number::count(row.best_step?);
    let values: Vec<String> = METRICS
        .iter()
        .filter_map(|metric| {
            let value = *row.best.get(metric.name)?;
            Some(format!("{} {}", tr_dynamic(metric.label), table::value(Some(metric), value)))
        })
        .collect();
    let values = values[..most.min(values.len())].join(", ");
    (!row.best.is_empty()).then(|| tr!("Best at step {step}: {values}", step = step, values = values))
}
