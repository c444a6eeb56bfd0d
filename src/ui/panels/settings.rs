//! The Settings panel, made from the SETTINGS table: one row per setting that matters for
//! the open data, with range, unit, help and a way back.

mod estimate;
mod row;
mod schedule;

use super::{Cx, View};
use crate::app::{Action, recipe};
use crate::config::{SETTINGS, Scope};
use crate::data::Modality;
use crate::language::{later, tr, tr_dynamic};
use crate::ui::theme::Palette;
use crate::ui::widgets::foldable;
use eframe::egui;
use eframe::egui::RichText;

/// Sections in the order shown, with their titles.
const SECTIONS: &[(&str, &str)] = &[
    ("train", later!("Training")),
    ("model", later!("Model")),
    ("image", later!("Images")),
    ("augment", later!("Augmentation")),
    ("text", later!("Text")),
    ("data", later!("Data")),
];
/// Shown elsewhere: the Data panel opens data.
const ELSEWHERE: &[&str] = &["data.source"];

/// What the panel remembers.
#[derive(Default)]
pub struct Settings {
    rows: row::Rows,
}

impl View for Settings {
    fn ui(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>) {
        let palette = Palette::of(ui.visuals());
        let running = cx.state.training_job().is_some();
        if running {
            let text =
                tr!("A run is going: what is not grey may change now, the rest waits for the next run.");
            ui.add(egui::Label::new(RichText::new(text).small().color(palette.weak)).wrap());
        } else {
            recipe_button(ui, cx);
        }
        let modality = cx.state.data.as_ref().map(|d| d.summary.modality);
        estimate::ui(ui, cx.state);
        egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            for (section, title) in SECTIONS {
                let shown = SETTINGS.iter().filter(|s| {
                    s.section() == *section && matters(s.scope, modality) && !ELSEWHERE.contains(&s.key)
                });
                let shown: Vec<_> = shown.collect();
                if shown.is_empty() {
                    continue;
                }
                foldable(ui, tr_dynamic(title), true, |ui| {
                    for setting in shown {
                        self.rows.ui(ui, cx, setting, running && !setting.live);
                    }
                    if *section == "train" {
                        schedule::ui(ui, cx.state);
                    }
                });
            }
        });
    }
}

/// Whether a setting matters for data of this kind; without data all do.
fn matters(scope: Scope, modality: Option<Modality>) -> bool {
    match (scope, modality) {
        (Scope::All, _) | (_, None) => true,
        (Scope::Image, Some(modality)) => modality == Modality::Image,
        (Scope::Text, Some(modality)) => modality == Modality::Text,
    }
}

/// A built-in set has a recipe; where the settings differ from it, a way to take it.
fn recipe_button(ui: &mut egui::Ui, cx: &mut Cx<'_>) {
    let Some(data) = &cx.state.data else { return };
    let Some(name) = data.summary.source.strip_prefix("builtin:") else { return };
    let Some(wanted) = recipe(&data.summary.source) else { return };
    let differs = SETTINGS.iter().any(|s| {
        !ELSEWHERE.contains(&s.key)
            && matters(s.scope, Some(data.summary.modality))
            && (s.get)(&wanted) != (s.get)(&cx.state.config)
    });
    let builtin = crate::data::builtin::BUILTINS.iter().find(|b| b.name == name);
    if let (true, Some(builtin)) = (differs, builtin) {
        let button = ui.button(tr!("Use the recipe for {set}", set = tr_dynamic(builtin.title)));
        let help = tr!("Set everything to values that are known to work well on this data.");
        if button.on_hover_text(help).clicked() {
            cx.act(Action::UseRecipe(builtin.name));
        }
    }
}
