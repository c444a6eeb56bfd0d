//! The cheap classifier within a run: it learns when its first result is wanted, just before
//! the first evaluation, so that no step waits for it. A wish to stop ends it within
//! milliseconds. It is measured once on each split and never takes part in training.

use super::Learned;
use crate::data::{DataError, Split};
use crate::preprocess::order;
use crate::runs::{Baseline, Event, Level};
use crate::train::error::Halt;
use crate::train::evaluate::{Examples, predict};
use crate::train::metrics::evaluation_metrics;
use crate::train::session::Session;
use crate::train::wishes::Stop;
use std::time::Instant;

/// Examples of a split that are evaluated, at most.
const EVALUATED: usize = 50_000;

/// What a run has of its cheap classifier.
#[derive(Default)]
pub(in crate::train) struct Cheap {
    learned: Option<Learned>,
    /// Whether it could not be learned, which has been told.
    given_up: bool,
    measured: Vec<Baseline>,
}

impl Cheap {
    /// As the log of a run that goes on has it.
    pub fn measured(events: &[Event]) -> Self {
        let baseline = |event: &Event| match event {
            Event::Baseline(baseline) => Some((**baseline).clone()),
            _ => None,
        };
        Self { measured: events.iter().filter_map(baseline).collect(), ..Self::default() }
    }

    /// Whether it can be evaluated at once.
    pub fn is_learned(&self) -> bool {
        self.learned.is_some()
    }

    /// What it reached on a split.
    fn of(&self, split: Split) -> Option<&Baseline> {
        self.measured.iter().find(|baseline| baseline.split == split)
    }
}

impl Session<'_> {
    /// Evaluates the cheap classifier on a split, unless that was done, and reports it. A wish
    /// to stop as strong as `limit` ends it without a result.
    pub(in crate::train) fn measure_baseline(&mut self, split: Split, limit: Stop) -> Result<(), Halt> {
        if !self.config.train.baseline || self.cheap.given_up || self.cheap.of(split).is_some() {
            return Ok(());
        }
        match self.baseline(split, limit) {
            Ok(None) => Ok(()),
            Ok(Some(baseline)) => {
                self.cheap.measured.push(baseline.clone());
                self.emit(&Event::Baseline(Box::new(baseline)))
            }
            Err(error) => {
                self.cheap.given_up = true;
                let text = format!("there is no baseline to compare with: {error}");
                self.emit(&Event::Notice { level: Level::Warning, text })
            }
        }
    }

    /// The result on a split; `None` where there is none to be had.
    fn baseline(&mut self, split: Split, limit: Stop) -> Result<Option<Baseline>, DataError> {
        let (begun, data, link) = (Instant::now(), self.data.clone(), self.link);
        let seed = self.config.train.seed;
        let mut samples = data.indices(split);
        samples.retain(|sample| data.targets[*sample as usize].class().is_some());
        if samples.len() > EVALUATED {
            samples = order(seed, 0, &samples);
            samples.truncate(EVALUATED);
        }
        if samples.is_empty() {
            return Ok(None);
        }
        if self.cheap.learned.is_none() {
            let go_on = |share: f64| {
                link.progress("Learning the baseline", (share * 100.0) as u64, 100);
                link.look() < limit
            };
            self.cheap.learned = Learned::learn(&data, seed, &go_on)?;
        }
        let Some(learned) = &self.cheap.learned else { return Ok(None) };
        let targets: Vec<Option<u32>> = samples.iter().map(|s| data.targets[*s as usize].class()).collect();
        let splits = vec![split; samples.len()];
        let examples =
            Examples { samples: &samples, targets: &targets, splits: &splits, classes: data.classes.len() };
        let mut infer = |samples: &[u32]| learned.logits(&data, samples).map(Some);
        let stage = if split == Split::Test { "Evaluating the test examples" } else { "Evaluating" };
        let mut go_on = |done, total| {
            link.progress(stage, done, total);
            link.look() < limit
        };
        let Some(table) = predict(&examples, 0, &mut infer, &mut go_on)? else { return Ok(None) };
        Ok(Some(Baseline {
            kind: learned.kind(),
            split,
            samples: samples.len() as u64,
            trained_on: learned.trained_on() as u64,
            metrics: evaluation_metrics(&table),
            seconds: begun.elapsed().as_secs_f64(),
        }))
    }

    /// Says so when the model has not beaten the cheap classifier on the validation examples.
    pub(in crate::train) fn tell_baseline(&mut self) -> Result<(), Halt> {
        let (Some(best), Some(cheap)) = (self.marks.best(), self.cheap.of(Split::Validation)) else {
            return Ok(());
        };
        let accuracy = |metrics: &crate::runs::Metrics| metrics.get("accuracy").copied();
        let (Some(own), Some(other)) = (accuracy(&best.metrics), accuracy(&cheap.metrics)) else {
            return Ok(());
        };
        if own > other {
            return Ok(());
        }
        let text = format!(
            "the model does not beat the baseline: its best validation accuracy is {:.1} % (step {}), and {} \
             reaches {:.1} % of {} examples in {:.1} s. Try longer training (train.epochs), a smaller model \
             (model.width, model.depth) or more training examples",
            own * 100.0,
            best.step,
            cheap.kind.name(),
            other * 100.0,
            cheap.samples,
            cheap.seconds
        );
        self.emit(&Event::Notice { level: Level::Warning, text })
    }
}
