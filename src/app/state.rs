//! What the window shows, as plain values.

use super::{
    Against, BatchPrediction, Checking, Compared, EvaluationOn, Forking, History, Looking, ModelViewing,
    Overlay, PredictionFilter, Public, Recent, Remedy, RunView, SettingsFile, Verifying, Zoom,
};
use crate::config::RunConfig;
use crate::data::{DataSummary, Dataset, Preview};
use crate::language::{Language, tr};
use crate::runs::{Level, Metrics, Notes, Parent, Verified};
use crate::train::{Estimate, Saliency, Shortage};
use crate::worker::JobId;
use std::path::{Path, PathBuf};
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
#[derive(Clone, Debug, Default, PartialEq)]
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
    /// Step of the best validation result.
    pub best_step: Option<u64>,
    /// All metrics of the best validation result.
    pub best: Metrics,
    /// Names the data's content: runs with the same one were trained on the same data.
    pub fingerprint: String,
    /// What a person says about it.
    pub notes: Notes,
    /// Bytes on disk.
    pub bytes: u64,
    /// The run that it is a fork of.
    pub parent: Option<Parent>,
    /// Whether that run is still there.
    pub parent_is_there: bool,
    /// How it was replayed and came out the same.
    pub verified: Option<Verified>,
}

impl RunRow {
    /// The name a person gave it, else that of its folder.
    pub fn title(&self) -> &str {
        if self.notes.name.is_empty() { &self.name } else { &self.notes.name }
    }
}

/// A picture from outside: 8 bits a channel, `[row, column, channel]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// 1 or 3.
    pub channels: usize,
    /// `height * width * channels` bytes.
    pub pixels: Arc<Vec<u8>>,
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
    /// Picture asked about and shown beside the answer.
    pub picture: Option<Picture>,
    /// Whether the newest request has not been answered yet.
    pub waiting: bool,
    /// The reader's job that answers, when the trainer does not.
    pub job: Option<JobId>,
    /// The true class, where the question is a sample of the data.
    pub truth: Option<u32>,
    /// Whether to show what the answer rests on.
    pub explain: bool,
    /// What it rests on, or why that is not known.
    pub saliency: Option<Result<Arc<Saliency>, String>>,
}

/// What the next run will cost, as far as it is known.
#[derive(Clone, Debug, Default)]
pub struct EstimateView {
    /// The reader's job that works on it.
    pub job: Option<JobId>,
    /// Settings and data of the newest question.
    pub asked: Option<(RunConfig, DataSummary)>,
    /// The newest answer, which may be to an earlier question while a job works on it.
    pub answer: Option<Result<Estimate, String>>,
}

