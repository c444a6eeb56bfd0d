//! The Model panel: the network drawn from the input to the classes, one block unfolded, each
//! part with the shape that comes out of it and its number of parameters. Before a run it
//! follows the settings; a run that is shown brings its own. It builds no network.

mod words;

use super::{Cx, View};
use crate::app::{next_model, run_model};
use crate::language::tr;
use crate::train::{Layer, Outline};
use crate::ui::theme::Palette;
use crate::ui::widgets::{self, number};
use eframe::egui;
use eframe::egui::{
    Align2, Color32, CornerRadius, FontId, Pos2, Rect, RichText, Role, Sense, Stroke, StrokeKind, Vec2,
    WidgetInfo, pos2, vec2,
};

/// Height of a part's card, and of the arrow to the next.
const CARD: f32 = 40.0;
const GAP: f32 = 14.0;
/// Room inside a card, and between the frame of a block and its cards.
const PAD: f32 = 9.0;
/// Room left of a block's cards for the lines around them.
const BYPASS: f32 = 20.0;
/// Width of a column that shows a part and its shape without cutting either.
const COLUMN: f32 = 270.0;
/// Room between columns.
const BETWEEN: f32 = 34.0;

/// What the panel remembers.
#[derive(Default)]
pub struct Model {
    /// Whether the next run's model was asked for although a run is shown.
    next: bool,
}

impl View for Model {
    fn ui(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>) {
        let of_run = run_model(cx.state);
        let shows_run = of_run.is_some() && !self.next;
        let palette = Palette::of(ui.visuals());
        if of_run.is_some() {
            ui.horizontal(|ui| {
                let run = ui.selectable_label(shows_run, tr!("Run shown"));
                if run.on_hover_text(tr!("The model of the run shown")).clicked() {
                    self.next = false;
                }
                let next = ui.selectable_label(!shows_run, tr!("Next run"));
                if next.on_hover_text(tr!("The model that the settings describe")).clicked() {
                    self.next = true;
                }
            });
        }
        let Some(outline) = of_run.filter(|_| shows_run).or_else(|| next_model(cx.state)) else {
            let hint = tr!("Open data: the network for it is drawn here, with all shapes.");
            widgets::empty(ui, tr!("No model yet"), hint);
            return;
        };
        let parameters = number::count(outline.parameters() as u64);
        let caption = if shows_run {
            tr!("The model of the run shown, {parameters} parameters", parameters = parameters)
        } else {
            tr!("The model of the next run, {parameters} parameters", parameters = parameters)
        };
        ui.add(egui::Label::new(RichText::new(caption).small().color(palette.weak)).truncate());
        egui::ScrollArea::both().auto_shrink(false).show(ui, |ui| {
            let columns = ui.available_width() >= 3.0 * COLUMN + 2.0 * BETWEEN;
            let paint = Paint { palette };
            if columns { paint.columns(ui, &outline) } else { paint.one_column(ui, &outline) }
        });
    }
}

struct Paint {
    palette: Palette,
}

impl Paint {
    /// What comes before the blocks, a block, what comes after, side by side.
    fn columns(&self, ui: &mut egui::Ui, outline: &Outline) {
        let width = ((ui.available_width() - 2.0 * BETWEEN) / 3.0).min(1.3 * COLUMN);
        let tall = stack(outline.before.len()).max(block_height(outline)).max(stack(outline.after.len()));
        let size = vec2(3.0 * width + 2.0 * BETWEEN, tall + 2.0);
        let (whole, _) = ui.allocate_exact_size(size, Sense::hover());
        let column = |index: usize, height: f32| {
            let left = whole.left() + index as f32 * (width + BETWEEN);
            // Columns stand in the middle, so that the arrows between them are level.
            Rect::from_min_size(pos2(left, whole.top() + 0.5 * (tall - height)), vec2(width, height))
        };
        let before = column(0, stack(outline.before.len()));
        let block = column(1, block_height(outline));
        let after = column(2, stack(outline.after.len()));
        self.cards(ui, before, &outline.before);
        self.block(ui, block, outline);
        self.cards(ui, after, &outline.after);
        for (from, to) in [(before, block), (block, after)] {
            let y = whole.center().y;
            self.arrow(ui, pos2(from.right() + 5.0, y), pos2(to.left() - 5.0, y));
        }
    }

    /// One below the other.
    fn one_column(&self, ui: &mut egui::Ui, outline: &Outline) {
        let width = ui.available_width().clamp(0.8 * COLUMN, 1.7 * COLUMN);
        let heights = [stack(outline.before.len()), block_height(outline), stack(outline.after.len())];
        let size = vec2(width, heights.iter().sum::<f32>() + 2.0 * GAP + 2.0);
        let (whole, _) = ui.allocate_exact_size(size, Sense::hover());
        let mut top = whole.top();
        let mut next = |height: f32| {
            let rect = Rect::from_min_size(pos2(whole.left(), top), vec2(width, height));
            top += height + GAP;
            rect
        };
        let [before, block, after] = heights.map(&mut next);
        self.cards(ui, before, &outline.before);
        self.block(ui, block, outline);
        self.cards(ui, after, &outline.after);
        for (from, to) in [(before, block), (block, after)] {
            let x = whole.center().x;
            self.arrow(ui, pos2(x, from.bottom() + 1.5), pos2(x, to.top() - 1.5));
        }
    }

