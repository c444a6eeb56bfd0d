//! What the answer rests on: the text with its pieces coloured, or the picture with its regions
//! coloured, a key to the colours, and the pieces that count most. It finds nothing out itself.

use crate::app::{Action, RunView, TryIt};
use crate::language::{tr, tr_dynamic};
use crate::train::{SALIENCY_METHODS, Saliency, SaliencyParts, TextPart};
use crate::ui::panels::Cx;
use crate::ui::theme::Palette;
use crate::ui::thumbnails::{color_image, sampling};
use crate::ui::widgets::contrast::blend;
use eframe::egui;
use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{Color32, FontId, Rect, RichText, Role, Sense, WidgetInfo, vec2};
use std::sync::Arc;

/// Side of the picture, in points.
const SIDE: f32 = 168.0;
/// Pieces named with their numbers.
const NAMED: usize = 6;

/// What this part remembers: the texture of the picture shown last.
#[derive(Default)]
pub struct Explanation {
    picture: Option<(Arc<Saliency>, egui::TextureHandle)>,
}

impl Explanation {
    /// Paints the switch and, where it is on, the explanation.
    pub fn ui(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>, run: &RunView) {
        let palette = Palette::of(ui.visuals());
        let try_it = &cx.state.try_it;
        let mut on = try_it.explain;
        let help = SALIENCY_METHODS.first().map_or("", |method| tr_dynamic(method.help));
        let switch = ui.checkbox(&mut on, tr!("Show what it rests on")).on_hover_text(help);
        if on && try_it.answer.is_some() {
            self.shown(ui, try_it, run, &palette);
        }
        if switch.changed() {
            cx.act(Action::Explain(on));
        }
    }

    fn shown(&mut self, ui: &mut egui::Ui, try_it: &TryIt, run: &RunView, palette: &Palette) {
        let found = match &try_it.saliency {
            Some(Ok(found)) => found,
            Some(Err(reason)) => {
                ui.add(egui::Label::new(RichText::new(reason).color(palette.bad)).wrap());
                return;
            }
            None => {
                ui.label(RichText::new(tr!("Asking the model")).color(palette.weak));
                return;
            }
        };
        let class = run.classes().get(found.class as usize).map_or(tr!("unknown class"), |c| c.as_str());
        match &found.parts {
            SaliencyParts::Text { text, pieces } => {
                coloured(ui, text, pieces, found, palette);
                key(ui, class, palette);
                strongest(ui, text, pieces, palette);
            }
            SaliencyParts::Picture { side, columns, values, .. } => {
                self.picture(ui, found, (*side, *columns), values, palette);
                key(ui, class, palette);
            }
        }
    }

    /// The picture as the model is given it, under its regions' colours.
    fn picture(
        &mut self,
        ui: &mut egui::Ui,
        found: &Arc<Saliency>,
        (side, columns): (usize, usize),
        values: &[f32],
        palette: &Palette,
    ) {
        let Some((texture, [width, height])) = self.texture(ui, found) else { return };
        let scale = SIDE / width.max(height).max(1) as f32;
        let size = vec2(width as f32 * scale, height as f32 * scale);
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        let whole = Rect::from_min_max(egui::pos2(0.0, 0.0), egui::pos2(1.0, 1.0));
        ui.painter().image(texture.id(), rect, whole, Color32::WHITE);
        let region = |at: usize| {
            let (row, column) = (at / columns.max(1), at % columns.max(1));
            let corner = rect.min + vec2(column as f32, row as f32) * side as f32 * scale;
            Rect::from_min_size(corner, vec2(side as f32, side as f32) * scale).intersect(rect)
        };
        for (at, value) in values.iter().enumerate() {
            let strength = strength(*value, found);
            let alpha = (strength.abs() * 190.0) as u8;
            let [r, g, b, _] = side_colour(*value, palette).to_array();
            ui.painter().rect_filled(region(at), 0.0, Color32::from_rgba_unmultiplied(r, g, b, alpha));
        }
        let pointed =
            response.hover_pos().and_then(|pos| (0..values.len()).find(|at| region(*at).contains(pos)));
        response.widget_info(|| {
            WidgetInfo::labeled(Role::Image, true, tr!("The picture with the regions that count coloured"))
        });
        if let Some(value) = pointed.and_then(|at| values.get(at)) {
            response.on_hover_text(tr!("{points} points", points = points(*value)));
        }
    }

