//! Labelled horizontal bars: class counts, probabilities.

use crate::ui::theme::Palette;
use eframe::egui;
use eframe::egui::{Align2, Color32, FontId, Rect, Role, Sense, WidgetInfo, pos2, vec2};

/// One bar.
pub struct Bar<'a> {
    /// Left of the bar.
    pub label: &'a str,
    /// Length, in units of `max`.
    pub value: f64,
    /// Right of the bar.
    pub text: String,
    /// Fill.
    pub color: Color32,
}

/// Bars with aligned labels and numbers; all as long as `max` allows. Returns the index of a
/// clicked bar. Each is one accessible item named by label and text.
pub fn bars(ui: &mut egui::Ui, max: f64, rows: &[Bar<'_>]) -> Option<usize> {
    bars_marked(ui, max, rows, &[])
}

/// As [`bars`], with a mark on each track where `marks` has a value for it, in the same order.
pub fn bars_marked(ui: &mut egui::Ui, max: f64, rows: &[Bar<'_>], marks: &[Option<f64>]) -> Option<usize> {
    let palette = Palette::of(ui.visuals());
    let font = FontId::proportional(12.0);
    let width = ui.available_width();
    let measure =
        |text: &str| ui.painter().layout_no_wrap(text.to_owned(), font.clone(), palette.text).size().x;
    let label_width = rows.iter().map(|r| measure(r.label)).fold(0.0, f32::max).min(width * 0.4);
    let text_width = rows.iter().map(|r| measure(&r.text)).fold(0.0, f32::max);
    let mut clicked = None;
    ui.spacing_mut().item_spacing.y = 2.0;
    for (index, row) in rows.iter().enumerate() {
        let (rect, response) = ui.allocate_exact_size(vec2(width, 18.0), Sense::click());
        response
            .widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{}: {}", row.label, row.text)));
        if ui.is_rect_visible(rect) {
            if response.hovered() || response.has_focus() {
                ui.painter().rect_filled(rect, 3.0, palette.raised);
            }
            let label = elided(ui, row.label, font.clone(), palette.text, label_width);
            ui.painter().galley(
                pos2(rect.left() + label_width - label.size().x, rect.center().y - label.size().y / 2.0),
                label,
                palette.text,
            );
            let track = Rect::from_min_max(
                pos2(rect.left() + label_width + 8.0, rect.top() + 4.0),
                pos2(
                    (rect.right() - text_width - 8.0).max(rect.left() + label_width + 8.0),
                    rect.bottom() - 4.0,
                ),
            );
            ui.painter().rect_filled(track, 2.0, palette.track);
            let share = if max > 0.0 { (row.value / max).clamp(0.0, 1.0) as f32 } else { 0.0 };
            let bar = Rect::from_min_size(track.min, vec2(track.width() * share, track.height()));
            ui.painter().rect_filled(bar, 2.0, row.color);
            if let Some(mark) = marks.get(index).copied().flatten().filter(|_| max > 0.0) {
                let x = track.left() + track.width() * (mark / max).clamp(0.0, 1.0) as f32;
                let stroke = egui::Stroke::new(2.0, palette.strong);
                ui.painter().vline(x, track.y_range().expand(2.0), stroke);
            }
            ui.painter().text(
                rect.right_center(),
                Align2::RIGHT_CENTER,
                &row.text,
                font.clone(),
                palette.text,
            );
        }
        if response.clicked() {
            clicked = Some(index);
        }
    }
    clicked
}

/// The text on one line, cut with an ellipsis at `width` points.
pub fn elided(
    ui: &egui::Ui,
    text: &str,
    font: FontId,
    color: Color32,
    width: f32,
) -> std::sync::Arc<egui::Galley> {
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, color);
    job.wrap = egui::text::TextWrapping::truncate_at_width(width.max(1.0));
    ui.painter().layout_job(job)
}
