//! What can be done with a run of the list: the same entries behind the button at the end of its
//! row and behind a right click. It only wishes.

use crate::app::{Action, ForkWish, RunRow, State};
use crate::language::tr;
use crate::ui::theme::Palette;
use eframe::egui;
use eframe::egui::containers::menu::MenuButton;
use eframe::egui::{Button, Role, WidgetInfo, vec2};

/// Width of the button, in points.
pub const WIDTH: f32 = 16.0;

/// The button at the end of a row.
pub fn button(ui: &mut egui::Ui, state: &State, run: &RunRow, wishes: &mut Vec<Action>) {
    let palette = Palette::of(ui.visuals());
    ui.spacing_mut().button_padding.x = 0.0;
    let blank = Button::new("").frame(false).min_size(vec2(WIDTH, 20.0));
    let (response, _) = MenuButton::from_button(blank).ui(ui, |ui| entries(ui, state, run, wishes));
    let lit = response.hovered() || response.has_focus();
    let color = if lit { palette.strong } else { palette.weak };
    for offset in [-4.5, 0.0, 4.5] {
        ui.painter().circle_filled(response.rect.center() + vec2(0.0, offset), 1.4, color);
    }
    if response.has_focus() {
        let stroke = egui::Stroke::new(1.5, palette.accent);
        ui.painter().rect_stroke(response.rect, 3.0, stroke, egui::StrokeKind::Inside);
    }
    let name = tr!("What can be done with {run}", run = run.title());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    response.on_hover_text(tr!("Resume, fork, verify, delete and more; also by a right click"));
}

/// The entries.
pub fn entries(ui: &mut egui::Ui, state: &State, run: &RunRow, wishes: &mut Vec<Action>) {
    ui.set_min_width(190.0);
    let folder = || run.folder.clone();
    let drawn = state.overlays.iter().any(|overlay| overlay.folder == run.folder);
    let mut entry = |ui: &mut egui::Ui, text: &str, help: &str, why_not: Option<String>, action: Action| {
        let response = ui.add_enabled(why_not.is_none(), Button::new(text)).on_hover_text(help);
        if response.on_disabled_hover_text(why_not.unwrap_or_default()).clicked() {
            wishes.push(action);
            ui.close();
        }
    };
    let show = tr!("Show in all panels");
    entry(
        ui,
        show,
        tr!("Show the run with its curves, predictions and settings"),
        None,
        Action::OpenRun(folder()),
    );
    let draw = if drawn { tr!("Take out of the charts") } else { tr!("Draw in the charts") };
    let help = tr!("Draw its curves beside those of the run shown");
    entry(ui, draw, help, None, Action::Overlay(folder(), !drawn));
    ui.separator();
    if state.can_resume(run) {
        let help = tr!("Go on from its newest checkpoint, to the very result that it would have had.");
        entry(ui, tr!("Resume"), help, state.why_busy(), Action::ResumeRun(folder()));
    }
    let help = tr!("Go on from one of its checkpoints in a new run, with other settings");
    entry(ui, tr!("Fork…"), help, None, Action::Fork(ForkWish::Of(folder())));
    let help = tr!("Train its last steps again, from the checkpoint before, and compare the bytes");
    entry(ui, tr!("Verify"), help, state.why_not_verify(&run.folder), Action::VerifyRun(folder(), false));
    let help = tr!("Train all of it again and compare the bytes; this takes as long as the run did");
    let why_not = state.why_not_verify(&run.folder);
    entry(ui, tr!("Verify from the start"), help, why_not, Action::VerifyRun(folder(), true));
    ui.separator();
    let help = run.folder.display().to_string();
    entry(ui, tr!("Show folder"), &help, None, Action::ShowFolder(folder()));
    let going = (run.status == "running")
        .then(|| tr!("A run that is going cannot be deleted; stop it first.").to_owned());
    let help = tr!("Move the run to the trash; it can be put back from there");
    entry(ui, tr!("Delete"), help, going, Action::DeleteRun(folder()));
}
