//! One sample in detail: the large picture or the whole text, all class probabilities, the
//! loss, and the way to its neighbours among the samples shown.

use super::{Scene, gallery, words};
use crate::app::Action;
use crate::data::Modality;
use crate::language::{tr, tr_dynamic};
use crate::ui::panels::Cx;
use crate::ui::theme::Palette;
use crate::ui::widgets::{Bar, bars_marked, number, verdict};
use eframe::egui;
use eframe::egui::{Key, Rect, RichText, Sense, vec2};
use std::sync::Arc;

/// What the detail view remembers.
#[derive(Default)]
pub struct Detail {
    /// Position of the sample shown last, kept when an evaluation takes it out of the list.
    position: usize,
}

impl Detail {
    /// Paints the sample in `row` of the table.
    pub fn ui(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>, scene: &Scene<'_>, row: usize) {
        let found = scene.position();
        self.position = found.unwrap_or(self.position.min(scene.rows.len().saturating_sub(1)));
        self.buttons(ui, cx, scene, row, found.is_some());
        ui.add_space(2.0);
        egui::ScrollArea::vertical().id_salt("detail").auto_shrink(false).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 4.0;
            let image = scene.dataset.is_some_and(|d| d.modality() == Modality::Image);
            let beside = image && ui.available_width() >= 440.0;
            if beside {
                ui.horizontal_top(|ui| {
                    large_picture(ui, cx, scene, row, 224.0_f32.min(ui.available_width() * 0.4));
                    ui.add_space(4.0);
                    ui.vertical(|ui| facts(ui, scene, row));
                });
            } else {
                if image {
                    large_picture(ui, cx, scene, row, 224.0_f32.min(ui.available_width()));
                } else {
                    whole_text(ui, scene, row);
                }
                facts(ui, scene, row);
            }
        });
    }

    fn buttons(&self, ui: &mut egui::Ui, cx: &mut Cx<'_>, scene: &Scene<'_>, row: usize, listed: bool) {
        let palette = Palette::of(ui.visuals());
        let previous = self.position.checked_sub(1).and_then(|p| scene.row(p));
        // Where the sample has left the list, its place is taken by the next one.
        let next = scene.row(if listed { self.position + 1 } else { self.position });
        ui.horizontal(|ui| {
            let button = |ui: &mut egui::Ui, text: &str, help: &str, to: Option<usize>| {
                ui.add_enabled(to.is_some(), egui::Button::new(text)).on_hover_text(help)
            };
            let back = ui.button(tr!("Close")).on_hover_text(tr!("Back to the list (Escape)"));
            let left = button(ui, tr!("Previous"), tr!("The sample before this one (left arrow)"), previous);
            let right = button(ui, tr!("Next"), tr!("The sample after this one (right arrow)"), next);
            let place = tr!(
                "{position} of {count}",
                position = number::count(self.position as u64 + 1),
                count = number::count(scene.rows.len() as u64)
            );
            if listed {
                ui.label(RichText::new(place).color(palette.weak));
            }
            // Arrows belong to this view unless another control has the focus.
            let ours = [back.id, left.id, right.id];
            let focused = ui.memory(|m| m.focused());
            let pressed = |key| {
                focused.is_none_or(|id| ours.contains(&id))
                    && ui.input_mut(|i| i.consume_key(egui::Modifiers::NONE, key))
            };
            let (escape, before, after) =
                (pressed(Key::Escape), pressed(Key::ArrowLeft), pressed(Key::ArrowRight));
            for response in [&back, &left, &right] {
                if response.has_focus() {
                    let filter =
                        egui::EventFilter { horizontal_arrows: true, escape: true, ..Default::default() };
                    ui.memory_mut(|m| m.set_focus_lock_filter(response.id, filter));
                }
            }
            // Samples of other data are not the run's to explain.
            let own = scene.dataset.zip(cx.state.run_data.as_ref()).is_some_and(|(a, b)| Arc::ptr_eq(a, b));
            let sample = scene.table.samples.get(row).copied().filter(|_| own);
            let explain = ui
                .add_enabled(sample.is_some(), egui::Button::new(tr!("Explain")))
                .on_hover_text(tr!(
                    "Show in Try it which words or regions this prediction rests on, by the newest weights."
                ))
                .on_disabled_hover_text(tr!("The data of this run is not open."));
            if let Some(sample) = sample.filter(|_| explain.clicked()) {
                cx.act(Action::ExplainSample(sample));
            }
            if back.clicked() || escape {
                cx.act(Action::SelectPrediction(None));
            } else if let Some(row) = previous.filter(|_| left.clicked() || before) {
                cx.act(Action::SelectPrediction(Some(row)));
            } else if let Some(row) = next.filter(|_| right.clicked() || after) {
                cx.act(Action::SelectPrediction(Some(row)));
            }
        });
    }
}

