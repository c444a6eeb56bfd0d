//! A run as the window shows it: a fold over its events. A live run, a reopened run
//! and one still being written go through the same `apply`.

use crate::config::Value;
use crate::runs::{Accepted, Baseline, Done, Evaluation, Event, GoesOn, Parent, PredictionTable, Trouble};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// One point of a curve: (step, value).
pub type Point = [f64; 2];

/// A setting that changed while the run was going.
#[derive(Clone, Debug, PartialEq)]
pub struct SettingChange {
    /// The first step with the new value.
    pub step: u64,
    /// `section.name`.
    pub key: String,
    /// Before.
    pub from: Value,
    /// After.
    pub to: Value,
}

/// Everything known about one run.
#[derive(Clone, Debug, Default)]
pub struct RunView {
    /// Run folder.
    pub folder: PathBuf,
    /// The first event.
    pub accepted: Option<Accepted>,
    /// The run and the step that it is a fork of; what came up to that step it has from there.
    pub parent: Option<Parent>,
    /// Step metrics by name; points in order of steps, each kept.
    pub steps: BTreeMap<String, Vec<Point>>,
    /// Evaluations in order.
    pub evaluations: Vec<Evaluation>,
    /// Results of the cheap classifier, one for each split at most.
    pub baselines: Vec<Baseline>,
    /// Changes in order.
    pub changes: Vec<SettingChange>,
    /// What went wrong with its numbers, in order.
    pub troubles: Vec<Trouble>,
    /// Last step done.
    pub step: u64,
    /// Fractional epochs.
    pub epoch: f64,
    /// Seconds of training.
    pub seconds: f64,
    /// Of these, those of earlier sittings.
    pub seconds_before: f64,
    /// Updates in all as planned now.
    pub total_steps: u64,
    /// What is being done beside stepping: (stage, done, total).
    pub progress: Option<(String, u64, u64)>,
    /// Whether it stands still.
    pub paused: bool,
    /// The last event.
    pub done: Option<Done>,
    /// Per-sample predictions of the newest evaluation.
    pub predictions: Option<Arc<PredictionTable>>,
}

impl RunView {
    /// Takes one more event into account.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Accepted(accepted) => {
                self.folder = PathBuf::from(&accepted.run);
                self.total_steps = accepted.total_steps;
                self.accepted = Some((**accepted).clone());
            }
            Event::Progress { stage, done, total } => {
                self.progress = Some((stage.clone(), *done, *total));
            }
            Event::Step { step, epoch, seconds, metrics } => {
                self.progress = None;
                (self.step, self.epoch, self.seconds) = (*step, *epoch, *seconds);
                for (name, value) in metrics {
                    let x = *step as f64;
                    match self.steps.get_mut(name) {
                        Some(points) => points.push([x, *value]),
                        None => {
                            self.steps.insert(name.clone(), vec![[x, *value]]);
                        }
                    }
                }
            }
            Event::Evaluation(evaluation) => {
                self.progress = None;
                self.evaluations.push((**evaluation).clone());
            }
            Event::Baseline(baseline) => {
                self.progress = None;
                self.baselines.retain(|other| other.split != baseline.split);
                self.baselines.push((**baseline).clone());
            }
            Event::SettingChanged { step, key, from, to } => {
                if let (Some(accepted), Ok(row)) = (&mut self.accepted, crate::config::setting(key)) {
                    let plan = |a: &Accepted| (a.config.train.epochs, a.config.train.max_steps);
                    let before = plan(accepted);
                    if row.set(&mut accepted.config, to).is_ok() && plan(accepted) != before {
                        let (epochs, limit) = plan(accepted);
                        let planned = accepted.steps_per_epoch * epochs;
                        self.total_steps = if limit > 0 { planned.min(limit) } else { planned };
                    }
                }
                let change =
                    SettingChange { step: *step, key: key.clone(), from: from.clone(), to: to.clone() };
                // A run that goes on tells again what changed before the step it begins with.
                if !self.changes.contains(&change) {
                    self.changes.push(change);
                }
            }
            Event::Trouble(trouble) => self.troubles.push(trouble.clone()),
            Event::Paused { .. } => self.paused = true,
            Event::Forked(forked) => self.parent = Some(forked.parent.clone()),
            Event::Checkpoint { .. } | Event::Notice { .. } => {}
            Event::Resumed { sitting, .. } => {
                self.paused = false;
                if let (Some(goes_on), Some(sitting)) = (event.goes_on(), sitting) {
                    self.go_on(goes_on, sitting.total_steps, &sitting.device);
                }
            }
            Event::Extended(extended) => {
                if let Some(goes_on) = event.goes_on() {
                    self.go_on(goes_on, extended.total_steps, &extended.device);
                    self.seconds_before = self.seconds;
                }
            }
            Event::Done(done) => {
                self.progress = None;
                self.paused = false;
                self.done = Some((**done).clone());
            }
        }
    }

    /// A run goes on from a checkpoint: what came after it is taken back.
    fn go_on(&mut self, goes_on: GoesOn, total_steps: u64, device: &str) {
        for points in self.steps.values_mut() {
            let kept = points.partition_point(|[step, _]| *step <= goes_on.from_step as f64);
            points.truncate(kept);
        }
        let mut evaluations = 0;
        self.evaluations.retain(|evaluation| {
            evaluations += 1;
            goes_on.keeps_evaluation(evaluations - 1, evaluation.step)
        });
        self.changes.retain(|change| goes_on.keeps_change(change.step));
        self.troubles.retain(|trouble| trouble.step() <= goes_on.from_step);
        (self.step, self.total_steps) = (goes_on.from_step, total_steps);
        self.seconds = self.done.as_ref().map_or(self.seconds, |done| done.seconds);
        (self.done, self.progress, self.paused) = (None, None, false);
        if let Some(accepted) = &mut self.accepted {
            accepted.total_steps = total_steps;
            device.clone_into(&mut accepted.device);
        }
    }

    /// Seconds of training that are left at the pace so far, or until the deadline.
    pub fn seconds_left(&self) -> f64 {
        let left = self.total_steps.saturating_sub(self.step) as f64;
        let by_steps = left * self.seconds / self.step.max(1) as f64;
        let minutes = self.accepted.as_ref().map_or(0.0, |accepted| accepted.config.train.deadline);
        let spent = self.seconds - self.seconds_before;
        if minutes > 0.0 { by_steps.min((minutes * 60.0 - spent).max(0.0)) } else { by_steps }
    }

    /// Class names, empty before the run is accepted.
    pub fn classes(&self) -> &[String] {
        self.accepted.as_ref().map_or(&[], |a| &a.data.classes)
    }

    /// The newest evaluation of the validation examples.
    pub fn last_validation(&self) -> Option<&Evaluation> {
        self.evaluations.iter().rev().find(|e| e.split == crate::data::Split::Validation)
    }

    /// What the cheap classifier reached on the validation examples.
    pub fn baseline(&self) -> Option<&Baseline> {
        self.baselines.iter().find(|b| b.split == crate::data::Split::Validation)
    }

    /// Whether it still trains.
    pub fn is_live(&self) -> bool {
        self.accepted.is_some() && self.done.is_none()
    }
}