    fn texture(&mut self, ui: &egui::Ui, found: &Arc<Saliency>) -> Option<(egui::TextureHandle, [usize; 2])> {
        let SaliencyParts::Picture { picture, .. } = &found.parts else { return None };
        let size = [picture.width, picture.height];
        if let Some((known, texture)) = &self.picture
            && Arc::ptr_eq(known, found)
        {
            return Some((texture.clone(), size));
        }
        let side = ui.input(|i| i.max_texture_side);
        let image = color_image(picture.width, picture.height, picture.channels, &picture.pixels, side)?;
        let texture = ui.ctx().load_texture("explanation", image, sampling(picture.width));
        self.picture = Some((found.clone(), texture.clone()));
        Some((texture, size))
    }
}

/// The text with each piece on its colour; what the model is not given is weak.
fn coloured(ui: &mut egui::Ui, text: &str, pieces: &[TextPart], found: &Saliency, palette: &Palette) {
    let mut job = LayoutJob::default();
    let plain = |color| TextFormat { font_id: FontId::proportional(14.0), color, ..TextFormat::default() };
    let mut at = 0;
    for piece in pieces {
        job.append(text.get(at..piece.bytes.start).unwrap_or_default(), 0.0, plain(palette.strong));
        let format = match piece.value {
            None => plain(palette.weak),
            Some(value) => {
                let back =
                    blend(palette.well, side_colour(value, palette), 0.6 * strength(value, found).abs());
                TextFormat { background: back, ..plain(palette.strong) }
            }
        };
        job.append(text.get(piece.bytes.clone()).unwrap_or_default(), 0.0, format);
        at = piece.bytes.end.max(at);
    }
    job.append(text.get(at..).unwrap_or_default(), 0.0, plain(palette.weak));
    egui::Frame::new().fill(palette.well).inner_margin(8).corner_radius(4).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.add(egui::Label::new(job).wrap());
    });
}

/// What the colours mean.
fn key(ui: &mut egui::Ui, class: &str, palette: &Palette) {
    ui.horizontal_wrapped(|ui| {
        for (value, text) in
            [(1.0, tr!("supports {class}", class = class)), (-1.0, tr!("speaks against it").to_owned())]
        {
            let (rect, _) = ui.allocate_exact_size(vec2(12.0, 12.0), Sense::hover());
            ui.painter().rect_filled(rect, 2.0, side_colour(value, palette));
            ui.label(RichText::new(text).small().color(palette.weak));
            ui.add_space(6.0);
        }
    });
}

/// The pieces whose numbers are largest, with them.
fn strongest(ui: &mut egui::Ui, text: &str, pieces: &[TextPart], palette: &Palette) {
    let mut order: Vec<(&str, f32)> = pieces
        .iter()
        .filter_map(|piece| Some((text.get(piece.bytes.clone())?.trim(), piece.value?)))
        .filter(|(_, value)| value.abs() >= 0.001)
        .collect();
    order.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    for (piece, value) in order.into_iter().take(NAMED) {
        let text = tr!("{piece}: {points} points", piece = piece, points = points(value));
        ui.label(RichText::new(text).color(palette.text));
    }
}

/// From -1 to 1.
fn strength(value: f32, found: &Saliency) -> f32 {
    (value / found.full().max(f32::MIN_POSITIVE)).clamp(-1.0, 1.0)
}

/// The series' colours are told apart by people who do not see red or green, too.
fn side_colour(value: f32, palette: &Palette) -> Color32 {
    palette.series(usize::from(value < 0.0))
}

/// Percentage points with their sign.
fn points(value: f32) -> String {
    format!("{:+.1}", value * 100.0).replace('-', "\u{2212}")
}
