//! A finished run's last weights, ready to predict and to be evaluated. It needs nothing
//! but the run folder, and changes nothing in it.

use super::checkpoint::{CheckpointState, MODEL, Sound, check_beside, newest_sound, read};
use super::engine::Engine;
use super::evaluate::{Examples, evaluation, predict};
use super::{PredictReply, PredictRequest, Saliency, TrainError, open_data};
use crate::config::RunConfig;
use crate::data::{Dataset, Modality, NO_SPLIT, OpenOptions, Progress, Split, open};
use crate::model::ModelSpec;
use crate::preprocess::{Preprocess, RawInput};
use crate::runs::{Checkpoints, Evaluation, Labels, PredictionTable, RunError, is_run};
use std::path::{Path, PathBuf};

/// What is being done while it is found out what a prediction rests on.
const STAGE: &str = "Explaining";

/// A model from a run folder.
pub struct Predictor {
    checkpoint: PathBuf,
    state: CheckpointState,
    labels: Labels,
    engine: Engine,
}

impl Predictor {
    /// Opens a run's last checkpoint.
    ///
    /// # Errors
    /// [`TrainError`] when the folder is not a run, has no checkpoint or is damaged.
    pub fn open(run: &Path) -> Result<Self, TrainError> {
        if !is_run(run) {
            return Err(RunError::at(
                run,
                "this folder is not a run",
                "give a folder that `attentive train` made; `attentive runs` lists them",
            )
            .into());
        }
        let newest = newest_sound(&Checkpoints::of(run), &[MODEL])?;
        let Sound { folder: checkpoint, state, .. } = newest.ok_or_else(|| {
            RunError::at(
                run,
                "the run has no saved weights yet",
                "wait for its first checkpoint, or train again",
            )
        })?;
        check_beside(run, &state)?;
        let labels = Labels::read(run)?;
        let preprocess = Preprocess::load(run)?;
        let path = checkpoint.join(MODEL);
        let weights = read(&path)?;
        let engine = Engine::open(&state.settings, &state.model, &weights, preprocess).map_err(|error| {
            RunError::at(&path, error.to_string(), "use another checkpoint, or train again")
        })?;
        if state.model.classes != labels.classes.len() {
            let cause =
                format!("{} labels for a model of {} classes", labels.classes.len(), state.model.classes);
            return Err(RunError::at(run, cause, "restore labels.json, or train again").into());
        }
        Ok(Self { checkpoint, state, labels, engine })
    }

    /// The checkpoint's folder.
    pub fn checkpoint(&self) -> &Path {
        &self.checkpoint
    }

    /// Sizes of the network.
    pub fn spec(&self) -> &ModelSpec {
        &self.state.model
    }

    /// Processor cores that compute.
    pub fn threads(&self) -> usize {
        self.engine.compute().threads()
    }

    /// Step of the weights.
    pub fn step(&self) -> u64 {
        self.state.step
    }

    /// Class names, in the order of the probabilities.
    pub fn classes(&self) -> &[String] {
        &self.labels.classes
    }

    /// The run's settings, live changes included.
    pub fn config(&self) -> &RunConfig {
        &self.state.settings
    }

    /// What the model takes.
    pub fn modality(&self) -> Modality {
        match self.engine.preprocess {
            Preprocess::Image(_) => Modality::Image,
            Preprocess::Text(_) => Modality::Text,
        }
    }

    /// Opens the run's own data with the run's splits. Data that changed since is told of in
    /// its notices.
    ///
    /// # Errors
    /// [`TrainError`] as the data's.
    pub fn own_data(&self, progress: Progress<'_>) -> Result<Dataset, TrainError> {
        let mut data = open_data(self.config(), progress)?;
        if data.modality() == Modality::Image && self.engine.preprocess.check_compatible(&data).is_err() {
            // Other pictures than then led to another size; they are read again for the model's.
            let config = self.config();
            data = open(&config.data.source, &self.open_options(), progress)?;
            data.hold_out(config.data.validation_fraction, config.train.seed);
        }
        if data.fingerprint != self.state.data {
            data.notices.push(format!(
                "{} is not the same as when the run was trained; its splits may mix examples that were learned from.",
                data.source
            ));
        }
        Ok(data)
    }

