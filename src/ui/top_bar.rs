//! The bar at the top: what is open, what can be done, how far the run is, the theme.

use super::commands::{COMMANDS, UserCommand, menu_item, with_shortcut};
use super::findings::sentence;
use super::panels::Cx;
use super::places;
use super::theme::Palette;
use super::widgets::{caution, elided, number, time};
use crate::app::{Action, Activity, RunView, Theme};
use crate::language::{Language, later, tr, tr_dynamic};
use eframe::egui;
use eframe::egui::{Align, FontId, Layout, Rect, RichText, Role, Sense, WidgetInfo, pos2, vec2};

/// Commands of which only the possible one is shown, in one place.
const FIRST: &[&str] = &[later!("Train"), later!("Pause"), later!("Resume")];

/// Below this width, in points, the rarer buttons stand in a menu.
const NARROW: f32 = 840.0;

/// Paints the bar.
pub fn ui(ui: &mut egui::Ui, cx: &mut Cx<'_>) {
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        name(ui, cx);
        ui.add_space(8.0);
        let first = first_command(cx);
        let narrow = ui.available_width() < NARROW;
        for command in COMMANDS.iter().filter(|command| command.in_bar) {
            if command.label == first {
                primary(ui, cx, command);
                super::train_on::ui(ui, cx);
            } else if !FIRST.contains(&command.label) && (!narrow || command.label == later!("Stop")) {
                button(ui, cx, command);
            }
        }
        if narrow {
            let run = ui.menu_button(tr!("Run"), |ui| {
                ui.set_min_width(170.0);
                for label in [later!("Step"), later!("Evaluate now"), later!("Save now")] {
                    menu_item(ui, cx, label);
                }
            });
            run.response.on_hover_text(tr!("What else can be done with the run."));
        }
        warnings(ui, cx);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            help_menu(ui, cx);
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
        (Some((_, source, ..)), _) => (tr!("opening {source}", source = source), source.clone()),
        (None, Some(data)) => {
            (data.summary.name.clone(), tr!("The open data: {source}", source = data.summary.source))
        }
        (None, None) => (tr!("no data").to_owned(), tr!("Open data in the Data panel.").to_owned()),
    };
    let galley = elided(ui, &text, FontId::proportional(13.0), palette.weak, 150.0);
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &text));
    ui.painter().galley(rect.min, galley, palette.weak);
    response.on_hover_text(help);
}

fn first_command(cx: &Cx<'_>) -> &'static str {
    match (cx.state.activity, cx.state.live_run()) {
        (Activity::Idle, _) => later!("Train"),
        (_, Some(run)) if run.paused => later!("Resume"),
        _ => later!("Pause"),
    }
}

fn help_of(ui: &egui::Ui, command: &UserCommand) -> String {
    with_shortcut(ui.ctx(), tr_dynamic(command.help), command.shortcuts.first())
}

fn primary(ui: &mut egui::Ui, cx: &mut Cx<'_>, command: &UserCommand) {
    let palette = Palette::of(ui.visuals());
    let possible = (command.possible)(cx.state);
    let text = RichText::new(tr_dynamic(command.label)).strong();
    let button = if possible {
        egui::Button::new(text.color(palette.on_accent)).fill(palette.accent).stroke(egui::Stroke::NONE)
    } else {
        egui::Button::new(text)
    };
    let response = ui.add_enabled(possible, button.min_size(vec2(72.0, 28.0)));
    let response = response.on_hover_text(help_of(ui, command));
    let reason = (command.label == later!("Train")).then(|| cx.state.why_not_train()).flatten();
    let response = match reason {
        Some(reason) => response.on_disabled_hover_text(reason),
        None => response.on_disabled_hover_text(tr_dynamic(command.help)),
    };
    places::mark(ui.ctx(), "train", response.rect);
    if response.clicked() {
        cx.act((command.action)());
    }
}

fn button(ui: &mut egui::Ui, cx: &mut Cx<'_>, command: &UserCommand) {
    let possible = (command.possible)(cx.state);
    let response =
        ui.add_enabled(possible, egui::Button::new(tr_dynamic(command.label)).min_size(vec2(0.0, 28.0)));
    let help = help_of(ui, command);
    let elsewhere = tr!("Another process is training this run; stop or steer it there.");
    let reason: &str = if cx.state.shows_followed() { elsewhere } else { &help };
    if response.on_hover_text(&help).on_disabled_hover_text(reason).clicked() {
        cx.act((command.action)());
    }
}

/// What is serious about the open data, beside Train; a click shows it in the Data panel.
fn warnings(ui: &mut egui::Ui, cx: &mut Cx<'_>) {
    let Some(data) = &cx.state.data else { return };
    let serious: Vec<String> = cx
        .state
        .findings()
        .iter()
        .filter(|(_, serious)| *serious)
        .map(|(finding, _)| sentence(finding, &data.dataset.classes))
        .collect();
    if serious.is_empty() {
        return;
    }
    let palette = Palette::of(ui.visuals());
    let text = match serious.len() {
        1 => tr!("1 warning").to_owned(),
        count => tr!("{count} warnings", count = count),
    };
    // Room for the sign in front of the words.
    let button = egui::Button::new(RichText::new(format!("     {text}")).color(palette.warning));
    let response = ui.add(button.min_size(vec2(0.0, 28.0)));
    let at = pos2(response.rect.left() + 16.0, response.rect.center().y);
    caution(ui.painter(), at, true, palette.warning, palette.raised);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &text));
    if response.on_hover_text(serious.join("\n\n")).clicked() {
        cx.act(Action::ShowWarnings);
    }
}

