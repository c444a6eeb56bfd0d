//! The newest warning or error, under the top bar, until it is dismissed, with buttons for what
//! can be done about it; where there is none, the offer to resume a run that was cut off, or the word that another process trains the run
//! shown.

use super::panels::Cx;
use super::theme::Palette;
use super::widgets::number;
use crate::app::{Action, Activity, State};
use crate::language::tr;
use crate::runs::Level;
use eframe::egui;
use std::path::PathBuf;

/// Ground and margins of the bar.
pub fn frame(ui: &egui::Ui) -> egui::Frame {
    let palette = Palette::of(ui.visuals());
    egui::Frame::new().fill(palette.raised).inner_margin(egui::Margin::symmetric(12, 6))
}

/// Whether there is something to show.
pub fn is_needed(state: &State) -> bool {
    state.notice.is_some() || state.offer.is_some() || state.shows_followed()
}

/// Paints the bar.
pub fn ui(ui: &mut egui::Ui, cx: &mut Cx<'_>) {
    match (&cx.state.notice, &cx.state.offer) {
        (Some(_), _) => notice_ui(ui, cx),
        (None, Some(folder)) => offer_ui(ui, cx, folder.clone()),
        (None, None) if cx.state.shows_followed() => followed_ui(ui),
        (None, None) => {}
    }
}

fn followed_ui(ui: &mut egui::Ui) {
    let palette = Palette::of(ui.visuals());
    let text =
        tr!("Another process is training this run. What it reaches appears here; stop or steer it there.");
    ui.horizontal(|ui| {
        ui.label(egui::RichText::new(tr!("Note")).color(palette.accent).strong());
        ui.add(egui::Label::new(egui::RichText::new(text).color(palette.text)).wrap());
    });
}

fn offer_ui(ui: &mut egui::Ui, cx: &mut Cx<'_>, folder: PathBuf) {
    let palette = Palette::of(ui.visuals());
    let shown = cx.state.run.as_ref().filter(|run| run.folder == folder).map(|run| run.step);
    let listed = || cx.state.runs.iter().find(|row| row.folder == folder).map(|row| row.step);
    let step = shown.or_else(listed).unwrap_or(0);
    let text = tr!(
        "The run {run} was cut off at step {step}.",
        run = cx.state.title_of(&folder),
        step = number::count(step)
    );
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        if ui
            .button(tr!("Dismiss"))
            .on_hover_text(tr!("Hide this; the Runs panel can resume it later."))
            .clicked()
        {
            cx.act(Action::DismissNotice);
        }
        let help = tr!("Go on from its newest checkpoint, to the very result that it would have had.");
        let busy = tr!("A run is going; stop it first.");
        let button = ui.add_enabled(cx.state.activity == Activity::Idle, egui::Button::new(tr!("Resume it")));
        if button.on_hover_text(help).on_disabled_hover_text(busy).clicked() {
            cx.act(Action::ResumeRun(folder));
        }
        ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
            ui.label(egui::RichText::new(tr!("Note")).color(palette.accent).strong());
            ui.add(egui::Label::new(egui::RichText::new(text).color(palette.text)).wrap());
        });
    });
}

fn notice_ui(ui: &mut egui::Ui, cx: &mut Cx<'_>) {
    let Some(notice) = &cx.state.notice else { return };
    let palette = Palette::of(ui.visuals());
    let (word, color) = match notice.level {
        Level::Error => (tr!("Error"), palette.bad),
        Level::Warning => (tr!("Warning"), palette.warning),
        Level::Info => (tr!("Note"), palette.accent),
    };
    let text = notice.text.clone();
    let word = egui::RichText::new(word).color(color).strong();
    let text = egui::RichText::new(text).color(palette.text);
    let words = |ui: &mut egui::Ui| {
        ui.label(word);
        ui.add(egui::Label::new(text).wrap());
    };
    if cx.state.remedies.is_empty() {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            dismiss_ui(ui, cx);
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), words);
        });
        return;
    }
    // Held to the top: what is centred takes all the height that there is.
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Min), |ui| {
        dismiss_ui(ui, cx);
        ui.with_layout(egui::Layout::top_down(egui::Align::Min), |ui| {
            ui.horizontal(words);
            remedies_ui(ui, cx);
        });
    });
}

fn dismiss_ui(ui: &mut egui::Ui, cx: &mut Cx<'_>) {
    if ui.button(tr!("Dismiss")).on_hover_text(tr!("Hide this; the Log panel keeps it.")).clicked() {
        cx.act(Action::DismissNotice);
    }
}

/// Buttons under the notice, in as many rows as they need.
fn remedies_ui(ui: &mut egui::Ui, cx: &mut Cx<'_>) {
    ui.add_space(4.0);
    ui.horizontal_wrapped(|ui| {
        for remedy in &cx.state.remedies {
            let why_not = remedy.why_not(cx.state);
            let button = ui.add_enabled(why_not.is_none(), egui::Button::new(&remedy.label));
            if button
                .on_hover_text(&remedy.help)
                .on_disabled_hover_text(why_not.unwrap_or_default())
                .clicked()
            {
                cx.actions.push(remedy.action.clone());
            }
        }
    });
}