fn large_picture(ui: &mut egui::Ui, cx: &mut Cx<'_>, scene: &Scene<'_>, row: usize, side: f32) {
    let (rect, response) = ui.allocate_exact_size(vec2(side, side), Sense::hover());
    let sentence = words::sentence(scene, row);
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::Image, true, tr!("Picture of {sample}", sample = sentence))
    });
    let frame = Rect::from_center_size(rect.center(), vec2(side, side));
    gallery::picture(ui, cx, scene, row, frame);
}

fn whole_text(ui: &mut egui::Ui, scene: &Scene<'_>, row: usize) {
    let palette = Palette::of(ui.visuals());
    let sample = scene.table.samples.get(row).copied().unwrap_or(u32::MAX);
    let Some(text) = scene.dataset.and_then(|d| words::text(d, sample)) else { return };
    egui::Frame::new().fill(palette.well).inner_margin(8).corner_radius(4).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        egui::ScrollArea::vertical().id_salt("text").max_height(180.0).show(ui, |ui| {
            ui.add(
                egui::Label::new(RichText::new(text).size(14.0).color(palette.strong))
                    .wrap()
                    .selectable(true),
            );
        });
    });
    ui.add_space(2.0);
}

fn facts(ui: &mut egui::Ui, scene: &Scene<'_>, row: usize) {
    let palette = Palette::of(ui.visuals());
    let (predicted, probability) = words::prediction(scene, row);
    let right = words::verdict(scene, row);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 5.0;
        if let Some(right) = right {
            let (rect, _) = ui.allocate_exact_size(vec2(15.0, 18.0), Sense::hover());
            verdict(ui.painter(), rect.center(), 7.0, right, &palette);
        }
        ui.label(RichText::new(words::label(scene, row)).strong().color(palette.strong));
        let color = if right == Some(false) { palette.bad } else { palette.text };
        ui.label(
            RichText::new(tr!(
                "predicted {predicted} {percent}",
                predicted = predicted,
                percent = words::percent(probability)
            ))
            .color(color),
        );
    });
    if let (Some((class, probability)), Some((compared, _))) = (words::before(scene, row), scene.compared) {
        let text = tr!(
            "{run}, step {step}, predicts {class} {percent}; marked on the bars",
            run = compared.name,
            step = number::count(compared.table.step),
            class = class,
            percent = words::percent(probability)
        );
        ui.label(RichText::new(text).color(palette.text));
    }
    let sample = scene.table.samples.get(row).copied().unwrap_or(0);
    let split = scene.table.splits.get(row).map_or("", |s| tr_dynamic(s.name()));
    let loss = scene.table.losses.get(row).copied().unwrap_or(0.0);
    let mut about =
        tr!("Sample {sample} · {split}", sample = number::count(u64::from(sample)), split = split);
    if right.is_some() {
        about += &tr!(" · loss {loss} nats", loss = number::short(f64::from(loss)));
    }
    ui.label(RichText::new(about).color(palette.weak));
    ui.add_space(4.0);
    probabilities(ui, scene, row);
}

/// One bar per class; most probable first when there are many.
fn probabilities(ui: &mut egui::Ui, scene: &Scene<'_>, row: usize) {
    let palette = Palette::of(ui.visuals());
    let classes = scene.table.classes;
    let Some(values) = scene.table.probabilities.get(row * classes..(row + 1) * classes) else { return };
    let truth = scene.table.targets.get(row).copied().flatten();
    let predicted = scene.table.predicted.get(row).copied();
    let mut order: Vec<usize> = (0..values.len()).collect();
    if classes > 12 {
        order.sort_by(|a, b| {
            let value = |i: &usize| values.get(*i).copied().unwrap_or(0.0);
            value(b).total_cmp(&value(a))
        });
    }
    let marks = marks(scene, row, &order);
    let named: Vec<(String, f32, egui::Color32)> = order
        .into_iter()
        .map(|index| {
            let class = index as u32;
            let (name, color) = match (truth == Some(class), predicted == Some(class)) {
                (true, true) => (tr!("{class} (label)", class = scene.class(class)), palette.good),
                (true, false) => (tr!("{class} (label)", class = scene.class(class)), palette.good),
                (false, true) if truth.is_some() => (scene.class(class).into_owned(), palette.bad),
                (false, _) => (scene.class(class).into_owned(), palette.accent),
            };
            (name, values.get(index).copied().unwrap_or(0.0), color)
        })
        .collect();
    let rows: Vec<Bar<'_>> = named
        .iter()
        .map(|(name, value, color)| Bar {
            label: name,
            value: f64::from(*value),
            text: words::percent(*value),
            color: *color,
        })
        .collect();
    bars_marked(ui, 1.0, &rows, &marks);
}

/// The probabilities of the evaluation compared with, in the order of the bars.
fn marks(scene: &Scene<'_>, row: usize, order: &[usize]) -> Vec<Option<f64>> {
    let Some((compared, comparison)) = scene.compared else { return Vec::new() };
    let Some(pair) = comparison.pair(row) else { return Vec::new() };
    let first = pair.other as usize * compared.table.classes;
    let value = |class: &usize| compared.table.probabilities.get(first + class).map(|p| f64::from(*p));
    order.iter().map(value).collect()
}
