//! The Try it panel: type a text or give a picture, and see what the shown run's model
//! thinks, with newer weights while it trains.

mod explanation;

use super::{Cx, View};
use crate::app::{Action, Picture, RunView, TryIt};
use crate::data::Modality;
use crate::language::tr;
use crate::ui::theme::Palette;
use crate::ui::thumbnails::{color_image, sampling};
use crate::ui::widgets::{Bar, bars, empty, number};
use eframe::egui;
use eframe::egui::{RichText, Role, WidgetInfo, vec2};
use explanation::Explanation;
use std::sync::Arc;

/// Seconds without typing before a text is asked about.
const PATIENCE: f64 = 0.15;
/// Side of the picture, in points.
const SIDE: f32 = 112.0;

/// What the panel remembers.
#[derive(Default)]
pub struct TryItPanel {
    text: String,
    /// The question of State that `text` was last taken from or sent as.
    known: String,
    /// When the text last changed and was not sent yet.
    typed: Option<f64>,
    picture: Option<(Arc<Vec<u8>>, egui::TextureHandle)>,
    explanation: Explanation,
}

impl View for TryItPanel {
    fn ui(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>) {
        let Some((run, accepted)) = cx.state.run.as_ref().and_then(|r| Some((r, r.accepted.as_ref()?)))
        else {
            empty(ui, tr!("No model to try yet"), tr!("Press Train, or open a run in the Runs panel."));
            return;
        };
        egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            match accepted.data.modality {
                Modality::Text => self.text(ui, cx),
                Modality::Image => self.image(ui, cx),
            }
            ui.add_space(4.0);
            // Above the classes, which may be many.
            if matches!(cx.state.try_it.answer, Some((_, Ok(_)))) {
                self.explanation.ui(ui, cx, run);
                ui.add_space(6.0);
            }
            answer(ui, &cx.state.try_it, run);
        });
    }
}

impl TryItPanel {
    fn text(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>) {
        if cx.state.try_it.question != self.known {
            self.known.clone_from(&cx.state.try_it.question);
            self.text.clone_from(&cx.state.try_it.question);
            self.typed = None;
        }
        let now = ui.input(|i| i.time);
        let field = egui::TextEdit::multiline(&mut self.text)
            .hint_text(tr!("Type a text"))
            .desired_rows(3)
            .desired_width(f32::INFINITY);
        let response = ui.add(field);
        response.widget_info(|| WidgetInfo::labeled(Role::MultilineTextInput, true, tr!("Text to classify")));
        if response.changed() {
            self.typed = Some(now);
        }
        if let Some(typed) = self.typed {
            let wait = typed + PATIENCE - now;
            if wait <= 0.0 || response.lost_focus() {
                self.typed = None;
                self.known.clone_from(&self.text);
                cx.act(Action::TryText(self.text.clone()));
            } else {
                ui.ctx().request_repaint_after(std::time::Duration::from_secs_f64(wait));
            }
        }
        ui.horizontal(|ui| {
            random(ui, cx);
            let clear = ui.add_enabled(!self.text.is_empty(), egui::Button::new(tr!("Clear")));
            if clear.on_hover_text(tr!("Empty the text.")).clicked() {
                cx.act(Action::TryText(String::new()));
            }
        });
    }

