//! The matrix itself: cells that scroll, names and scores at the margins that scroll with
//! them. Only visible cells are made. What was clicked is handed back.

use super::layout::{Layout, PRECISION, RECALL, TITLE, layout};
use super::margins::Margins;
use super::shade::shade;
use crate::inspect::{self, ClassScore};
use crate::language::tr;
use crate::ui::theme::Palette;
use crate::ui::widgets::contrast::readable_on;
use crate::ui::widgets::number;
use eframe::egui;
use eframe::egui::{Align2, FontId, Rect, Role, Sense, Stroke, StrokeKind, Vec2, WidgetInfo, vec2};
use std::borrow::Cow;
use std::ops::Range;

/// What is drawn.
pub struct Matrix<'a> {
    /// `[true class][predicted class]`, counts.
    pub counts: &'a [Vec<u32>],
    /// Class names.
    pub names: &'a [String],
    /// Whether cells show percent of their row instead of counts.
    pub percent: bool,
    /// Cells are this many times as large as fits.
    pub zoom: f32,
    /// True and predicted class that Predictions shows now.
    pub chosen: (Option<u32>, Option<u32>),
}

/// True and predicted class of what was clicked; a class name has only one of them.
pub type Picked = (Option<u32>, Option<u32>);

/// Name of a class; `class 7` where the run does not name it.
pub fn name(names: &[String], class: u32) -> Cow<'_, str> {
    names
        .get(class as usize)
        .map_or_else(|| tr!("class {class}", class = class).into(), |n| n.as_str().into())
}

impl Matrix<'_> {
    /// Name of a class.
    pub fn class(&self, index: usize) -> Cow<'_, str> {
        name(self.names, index as u32)
    }

    /// Paints it; returns what was clicked.
    pub fn ui(&self, ui: &mut egui::Ui) -> Option<Picked> {
        let palette = Palette::of(ui.visuals());
        let classes = self.counts.len();
        let scores = inspect::class_scores(self.counts);
        let font = FontId::proportional(11.5);
        let longest = (0..classes)
            .map(|i| {
                ui.painter().layout_no_wrap(self.class(i).into_owned(), font.clone(), palette.text).size().x
            })
            .fold(0.0, f32::max);
        let scroll = ui.spacing().scroll.allocated_width();
        let space = ui.available_size() - Vec2::splat(scroll);
        let sizes = layout(space.x, space.y, classes, longest, self.zoom);
        let whole = ui.available_rect_before_wrap();
        let origin = whole.min + vec2(TITLE + sizes.left, TITLE + sizes.top);
        let matrix = Vec2::splat(sizes.cell * classes as f32);
        let room = (whole.max - vec2(RECALL, PRECISION) - origin).max(Vec2::splat(1.0));
        let area = Rect::from_min_size(origin, room.min(matrix + Vec2::splat(scroll)));
        let mut picked = None;
        let mut scrolled = origin;
        let mut inner = ui.new_child(egui::UiBuilder::new().max_rect(area).id_salt("cells"));
        let output = egui::ScrollArea::both().auto_shrink(false).show_viewport(&mut inner, |ui, viewport| {
            ui.set_min_size(matrix);
            let visible = |from: f32, to: f32| {
                let first = (from / sizes.cell).floor().max(0.0) as usize;
                first.min(classes)..((to / sizes.cell).ceil().max(0.0) as usize).min(classes)
            };
            let (rows, columns) =
                (visible(viewport.min.y, viewport.max.y), visible(viewport.min.x, viewport.max.x));
            scrolled = ui.max_rect().min;
            picked = self.cells(ui, scrolled, &sizes, &scores, rows, columns);
        });
        let seen = output.inner_rect;
        let offset = seen.min - scrolled;
        let margins = Margins { matrix: self, sizes: &sizes, scores: &scores, seen, offset, palette };
        let named = margins.ui(ui);
        ui.allocate_rect(whole, Sense::hover());
        picked.or(named)
    }

    fn cells(
        &self,
        ui: &mut egui::Ui,
        corner: egui::Pos2,
        sizes: &Layout,
        scores: &[ClassScore],
        rows: Range<usize>,
        columns: Range<usize>,
    ) -> Option<Picked> {
        let palette = Palette::of(ui.visuals());
        let mut picked = None;
        let gap = if sizes.cell >= 18.0 { 1.0 } else { 0.5 };
        let mut marked = Vec::new();
        for truth in rows {
            let total = scores.get(truth).map_or(0, |s| s.labelled);
            for predicted in columns.clone() {
                let count = self.counts.get(truth).and_then(|r| r.get(predicted)).copied().unwrap_or(0);
                let share = if total == 0 { 0.0 } else { f64::from(count) / total as f64 };
                let min = corner + vec2(predicted as f32, truth as f32) * sizes.cell;
                let rect = Rect::from_min_size(min, Vec2::splat(sizes.cell - gap));
                let response = ui.interact(rect, ui.scope_id().with((truth, predicted)), Sense::click());
                response.widget_info(|| {
                    WidgetInfo::labeled(Role::Button, true, self.cell_name(truth, predicted, count))
                });
                let ground = shade(&palette, truth == predicted, share as f32);
                ui.painter().rect_filled(rect, 1.5, ground);
                if sizes.numbers && (count > 0 || truth == predicted) {
                    let text = if self.percent { whole_percent(share) } else { compact(count, sizes.cell) };
                    let font = FontId::proportional((sizes.cell * 0.42).clamp(8.5, 13.0));
                    ui.painter().text(rect.center(), Align2::CENTER_CENTER, text, font, readable_on(ground));
                }
                let chosen = self.chosen == (Some(truth as u32), Some(predicted as u32));
                if chosen || response.hovered() || response.has_focus() {
                    marked.push((
                        rect,
                        if chosen || response.has_focus() { palette.strong } else { palette.weak },
                    ));
                }
                if truth == predicted && sizes.cell >= 18.0 {
                    // The diagonal is told apart by its outline as well as by its hue.
                    let stroke = Stroke::new(1.0, palette.series(0));
                    ui.painter().rect_stroke(rect, 1.5, stroke, StrokeKind::Inside);
                }
                if response.gained_focus() {
                    response.scroll_to_me(None);
                }
                if response.clicked() {
                    picked = Some((Some(truth as u32), Some(predicted as u32)));
                }
                if response.hovered() {
                    response.on_hover_text(tr!(
                        "{cell}\n{share} of the {samples} samples labelled {class}\nClick to see them",
                        cell = self.cell_name(truth, predicted, count),
                        share = number::percent(share),
                        samples = number::count(total),
                        class = self.class(truth),
                    ));
                }
            }
        }
        for (rect, color) in marked {
            ui.painter().rect_stroke(rect.expand(0.5), 1.5, Stroke::new(2.0, color), StrokeKind::Inside);
        }
        picked
    }

    /// What a cell is called by assistive technology and its tooltip.
    fn cell_name(&self, truth: usize, predicted: usize, count: u32) -> String {
        tr!(
            "true {truth}, predicted {predicted}: {count}",
            truth = self.class(truth),
            predicted = self.class(predicted),
            count = count
        )
    }
}

/// A share in whole percent without the sign; what is not nothing is never shown as 0.
pub fn whole_percent(share: f64) -> String {
    let value = share * 100.0;
    if value > 0.0 && value < 0.5 { "<1".to_owned() } else { format!("{value:.0}") }
}

/// A count that fits a small cell: `12k` where five digits do not.
fn compact(count: u32, cell: f32) -> String {
    if count >= 10_000 && cell < 44.0 { format!("{}k", count / 1000) } else { count.to_string() }
}
