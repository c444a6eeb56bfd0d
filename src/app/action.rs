//! What a person can do, and what must then happen outside of State.

use super::{Picture, PredictionFilter, Theme};
use crate::config::Value;
use crate::data::catalogue::PublicSet;
use crate::language::Language;
use crate::runs::{Event, Level, PredictionTable};
use crate::worker::{Command, WorkerEvent};
use std::path::PathBuf;
use std::sync::Arc;

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
    /// Start training with the settings and data shown.
    Train,
    /// Go on with the run shown, from its last checkpoint, until it has this many epochs in all.
    TrainOn(u64),
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
    /// The list of runs was read from disk.
    RunsListed(Vec<super::RunRow>),
    /// Files were dropped on the window.
    Dropped(Vec<PathBuf>),
    /// Settings of the recipe that comes with a built-in set.
    UseRecipe(&'static str),
    /// Predict the picture just read.
    PictureRead(PathBuf, Result<Picture, String>),
    /// Predict a sample of the shown run's data, chosen at random from the validation samples.
    TryRandomSample,
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
    /// Read a run; answers with `Action::RunLoaded`.
    LoadRun(PathBuf),
    /// Show the system's dialog for a picture; answers with `Action::TryImage`.
    PickPicture,
    /// Put all panels back where they are at first.
    ResetLayout,
    /// Decode a picture file; answers with `Action::PictureRead`.
    ReadPicture(PathBuf),
    /// Bring a panel to the front, by its id in the PANELS table.
    ShowPanel(&'static str),
    /// Write the preferences (settings, theme) to disk.
    SavePreferences,
}
