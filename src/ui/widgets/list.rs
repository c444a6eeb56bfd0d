//! A table of one-line rows, of which only the visible are made: header cells that sort,
//! rows that can be clicked, focused and named. It holds no rows and sorts nothing itself.

use super::bars::elided;
use super::verdict::verdict;
use crate::language::{tr, tr_dynamic};
use crate::ui::theme::Palette;
use eframe::egui;
use eframe::egui::{Color32, FontId, Rect, Role, Sense, Stroke, WidgetInfo, pos2, vec2};
use std::ops::Range;

/// Height of a row, in points.
pub const ROW: f32 = 24.0;
/// Between columns.
const GAP: f32 = 10.0;
/// What a row that belongs to another is indented by.
const INDENT: f32 = 13.0;
/// Rows that belong to others are indented at most so often.
const DEEPEST: usize = 6;

/// One column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// In the header.
    pub title: &'static str,
    /// What it holds, for the tooltip.
    pub help: &'static str,
    /// Width in points; 0 takes what the others leave.
    pub width: f32,
    /// Numbers stand right.
    pub right: bool,
    /// Whether a click on the header sorts.
    pub sorts: bool,
}

/// One row.
pub struct Row {
    /// What it is called by assistive technology.
    pub name: String,
    /// A tooltip; may be empty.
    pub hover: String,
    /// Right or wrong, drawn before the first column.
    pub verdict: Option<bool>,
    /// How many rows above it this row belongs to; drawn indented.
    pub depth: usize,
    /// One text per column.
    pub cells: Vec<(String, Color32)>,
}

/// Where controls of a row are painted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Before the first column.
    Before,
    /// After the last column.
    After,
    /// In the menu of a right click.
    Menu,
}

/// What a person did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clicked {
    /// A row.
    pub row: Option<usize>,
    /// A header cell.
    pub header: Option<usize>,
    /// The rows in view.
    pub visible: Range<usize>,
}

/// What is drawn.
pub struct List<'a> {
    /// The columns.
    pub columns: &'a [Column],
    /// Column that the rows are sorted by, and whether upwards.
    pub sorted: Option<(usize, bool)>,
    /// Number of rows.
    pub count: usize,
    /// The row that is open elsewhere.
    pub selected: Option<usize>,
    /// A row to bring into view.
    pub reveal: Option<usize>,
    /// Whether rows have a verdict before the first column.
    pub verdicts: bool,
}

