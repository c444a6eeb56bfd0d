//! What a person can do, and what must then happen outside of State.

use super::{Against, Export, ExportJob, ForkWish, Picture, PredictionFilter, RunView, Theme};
use crate::config::Value;
use crate::data::catalogue::PublicSet;
use crate::language::Language;
use crate::runs::{Event, Level, Notes, PredictionTable};
use crate::worker::{Command, WorkerEvent};
use std::path::PathBuf;
use std::sync::Arc;

/// What is wanted of a settings file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingsFile {
    /// To write it.
    Save,
    /// To read it.
    Load,
}

/// Why a settings file was not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotSaved {
    /// There is one already, and it was not said that it may be replaced.
    Exists,
    /// The path, the cause and what to do.
    Failed(String),
}

/// What a run that another process trains has gained since the last look.
#[derive(Clone, Debug, PartialEq)]
pub struct News {
    /// New events, in order.
    pub events: Vec<Event>,
    /// Predictions of the newest evaluation among them.
    pub predictions: Option<Arc<PredictionTable>>,
    /// Whether the other process still writes the run.
    pub going: bool,
}

/// One thing a person does, or that is reported from outside.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant)] // A few exist in a frame, each moved once or twice.
pub enum Action {
    /// Open a path or `builtin:NAME`.
    OpenData(String),
    /// Ask for a file in the system's dialog.
    PickFile,
    /// Ask for a folder in the system's dialog.
    PickFolder,
    /// Stop reading data.
    CancelOpen,
    /// Show this sample of the data in detail.
    SelectSample(Option<u32>),
    /// Change a setting (of the run too, if it is live and may change).
    Set(&'static str, Value),
    /// Put a setting back to its default.
    Reset(&'static str),
    /// Give a class of the open data another name; an empty one gives its own back.
    RenameClass(u32, String),
    /// Choose what a column of the open (or last tried) table is, by its name; a second time
    /// leaves it to be guessed.
    ChooseColumn(ColumnRole, String),
    /// Settings as they were before the last change.
    Undo,
    /// The change that was undone last.
    Redo,
    /// Show this setting in the Settings panel.
    ShowSetting(&'static str),
    /// Put all settings on the clipboard, as TOML.
    CopySettings,
    /// Take settings from the clipboard; answers with `Action::SettingsPasted`.
    PasteSettings,
    /// TOML from the clipboard: the settings it names change, the others stay.
    SettingsPasted(String),
    /// Ask for a file to save settings to or load them from, in the Settings panel; `None` no more.
    AskSettingsFile(Option<SettingsFile>),
    /// Ask for that file in the system's dialog.
    PickSettingsFile(SettingsFile),
    /// Write all settings to a TOML file; whether a file that exists may be replaced.
    SaveSettings(PathBuf, bool),
    /// Read settings from a TOML file, over the defaults.
    LoadSettings(PathBuf),
    /// A settings file was written, or why not.
    SettingsSaved(PathBuf, Result<(), NotSaved>),
    /// A settings file was read, or why not.
    SettingsRead(PathBuf, Result<String, String>),
    /// The settings files of the usual folder.
    SettingsListed(Vec<PathBuf>),
    /// Start training with the settings and data shown.
    Train,
    /// The same with one setting changed, or although memory may not be enough.
    TrainWith {
        /// The setting, as (key, value).
        change: Option<(&'static str, Value)>,
        /// Whether it begins although memory may not be enough.
        force: bool,
    },
    /// Go on from this checkpoint of a run in a new one, with settings changed.
    GoOnFrom {
        /// Folder of the run.
        run: PathBuf,
        /// Step of the checkpoint.
        step: u64,
        /// The settings, as (key, value).
        changes: Vec<(&'static str, Value)>,
    },
    /// Go on with the run shown, from its last checkpoint, until it has this many epochs in all.
    TrainOn(u64),
    /// Go on with a run from disk that ended before its last step, as if it had not.
    ResumeRun(PathBuf),
    /// Prepare a fork of a run, or create it.
    Fork(ForkWish),
    /// Train a part of a run again and compare: its last steps, or all of it.
    VerifyRun(PathBuf, bool),
    /// Do that with the last steps of the run shown.
    VerifyShown,
    /// Stop verifying.
    CancelVerify,
    /// Stand still.
    Pause,
    /// Go on.
    Resume,
    /// One step, then stand still.
    OneStep,
    /// End the run; a second time skips the closing evaluation.
    Stop,
    /// Evaluate now.
    EvaluateNow,
    /// Save a checkpoint now.
    SaveNow,
    /// Measure the shown run's last saved weights on other data: a path or `builtin:NAME`.
    EvaluateOn(String),
    /// Stop that.
    CancelEvaluateOn,
    /// Predict a folder of pictures or a table (a path) into this CSV file.
    PredictTo(String, PathBuf),
    /// Stop that; no file is left behind.
    CancelPredictTo,
    /// Show other predictions.
    Filter(PredictionFilter),
    /// Show other predictions and bring them to the front.
    ShowSamples(PredictionFilter),
    /// Show this row of the prediction table in detail.
    SelectPrediction(Option<usize>),
    /// Predict the text typed.
    TryText(String),
    /// Predict a picture file.
    TryImage(PathBuf),
    /// Look for runs on disk again.
    RefreshRuns,
    /// Show a run from disk in all panels.
    OpenRun(PathBuf),
    /// Light or dark.
    SetTheme(Theme),
    /// What the window speaks.
    SetLanguage(Language),
    /// Everything in the window one step larger.
    ZoomIn,
    /// Everything in the window one step smaller.
    ZoomOut,
    /// Everything in the window at its usual size.
    ZoomReset,
    /// Bring a panel to the front, by its id in the PANELS table.
    ShowPanel(&'static str),
    /// Show the command palette.
    OpenPalette,
    /// Show the sheet of keyboard shortcuts.
    OpenShortcuts,
    /// Show where things are.
    StartTour,
    /// Show this step of the tour.
    TourStep(usize),
    /// The tour was seen to its end, or dismissed: it does not come by itself again.
    EndTour,
    /// Forget what was opened lately.
    ClearRecent,
    /// Fetch a public data set.
    FetchPublic(&'static PublicSet),
    /// Stop fetching it.
    CancelFetch,
    /// It was looked up which public sets are on this computer.
    PublicListed(Vec<&'static str>),
    /// Look through the open data, as before training.
    CheckData,
    /// Stop looking through it.
    CancelCheck,
    /// Show the tokens of this sample as the model is given them.
    SeeTokens(u32),
    /// Bring the Data panel to the front, where its warnings are.
    ShowWarnings,
    /// The worker reported something.
    Worker(WorkerEvent),
    /// A run was read from disk.
    RunLoaded(PathBuf, Result<(Vec<Event>, Option<Arc<PredictionTable>>), String>),
    /// Another process trains a run that was read: what its log has gained.
    RunFollowed(PathBuf, News),
    /// The list of runs was read from disk.
    RunsListed(Vec<super::RunRow>),
    /// Files were dropped on the window.
    Dropped(Vec<PathBuf>),
    /// Settings of the recipe that comes with a built-in set.
    UseRecipe(&'static str),
    /// Set the model's sizes to those of a preset, by its name in the PRESETS table.
    UsePreset(&'static str),
    /// Predict the picture just read.
    PictureRead(PathBuf, Result<Picture, String>),
    /// Predict a sample of the shown run's data, chosen at random from the validation samples.
    TryRandomSample,
    /// Predict this sample of the shown run's data and show what the prediction rests on.
    ExplainSample(u32),
    /// Show what the answer in Try it rests on, or no longer.
    Explain(bool),
    /// Show what the model would be given, as this page of epochs.
    ModelView(u64),
    /// Show the live run again after looking at another.
    ShowLiveRun,
    /// Ask for a picture to try in the system's dialog.
    PickPicture,
    /// Put all panels back where they are at first.
    ResetLayout,
    /// Take the notice away; the log keeps it.
    DismissNotice,
    /// Tell the person something that happened outside.
    Tell(Level, String),
    /// Ask in the system's dialog for data that the shown run's model is put to work on.
    PickElsewhere {
        /// A folder instead of a file.
        folder: bool,
        /// To be predicted into a file beside it, instead of measured.
        predict: bool,
    },
    /// Ask in the system's dialog where to write something.
    PickExport(Export),
    /// Write something shown to a file; one that is there only if it may be replaced.
    Export {
        /// What.
        what: Export,
        /// Where to.
        path: PathBuf,
        /// Whether a file that is there may be replaced.
        replace: bool,
    },
    /// Compare the shown predictions with others, or with none.
    CompareWith(Option<Against>),
    /// Compare later predictions with those shown now.
    CompareWithShown,
    /// The predictions to compare with were read: the fingerprint of their data, and they.
    ComparisonRead(Against, Result<(String, Arc<PredictionTable>), String>),
    /// Draw an earlier run in the charts, or no longer.
    Overlay(PathBuf, bool),
    /// The colour of a run in the charts: red, green, blue.
    OverlayColor(PathBuf, [u8; 3]),
    /// A run for the charts was read.
    OverlayRead(PathBuf, Result<Arc<RunView>, String>),
    /// Name, tags and notes of a run.
    EditNotes(PathBuf, Notes),
    /// Move a run to the trash.
    DeleteRun(PathBuf),
    /// A run was moved to the trash: where it was and where it is.
    RunDeleted(PathBuf, Result<PathBuf, String>),
    /// Take the last deletion back.
    UndoDelete,
    /// What is in the trash: number of runs and bytes.
    TrashSeen(usize, u64),
    /// Delete for good what is in the trash.
    EmptyTrash,
    /// Show a folder in the system's file manager.
    ShowFolder(PathBuf),
}

/// What a column of a table is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnRole {
    /// Text or picture.
    Text,
    /// Label.
    Label,
    /// Train, validation or test.
    Split,
}

/// What must happen outside of State after an update.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Tell the worker that trains.
    Trainer(Command),
    /// Tell the worker that reads data, evaluates and predicts while the other trains.
    Reader(Command),
    /// Tell the worker that fetches public data sets.
    Fetcher(Command),
    /// Tell the worker that looks through data.
    Checker(Command),
    /// Look which public sets are on this computer; answers with `Action::PublicListed`.
    ListPublic,
    /// Show the system's file dialog; answers with `Action::OpenData`.
    PickFile,
    /// Show the system's folder dialog; answers with `Action::OpenData`.
    PickFolder,
    /// Read the list of runs; answers with `Action::RunsListed`.
    ListRuns,
    /// Read a run; answers with `Action::RunLoaded` and, as long as another process trains it,
    /// with `Action::RunFollowed`.
    LoadRun(PathBuf),
    /// Look no longer what another process adds to a run.
    StopFollowing,
    /// Show the system's dialog for a picture; answers with `Action::TryImage`.
    PickPicture,
    /// Put all panels back where they are at first.
    ResetLayout,
    /// Decode a picture file; answers with `Action::PictureRead`.
    ReadPicture(PathBuf),
    /// Bring a panel to the front, by its id in the PANELS table.
    ShowPanel(&'static str),
    /// Show the command palette.
    OpenPalette,
    /// Show the sheet of keyboard shortcuts.
    OpenShortcuts,
    /// Put a text on the clipboard.
    CopyText(String),
    /// Ask for the clipboard's text; answers with `Action::SettingsPasted`.
    AskPaste,
    /// Write a settings file; whether one that exists may be replaced. Answers with
    /// `Action::SettingsSaved`.
    WriteSettings(PathBuf, String, bool),
    /// Read a settings file; answers with `Action::SettingsRead`.
    ReadSettings(PathBuf),
    /// List the usual folder's settings files; answers with `Action::SettingsListed`.
    ListSettings,
    /// Show the system's dialog for a settings file; answers with `Action::SaveSettings` or
    /// `Action::LoadSettings`.
    PickSettingsFile(SettingsFile),
    /// Write the preferences (settings, theme) to disk.
    SavePreferences,
    /// Show the system's dialog for a file to write; answers with `Action::Export`.
    PickExport(Export),
    /// Show the system's dialog for a file or `folder` to `predict` or to be measured on; answers
    /// with `Action::PredictTo` or `Action::EvaluateOn`.
    PickElsewhere {
        /// A folder instead of a file.
        folder: bool,
        /// To be predicted.
        predict: bool,
    },
    /// Write a file; answers with `Action::Tell`.
    Export(Box<ExportJob>),
    /// Read predictions to compare with; answers with `Action::ComparisonRead`.
    ReadComparison(Against),
    /// Read a run for the charts; answers with `Action::OverlayRead`.
    ReadOverlay(PathBuf),
    /// Read from which checkpoints a run can be forked; answers with `Action::Fork`.
    ReadForkable(PathBuf),
    /// Write a run's notes.
    WriteNotes(PathBuf, Notes),
    /// Move a run to the trash; answers with `Action::RunDeleted`.
    DeleteRun(PathBuf),
    /// Move a run back from the trash (first path) to where it was; lists the runs.
    RestoreRun(PathBuf, PathBuf),
    /// Delete for good what is in the trash; lists the runs.
    EmptyTrash,
    /// Show a folder in the system's file manager.
    ShowFolder(PathBuf),
}
