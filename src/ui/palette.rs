//! The command palette: every command, panel, setting, run and recent file, found by a few
//! letters in either language, chosen with the keyboard alone. It only wishes; nothing happens
//! here.

use super::commands::{COMMANDS, panel_shortcut};
use super::panels::{Cx, PANELS};
use super::theme;
use super::widgets::elided;
use crate::app::{Action, Recent, State};
use crate::config::SETTINGS;
use crate::data::builtin::BUILTINS;
use crate::language::{tr, tr_dynamic};
use eframe::egui;
use eframe::egui::{
    Align2, FontId, Id, Key, KeyboardShortcut, Modifiers, Role, Sense, WidgetInfo, pos2, vec2,
};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// Rows in view.
const ROWS: f32 = 11.0;
/// Height of a row, in points.
const ROW: f32 = 26.0;
/// Width of the palette, in points.
const WIDTH: f32 = 560.0;

/// One thing that can be chosen.
pub struct Entry {
    /// In the language spoken.
    pub title: String,
    /// What kind of thing it is.
    pub kind: &'static str,
    /// Also matched: the English, the key of a setting.
    also: String,
    shortcut: Option<KeyboardShortcut>,
    action: Action,
}

/// Everything that can be chosen now.
pub fn entries(state: &State) -> Vec<Entry> {
    let mut all = Vec::new();
    for row in COMMANDS.iter().filter(|row| (row.possible)(state)) {
        all.push(Entry {
            title: tr_dynamic(row.label).to_owned(),
            kind: tr!("command"),
            also: row.label.to_owned(),
            shortcut: row.shortcuts.first().copied(),
            action: (row.action)(),
        });
    }
    for panel in PANELS {
        all.push(Entry {
            title: tr_dynamic(panel.title).to_owned(),
            kind: tr!("panel"),
            also: panel.title.to_owned(),
            shortcut: panel_shortcut(panel.id),
            action: Action::ShowPanel(panel.id),
        });
    }
    for row in SETTINGS.iter().filter(|row| row.key != "data.source") {
        all.push(Entry {
            title: tr_dynamic(row.label).to_owned(),
            kind: tr!("setting"),
            also: format!("{} {}", row.label, row.key),
            shortcut: None,
            action: Action::ShowSetting(row.key),
        });
    }
    for set in BUILTINS {
        all.push(Entry {
            title: tr_dynamic(set.title).to_owned(),
            kind: tr!("data"),
            also: format!("builtin:{}", set.name),
            shortcut: None,
            action: Action::OpenData(format!("builtin:{}", set.name)),
        });
    }
    for recent in &state.recent {
        let (kind, action) = match recent {
            Recent::Data(source) if source.starts_with("builtin:") => continue,
            Recent::Data(source) => (tr!("data"), Action::OpenData(source.clone())),
            Recent::Run(folder) => (tr!("run"), Action::OpenRun(folder.clone())),
        };
        all.push(Entry { title: recent.shown(), kind, also: String::new(), shortcut: None, action });
    }
    let listed = |run: &&crate::app::RunRow| !state.recent.contains(&Recent::Run(run.folder.clone()));
    for run in state.runs.iter().filter(listed) {
        all.push(Entry {
            title: run.name.clone(),
            kind: tr!("run"),
            also: run.data.clone(),
            shortcut: None,
            action: Action::OpenRun(run.folder.clone()),
        });
    }
    all
}

/// Positions of the entries that match, the best first; all in their order without a text.
pub fn matching(entries: &[Entry], text: &str) -> Vec<usize> {
    let pattern = Pattern::parse(text.trim(), CaseMatching::Ignore, Normalization::Smart);
    if pattern.atoms.is_empty() {
        return (0..entries.len()).collect();
    }
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut buffer = Vec::new();
    let mut score = |text: &str| pattern.score(Utf32Str::new(text, &mut buffer), &mut matcher);
    let mut found: Vec<(u32, usize)> = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        if let Some(best) = score(&entry.title).max(score(&entry.also)) {
            found.push((best, index));
        }
    }
    found.sort_by_key(|(score, index)| (std::cmp::Reverse(*score), *index));
    found.into_iter().map(|(_, index)| index).collect()
}

/// What is typed and chosen.
#[derive(Default)]
pub struct Palette {
    open: bool,
    text: String,
    chosen: usize,
}

impl Palette {
    /// Shows it, empty; once more closes it.
    pub fn open(&mut self) {
        *self = Self { open: !self.open, ..Self::default() };
    }

