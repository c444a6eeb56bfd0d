//! What a person can do from anywhere: text, help, shortcuts, and when it is possible, in one
//! table. The top bar, the menus, the keyboard, the command palette and the sheet of shortcuts
//! read it. Every action that needs no argument has its row.

use super::panels::{Cx, PANELS};
use crate::app::{Action, Activity, ForkWish, SettingsFile, State, Theme};
use crate::language::{Language, later, tr_dynamic};
use eframe::egui::{self, Key, KeyboardShortcut, Modifiers};

/// One command.
pub struct UserCommand {
    /// On the button.
    pub label: &'static str,
    /// What it does, for the tooltip.
    pub help: &'static str,
    /// From the keyboard; the first is the one that is shown.
    pub shortcuts: &'static [KeyboardShortcut],
    /// Whether it has a button in the top bar.
    pub in_bar: bool,
    /// The action.
    pub action: fn() -> Action,
    /// Whether it makes sense now; the button is hidden or grey otherwise.
    pub possible: fn(&State) -> bool,
}

const fn key(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::NONE, key)
}

const fn shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::SHIFT, key)
}

const fn ctrl(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND, key)
}

const fn ctrl_shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), key)
}

fn running(state: &State) -> bool {
    matches!(state.activity, Activity::Running(_))
}

fn paused(state: &State) -> bool {
    running(state) && state.live_run().is_some_and(|r| r.paused)
}

fn always(_: &State) -> bool {
    true
}

/// A button of the top bar.
const fn in_bar(
    label: &'static str,
    help: &'static str,
    shortcuts: &'static [KeyboardShortcut],
    action: fn() -> Action,
    possible: fn(&State) -> bool,
) -> UserCommand {
    UserCommand { label, help, shortcuts, in_bar: true, action, possible }
}

/// What is reached by menu, keyboard or palette.
const fn elsewhere(
    label: &'static str,
    help: &'static str,
    shortcuts: &'static [KeyboardShortcut],
    action: fn() -> Action,
    possible: fn(&State) -> bool,
) -> UserCommand {
    UserCommand { label, help, shortcuts, in_bar: false, action, possible }
}

