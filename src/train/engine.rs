//! A network with what turns examples into its input and the threads that compute it:
//! enough to predict. It learns nothing.

use super::evaluate::Row;
use super::parallel::{Compute, ComputeError, MakeInput};
use super::{PredictReply, PredictRequest, SALIENCY_METHODS};
use crate::config::RunConfig;
use crate::model::{Model, ModelError, ModelSpec};
use crate::ops::{Instructions, Products};
use crate::preprocess::{Input, Prepared, Preprocess};
use candle_core::Device;
use std::cell::{RefCell, RefMut};

pub(super) struct Engine {
    pub model: Model,
    pub preprocess: Preprocess,
    // Computing borrows it for one batch at a time; between batches others may.
    compute: RefCell<Compute>,
}

impl Engine {
    /// With first weights drawn from the settings' seed.
    pub fn new(config: &RunConfig, spec: &ModelSpec, preprocess: Preprocess) -> Result<Self, ModelError> {
        Ok(Self::of(config, Model::new(spec, config.train.seed, &Device::Cpu)?, preprocess))
    }

    /// With saved weights.
    pub fn open(
        config: &RunConfig,
        spec: &ModelSpec,
        weights: &[u8],
        preprocess: Preprocess,
    ) -> Result<Self, ModelError> {
        Ok(Self::of(config, Model::from_bytes(spec, weights, &Device::Cpu)?, preprocess))
    }

    fn of(config: &RunConfig, model: Model, preprocess: Preprocess) -> Self {
        let threads = usize::try_from(config.train.threads).unwrap_or(0);
        Self { model, preprocess, compute: RefCell::new(Compute::new(threads)) }
    }

    pub fn compute(&self) -> RefMut<'_, Compute> {
        self.compute.borrow_mut()
    }

    /// Where it computes, in words.
    pub fn device(&self) -> String {
        let threads = self.compute.borrow().threads();
        let plural = if threads == 1 { "" } else { "s" };
        let kernel = match self.model.products() {
            Products::F32 => String::new(),
            Products::Bf16(kernel) => format!(", {}", kernel.name()),
        };
        format!("CPU, {threads} thread{plural}, {}{kernel}", Instructions::chosen().name())
    }

    /// Logits `[sample, class]`; `None` if `interrupted` said so.
    pub fn infer(
        &self,
        prepared: &Prepared,
        samples: &[u32],
        interrupted: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Vec<f32>>, ComputeError> {
        let make = |samples: &[u32]| prepared.input(samples, None);
        self.logits(&make, samples, interrupted)
    }

    fn logits(
        &self,
        make: &MakeInput<'_>,
        samples: &[u32],
        interrupted: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Vec<f32>>, ComputeError> {
        self.compute().infer(&self.model, make, samples, &mut |_| interrupted())
    }

    /// Predicts examples from outside with the weights of `step`, as they are now.
    pub fn predict(&self, request: &PredictRequest, step: u64) -> PredictReply {
        let mut inputs = Vec::new();
        let mut probabilities: Vec<Result<Vec<f32>, String>> = Vec::new();
        for input in self.preprocess.raw(&request.inputs) {
            probabilities.push(input.map(|input| {
                inputs.push(input);
                Vec::new()
            }));
        }
        let numbers: Vec<u32> = (0..inputs.len() as u32).collect();
        let make = |samples: &[u32]| join(samples.iter().filter_map(|s| inputs.get(*s as usize)));
        let logits = self.logits(&make, &numbers, &mut || false).map(Option::unwrap_or_default);
        let mut rows = logits.as_ref().map(|l| l.chunks_exact(self.model.spec().classes)).ok();
        for answer in probabilities.iter_mut().filter(|answer| answer.is_ok()) {
            *answer = match rows.as_mut().map(|rows| rows.next().map(|row| Row::new(row, None))) {
                Some(Some(row)) if row.probabilities.iter().all(|p| p.is_finite()) => Ok(row.probabilities),
                _ => Err(match &logits {
                    Err(error) => error.to_string(),
                    Ok(_) => "the model's answer is not a number; use an earlier checkpoint".to_owned(),
                }),
            };
        }
        let saliency = request.inputs.first().filter(|_| request.explain).map(|input| {
            let method = SALIENCY_METHODS.first().map_or("", |method| method.name);
            // Nobody says no, so there is an answer.
            let found = self.explain(input, method, step, &mut |_, _| true)?;
            found.ok_or_else(|| "this was not found out".to_owned())
        });
        PredictReply { id: request.id, step, probabilities, saliency }
    }
}

/// Several inputs as one batch; all are of the kind of the first.
pub(super) fn join<'a>(inputs: impl Iterator<Item = &'a Input>) -> Input {
    let mut joined: Option<Input> = None;
    for input in inputs {
        match (&mut joined, input) {
            (None, first) => joined = Some(first.clone()),
            (Some(Input::Images { pixels, .. }), Input::Images { pixels: more, .. }) => pixels.extend(more),
            (Some(Input::Tokens { ids, offsets }), Input::Tokens { ids: more, offsets: ends }) => {
                let base = ids.len();
                ids.extend(more);
                offsets.extend(ends.iter().skip(1).map(|end| base + end));
            }
            // One preprocessing makes inputs of one kind.
            (Some(_), _) => {}
        }
    }
    joined.unwrap_or(Input::Tokens { ids: Vec::new(), offsets: vec![0] })
}
