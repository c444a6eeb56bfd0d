//! The window as a whole: language, palette, shortcuts, undo, settings as TOML, tour, text size,
//! accessible names, and the whole way to training with keys alone.

use super::{Window, home};
use attentive::app::{Action, Activity, Recent, State};
use attentive::config::{SETTINGS, Value, to_toml};
use attentive::language::{Language, tr_dynamic};
use attentive::ui::COMMANDS;
use attentive::ui::panels::PANELS;
use eframe::egui::{Event, Key, Modifiers, OutputCommand, Role, ViewportId, accesskit};
use egui_kittest::kittest::{NodeT, Queryable};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const CTRL: Modifiers = Modifiers::COMMAND;

fn ready(home: &tempfile::TempDir) -> Window {
    let mut window = Window::start(home.path(), None);
    window.until("the built-in data", |s| s.data.is_some() && s.opening.is_none());
    window.harness.run_steps(2);
    window
}

impl Window {
    fn keys(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.harness.run_steps(3);
    }

    fn types(&mut self, text: &str) {
        self.harness.event(Event::Text(text.to_owned()));
        self.harness.run_steps(2);
    }

    /// Opens the palette, finds something and takes it.
    fn palette(&mut self, text: &str) {
        self.keys(CTRL, Key::K);
        self.types(text);
        self.keys(Modifiers::NONE, Key::Enter);
    }

    fn copied(&self) -> Option<String> {
        self.harness.output().platform_output.commands.iter().find_map(|command| match command {
            OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        })
    }

    fn epochs(&self) -> u64 {
        self.state().config.train.epochs
    }
}

/// After how long the last frame wishes for another; `MAX` when it wishes for none.
fn next_frame(window: &Window) -> Duration {
    window.harness.output().viewport_output[&ViewportId::ROOT].repaint_delay
}

#[test]
fn a_window_that_nobody_touches_asks_for_no_frame_not_even_for_a_cursor() {
    let home = home();
    let mut window = ready(&home);
    window.keys(CTRL, Key::K);
    assert!(window.harness.ctx.memory(|m| m.focused()).is_some(), "the cursor stands in the palette's field");
    // What still comes from the workers, toasts, and preferences that wait to be written by the
    // clock, end some time.
    let patience = Instant::now() + Duration::from_secs(30);
    while next_frame(&window) != Duration::MAX && Instant::now() < patience {
        window.harness.step();
    }
    assert!(
        next_frame(&window) == Duration::MAX,
        "another frame is wished for after {:?}",
        next_frame(&window)
    );
    // That this would be seen:
    window.harness.ctx.all_styles_mut(|style| style.visuals.text_cursor.blink = true);
    window.harness.run_steps(3);
    assert!(next_frame(&window) < Duration::from_secs(1));
}

#[test]
fn the_first_picture_is_told_once() {
    static TOLD: AtomicUsize = AtomicUsize::new(0);
    let home = home();
    let mut window = Window::start(home.path(), None);
    window.harness.state_mut().tell_first_frame(Some(|| {
        TOLD.fetch_add(1, Ordering::SeqCst);
    }));
    assert_eq!(TOLD.load(Ordering::SeqCst), 0);
    window.harness.run_steps(4);
    assert_eq!(TOLD.load(Ordering::SeqCst), 1);
}

#[test]
fn the_language_is_chosen_in_the_menu_and_kept() {
    let home = home();
    let mut window = ready(&home);
    window.click("View");
    window.click("中文");
    assert_eq!(window.state().language, Language::Chinese);
    for text in ["训练", "停止", "设置", "曲线", "混淆矩阵", "视图"] {
        assert!(window.harness.query_all_by_label(text).next().is_some(), "{text}");
    }
    assert!(window.harness.query_by_label("Settings").is_none());
    window.click("设置");
    for text in ["学习率", "批大小", "轮数"] {
        assert!(window.harness.query_all_by_label(text).next().is_some(), "{text}");
    }
    window.act(Action::Set("model.heads", Value::Int(5)));
    window.harness.run_steps(2);
    let mut shell = window.harness.into_state();
    eframe::App::on_exit(&mut shell, None);
    drop(shell);
    let again = ready(&home);
    assert_eq!(again.state().language, Language::Chinese);
    assert!(again.harness.query_all_by_label("训练").next().is_some());
}

