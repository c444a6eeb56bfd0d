//! The act of training: loop, optimizer, schedule, metrics, evaluation, checkpoints.
//! It has no threads of its own beyond compute, no channels, and prints nothing.

mod average;
mod checkpoint;
mod class_weights;
mod control;
mod deal;
mod engine;
mod error;
mod evaluate;
mod learner;
mod link;
pub mod metrics;
mod obey;
mod optimizer;
mod parallel;
mod place;
mod predictor;
mod run;
pub mod schedule;
mod session;
mod setup;
mod wishes;

pub use checkpoint::CheckpointState;
pub use control::{Control, NoSteering, Observer, PredictReply, PredictRequest, Steering};
pub use error::TrainError;
pub use optimizer::{Optimizer, StepSize, unmoved};
pub use parallel::{Compute, ComputeError, MakeInput, StepOptions, StepOutcome};
pub use predictor::Predictor;
pub use run::{TrainJob, run};
pub use setup::open_data;
