//! The act of training: loop, optimizer, schedule, metrics, evaluation, checkpoints.
//! It has no threads of its own beyond compute, no channels, and prints nothing.

mod average;
pub mod baseline;
mod checkpoint;
mod class_weights;
mod clock;
mod control;
mod deadline;
mod deal;
mod engine;
mod error;
mod estimate;
mod evaluate;
mod examples;
mod extend;
mod fork;
mod forkable;
mod good;
mod learner;
mod link;
mod machine;
pub mod metrics;
mod mixup;
mod obey;
mod optimizer;
mod parallel;
mod peak;
mod place;
mod predict_file;
mod predictor;
mod resume;
mod room;
mod run;
mod saliency;
mod sampling;
pub mod schedule;
mod session;
mod setup;
mod spike;
mod verify;
mod wishes;

pub use crate::model::{Extent, Layer, Outline, Part};
/// Where compute time goes.
pub use crate::ops::profile;
pub use checkpoint::{CheckpointState, Reached, newest_checkpoint};
pub use clock::{Clock, SystemClock};
pub use control::{Control, NoSteering, Observer, PredictReply, PredictRequest, Steering};
pub use error::TrainError;
pub use estimate::{Estimate, Estimator, HowSure, outline};
pub use examples::Outside;
pub use extend::{ExtendJob, may_change};
pub use fork::{ForkJob, ForkPoint, fork, why_not_in_fork};
pub use forkable::{Forkable, forkable};
pub use machine::{Machine, free_bytes};
pub use optimizer::{Optimizer, StepSize, unmoved};
pub use parallel::{Compute, ComputeError, MakeInput, StepOptions, StepOutcome};
pub use peak::{ProductPeak, product_peak};
pub use predict_file::PredictedFile;
pub use predictor::Predictor;
pub use resume::ResumeJob;
pub use room::{Lighter, Room, Shortage};
pub use run::{TrainJob, extend, extend_by, resume, resume_on, run, run_by, run_on, run_within};
pub use saliency::{
    METHODS as SALIENCY_METHODS, Method as SaliencyMethod, Saliency, SaliencyParts, TextPart,
};
pub use setup::open_data;
pub use verify::{Difference, Verification, VerifyJob, verify};