/// All commands; those of the top bar first, in its order.
pub static COMMANDS: &[UserCommand] = &[
    in_bar(
        later!("Train"),
        later!("Start training on the open data with the settings shown."),
        &[key(Key::F5)],
        || Action::Train,
        |s| s.why_not_train().is_none(),
    ),
    in_bar(
        later!("Pause"),
        later!("Stand still after the current step. The model stays ready for Try it."),
        &[key(Key::F6)],
        || Action::Pause,
        |s| running(s) && !paused(s),
    ),
    in_bar(
        later!("Resume"),
        later!("Go on training from where it stands."),
        &[key(Key::F7)],
        || Action::Resume,
        paused,
    ),
    in_bar(
        later!("Step"),
        later!("One update of the weights, then stand still."),
        &[key(Key::F8)],
        || Action::OneStep,
        running,
    ),
    in_bar(
        later!("Evaluate now"),
        later!("Evaluate the validation samples now and refresh the predictions."),
        &[key(Key::F9)],
        || Action::EvaluateNow,
        running,
    ),
    in_bar(
        later!("Save now"),
        later!("Save a checkpoint of the weights now."),
        &[ctrl(Key::S)],
        || Action::SaveNow,
        running,
    ),
    in_bar(
        later!("Stop"),
        later!("End the run: halt within one step, save, evaluate. A second Stop skips that."),
        &[shift(Key::F5)],
        || Action::Stop,
        |s| s.activity != Activity::Idle,
    ),
    elsewhere(
        later!("Command palette"),
        later!("Find any command, panel, setting or recent file by a few letters."),
        &[ctrl(Key::K), ctrl_shift(Key::P)],
        || Action::OpenPalette,
        always,
    ),
    elsewhere(
        later!("Keyboard shortcuts"),
        later!("Show all keyboard shortcuts."),
        &[key(Key::F1), shift(Key::Questionmark), key(Key::Questionmark)],
        || Action::OpenShortcuts,
        always,
    ),
    elsewhere(
        later!("Tour"),
        later!("Show in a few steps where things are."),
        &[],
        || Action::StartTour,
        always,
    ),
    elsewhere(
        later!("Undo settings"),
        later!("Put the settings back to what they were before the last change."),
        &[ctrl(Key::Z)],
        || Action::Undo,
        |s| s.history.can_undo(),
    ),
    elsewhere(
        later!("Redo settings"),
        later!("Make the change of settings again that was undone last."),
        &[ctrl_shift(Key::Z), ctrl(Key::Y)],
        || Action::Redo,
        |s| s.history.can_redo(),
    ),
    elsewhere(
        later!("Copy settings as TOML"),
        later!("Put all settings on the clipboard, as a settings file has them."),
        &[],
        || Action::CopySettings,
        always,
    ),
    elsewhere(
        later!("Paste settings"),
        later!("Take the settings that the TOML on the clipboard names; the others stay."),
        &[],
        || Action::PasteSettings,
        always,
    ),
    elsewhere(
        later!("Save settings to a file…"),
        later!("Write all settings to a TOML file, which the command line can train from."),
        &[],
        || Action::AskSettingsFile(Some(SettingsFile::Save)),
        always,
    ),
    elsewhere(
        later!("Load settings from a file…"),
        later!("Take the settings of a TOML file; the open data stays."),
        &[],
        || Action::AskSettingsFile(Some(SettingsFile::Load)),
        always,
    ),
    elsewhere(
        later!("Open file…"),
        later!("Open a file of data with the system's dialog."),
        &[ctrl(Key::O)],
        || Action::PickFile,
        always,
    ),
    elsewhere(
        later!("Open folder…"),
        later!("Open a folder of data with the system's dialog."),
        &[ctrl_shift(Key::O)],
        || Action::PickFolder,
        always,
    ),
    elsewhere(
        later!("Cancel reading"),
        later!("Stop reading data; what was open stays open."),
        &[],
        || Action::CancelOpen,
        |s| s.opening.is_some(),
    ),
    elsewhere(
        later!("Try a random sample"),
        later!("Ask the model about a validation sample chosen at random."),
        &[],
        || Action::TryRandomSample,
        |s| s.run.is_some(),
    ),
    elsewhere(
        later!("Try a picture…"),
        later!("Ask the model about a picture file."),
        &[],
        || Action::PickPicture,
        |s| s.run.is_some(),
    ),
    elsewhere(
        later!("Show live run"),
        later!("Show the run that is going in all panels again."),
        &[],
        || Action::ShowLiveRun,
        |s| s.background.is_some(),
    ),
    elsewhere(
        later!("Fork the run shown…"),
        later!("Go on from one of its checkpoints in a new run, with other settings."),
        &[],
        || Action::Fork(ForkWish::OfShown),
        |s| s.run.as_ref().is_some_and(|r| r.accepted.is_some()),
    ),
    elsewhere(
        later!("Verify the run shown"),
        later!("Train its last steps again, from the checkpoint before, and compare the bytes."),
        &[],
        || Action::VerifyShown,
        |s| s.run.as_ref().is_some_and(|r| r.accepted.is_some() && s.why_not_verify(&r.folder).is_none()),
    ),
    elsewhere(
        later!("Cancel verifying"),
        later!("Stop verifying a run; the run stays as it is."),
        &[],
        || Action::CancelVerify,
        |s| s.verifies().is_some(),
    ),
    elsewhere(
        later!("Cancel the evaluation on other data"),
        later!("Stop measuring the model on other data."),
        &[],
        || Action::CancelEvaluateOn,
        |s| s.evaluation_on.as_ref().is_some_and(|e| e.job.is_some()),
    ),
    elsewhere(
        later!("Cancel the prediction to a file"),
        later!("Stop writing predictions; no file is left behind."),
        &[],
        || Action::CancelPredictTo,
        |s| s.batch_prediction.as_ref().is_some_and(|p| p.job.is_some()),
    ),
    elsewhere(
        later!("Compare later evaluations with this one"),
        later!("Keep the predictions shown, to see what the next evaluations change."),
        &[],
        || Action::CompareWithShown,
        |s| s.run.as_ref().is_some_and(|r| r.predictions.is_some()),
    ),
    elsewhere(
        later!("Put the deleted run back"),
        later!("Take the last deletion of a run back."),
        &[],
        || Action::UndoDelete,
        |s| s.deleted.is_some(),
    ),
    elsewhere(
        later!("Check the open data"),
        later!("Look through the open data, as before training."),
        &[],
        || Action::CheckData,
        |s| s.data.is_some(),
    ),
    elsewhere(
        later!("Cancel the check of the data"),
        later!("Stop looking through the open data."),
        &[],
        || Action::CancelCheck,
        |s| s.data.is_some(),
    ),
    elsewhere(
        later!("Cancel fetching"),
        later!("Stop fetching a public set; what has come is kept."),
        &[],
        || Action::CancelFetch,
        always,
    ),
    elsewhere(
        later!("Warnings about the data"),
        later!("Bring the Data panel to the front, where its warnings are."),
        &[],
        || Action::ShowWarnings,
        |s| s.data.is_some(),
    ),
    elsewhere(
        later!("Refresh runs"),
        later!("Look for runs on disk again."),
        &[],
        || Action::RefreshRuns,
        always,
    ),
    elsewhere(
        later!("Dismiss the notice"),
        later!("Hide the newest warning or error; the Log panel keeps it."),
        &[],
        || Action::DismissNotice,
        |s| s.notice.is_some() || s.offer.is_some(),
    ),
    elsewhere(
        later!("Larger text"),
        later!("Enlarge everything in the window, up to 200 %."),
        &[ctrl(Key::Plus), ctrl(Key::Equals)],
        || Action::ZoomIn,
        |s| s.can_zoom_in(),
    ),
    elsewhere(
        later!("Smaller text"),
        later!("Make everything in the window smaller, down to 80 %."),
        &[ctrl(Key::Minus)],
        || Action::ZoomOut,
        |s| s.can_zoom_out(),
    ),
    elsewhere(
        later!("Usual text size"),
        later!("Show everything in the window at its usual size."),
        &[ctrl(Key::Num0)],
        || Action::ZoomReset,
        always,
    ),
    elsewhere(
        later!("Theme of the desktop"),
        later!("Light or dark, as the desktop is."),
        &[],
        || Action::SetTheme(Theme::System),
        always,
    ),
    elsewhere(
        later!("Light theme"),
        later!("Dark text on light ground."),
        &[],
        || Action::SetTheme(Theme::Light),
        always,
    ),
    elsewhere(
        later!("Dark theme"),
        later!("Light text on dark ground."),
        &[],
        || Action::SetTheme(Theme::Dark),
        always,
    ),
    elsewhere(
        later!("Language: English"),
        later!("Speak English in the window."),
        &[],
        || Action::SetLanguage(Language::English),
        always,
    ),
    elsewhere(
        later!("Language: 中文"),
        later!("Speak Chinese in the window."),
        &[],
        || Action::SetLanguage(Language::Chinese),
        always,
    ),
    elsewhere(
        later!("Reset layout"),
        later!("Put all panels back where they are at first."),
        &[],
        || Action::ResetLayout,
        always,
    ),
];

