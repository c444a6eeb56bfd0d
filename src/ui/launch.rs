//! Opening the window: wgpu first, then OpenGL, then an explanation of what to install.
//! It prints nothing; the caller shows the error.

use super::preferences;
use super::shell::{Shell, ShellOptions};
use eframe::egui;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// No display server answers.
    #[error(
        "no display to open a window on ({reason}); start it from a desktop session, set DISPLAY or WAYLAND_DISPLAY, or train without a window: attentive train configs/fashion.toml"
    )]
    NoDisplay {
        /// The system's words.
        reason: String,
    },
    /// Neither Vulkan nor OpenGL works.
    #[error(
        "the window cannot be drawn: wgpu says: {wgpu}; OpenGL says: {glow}; install a driver or its software stand-in, on Debian and Ubuntu: sudo apt install mesa-vulkan-drivers libegl1 libgl1-mesa-dri libxkbcommon-x11-0 libxcursor1 libxi6 libxrandr2"
    )]
    NoRenderer {
        /// Why the first try failed.
        wgpu: String,
        /// Why the second did.
        glow: String,
    },
    /// The window was open and broke.
    #[error("the window closed with an error: {reason}; runs on disk are kept, start Attentive again")]
    Broken {
        /// The system's words.
        reason: String,
    },
    /// The configuration folder is not known.
    #[error(
        "there is no home folder to keep settings in; set ATTENTIVE_CONFIG to a folder that can be written"
    )]
    NoConfigFolder,
}

/// What the window's caller does for it.
#[derive(Clone, Copy, Debug)]
pub struct Hooks {
    /// Listens to signals from now on and calls what it is given at the first.
    pub on_signal: fn(Box<dyn Fn() + Send>),
    /// Is called when the first picture has been handed to the screen.
    pub on_first_frame: Option<fn()>,
}

/// Opens the window and returns when it is closed. `initial` is data to open (a path or
/// `builtin:NAME`) or a run folder; `None` goes on with the data of last time, or at the
/// first start with `builtin:fashion`. A signal that is handed on closes it in order.
///
/// # Errors
/// [`LaunchError`] says what is missing and what to install.
pub fn run(initial: Option<String>, hooks: Hooks) -> Result<(), LaunchError> {
    has_display()?;
    let options = ShellOptions::standard(initial).ok_or(LaunchError::NoConfigFolder)?;
    let wgpu = match open(&options, eframe::Renderer::Wgpu, hooks) {
        Ok(()) => return Ok(()),
        Err(Failure::Broken(reason)) => return Err(LaunchError::Broken { reason }),
        Err(Failure::NoDisplay(reason)) => return Err(LaunchError::NoDisplay { reason }),
        Err(Failure::NoRenderer(reason)) => reason,
    };
    match open(&options, eframe::Renderer::Glow, hooks) {
        Ok(()) => Ok(()),
        Err(Failure::Broken(reason)) => Err(LaunchError::Broken { reason }),
        Err(Failure::NoDisplay(reason)) => Err(LaunchError::NoDisplay { reason }),
        Err(Failure::NoRenderer(glow)) => Err(LaunchError::NoRenderer { wgpu, glow }),
    }
}

/// On Linux, whether a display server is named at all: winit's message would not say what to do.
fn has_display() -> Result<(), LaunchError> {
    let set = |name| std::env::var_os(name).is_some_and(|v| !v.is_empty());
    if cfg!(target_os = "linux") && !set("DISPLAY") && !set("WAYLAND_DISPLAY") && !set("WAYLAND_SOCKET") {
        return Err(LaunchError::NoDisplay {
            reason: "neither DISPLAY nor WAYLAND_DISPLAY is set".to_owned(),
        });
    }
    Ok(())
}

/// Why a try failed; only the last is a reason to try another renderer.
enum Failure {
    Broken(String),
    NoDisplay(String),
    NoRenderer(String),
}

/// What eframe calls the window's place in its storage.
pub(super) const WINDOW_KEY: &str = "window";

fn open(options: &ShellOptions, renderer: eframe::Renderer, hooks: Hooks) -> Result<(), Failure> {
    // eframe writes its storage in place, where a crash tears it. It gets a copy that goes with
    // the window; what lasts is written by the shell.
    let scratch = tempfile::tempdir();
    let folder = scratch.as_ref().map_or(options.config_folder.as_path(), tempfile::TempDir::path);
    let place = storage_for(folder, preferences::peek_place(&options.config_folder));
    let viewport = egui::ViewportBuilder::default()
        .with_title("Attentive")
        .with_app_id("attentive")
        .with_inner_size([1280.0, 800.0])
        .with_min_inner_size([720.0, 480.0])
        .with_drag_and_drop(true)
        .with_icon(icon());
    let native =
        eframe::NativeOptions { viewport, renderer, persistence_path: Some(place), ..Default::default() };
    let opened = Arc::new(Mutex::new(false));
    let (shell_options, flag) = (options.clone(), opened.clone());
    let create: eframe::AppCreator<'_> = Box::new(move |cc| {
        if let Ok(mut opened) = flag.lock() {
            *opened = true;
        }
        (hooks.on_signal)(super::leaving::ask_by(&cc.egui_ctx));
        let mut shell = Shell::new(cc, shell_options);
        shell.tell_first_frame(hooks.on_first_frame);
        Ok(Box::new(shell))
    });
    // wgpu without an adapter panics in places where it could return an error.
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        eframe::run_native("attentive", native, create)
    }));
    let reason = match result {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(eframe::Error::Winit(error))) => return Err(Failure::NoDisplay(error.to_string())),
        Ok(Err(eframe::Error::WinitEventLoop(error))) => {
            // Before the last colon stands where in a library it happened.
            let text = error.to_string();
            let cause = text.rsplit(": ").next().unwrap_or(&text);
            return Err(Failure::NoDisplay(cause.to_owned()));
        }
        Ok(Err(error)) => error.to_string(),
        Err(payload) => panic_text(payload.as_ref()),
    };
    let opened = opened.lock().is_ok_and(|o| *o);
    Err(if opened { Failure::Broken(reason) } else { Failure::NoRenderer(reason) })
}

fn panic_text(payload: &(dyn std::any::Any + Send)) -> String {
    match (payload.downcast_ref::<String>(), payload.downcast_ref::<&str>()) {
        (Some(text), _) => text.clone(),
        (None, Some(text)) => (*text).to_owned(),
        _ => "it panicked".to_owned(),
    }
}

/// The file that eframe reads and keeps the window's place and size in, with those of last time.
/// Where it cannot be written the window opens in the usual place.
fn storage_for(folder: &Path, window: Option<String>) -> PathBuf {
    let path = folder.join("window-place.ron");
    if let Some(window) = window {
        // A JSON object of plain strings is a map in RON.
        let storage = serde_json::json!({ WINDOW_KEY: window }).to_string();
        let _ = std::fs::write(&path, storage);
    }
    path
}

fn icon() -> egui::IconData {
    eframe::icon_data::from_png_bytes(include_bytes!("../../assets/icon/attentive.png")).unwrap_or_default()
}
