//! Tests of the window: the real shell with its workers, driven by labels as a person would.

mod comfort;
mod flow;
mod following;
mod forking;
mod preview;
mod resume;
mod run_files;
mod trouble;

use attentive::app::{Action, Activity, State, Theme};
use attentive::config::Value;
use attentive::language::Language;
use attentive::ui::panels::{Cx, PANELS, panel};
use attentive::ui::{COMMANDS, Shell, ShellOptions, Thumbnails};
use egui_kittest::kittest::{NodeT, Queryable};
use egui_kittest::{Harness, Node};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

/// Longest wait for a worker before the next frame is drawn anyway.
const WAIT: Duration = Duration::from_millis(100);
/// Frames before a condition counts as never met: at least a minute of waiting.
const FRAMES: usize = 1200;

/// The window, and a channel on which workers say that they have something to report.
struct Window {
    harness: Harness<'static, Shell>,
    woken: Receiver<()>,
}

impl Window {
    /// Starts the program with its folders under `home`.
    fn start(home: &Path, initial: Option<&str>) -> Self {
        Self::start_with(home, initial, |_| ())
    }

    /// As `start`, with other options.
    fn start_with(home: &Path, initial: Option<&str>, change: impl FnOnce(&mut ShellOptions)) -> Self {
        let mut options = ShellOptions {
            config_folder: home.join("config"),
            runs_folder: home.join("runs"),
            initial: initial.map(str::to_owned),
            language: Language::English,
            tour: false,
            free_memory: None,
        };
        change(&mut options);
        let (wake, woken) = sync_channel(1);
        let waker = Arc::new(move || {
            // A full channel already says what this would say.
            let _ = wake.try_send(());
        });
        let harness = Harness::builder()
            .with_size(eframe::egui::vec2(1280.0, 800.0))
            // Tests run without the system's fonts.
            .allow_missing_glyphs()
            .build_eframe(move |cc| Shell::with_waker(cc, options, waker));
        Self { harness, woken }
    }

    fn state(&self) -> &State {
        self.harness.state().state()
    }

    fn act(&mut self, action: Action) {
        self.harness.state_mut().act(action);
        self.harness.step();
    }

    /// Draws frames until the condition holds; between frames the thread waits for a worker.
    #[track_caller]
    fn until(&mut self, what: &str, condition: impl Fn(&State) -> bool) {
        for _ in 0..FRAMES {
            self.harness.step();
            if condition(self.state()) {
                return;
            }
            let _ = self.woken.recv_timeout(WAIT);
        }
        let log: Vec<&str> = self.state().log.iter().map(|line| line.text.as_str()).collect();
        panic!("never came: {what}; {:?}; log: {log:#?}", self.state().activity);
    }

    /// Clicks what has this label, and draws what follows.
    #[track_caller]
    fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.harness.run_steps(3);
    }

    #[track_caller]
    fn input<'a>(&'a self, label: &'a str) -> Node<'a> {
        let nodes = self.harness.get_all_by_label(label);
        let mut inputs = nodes.filter(|n| n.accesskit_node().role() != eframe::egui::Role::Label);
        inputs.next().unwrap_or_else(|| panic!("no input is called {label}"))
    }

    fn shows(&self, text: &str) -> bool {
        self.harness.query_all_by_label_contains(text).next().is_some()
    }

    /// Types a value into a field, which may have to be scrolled to, and leaves it.
    fn enter(&mut self, label: &str, text: &str) {
        self.input(label).scroll_to_me();
        self.harness.run_steps(10);
        self.input(label).click();
        self.harness.run_steps(2);
        self.harness.key_press_modifiers(eframe::egui::Modifiers::COMMAND, eframe::egui::Key::A);
        self.harness.run_steps(1);
        self.harness.event(eframe::egui::Event::Text(text.to_owned()));
        self.harness.run_steps(1);
        self.harness.key_press(eframe::egui::Key::Enter);
        self.harness.run_steps(3);
    }
}

fn home() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