    fn image(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>) {
        ui.horizontal_wrapped(|ui| {
            let open =
                ui.button(tr!("Open picture…")).on_hover_text(tr!("A PNG, JPEG, BMP, GIF or WebP file."));
            if open.clicked() {
                cx.act(Action::PickPicture);
            }
            random(ui, cx);
        });
        let palette = Palette::of(ui.visuals());
        let Some(picture) = &cx.state.try_it.picture else {
            ui.label(RichText::new(tr!("or drop a picture on the window")).small().color(palette.weak));
            return;
        };
        ui.horizontal_top(|ui| {
            if let Some(texture) = self.texture(ui, picture) {
                let [width, height] = texture.size();
                let scale = SIDE / width.max(height).max(1) as f32;
                let size = vec2(width as f32 * scale, height as f32 * scale);
                let alt = tr!("Picture: {picture}", picture = cx.state.try_it.question);
                ui.add(egui::Image::new(&texture).fit_to_exact_size(size).alt_text(alt));
            }
            ui.vertical(|ui| {
                ui.add(
                    egui::Label::new(RichText::new(&cx.state.try_it.question).small().color(palette.weak))
                        .wrap(),
                );
                let size = tr!("{width} x {height} pixels", width = picture.width, height = picture.height);
                ui.label(RichText::new(size).small().color(palette.weak));
            });
        });
    }

    fn texture(&mut self, ui: &egui::Ui, picture: &Picture) -> Option<egui::TextureHandle> {
        if let Some((pixels, texture)) = &self.picture
            && Arc::ptr_eq(pixels, &picture.pixels)
        {
            return Some(texture.clone());
        }
        let side = ui.input(|i| i.max_texture_side);
        let Picture { width, height, channels, pixels } = picture;
        let image = color_image(*width, *height, *channels, pixels, side)?;
        let texture = ui.ctx().load_texture("try it", image, sampling(*width));
        self.picture = Some((pixels.clone(), texture.clone()));
        Some(texture)
    }
}

fn random(ui: &mut egui::Ui, cx: &mut Cx<'_>) {
    let data = cx.state.run_data.is_some() || cx.state.data.is_some();
    let button = ui.add_enabled(data, egui::Button::new(tr!("Random sample")));
    let button = button
        .on_hover_text(tr!("A validation sample, which the model has not learned from."))
        .on_disabled_hover_text(tr!("The data of this run is not open."));
    if button.clicked() {
        cx.act(Action::TryRandomSample);
    }
}

/// Probabilities of all classes, the most probable first.
fn answer(ui: &mut egui::Ui, try_it: &TryIt, run: &RunView) {
    let palette = Palette::of(ui.visuals());
    let probabilities = match &try_it.answer {
        Some((step, Ok(probabilities))) => (*step, probabilities),
        Some((_, Err(reason))) => {
            ui.add(egui::Label::new(RichText::new(reason).color(palette.bad)).wrap());
            return;
        }
        None => {
            let text = if try_it.waiting {
                tr!("Asking the model")
            } else {
                tr!("Class probabilities appear here.")
            };
            ui.label(RichText::new(text).color(palette.weak));
            return;
        }
    };
    let (step, probabilities) = probabilities;
    let classes = run.classes();
    let name = |class: usize| classes.get(class).map_or(tr!("unknown class"), |c| c.as_str());
    let mut order: Vec<usize> = (0..probabilities.len()).collect();
    order.sort_by(|a, b| probabilities[*b].total_cmp(&probabilities[*a]).then(a.cmp(b)));
    ui.horizontal_wrapped(|ui| {
        if let Some(best) = order.first() {
            ui.label(RichText::new(name(*best)).size(15.0).strong().color(palette.strong));
        }
        if let Some(truth) = try_it.truth {
            let right = order.first() == Some(&(truth as usize));
            let color = if right { palette.good } else { palette.bad };
            let text = if right {
                tr!("as labelled").to_owned()
            } else {
                tr!("labelled {class}", class = name(truth as usize))
            };
            ui.label(RichText::new(text).color(color));
        }
        ui.label(
            RichText::new(tr!("weights of step {step}", step = number::count(step)))
                .small()
                .color(palette.weak),
        );
    });
    let rows: Vec<Bar<'_>> = order
        .iter()
        .map(|class| Bar {
            label: name(*class),
            value: f64::from(probabilities[*class]),
            text: number::percent(f64::from(probabilities[*class])),
            color: if try_it.truth == u32::try_from(*class).ok() { palette.good } else { palette.series(0) },
        })
        .collect();
    bars(ui, 1.0, &rows);
}
