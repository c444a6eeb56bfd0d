//! The classes of the open data: how many samples each has, and other names for them.

use crate::app::{Action, DataView};
use crate::language::tr;
use crate::ui::panels::Cx;
use crate::ui::theme::Palette;
use crate::ui::widgets::{Bar, bars, elided, number};
use eframe::egui;
use eframe::egui::{FontId, RichText, Role, Sense, WidgetInfo, pos2, vec2};

/// Classes that are shown without scrolling.
const IN_VIEW: f32 = 10.0;
/// Share of the width that a class's own name has beside its new one.
const OWN: f32 = 0.4;

/// What this part remembers.
#[derive(Default)]
pub struct Classes {
    renaming: bool,
    /// The name being typed, and of which class.
    typed: Option<(usize, String)>,
    /// The class whose name is to be typed next.
    wanted: Option<usize>,
}

impl Classes {
    /// Paints bars, or fields for new names; returns a clicked class.
    pub fn ui(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>, data: &DataView) -> Option<u32> {
        let clicked = egui::ScrollArea::vertical()
            .id_salt("classes")
            .max_height(IN_VIEW * if self.renaming { 24.0 } else { 20.0 })
            .auto_shrink([false, true])
            .show(ui, |ui| match self.renaming {
                true => {
                    self.names(ui, cx, data);
                    None
                }
                false => self.histogram(ui, data),
            })
            .inner;
        if let Some((_, reason)) = cx.state.rejected.iter().find(|(key, _)| *key == "data.class_names") {
            let color = Palette::of(ui.visuals()).bad;
            ui.add(egui::Label::new(RichText::new(reason).small().color(color)).wrap());
        }
        let title = if self.renaming { tr!("Show counts") } else { tr!("Rename classes") };
        let help = tr!("Give classes other names; the data itself stays as it is.");
        if ui.small_button(title).on_hover_text(help).clicked() {
            self.renaming = !self.renaming;
            self.typed = None;
        }
        clicked
    }

    /// Samples per class; a double click renames.
    fn histogram(&mut self, ui: &mut egui::Ui, data: &DataView) -> Option<u32> {
        let palette = Palette::of(ui.visuals());
        let totals: Vec<u64> = data.summary.class_counts.iter().map(|c| c.iter().sum()).collect();
        let most = totals.iter().copied().max().unwrap_or(0);
        let rows: Vec<Bar<'_>> = data
            .summary
            .classes
            .iter()
            .zip(&totals)
            .map(|(name, total)| Bar {
                label: name,
                value: *total as f64,
                text: number::count(*total),
                color: palette.series(0).gamma_multiply(0.75),
            })
            .collect();
        let clicked = bars(ui, most as f64, &rows);
        let double = ui.input(|input| input.pointer.button_double_clicked(egui::PointerButton::Primary));
        if let (Some(class), true) = (clicked, double) {
            self.renaming = true;
            self.wanted = Some(class);
        }
        clicked.and_then(|index| u32::try_from(index).ok())
    }

    /// One field per class: its own name, and the name that it goes by.
    fn names(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>, data: &DataView) {
        let palette = Palette::of(ui.visuals());
        ui.spacing_mut().item_spacing.y = 2.0;
        let named = data.dataset.own_classes.iter().zip(&data.dataset.classes);
        for (class, (own, name)) in named.enumerate() {
            ui.horizontal(|ui| {
                let width = ui.available_width() * OWN;
                let (rect, response) = ui.allocate_exact_size(vec2(width, 20.0), Sense::hover());
                let galley = elided(ui, own, FontId::proportional(12.0), palette.weak, width);
                let top = rect.center().y - galley.size().y / 2.0;
                ui.painter().galley(pos2(rect.left(), top), galley, palette.weak);
                response.on_hover_text(own);

                let mut text = match &self.typed {
                    Some((typed, text)) if *typed == class => text.clone(),
                    _ => name.clone(),
                };
                let field =
                    egui::TextEdit::singleline(&mut text).hint_text(own).desired_width(ui.available_width());
                let response = ui.add(field);
                let label = tr!("Name of class {name}", name = own);
                response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, &label));
                if self.wanted == Some(class) {
                    self.wanted = None;
                    response.request_focus();
                    response.scroll_to_me(None);
                }
                if response.changed() {
                    self.typed = Some((class, text.clone()));
                }
                if response.lost_focus()
                    && self.typed.take_if(|(typed, _)| *typed == class).is_some()
                    && let (true, Ok(class)) = (text != *name, u32::try_from(class))
                {
                    cx.act(Action::RenameClass(class, text));
                }
            });
        }
    }
}
