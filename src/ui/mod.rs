//! Draws State, yields Actions: shell, theme, widgets, panels (the PANELS table).
//!
//! `Shell::logic` drains the workers, applies actions and performs effects;
//! `Shell::ui` paints and collects actions, and changes nothing else.

mod commands;
mod dock;
mod errands;
mod exporting;
mod findings;
mod fonts;
mod fork_dialog;
mod launch;
mod leaving;
mod notice_bar;
mod palette;
pub mod panels;
mod picture;
mod places;
mod preferences;
mod raster;
mod settings_files;
mod shell;
mod shortcut_sheet;
pub mod theme;
mod thumbnails;
mod toasts;
mod top_bar;
mod tour;
mod train_on;
pub mod widgets;
mod workers;

pub use commands::{COMMANDS, UserCommand};
pub use launch::{Hooks, LaunchError, run};
pub use shell::{Shell, ShellOptions};
pub use thumbnails::Thumbnails;
