//! The Data panel: open data, its counts and classes, what the model makes of its samples,
//! and a browser of them.

mod augmented;
mod browser;
mod check;
mod classes;
mod columns;
mod detail;
mod public;
mod recent;
mod source;
mod tokens;

use super::{Cx, View};
use crate::app::DataView;
use crate::data::Modality;
use crate::language::tr;
use crate::ui::theme::Palette;
use crate::ui::widgets::{empty, foldable, number};
use eframe::egui;
use eframe::egui::RichText;

/// What the panel remembers.
#[derive(Default)]
pub struct Data {
    source: source::Source,
    classes: classes::Classes,
    browser: browser::Browser,
    augmented: augmented::Augmented,
    check: check::Check,
}

impl View for Data {
    fn ui(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>) {
        egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            if let Some(data) = &cx.state.data {
                numbers(ui, data);
            }
            let wanted = cx.state.data.is_none() || cx.state.open_error.is_some();
            if cx.state.open_error.is_none() {
                self.source.ui(ui, cx, wanted);
                columns::ui(ui, cx);
            } else {
                // What helps against an error stands right below it.
                source::error(ui, cx);
                columns::ui(ui, cx);
                self.source.ui(ui, cx, wanted);
            }
            let Some(data) = &cx.state.data else {
                if cx.state.opening.is_none() {
                    empty(
                        ui,
                        tr!("No data is open"),
                        tr!("Choose a built-in set, a file or a folder above."),
                    );
                }
                return;
            };
            foldable(ui, tr!("Classes"), true, |ui| {
                if let Some(class) = self.classes.ui(ui, cx, data) {
                    self.browser.show_class(class);
                }
            });
            if data.summary.modality == Modality::Image {
                foldable(ui, tr!("What the model sees"), false, |ui| self.augmented.ui(ui, cx));
            }
            self.check.ui(ui, cx, data);
            self.browser.ui(ui, cx, data);
        });
    }
}

/// Name, kind, and how many samples are in each split.
fn numbers(ui: &mut egui::Ui, data: &DataView) {
    let palette = Palette::of(ui.visuals());
    let summary = &data.summary;
    ui.label(RichText::new(&summary.name).size(15.0).strong().color(palette.strong))
        .on_hover_text(&summary.source);
    let kind = match (summary.modality, summary.image_shape, summary.text_lengths) {
        (Modality::Image, Some([channels, height, width]), _) => {
            let color = if channels == 1 { tr!("grey") } else { tr!("colour") };
            tr!("Images {width} x {height}, {color}", width = width, height = height, color = color)
        }
        (Modality::Image, None, _) => tr!("Images").to_owned(),
        (Modality::Text, _, Some([shortest, median, longest])) => {
            tr!(
                "Texts of {shortest} to {longest} characters, median {median}",
                shortest = shortest,
                longest = longest,
                median = median
            )
        }
        (Modality::Text, ..) => tr!("Texts").to_owned(),
    };
    let kind = tr!("{kind}  ·  {count} classes", kind = kind, count = summary.classes.len());
    ui.add(egui::Label::new(RichText::new(kind).color(palette.weak)).truncate());
    ui.add_space(4.0);
    ui.columns(3, |columns| {
        let helps = [
            tr!("Samples that the model learns from."),
            tr!("Samples held out to measure progress; the Predictions panel shows them."),
            tr!("Samples that nothing sees until the final evaluation."),
        ];
        let parts = [tr!("Training"), tr!("Validation"), tr!("Test")]
            .into_iter()
            .zip(summary.split_counts)
            .zip(helps);
        for (ui, ((name, samples), help)) in columns.iter_mut().zip(parts) {
            ui.spacing_mut().item_spacing.y = 0.0;
            ui.label(RichText::new(number::count(samples)).size(15.0).color(palette.strong))
                .on_hover_text(help);
            ui.label(RichText::new(name).small().color(palette.weak)).on_hover_text(help);
        }
    });
    if summary.unlabelled > 0 {
        let text = tr!("{count} samples have no label", count = number::count(summary.unlabelled));
        ui.label(RichText::new(text).small().color(palette.warning));
    }
    ui.add_space(2.0);
}