#[test]
fn every_action_without_argument_is_a_command_and_every_command_in_the_palette() {
    let source = include_str!("../../../src/app/action.rs");
    let body = source.split("pub enum Action {").nth(1).and_then(|rest| rest.split("\n}").next());
    let names: Vec<&str> = body
        .expect("the enum")
        .lines()
        .map(str::trim)
        .filter_map(|line| line.strip_suffix(','))
        .filter(|name| name.chars().all(char::is_alphanumeric))
        .collect();
    assert!(names.contains(&"Train") && names.contains(&"Undo"), "{names:?}");
    let made: Vec<String> = COMMANDS.iter().map(|row| format!("{:?}", (row.action)())).collect();
    // Answers to what the window itself shows, or asks about first: they have their buttons there.
    let inside = ["EndTour", "ClearRecent", "EmptyTrash"];
    for name in names.iter().filter(|name| !inside.contains(name)) {
        assert!(made.iter().any(|made| made == name), "Action::{name} has no row in COMMANDS");
    }
}

#[test]
fn the_palette_finds_and_does_things_with_keys_alone() {
    let home = home();
    let mut window = ready(&home);
    window.palette("dark theme");
    assert_eq!(window.state().theme, attentive::app::Theme::Dark);
    window.palette("weight decay");
    window.harness.run_steps(10);
    let (key, _) = window.state().shown_setting.expect("a setting is shown");
    assert_eq!(key, "train.weight_decay");
    let field = window.input("Weight decay");
    assert!(field.accesskit_node().is_focused(), "the setting is ready to be typed over");
    window.palette("helpdesk");
    window.until("the text data", |s| s.config.data.source == "builtin:helpdesk");
    assert_eq!(window.state().recent.first(), Some(&Recent::Data("builtin:helpdesk".to_owned())));
    // Arrows choose, Escape leaves without doing anything.
    window.keys(CTRL | Modifiers::SHIFT, Key::P);
    assert!(window.shows("Train, command") || window.shows("Command palette, command"));
    window.keys(Modifiers::NONE, Key::ArrowDown);
    window.keys(Modifiers::NONE, Key::Escape);
    assert!(!window.shows("Command palette, command"));
    window.keys(CTRL, Key::K);
    window.types("zzqqxx");
    assert!(window.shows("Nothing matches"));
}

#[test]
fn settings_are_undone_and_redone_with_keys_and_live_ones_are_sent_again() {
    let home = home();
    let mut window = ready(&home);
    window.click("Settings");
    let before = window.epochs();
    window.enter("Epochs", "7");
    window.act(Action::Set("train.batch_size", Value::Int(48)));
    window.keys(CTRL, Key::Z);
    assert_eq!((window.epochs(), window.state().config.train.batch_size == 48), (7, false));
    window.keys(CTRL, Key::Z);
    assert_eq!(window.epochs(), before);
    window.keys(CTRL | Modifiers::SHIFT, Key::Z);
    assert_eq!(window.epochs(), 7);
    window.keys(CTRL, Key::Y);
    assert_eq!(window.state().config.train.batch_size, 48);
}

#[test]
fn search_and_changed_narrow_the_settings() {
    let home = home();
    let mut window = ready(&home);
    window.click("Settings");
    assert!(window.shows("Epochs") && window.shows("Depth"));
    assert!(!window.shows("Gradient clip"), "what is rarely used is under More");
    window.input("Search settings").click();
    window.harness.run_steps(2);
    window.types("clip");
    assert!(window.shows("Gradient clip") && !window.shows("Depth"));
    window.types(" nothing at all");
    assert!(window.shows("No setting matches"));
    window.keys(CTRL, Key::A);
    window.keys(Modifiers::NONE, Key::Delete);
    window.click("Changed");
    assert!(window.shows("Nothing differs from the usual values"));
    window.act(Action::Set("train.clip_norm", Value::Float(2.0)));
    window.harness.run_steps(2);
    assert!(window.shows("Gradient clip") && !window.shows("Epochs"));
    window.click("Changed");
    assert!(window.shows("More (1 changed)"));
}

