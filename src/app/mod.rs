//! Everything a person can see or do, as values: State, Action, update. No egui, no candle.
//!
//! `update` is the only place where State changes. Panels read State and return Actions;
//! what must happen outside (start a job, open a dialog) leaves `update` as an Effect.

mod action;
mod checks;
mod comparing;
mod curve_table;
mod drawn;
mod elsewhere;
mod export;
mod history;
mod overlay;
mod recent;
mod recipes;
mod remedy;
mod run_view;
mod state;
mod trouble;
mod update;
mod zoom;

pub use crate::inspect::{ChangeFilter, OutcomeFilter, PredictionFilter, SortBy};
pub use action::{Action, ColumnRole, Effect, News, NotSaved, SettingsFile};
pub use checks::problems;
pub use comparing::{Against, Compared};
pub use curve_table::write_curves;
pub use drawn::{next_model, run_model};
pub use elsewhere::{BatchPrediction, EvaluatedOn, EvaluationOn};
pub use export::{CurveLook, Export, ExportJob, NamedRun};
pub use history::History;
pub use overlay::Overlay;
pub use recent::Recent;
pub use recipes::recipe;
pub use remedy::Remedy;
pub use run_view::{Point, RunView, SettingChange};
pub use state::{Activity, DataView, EstimateView, LogLine, Picture, RunRow, State, Theme, TryIt};
pub use update::{
    Checking, Fetching, ForkWish, Forking, Looking, MODEL_VIEW_EPOCHS, ModelViewing, Public, Verifying,
    merge_predictions, update, usual_value,
};
pub use zoom::Zoom;
