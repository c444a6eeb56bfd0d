//! The network of settings and data, part by part, without looking at an example: of text the
//! vocabulary follows from a run's number of parameters, or is taken as large as allowed.

use super::super::TrainError;
use crate::config::RunConfig;
use crate::data::{DataSummary, Modality};
use crate::model::{InputSpec, Model, ModelSpec, Outline};

/// The network that a run with these settings trains on this data; `parameters` of that run,
/// where they are known.
///
/// # Errors
/// As a run's beginning: sizes that do not fit each other or the data.
pub fn outline(
    config: &RunConfig,
    data: &DataSummary,
    parameters: Option<u64>,
) -> Result<Outline, TrainError> {
    let size = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
    let input = match (data.modality, data.image_shape) {
        (Modality::Image, Some(shape)) => {
            let [channels, height, width] = shape.map(size);
            InputSpec::Image { channels, height, width, patch: size(config.model.patch) }
        }
        _ => InputSpec::Text {
            vocabulary: size(config.text.vocabulary),
            length: size(config.text.length).max(1),
        },
    };
    let mut spec = ModelSpec::from_config(config, input, data.classes.len())?;
    let counted = |vocabulary: usize| {
        let mut spec = spec.clone();
        if let InputSpec::Text { vocabulary: size, .. } = &mut spec.input {
            *size = vocabulary;
        }
        Model::count(&spec)
    };
    let (one, width) = (counted(1), spec.width);
    if let (InputSpec::Text { vocabulary, .. }, Some(parameters)) = (&mut spec.input, parameters) {
        *vocabulary = 1 + size(parameters).saturating_sub(one) / width;
    }
    Ok(spec.outline())
}
