//! What a person can do from anywhere: text, help, shortcut, and when it is possible,
//! in one table. The top bar and the keyboard both read it.

use crate::app::{Action, Activity, State};
use eframe::egui::{Key, KeyboardShortcut, Modifiers};

/// One command.
pub struct UserCommand {
    /// On the button.
    pub label: &'static str,
    /// What it does, for the tooltip.
    pub help: &'static str,
    /// From the keyboard.
    pub shortcut: KeyboardShortcut,
    /// The action.
    pub action: fn() -> Action,
    /// Whether it makes sense now; the button is hidden or grey otherwise.
    pub possible: fn(&State) -> bool,
}

const fn key(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::NONE, key)
}

fn running(state: &State) -> bool {
    matches!(state.activity, Activity::Running(_))
}

fn paused(state: &State) -> bool {
    running(state) && state.live_run().is_some_and(|r| r.paused)
}

/// All commands, in the order of the top bar.
pub static COMMANDS: &[UserCommand] = &[
    UserCommand {
        label: "Train",
        help: "Start training on the open data with the settings shown.",
        shortcut: key(Key::F5),
        action: || Action::Train,
        possible: |s| s.why_not_train().is_none(),
    },
    UserCommand {
        label: "Pause",
        help: "Stand still after the current step. The model stays ready for Try it.",
        shortcut: key(Key::F6),
        action: || Action::Pause,
        possible: |s| running(s) && !paused(s),
    },
    UserCommand {
        label: "Resume",
        help: "Go on training from where it stands.",
        shortcut: key(Key::F7),
        action: || Action::Resume,
        possible: paused,
    },
    UserCommand {
        label: "Step",
        help: "One update of the weights, then stand still.",
        shortcut: key(Key::F8),
        action: || Action::OneStep,
        possible: running,
    },
    UserCommand {
        label: "Evaluate now",
        help: "Evaluate the validation samples now and refresh the predictions.",
        shortcut: key(Key::F9),
        action: || Action::EvaluateNow,
        possible: running,
    },
    UserCommand {
        label: "Save now",
        help: "Save a checkpoint of the weights now.",
        shortcut: KeyboardShortcut::new(Modifiers::COMMAND, Key::S),
        action: || Action::SaveNow,
        possible: running,
    },
    UserCommand {
        label: "Stop",
        help: "End the run: halt within one step, save, evaluate. A second Stop skips that.",
        shortcut: KeyboardShortcut::new(Modifiers::SHIFT, Key::F5),
        action: || Action::Stop,
        possible: |s| s.activity != Activity::Idle,
    },
];
