//! One sample of the open data, large.

use super::browser::{label_of, split_of};
use super::tokens;
use crate::app::Action;
use crate::data::{Dataset, Examples};
use crate::language::tr;
use crate::ui::panels::Cx;
use crate::ui::theme::Palette;
use crate::ui::widgets::foldable;
use eframe::egui;
use eframe::egui::{RichText, vec2};

/// Side of the picture, in points.
const SIDE: f32 = 112.0;
/// Height at which a long text begins to scroll.
const TEXT_HEIGHT: f32 = 130.0;

/// Paints it. `sample` is an index of `dataset`.
pub fn ui(ui: &mut egui::Ui, cx: &mut Cx<'_>, dataset: &Dataset, sample: u32) {
    let palette = Palette::of(ui.visuals());
    let frame = egui::Frame::new().fill(palette.raised).corner_radius(4).inner_margin(8);
    frame.show(ui, |ui| {
        ui.horizontal_top(|ui| {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Min), |ui| {
                let close = ui.button(tr!("Close")).on_hover_text(tr!("Show no sample in detail."));
                if close.clicked() {
                    cx.act(Action::SelectSample(None));
                }
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Min), |ui| {
                    if matches!(dataset.examples, Examples::Images(_)) {
                        picture(ui, cx, dataset, sample);
                    }
                    ui.vertical(|ui| {
                        ui.spacing_mut().item_spacing.y = 2.0;
                        ui.add(
                            egui::Label::new(
                                RichText::new(label_of(dataset, sample)).strong().color(palette.strong),
                            )
                            .wrap(),
                        );
                        ui.label(RichText::new(split_of(dataset, sample)).small().color(palette.weak));
                        ui.label(
                            RichText::new(tr!("sample {sample}", sample = sample))
                                .small()
                                .color(palette.weak),
                        );
                    });
                });
            });
        });
        if let Examples::Texts(texts) = &dataset.examples
            && (sample as usize) < texts.len()
        {
            let text = texts.get(sample as usize);
            egui::ScrollArea::vertical().id_salt("whole text").max_height(TEXT_HEIGHT).show(ui, |ui| {
                ui.add(egui::Label::new(RichText::new(text).color(palette.text)).wrap().selectable(true));
            });
            foldable(ui, tr!("Tokens that the model is given"), false, |ui| seen(ui, cx, sample));
        }
    });
}

/// The tokens of the text; asked for when they are to be seen.
fn seen(ui: &mut egui::Ui, cx: &mut Cx<'_>, sample: u32) {
    let palette = Palette::of(ui.visuals());
    if cx.state.tokens_are_due(sample) {
        cx.act(Action::SeeTokens(sample));
    }
    match cx.state.tokens_of(sample) {
        Some(Ok(seen)) => tokens::ui(ui, seen),
        Some(Err(reason)) => {
            ui.add(egui::Label::new(RichText::new(reason).color(palette.bad)).wrap());
        }
        None => {
            ui.label(RichText::new(tr!("Cutting the text into tokens")).small().color(palette.weak));
        }
    }
}

fn picture(ui: &mut egui::Ui, cx: &mut Cx<'_>, dataset: &Dataset, sample: u32) {
    match cx.thumbnails.get(ui.ctx(), dataset, sample, SIDE) {
        Some(texture) => {
            let [width, height] = texture.size();
            let scale = SIDE / width.max(height).max(1) as f32;
            let size = vec2(width as f32 * scale, height as f32 * scale);
            let alt = tr!("Sample {sample}, {label}", sample = sample, label = label_of(dataset, sample));
            ui.add(egui::Image::new(&texture).fit_to_exact_size(size).alt_text(alt));
        }
        None => {
            ui.allocate_space(vec2(SIDE, SIDE));
        }
    }
}