#[test]
fn settings_travel_by_clipboard_and_a_fault_names_its_line() {
    let home = home();
    let mut window = ready(&home);
    window.harness.state_mut().act(Action::CopySettings);
    window.harness.step();
    let text = window.copied().expect("the clipboard was set");
    assert_eq!(text, to_toml(&window.state().config));
    let (width, epochs) = (window.state().config.model.width, window.epochs());
    window.harness.state_mut().act(Action::PasteSettings);
    window.harness.step();
    window.harness.event(Event::Paste("[train]\nepochs = 3\nlearning_rate = 0.004\n".to_owned()));
    window.harness.run_steps(3);
    assert_eq!((window.epochs(), window.state().config.model.width), (3, width), "the others stay");
    assert!(window.shows("Settings pasted from the clipboard."), "a toast says so");
    window.keys(CTRL, Key::Z);
    assert_eq!(window.epochs(), epochs, "one step back");
    window.act(Action::SettingsPasted("[train]\nepochs = 3\nepoch = 4\n".to_owned()));
    window.harness.run_steps(3);
    assert!(window.shows("line 3") && window.shows("train.epochs"), "{:?}", window.state().settings_error);
    assert_eq!(window.epochs(), epochs);
}

#[test]
fn settings_are_saved_to_and_loaded_from_a_file() {
    let home = home();
    let mut window = ready(&home);
    window.act(Action::Set("train.epochs", Value::Int(9)));
    window.palette("save settings to");
    window.harness.run_steps(3);
    let path = home.path().join("config").join("configs").join("settings.toml");
    assert!(window.shows("Path of a TOML file"));
    window.click("Save");
    window.until("the file", |s| s.settings_file.is_none());
    assert_eq!(std::fs::read_to_string(&path).ok(), Some(to_toml(&window.state().config)));
    // A second time it asks first.
    window.act(Action::SaveSettings(path.clone(), false));
    window.until("the question", |s| s.settings_exists.is_some());
    window.act(Action::AskSettingsFile(None));

    window.act(Action::Set("train.epochs", Value::Int(4)));
    window.palette("load settings from");
    window.until("the list of files", |s| s.settings_files == [path.clone()]);
    window.harness.run_steps(2);
    window.click("settings");
    window.until("the settings", |s| s.config.train.epochs == 9);
    std::fs::write(&path, "[train]\n\nepochs = \"many\"\n").expect("writable");
    window.act(Action::LoadSettings(path.clone()));
    window.until("the error", |s| s.settings_error.is_some());
    window.harness.run_steps(2);
    assert!(window.shows("settings.toml: line 3"), "{:?}", window.state().settings_error);
    assert_eq!(window.epochs(), 9);
}

#[test]
fn the_tour_leads_through_and_does_not_come_again() {
    let home = home();
    let mut window = Window::start_with(home.path(), None, |options| options.tour = true);
    window.until("the built-in data", |s| s.data.is_some() && s.opening.is_none());
    window.harness.run_steps(2);
    assert!(window.shows("Your data"));
    for title in ["Settings", "Train", "See what is wrong", "Find anything"] {
        window.click("Next step");
        assert!(window.shows(title), "{title}");
    }
    window.click("Done");
    assert!(window.state().tour.is_none());
    let mut shell = window.harness.into_state();
    eframe::App::on_exit(&mut shell, None);
    drop(shell);
    let mut again = Window::start_with(home.path(), None, |options| options.tour = true);
    again.until("the data", |s| s.data.is_some());
    again.harness.run_steps(2);
    assert!(again.state().tour.is_none() && !again.shows("Skip the tour"));
    again.click("Help");
    again.click("Tour");
    assert!(again.shows("Your data"));
    again.click("Skip the tour");
    assert!(again.state().tour.is_none());
}

#[test]
fn the_size_of_the_text_and_what_was_opened_are_kept() {
    let home = home();
    let mut window = ready(&home);
    for _ in 0..20 {
        window.keys(CTRL, Key::Plus);
    }
    assert_eq!(window.state().zoom.percent(), 200);
    window.keys(CTRL, Key::Minus);
    assert_eq!(window.state().zoom.percent(), 180);
    assert!((window.harness.ctx.zoom_factor() - 1.8).abs() < 1e-6);
    let mut shell = window.harness.into_state();
    eframe::App::on_exit(&mut shell, None);
    drop(shell);
    let mut again = ready(&home);
    assert_eq!(again.state().zoom.percent(), 180);
    assert_eq!(again.state().recent, [Recent::Data("builtin:fashion".to_owned())]);
    again.keys(CTRL, Key::Num0);
    assert_eq!(again.state().zoom.percent(), 100);
}

