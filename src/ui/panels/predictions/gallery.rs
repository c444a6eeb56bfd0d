//! Predictions as pictures in rows, of which only the visible are made. The frame and the
//! sign on it say right or wrong; the words below say what was taken for what.

use super::{Scene, words};
use crate::app::Action;
use crate::inspect::Change;
use crate::language::tr;
use crate::ui::panels::Cx;
use crate::ui::theme::Palette;
use crate::ui::widgets::{elided, verdict};
use eframe::egui;
use eframe::egui::{Color32, FontId, Rect, Role, Sense, Stroke, StrokeKind, WidgetInfo, pos2, vec2};
use std::ops::Range;

/// What the gallery remembers.
pub struct Gallery {
    /// Side of a picture, in points.
    pub side: f32,
    /// Columns and lines shown last: a selected picture outside of them is brought into view.
    shown: Option<(usize, Range<usize>)>,
    /// The selected row then.
    selected: Option<usize>,
}

impl Default for Gallery {
    fn default() -> Self {
        Self { side: 64.0, shown: None, selected: None }
    }
}

/// Narrowest cell: words below a small picture need room.
const NARROWEST: f32 = 92.0;
/// Height of the two lines of words.
const WORDS: f32 = 32.0;
/// And of a third, where evaluations are compared.
const COMPARED: f32 = 14.0;
const GAP: f32 = 6.0;
/// Length of the arrow from label to prediction.
const ARROW: f32 = 9.0;

impl Gallery {
    /// Paints the visible rows.
    pub fn ui(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>, scene: &Scene<'_>) {
        let width = ui.available_width() - ui.spacing().scroll.allocated_width();
        let least = (self.side + 8.0).max(NARROWEST);
        let columns = ((width + GAP) / (least + GAP)).floor().max(1.0) as usize;
        // The room left over goes to the cells, so that words are cut less often.
        let cell =
            vec2(((width + GAP) / columns as f32 - GAP).floor(), self.side + 12.0 + words_height(scene));
        let lines = scene.rows.len().div_ceil(columns);
        let mut area = egui::ScrollArea::vertical().auto_shrink(false);
        let moved = scene.selected != self.selected;
        self.selected = scene.selected;
        if let Some(position) = scene.position() {
            let line = position / columns;
            let seen = self.shown.as_ref().is_some_and(|(c, lines)| *c == columns && lines.contains(&line));
            let rearranged = self.shown.as_ref().is_some_and(|(c, _)| *c != columns);
            if rearranged || (moved && !seen) {
                let middle = (ui.available_height() - cell.y) / 2.0;
                area = area.vertical_scroll_offset((line as f32 * (cell.y + GAP) - middle).max(0.0));
            }
        }
        ui.spacing_mut().item_spacing = vec2(GAP, GAP);
        area.show_rows(ui, cell.y, lines, |ui, visible| {
            self.shown = Some((columns, visible.clone()));
            for line in visible {
                ui.horizontal(|ui| {
                    for position in line * columns..((line + 1) * columns).min(scene.rows.len()) {
                        if let Some(row) = scene.row(position) {
                            self.cell(ui, cx, scene, row, cell);
                        }
                    }
                });
            }
        });
    }

