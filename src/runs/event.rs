//! Events: the one truth about a run. The log on disk, the window and `--json`
//! show the same values; a run's view is a fold over them.

use super::{Parent, Trouble};
use crate::config::{RunConfig, Value};
use crate::data::{DataSummary, Split, Task};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Measured values by the name of their row in the METRICS table
/// (`loss`, `accuracy`, `learning_rate`, `gradient_norm`, `samples_per_s`, ...).
pub type Metrics = BTreeMap<String, f64>;

/// Measured values of each class, in the order of the classes, by the name of their row in
/// the METRICS table (`precision`, `recall`, `f1`, `support`); `None` where not defined.
pub type ClassMetrics = BTreeMap<String, Vec<Option<f64>>>;

/// Something that happened in a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The run exists: its settings and data are known and were found good.
    Accepted(Box<Accepted>),
    /// Work before or between steps; shown, never logged.
    Progress {
        /// What is being done, in words ("Reading images", "Evaluating", ...).
        stage: String,
        /// Units done.
        done: u64,
        /// Units in all; 0 when unknown.
        total: u64,
    },
    /// One update of the weights.
    Step {
        /// Counted from 1.
        step: u64,
        /// Fractional epochs gone through.
        epoch: f64,
        /// Seconds of training since the start, pauses left out.
        seconds: f64,
        /// Step metrics.
        #[serde(flatten)]
        metrics: Metrics,
    },
    /// One split was evaluated.
    Evaluation(Box<Evaluation>),
    /// A cheap classifier was evaluated on one split, to compare with.
    Baseline(Box<Baseline>),
    /// A setting changed while the run was going.
    SettingChanged {
        /// The first step that used the new value.
        step: u64,
        /// `section.name`.
        key: String,
        /// Before.
        from: Value,
        /// After.
        to: Value,
    },
    /// Weights were saved.
    Checkpoint {
        /// The step they belong to.
        step: u64,
        /// Folder, relative to the run.
        path: String,
        /// Whether it is the best so far.
        best: bool,
    },
    /// Training stands still until resumed.
    Paused {
        /// After this step.
        step: u64,
    },
    /// Training goes on: after a pause or, where a sitting is named, from a checkpoint after
    /// the run had ended before its last step. What the log has of later steps is superseded
    /// by what follows.
    Resumed {
        /// After this step.
        #[serde(alias = "step")]
        from_step: u64,
        /// How it goes on from a checkpoint.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sitting: Option<Box<Sitting>>,
    },
    /// Something a person should know.
    Notice {
        /// How serious.
        level: Level,
        /// In words, with the way out where there is one.
        text: String,
    },
    /// The numbers of the run have gone wrong.
    Trouble(Trouble),
    /// A run that had ended goes on from a checkpoint. What the log has of later steps is
    /// superseded by what follows.
    Extended(Box<Extended>),
    /// The run is a fork: what is told before this, it has from its parent. Settings that are
    /// other ones follow as changes.
    Forked(Box<Forked>),
    /// The end; the last event of a run, or of each sitting of one that was extended.
    Done(Box<Done>),
}

/// How serious a notice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Good to know.
    Info,
    /// May need attention.
    Warning,
    /// Something failed.
    Error,
}

/// A run's beginning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Accepted {
    /// Version of the program.
    pub version: String,
    /// Seconds since 1970-01-01 UTC.
    pub started: u64,
    /// Run folder, absolute; empty when the run is not kept.
    pub run: String,
    /// All settings.
    pub config: RunConfig,
    /// What is learned.
    pub task: Task,
    /// What it is learned from, after the split.
    pub data: DataSummary,
    /// Trainable numbers in the model.
    pub parameters: u64,
    /// Updates in an epoch.
    pub steps_per_epoch: u64,
    /// Updates in all, as planned now.
    pub total_steps: u64,
    /// Where it computes, for example "CPU, 2 threads, AVX-512".
    pub device: String,
}

/// How a run goes on. Settings that are other ones follow as changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Extended {
    /// Step of the checkpoint it goes on from.
    pub from_step: u64,
    /// Version of the program.
    pub version: String,
    /// Seconds since 1970-01-01 UTC.
    pub started: u64,
    /// Updates in all, as planned now.
    pub total_steps: u64,
    /// Where it computes.
    pub device: String,
}

/// How a run came of another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forked {
    /// From which run and checkpoint.
    #[serde(flatten)]
    pub parent: Parent,
    /// Version of the program.
    pub version: String,
    /// Seconds since 1970-01-01 UTC.
    pub started: u64,
}

/// How a run goes on as if it had never ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sitting {
    /// Version of the program.
    pub version: String,
    /// Seconds since 1970-01-01 UTC.
    pub started: u64,
    /// Updates in all, as planned now.
    pub total_steps: u64,
    /// Where it computes.
    pub device: String,
    /// How many of the evaluations so far stand: those behind them came of its end.
    #[serde(default)]
    pub evaluations: Option<u64>,
}

