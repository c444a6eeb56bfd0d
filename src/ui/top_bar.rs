//! The bar at the top: what is open, what can be done, how far the run is, the theme.

use super::commands::{COMMANDS, UserCommand};
use super::panels::Cx;
use super::theme::Palette;
use crate::app::{Action, Theme};
use eframe::egui;

/// Paints the bar.
pub fn ui(ui: &mut egui::Ui, cx: &mut Cx<'_>) {
    let _ = Palette::of(ui.visuals());
    ui.horizontal_centered(|ui| {
        ui.label(egui::RichText::new("Attentive").strong());
        for command in COMMANDS {
            button(ui, cx, command);
        }
        for (theme, name) in [(Theme::System, "System"), (Theme::Light, "Light"), (Theme::Dark, "Dark")] {
            if ui.selectable_label(cx.state.theme == theme, name).clicked() {
                cx.act(Action::SetTheme(theme));
            }
        }
    });
}

fn button(ui: &mut egui::Ui, cx: &mut Cx<'_>, command: &UserCommand) {
    let possible = (command.possible)(cx.state);
    let response = ui.add_enabled(possible, egui::Button::new(command.label));
    let help = format!("{} ({})", command.help, ui.ctx().format_shortcut(&command.shortcut));
    if response.on_hover_text(&help).on_disabled_hover_text(&help).clicked() {
        cx.act((command.action)());
    }
}
