//! The bar at the top: what is open, what can be done, how far the run is, the theme.

use super::commands::{COMMANDS, UserCommand};
use super::panels::Cx;
use super::theme::Palette;
use super::widgets::{elided, number, time};
use crate::app::{Action, Activity, RunView, Theme};
use eframe::egui;
use eframe::egui::{Align, FontId, Layout, Rect, RichText, Role, Sense, WidgetInfo, pos2, vec2};

/// Commands of which only the possible one is shown, in one place.
const FIRST: &[&str] = &["Train", "Pause", "Resume"];

/// Paints the bar.
pub fn ui(ui: &mut egui::Ui, cx: &mut Cx<'_>) {
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        name(ui, cx);
        ui.add_space(8.0);
        let first = first_command(cx);
        for command in COMMANDS {
            if command.label == first {
                primary(ui, cx, command);
            } else if !FIRST.contains(&command.label) {
                button(ui, cx, command);
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            menu(ui, cx);
            ui.add_space(8.0);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add_space(8.0);
                progress(ui, cx);
            });
        });
    });
}

fn name(ui: &mut egui::Ui, cx: &Cx<'_>) {
    let palette = Palette::of(ui.visuals());
    ui.label(RichText::new("Attentive").size(15.0).strong().color(palette.strong));
    let (text, help) = match (&cx.state.opening, &cx.state.data) {
        (Some((_, source, ..)), _) => (format!("opening {source}"), source.clone()),
        (None, Some(data)) => (data.summary.name.clone(), format!("The open data: {}", data.summary.source)),
        (None, None) => ("no data".to_owned(), "Open data in the Data panel.".to_owned()),
    };
    let galley = elided(ui, &text, FontId::proportional(13.0), palette.weak, 150.0);
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &text));
    ui.painter().galley(rect.min, galley, palette.weak);
    response.on_hover_text(help);
}

fn first_command(cx: &Cx<'_>) -> &'static str {
    match (cx.state.activity, cx.state.live_run()) {
        (Activity::Idle, _) => "Train",
        (_, Some(run)) if run.paused => "Resume",
        _ => "Pause",
    }
}

fn help_of(ui: &egui::Ui, command: &UserCommand) -> String {
    format!("{} ({})", command.help, ui.ctx().format_shortcut(&command.shortcut))
}

fn primary(ui: &mut egui::Ui, cx: &mut Cx<'_>, command: &UserCommand) {
    let palette = Palette::of(ui.visuals());
    let possible = (command.possible)(cx.state);
    let text = RichText::new(command.label).strong();
    let button = if possible {
        egui::Button::new(text.color(palette.on_accent)).fill(palette.accent).stroke(egui::Stroke::NONE)
    } else {
        egui::Button::new(text)
    };
    let response = ui.add_enabled(possible, button.min_size(vec2(72.0, 28.0)));
    let response = response.on_hover_text(help_of(ui, command));
    let reason = (command.label == "Train").then(|| cx.state.why_not_train()).flatten();
    let response = match reason {
        Some(reason) => response.on_disabled_hover_text(reason),
        None => response.on_disabled_hover_text(command.help),
    };
    if response.clicked() {
        cx.act((command.action)());
    }
}

fn button(ui: &mut egui::Ui, cx: &mut Cx<'_>, command: &UserCommand) {
    let possible = (command.possible)(cx.state);
    let response = ui.add_enabled(possible, egui::Button::new(command.label).min_size(vec2(0.0, 28.0)));
    let help = help_of(ui, command);
    if response.on_hover_text(&help).on_disabled_hover_text(&help).clicked() {
        cx.act((command.action)());
    }
}

/// A thin bar, and below it the run in one line.
fn progress(ui: &mut egui::Ui, cx: &mut Cx<'_>) {
    let palette = Palette::of(ui.visuals());
    let (share, text) = match (cx.state.activity, cx.state.live_run()) {
        (Activity::Idle, _) => match &cx.state.run {
            Some(run) => (run_share(run), finished(run)),
            None => (0.0, "Nothing trained yet".to_owned()),
        },
        (activity, Some(run)) => (stage_share(run), going(run, activity)),
        (_, None) => (0.0, "Starting".to_owned()),
    };
    if !cx.state.shows_live && cx.state.background.is_some() {
        let shown = ui.button("Show live run").on_hover_text("The panels show another run; go back.");
        if shown.clicked() {
            cx.act(Action::ShowLiveRun);
        }
    }
    let size = vec2(ui.available_width(), 30.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, &text));
    let galley = elided(ui, &text, FontId::proportional(12.0), palette.text, rect.width());
    let cut = galley.elided;
    ui.painter().galley(pos2(rect.left(), rect.top() + 1.0), galley, palette.text);
    let track =
        Rect::from_min_max(pos2(rect.left(), rect.bottom() - 8.0), pos2(rect.right(), rect.bottom() - 4.0));
    ui.painter().rect_filled(track, 2.0, palette.line);
    let filled = Rect::from_min_size(track.min, vec2(track.width() * share.clamp(0.0, 1.0), track.height()));
    ui.painter().rect_filled(filled, 2.0, palette.accent);
    if cut {
        response.on_hover_text(text);
    }
}

