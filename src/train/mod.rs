//! The act of training: loop, optimizer, schedule, metrics, evaluation, checkpoints.
//! It has no threads of its own beyond compute, no channels, and prints nothing.

mod control;

pub use control::{Control, NoSteering, Observer, PredictReply, PredictRequest, Steering};
