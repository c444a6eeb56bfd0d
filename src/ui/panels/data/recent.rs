//! What was opened lately, as a menu: data and runs, the newest first.

use crate::app::{Action, Recent};
use crate::language::tr;
use crate::ui::panels::Cx;
use eframe::egui;

/// Characters of a path that an entry shows; the end tells more than the beginning.
const LONGEST: usize = 48;

/// Paints the menu's button; nothing where nothing was opened yet.
pub fn ui(ui: &mut egui::Ui, cx: &mut Cx<'_>) {
    if cx.state.recent.is_empty() {
        return;
    }
    let menu = ui.menu_button(tr!("Recent"), |ui| {
        ui.set_min_width(220.0);
        for recent in &cx.state.recent {
            let whole = recent.shown();
            if ui.button(ending(&whole)).on_hover_text(&whole).clicked() {
                cx.actions.push(match recent {
                    Recent::Data(source) => Action::OpenData(source.clone()),
                    Recent::Run(folder) => Action::OpenRun(folder.clone()),
                });
                ui.close();
            }
        }
        ui.separator();
        let forget = ui.button(tr!("Forget these")).on_hover_text(tr!("Empty this list; the files stay."));
        if forget.clicked() {
            cx.actions.push(Action::ClearRecent);
            ui.close();
        }
    });
    menu.response.on_hover_text(tr!("Opened lately; the newest first."));
}

/// The end of a long path.
fn ending(path: &str) -> String {
    let surplus = path.chars().count().saturating_sub(LONGEST);
    if surplus == 0 {
        path.to_owned()
    } else {
        format!("…{}", path.chars().skip(surplus + 1).collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_path_keeps_its_end() {
        assert_eq!(ending("builtin:fashion"), "builtin:fashion");
        let long = format!("/home/{}/letters.csv", "字".repeat(80));
        assert!(ending(&long).ends_with("/letters.csv"));
        assert_eq!(ending(&long).chars().count(), LONGEST);
    }
}
