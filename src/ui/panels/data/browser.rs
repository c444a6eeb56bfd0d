//! The samples of the open data: a grid of thumbnails or rows of text, of which only the
//! visible are made; filtered by class and split.

use super::detail;
use crate::app::{Action, DataView};
use crate::data::{Dataset, Examples, Split, Texts};
use crate::language::{tr, tr_dynamic};
use crate::ui::panels::Cx;
use crate::ui::theme::Palette;
use crate::ui::widgets::{elided, number, section};
use eframe::egui;
use eframe::egui::{FontId, Rect, Role, Sense, Stroke, StrokeKind, WidgetInfo, pos2, vec2};
use std::sync::Arc;

/// Side of a thumbnail, in points.
const CELL: f32 = 46.0;
/// Between thumbnails.
const GAP: f32 = 4.0;
/// Height of a text row.
const ROW: f32 = 22.0;
/// The list is never lower than this; the panel scrolls instead.
const LOWEST: f32 = 150.0;

/// What this part remembers.
#[derive(Default)]
pub struct Browser {
    class: Option<u32>,
    split: Option<Split>,
    /// What `rows` was made for; holding the data keeps its address from naming another set.
    made_for: Option<(Arc<Dataset>, Option<u32>, Option<Split>)>,
    rows: Vec<u32>,
}

impl Browser {
    /// Shows only one class; the same again shows all.
    pub fn show_class(&mut self, class: u32) {
        self.class = if self.class == Some(class) { None } else { Some(class) };
    }

    /// Paints filter, detail and list.
    pub fn ui(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>, data: &DataView) {
        let dataset = &data.dataset;
        if self.class.is_some_and(|class| class as usize >= dataset.classes.len()) {
            self.class = None;
        }
        self.refresh(dataset);
        section(ui, tr!("Samples"));
        self.filter(ui, dataset);
        if let Some(sample) = cx.state.selected_sample
            && (sample as usize) < dataset.len()
        {
            detail::ui(ui, cx, dataset, sample);
        }
        if self.rows.is_empty() {
            let palette = Palette::of(ui.visuals());
            ui.label(egui::RichText::new(tr!("No sample is in this class and split.")).color(palette.weak));
            return;
        }
        let height = ui.available_height().max(LOWEST);
        ui.scope(|ui| {
            ui.set_max_height(height);
            match &dataset.examples {
                Examples::Images(_) => self.grid(ui, cx, dataset, height),
                Examples::Texts(texts) => self.list(ui, cx, dataset, texts, height),
            }
        });
    }

    fn refresh(&mut self, dataset: &Arc<Dataset>) {
        if let Some((data, class, split)) = &self.made_for
            && Arc::ptr_eq(data, dataset)
            && (*class, *split) == (self.class, self.split)
        {
            return;
        }
        self.made_for = Some((dataset.clone(), self.class, self.split));
        let labelled = (0u32..).zip(dataset.targets.iter().zip(&dataset.splits));
        self.rows = labelled
            .filter(|(_, (target, split))| {
                self.class.is_none_or(|class| target.class() == Some(class))
                    && self.split.is_none_or(|wanted| **split == wanted)
            })
            .map(|(sample, _)| sample)
            .collect();
    }

    fn filter(&mut self, ui: &mut egui::Ui, dataset: &Dataset) {
        ui.horizontal(|ui| {
            let class_name = self
                .class
                .and_then(|c| dataset.classes.get(c as usize))
                .map_or(tr!("All classes"), |n| n.as_str());
            let combo =
                egui::ComboBox::from_id_salt("class").selected_text(class_name).width(112.0).truncate();
            let response = combo.show_ui(ui, |ui| {
                ui.selectable_value(&mut self.class, None, tr!("All classes"));
                for (index, name) in (0u32..).zip(&dataset.classes) {
                    ui.selectable_value(&mut self.class, Some(index), name);
                }
            });
            name_combo(&response.response, tr!("Show class"));
            response.response.on_hover_text(tr!("Show only samples of one class."));
            let split_name = self.split.map_or(tr!("All splits"), split_title);
            let combo = egui::ComboBox::from_id_salt("split").selected_text(split_name).width(80.0);
            let response = combo.show_ui(ui, |ui| {
                ui.selectable_value(&mut self.split, None, tr!("All splits"));
                for split in [Split::Train, Split::Validation, Split::Test] {
                    ui.selectable_value(&mut self.split, Some(split), split_title(split));
                }
            });
            name_combo(&response.response, tr!("Show split"));
            response.response.on_hover_text(tr!("Show only training, validation or test samples."));
            let palette = Palette::of(ui.visuals());
            ui.label(egui::RichText::new(number::count(self.rows.len() as u64)).small().color(palette.weak))
                .on_hover_text(tr!("Samples shown."));
        });
    }