#[test]
fn a_wrong_path_from_outside_is_a_message_in_the_window() {
    let home = home();
    let path = home.path().join("no such folder");
    let mut window = Window::start(home.path(), Some(&path.to_string_lossy()));
    window.until("the refusal", |s| s.open_error.is_some());
    window.harness.run_steps(2);
    assert!(window.shows("This could not be opened") && window.shows("no such folder"));
    window.click("Fashion");
    window.until("other data", |s| s.data.is_some());
}

#[test]
fn the_sheet_lists_every_shortcut() {
    let home = home();
    let mut window = ready(&home);
    window.keys(Modifiers::NONE, Key::F1);
    assert!(window.shows("Keyboard shortcuts"));
    for row in COMMANDS.iter().filter(|row| !row.shortcuts.is_empty()) {
        assert!(window.harness.query_all_by_label(row.label).next().is_some(), "{}", row.label);
        let keys = window.harness.ctx.format_shortcut(&row.shortcuts[0]);
        assert!(window.shows(&keys), "{keys}");
    }
    window.keys(Modifiers::NONE, Key::Escape);
    assert!(!window.shows("Press the control in focus"));
}

/// Nodes that can be clicked or focused and have no name. The dock's own bars and handles have
/// no role and do nothing for the keyboard; scroll bars are known by their role.
fn nameless(window: &Window) -> Vec<String> {
    let nodes = window.harness.root().children_recursive();
    let nameless = nodes.filter(|node| {
        let node = node.accesskit_node();
        let acts = [accesskit::Action::Click, accesskit::Action::Focus];
        !matches!(node.role(), Role::Unknown | Role::ScrollBar)
            && acts.iter().any(|action| node.data().supports_action(*action))
            && node.label().is_none_or(|label| label.trim().is_empty())
            && node.value().is_none_or(|value| value.trim().is_empty())
    });
    nameless.map(|node| format!("{:?} at {:?}", node.accesskit_node().role(), node.rect())).collect()
}

#[test]
fn everything_that_can_be_clicked_or_focused_has_a_name() {
    let home = home();
    let mut window = ready(&home);
    for source in ["builtin:fashion", "builtin:helpdesk"] {
        window.act(Action::OpenData(source.to_owned()));
        window.until("the data", |s| s.opening.is_none() && s.config.data.source == source);
        for language in Language::ALL {
            window.act(Action::SetLanguage(language));
            for panel in PANELS {
                window.act(Action::ShowPanel(panel.id));
                window.harness.run_steps(3);
                assert_eq!(nameless(&window), Vec::<String>::new(), "{} in {}", panel.title, language.name());
            }
        }
        window.act(Action::SetLanguage(Language::English));
    }
    for action in [Action::OpenPalette, Action::OpenShortcuts] {
        window.act(action.clone());
        window.harness.run_steps(3);
        assert_eq!(nameless(&window), Vec::<String>::new(), "{action:?}");
        window.keys(Modifiers::NONE, Key::Escape);
    }
}

#[test]
fn the_way_from_launch_to_training_needs_no_pointer() {
    let home = home();
    let mut window = ready(&home);
    for (key, value) in [("model.width", 16), ("model.depth", 1), ("model.heads", 2), ("train.epochs", 1)] {
        window.act(Action::Set(key, Value::Int(value)));
    }
    // Tab visits the controls, and the focus can be seen in the tree.
    let mut seen = Vec::new();
    for _ in 0..40 {
        window.keys(Modifiers::NONE, Key::Tab);
        let nodes = window.harness.root().children_recursive();
        let focused = nodes.map(|n| n.accesskit_node()).find(|n| n.is_focused());
        let name = focused.and_then(|n| n.label()).unwrap_or_default();
        seen.push(name.clone());
        if name == "Train" {
            break;
        }
    }
    assert_eq!(seen.last().map(String::as_str), Some("Train"), "{seen:?}");
    window.keys(Modifiers::NONE, Key::Enter);
    window.until("the run", |s| s.activity != Activity::Idle);
    window.keys(Modifiers::SHIFT, Key::F5);
    window.keys(Modifiers::SHIFT, Key::F5);
    window.until("the end", |s| s.activity == Activity::Idle);
    let last: &State = window.state();
    assert!(last.run.is_some());
}

#[test]
fn settings_read_the_same_in_both_languages() {
    // A label stands in a third of a narrow panel: long ones would be cut.
    for row in SETTINGS {
        attentive::language::speak(Language::Chinese);
        let label = tr_dynamic(row.label);
        attentive::language::speak(Language::English);
        assert!(label.chars().count() <= 8, "{}: {label}", row.key);
    }
}