fn run_share(run: &RunView) -> f32 {
    if run.total_steps == 0 { 0.0 } else { (run.step as f64 / run.total_steps as f64) as f32 }
}

/// While something else than stepping goes on, its own progress.
fn stage_share(run: &RunView) -> f32 {
    match &run.progress {
        Some((_, done, total)) if *total > 0 => (*done as f64 / *total as f64) as f32,
        _ => run_share(run),
    }
}

fn accuracy(run: &RunView) -> Option<String> {
    let accuracy = run.last_validation()?.metrics.get("accuracy")?;
    Some(format!("validation accuracy {}", number::percent(*accuracy)))
}

fn going(run: &RunView, activity: Activity) -> String {
    let mut parts = Vec::new();
    if let Some((stage, done, total)) = &run.progress {
        parts.push(match total {
            0 => stage.clone(),
            _ => format!("{stage} {} of {}", number::count(*done), number::count(*total)),
        });
    } else if run.paused {
        parts.push("Paused".to_owned());
    } else if matches!(activity, Activity::Stopping(_)) {
        parts.push("Stopping".to_owned());
    } else if run.step == 0 {
        parts.push("Preparing".to_owned());
    }
    if run.step > 0 {
        parts.push(format!("step {} of {}", number::count(run.step), number::count(run.total_steps)));
        parts.push(format!("epoch {:.1}", run.epoch));
        if let Some([_, rate]) = run.steps.get("samples_per_s").and_then(|points| points.last()) {
            parts.push(format!("{} samples/s", number::count(rate.round().max(0.0) as u64)));
        }
        let left = run.total_steps.saturating_sub(run.step) as f64 * run.seconds / run.step as f64;
        if !run.paused && matches!(activity, Activity::Running(_)) {
            parts.push(format!("{} left", time::duration(left)));
        }
    }
    parts.extend(accuracy(run));
    let mut text = parts.join("  ·  ");
    if let Some(first) = text.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    text
}

fn finished(run: &RunView) -> String {
    use crate::runs::Outcome;
    let word = match run.done.as_ref().map(|d| d.outcome) {
        Some(Outcome::Finished) => "Finished",
        Some(Outcome::Stopped) => "Stopped",
        Some(Outcome::Failed) => "Failed",
        None => "Cut off",
    };
    let mut parts = vec![
        format!("{word} at step {} of {}", number::count(run.step), number::count(run.total_steps)),
        time::duration(run.seconds),
    ];
    let test = run.done.as_ref().and_then(|d| d.test.as_ref()).and_then(|t| t.metrics.get("accuracy"));
    parts.extend(accuracy(run));
    parts.extend(test.map(|a| format!("test accuracy {}", number::percent(*a))));
    parts.join("  ·  ")
}

/// Theme and layout.
fn menu(ui: &mut egui::Ui, cx: &mut Cx<'_>) {
    let current = cx.state.theme;
    let response = ui.menu_button("View", |ui| {
        ui.set_min_width(170.0);
        for (theme, name) in [
            (Theme::System, "Theme of the desktop"),
            (Theme::Light, "Light theme"),
            (Theme::Dark, "Dark theme"),
        ] {
            if ui.radio(current == theme, name).clicked() {
                cx.act(Action::SetTheme(theme));
                ui.close();
            }
        }
        ui.separator();
        let reset = ui.button("Reset layout").on_hover_text("Put all panels back where they are at first.");
        if reset.clicked() {
            cx.act(Action::ResetLayout);
            ui.close();
        }
    });
    response.response.on_hover_text("Light or dark, and the arrangement of the panels.");
}
