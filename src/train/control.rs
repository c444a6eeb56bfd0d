//! How the outside steers a run and hears of it, as plain values and two traits.

use super::Saliency;
use crate::config::Value;
use crate::preprocess::RawInput;
use crate::runs::{Event, PredictionTable};
use std::sync::Arc;

/// A wish of the person while a job runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Control {
    /// Stand still after the current step.
    Pause,
    /// Go on.
    Resume,
    /// Do one step, then stand still again.
    OneStep,
    /// End: halt within a step, then save and evaluate. A second one skips that.
    Stop,
    /// Save a checkpoint now.
    SaveNow,
    /// Evaluate the validation examples now.
    EvaluateNow,
    /// Change a live setting.
    Change(&'static str, Value),
    /// Predict with the current weights.
    Predict(PredictRequest),
}

/// Examples from outside to be predicted.
#[derive(Clone, Debug, PartialEq)]
pub struct PredictRequest {
    /// Comes back in the reply.
    pub id: u64,
    /// The examples.
    pub inputs: Vec<RawInput>,
    /// Whether to find out what the first one's prediction rests on, too.
    pub explain: bool,
}

/// The answer to a [`PredictRequest`].
#[derive(Clone, Debug, PartialEq)]
pub struct PredictReply {
    /// As in the request.
    pub id: u64,
    /// Step of the weights used.
    pub step: u64,
    /// One entry per input: one probability per class, or why it could not be done.
    pub probabilities: Vec<Result<Vec<f32>, String>>,
    /// What the first one rests on, or why that is not known; `None` where nobody asked.
    pub saliency: Option<Result<Saliency, String>>,
}

/// Hears what happens. Called on the training thread only; `Send` so that reading data may report from helpers.
pub trait Observer: Send {
    /// Something happened.
    fn event(&mut self, event: &Event);
    /// Per-sample predictions of an evaluation just reported.
    fn predictions(&mut self, table: &Arc<PredictionTable>) {
        let _ = table;
    }
    /// The answer to a [`Control::Predict`].
    fn predicted(&mut self, reply: PredictReply) {
        let _ = reply;
    }
}

/// Says what the person wishes. `Send` so that it may be asked between micro-batches, wherever they are computed.
pub trait Steering: Send {
    /// The next wish, if there is one; never waits. Looked at before each step, between
    /// micro-batches and inside evaluation.
    fn poll(&mut self) -> Option<Control>;
    /// The next wish; waits for it. `None` when there will be no more (treated as Stop).
    fn wait(&mut self) -> Option<Control>;
}

/// Steering that never wishes anything.
pub struct NoSteering;

impl Steering for NoSteering {
    fn poll(&mut self) -> Option<Control> {
        None
    }
    fn wait(&mut self) -> Option<Control> {
        None
    }
}
