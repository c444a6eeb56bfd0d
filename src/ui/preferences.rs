//! What a person chose, kept on disk: settings, theme, the arrangement of the panels and the place
//! of the window, each its own small file in the configuration folder, written aside and then
//! renamed. A file that cannot be read is set aside as `.bad`, so that nothing is lost and the
//! window still starts.

use crate::app::{Recent, Theme, Zoom};
use crate::config::{RunConfig, parse_toml, to_toml};
use crate::language::{Language, speak, tr};
use crate::runs::write_aside;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The settings of the next run.
const SETTINGS: &str = "settings.toml";
/// The look of the window.
const WINDOW: &str = "window.toml";

/// Where the panels are.
const LAYOUT: &str = "layout.json";

/// Where the window is, and how large.
const PLACE: &str = "window-place.json";

/// What is kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Preferences {
    /// Settings of the next run; `None` at the first start.
    pub config: Option<RunConfig>,
    /// Light or dark.
    pub theme: Theme,
    /// What the window speaks; `None` until a window was open.
    pub language: Option<Language>,
    /// How large everything is.
    pub zoom: Zoom,
    /// Whether the tour was seen or dismissed.
    pub tour_seen: bool,
    /// What was opened lately, the newest first.
    pub recent: Vec<Recent>,
    /// Earlier runs in the charts.
    pub overlays: Vec<KeptOverlay>,
}

/// An earlier run in the charts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptOverlay {
    /// Its folder.
    pub folder: PathBuf,
    /// The chosen colour, red, green, blue.
    pub color: Option<[u8; 3]>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Window {
    theme: Theme,
    language: Option<Language>,
    overlays: Vec<KeptOverlay>,
    zoom: Zoom,
    tour_seen: bool,
    recent: Vec<Recent>,
}

/// Reads what is there. Each notice says which file was set aside and why.
pub fn read(folder: &Path) -> (Preferences, Vec<String>) {
    let mut notices = Vec::new();
    let settings = |text: &str| parse_toml(text, folder).map_err(|e| e.to_string());
    let window = |text: &str| toml::from_str::<Window>(text).map_err(|e| e.message().to_owned());
    // The window first: it says in which language the notices are.
    let Window { theme, language, zoom, tour_seen, recent, overlays } =
        read_file(&folder.join(WINDOW), window, &mut notices).unwrap_or_default();
    if let Some(language) = language {
        speak(language);
    }
    let config = read_file(&folder.join(SETTINGS), settings, &mut notices);
    let zoom = Zoom::nearest(zoom.percent());
    (Preferences { config, theme, language, zoom, tour_seen, recent, overlays }, notices)
}

fn read_file<T>(
    path: &Path,
    parse: impl FnOnce(&str) -> Result<T, String>,
    notices: &mut Vec<String>,
) -> Option<T> {
    let reason = match std::fs::read_to_string(path) {
        Ok(text) => match parse(&text) {
            Ok(value) => return Some(value),
            Err(reason) => reason,
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => error.to_string(),
    };
    let mut aside = path.as_os_str().to_owned();
    aside.push(".bad");
    let aside = PathBuf::from(aside);
    notices.push(match std::fs::rename(path, &aside) {
        Ok(()) => tr!(
            "{path}: {reason}; defaults are used, and the file was kept as {aside}.",
            path = path.display(),
            reason = reason,
            aside = aside.display()
        ),
        Err(error) => tr!(
            "{path}: {reason}; defaults are used, and the file could not be set aside ({error}): move it away or it will be overwritten.",
            path = path.display(),
            reason = reason,
            error = error
        ),
    });
    None
}

/// Reads where the panels were; a notice says if that file was set aside, and why.
pub fn read_layout<T: DeserializeOwned>(folder: &Path, notices: &mut Vec<String>) -> Option<T> {
    let parse = |text: &str| serde_json::from_str(text).map_err(|e| e.to_string());
    read_file(&folder.join(LAYOUT), parse, notices)
}

/// Writes where the panels are, aside and then renamed, unless it is there already.
///
/// # Errors
/// The path, the cause and what to do.
pub fn write_layout(folder: &Path, layout: &impl Serialize) -> Result<(), String> {
    let text = serde_json::to_string(layout).map_err(|e| e.to_string())?;
    if std::fs::read_to_string(folder.join(LAYOUT)).is_ok_and(|there| there == text) {
        return Ok(());
    }
    std::fs::create_dir_all(folder).map_err(|e| unwritable(folder, &e))?;
    write_file(folder, LAYOUT, &text)
}

/// Where the window was, in eframe's words, which only eframe reads; they are not looked into, so
/// the checksum says whether they are what was written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WindowPlace {
    window: String,
    checksum: String,
}

/// Reads where the window was; a notice says if that file was set aside, and why.
pub fn read_place(folder: &Path, notices: &mut Vec<String>) -> Option<String> {
    read_file(&folder.join(PLACE), parse_place, notices)
}

/// The same without setting anything aside: before there is a window nobody hears of it.
pub fn peek_place(folder: &Path) -> Option<String> {
    parse_place(&std::fs::read_to_string(folder.join(PLACE)).ok()?).ok()
}

fn parse_place(text: &str) -> Result<String, String> {
    let place: WindowPlace = serde_json::from_str(text).map_err(|e| e.to_string())?;
    if blake3::hash(place.window.as_bytes()).to_hex().as_str() == place.checksum {
        Ok(place.window)
    } else {
        Err(tr!("it is not what was written").to_owned())
    }
}

/// Writes where the window is, aside and then renamed, unless it is there already.
///
/// # Errors
/// The path, the cause and what to do.
pub fn write_place(folder: &Path, window: String) -> Result<(), String> {
    if peek_place(folder).is_some_and(|there| there == window) {
        return Ok(());
    }
    let checksum = blake3::hash(window.as_bytes()).to_hex().to_string();
    let text = serde_json::to_string(&WindowPlace { window, checksum }).map_err(|e| e.to_string())?;
    std::fs::create_dir_all(folder).map_err(|e| unwritable(folder, &e))?;
    write_file(folder, PLACE, &text)
}

/// Writes everything, each file aside and then renamed.
///
/// # Errors
/// The path, the cause and what to do.
pub fn write(folder: &Path, preferences: &Preferences) -> Result<(), String> {
    std::fs::create_dir_all(folder).map_err(|e| unwritable(folder, &e))?;
    if let Some(config) = &preferences.config {
        write_file(folder, SETTINGS, &to_toml(config))?;
    }
    let Preferences { theme, language, zoom, tour_seen, recent, overlays, .. } = preferences.clone();
    let window = Window { theme, language, zoom, tour_seen, recent, overlays };
    let window = toml::to_string(&window).map_err(|e| e.to_string())?;
    write_file(folder, WINDOW, &window)
}

fn write_file(folder: &Path, name: &str, text: &str) -> Result<(), String> {
    let path = folder.join(name);
    write_aside(&path, text.as_bytes()).map_err(|e| unwritable(&path, &e))
}

fn unwritable(path: &Path, error: &dyn std::fmt::Display) -> String {
    tr!(
        "{path}: preferences cannot be saved: {error}; free the folder for writing, or set ATTENTIVE_CONFIG to another one.",
        path = path.display(),
        error = error
    )
}