    fn cell(&self, ui: &mut egui::Ui, cx: &mut Cx<'_>, scene: &Scene<'_>, row: usize, size: egui::Vec2) {
        let palette = Palette::of(ui.visuals());
        let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
        // Named by the row, so that focus stays with the sample while the list moves.
        let response = ui.interact(rect, ui.scope_id().with(("cell", row)), Sense::click());
        let selected = scene.selected == Some(row);
        let sentence = words::sentence(scene, row);
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, &sentence));
        if selected || response.hovered() {
            let fill = if selected { ui.visuals().selection.bg_fill } else { palette.raised };
            ui.painter().rect_filled(rect, 4.0, fill);
        }
        if response.gained_focus() {
            response.scroll_to_me(None);
        }
        if response.has_focus() {
            ui.painter().rect_stroke(rect, 4.0, Stroke::new(1.5, palette.accent), StrokeKind::Inside);
        }
        let frame = Rect::from_center_size(
            pos2(rect.center().x, rect.top() + 6.0 + self.side / 2.0),
            vec2(self.side, self.side),
        );
        picture(ui, cx, scene, row, frame);
        let right = words::verdict(scene, row);
        let color = match right {
            Some(true) => palette.good,
            Some(false) => palette.bad,
            None => palette.line,
        };
        ui.painter().rect_stroke(frame, 2.0, Stroke::new(1.5, color), StrokeKind::Outside);
        if let Some(right) = right {
            verdict(ui.painter(), frame.right_top() + vec2(-1.0, 1.0), 6.0, right, &palette);
        }
        self.words(ui, scene, row, rect, right);
        if response.clicked() {
            cx.act(Action::SelectPrediction(Some(row)));
        }
        response.on_hover_ui(|ui| {
            ui.label(&sentence);
            let sample = scene.table.samples.get(row).copied().unwrap_or(0);
            let loss = scene.table.losses.get(row).copied().unwrap_or(0.0);
            ui.weak(tr!("Sample {sample}, loss {loss}", sample = sample, loss = format!("{loss:.3}")));
        });
    }

    /// Label above, and below it what was predicted, with an arrow when it is something else.
    fn words(&self, ui: &egui::Ui, scene: &Scene<'_>, row: usize, rect: Rect, right: Option<bool>) {
        let palette = Palette::of(ui.visuals());
        let font = FontId::proportional(11.0);
        let room = rect.width() - 4.0;
        let above = elided(ui, &words::label(scene, row), font.clone(), palette.text, room);
        let mut bottom = rect.bottom();
        if scene.compared.is_some() {
            let (text, color) = compared(scene, row, &palette);
            let text = elided(ui, &text, font.clone(), color, room);
            let at = pos2(rect.center().x - text.size().x / 2.0, bottom - 2.0 - text.size().y);
            ui.painter().galley(at, text, color);
            bottom -= COMPARED;
        }
        let at = pos2(rect.center().x - above.size().x / 2.0, bottom - 16.0 - above.size().y);
        ui.painter().galley(at, above, palette.text);
        let (predicted, probability) = words::prediction(scene, row);
        let share = words::percent(probability);
        let color = match right {
            Some(true) => palette.weak,
            Some(false) => palette.bad,
            None => palette.text,
        };
        let (text, arrow) =
            if right == Some(true) { (tr!("right").into(), 0.0) } else { (predicted, ARROW + 3.0) };
        // The percent must not be cut: the class gives way.
        let tail = ui.painter().layout_no_wrap(format!(" {share}"), font.clone(), color);
        let name = elided(ui, &text, font, color, room - arrow - tail.size().x);
        let left = rect.center().x - (arrow + name.size().x + tail.size().x) / 2.0;
        let top = bottom - 2.0 - name.size().y;
        if arrow > 0.0 {
            let tip = pos2(left + ARROW, top + name.size().y / 2.0 + 0.5);
            let stroke = Stroke::new(1.2, color);
            ui.painter().line_segment([tip - vec2(ARROW, 0.0), tip], stroke);
            ui.painter().line(vec![tip + vec2(-3.0, -3.0), tip, tip + vec2(-3.0, 3.0)], stroke);
        }
        let after = left + arrow + name.size().x;
        ui.painter().galley(pos2(left + arrow, top), name, color);
        ui.painter().galley(pos2(after, top), tail, color);
    }
}

/// Height of the words below a picture.
fn words_height(scene: &Scene<'_>) -> f32 {
    if scene.compared.is_some() { WORDS + COMPARED } else { WORDS }
}

/// What the evaluation compared with says, and in which colour.
fn compared(scene: &Scene<'_>, row: usize, palette: &Palette) -> (String, Color32) {
    let Some((class, probability)) = words::before(scene, row) else {
        return ("–".to_owned(), palette.weak);
    };
    let pair = scene.compared.and_then(|(_, comparison)| comparison.pair(row));
    let color = match pair.and_then(|pair| pair.change) {
        Some(Change::Fixed | Change::BothWrong) => palette.bad,
        _ => palette.weak,
    };
    (tr!("vs {class} {percent}", class = class, percent = words::percent(probability)), color)
}

/// The sample's picture within a square, with its own aspect; the ground until it is made.
pub fn picture(ui: &egui::Ui, cx: &mut Cx<'_>, scene: &Scene<'_>, row: usize, frame: Rect) {
    let palette = Palette::of(ui.visuals());
    ui.painter().rect_filled(frame, 2.0, palette.well);
    let sample = scene.table.samples.get(row).copied();
    let (Some(dataset), Some(sample)) = (scene.dataset, sample) else { return };
    if let Some(texture) = cx.thumbnails.get(ui.ctx(), dataset, sample, frame.width()) {
        let size = texture.size_vec2();
        let scale = (frame.width() / size.x).min(frame.height() / size.y);
        let place = Rect::from_center_size(frame.center(), size * scale);
        let all = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        ui.painter().image(texture.id(), place, all, Color32::WHITE);
    }
}