#[test]
fn the_first_launch_shows_the_built_in_data_and_train_can_be_pressed() {
    let home = home();
    let mut window = Window::start(home.path(), None);
    window.until("the built-in data", |s| s.data.is_some() && s.opening.is_none());
    window.harness.run_steps(2);
    assert_eq!(window.state().config.data.source, "builtin:fashion");
    assert_eq!(window.state().why_not_train(), None);
    for panel in PANELS {
        assert!(window.harness.query_by_label(panel.title).is_some(), "the {} panel has a tab", panel.title);
    }
    assert!(!window.harness.get_by_label("Train").accesskit_node().is_disabled());
    assert!(window.harness.get_by_label("Stop").accesskit_node().is_disabled());
    assert!(window.shows("Ankle boot"), "the class histogram");
    assert!(window.shows("Sample 0"), "thumbnails");
    window.harness.run_steps(30);
    assert!(window.harness.try_run().is_ok(), "an idle window asks for no more frames");
}

#[test]
fn a_sample_opens_in_detail_and_the_histogram_filters() {
    let home = home();
    let mut window = Window::start(home.path(), None);
    window.until("the built-in data", |s| s.data.is_some() && s.opening.is_none());
    window.harness.run_steps(2);
    let label = window
        .harness
        .query_all_by_label_contains("Sample 0:")
        .next()
        .and_then(|node| node.accesskit_node().label())
        .expect("the first thumbnail");
    window.click(&label);
    assert_eq!(window.state().selected_sample, Some(0));
    assert!(window.shows("sample 0"));
    window.click("Close");
    assert_eq!(window.state().selected_sample, None);

    let bar = "Bag: 1\u{a0}200";
    window.click(bar);
    assert!(!window.shows(": Ankle boot"), "only bags are left");
    assert!(window.shows(": Bag"));
    window.click(bar);
    assert!(window.shows(": Ankle boot"), "the same click shows all again");
}

#[test]
fn a_setting_out_of_range_is_explained_beside_it_and_reset_brings_the_usual_value() {
    let home = home();
    let mut window = Window::start(home.path(), None);
    window.until("the built-in data", |s| s.data.is_some() && s.opening.is_none());
    window.harness.run_steps(2);
    window.click("Settings");
    let usual = window.state().config.train.epochs;
    window.enter("Epochs", "7");
    assert_eq!(window.state().config.train.epochs, 7);
    window.enter("Epochs", "0");
    assert_eq!(window.state().config.train.epochs, 7, "the last good value stays");
    assert!(window.shows("train.epochs = 0 is out of range"), "the message stands in the panel");
    assert!(window.harness.get_by_label("Train").accesskit_node().is_disabled());
    window.click("Reset epochs");
    assert_eq!(window.state().config.train.epochs, usual);
    assert!(!window.shows("out of range"));

    window.enter("Heads", "5");
    assert!(window.shows("cannot be divided among 5 heads"));
    window.click("Use the recipe for Fashion");
    assert_eq!(window.state().problems, []);
}

#[test]
fn settings_show_only_what_matters_for_the_data() {
    let home = home();
    let mut window = Window::start(home.path(), None);
    window.until("the built-in data", |s| s.data.is_some() && s.opening.is_none());
    window.harness.run_steps(2);
    window.click("Settings");
    assert!(window.shows("Patch") && !window.shows("Tokenizer"));
    window.act(Action::OpenData("builtin:helpdesk".to_owned()));
    window.until("the text data", |s| s.config.data.source == "builtin:helpdesk");
    window.harness.run_steps(2);
    assert!(!window.shows("Patch") && window.shows("Tokenizer"));
}

