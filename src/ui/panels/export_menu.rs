//! The way out for what a panel shows: a menu with the system's dialog and, beside it, a
//! field for the path, because not every desktop has a dialog. It writes nothing itself.

use super::Cx;
use crate::app::{Action, Export};
use crate::language::tr;
use crate::ui::theme::Palette;
use eframe::egui;
use eframe::egui::containers::menu::{MenuButton, MenuConfig};
use eframe::egui::{PopupCloseBehavior, RichText};
use std::path::PathBuf;

/// What the menu remembers.
#[derive(Default)]
pub struct ExportMenu {
    path: String,
    /// The path that was suggested; a person's own path is not replaced.
    suggested: String,
}

impl ExportMenu {
    /// Paints the button and, while it is open, the menu. `choose` paints what there is to
    /// choose, and says what is to be written.
    pub fn ui(
        &mut self,
        ui: &mut egui::Ui,
        cx: &mut Cx<'_>,
        help: &str,
        choose: impl FnOnce(&mut egui::Ui) -> Export,
    ) {
        let config = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
        let (button, _) = MenuButton::new(tr!("Export…")).config(config).ui(ui, |ui| {
            ui.set_min_width(300.0);
            let what = choose(ui);
            self.place(ui, cx, what);
        });
        button.on_hover_text(help);
    }

    fn place(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>, what: Export) {
        let palette = Palette::of(ui.visuals());
        if let Some(run) = &cx.state.run {
            let name = what.file_name(&cx.state.title_of(&run.folder));
            let suggestion = run.folder.join(name).to_string_lossy().into_owned();
            if self.path == self.suggested || self.path.trim().is_empty() {
                self.path.clone_from(&suggestion);
            }
            self.suggested = suggestion;
        }
        if ui.button(tr!("Choose a file…")).on_hover_text(tr!("In the system's dialog")).clicked() {
            cx.act(Action::PickExport(what.clone()));
            ui.close();
        }
        ui.add_space(2.0);
        let label = ui.label(RichText::new(tr!("Or write to this path")).color(palette.weak));
        let field = egui::TextEdit::singleline(&mut self.path).desired_width(340.0);
        let field = ui
            .add(field)
            .labelled_by(label.id)
            .on_hover_text(tr!("Path of the new file; a file that is there is not replaced"));
        let entered = field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
        let path = self.path.trim().to_owned();
        let button = ui.add_enabled(!path.is_empty(), egui::Button::new(tr!("Write file")));
        if (button.clicked() || entered) && !path.is_empty() {
            cx.act(Action::Export { what, path: PathBuf::from(path), replace: false });
            ui.close();
        }
    }
}
