//! The two streams: results on standard output, messages on standard error. A reader that
//! goes away (`| head`) ends the printing, never the work.

use serde::Serialize;
use std::io::Write;

/// Where results and messages go.
#[derive(Default)]
pub(super) struct Output {
    reader_left: bool,
}

impl Output {
    /// One line of results.
    pub(super) fn line(&mut self, text: &str) {
        if !self.reader_left {
            let mut out = std::io::stdout().lock();
            self.reader_left = writeln!(out, "{text}").and_then(|()| out.flush()).is_err();
        }
    }

    /// Whether the reader of the results has gone away.
    pub(super) fn nobody_reads(&self) -> bool {
        self.reader_left
    }

    /// One line of JSON.
    pub(super) fn json<T: Serialize>(&mut self, value: &T) {
        match serde_json::to_string(value) {
            Ok(text) => self.line(&text),
            Err(error) => self.message(&format!("error: this result has no JSON form: {error}")),
        }
    }

    /// One line for the person, on standard error.
    pub(super) fn message(&mut self, text: &str) {
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }
}
