//! The window: `logic` drains the workers, applies actions and performs effects;
//! `ui` paints and collects actions.

use super::commands::COMMANDS;
use super::dock::Dock;
use super::panels::Cx;
use super::thumbnails::Thumbnails;
use super::{theme, top_bar};
use crate::app::{Action, Effect, State, update};
use eframe::egui;
use std::path::PathBuf;

/// Where the window keeps things and what it opens.
#[derive(Clone, Debug)]
pub struct ShellOptions {
    /// Preferences and layout.
    pub config_folder: PathBuf,
    /// Run folders.
    pub runs_folder: PathBuf,
    /// Data or a run to open; `None` goes on as last time.
    pub initial: Option<String>,
}

impl ShellOptions {
    /// The folders of this user: `ATTENTIVE_CONFIG`, or what the system says. `None` without a home.
    pub fn standard(initial: Option<String>) -> Option<Self> {
        let project = directories::ProjectDirs::from("", "", "Attentive");
        let config_folder = match std::env::var_os("ATTENTIVE_CONFIG") {
            Some(folder) if !folder.is_empty() => PathBuf::from(folder),
            _ => project.as_ref()?.config_dir().to_owned(),
        };
        Some(Self { runs_folder: PathBuf::from("runs"), config_folder, initial })
    }
}

/// The window.
pub struct Shell {
    state: State,
    dock: Dock,
    thumbnails: Thumbnails,
    pending: Vec<Action>,
}

impl Shell {
    /// Sets up the window's look and starts its workers.
    pub fn new(cc: &eframe::CreationContext<'_>, options: ShellOptions) -> Self {
        theme::install(&cc.egui_ctx);
        let layout = cc.storage.and_then(|s| eframe::get_value(s, "layout"));
        let state = State { runs_folder: options.runs_folder, ..State::default() };
        Self {
            state,
            dock: Dock::with_layout(layout),
            thumbnails: Thumbnails::default(),
            pending: vec![Action::OpenData(options.initial.unwrap_or("builtin:fashion".to_owned()))],
        }
    }

    /// What is shown.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Wishes something, as a click would; applied with the next frame.
    pub fn act(&mut self, action: Action) {
        self.pending.push(action);
    }

    fn perform(&mut self, ctx: &egui::Context, effect: Effect) {
        match effect {
            Effect::ShowPanel(id) => self.dock.show_panel(id),
            other => {
                let _ = (ctx, other);
            }
        }
    }
}

impl eframe::App for Shell {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.thumbnails.begin_frame();
        for action in std::mem::take(&mut self.pending) {
            for effect in update(&mut self.state, action) {
                self.perform(ctx, effect);
            }
        }
        ctx.set_theme(theme::preference(self.state.theme));
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let mut cx = Cx { state: &self.state, actions: &mut self.pending, thumbnails: &mut self.thumbnails };
        for command in COMMANDS {
            if (command.possible)(cx.state) && ui.input_mut(|i| i.consume_shortcut(&command.shortcut)) {
                cx.act((command.action)());
            }
        }
        let palette = theme::Palette::of(ui.visuals());
        let bar = egui::Frame::new().fill(palette.ground).inner_margin(egui::Margin::symmetric(12, 0));
        egui::Panel::top("top bar").exact_size(44.0).show_separator_line(false).frame(bar).show(ui, |ui| {
            top_bar::ui(ui, &mut cx);
        });
        let ground = egui::Frame::new().fill(palette.ground);
        egui::CentralPanel::default().frame(ground).show(ui, |ui| self.dock.ui(ui, &mut cx));
        if !self.pending.is_empty() {
            ui.ctx().request_repaint();
        }
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        eframe::set_value(storage, "layout", self.dock.layout());
    }
}
