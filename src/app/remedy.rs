//! What can be done about a notice: buttons beside it, as values. It does nothing by itself; each
//! is an action that a person could also find elsewhere.

use super::{Action, State, trouble};
use crate::config::Value;
use crate::language::tr;
use crate::runs::Trouble;
use crate::train::Shortage;

/// A button beside a notice.
#[derive(Clone, Debug)]
pub struct Remedy {
    /// On the button.
    pub label: String,
    /// What it does, for the tooltip.
    pub help: String,
    /// The action.
    pub action: Action,
}

impl Remedy {
    fn new(label: impl Into<String>, help: impl Into<String>, action: Action) -> Self {
        Self { label: label.into(), help: help.into(), action }
    }

    /// Why it cannot be done now; `None` when it can.
    pub fn why_not(&self, state: &State) -> Option<String> {
        let begins = !matches!(self.action, Action::Set(..));
        state.why_busy().filter(|_| begins)
    }
}

/// The loss of the run that is going has gone up and stayed there.
pub(super) fn of_spike(spike: &Trouble) -> Vec<Remedy> {
    let rate = spike.lower_rate();
    vec![Remedy::new(
        tr!("Half the learning rate"),
        tr!("Change the learning rate of the run to {rate}, from its next step on.", rate = rate),
        Action::Set("train.learning_rate", Value::Float(rate)),
    )]
}

/// The live run has failed.
pub(super) fn of_failure(state: &State) -> Vec<Remedy> {
    let Some(run) = state.live_run() else { return Vec::new() };
    if run.accepted.is_none() {
        return Vec::new();
    }
    let folder = run.folder.clone();
    match trouble::ended_by(run) {
        Some(ended @ Trouble::NotFinite { good: Some(step), bf16, .. }) => {
            let (step, rate) = (*step, ended.lower_rate());
            let mut remedies = vec![Remedy::new(
                tr!("Go on from step {step} with half the learning rate", step = step),
                tr!("In a new run, with a learning rate of {rate}; this one stays as it is.", rate = rate),
                Action::GoOnFrom {
                    run: folder.clone(),
                    step,
                    changes: vec![("train.learning_rate", Value::Float(rate))],
                },
            )];
            if *bf16 {
                let exact = Value::Text("f32".to_owned());
                remedies.push(Remedy::new(
                    tr!("Go on from step {step} without mixed precision", step = step),
                    tr!("In a new run that computes in f32; this one stays as it is."),
                    Action::GoOnFrom { run: folder, step, changes: vec![("train.precision", exact)] },
                ));
            }
            remedies
        }
        Some(ended @ Trouble::NotFinite { good: None, .. }) => vec![again_with(ended.lower_rate())],
        _ => vec![Remedy::new(
            tr!("Resume it"),
            tr!("Go on from its newest checkpoint, to the very result that it would have had."),
            Action::ResumeRun(folder),
        )],
    }
}

fn again_with(rate: f64) -> Remedy {
    Remedy::new(
        tr!("Train again with a tenth of the learning rate"),
        tr!("Set the learning rate to {rate} and train a new run from the start.", rate = rate),
        Action::TrainWith { change: Some(("train.learning_rate", Value::Float(rate))), force: false },
    )
}

/// A run was refused for want of memory.
pub(super) fn of_shortage(shortage: &Shortage) -> Vec<Remedy> {
    let mut remedies = Vec::new();
    for lighter in &shortage.lighter {
        let (label, help) = if lighter.same_result {
            (
                tr!("Train with fewer threads ({count})", count = lighter.value),
                tr!("It takes longer; the result stays the same."),
            )
        } else {
            (
                tr!("Train with half the batch ({count})", count = lighter.value),
                tr!("Set the batch size to half and train; the result will be another one."),
            )
        };
        let change = Some((lighter.key, lighter.value.clone()));
        remedies.push(Remedy::new(label, help, Action::TrainWith { change, force: false }));
    }
    remedies.push(Remedy::new(
        tr!("Train anyway"),
        tr!("The system may end the program for want of memory; what was saved before stays."),
        Action::TrainWith { change: None, force: true },
    ));
    remedies
}
