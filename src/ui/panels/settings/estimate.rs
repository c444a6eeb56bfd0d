//! What the next run will take, in one line under the settings: parameters, memory, time of an
//! epoch. It computes nothing; while a newer answer is on its way the older one is shown faintly.

use crate::app::State;
use crate::language::tr;
use crate::train::{Estimate, HowSure};
use crate::ui::theme::Palette;
use crate::ui::widgets::number;
use eframe::egui;
use eframe::egui::RichText;

/// Paints the line; nothing before data is open.
pub fn ui(ui: &mut egui::Ui, state: &State) {
    let palette = Palette::of(ui.visuals());
    let waiting = state.estimate.job.is_some();
    let (text, help) = match &state.estimate.answer {
        Some(Ok(estimate)) => (line(estimate), help(estimate.how_sure)),
        // What does not fit is said beside the setting and at Train.
        Some(Err(_)) if !waiting => return,
        _ if waiting => (tr!("Estimating parameters, memory and time").to_owned(), String::new()),
        _ => return,
    };
    let color = if waiting { palette.weak.gamma_multiply(0.7) } else { palette.text };
    let response = ui.add(egui::Label::new(RichText::new(text).small().color(color)).wrap());
    if !help.is_empty() {
        response.on_hover_text(help);
    }
}

/// `1.2 M parameters, about 310 MB, 12 s an epoch`.
pub fn line(estimate: &Estimate) -> String {
    tr!(
        "{parameters} parameters, about {memory}, {time} an epoch",
        parameters = short_count(estimate.parameters),
        memory = bytes(estimate.peak_bytes),
        time = seconds(estimate.seconds_per_epoch)
    )
}

fn help(how_sure: HowSure) -> String {
    let basis = match how_sure {
        HowSure::Measured => {
            tr!("Time: a few steps of a shortened model, measured on this machine just now.")
        }
        HowSure::VocabularyAssumed => tr!(
            "There are too many texts to learn the vocabulary now: it is taken to be as large as allowed."
        ),
        HowSure::TimeExtrapolated => {
            tr!("The model is too large to try now: its time follows from a smaller one.")
        }
    };
    let memory = tr!("Memory: the most that the run adds to what the program and the data take.");
    format!("{memory}\n{basis}")
}

/// `139 018`, `1.2 M`, `86 M`, `1.3 G`.
fn short_count(count: u64) -> String {
    let scaled = |unit: f64, letter: &str| {
        let value = count as f64 / unit;
        if value < 10.0 { format!("{value:.1}\u{a0}{letter}") } else { format!("{value:.0}\u{a0}{letter}") }
    };
    match count {
        0..1_000_000 => number::count(count),
        1_000_000..1_000_000_000 => scaled(1e6, "M"),
        _ => scaled(1e9, "G"),
    }
}

/// `310 MB`, `1.3 GB`.
fn bytes(bytes: u64) -> String {
    let mega = bytes as f64 / 1e6;
    if mega < 999.5 { format!("{mega:.0}\u{a0}MB") } else { format!("{:.1}\u{a0}GB", mega / 1e3) }
}

/// `0.4 s`, `12 s`, `3 min`, `2.5 h`.
fn seconds(seconds: f64) -> String {
    if seconds < 9.95 {
        format!("{seconds:.1}\u{a0}s")
    } else if seconds < 119.5 {
        format!("{seconds:.0}\u{a0}s")
    } else if seconds < 7170.0 {
        format!("{:.0}\u{a0}min", seconds / 60.0)
    } else {
        format!("{:.1}\u{a0}h", seconds / 3600.0)
    }
}
