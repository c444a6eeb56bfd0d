//! What is on disk about a run: folder, event log, per-sample predictions, the
//! index of checkpoints, the catalogue of runs. It trains nothing and draws nothing.

mod event;
mod predictions;

pub use event::{Accepted, Done, Evaluation, Event, Level, Metrics, Outcome, Score};
pub use predictions::PredictionTable;
