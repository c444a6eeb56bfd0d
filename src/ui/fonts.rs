//! Whether the installed fonts can show the text of the open data. egui asks the system for a
//! font at the first missing character; if none comes, a notice says what to install.

use crate::app::{Action, State};
use crate::data::{Examples, Texts};
use crate::language::tr;
use crate::runs::Level;
use eframe::egui;

/// Frames to wait for the system's font after the character was first laid out.
const PATIENCE: u32 = 30;
/// Texts looked at.
const TEXTS: usize = 500;

/// Remembers what was looked at.
#[derive(Default)]
pub struct GlyphCheck {
    looked_at: String,
    /// A character that is being waited for, and for how many frames already.
    waiting: Option<(char, u32)>,
    told: bool,
}

impl GlyphCheck {
    /// Call once a frame.
    pub fn look(&mut self, ui: &egui::Ui, state: &State, actions: &mut Vec<Action>) {
        if self.told {
            return;
        }
        if let Some(data) = &state.data
            && self.looked_at != data.summary.fingerprint
        {
            self.looked_at.clone_from(&data.summary.fingerprint);
            self.waiting = match &data.dataset.examples {
                Examples::Texts(texts) => chinese_character(texts).map(|c| (c, 0)),
                Examples::Images(_) => None,
            };
        }
        let Some((character, frames)) = &mut self.waiting else { return };
        let font = egui::FontId::proportional(13.0);
        // Laying it out makes egui ask the system for a font.
        let _ = ui.painter().layout_no_wrap(character.to_string(), font.clone(), egui::Color32::TRANSPARENT);
        if ui.ctx().fonts_mut(|fonts| fonts.has_glyph(&font, *character)) {
            self.waiting = None;
        } else if *frames < PATIENCE {
            *frames += 1;
            ui.ctx().request_repaint_after(std::time::Duration::from_millis(33));
        } else {
            self.waiting = None;
            self.told = true;
            actions.push(Action::Tell(
                Level::Warning,
                tr!("No installed font has Chinese characters, so they are shown as boxes; install one (Debian and Ubuntu: sudo apt install fonts-noto-cjk) and start Attentive again.").to_owned(),
            ));
        }
    }
}

/// The first Chinese character among the first texts.
fn chinese_character(texts: &Texts) -> Option<char> {
    (0..texts.len().min(TEXTS))
        .flat_map(|index| texts.get(index).chars())
        .find(|c| ('\u{4e00}'..='\u{9fff}').contains(c))
}
