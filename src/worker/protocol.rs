//! What crosses between the window and the worker: plain values, never a tensor or a closure.

use crate::config::{RunConfig, Value};
use crate::data::catalogue::PublicSet;
use crate::data::{DataSummary, Dataset, OpenOptions, Preview, Split};
use crate::preprocess::{DataReport, ModelView, ModelViewRequest};
use crate::runs::{Event, PredictionTable};
use crate::train::{
    Control, Estimate, ForkJob, PredictReply, PredictRequest, PredictedFile, Shortage, Verification,
    VerifyJob,
};
use std::path::PathBuf;
use std::sync::Arc;

/// Names a job; made by the sender, never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub u64);

/// To the worker.
#[derive(Clone, Debug)]
pub enum Command {
    /// Begin a job; jobs wait their turn.
    Start(JobId, Job),
    /// Steer a job; ignored if it has ended.
    Control(JobId, Control),
    /// Stop what runs and leave.
    Shutdown,
}

/// What can be asked for.
#[derive(Clone, Debug)]
pub enum Job {
    /// Train a model from scratch.
    Train {
        /// All settings.
        config: Box<RunConfig>,
        /// The data, if already open and the source is the same; otherwise it is opened.
        data: Option<Arc<Dataset>>,
        /// Folder to create for the run.
        folder: PathBuf,
        /// Whether it begins although memory may not be enough.
        force: bool,
    },
    /// Go on with a run that has ended, from its last checkpoint.
    Extend {
        /// Run folder.
        run: PathBuf,
        /// Settings to change, as (key, value).
        changes: Vec<(String, Value)>,
        /// The run's data, if already open.
        data: Option<Arc<Dataset>>,
    },
    /// Go on with a run that ended before its last step, as if it had not.
    Resume {
        /// Run folder.
        run: PathBuf,
        /// The run's data, if already open.
        data: Option<Arc<Dataset>>,
    },
    /// Write the folder of a fork, which is then to be resumed.
    Fork(ForkJob),
    /// Train a part of a run again and compare; the answer is `Verified`.
    Verify(VerifyJob),
    /// Evaluate a finished run's last weights.
    Evaluate {
        /// Run folder.
        run: PathBuf,
        /// Another data source; `None` for the run's own.
        source: Option<String>,
        /// Which split of the run's own data; `None` for all examples of `source`.
        split: Option<Split>,
    },
    /// Predict a folder of pictures or a table into a CSV file; the answer is `PredictedFile`.
    PredictFile {
        /// Run folder.
        run: PathBuf,
        /// A picture, a folder of pictures, a table or other data.
        source: String,
        /// The file to write; it appears when it is complete.
        out: PathBuf,
    },
    /// Predict examples with a run's last weights.
    Predict {
        /// Run folder.
        run: PathBuf,
        /// The examples.
        request: PredictRequest,
    },
    /// Say what a run will cost.
    Estimate {
        /// All settings.
        config: Box<RunConfig>,
        /// The data, with the run's validation split.
        data: Arc<Dataset>,
    },
    /// Open data and say what it is.
    Describe {
        /// A path or `builtin:NAME`.
        source: String,
        /// How to read it.
        options: OpenOptions,
        /// Validation share and seed, applied at once so that counts are the run's.
        hold_out: (f64, u64),
    },
    /// Look through data before training on it.
    Check {
        /// The data, split for the run.
        data: Arc<Dataset>,
        /// All settings.
        config: Box<RunConfig>,
    },
    /// Fetch a public set from the network.
    Fetch {
        /// Which.
        set: &'static PublicSet,
        /// The data folder.
        folder: PathBuf,
    },
    /// Read the first rows of a table.
    Preview {
        /// A path.
        source: String,
        /// How to read it.
        options: OpenOptions,
    },
    /// Show what the model would be given: pictures, or the tokens of texts.
    ModelView {
        /// The data, split for the run.
        data: Arc<Dataset>,
        /// All settings.
        config: Box<RunConfig>,
        /// Which samples.
        request: ModelViewRequest,
    },
}

/// From the worker.
#[derive(Clone, Debug)]
pub struct WorkerEvent {
    /// Which job it is about.
    pub job: JobId,
    /// What happened.
    pub kind: WorkerEventKind,
}

/// What happened. Every accepted job gets exactly one `Ended`.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant)] // The large one comes once for each data set opened.
pub enum WorkerEventKind {
    /// The job has begun.
    Accepted,
    /// An event of the run, or progress of the job.
    Run(Event),
    /// Per-sample predictions of the evaluation just reported.
    Predictions(Arc<PredictionTable>),
    /// The answer to a prediction.
    Predicted(PredictReply),
    /// The first rows of a table.
    Preview(Box<Preview>),
    /// What a run will cost.
    Estimated(Box<Estimate>),
    /// What came of a replay.
    Verified(Box<Verification>),
    /// A file of predictions was written.
    PredictedFile(PredictedFile),
    /// Data was opened; also the other data that a run is evaluated on.
    Data(Arc<Dataset>, DataSummary),
    /// Data was looked through.
    Report(Arc<DataReport>),
    /// What the model would be given.
    ModelView(Arc<ModelView>),
    /// The run was refused because it would take more memory than there is.
    Shortage(Box<Shortage>),
    /// The job is over: `Err` says why it failed and what to try.
    Ended(Result<(), String>),
}
