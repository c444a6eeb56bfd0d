//! How many texts have how many tokens, as bars, with a line where texts are cut.

use crate::language::tr;
use crate::preprocess::TokenReport;
use crate::ui::theme::Palette;
use crate::ui::widgets::number;
use eframe::egui;
use eframe::egui::{Align2, FontId, Rect, Role, Sense, Stroke, WidgetInfo, pos2, vec2};

/// Height of the bars, in points.
const HEIGHT: f32 = 64.0;
/// Height of the numbers below them.
const FOOT: f32 = 16.0;
/// Bars with texts are at least this high, so that they can be seen.
const LOWEST: f32 = 1.5;

/// Paints it; the bar under the pointer says its numbers.
pub fn ui(ui: &mut egui::Ui, tokens: &TokenReport) {
    let palette = Palette::of(ui.visuals());
    let (Some(first), Some(last)) = (tokens.bins.first(), tokens.bins.last()) else { return };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT + FOOT), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, tr!("Histogram of the tokens of a text")));
    let area = Rect::from_min_size(rect.min, vec2(rect.width(), HEIGHT));
    ui.painter().rect_filled(area, 3.0, palette.well);
    let most = tokens.bins.iter().map(|bin| bin.texts).max().unwrap_or(0).max(1) as f32;
    let width = area.width() / tokens.bins.len() as f32;
    let pointed = response.hover_pos().map(|at| ((at.x - area.left()) / width) as usize);
    for (index, bin) in tokens.bins.iter().enumerate() {
        let left = area.left() + index as f32 * width;
        let high = if bin.texts == 0 { 0.0 } else { (bin.texts as f32 / most * (HEIGHT - 6.0)).max(LOWEST) };
        let bar = Rect::from_min_max(
            pos2(left + 0.5, area.bottom() - high),
            pos2((left + width - 0.5).max(left + 1.0), area.bottom()),
        );
        let cut = bin.from > tokens.length;
        let color = if cut { palette.warning } else { palette.series(0).gamma_multiply(0.75) };
        let color = if pointed == Some(index) { palette.accent } else { color };
        ui.painter().rect_filled(bar, 1.0, color);
    }
    if let Some(x) = place(tokens, area) {
        ui.painter().vline(x, area.y_range(), Stroke::new(1.5, palette.warning));
    }
    let font = FontId::proportional(11.0);
    let foot = |x: f32, align: Align2, text: String| {
        ui.painter().text(pos2(x, area.bottom() + 2.0), align, text, font.clone(), palette.weak);
    };
    foot(area.left(), Align2::LEFT_TOP, number::count(first.from));
    foot(area.right(), Align2::RIGHT_TOP, number::count(last.to));
    if let Some(bin) = pointed.and_then(|index| tokens.bins.get(index)) {
        response.on_hover_text(tr!(
            "{from} to {to} tokens: {texts} texts",
            from = number::count(bin.from),
            to = number::count(bin.to),
            texts = number::count(bin.texts)
        ));
    }
}

/// Where the length stands among the bars; `None` beyond the last.
fn place(tokens: &TokenReport, area: Rect) -> Option<f32> {
    let index = tokens.bins.iter().position(|bin| tokens.length <= bin.to)?;
    let bin = &tokens.bins[index];
    let width = area.width() / tokens.bins.len() as f32;
    let within = tokens.length.saturating_sub(bin.from) as f32 / (bin.to - bin.from + 1).max(1) as f32;
    let last = tokens.quantiles[5];
    (tokens.length < last).then(|| area.left() + (index as f32 + within) * width)
}