/// A thin bar, and below it the run in one line.
fn progress(ui: &mut egui::Ui, cx: &mut Cx<'_>) {
    let palette = Palette::of(ui.visuals());
    let (share, text) = match (cx.state.activity, cx.state.live_run()) {
        (Activity::Idle, _) => match &cx.state.run {
            Some(run) if cx.state.shows_followed() => (stage_share(run), going(run, false)),
            Some(run) => (run_share(run), finished(run)),
            None => (0.0, tr!("Nothing trained yet").to_owned()),
        },
        (activity, Some(run)) => (stage_share(run), going(run, matches!(activity, Activity::Stopping(_)))),
        (_, None) => (0.0, tr!("Starting").to_owned()),
    };
    if !cx.state.shows_live && cx.state.background.is_some() {
        let shown =
            ui.button(tr!("Show live run")).on_hover_text(tr!("The panels show another run; go back."));
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
    Some(tr!("validation accuracy {accuracy}", accuracy = number::percent(*accuracy)))
}

fn going(run: &RunView, stopping: bool) -> String {
    let mut parts = Vec::new();
    if let Some((stage, done, total)) = &run.progress {
        parts.push(match total {
            0 => tr_dynamic(stage).to_owned(),
            _ => tr!(
                "{stage} {done} of {total}",
                stage = tr_dynamic(stage),
                done = number::count(*done),
                total = number::count(*total)
            ),
        });
    } else if run.paused {
        parts.push(tr!("Paused").to_owned());
    } else if stopping {
        parts.push(tr!("Stopping").to_owned());
    } else if run.step == 0 {
        parts.push(tr!("Preparing").to_owned());
    }
    if run.step > 0 {
        parts.push(tr!(
            "step {step} of {all}",
            step = number::count(run.step),
            all = number::count(run.total_steps)
        ));
        parts.push(tr!("epoch {epoch}", epoch = format!("{:.1}", run.epoch)));
        if let Some([_, rate]) = run.steps.get("samples_per_s").and_then(|points| points.last()) {
            parts.push(tr!("{rate} samples/s", rate = number::count(rate.round().max(0.0) as u64)));
        }
        let left = run.seconds_left();
        if !run.paused && !stopping {
            parts.push(tr!("{time} left", time = time::duration(left)));
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
        Some(Outcome::Finished) => tr!("Finished"),
        Some(Outcome::Stopped) => tr!("Stopped"),
        Some(Outcome::Failed) => tr!("Failed"),
        None => tr!("Cut off"),
    };
    let mut parts = vec![
        tr!(
            "{outcome} at step {step} of {all}",
            outcome = word,
            step = number::count(run.step),
            all = number::count(run.total_steps)
        ),
        time::duration(run.seconds),
    ];
    let test = run.done.as_ref().and_then(|d| d.test.as_ref()).and_then(|t| t.metrics.get("accuracy"));
    parts.extend(accuracy(run));
    parts.extend(test.map(|a| tr!("test accuracy {accuracy}", accuracy = number::percent(*a))));
    parts.join("  ·  ")
}

/// Theme, language, size and layout.
fn menu(ui: &mut egui::Ui, cx: &mut Cx<'_>) {
    let current = cx.state.theme;
    let response = ui.menu_button(tr!("View"), |ui| {
        ui.set_min_width(200.0);
        for (theme, name) in [
            (Theme::System, tr!("Theme of the desktop")),
            (Theme::Light, tr!("Light theme")),
            (Theme::Dark, tr!("Dark theme")),
        ] {
            if ui.radio(current == theme, name).clicked() {
                cx.act(Action::SetTheme(theme));
                ui.close();
            }
        }
        ui.separator();
        // In both languages, so that it can be found in the one that is not understood.
        ui.label(RichText::new("Language / 语言").small().color(Palette::of(ui.visuals()).weak));
        for language in Language::ALL {
            if ui.radio(cx.state.language == language, language.name()).clicked() {
                cx.act(Action::SetLanguage(language));
                ui.close();
            }
        }
        ui.separator();
        for label in [later!("Larger text"), later!("Smaller text"), later!("Usual text size")] {
            menu_item(ui, cx, label);
        }
        ui.separator();
        menu_item(ui, cx, later!("Reset layout"));
    });
    response
        .response
        .on_hover_text(tr!("Light or dark, language, text size, and the arrangement of the panels."));
}

/// The palette, the shortcuts, the tour.
fn help_menu(ui: &mut egui::Ui, cx: &mut Cx<'_>) {
    let response = ui.menu_button(tr!("Help"), |ui| {
        ui.set_min_width(210.0);
        for label in [later!("Command palette"), later!("Keyboard shortcuts"), later!("Tour")] {
            menu_item(ui, cx, label);
        }
    });
    places::mark(ui.ctx(), "help", response.response.rect);
    response.response.on_hover_text(tr!("Command palette, keyboard shortcuts and the tour."));
}
