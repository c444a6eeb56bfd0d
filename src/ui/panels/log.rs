//! The Log panel: time, level, text; all of it can be copied.

use super::{Cx, View};
use crate::app::LogLine;
use crate::language::tr;
use crate::runs::Level;
use crate::ui::theme::Palette;
use crate::ui::widgets::{empty, time};
use eframe::egui;

/// What the panel remembers.
#[derive(Default)]
pub struct Log {
    only_problems: bool,
}

impl View for Log {
    fn ui(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>) {
        if cx.state.log.is_empty() {
            empty(ui, tr!("Nothing has happened yet"), "");
            return;
        }
        let shown: Vec<&LogLine> =
            cx.state.log.iter().filter(|line| !self.only_problems || line.level != Level::Info).collect();
        ui.horizontal(|ui| {
            ui.checkbox(&mut self.only_problems, tr!("Only problems"))
                .on_hover_text(tr!("Show only warnings and errors."));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if ui
                    .button(tr!("Copy"))
                    .on_hover_text(tr!("Copy the lines shown to the clipboard."))
                    .clicked()
                {
                    let lines: Vec<String> = shown.iter().map(|line| as_text(line)).collect();
                    ui.ctx().copy_text(lines.join("\n"));
                }
            });
        });
        egui::ScrollArea::vertical().auto_shrink(false).stick_to_bottom(true).show(ui, |ui| {
            for line in shown {
                self::line(ui, line);
            }
        });
    }
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Info => tr!("info"),
        Level::Warning => tr!("warning"),
        Level::Error => tr!("error"),
    }
}

fn as_text(line: &LogLine) -> String {
    format!("{} {} {}", time::clock(line.time), word(line.level), line.text)
}

fn line(ui: &mut egui::Ui, line: &LogLine) {
    let palette = Palette::of(ui.visuals());
    let color = match line.level {
        Level::Info => palette.text,
        Level::Warning => palette.warning,
        Level::Error => palette.bad,
    };
    ui.horizontal_top(|ui| {
        ui.label(egui::RichText::new(time::clock(line.time)).monospace().color(palette.weak));
        if line.level != Level::Info {
            ui.label(egui::RichText::new(word(line.level)).strong().color(color));
        }
        ui.add(egui::Label::new(egui::RichText::new(&line.text).color(palette.text)).wrap());
    });
}
