//! All integration tests in one binary, one module a room.

mod app;
mod arrows;
mod checks;
mod cli;
mod config;
mod data;
mod estimate;
mod inspect;
mod kill;
mod language;
mod model;
mod ops;
mod panels;
mod preprocess;
mod runs;
mod train;
mod window;
mod worker;
