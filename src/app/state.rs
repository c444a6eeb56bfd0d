//! What the window shows, as plain values.

use super::{PredictionFilter, RunView};
use crate::config::RunConfig;
use crate::data::{DataSummary, Dataset};
use crate::runs::Level;
use crate::worker::JobId;
use std::path::PathBuf;
use std::sync::Arc;

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the desktop says.
    #[default]
    System,
    /// Dark text on light ground.
    Light,
    /// Light text on dark ground.
    Dark,
}

/// An open data set.
#[derive(Clone, Debug)]
pub struct DataView {
    /// The examples, already split for the run.
    pub dataset: Arc<Dataset>,
    /// Its numbers.
    pub summary: DataSummary,
}

/// What the trainer is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Activity {
    /// Nothing.
    #[default]
    Idle,
    /// A job was sent and not yet accepted.
    Starting(JobId),
    /// A run is going.
    Running(JobId),
    /// A run was asked to stop.
    Stopping(JobId),
}

/// One line of the Log panel.
#[derive(Clone, Debug, PartialEq)]
pub struct LogLine {
    /// Seconds since 1970-01-01 UTC.
    pub time: u64,
    /// How serious.
    pub level: Level,
    /// In words.
    pub text: String,
}

/// One row of the Runs panel.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRow {
    /// Run folder.
    pub folder: PathBuf,
    /// Folder name.
    pub name: String,
    /// Seconds since 1970-01-01 UTC.
    pub started: u64,
    /// Name of the data set.
    pub data: String,
    /// Last step.
    pub step: u64,
    /// `finished`, `stopped`, `failed`, `running` or `cut off`.
    pub status: String,
    /// Best validation accuracy, 0 to 1.
    pub accuracy: Option<f64>,
    /// Trainable numbers.
    pub parameters: u64,
}

/// The Try it panel.
#[derive(Clone, Debug, Default)]
pub struct TryIt {
    /// What was asked: the text, or the picture's path.
    pub question: String,
    /// Id of the newest request.
    pub request: u64,
    /// Step of the weights that answered, and the answer: one probability per class.
    pub answer: Option<(u64, Result<Vec<f32>, String>)>,
    /// Picture shown beside the answer: width, height, channels, pixels.
    pub picture: Option<(usize, usize, usize, Arc<Vec<u8>>)>,
}

/// Everything shown.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Settings for the next run; live ones also of the current.
    pub config: RunConfig,
    /// Settings that do not fit, as (key, message).
    pub problems: Vec<(String, String)>,
    /// The open data set.
    pub data: Option<DataView>,
    /// Data being opened: job, source, stage, done, total.
    pub opening: Option<(JobId, String, String, u64, u64)>,
    /// Why the last opening failed.
    pub open_error: Option<String>,
    /// Sample shown in detail in the Data panel.
    pub selected_sample: Option<u32>,
    /// What the trainer does.
    pub activity: Activity,
    /// The run shown: live or from disk.
    pub run: Option<RunView>,
    /// The data set that the shown run's predictions refer to, if open.
    pub run_data: Option<Arc<Dataset>>,
    /// What the Predictions panel shows.
    pub filter: PredictionFilter,
    /// Row of the prediction table shown in detail.
    pub selected_prediction: Option<usize>,
    /// Try it.
    pub try_it: TryIt,
    /// Runs on disk, newest first.
    pub runs: Vec<RunRow>,
    /// Where runs are kept.
    pub runs_folder: PathBuf,
    /// The Log panel.
    pub log: Vec<LogLine>,
    /// Light or dark.
    pub theme: Theme,
    /// The last job id given out.
    pub last_job: u64,
}