#[test]
fn a_path_that_cannot_be_opened_is_explained_in_the_data_panel() {
    let home = home();
    let mut window = Window::start(home.path(), None);
    window.until("the built-in data", |s| s.data.is_some() && s.opening.is_none());
    window.harness.run_steps(2);
    window.click("Open other data");
    window.harness.run_steps(20);
    let path = home.path().join("missing.csv");
    window.enter("Path of a file or folder", &path.to_string_lossy());
    window.until("the refusal", |s| s.open_error.is_some());
    window.harness.run_steps(2);
    assert!(window.shows("This could not be opened"));
    assert!(window.shows("missing.csv"), "the message names the path");
    assert_eq!(window.state().config.data.source, "builtin:fashion", "what was open stays open");
}

#[test]
fn preferences_are_kept_and_a_damaged_file_is_set_aside() {
    let home = home();
    let mut window = Window::start(home.path(), None);
    window.until("the built-in data", |s| s.data.is_some() && s.opening.is_none());
    window.harness.run_steps(2);
    window.act(Action::SetTheme(Theme::Light));
    window.act(Action::Set("train.learning_rate", Value::Float(0.004)));
    let mut shell = window.harness.into_state();
    eframe::App::on_exit(&mut shell, None);
    drop(shell);

    let mut again = Window::start(home.path(), None);
    again.until("the data of last time", |s| s.data.is_some());
    assert_eq!(again.state().theme, Theme::Light);
    assert_eq!(again.state().config.train.learning_rate, 0.004);
    drop(again);

    let file = home.path().join("config").join("settings.toml");
    std::fs::write(&file, "[train]\nepochs = \"many\"\n").expect("writable");
    let mut damaged = Window::start(home.path(), None);
    damaged.until("the first data", |s| s.data.is_some());
    damaged.harness.run_steps(2);
    assert!(
        damaged.shows("settings.toml") && damaged.shows("train.epochs"),
        "the notice says what was wrong"
    );
    assert!(home.path().join("config").join("settings.toml.bad").is_file(), "nothing is lost");
    damaged.click("Dismiss");
    assert!(damaged.state().notice.is_none());
    assert_eq!(damaged.state().theme, Theme::Light, "the other file is not touched");
    drop(damaged);

    let file = home.path().join("config").join("layout.json");
    let whole = std::fs::read_to_string(&file).expect("kept");
    std::fs::write(&file, &whole[..whole.len() / 2]).expect("writable");
    let mut torn = Window::start(home.path(), None);
    torn.until("the first data", |s| s.data.is_some());
    torn.harness.run_steps(2);
    assert!(torn.shows("layout.json") && torn.shows("defaults are used"));
    let aside = home.path().join("config").join("layout.json.bad");
    assert_eq!(std::fs::read_to_string(aside).expect("nothing is lost"), &whole[..whole.len() / 2]);
    assert!(torn.harness.query_by_label("Curves").is_some(), "the panels are where they are at first");
}

/// What eframe keeps of a window, as far as the shell asks for it.
struct Kept(String);

impl eframe::Storage for Kept {
    fn get_string(&self, key: &str) -> Option<String> {
        (key == "window").then(|| self.0.clone())
    }
    fn set_string(&mut self, _: &str, _: String) {}
    fn remove_string(&mut self, _: &str) {}
    fn flush(&mut self) {}
}

