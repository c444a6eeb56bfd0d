//! The Settings panel, made from the SETTINGS table: one row per setting that matters for
//! the open data, with range, unit, help and a way back. A search, a view of what differs from
//! the usual values, and settings as TOML are above; what is rarely used is folded away.

mod estimate;
mod file;
mod row;
mod schedule;

use super::{Cx, View};
use crate::app::{Action, State, recipe, usual_value};
use crate::config::{PRESETS, SETTINGS, Scope, Setting, Value, setting};
use crate::data::Modality;
use crate::language::{later, tr, tr_dynamic};
use crate::ui::commands::menu_item;
use crate::ui::theme::Palette;
use crate::ui::widgets::{empty, foldable_as};
use eframe::egui;
use eframe::egui::{RichText, Role, WidgetInfo};

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
/// In these sections only what is listed here stands in sight; the rest is under More.
const IN_SIGHT: &[(&str, &[&str])] = &[(
    "train",
    &["train.epochs", "train.batch_size", "train.learning_rate", "train.optimizer", "train.schedule"],
)];

/// What the panel remembers.
#[derive(Default)]
pub struct Settings {
    rows: row::Rows,
    search: String,
    only_changed: bool,
    file: file::File,
    /// How often State had asked for a setting to be shown when that was last done.
    revealed: u64,
}

/// What is shown in this frame.
struct Shown {
    modality: Option<Modality>,
    running: bool,
    /// Words that a setting must have, in lower case.
    words: Vec<String>,
    only_changed: bool,
    reveal: Option<&'static str>,
}

impl View for Settings {
    fn ui(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>) {
        let asked = cx.state.shown_setting.filter(|(_, times)| *times != self.revealed);
        if let Some((_, times)) = asked {
            self.revealed = times;
            self.search.clear();
            self.only_changed = false;
        }
        self.toolbar(ui, cx);
        self.file.ui(ui, cx);
        let shown = Shown {
            modality: cx.state.data.as_ref().map(|d| d.summary.modality),
            running: cx.state.training_job().is_some(),
            words: self.search.to_lowercase().split_whitespace().map(str::to_owned).collect(),
            only_changed: self.only_changed,
            reveal: asked.map(|(key, _)| key),
        };
        if shown.running {
            let palette = Palette::of(ui.visuals());
            let text =
                tr!("A run is going: what is not grey may change now, the rest waits for the next run.");
            ui.add(egui::Label::new(RichText::new(text).small().color(palette.weak)).wrap());
        } else {
            presets(ui, cx);
            recipe_button(ui, cx);
        }
        estimate::ui(ui, cx.state);
        egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            let mut any = false;
            for (section, title) in SECTIONS {
                any |= self.section(ui, cx, &shown, section, title);
            }
            if !any && shown.words.is_empty() {
                empty(ui, tr!("Nothing differs from the usual values"), "");
            } else if !any {
                empty(ui, tr!("No setting matches"), tr!("Try another word, or a part of one."));
            }
        });
    }
}

