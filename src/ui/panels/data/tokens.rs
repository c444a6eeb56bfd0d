//! The tokens of a text as the model is given them: a coloured box for each, the special and
//! unknown ones marked, a line where the text is cut, and what they say put together again.

use crate::language::tr;
use crate::preprocess::{SeenToken, SeenTokens, TokenKind};
use crate::ui::theme::Palette;
use crate::ui::widgets::number;
use eframe::egui;
use eframe::egui::{
    Align2, Color32, FontId, RichText, Role, Sense, Stroke, StrokeKind, WidgetInfo, pos2, vec2,
};

/// Height at which many tokens begin to scroll.
const HEIGHT: f32 = 150.0;
/// Height of a box.
const BOX: f32 = 32.0;
/// Colours that follow one another, so that neighbours differ.
const COLORS: usize = 5;

/// Paints them.
pub fn ui(ui: &mut egui::Ui, seen: &SeenTokens) {
    let palette = Palette::of(ui.visuals());
    let given = seen.whole.min(seen.length);
    let line = match seen.whole > seen.length {
        true => tr!(
            "{given} of {whole} tokens; the rest is cut off.",
            given = number::count(given),
            whole = number::count(seen.whole)
        ),
        false => tr!("{whole} tokens, none cut off.", whole = number::count(seen.whole)),
    };
    ui.label(RichText::new(line).small().color(palette.text));
    egui::ScrollArea::vertical().id_salt("tokens").max_height(HEIGHT).auto_shrink([false, true]).show(
        ui,
        |ui| {
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing = vec2(3.0, 3.0);
                let mut kept = true;
                for (place, token) in seen.tokens.iter().enumerate() {
                    if kept && !token.kept {
                        cut(ui, seen.length);
                    }
                    kept = token.kept;
                    show(ui, place, token);
                }
            });
        },
    );
    ui.label(RichText::new(tr!("Put together again")).small().color(palette.weak));
    egui::ScrollArea::vertical().id_salt("decoded").max_height(60.0).auto_shrink([false, true]).show(
        ui,
        |ui| {
            let text = RichText::new(&seen.decoded).color(palette.text);
            ui.add(egui::Label::new(text).wrap().selectable(true));
        },
    );
}

/// One box: what the token stands for, and below it its id.
fn show(ui: &mut egui::Ui, place: usize, token: &SeenToken) {
    let palette = Palette::of(ui.visuals());
    let (font, small) = (FontId::proportional(13.0), FontId::proportional(9.5));
    let color = if token.kept { palette.strong } else { palette.weak };
    let text = ui.painter().layout_no_wrap(token.text.clone(), font, color);
    let id = ui.painter().layout_no_wrap(token.id.to_string(), small.clone(), palette.weak);
    let width = text.size().x.max(id.size().x).max(8.0) + 8.0;
    let (rect, response) = ui.allocate_exact_size(vec2(width, BOX), Sense::hover());
    let what = match token.kind {
        TokenKind::Special => tr!("special token"),
        TokenKind::Unknown => tr!("unknown to the tokenizer"),
        TokenKind::Piece => "",
    };
    response.widget_info(|| {
        WidgetInfo::labeled(Role::Label, true, tr!("Token {text}, id {id}", text = token.text, id = token.id))
    });
    let (fill, line) = match token.kind {
        _ if !token.kept => (Color32::TRANSPARENT, palette.line),
        TokenKind::Piece => (palette.series(place % COLORS).gamma_multiply(0.25), Color32::TRANSPARENT),
        TokenKind::Special => (palette.well, palette.accent),
        TokenKind::Unknown => (palette.bad.gamma_multiply(0.2), palette.bad),
    };
    ui.painter().rect(rect, 3.0, fill, Stroke::new(1.0, line), StrokeKind::Inside);
    let centre = rect.center().x;
    ui.painter().galley(pos2(centre - text.size().x / 2.0, rect.top() + 2.0), text, color);
    ui.painter().text(
        pos2(centre, rect.bottom() - 2.0),
        Align2::CENTER_BOTTOM,
        token.id.to_string(),
        small,
        palette.weak,
    );
    let entry = tr!("id {id}, in the vocabulary as {entry}", id = token.id, entry = token.entry);
    response.on_hover_text(if what.is_empty() { entry } else { format!("{entry}\n{what}") });
}

/// The place where the text is cut.
fn cut(ui: &mut egui::Ui, length: u64) {
    let palette = Palette::of(ui.visuals());
    let text = tr!("cut at {length}", length = number::count(length));
    let galley = ui.painter().layout_no_wrap(text.clone(), FontId::proportional(10.5), palette.warning);
    let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x + 12.0, BOX), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &text));
    ui.painter().vline(rect.left() + 3.0, rect.y_range(), Stroke::new(1.5, palette.warning));
    let at = pos2(rect.left() + 8.0, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, palette.warning);
}
