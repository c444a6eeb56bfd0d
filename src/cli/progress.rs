//! The progress bar of a run, on standard error. Where that is not a terminal, a plain
//! line now and then instead.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// Time between two plain lines where there is no terminal.
const PLAIN_EVERY: Duration = Duration::from_secs(5);

/// A bar that changes with the stage of the work.
pub(super) struct Bar {
    bar: ProgressBar,
    stage: String,
    terminal: bool,
    said: Instant,
}

impl Bar {
    /// Nothing is drawn yet.
    pub(super) fn new() -> Self {
        Self {
            bar: ProgressBar::hidden(),
            stage: String::new(),
            terminal: std::io::stderr().is_terminal(),
            said: Instant::now(),
        }
    }

    /// Shows `done` of `total` units of a stage; `total` 0 means unknown.
    pub(super) fn stage(&mut self, stage: &str, done: u64, total: u64) {
        self.show(stage, done, total, "");
    }

    /// As [`Bar::stage`], with the newest measurements beside it.
    pub(super) fn show(&mut self, stage: &str, done: u64, total: u64, beside: &str) {
        if !self.terminal {
            if self.said.elapsed() >= PLAIN_EVERY {
                self.said = Instant::now();
                let of = if total > 0 { format!(" of {total}") } else { String::new() };
                super::message(format!("{stage} {done}{of}  {beside}").trim_end());
            }
            return;
        }
        if self.stage != stage {
            self.bar.finish_and_clear();
            self.stage = stage.to_owned();
            let template = match stage {
                "Fetching" => "{prefix} [{bar:30}] {decimal_bytes}/{decimal_total_bytes}  {msg}  {eta} left",
                _ => "{prefix} [{bar:30}] {pos}/{len}  {msg}  {eta} left",
            };
            // The template is fixed and valid; a plain bar is the fallback.
            let style = ProgressStyle::with_template(template)
                .map_or_else(|_| ProgressStyle::default_bar(), |style| style.progress_chars("=> "));
            self.bar = ProgressBar::new(total).with_style(style).with_prefix(stage.to_owned());
        }
        self.bar.set_length(total.max(done));
        self.bar.set_position(done);
        self.bar.set_message(beside.to_owned());
    }

    /// Prints a line for the person without tearing the bar.
    pub(super) fn say(&mut self, text: &str) {
        self.bar.suspend(|| super::message(text));
    }

    /// Takes the bar away.
    pub(super) fn clear(&mut self) {
        self.bar.finish_and_clear();
        self.bar = ProgressBar::hidden();
        self.stage.clear();
    }
}