/// The result of evaluating one split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// After this step.
    pub step: u64,
    /// Fractional epochs gone through.
    pub epoch: f64,
    /// What was evaluated.
    pub split: Split,
    /// Number of examples.
    pub samples: u64,
    /// Evaluation metrics (`loss`, `accuracy`).
    #[serde(flatten)]
    pub metrics: Metrics,
    /// Metrics of each class; empty in logs of older versions and without labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub classes: ClassMetrics,
    /// `confusion[true class][predicted class]`, counts.
    pub confusion: Vec<Vec<u32>>,
    /// Seconds it took.
    pub seconds: f64,
    /// File with one row per sample, relative to the run folder.
    pub predictions: Option<String>,
    /// Whether it is the best validation result so far.
    pub best: bool,
}

/// A cheap classifier that a model is to beat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BaselineKind {
    /// Multinomial naive Bayes on words, for texts.
    NaiveBayes,
    /// Softmax regression on pixels, for pictures.
    SoftmaxRegression,
}

impl BaselineKind {
    /// What it is called in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Self::NaiveBayes => "naive Bayes",
            Self::SoftmaxRegression => "softmax regression",
        }
    }
}

/// The result of a cheap classifier that learned from the run's training examples. There is
/// none in logs of older versions, and none where `train.baseline` is off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// Which classifier.
    pub kind: BaselineKind,
    /// What was evaluated.
    pub split: Split,
    /// Number of examples that were evaluated.
    pub samples: u64,
    /// Number of training examples that it learned from; large data is not gone through whole.
    pub trained_on: u64,
    /// Evaluation metrics (`accuracy`, ...).
    #[serde(flatten)]
    pub metrics: Metrics,
    /// Seconds it took, learning included where it learned for this.
    pub seconds: f64,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// All steps done.
    Finished,
    /// A person stopped it.
    Stopped,
    /// It could not go on.
    Failed,
}

/// A run's end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Done {
    /// How.
    pub outcome: Outcome,
    /// Last step done.
    pub step: u64,
    /// Of the last weights.
    pub validation: Option<Score>,
    /// Of the last weights; `None` when the data has no test examples or it was skipped.
    pub test: Option<Score>,
    /// The best validation result.
    pub best: Option<Score>,
    /// Seconds of training, pauses left out.
    pub seconds: f64,
    /// Why it failed and what to try; empty otherwise.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// A result in one line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The step of the weights.
    pub step: u64,
    /// Number of examples.
    pub samples: u64,
    /// Evaluation metrics (`loss`, `accuracy`).
    #[serde(flatten)]
    pub metrics: Metrics,
}

/// Where a run goes on, and so what of its log no longer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GoesOn {
    /// Step of the checkpoint.
    pub from_step: u64,
    /// How many evaluations stand at most.
    pub evaluations: Option<u64>,
}

impl Event {
    /// Where a run goes on from a checkpoint with this event, if it does.
    pub fn goes_on(&self) -> Option<GoesOn> {
        match self {
            Self::Extended(extended) => Some(GoesOn { from_step: extended.from_step, evaluations: None }),
            Self::Resumed { from_step, sitting: Some(sitting) } => {
                Some(GoesOn { from_step: *from_step, evaluations: sitting.evaluations })
            }
            _ => None,
        }
    }
}

impl GoesOn {
    /// Whether the `index`th evaluation (from 0) of those that stood, made after `step`, stands.
    pub fn keeps_evaluation(&self, index: usize, step: u64) -> bool {
        step <= self.from_step && self.evaluations.is_none_or(|count| (index as u64) < count)
    }

    /// Whether a change of a setting that `step` was the first to use stands: one before the
    /// next step may be in the checkpoint; told again, it is the same change.
    pub fn keeps_change(&self, step: u64) -> bool {
        step <= self.from_step + 1
    }
}

/// The events of a run that stand, in order: what a later going on supersedes is left out.
/// Notices, checkpoints and ends of earlier sittings stay: they happened.
pub fn standing(events: Vec<Event>) -> Vec<Event> {
    let mut stand: Vec<Event> = Vec::with_capacity(events.len());
    for event in events {
        if let Some(goes_on) = event.goes_on() {
            let mut evaluations = 0;
            stand.retain(|earlier| match earlier {
                Event::Step { step, .. } => *step <= goes_on.from_step,
                Event::Evaluation(evaluation) => {
                    evaluations += 1;
                    goes_on.keeps_evaluation(evaluations - 1, evaluation.step)
                }
                Event::SettingChanged { step, .. } => goes_on.keeps_change(*step),
                Event::Trouble(trouble) => trouble.step() <= goes_on.from_step,
                _ => true,
            });
        }
        let again = matches!(event, Event::SettingChanged { .. }) && stand.contains(&event);
        if !again {
            stand.push(event);
        }
    }
    stand
}

impl Evaluation {
    /// The result in one line.
    pub fn score(&self) -> Score {
        Score { step: self.step, samples: self.samples, metrics: self.metrics.clone() }
    }
}
