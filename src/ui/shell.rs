//! The window: `logic` drains the workers, applies actions and performs effects;
//! `ui` paints and collects actions. Nothing else changes State.

use super::dock::Dock;
use super::errands::Errands;
use super::palette::Palette;
use super::panels::Cx;
use super::preferences::{self, KeptOverlay, Preferences};
use super::thumbnails::Thumbnails;
use super::toasts::Toasts;
use super::workers::{Waker, Workers, trainers_waker, waker};
use super::{
    commands, fonts, fork_dialog, launch, leaving, notice_bar, shortcut_sheet, theme, top_bar, tour,
};
use crate::app::{Action, Effect, Public, State, recipe, update};
use crate::data::catalogue::{PREFIX, default_datasets_folder};
use crate::language::{Language, speak, tr};
use crate::runs::{Level, default_runs_folder, is_run};
use eframe::egui;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

/// Time for reports of the workers in one frame.
const DRAIN_BUDGET: Duration = Duration::from_millis(3);
/// Preferences are written at most this often.
const SAVE_EVERY: Duration = Duration::from_secs(1);
/// What opens at the first start.
const FIRST_DATA: &str = "builtin:fashion";

/// Where the window keeps things and what it opens.
#[derive(Clone, Debug)]
pub struct ShellOptions {
    /// Preferences and layout.
    pub config_folder: PathBuf,
    /// Run folders.
    pub runs_folder: PathBuf,
    /// Data or a run to open; `None` goes on as last time.
    pub initial: Option<String>,
    /// What the window speaks until the person chooses.
    pub language: Language,
    /// Whether the tour comes by itself until it was seen.
    pub tour: bool,
    /// Bytes of memory that count as free; `None` asks the system.
    pub free_memory: Option<u64>,
}

impl ShellOptions {
    /// The folders of this user: `ATTENTIVE_CONFIG` and `ATTENTIVE_RUNS`, or what the
    /// system says. `None` without a home.
    pub fn standard(initial: Option<String>) -> Option<Self> {
        let config_folder = match std::env::var_os("ATTENTIVE_CONFIG") {
            Some(folder) if !folder.is_empty() => PathBuf::from(folder),
            _ => directories::ProjectDirs::from("", "", "Attentive")?.config_dir().to_owned(),
        };
        Some(Self {
            runs_folder: default_runs_folder(),
            config_folder,
            initial,
            language: system_language(),
            tour: true,
            free_memory: None,
        })
    }
}

/// The language of the system's locale, by the variables that POSIX names, the strongest first.
fn system_language() -> Language {
    let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set);
    locale.map_or(Language::default(), |locale| Language::of_locale(&locale))
}

/// The window.
pub struct Shell {
    state: State,
    dock: Dock,
    thumbnails: Thumbnails,
    glyphs: fonts::GlyphCheck,
    /// Wishes since the last `logic`.
    pending: Vec<Action>,
    config_folder: PathBuf,
    /// When preferences were last written, and whether they changed since.
    saved: (Instant, bool),
    palette: Palette,
    sheet: shortcut_sheet::Sheet,
    toasts: Toasts,
    /// Whether the clipboard's text was asked for and has not come yet.
    awaits_paste: bool,
    errands: Errands,
    /// Whether a signal closes the window.
    leaves: bool,
    /// Called once, after the first picture.
    first_frame: Option<fn()>,
    /// Whether a picture was made.
    painted: bool,
    // Dropped last: stopping the workers may take as long as one training step.
    workers: Workers,
}

impl Shell {
    /// Sets up the window's look, reads preferences, starts the workers and opens data.
    pub fn new(cc: &eframe::CreationContext<'_>, options: ShellOptions) -> Self {
        Self::with_wakers(cc, options, &waker(cc), &trainers_waker(cc))
    }

