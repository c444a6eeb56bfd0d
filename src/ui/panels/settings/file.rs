//! Which file settings are saved to or loaded from: a path field, the files of the usual folder,
//! the system's dialog; and why the last one was of no use. It touches no file itself.

use crate::app::{Action, SettingsFile};
use crate::language::tr;
use crate::ui::panels::Cx;
use crate::ui::theme::Palette;
use eframe::egui;
use eframe::egui::{Key, RichText, Role, WidgetInfo};
use std::path::Path;

/// What is being typed.
#[derive(Default)]
pub struct File {
    path: String,
    /// What was asked for when the field was last filled.
    asked: Option<SettingsFile>,
}

impl File {
    /// Paints it while a file is asked for, or while there is an error to show.
    pub fn ui(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>) {
        let wanted = cx.state.settings_file;
        let fresh = wanted != self.asked;
        if fresh {
            self.asked = wanted;
            self.path = match wanted {
                Some(SettingsFile::Save) => {
                    cx.state.settings_folder.join("settings.toml").display().to_string()
                }
                _ => String::new(),
            };
        }
        if wanted.is_none() && cx.state.settings_error.is_none() {
            return;
        }
        let palette = Palette::of(ui.visuals());
        egui::Frame::new().fill(palette.raised).corner_radius(4).inner_margin(8).show(ui, |ui| {
            if let Some(wanted) = wanted {
                self.ask(ui, cx, wanted, fresh);
            }
            if let Some(error) = &cx.state.settings_error {
                ui.add(egui::Label::new(RichText::new(error).color(palette.bad)).wrap());
                if wanted.is_none() && ui.button(tr!("Close")).clicked() {
                    cx.act(Action::AskSettingsFile(None));
                }
            }
        });
    }

    fn ask(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>, wanted: SettingsFile, fresh: bool) {
        let palette = Palette::of(ui.visuals());
        let (title, verb) = match wanted {
            SettingsFile::Save => (tr!("Save settings"), tr!("Save")),
            SettingsFile::Load => (tr!("Load settings"), tr!("Load")),
        };
        ui.label(RichText::new(title).strong().color(palette.strong));
        let field = egui::TextEdit::singleline(&mut self.path)
            .hint_text(tr!("Path of a TOML file"))
            .desired_width(f32::INFINITY);
        let field = ui.add(field);
        field.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, tr!("Path of a TOML file")));
        if fresh {
            field.request_focus();
        }
        let mut chosen = field.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
        let path = self.path.trim().to_owned();
        let replaces = wanted == SettingsFile::Save
            && cx.state.settings_exists.as_ref().is_some_and(|exists| exists.as_path() == Path::new(&path));
        ui.horizontal_wrapped(|ui| {
            let verb = if replaces { tr!("Replace") } else { verb };
            chosen |= ui.add_enabled(!path.is_empty(), egui::Button::new(verb)).clicked();
            if ui.button(tr!("Choose…")).on_hover_text(tr!("Choose in the system's dialog.")).clicked() {
                cx.act(Action::PickSettingsFile(wanted));
            }
            if ui.button(tr!("Cancel")).clicked() {
                cx.act(Action::AskSettingsFile(None));
            }
        });
        if chosen && !path.is_empty() {
            cx.act(match wanted {
                SettingsFile::Save => Action::SaveSettings(path.into(), replaces),
                SettingsFile::Load => Action::LoadSettings(path.into()),
            });
        }
        if wanted == SettingsFile::Load {
            for file in &cx.state.settings_files {
                let name = file.file_stem().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
                if ui.button(name).on_hover_text(file.display().to_string()).clicked() {
                    cx.act(Action::LoadSettings(file.clone()));
                }
            }
        }
    }
}