    fn grid(&self, ui: &mut egui::Ui, cx: &mut Cx<'_>, dataset: &Dataset, height: f32) {
        let palette = Palette::of(ui.visuals());
        let width = ui.available_width() - 10.0;
        let columns = (((width + GAP) / (CELL + GAP)).floor() as usize).max(1);
        // The cells share what is left, so that the grid ends flush with the panel.
        let cell = ((width + GAP) / columns as f32 - GAP).floor().max(16.0);
        let rows = self.rows.len().div_ceil(columns);
        ui.spacing_mut().item_spacing = vec2(GAP, GAP);
        let area = egui::ScrollArea::vertical().id_salt("samples").max_height(height).auto_shrink(false);
        area.show_rows(ui, cell, rows, |ui, visible| {
            for row in visible {
                ui.horizontal(|ui| {
                    for sample in self.rows.iter().skip(row * columns).take(columns) {
                        let (rect, response) = ui.allocate_exact_size(vec2(cell, cell), Sense::click());
                        let label = label_of(dataset, *sample);
                        response.widget_info(|| {
                            WidgetInfo::labeled(
                                Role::Button,
                                true,
                                tr!("Sample {sample}: {label}", sample = sample, label = label),
                            )
                        });
                        ui.painter().rect_filled(rect, 2.0, palette.well);
                        if let Some(texture) = cx.thumbnails.get(ui.ctx(), dataset, *sample, cell) {
                            egui::Image::new(&texture).paint_at(ui, rect);
                        }
                        let selected = cx.state.selected_sample == Some(*sample);
                        if selected || response.hovered() || response.has_focus() {
                            let color = if selected { palette.accent } else { palette.weak };
                            let stroke = Stroke::new(2.0, color);
                            ui.painter().rect_stroke(rect, 2.0, stroke, StrokeKind::Inside);
                        }
                        if response.clicked() {
                            cx.act(Action::SelectSample(if selected { None } else { Some(*sample) }));
                        }
                        response.on_hover_text(tr!(
                            "{label}, {split}, sample {sample}",
                            label = label,
                            split = split_of(dataset, *sample),
                            sample = sample
                        ));
                    }
                });
            }
        });
    }

    fn list(&self, ui: &mut egui::Ui, cx: &mut Cx<'_>, dataset: &Dataset, texts: &Texts, height: f32) {
        let palette = Palette::of(ui.visuals());
        ui.spacing_mut().item_spacing.y = 0.0;
        let font = FontId::proportional(12.5);
        let small = FontId::proportional(11.5);
        let area = egui::ScrollArea::vertical().id_salt("samples").max_height(height).auto_shrink(false);
        area.show_rows(ui, ROW, self.rows.len(), |ui, visible| {
            for sample in self.rows.iter().skip(visible.start).take(visible.len()) {
                if *sample as usize >= texts.len() {
                    continue;
                }
                let width = ui.available_width() - 10.0;
                let (rect, response) = ui.allocate_exact_size(vec2(width, ROW), Sense::click());
                let label = label_of(dataset, *sample);
                let text = first_line(texts.get(*sample as usize));
                response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{label}: {text}")));
                let selected = cx.state.selected_sample == Some(*sample);
                if selected || response.hovered() || response.has_focus() {
                    let fill = if selected { ui.visuals().selection.bg_fill } else { palette.raised };
                    ui.painter().rect_filled(rect, 2.0, fill);
                }
                let label_lane = Rect::from_min_size(rect.min, vec2((width * 0.3).min(110.0), ROW));
                let galley = elided(ui, label, small.clone(), palette.weak, label_lane.width() - 8.0);
                let y = |galley: &egui::Galley| rect.center().y - galley.size().y / 2.0;
                ui.painter().galley(pos2(rect.left() + 4.0, y(&galley)), galley, palette.weak);
                let left = label_lane.right() + 4.0;
                let galley = elided(ui, &text, font.clone(), palette.text, rect.right() - left - 2.0);
                ui.painter().galley(pos2(left, y(&galley)), galley, palette.text);
                if response.clicked() {
                    cx.act(Action::SelectSample(if selected { None } else { Some(*sample) }));
                }
            }
        });
    }
}

/// A combo box shows its value; assistive technology also needs to know what it is for.
pub fn name_combo(response: &egui::Response, name: &'static str) {
    response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, name));
}

/// What a row has room for; a long text is not laid out as a whole.
fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or("").chars().take(200).collect()
}

pub fn label_of(dataset: &Dataset, sample: u32) -> &str {
    let class = dataset.targets.get(sample as usize).and_then(|t| t.class());
    class.and_then(|c| dataset.classes.get(c as usize)).map_or(tr!("no label"), |name| name.as_str())
}

pub fn split_of(dataset: &Dataset, sample: u32) -> &'static str {
    dataset.splits.get(sample as usize).map_or("", |split| tr_dynamic(split.name()))
}

fn split_title(split: Split) -> &'static str {
    match split {
        Split::Train => tr!("Training"),
        Split::Validation => tr!("Validation"),
        Split::Test => tr!("Test"),
    }
}