    /// As [`Shell::new`], with a closure that workers call when they have something to say.
    pub fn with_waker(cc: &eframe::CreationContext<'_>, options: ShellOptions, waker: Waker) -> Self {
        Self::with_wakers(cc, options, &waker, &waker)
    }

    fn with_wakers(
        cc: &eframe::CreationContext<'_>,
        options: ShellOptions,
        waker: &Waker,
        trainers: &Waker,
    ) -> Self {
        theme::install(&cc.egui_ctx);
        speak(options.language);
        let (kept, mut notices) = preferences::read(&options.config_folder);
        let layout = preferences::read_layout(&options.config_folder, &mut notices);
        // Launching has used it already; what is damaged is set aside and told here.
        let _ = preferences::read_place(&options.config_folder, &mut notices);
        let first = kept.config.is_none();
        let config = kept.config.or_else(|| recipe(FIRST_DATA).cloned()).unwrap_or_default();
        let mut pending: Vec<Action> =
            notices.into_iter().map(|text| Action::Tell(Level::Warning, text)).collect();
        pending.push(Action::RefreshRuns);
        pending.push(match options.initial {
            Some(initial) => open(initial),
            None if first => Action::OpenData(FIRST_DATA.to_owned()),
            None => Action::OpenData(config.data.source.clone()),
        });
        for KeptOverlay { folder, color } in kept.overlays {
            pending.push(Action::Overlay(folder.clone(), true));
            pending.extend(color.map(|color| Action::OverlayColor(folder, color)));
        }
        let state = State {
            config,
            theme: kept.theme,
            language: kept.language.unwrap_or(options.language),
            zoom: kept.zoom,
            recent: kept.recent,
            tour: (options.tour && !kept.tour_seen).then_some(0),
            tour_seen: kept.tour_seen,
            runs_folder: options.runs_folder,
            settings_folder: options.config_folder.join("configs"),
            public: Public { folder: default_datasets_folder(), ..Public::default() },
            ..State::default()
        };
        let errands = Errands::new(waker.clone());
        errands.list_public(state.public.folder.clone());
        Self {
            state,
            dock: Dock::with_layout(layout),
            thumbnails: Thumbnails::default(),
            glyphs: fonts::GlyphCheck::default(),
            pending,
            config_folder: options.config_folder,
            saved: (Instant::now(), false),
            palette: Palette::default(),
            sheet: shortcut_sheet::Sheet::default(),
            toasts: Toasts::default(),
            awaits_paste: false,
            errands,
            leaves: false,
            first_frame: None,
            painted: false,
            workers: Workers::start(waker, trainers, options.free_memory),
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

    /// What to call when the first picture has been handed to the screen.
    pub fn tell_first_frame(&mut self, tell: Option<fn()>) {
        self.first_frame = tell;
    }

    fn perform(&mut self, ctx: &egui::Context, effect: Effect) {
        match effect {
            Effect::Trainer(command) => self.workers.tell_trainer(command),
            Effect::Reader(command) => self.workers.tell_reader(command),
            Effect::Checker(command) => self.workers.tell_checker(command),
            Effect::Fetcher(command) => self.workers.tell_fetcher(command),
            Effect::ListPublic => self.errands.list_public(self.state.public.folder.clone()),
            Effect::PickFile => self.errands.pick_file(),
            Effect::PickFolder => self.errands.pick_folder(),
            Effect::PickPicture => self.errands.pick_picture(),
            Effect::ReadPicture(path) => self.errands.read_picture(path),
            Effect::ListRuns => self.errands.list_runs(self.state.runs_folder.clone()),
            Effect::LoadRun(folder) => self.errands.load_run(folder),
            Effect::StopFollowing => self.errands.stop_following(),
            Effect::ShowPanel(id) => self.dock.show_panel(id),
            Effect::ResetLayout => self.dock.reset(),
            Effect::OpenPalette => self.palette.open(),
            Effect::OpenShortcuts => self.sheet.open = !self.sheet.open,
            Effect::CopyText(text) => ctx.copy_text(text),
            Effect::AskPaste => {
                self.awaits_paste = true;
                ctx.send_viewport_cmd(egui::ViewportCommand::RequestPaste);
            }
            Effect::WriteSettings(path, text, replace) => self.errands.write_settings(path, text, replace),
            Effect::ReadSettings(path) => self.errands.read_settings(path),
            Effect::ListSettings => self.errands.list_settings(self.state.settings_folder.clone()),
            Effect::PickSettingsFile(wanted) => {
                self.errands.pick_settings_file(wanted, self.state.settings_folder.clone());
            }
            Effect::SavePreferences => self.saved.1 = true,
            effect @ (Effect::PickExport(_)
            | Effect::PickElsewhere { .. }
            | Effect::Export(_)
            | Effect::ReadComparison(_)
            | Effect::ReadOverlay(_)
            | Effect::ReadForkable(_)
            | Effect::WriteNotes(..)
            | Effect::DeleteRun(_)
            | Effect::RestoreRun(..)
            | Effect::EmptyTrash
            | Effect::ShowFolder(_)) => self.errands.run_files(effect, &self.state),
        }
    }

    fn save_layout(&mut self) {
        if let Err(reason) = preferences::write_layout(&self.config_folder, self.dock.layout()) {
            self.pending.push(Action::Tell(Level::Warning, reason));
        }
    }

    /// Writes preferences if they changed and the last time is long enough ago, or at once.
    fn save_preferences(&mut self, ctx: &egui::Context, at_once: bool) {
        let (last, changed) = self.saved;
        if !changed {
            return;
        }
        let wait = SAVE_EVERY.saturating_sub(last.elapsed());
        if !at_once && !wait.is_zero() {
            ctx.request_repaint_after(wait);
            return;
        }
        self.saved = (Instant::now(), false);
        let kept = Preferences {
            config: Some(self.state.config.clone()),
            theme: self.state.theme,
            language: Some(self.state.language),
            overlays: self
                .state
                .overlays
                .iter()
                .map(|o| KeptOverlay { folder: o.folder.clone(), color: o.color })
                .collect(),
            zoom: self.state.zoom,
            tour_seen: self.state.tour_seen,
            recent: self.state.recent.clone(),
        };
        if let Err(reason) = preferences::write(&self.config_folder, &kept) {
            self.pending.push(Action::Tell(Level::Warning, reason));
        }
    }
}

/// What a path or name given from outside is: a run folder or data. Relative paths are taken
/// from the working folder, so that they still hold at the next start.
fn open(source: String) -> Action {
    let named = ["builtin:", PREFIX].iter().any(|prefix| source.trim().starts_with(prefix));
    if named || source.trim().is_empty() {
        return Action::OpenData(source);
    }
    let path = std::path::absolute(source.trim()).unwrap_or_else(|_| PathBuf::from(source.trim()));
    if is_run(&path) { Action::OpenRun(path) } else { Action::OpenData(path.to_string_lossy().into_owned()) }
}

impl eframe::App for Shell {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        speak(self.state.language);
        if self.painted
            && let Some(tell) = self.first_frame.take()
        {
            tell();
        }
        self.thumbnails.begin_frame();
        self.state.now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.as_secs());
        if leaving::was_asked() && !std::mem::replace(&mut self.leaves, true) {
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        }
        let mut actions = std::mem::take(&mut self.pending);
        self.errands.drain(&mut actions);
        let more = self.workers.drain(&mut actions, DRAIN_BUDGET);
        for action in actions {
            let action = match action {
                Action::OpenData(source) => open(source),
                Action::Dropped(paths) => match paths.as_slice() {
                    [path] if is_run(path) => Action::OpenRun(path.clone()),
                    _ => Action::Dropped(paths),
                },
                other => other,
            };
            for effect in update(&mut self.state, action) {
                self.perform(ctx, effect);
            }
        }
        if self.workers.flush(&mut self.pending) || more {
            ctx.request_repaint_after(Duration::from_millis(16));
        }
        ctx.set_theme(theme::preference(self.state.theme));
        ctx.set_zoom_factor(self.state.zoom.percent() as f32 / 100.0);
        self.save_preferences(ctx, false);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        speak(self.state.language);
        self.glyphs.look(ui, &self.state, &mut self.pending);
        let mut cx = Cx { state: &self.state, actions: &mut self.pending, thumbnails: &mut self.thumbnails };
        if self.awaits_paste
            && let Some(text) = take_pasted(ui)
        {
            self.awaits_paste = false;
            cx.act(Action::SettingsPasted(text));
        }
        if !self.palette.is_open() {
            for action in commands::from_keyboard(ui.ctx(), cx.state) {
                cx.act(action);
            }
        }
        let dropped: Vec<PathBuf> =
            ui.input(|i| i.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect());
        if !dropped.is_empty() {
            cx.act(Action::Dropped(dropped));
        }
        let palette = theme::Palette::of(ui.visuals());
        let bar = egui::Frame::new().fill(palette.ground).inner_margin(egui::Margin::symmetric(12, 0));
        egui::Panel::top("top bar").exact_size(46.0).show_separator_line(false).frame(bar).show(ui, |ui| {
            top_bar::ui(ui, &mut cx);
        });
        if notice_bar::is_needed(cx.state) {
            egui::Panel::top("notice").show_separator_line(false).frame(notice_bar::frame(ui)).show(
                ui,
                |ui| {
                    notice_bar::ui(ui, &mut cx);
                },
            );
        }
        let ground = egui::Frame::new().fill(palette.ground);
        egui::CentralPanel::default().frame(ground).show(ui, |ui| self.dock.ui(ui, &mut cx));
        drop_hint(ui);
        self.toasts.ui(ui, cx.state);
        tour::ui(ui, &mut cx);
        self.sheet.ui(ui);
        fork_dialog::ui(ui, &mut cx);
        self.palette.ui(ui, &mut cx);
        self.painted = true;
        if !self.pending.is_empty() || self.first_frame.is_some() {
            ui.ctx().request_repaint();
        }
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        self.save_layout();
        if let Some(window) = storage.get_string(launch::WINDOW_KEY)
            && let Err(reason) = preferences::write_place(&self.config_folder, window)
        {
            self.pending.push(Action::Tell(Level::Warning, reason));
        }
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.save_preferences(&egui::Context::default(), true);
        self.save_layout();
    }
}

/// The clipboard's text, which the system sends as if the person had pasted it; no field gets it.
fn take_pasted(ui: &egui::Ui) -> Option<String> {
    ui.input_mut(|input| {
        let at = input.events.iter().position(|event| matches!(event, egui::Event::Paste(_)))?;
        match input.events.remove(at) {
            egui::Event::Paste(text) => Some(text),
            _ => None,
        }
    })
}

/// While files hover over the window: what dropping them would do.
fn drop_hint(ui: &egui::Ui) {
    if ui.input(|i| i.raw.hovered_files.is_empty()) {
        return;
    }
    let palette = theme::Palette::of(ui.visuals());
    let layer = egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("drop hint"));
    let painter = ui.ctx().layer_painter(layer);
    let rect = ui.ctx().content_rect();
    painter.rect_filled(rect, 0.0, palette.ground.gamma_multiply(0.85));
    painter.rect_stroke(
        rect.shrink(12.0),
        8.0,
        egui::Stroke::new(2.0, palette.accent),
        egui::StrokeKind::Inside,
    );
    painter.text(
        rect.center(),
        egui::Align2::CENTER_CENTER,
        tr!("Drop data, a run folder, or a picture to try"),
        egui::FontId::proportional(20.0),
        palette.strong,
    );
}
