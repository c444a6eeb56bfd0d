//! Attentive: a native desktop workbench for training transformers on images and text.
//!
//! The map. Arrows point one way, and a test reads `src/` and fails on any other:
//!
//! ```text
//! main -> ui, cli
//! ui -> app -> worker -> train -> { model -> ops, preprocess -> data, runs } -> config
//! app, cli -> runs, inspect         cli -> train (directly, with an observer that prints)
//! ui, app -> language
//! ```
//!
//! Invariants, as absences:
//! - only `ui` knows egui and rfd;
//! - only `ops`, `model`, `preprocess`, `train` know candle;
//! - only `cli` and `main` print;
//! - `train` starts no thread other than for compute, owns no channel and never prints;
//! - `app` holds plain values only;
//! - nothing is shown live that could not be shown again from the run folder.

pub mod app;
pub mod cli;
pub mod config;
pub mod data;
pub mod inspect;
pub mod language;
pub mod model;
pub mod ops;
pub mod preprocess;
pub mod random;
pub mod runs;
pub mod train;
pub mod ui;
pub mod worker;