/// Everything shown.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Settings for the next run; live ones also of the current.
    pub config: RunConfig,
    /// Settings as they were.
    pub history: History,
    /// A setting to be shown in the Settings panel, and how often that was asked for.
    pub shown_setting: Option<(&'static str, u64)>,
    /// The settings file being asked for in the Settings panel.
    pub settings_file: Option<SettingsFile>,
    /// Why the last settings file or clipboard was of no use.
    pub settings_error: Option<String>,
    /// The settings file that would be replaced; saving it again replaces it.
    pub settings_exists: Option<PathBuf>,
    /// Settings files of the usual folder, by name.
    pub settings_files: Vec<PathBuf>,
    /// The usual folder for settings files.
    pub settings_folder: PathBuf,
    /// Settings that do not fit, as (key, message).
    pub problems: Vec<(String, String)>,
    /// The open data set.
    pub data: Option<DataView>,
    /// Data being opened: job, source, stage, done, total.
    pub opening: Option<(JobId, String, String, u64, u64)>,
    /// Why the last opening failed.
    pub open_error: Option<String>,
    /// The first rows of the table that is open or was tried last: its source, and the rows.
    pub preview: Option<(String, Preview)>,
    /// The job that reads them.
    pub preview_job: Option<JobId>,
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
    /// What the model would be given with the settings shown.
    pub model_view: ModelViewing,
    /// The public data sets, as far as they change.
    pub public: Public,
    /// The look through the open data before training.
    pub checking: Checking,
    /// The tokens of the text looked at.
    pub looking: Looking,
    /// Runs on disk, newest first.
    pub runs: Vec<RunRow>,
    /// Where runs are kept.
    pub runs_folder: PathBuf,
    /// The Log panel.
    pub log: Vec<LogLine>,
    /// Light or dark.
    pub theme: Theme,
    /// What the window speaks.
    pub language: Language,
    /// How large everything is.
    pub zoom: Zoom,
    /// What was opened lately, the newest first.
    pub recent: Vec<Recent>,
    /// The step of the tour that is shown.
    pub tour: Option<usize>,
    /// Whether the tour was seen or dismissed.
    pub tour_seen: bool,
    /// Lines that were ever added to the log.
    pub told: u64,
    /// The last job id given out.
    pub last_job: u64,
    /// Seconds since 1970-01-01 UTC; set by the window before each update.
    pub now: u64,
    /// Values that were refused, as (key, message); the setting kept its last good value.
    pub rejected: Vec<(&'static str, String)>,
    /// Source whose opening failed; a change of its columns tries again.
    pub failed_source: Option<String>,
    /// The live run while another run is shown, with its data set.
    pub background: Option<(RunView, Option<Arc<Dataset>>)>,
    /// Whether the run shown is the one the trainer works on.
    pub shows_live: bool,
    /// The run that is to be resumed when it has been read.
    pub resuming: Option<PathBuf>,
    /// The fork that is being prepared.
    pub forking: Option<Forking>,
    /// The run that is being verified, or was last.
    pub verifying: Option<Verifying>,
    /// The run from disk that another process trains.
    pub followed: Option<PathBuf>,
    /// A run that was cut off and could be resumed, until it is or the offer is dismissed.
    pub offer: Option<PathBuf>,
    /// Whether the runs on disk were ever listed.
    pub listed: bool,
    /// The run being read from disk.
    pub loading_run: Option<PathBuf>,
    /// The job that opens the data of a run read from disk.
    pub run_data_job: Option<JobId>,
    /// The shown run's model measured on other data: going, or the last one.
    pub evaluation_on: Option<EvaluationOn>,
    /// A file of predictions that is being written, or the last one.
    pub batch_prediction: Option<BatchPrediction>,
    /// What the next run will cost.
    pub estimate: EstimateView,
    /// The newest warning or error, until it is dismissed.
    pub notice: Option<LogLine>,
    /// What can be done about it.
    pub remedies: Vec<Remedy>,
    /// Why the run that was to begin was refused.
    pub shortage: Option<Box<Shortage>>,
    /// The job that writes a run that goes on from a checkpoint of another, and its folder.
    pub going_back: Option<(JobId, PathBuf)>,
    /// The evaluation that the shown predictions are compared with.
    pub compared: Option<Compared>,
    /// The evaluation being read for that.
    pub comparing: Option<Against>,
    /// Earlier runs drawn in the charts, in the order in which they were chosen.
    pub overlays: Vec<Overlay>,
    /// The run deleted last: where it was and where it is.
    pub deleted: Option<(PathBuf, PathBuf)>,
    /// The trash: number of runs and bytes.
    pub trash: (usize, u64),
}

/// Lines that the log keeps; the run folder keeps all.
const LOG_LINES: usize = 2000;

impl State {
    /// The run that the trainer works on, whether it is shown or not.
    pub fn live_run(&self) -> Option<&RunView> {
        if self.shows_live { self.run.as_ref() } else { self.background.as_ref().map(|(run, _)| run) }
    }

    /// Whether the run shown is this one, and another process trains it.
    pub fn follows(&self, folder: &Path) -> bool {
        self.followed.as_deref() == Some(folder)
            && !self.shows_live
            && self.run.as_ref().is_some_and(|run| run.folder == folder)
    }

    /// Whether another process trains the run shown.
    pub fn shows_followed(&self) -> bool {
        self.followed.as_deref().is_some_and(|folder| self.follows(folder))
    }

    pub(super) fn live_run_mut(&mut self) -> Option<&mut RunView> {
        if self.shows_live { self.run.as_mut() } else { self.background.as_mut().map(|(run, _)| run) }
    }

    /// The trainer's job, if it has one.
    pub fn training_job(&self) -> Option<JobId> {
        match self.activity {
            Activity::Idle => None,
            Activity::Starting(job) | Activity::Running(job) | Activity::Stopping(job) => Some(job),
        }
    }

    /// Why Train cannot be pressed now; `None` when it can.
    pub fn why_not_train(&self) -> Option<String> {
        if let Some(reason) = self.why_busy() {
            return Some(reason);
        }
        if self.opening.is_some() {
            return Some(tr!("The data is still being read.").to_owned());
        }
        if self.data.is_none() {
            return Some(tr!("Open data first, in the Data panel.").to_owned());
        }
        match self.problems.as_slice() {
            [] => None,
            [(_, message)] => Some(tr!("A setting does not fit. {message}", message = message)),
            [(_, message), rest @ ..] => Some(tr!(
                "{count} settings do not fit. First: {message}",
                count = rest.len() + 1,
                message = message
            )),
        }
    }

    /// Why the run shown cannot go on now; `None` when it can.
    pub fn why_not_train_on(&self) -> Option<String> {
        if let Some(reason) = self.why_busy() {
            return Some(reason);
        }
        if self.shows_followed() {
            return Some(tr!("Another process is training this run; stop or steer it there.").to_owned());
        }
        match self.run.as_ref().and_then(|run| run.accepted.as_ref()) {
            None => Some(tr!("Open a run first, in the Runs panel.").to_owned()),
            Some(_) => None,
        }
    }

    /// Epochs in all that the run shown may be asked to go on to: what was planned, where it
    /// ended before, else twice as many.
    pub fn usual_train_on(&self) -> Option<u64> {
        let run = self.run.as_ref()?;
        let epochs = run.accepted.as_ref()?.config.train.epochs;
        let unfinished = run.step < run.total_steps && run.total_steps > 0;
        Some(if unfinished { epochs } else { epochs.saturating_mul(2) })
    }

    /// The evaluation to compare the shown predictions with, if it is of the same data.
    pub fn comparison(&self) -> Option<&Compared> {
        let data = &self.run.as_ref()?.accepted.as_ref()?.data;
        self.compared.as_ref().filter(|compared| compared.fingerprint == data.fingerprint)
    }

    /// Whether a run on disk ended before its last step, and nobody works on it.
    pub fn can_resume(&self, row: &RunRow) -> bool {
        let live =
            self.live_run().is_some_and(|run| run.folder == row.folder) && self.training_job().is_some();
        !live && !self.follows(&row.folder) && ["stopped", "failed", "cut off"].contains(&row.status.as_str())
    }

    /// What a run is called: the name that a person gave it, else that of its folder.
    pub fn title_of(&self, folder: &Path) -> String {
        match self.runs.iter().find(|row| row.folder == folder) {
            Some(row) => row.title().to_owned(),
            None => folder.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default(),
        }
    }

    /// Whether there is a larger size.
    pub fn can_zoom_in(&self) -> bool {
        self.zoom.larger().is_some()
    }

    /// Whether there is a smaller size.
    pub fn can_zoom_out(&self) -> bool {
        self.zoom.smaller().is_some()
    }

    pub(super) fn next_job(&mut self) -> JobId {
        self.last_job += 1;
        JobId(self.last_job)
    }

    /// Adds a line to the log; warnings and errors are also shown as the notice.
    pub(super) fn tell(&mut self, level: Level, text: impl Into<String>) {
        let line = LogLine { time: self.now, level, text: text.into() };
        if level != Level::Info {
            self.notice = Some(line.clone());
            self.remedies.clear();
        }
        self.told += 1;
        self.log.push(line);
        if self.log.len() > LOG_LINES {
            self.log.drain(..self.log.len() - LOG_LINES);
        }
    }
}