    /// How other data is to be read, so that it fits the model: columns named as in the run,
    /// pictures brought to the model's size and colours. Examples need no labels, and all
    /// count, whatever split a column says.
    pub fn open_options(&self) -> OpenOptions {
        OpenOptions {
            unlabelled: true,
            split_column: NO_SPLIT.to_owned(),
            encoding: String::new(),
            pictures: self.engine.preprocess.picture_options(),
            ..OpenOptions::of(self.config())
        }
    }

    /// Probabilities of each class for each example, or why there are none.
    pub fn predict(&self, inputs: &[RawInput]) -> Vec<Result<Vec<f32>, String>> {
        let request = PredictRequest { id: 0, inputs: inputs.to_vec(), explain: false };
        self.answer(&request).probabilities
    }

    /// The same for a request.
    pub fn answer(&self, request: &PredictRequest) -> PredictReply {
        self.engine.predict(request, self.state.step)
    }

    /// What the prediction of one example rests on, by the method of this name.
    ///
    /// # Errors
    /// Why not: an example that cannot be used, an unknown method, weights that are not numbers.
    /// `None` is no error: `progress` said no.
    pub fn explain(
        &self,
        input: &RawInput,
        method: &str,
        progress: Progress<'_>,
    ) -> Result<Option<Saliency>, String> {
        self.engine.explain(input, method, self.state.step, &mut |done, total| progress(STAGE, done, total))
    }

    /// Evaluates a data set: one split of it, or all of it. Classes are matched by name, so
    /// another data set may have them in another order or miss some; examples without a
    /// label are predicted and not counted.
    ///
    /// # Errors
    /// [`TrainError::Unfit`] when the data has a class that the model does not know or no
    /// such examples; [`TrainError::Cancelled`]; as preprocessing.
    pub fn evaluate(
        &self,
        data: &Dataset,
        split: Option<Split>,
        progress: Progress<'_>,
    ) -> Result<(Evaluation, PredictionTable), TrainError> {
        let begun = std::time::Instant::now();
        let classes = self.match_classes(data)?;
        let samples = match split {
            Some(split) => data.indices(split),
            None => (0..data.len() as u32).collect(),
        };
        if samples.is_empty() {
            let which = split.map_or("examples".to_owned(), |split| format!("{} examples", split.name()));
            return Err(unfit(
                data,
                format!("there are no {which} to evaluate"),
                "choose another split or data set",
            ));
        }
        let prepared = self.engine.preprocess.prepare(data, progress)?;
        let target =
            |sample: &u32| data.targets[*sample as usize].class().map(|class| classes[class as usize]);
        let targets: Vec<Option<u32>> = samples.iter().map(target).collect();
        let splits: Vec<Split> = samples.iter().map(|sample| data.splits[*sample as usize]).collect();
        let examples = Examples {
            samples: &samples,
            targets: &targets,
            splits: &splits,
            classes: self.labels.classes.len(),
        };
        let mut infer = |samples: &[u32]| self.engine.infer(&prepared, samples, &mut || false);
        let mut go_on = |done, total| progress("Evaluating", done, total);
        let table =
            predict(&examples, self.state.step, &mut infer, &mut go_on)?.ok_or(TrainError::Cancelled)?;
        let seconds = begun.elapsed().as_secs_f64();
        // All examples of another set count as a test of the model.
        let found = evaluation(&table, split.unwrap_or(Split::Test), self.state.epoch as f64, seconds);
        Ok((found, table))
    }

    /// The model's class for each class of the data set.
    fn match_classes(&self, data: &Dataset) -> Result<Vec<u32>, TrainError> {
        let known = &self.labels.classes;
        data.classes
            .iter()
            .map(|class| match known.iter().position(|k| k == class) {
                Some(place) => Ok(place as u32),
                None => Err(unfit(
                    data,
                    format!(
                        "the class '{class}' is unknown to the model, which was trained on {}",
                        known.join(", ")
                    ),
                    "rename it to one of these, take its examples out, or train on this data",
                )),
            })
            .collect()
    }
}

fn unfit(data: &Dataset, cause: String, remedy: &str) -> TrainError {
    TrainError::Unfit { source_name: data.source.clone(), cause, remedy: remedy.to_owned() }
}
