//! Signals that close the window, as its own button does, so that a run that is going is saved.
//! Who listens to them is not known here.

use eframe::egui;
use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

/// Tells this window, from whichever thread, that it is to close.
pub fn ask_by(ctx: &egui::Context) -> Box<dyn Fn() + Send> {
    let ctx = ctx.clone();
    Box::new(move || {
        ASKED.store(true, Ordering::SeqCst);
        ctx.request_repaint();
    })
}

/// Whether the window is to close.
pub fn was_asked() -> bool {
    ASKED.load(Ordering::SeqCst)
}