    /// Whether it is shown: then the keyboard is its.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Paints it while it is open.
    pub fn ui(&mut self, ui: &egui::Ui, cx: &mut Cx<'_>) {
        if !self.open {
            return;
        }
        let entries = entries(cx.state);
        let found = matching(&entries, &self.text);
        let pressed = |key| ui.input_mut(|i| i.consume_key(Modifiers::NONE, key));
        let last = found.len().saturating_sub(1);
        let mut moved = false;
        for (key, by) in [(Key::ArrowDown, 1), (Key::ArrowUp, -1), (Key::PageDown, 10), (Key::PageUp, -10)] {
            if pressed(key) {
                self.chosen = self.chosen.saturating_add_signed(by).min(last);
                moved = true;
            }
        }
        self.chosen = self.chosen.min(last);
        let mut taken = if pressed(Key::Enter) { found.get(self.chosen).copied() } else { None };
        let again = [Modifiers::COMMAND | Modifiers::SHIFT, Modifiers::COMMAND]
            .into_iter()
            .zip([Key::P, Key::K])
            .any(|(modifiers, key)| ui.input_mut(|i| i.consume_key(modifiers, key)));
        let area =
            egui::Modal::default_area(Id::unique("palette")).anchor(Align2::CENTER_TOP, vec2(0.0, 70.0));
        let modal = egui::Modal::new(Id::unique("palette")).area(area).show(ui.ctx(), |ui| {
            ui.set_width(WIDTH.min(ui.ctx().content_rect().width() - 40.0));
            let field = egui::TextEdit::singleline(&mut self.text)
                .hint_text(tr!("Type a command, panel, setting or file"))
                .desired_width(f32::INFINITY);
            let field = ui.add(field);
            field.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, tr!("Command palette")));
            field.request_focus();
            if field.changed() {
                self.chosen = 0;
            }
            if found.is_empty() {
                ui.label(tr!("Nothing matches; try fewer letters."));
                return;
            }
            ui.spacing_mut().item_spacing.y = 0.0;
            egui::ScrollArea::vertical().max_height(ROWS * ROW).auto_shrink([false, true]).show(ui, |ui| {
                for (position, index) in found.iter().enumerate() {
                    let Some(entry) = entries.get(*index) else { continue };
                    let chosen = position == self.chosen;
                    let response = row(ui, entry, chosen);
                    if chosen && moved {
                        response.scroll_to_me(None);
                    }
                    if response.clicked() {
                        taken = Some(*index);
                    }
                }
            });
        });
        let close = taken.is_some() || again || modal.should_close();
        if let Some(entry) = taken.and_then(|index| entries.into_iter().nth(index)) {
            cx.act(entry.action);
        }
        if close {
            self.open = false;
        }
    }
}

/// A row: title left, kind and shortcut right.
fn row(ui: &mut egui::Ui, entry: &Entry, chosen: bool) -> egui::Response {
    let palette = theme::Palette::of(ui.visuals());
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::CLICK);
    response.widget_info(|| {
        WidgetInfo::selected(Role::Button, true, chosen, format!("{}, {}", entry.title, entry.kind))
    });
    if chosen {
        ui.painter().rect_filled(rect, 4.0, ui.visuals().selection.bg_fill);
    } else if response.hovered() {
        ui.painter().rect_filled(rect, 4.0, palette.raised);
    }
    let keys = entry.shortcut.map(|shortcut| ui.ctx().format_shortcut(&shortcut));
    let right = match keys {
        Some(keys) => format!("{}   {keys}", entry.kind),
        None => entry.kind.to_owned(),
    };
    let small = FontId::proportional(11.5);
    let right = elided(ui, &right, small, palette.weak, rect.width() * 0.4);
    let room = rect.width() - right.size().x - 28.0;
    let title = elided(ui, &entry.title, FontId::proportional(13.0), palette.strong, room);
    let y = |galley: &egui::Galley| rect.center().y - galley.size().y / 2.0;
    ui.painter().galley(pos2(rect.right() - 8.0 - right.size().x, y(&right)), right, palette.weak);
    ui.painter().galley(pos2(rect.left() + 8.0, y(&title)), title, palette.strong);
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::{Language, speak};

    fn best(text: &str) -> (String, &'static str) {
        let entries = entries(&State::default());
        let found = matching(&entries, text);
        let entry = found.first().and_then(|index| entries.get(*index)).expect("something matches");
        (entry.title.clone(), entry.kind)
    }

    #[test]
    fn a_few_letters_find_commands_panels_and_settings_in_both_languages() {
        assert_eq!(best("lrate"), ("Learning rate".to_owned(), "setting"));
        assert_eq!(best("conf"), ("Confusion".to_owned(), "panel"));
        assert_eq!(best("dark"), ("Dark theme".to_owned(), "command"));
        assert_eq!(best("helpd"), ("Helpdesk".to_owned(), "data"));
        assert_eq!(best("train.batch_size"), ("Batch size".to_owned(), "setting"));
        speak(Language::Chinese);
        assert_eq!(best("学习").0, "学习率");
        assert_eq!(best("learning rate").0, "学习率");
        speak(Language::English);
        assert!(matching(&entries(&State::default()), "zzzzqqq").is_empty());
        assert_eq!(matching(&entries(&State::default()), " ").first(), Some(&0));
    }

    #[test]
    fn every_panel_setting_run_and_recent_file_is_there() {
        let state = State {
            recent: vec![Recent::Data("/data/letters.csv".to_owned()), Recent::Run("/runs/a".into())],
            ..State::default()
        };
        let entries = entries(&state);
        let has = |title: &str| entries.iter().any(|entry| entry.title == title);
        assert!(PANELS.iter().all(|panel| has(panel.title)));
        assert!(SETTINGS.iter().filter(|s| s.key != "data.source").all(|s| has(s.label)));
        assert!(has("/data/letters.csv") && has("/runs/a"));
    }
}
