//! The columns of a table with its first rows: which is the text, which the label, which the
//! split is marked and chosen by a click. It also stands where a table was refused because
//! its columns could not be guessed.

use crate::app::{Action, ColumnRole};
use crate::data::Preview;
use crate::language::tr;
use crate::ui::panels::Cx;
use crate::ui::theme::Palette;
use crate::ui::widgets::{elided, foldable, section};
use eframe::egui;
use eframe::egui::{FontId, RichText, Role, Sense, WidgetInfo, pos2, vec2};

/// Width of a column, in points.
const WIDTH: f32 = 132.0;
/// Height of a row, in points.
const ROW: f32 = 19.0;
/// Rows shown.
const ROWS: usize = 8;
/// Columns shown; a table with more has its columns named in Settings.
const COLUMNS: usize = 200;

/// Paints it, if a table is open or was refused.
pub fn ui(ui: &mut egui::Ui, cx: &mut Cx<'_>) {
    let state = cx.state;
    let shown = state.failed_source.as_ref().unwrap_or(&state.config.data.source);
    let Some((_, preview)) = state.preview.as_ref().filter(|(source, _)| source == shown) else { return };
    if preview.columns.is_empty() {
        return;
    }
    if state.failed_source.is_some() {
        section(ui, tr!("Choose the columns"));
        let help = tr!("Mark which column is the text and which the label; the table is then read again.");
        ui.label(RichText::new(help).small().color(Palette::of(ui.visuals()).weak));
        table(ui, cx, preview);
    } else {
        foldable(ui, tr!("Columns"), false, |ui| table(ui, cx, preview));
    }
}

fn table(ui: &mut egui::Ui, cx: &mut Cx<'_>, preview: &Preview) {
    let reading = &preview.reading;
    let about = [reading.encoding.as_str(), reading.delimiter.as_str()];
    let about: Vec<&str> = about.into_iter().filter(|word| !word.is_empty()).collect();
    let palette = Palette::of(ui.visuals());
    if !about.is_empty() {
        ui.label(RichText::new(about.join("  ·  ")).small().color(palette.weak));
    }
    let area = egui::ScrollArea::horizontal().id_salt("columns").auto_shrink([false, true]);
    area.show(ui, |ui| {
        ui.add_enabled_ui(cx.state.opening.is_none(), |ui| {
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = 8.0;
                for (index, name) in preview.columns.iter().take(COLUMNS).enumerate() {
                    ui.vertical(|ui| {
                        ui.set_width(WIDTH);
                        ui.spacing_mut().item_spacing.y = 2.0;
                        column(ui, cx, preview, index, name);
                    });
                }
            });
        });
    });
}

fn column(ui: &mut egui::Ui, cx: &mut Cx<'_>, preview: &Preview, index: usize, name: &str) {
    let palette = Palette::of(ui.visuals());
    let roles = [
        (ColumnRole::Text, tr!("Text"), preview.text, tr!("The text that the model reads, or the picture.")),
        (ColumnRole::Label, tr!("Label"), preview.label, tr!("The class of each row.")),
        (ColumnRole::Split, tr!("Split"), preview.split, tr!("Says train, validation or test for each row.")),
    ];
    let marked = roles.iter().any(|(_, _, column, _)| *column == Some(index));
    let color = if marked { palette.strong } else { palette.weak };
    line(ui, name, FontId::proportional(12.5), color);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        ui.spacing_mut().button_padding = vec2(4.0, 1.0);
        for (role, title, chosen, help) in roles {
            let chosen = chosen == Some(index);
            let response = ui.selectable_label(chosen, RichText::new(title).small()).on_hover_text(help);
            let label = tr!("{role} in {column}", role = title, column = name);
            response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, &label));
            if response.clicked() {
                cx.act(Action::ChooseColumn(role, name.to_owned()));
            }
        }
    });
    for row in preview.rows.iter().take(ROWS) {
        let text = row.get(index).map_or("", String::as_str);
        line(ui, text, FontId::proportional(12.0), if marked { palette.text } else { palette.weak });
    }
}

/// One line of text, cut at the column's width; the whole of it when hovered.
fn line(ui: &mut egui::Ui, text: &str, font: FontId, color: egui::Color32) {
    let (rect, response) = ui.allocate_exact_size(vec2(WIDTH, ROW), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    let galley = elided(ui, text, font, color, WIDTH);
    let top = rect.center().y - galley.size().y / 2.0;
    ui.painter().galley(pos2(rect.left(), top), galley, color);
    if !text.is_empty() {
        response.on_hover_text(text);
    }
}
