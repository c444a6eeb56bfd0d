//! The act of training: loop, optimizer, schedule, metrics, evaluation, checkpoints.
//! It has no threads of its own beyond compute, no channels, and prints nothing.

mod control;
mod optimizer;
mod parallel;

pub use control::{Control, NoSteering, Observer, PredictReply, PredictRequest, Steering};
pub use optimizer::{AdamW, StepSize, unmoved};
pub use parallel::{Compute, ComputeError, MakeInput, StepOptions, StepOutcome};