#[test]
fn the_windows_place_is_written_whole_and_a_damaged_one_is_set_aside() {
    let home = home();
    let file = home.path().join("config").join("window-place.json");
    let mut window = Window::start(home.path(), None);
    window.until("the first data", |s| s.data.is_some());
    let mut kept = Kept("(inner_size_points:Some((x:1100.0,y:700.0)))".to_owned());
    eframe::App::save(window.harness.state_mut(), &mut kept);
    let whole = std::fs::read(&file).expect("kept");
    // A place that cannot be written leaves what was there, and is told.
    let aside = home.path().join("config").join(".window-place.json.writing");
    std::fs::create_dir(&aside).expect("a folder in the way");
    kept.0 = kept.0.replace("1100", "900");
    eframe::App::save(window.harness.state_mut(), &mut kept);
    assert!(std::fs::read(&file).expect("kept") == whole);
    window.harness.run_steps(2);
    assert!(window.shows("preferences cannot be saved"));
    std::fs::remove_dir(&aside).expect("removes");
    eframe::App::save(window.harness.state_mut(), &mut kept);
    let whole = std::fs::read(&file).expect("kept");
    assert!(String::from_utf8_lossy(&whole).contains("900.0"));
    drop(window);

    let bad = home.path().join("config").join("window-place.json.bad");
    let again = Window::start(home.path(), None);
    assert!(file.is_file() && !bad.exists(), "what is whole stays");
    drop(again);
    // Torn, and with another number: no part of it is used.
    let other = String::from_utf8_lossy(&whole).replace("900.0", "901.0").into_bytes();
    for damaged in [&whole[..whole.len() / 2], &other[..]] {
        std::fs::write(&file, damaged).expect("writable");
        let mut window = Window::start(home.path(), None);
        window.until("the first data", |s| s.data.is_some());
        window.harness.run_steps(2);
        assert!(window.shows("window-place.json") && window.shows("defaults are used"));
        assert!(std::fs::read(&bad).expect("nothing is lost") == damaged && !file.exists());
    }
}

#[test]
fn settings_that_are_gone_leave_the_usual_ones_and_nothing_to_tell() {
    let home = home();
    let mut window = Window::start(home.path(), None);
    window.until("the first data", |s| s.data.is_some());
    window.act(Action::Set("train.learning_rate", Value::Float(0.004)));
    // Gone while the window is open: written again with the next change, folder and all.
    std::fs::remove_dir_all(home.path().join("config")).unwrap_or_default();
    window.act(Action::Set("train.learning_rate", Value::Float(0.005)));
    let mut shell = window.harness.into_state();
    eframe::App::on_exit(&mut shell, None);
    drop(shell);
    assert!(home.path().join("config").join("settings.toml").is_file());
    std::fs::remove_dir_all(home.path().join("config")).expect("removes");
    let mut again = Window::start(home.path(), None);
    again.until("the first data", |s| s.data.is_some());
    assert_ne!(again.state().config.train.learning_rate, 0.005);
    assert!(again.state().notice.is_none());
}

#[test]
fn every_panel_draws_an_empty_state_in_words() {
    for row in PANELS {
        let state = State::default();
        let mut view = (row.view)();
        let mut thumbnails = Thumbnails::default();
        let mut harness =
            Harness::builder().with_size(eframe::egui::vec2(420.0, 500.0)).build_ui(move |ui| {
                let mut actions = Vec::new();
                thumbnails.begin_frame();
                view.ui(ui, &mut Cx { state: &state, actions: &mut actions, thumbnails: &mut thumbnails });
                assert!(actions.is_empty(), "a panel wishes nothing by itself");
            });
        harness.run_steps(2);
        let words = harness.root().children_recursive().any(|node| {
            let node = node.accesskit_node();
            node.label().or_else(|| node.value()).is_some_and(|text| text.len() > 3)
        });
        assert!(words, "{} says something", row.title);
    }
    assert!(panel("no such panel").is_none());
}

#[test]
fn panels_and_commands_have_distinct_names_and_shortcuts_and_explain_themselves() {
    for (index, row) in PANELS.iter().enumerate() {
        assert!(row.help.ends_with('.') && row.help.len() > 20, "{}: {}", row.title, row.help);
        assert!(PANELS[index + 1..].iter().all(|other| other.id != row.id && other.title != row.title));
    }
    for (index, row) in COMMANDS.iter().enumerate() {
        assert!(row.help.ends_with('.') && row.help.len() > 15, "{}: {}", row.label, row.help);
        let clash = COMMANDS[index + 1..]
            .iter()
            .find(|other| other.shortcuts.iter().any(|shortcut| row.shortcuts.contains(shortcut)));
        assert!(clash.is_none(), "{} and {:?} share a shortcut", row.label, clash.map(|c| c.label));
        let idle = State::default();
        assert!(!row.in_bar || !(row.possible)(&idle), "{} is not possible without data", row.label);
    }
    assert_eq!(State::default().activity, Activity::Idle);
}
