//! What is on disk about a run: folder, event log, per-sample predictions, the
//! index of checkpoints, a person's notes, the catalogue of runs and its trash. It trains nothing and draws nothing.

mod aside;
mod catalogue;
mod checkpoints;
mod disk;
mod error;
mod event;
mod folder;
mod follow;
mod lineage;
mod log;
mod notes;
mod parquet_file;
mod predictions;
mod room;
mod trash;
mod trouble;
mod verified;

pub use aside::{AsideFile, write_aside};
pub use catalogue::{
    Catalogue, RunEntry, RunStatus, default_runs_folder, list_runs, new_run_folder, read_entry,
};
pub use checkpoints::Checkpoints;
pub use disk::{Disk, SystemDisk, system_disk};
pub use error::RunError;
pub use event::{
    Accepted, Baseline, BaselineKind, ClassMetrics, Done, Evaluation, Event, Extended, Forked, GoesOn, Level,
    Metrics, Outcome, Score, Sitting, standing,
};
pub use folder::{Labels, RunFolder, is_run, read_run, read_run_config, read_run_from};
pub use follow::{Followed, Follower, Standing};
pub use lineage::{Fork, Named, Parent};
pub use log::{EventLog, LogPart, read_log};
pub use notes::Notes;
pub use predictions::PredictionTable;
pub use trash::{bytes_on_disk, discard, discarded, empty_trash, restore};
pub use trouble::{Trouble, short_loss};
pub use verified::Verified;
