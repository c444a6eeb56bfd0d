//! What a run will cost, before it: parameters, memory and the time of an epoch. Sizes come
//! from the settings and the data, memory from the buffers that the engine keeps, time from
//! a few steps of a shortened model on this machine. It trains nothing and keeps no weights.

mod facts;
mod memory;
mod outline;
mod time;

use super::TrainError;
use super::parallel::Compute;
use super::place::steps_per_epoch;
use crate::config::RunConfig;
use crate::data::{Dataset, Progress};
use crate::model::{Model, Outline};
pub(super) use facts::Facts;
pub(super) use memory::peak_bytes;
pub use outline::outline;

use facts::Vocabulary;
use std::collections::VecDeque;
use time::Speed;

/// Answers that are kept, so that going back to earlier settings costs nothing.
const KEPT: usize = 32;

/// What a run will cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// Trainable numbers; exact unless the vocabulary is assumed.
    pub parameters: u64,
    /// Most bytes that the run adds to the process; the opened data set is not counted.
    pub peak_bytes: u64,
    /// Seconds of an epoch: its updates and the evaluations in it.
    pub seconds_per_epoch: f64,
    /// What the figures rest on.
    pub how_sure: HowSure,
    /// The network, part by part.
    pub outline: Outline,
}

/// What an estimate rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HowSure {
    /// The real vocabulary and steps of this very width, measured on this machine.
    Measured,
    /// The texts are too many to learn the vocabulary now: it is taken to be as large as allowed,
    /// and lengths are those of a part of the texts.
    VocabularyAssumed,
    /// The model is too large to try: its time follows from its operations and the speed of a
    /// smaller one.
    TimeExtrapolated,
}

/// Makes estimates and remembers what they rest on.
#[derive(Default)]
pub struct Estimator {
    vocabulary: Option<Vocabulary>,
    speeds: VecDeque<(String, Speed)>,
}

impl Estimator {
    /// The cost of a run with these settings on this data, whose validation examples are held
    /// out already.
    ///
    /// # Errors
    /// As a run's beginning: settings that do not fit the data or each other;
    /// [`TrainError::Cancelled`].
    pub fn estimate(
        &mut self,
        config: &RunConfig,
        data: &Dataset,
        progress: Progress<'_>,
    ) -> Result<Estimate, TrainError> {
        config.validate()?;
        let facts = Facts::gather(config, data, &mut self.vocabulary, progress)?;
        let threads = Compute::new(usize::try_from(config.train.threads).unwrap_or(0)).threads();
        let plan = time::Plan::of(config, &facts, threads);
        let key = plan.key();
        let known = self.speeds.iter().find(|(k, _)| *k == key).map(|(_, speed)| *speed);
        let speed = match known {
            Some(speed) => speed,
            None => {
                let speed = plan.measure(&mut || !progress("Measuring the speed", 0, 0))?;
                self.speeds.push_back((key, speed));
                if self.speeds.len() > KEPT {
                    self.speeds.pop_front();
                }
                speed
            }
        };
        let train = &config.train;
        let steps = steps_per_epoch(facts.training, train.batch_size);
        let evaluations = match train.evaluate_every {
            0 => 1.0,
            every => steps as f64 / every as f64,
        };
        let seconds =
            steps as f64 * speed.step + evaluations * facts.validation as f64 * speed.inference_of_one;
        let how_sure = match (facts.vocabulary_is_exact, speed.extrapolated) {
            (_, true) => HowSure::TimeExtrapolated,
            (false, false) => HowSure::VocabularyAssumed,
            (true, false) => HowSure::Measured,
        };
        Ok(Estimate {
            parameters: Model::count(&facts.spec) as u64,
            peak_bytes: peak_bytes(config, &facts, threads),
            seconds_per_epoch: seconds,
            how_sure,
            outline: facts.spec.outline(),
        })
    }
}