    /// A block: its frame, how often it is repeated, and the ways around attention and MLP.
    fn block(&self, ui: &mut egui::Ui, rect: Rect, outline: &Outline) {
        let palette = self.palette;
        ui.painter().rect(
            rect,
            CornerRadius::same(7),
            palette.raised.gamma_multiply(0.6),
            Stroke::new(1.0, palette.line),
            StrokeKind::Inside,
        );
        let title = words::block(outline.depth);
        let at = rect.left_top() + vec2(PAD, PAD + 6.0);
        let font = FontId::proportional(12.0);
        let drawn = ui.painter().text(at, Align2::LEFT_CENTER, &title, font, palette.strong);
        let response = ui.interact(drawn, ui.scope_id().with("block"), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &title));
        let inside = Rect::from_min_max(
            rect.left_top() + vec2(PAD + BYPASS, heading()),
            rect.right_bottom() - Vec2::splat(PAD),
        );
        let cards = self.cards(ui, inside, &outline.block);
        if let Some(first) = cards.first() {
            let x = inside.center().x;
            self.arrow(ui, pos2(x, first.top() - 0.5 * GAP), pos2(x, first.top() - 1.0));
        }
        // A residual sum goes around each half of the block.
        for pair in cards.chunks_exact(2) {
            let x = inside.left() - 0.5 * BYPASS;
            let (top, bottom) = (pair[0].top() - 0.5 * GAP, pair[1].bottom() + 0.5 * GAP);
            let stroke = Stroke::new(1.3, palette.weak);
            let center = inside.center().x;
            let line = vec![pos2(center, top), pos2(x, top), pos2(x, bottom), pos2(center - 5.5, bottom)];
            ui.painter().add(egui::Shape::line(line, stroke));
            let sum = pos2(center, bottom);
            ui.painter().circle(sum, 5.0, palette.panel, stroke);
            ui.painter().line_segment([sum - vec2(2.5, 0.0), sum + vec2(2.5, 0.0)], stroke);
            ui.painter().line_segment([sum - vec2(0.0, 2.5), sum + vec2(0.0, 2.5)], stroke);
        }
    }

    /// Cards one below the other, arrows between; where they are.
    fn cards(&self, ui: &mut egui::Ui, rect: Rect, layers: &[Layer]) -> Vec<Rect> {
        let place = |index: usize| {
            let top = rect.top() + index as f32 * (CARD + GAP);
            Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), CARD))
        };
        let places: Vec<Rect> = (0..layers.len()).map(place).collect();
        for (layer, place) in layers.iter().zip(&places) {
            self.card(ui, *place, layer);
        }
        for pair in places.windows(2) {
            let x = rect.center().x;
            self.arrow(ui, pos2(x, pair[0].bottom() + 1.0), pos2(x, pair[1].top() - 1.0));
        }
        places
    }

    /// One part: name and shape above, what it is and its parameters below.
    fn card(&self, ui: &mut egui::Ui, rect: Rect, layer: &Layer) {
        let palette = self.palette;
        let (name, about, help) = words::part(&layer.part);
        let shape = words::shape(&layer.output);
        let parameters = words::parameters(layer.parameters);
        let learned = layer.parameters > 0;
        let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
        let line = if learned { palette.accent.gamma_multiply(0.55) } else { palette.line };
        painter.rect(rect, CornerRadius::same(5), palette.well, Stroke::new(1.0, line), StrokeKind::Inside);
        let small = FontId::proportional(11.0);
        let (first, second) = (rect.top() + 13.0, rect.bottom() - 12.0);
        let right = |y: f32, text: &str, font: FontId, color: Color32| {
            painter.text(pos2(rect.right() - PAD, y), Align2::RIGHT_CENTER, text, font, color).left()
        };
        let shape_left = right(first, &shape, FontId::monospace(11.0), palette.text);
        let parameters_left = right(second, &parameters, small.clone(), palette.weak);
        let left = |y: f32, text: &str, font: FontId, color: Color32, end: f32| {
            fitted(&painter, pos2(rect.left() + PAD, y), text, font, color, end - 6.0);
        };
        left(first, name, FontId::proportional(13.0), palette.strong, shape_left);
        left(second, &about, small, palette.weak, parameters_left);
        let said = [name, &about, &shape, &parameters];
        let said: Vec<&str> = said.into_iter().filter(|text| !text.is_empty()).collect();
        let said = said.join(", ");
        let response =
            ui.interact(rect, ui.scope_id().with((rect.left() as i32, rect.top() as i32)), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &said));
        response.on_hover_text(help);
    }

    fn arrow(&self, ui: &egui::Ui, from: Pos2, to: Pos2) {
        let stroke = Stroke::new(1.3, self.palette.weak);
        let along = (to - from).normalized();
        let across = along.rot90();
        ui.painter().line_segment([from, to], stroke);
        for side in [-1.0, 1.0] {
            ui.painter().line_segment([to, to - 4.0 * along + side * 3.0 * across], stroke);
        }
    }
}

/// Text that ends in an ellipsis where it would reach `end`.
fn fitted(painter: &egui::Painter, at: Pos2, text: &str, font: FontId, color: Color32, end: f32) {
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, color);
    job.wrap = egui::text::TextWrapping::truncate_at_width((end - at.x).max(0.0));
    let galley = painter.layout_job(job);
    painter.galley(at - vec2(0.0, 0.5 * galley.size().y), galley, color);
}

/// Height of so many cards one below the other.
fn stack(cards: usize) -> f32 {
    cards as f32 * (CARD + GAP) - GAP
}

/// Height of a block's title.
fn heading() -> f32 {
    PAD + 14.0 + GAP
}

fn block_height(outline: &Outline) -> f32 {
    heading() + stack(outline.block.len()) + GAP + PAD
}