impl Settings {
    /// Search, what differs, and the menu.
    fn toolbar(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>) {
        ui.horizontal(|ui| {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let menu = ui.menu_button(tr!("File"), |ui| {
                    ui.set_min_width(230.0);
                    for label in [later!("Undo settings"), later!("Redo settings")] {
                        menu_item(ui, cx, label);
                    }
                    ui.separator();
                    for label in [later!("Copy settings as TOML"), later!("Paste settings")] {
                        menu_item(ui, cx, label);
                    }
                    ui.separator();
                    for label in [later!("Save settings to a file…"), later!("Load settings from a file…")]
                    {
                        menu_item(ui, cx, label);
                    }
                });
                menu.response.on_hover_text(tr!("Undo, copy and paste, save and load."));
                ui.checkbox(&mut self.only_changed, tr!("Changed"))
                    .on_hover_text(tr!("Show only what differs from the usual values."));
                let field = egui::TextEdit::singleline(&mut self.search)
                    .hint_text(tr!("Search"))
                    .desired_width(ui.available_width());
                let field = ui.add(field);
                field.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, tr!("Search settings")));
                field.on_hover_text(tr!("A part of the name, of the key or of the help."));
            });
        });
    }

    /// Paints a section; returns whether it has anything to show.
    fn section(
        &mut self,
        ui: &mut egui::Ui,
        cx: &mut Cx<'_>,
        shown: &Shown,
        section: &str,
        title: &str,
    ) -> bool {
        let rows: Vec<&'static Setting> =
            SETTINGS.iter().filter(|row| row.section() == section && shown.has(row, cx.state)).collect();
        if rows.is_empty() {
            return false;
        }
        let narrowed = !shown.words.is_empty() || shown.only_changed;
        let wanted = |row: &&'static Setting| shown.reveal == Some(row.key);
        let force = (narrowed || rows.iter().any(wanted)).then_some(true);
        let in_sight = IN_SIGHT.iter().find(|(name, _)| *name == section).map(|(_, keys)| *keys);
        let (first, more): (Vec<&'static Setting>, Vec<&'static Setting>) =
            rows.into_iter().partition(|row| narrowed || in_sight.is_none_or(|keys| keys.contains(&row.key)));
        foldable_as(ui, section, tr_dynamic(title), true, force, |ui| {
            for row in first {
                self.rows.ui(ui, cx, row, shown.running && !row.live, shown.reveal == Some(row.key));
            }
            if section == "train" && !narrowed {
                schedule::ui(ui, cx.state);
            }
            if !more.is_empty() {
                self.more(ui, cx, shown, section, &more);
            }
        });
        true
    }

    /// What is rarely used; its title says how much of it was changed, and a problem opens it.
    fn more(
        &mut self,
        ui: &mut egui::Ui,
        cx: &mut Cx<'_>,
        shown: &Shown,
        section: &str,
        rows: &[&'static Setting],
    ) {
        let changed = rows.iter().filter(|row| differs(row, cx.state)).count();
        let title = match changed {
            0 => tr!("More").to_owned(),
            changed => tr!("More ({count} changed)", count = changed),
        };
        let trouble = rows.iter().any(|row| cx.state.problems.iter().any(|(key, _)| key == row.key));
        let wanted = rows.iter().any(|row| shown.reveal == Some(row.key));
        let force = (trouble || wanted).then_some(true);
        foldable_as(ui, &format!("{section} more"), &title, false, force, |ui| {
            for row in rows {
                self.rows.ui(ui, cx, row, shown.running && !row.live, shown.reveal == Some(row.key));
            }
        });
    }
}

impl Shown {
    /// Whether a setting is shown at all.
    fn has(&self, row: &Setting, state: &State) -> bool {
        !ELSEWHERE.contains(&row.key)
            && (matters(row.scope, self.modality) || self.reveal == Some(row.key))
            && (!self.only_changed || differs(row, state))
            && self.matches(row)
    }

    /// Whether every word stands in the name, the key or the help, in either language.
    fn matches(&self, row: &Setting) -> bool {
        if self.words.is_empty() {
            return true;
        }
        let all = [row.label, tr_dynamic(row.label), row.key, row.help, tr_dynamic(row.help)];
        let all = all.join("\n").to_lowercase();
        self.words.iter().all(|word| all.contains(word))
    }
}

fn differs(row: &Setting, state: &State) -> bool {
    (row.get)(&state.config) != usual_value(state, row)
}

/// Whether a setting matters for data of this kind; without data all do.
fn matters(scope: Scope, modality: Option<Modality>) -> bool {
    match (scope, modality) {
        (Scope::All, _) | (_, None) => true,
        (Scope::Image, Some(modality)) => modality == Modality::Image,
        (Scope::Text, Some(modality)) => modality == Modality::Text,
    }
}

/// Sizes of the model that go together; the one that the settings are is marked.
fn presets(ui: &mut egui::Ui, cx: &mut Cx<'_>) {
    let palette = Palette::of(ui.visuals());
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(tr!("Model size")).color(palette.weak));
        for preset in PRESETS {
            let is = |(key, value): &(&'static str, Value)| {
                setting(key).is_ok_and(|row| (row.get)(&cx.state.config) == *value)
            };
            let chosen = preset.values.iter().all(is);
            let button = egui::Button::selectable(chosen, tr_dynamic(preset.label));
            if ui.add(button).on_hover_text(tr_dynamic(preset.about)).clicked() {
                cx.act(Action::UsePreset(preset.name));
            }
        }
    });
}

/// A built-in set has a recipe; where the settings differ from it, a way to take it.
fn recipe_button(ui: &mut egui::Ui, cx: &mut Cx<'_>) {
    let Some(data) = &cx.state.data else { return };
    let Some(name) = data.summary.source.strip_prefix("builtin:") else { return };
    let Some(wanted) = recipe(&data.summary.source) else { return };
    let differs = SETTINGS.iter().any(|s| {
        !ELSEWHERE.contains(&s.key)
            && matters(s.scope, Some(data.summary.modality))
            && (s.get)(wanted) != (s.get)(&cx.state.config)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_is_shown_and_what_stands_in_sight_exists() {
        for row in SETTINGS {
            assert!(SECTIONS.iter().any(|(section, _)| *section == row.section()), "{}", row.key);
        }
        for key in IN_SIGHT.iter().flat_map(|(_, keys)| keys.iter()) {
            assert!(SETTINGS.iter().any(|row| row.key == *key), "{key}");
        }
    }
}
