//! What is known about the open run: name, tags and notes to be edited where they stand, the
//! best result, the room on disk, and what can be done with the run. What is typed is handed
//! on when a field is left.

use super::table;
use crate::app::{Action, Activity, RunRow};
use crate::language::{tr, tr_dynamic};
use crate::runs::Notes;
use crate::train::metrics::METRICS;
use crate::ui::panels::Cx;
use crate::ui::theme::Palette;
use crate::ui::widgets::number;
use eframe::egui;
use eframe::egui::RichText;
use std::path::PathBuf;

/// Height that it takes, in points.
pub const HEIGHT: f32 = 190.0;
/// Metrics that fit in the line; a pointer on it shows all.
const IN_LINE: usize = 2;

/// Room for the names of the fields, in points.
const LABELS: f32 = 62.0;

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
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            let size = number::bytes(row.bytes);
            ui.label(RichText::new(size).color(palette.weak)).on_hover_text(tr!("Room that its folder takes on disk."));
            if ui.button(tr!("Show folder")).on_hover_text(row.folder.display().to_string()).clicked() {
                cx.act(Action::ShowFolder(row.folder.clone()));
            }
            if cx.state.can_resume(row) {
                let help = tr!("Go on from its newest checkpoint, to the very result that it would have had.");
                let button =
                    ui.add_enabled(cx.state.activity == Activity::Idle, egui::Button::new(tr!("Resume")));
                let busy = tr!("A run is going; stop it first.");
                if button.on_hover_text(help).on_disabled_hover_text(busy).clicked() {
                    cx.act(Action::ResumeRun(row.folder.clone()));
                }
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
