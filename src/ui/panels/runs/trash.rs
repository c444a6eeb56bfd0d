//! The line about deleted runs: take the last deletion back, or empty the trash. Emptying is
//! asked for twice, because that is for good.

use crate::app::Action;
use crate::language::tr;
use crate::ui::panels::Cx;
use crate::ui::theme::Palette;
use crate::ui::widgets::number;
use eframe::egui;
use eframe::egui::RichText;

/// What the line remembers.
#[derive(Default)]
pub struct Trash {
    /// Whether emptying was asked for once.
    sure: bool,
}

impl Trash {
    /// Paints it; nothing while the trash is empty.
    pub fn ui(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>) {
        let palette = Palette::of(ui.visuals());
        let (runs, bytes) = cx.state.trash;
        if runs == 0 {
            self.sure = false;
            return;
        }
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            let size = number::bytes(bytes);
            let count = number::count(runs as u64);
            if self.sure {
                let text = tr!("{count} runs, {size}: delete them for good?", count = count, size = size);
                ui.label(RichText::new(text).color(palette.warning));
                if ui.button(tr!("Delete for good")).clicked() {
                    cx.act(Action::EmptyTrash);
                    self.sure = false;
                }
                if ui.button(tr!("Keep")).clicked() {
                    self.sure = false;
                }
                return;
            }
            let text = if runs == 1 {
                tr!("1 deleted run, {size}", size = size)
            } else {
                tr!("{count} deleted runs, {size}", count = count, size = size)
            };
            let help = tr!("Deleted runs lie in the folder .trash beside the others until it is emptied");
            ui.label(RichText::new(text).color(palette.weak)).on_hover_text(help);
            if let Some((folder, _)) = &cx.state.deleted {
                let name = cx.state.title_of(folder);
                if ui.button(tr!("Put back")).on_hover_text(tr!("Put {run} back", run = name)).clicked() {
                    cx.act(Action::UndoDelete);
                }
            }
            if ui
                .button(tr!("Empty…"))
                .on_hover_text(tr!("Delete them for good, after asking once more"))
                .clicked()
            {
                self.sure = true;
            }
        });
    }
}
