//! What the model sees: a few samples as they are evaluated, and beside each how it would be
//! learned from in a few epochs with the settings shown. The pictures come from the
//! preprocessing itself; nothing is changed here.

use crate::app::{Action, MODEL_VIEW_EPOCHS};
use crate::data::Picture;
use crate::language::tr;
use crate::preprocess::{AUGMENTATIONS, ModelView, SampleView, Seen};
use crate::ui::panels::Cx;
use crate::ui::theme::Palette;
use crate::ui::thumbnails::{color_image, sampling};
use eframe::egui;
use eframe::egui::{Align2, Color32, FontId, Rect, RichText, Sense, TextureHandle, pos2, vec2};
use std::sync::Arc;

/// Between pictures.
const GAP: f32 = 4.0;
/// Between the plain picture and the changed ones.
const WIDE_GAP: f32 = 14.0;
/// Sides of a picture, in points.
const SIDES: std::ops::RangeInclusive<f32> = 24.0..=96.0;
/// Height of the line above the columns.
const HEADING: f32 = 16.0;

/// What this part remembers: the textures of the preview shown.
#[derive(Default)]
pub struct Augmented {
    shown: Option<(Arc<ModelView>, Vec<Row>)>,
}

/// One sample: the plain picture first.
struct Row {
    sample: u32,
    pictures: Vec<TextureHandle>,
}

impl Augmented {
    /// Paints it and asks for what is missing. Only for pictures.
    pub fn ui(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>) {
        let palette = Palette::of(ui.visuals());
        let page = cx.state.model_view.page;
        if cx.state.model_view_is_due() {
            cx.act(Action::ModelView(page));
        }
        match &cx.state.model_view.shown {
            None => {
                ui.label(RichText::new(tr!("Being made")).color(palette.weak));
                return;
            }
            Some(Err(reason)) => {
                ui.add(egui::Label::new(RichText::new(reason).color(palette.bad)).wrap());
                return;
            }
            Some(Ok(preview)) => {
                if !self.shown.as_ref().is_some_and(|(shown, _)| Arc::ptr_eq(shown, preview)) {
                    let rows = preview.samples.iter().filter_map(|sample| row(ui.ctx(), sample)).collect();
                    self.shown = Some((preview.clone(), rows));
                }
            }
        }
        let Some((_, rows)) = &self.shown else { return };
        let still = !AUGMENTATIONS.iter().any(|row| (row.is_on)(&cx.state.config.augment));
        let words = match still {
            true => tr!("No augmentation is on: each epoch sees a sample as it is."),
            false => tr!("On the left as evaluated, then as learned from, epoch by epoch."),
        };
        ui.add(egui::Label::new(RichText::new(words).small().color(palette.weak)).wrap());
        ui.scope(|ui| Self::grid(ui, cx, rows, page));
        ui.horizontal(|ui| {
            let other = ui
                .button(tr!("Later epochs"))
                .on_hover_text(tr!("Show the samples as in the epochs that follow."));
            if other.clicked() {
                cx.act(Action::ModelView(page + 1));
            }
            let first = ui.add_enabled(page > 0, egui::Button::new(tr!("First epochs")));
            if first.on_hover_text(tr!("Show the samples as in the first epochs.")).clicked() {
                cx.act(Action::ModelView(0));
            }
        });
    }

    fn grid(ui: &mut egui::Ui, cx: &Cx<'_>, rows: &[Row], page: u64) {
        let palette = Palette::of(ui.visuals());
        let columns = MODEL_VIEW_EPOCHS as f32 + 1.0;
        let room = ui.available_width() - 10.0 - WIDE_GAP - (columns - 2.0) * GAP;
        let side = (room / columns).floor().clamp(*SIDES.start(), *SIDES.end());
        let left = |column: usize| {
            let gaps = if column == 0 { 0.0 } else { WIDE_GAP + (column as f32 - 1.0) * GAP };
            column as f32 * side + gaps
        };
        let width = left(MODEL_VIEW_EPOCHS as usize) + side;
        let (heading, _) = ui.allocate_exact_size(vec2(width, HEADING), Sense::hover());
        let font = FontId::proportional(11.0);
        let title = |column: usize, text: String| {
            let middle = pos2(heading.left() + left(column) + side / 2.0, heading.center().y);
            ui.painter().text(middle, Align2::CENTER_CENTER, text, font.clone(), palette.weak);
        };
        title(0, tr!("Plain").to_owned());
        for epoch in 0..MODEL_VIEW_EPOCHS {
            title(epoch as usize + 1, tr!("Epoch {epoch}", epoch = page * MODEL_VIEW_EPOCHS + epoch + 1));
        }
        ui.spacing_mut().item_spacing.y = GAP;
        let dataset = cx.state.data.as_ref().map(|view| &view.dataset);
        for row in rows {
            let (line, _) = ui.allocate_exact_size(vec2(width, side), Sense::hover());
            let label = dataset.map_or("", |dataset| super::browser::label_of(dataset, row.sample));
            for (column, texture) in row.pictures.iter().enumerate() {
                let place =
                    Rect::from_min_size(pos2(line.left() + left(column), line.top()), vec2(side, side));
                let response = ui.interact(place, ui.scope_id().with((row.sample, column)), Sense::hover());
                let what = match column {
                    0 => tr!(
                        "Sample {sample}, {label}, as it is evaluated",
                        sample = row.sample,
                        label = label
                    ),
                    _ => {
                        let epoch = page * MODEL_VIEW_EPOCHS + column as u64;
                        tr!(
                            "Sample {sample}, {label}, as in epoch {epoch}",
                            sample = row.sample,
                            label = label,
                            epoch = epoch
                        )
                    }
                };
                response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &what));
                ui.painter().rect_filled(place, 2.0, palette.well);
                let size = texture.size_vec2();
                let scale = (side / size.x.max(1.0)).min(side / size.y.max(1.0));
                let inner = Rect::from_center_size(place.center(), size * scale);
                let all = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
                ui.painter().image(texture.id(), inner, all, Color32::WHITE);
                response.on_hover_text(what);
            }
        }
    }
}

/// The textures of one sample; none for text.
fn row(ctx: &egui::Context, shown: &SampleView) -> Option<Row> {
    let Seen::Pictures { plain, augmented } = &shown.seen else { return None };
    let most = ctx.input(|input| input.max_texture_side);
    let texture = |picture: &Picture| {
        let Picture { width, height, channels, pixels } = picture;
        let image = color_image(*width, *height, *channels, pixels, most)?;
        Some(ctx.load_texture("as the model sees it", image, sampling(*width)))
    };
    let pictures = std::iter::once(plain).chain(augmented).filter_map(texture).collect();
    Some(Row { sample: shown.sample, pictures })
}