/// The row with this label.
pub fn command(label: &str) -> Option<&'static UserCommand> {
    COMMANDS.iter().find(|row| row.label == label)
}

/// Keys of the first panels, in the order of PANELS.
const PANEL_KEYS: [Key; 9] =
    [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9];

/// What brings the panel with this id to the front.
pub fn panel_shortcut(id: &str) -> Option<KeyboardShortcut> {
    let position = PANELS.iter().position(|panel| panel.id == id)?;
    PANEL_KEYS.get(position).map(|key| ctrl(*key))
}

/// A help text with its shortcut behind it.
pub fn with_shortcut(ctx: &egui::Context, help: &str, shortcut: Option<&KeyboardShortcut>) -> String {
    match shortcut {
        Some(shortcut) => format!("{help} ({})", ctx.format_shortcut(shortcut)),
        None => help.to_owned(),
    }
}

/// An entry of a menu: label, shortcut, help. Closes the menu when it is clicked.
pub fn menu_item(ui: &mut egui::Ui, cx: &mut Cx<'_>, label: &str) {
    let Some(row) = command(label) else { return };
    let mut button = egui::Button::new(tr_dynamic(row.label));
    if let Some(shortcut) = row.shortcuts.first() {
        button = button.shortcut_text(ui.ctx().format_shortcut(shortcut));
    }
    let response = ui.add_enabled((row.possible)(cx.state), button).on_hover_text(tr_dynamic(row.help));
    if response.clicked() {
        cx.act((row.action)());
        ui.close();
    }
}

/// What the keys pressed ask for. While a text is being edited, undo, redo and plain keys are its.
pub fn from_keyboard(ctx: &egui::Context, state: &State) -> Vec<Action> {
    let typing = ctx.text_edit_focused();
    let for_text = |shortcut: &KeyboardShortcut| {
        let plain = shortcut.modifiers.is_none() || shortcut.modifiers == Modifiers::SHIFT;
        let printable = !shortcut.logical_key.name().starts_with('F') || shortcut.logical_key == Key::F;
        (plain && printable) || matches!(shortcut.logical_key, Key::Z | Key::Y)
    };
    let pressed = |shortcut: &KeyboardShortcut| {
        !(typing && for_text(shortcut)) && ctx.input_mut(|i| i.consume_shortcut(shortcut))
    };
    let mut actions = Vec::new();
    // Those with more modifiers first: egui lets Ctrl+Shift+Z pass for Ctrl+Z.
    let mut rows: Vec<(&KeyboardShortcut, &UserCommand)> =
        COMMANDS.iter().flat_map(|row| row.shortcuts.iter().map(move |s| (s, row))).collect();
    rows.sort_by_key(|(shortcut, _)| !shortcut.modifiers.shift);
    for (shortcut, row) in rows {
        if (row.possible)(state) && pressed(shortcut) {
            actions.push((row.action)());
        }
    }
    for panel in PANELS {
        if panel_shortcut(panel.id).is_some_and(|shortcut| pressed(&shortcut)) {
            actions.push(Action::ShowPanel(panel.id));
        }
    }
    actions
}
