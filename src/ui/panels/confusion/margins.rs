//! What stands around the cells and scrolls with them: titles, class names, recall and
//! precision. A class name is a button.

use super::layout::{Layout, PRECISION, RECALL, TITLE};
use super::matrix::{Matrix, Picked, whole_percent};
use crate::inspect::ClassScore;
use crate::language::tr;
use crate::ui::theme::Palette;
use crate::ui::widgets::{elided, number};
use eframe::egui;
use eframe::egui::{
    Align2, Color32, FontId, Rect, Role, Sense, Stroke, StrokeKind, Vec2, WidgetInfo, pos2, vec2,
};
use std::f32::consts::FRAC_PI_2;

/// What stands around the cells and scrolls with them.
pub struct Margins<'a> {
    /// Counts and names.
    pub matrix: &'a Matrix<'a>,
    /// Sizes of the parts.
    pub sizes: &'a Layout,
    /// Scores of each class.
    pub scores: &'a [ClassScore],
    /// Where the cells are seen.
    pub seen: Rect,
    /// How far they are scrolled.
    pub offset: Vec2,
    /// Colours.
    pub palette: Palette,
}

impl Margins<'_> {
    /// Paints them; returns the class name that was clicked.
    pub fn ui(&self, ui: &mut egui::Ui) -> Option<Picked> {
        let (seen, palette) = (self.seen, &self.palette);
        let title = FontId::proportional(11.0);
        let shown = vec2(
            seen.width().min(self.sizes.cell * self.scores.len() as f32),
            seen.height().min(self.sizes.cell * self.scores.len() as f32),
        );
        let painter = ui.painter();
        let top = seen.top() - self.sizes.top - TITLE / 2.0;
        painter.text(
            pos2(seen.left() + shown.x / 2.0, top),
            Align2::CENTER_CENTER,
            tr!("Predicted class"),
            title.clone(),
            palette.weak,
        );
        turned_text(
            ui,
            tr!("True class"),
            title.clone(),
            palette.weak,
            pos2(seen.left() - self.sizes.left - TITLE / 2.0, seen.top() + shown.y / 2.0),
        );
        let right = pos2(seen.left() + shown.x + RECALL / 2.0, seen.top() - 8.0);
        painter.text(right, Align2::CENTER_CENTER, tr!("Recall"), title.clone(), palette.weak);
        let below = pos2(seen.left() - 4.0, seen.top() + shown.y + PRECISION / 2.0);
        painter.text(below, Align2::RIGHT_CENTER, tr!("Precision"), title, palette.weak);
        let mut picked = None;
        for class in 0..self.scores.len() {
            picked = self.row(ui, class, seen.left() + shown.x).or(picked);
            picked = self.column(ui, class, seen.top() + shown.y).or(picked);
        }
        picked
    }

    /// A true class: name left, recall right.
    fn row(&self, ui: &mut egui::Ui, class: usize, right: f32) -> Option<Picked> {
        let cell = self.sizes.cell;
        let y = self.seen.top() + class as f32 * cell - self.offset.y;
        if y + cell * 0.5 < self.seen.top() || y + cell * 0.5 > self.seen.bottom() {
            return None;
        }
        let seen = self.seen;
        let area = Rect::from_min_size(
            pos2(seen.left() - self.sizes.left, y),
            vec2(self.sizes.left - 5.0, cell - 1.0),
        );
        let score = self.scores.get(class).copied().unwrap_or_default();
        let font = FontId::proportional((cell * 0.8).clamp(9.0, 11.5));
        let chosen = self.matrix.chosen == (Some(class as u32), None);
        let help = tr!(
            "{class}\n{samples} samples, {found} found (recall {recall})\nClick to see them",
            class = self.matrix.class(class),
            samples = number::count(score.labelled),
            found = number::count(score.correct),
            recall = score.recall().map_or_else(|| "–".to_owned(), number::percent),
        );
        let spoken = tr!("label {class}: {count}", class = self.matrix.class(class), count = score.labelled);
        let clicked = self.name(ui, ("true", class), area, &spoken, &help, |ui, color| {
            let color = if chosen { self.palette.accent } else { color };
            let text = elided(ui, &self.matrix.class(class), font.clone(), color, area.width());
            let at = pos2(area.right() - text.size().x, area.center().y - text.size().y / 2.0);
            ui.painter().galley(at, text, color);
        });
        let recall = score.recall().map_or_else(|| "–".to_owned(), whole_percent);
        let at = pos2(right + RECALL - 8.0, y + cell / 2.0);
        let text = format!("{recall}\u{a0}%").replace("–\u{a0}%", "–");
        ui.painter().text(at, Align2::RIGHT_CENTER, text, font, self.palette.text);
        clicked.then_some((Some(class as u32), None))
    }

    /// A predicted class: name above, precision below.
    fn column(&self, ui: &mut egui::Ui, class: usize, bottom: f32) -> Option<Picked> {
        let cell = self.sizes.cell;
        let x = self.seen.left() + class as f32 * cell - self.offset.x;
        if x + cell * 0.5 < self.seen.left() || x + cell * 0.5 > self.seen.right() {
            return None;
        }
        let seen = self.seen;
        let top = self.sizes.top;
        let area = Rect::from_min_size(pos2(x, seen.top() - top), vec2(cell - 1.0, top - 4.0));
        let score = self.scores.get(class).copied().unwrap_or_default();
        let font = FontId::proportional((cell * 0.8).clamp(9.0, 11.5));
        let help = tr!(
            "{class}\n{predictions} predictions, {right} right (precision {precision})\nClick to see them",
            class = self.matrix.class(class),
            predictions = number::count(score.predicted),
            right = number::count(score.correct),
            precision = score.precision().map_or_else(|| "–".to_owned(), number::percent),
        );
        let chosen = self.matrix.chosen == (None, Some(class as u32));
        let spoken =
            tr!("prediction {class}: {count}", class = self.matrix.class(class), count = score.predicted);
        let clicked = self.name(ui, ("predicted", class), area, &spoken, &help, |ui, color| {
            let color = if chosen { self.palette.accent } else { color };
            let room = if self.sizes.turned { area.height() } else { area.width() };
            let text = elided(ui, &self.matrix.class(class), font.clone(), color, room);
            if self.sizes.turned {
                // Reads upwards, and begins at the cell.
                let at = pos2(area.center().x - text.size().y / 2.0, area.bottom());
                let shape = egui::epaint::TextShape::new(at, text, color).with_angle(-FRAC_PI_2);
                ui.painter().add(shape);
            } else {
                let at = pos2(area.center().x - text.size().x / 2.0, area.bottom() - text.size().y);
                ui.painter().galley(at, text, color);
            }
        });
        if self.sizes.numbers {
            let precision = score.precision().map_or_else(|| "–".to_owned(), whole_percent);
            let text = if cell >= 36.0 && score.precision().is_some() {
                format!("{precision}\u{a0}%")
            } else {
                precision
            };
            let at = pos2(x + cell / 2.0, bottom + PRECISION / 2.0);
            ui.painter().text(at, Align2::CENTER_CENTER, text, font, self.palette.text);
        }
        clicked.then_some((None, Some(class as u32)))
    }

    /// A class name that can be clicked.
    fn name(
        &self,
        ui: &mut egui::Ui,
        id: (&str, usize),
        area: Rect,
        spoken: &str,
        help: &str,
        paint: impl Fn(&egui::Ui, Color32),
    ) -> bool {
        let response = ui.interact(area, ui.scope_id().with(id), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, spoken));
        let lit = response.hovered() || response.has_focus();
        paint(ui, if lit { self.palette.accent } else { self.palette.text });
        if response.has_focus() {
            let stroke = Stroke::new(1.5, self.palette.accent);
            ui.painter().rect_stroke(area, 2.0, stroke, StrokeKind::Outside);
        }
        let clicked = response.clicked();
        if response.hovered() {
            response.on_hover_text(help);
        }
        clicked
    }
}

/// Text turned to read upwards around its centre.
fn turned_text(ui: &egui::Ui, text: &str, font: FontId, color: Color32, centre: egui::Pos2) {
    let galley = ui.painter().layout_no_wrap(text.to_owned(), font, color);
    let at = centre + vec2(-galley.size().y / 2.0, galley.size().x / 2.0);
    ui.painter().add(egui::epaint::TextShape::new(at, galley, color).with_angle(-FRAC_PI_2));
}