impl List<'_> {
    /// Paints header and visible rows; `row` makes one of them.
    pub fn ui(&self, ui: &mut egui::Ui, row: impl FnMut(usize) -> Row) -> Clicked {
        self.led(ui, 0.0, row, |_, _| {})
    }

    /// As [`List::ui`], with `room` points before the first column in which `lead` paints
    /// controls of a row.
    pub fn led(
        &self,
        ui: &mut egui::Ui,
        room: f32,
        row: impl FnMut(usize) -> Row,
        mut lead: impl FnMut(&mut egui::Ui, usize),
    ) -> Clicked {
        let part = |ui: &mut egui::Ui, index: usize, part: Part| {
            if part == Part::Before {
                lead(ui, index);
            }
        };
        self.painted(ui, [room, 0.0], false, row, part)
    }

    /// As [`List::ui`], with room before the first and after the last column, in points, and a
    /// menu at a right click, in which `part` paints controls of a row.
    pub fn with_menu(
        &self,
        ui: &mut egui::Ui,
        rooms: [f32; 2],
        row: impl FnMut(usize) -> Row,
        part: impl FnMut(&mut egui::Ui, usize, Part),
    ) -> Clicked {
        self.painted(ui, rooms, true, row, part)
    }

    fn painted(
        &self,
        ui: &mut egui::Ui,
        [room, after]: [f32; 2],
        menu: bool,
        mut row: impl FnMut(usize) -> Row,
        mut part: impl FnMut(&mut egui::Ui, usize, Part),
    ) -> Clicked {
        let mut clicked = Clicked::default();
        ui.spacing_mut().item_spacing.y = 0.0;
        let width = ui.available_width();
        let lanes = self.lanes(width - after, room);
        clicked.header = self.header(ui, width, &lanes);
        let mut area = egui::ScrollArea::vertical().auto_shrink(false);
        if let Some(index) = self.reveal {
            let visible = (ui.available_height() / ROW).max(1.0);
            area = area.vertical_scroll_offset(((index as f32 - visible / 2.0) * ROW).max(0.0));
        }
        area.show_rows(ui, ROW, self.count, |ui, range| {
            clicked.visible = range.clone();
            for index in range {
                let made = row(index);
                let top = ui.cursor().min;
                let response = self.row(ui, &lanes, index, &made);
                if response.clicked() {
                    clicked.row = Some(index);
                }
                if menu {
                    response.context_menu(|ui| part(ui, index, Part::Menu));
                }
                let end = top + vec2(width - after, 0.0);
                for (which, at, room) in
                    [(Part::Before, top + vec2(2.0, 0.0), room), (Part::After, end, after)]
                {
                    if room <= 0.0 {
                        continue;
                    }
                    let layout = match which {
                        Part::After => egui::Layout::right_to_left(egui::Align::Center),
                        _ => egui::Layout::left_to_right(egui::Align::Center),
                    };
                    let salt = if which == Part::After { "tail" } else { "lead" };
                    let area = Rect::from_min_size(at, vec2(room, ROW));
                    let builder = egui::UiBuilder::new().max_rect(area).layout(layout).id_salt((salt, index));
                    let mut inside = ui.new_child(builder);
                    inside.spacing_mut().item_spacing.x = 2.0;
                    part(&mut inside, index, which);
                }
            }
        });
        clicked
    }

    /// Left and right end of each column, from the left of the table.
    fn lanes(&self, width: f32, room: f32) -> Vec<(f32, f32)> {
        let start = room + if self.verdicts { 24.0 } else { 6.0 };
        let fixed: f32 = self.columns.iter().map(|c| c.width + GAP).sum();
        let growing = self.columns.iter().filter(|c| c.width == 0.0).count().max(1) as f32;
        let rest = ((width - start - fixed) / growing).max(60.0);
        let mut left = start;
        let lane = |column: &Column| {
            let right = left + if column.width == 0.0 { rest } else { column.width };
            let lane = (left, right);
            left = right + GAP;
            lane
        };
        self.columns.iter().map(lane).collect()
    }

    fn header(&self, ui: &mut egui::Ui, width: f32, lanes: &[(f32, f32)]) -> Option<usize> {
        let palette = Palette::of(ui.visuals());
        let (rect, _) = ui.allocate_exact_size(vec2(width, ROW), Sense::hover());
        ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, palette.line));
        let mut clicked = None;
        for (index, (column, (left, right))) in self.columns.iter().zip(lanes).enumerate() {
            let area = Rect::from_x_y_ranges(rect.left() + left..=rect.left() + right, rect.y_range());
            let sense = if column.sorts { Sense::click() } else { Sense::hover() };
            let response = ui.interact(area, ui.scope_id().with(("header", index)), sense);
            let sorted = self.sorted.filter(|(by, _)| *by == index).map(|(_, upwards)| upwards);
            let lit = response.hovered() || response.has_focus();
            let color = if sorted.is_some() || (lit && column.sorts) { palette.strong } else { palette.weak };
            let font = FontId::proportional(11.5);
            let text = elided(ui, tr_dynamic(column.title), font, color, area.width() - 12.0);
            let size = text.size();
            let x = if column.right { area.right() - size.x } else { area.left() };
            ui.painter().galley(pos2(x, area.center().y - size.y / 2.0), text, color);
            if let Some(upwards) = sorted {
                let at = if column.right { x - 8.0 } else { x + size.x + 8.0 };
                triangle(ui, pos2(at, area.center().y), upwards, color);
            }
            if column.sorts {
                response.widget_info(|| {
                    WidgetInfo::labeled(
                        Role::Button,
                        true,
                        tr!("Sort by {column}", column = tr_dynamic(column.title).to_lowercase()),
                    )
                });
                if response.clicked() {
                    clicked = Some(index);
                }
                response.on_hover_text(tr!("{help} Click to sort.", help = tr_dynamic(column.help)));
            } else {
                response.on_hover_text(tr_dynamic(column.help));
            }
        }
        clicked
    }

    fn row(&self, ui: &mut egui::Ui, lanes: &[(f32, f32)], index: usize, row: &Row) -> egui::Response {
        let palette = Palette::of(ui.visuals());
        let size = vec2(ui.available_width(), ROW);
        let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
        // Named by its number, so that focus stays with the row while the list scrolls.
        let response = ui.interact(rect, ui.scope_id().with(("row", index)), Sense::click());
        let selected = self.selected == Some(index);
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, &row.name));
        if selected {
            ui.painter().rect_filled(rect, 3.0, ui.visuals().selection.bg_fill);
        } else if response.hovered() {
            ui.painter().rect_filled(rect, 3.0, palette.raised);
        }
        if response.has_focus() {
            let stroke = Stroke::new(1.5, palette.accent);
            ui.painter().rect_stroke(rect, 3.0, stroke, egui::StrokeKind::Inside);
        }
        if response.gained_focus() {
            response.scroll_to_me(None);
        }
        if let Some(right) = row.verdict {
            verdict(
                ui.painter(),
                pos2(rect.left() + lanes.first().map_or(24.0, |lane| lane.0) - 12.0, rect.center().y),
                6.5,
                right,
                &palette,
            );
        }
        let indent = row.depth.min(DEEPEST) as f32 * INDENT;
        if let (true, Some((left, _))) = (row.depth > 0, lanes.first()) {
            elbow(ui, pos2(rect.left() + left + indent, rect.center().y), palette.weak);
        }
        let cells = row.cells.iter().zip(lanes.iter().zip(self.columns)).enumerate();
        for (place, ((text, color), ((left, right), column))) in cells {
            let left = if place == 0 { left + indent } else { *left };
            let room = (right - left).max(0.0);
            let galley = elided(ui, text, FontId::proportional(12.5), *color, room);
            let x = rect.left() + if column.right { right - galley.size().x } else { left };
            let y = rect.center().y - galley.size().y / 2.0;
            ui.painter().galley(pos2(x, y), galley, *color);
        }
        match row.hover.is_empty() {
            true => response,
            false => response.on_hover_text(&row.hover),
        }
    }
}

/// From the row above to the text of one that belongs to it.
fn elbow(ui: &egui::Ui, text: egui::Pos2, color: Color32) {
    let corner = text - vec2(9.5, 0.0);
    let path = vec![corner - vec2(0.0, 7.0), corner, corner + vec2(6.0, 0.0)];
    ui.painter().add(egui::Shape::line(path, Stroke::new(1.2, color)));
}

/// A small triangle that points up or down.
fn triangle(ui: &egui::Ui, centre: egui::Pos2, upwards: bool, color: Color32) {
    let down = if upwards { -2.0 } else { 2.0 };
    let points = vec![centre + vec2(-3.5, -down), centre + vec2(3.5, -down), centre + vec2(0.0, down)];
    ui.painter().add(egui::Shape::convex_polygon(points, color, Stroke::NONE));
}
