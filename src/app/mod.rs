//! Everything a person can see or do, as values: State, Action, update. No egui, no candle.
//!
//! `update` is the only place where State changes. Panels read State and return Actions;
//! what must happen outside (start a job, open a dialog) leaves `update` as an Effect.

mod action;
mod checks;
mod elsewhere;
mod recipes;
mod run_view;
mod state;
mod update;

pub use crate::inspect::{PredictionFilter, SortBy};
pub use action::{Action, ColumnRole, Effect};
pub use checks::problems;
pub use elsewhere::{BatchPrediction, EvaluatedOn, EvaluationOn};
pub use recipes::recipe;
pub use run_view::{Point, RunView, SettingChange};
pub use state::{Activity, DataView, LogLine, Picture, RunRow, State, Theme, TryIt};
pub use update::{Checking, Fetching, Looking, Public, merge_predictions, update, usual_value};
