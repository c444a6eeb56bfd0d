//! What an estimate must know of the data: the model's sizes and how long the examples are.
//! A tokenizer is learned as the run will learn it, from all training texts where they are
//! few enough and from a part of them otherwise. It looks at training examples only. When a run
//! begins, what it has learned of its data is taken instead.

use super::super::TrainError;
use crate::config::{ModelKind, Pooling, RunConfig, TokenizerKind};
use crate::data::{Dataset, Examples, Progress, Split, Texts};
use crate::model::{InputSpec, ModelSpec};
use crate::preprocess::{InputShape, Preprocess, TextTransform};

/// Bytes of training texts from which a tokenizer is learned here.
const MOST_BYTES: usize = 4 << 20;
/// Texts whose lengths are looked at.
const MOST_TEXTS: usize = 2048;

pub(in crate::train) struct Facts {
    pub spec: ModelSpec,
    /// Rows of some training examples, in an order without meaning.
    pub rows: Vec<usize>,
    /// Training examples.
    pub training: usize,
    /// Validation examples.
    pub validation: usize,
    /// Validation and test examples, of which predictions are kept.
    pub predicted: usize,
    /// Rows of all examples together, where they are kept as token ids.
    pub tokens: usize,
    pub vocabulary_is_exact: bool,
}

/// Everything that texts' tokens depend on.
type Key = (String, u64, (TokenizerKind, String), u64, u64, bool, Pooling, ModelKind);

/// What was learned from texts, and for which.
#[derive(Clone)]
pub(super) struct Vocabulary {
    key: Key,
    size: usize,
    rows: Vec<usize>,
    exact: bool,
}

impl Facts {
    pub(super) fn gather(
        config: &RunConfig,
        data: &Dataset,
        known: &mut Option<Vocabulary>,
        progress: Progress<'_>,
    ) -> Result<Self, TrainError> {
        let size = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
        let training = data.indices(Split::Train);
        let (input, rows, exact) = match &data.examples {
            Examples::Images(images) => {
                let (channels, height, width) = (images.channels, images.height, images.width);
                let input = InputSpec::Image { channels, height, width, patch: size(config.model.patch) };
                (input, Vec::new(), true)
            }
            Examples::Texts(texts) => {
                let key = key(config, data, training.len() as u64);
                if known.as_ref().is_none_or(|known| known.key != key) {
                    *known = Some(learn(key, config, texts, &training, progress)?);
                }
                let known = known.as_ref().ok_or(TrainError::Cancelled)?;
                let input =
                    InputSpec::Text { vocabulary: known.size, length: size(config.text.length).max(1) };
                (input, known.rows.clone(), known.exact)
            }
        };
        Self::with(config, data, input, rows, exact)
    }

    /// Of a run that has made itself ready for its data.
    pub fn of(config: &RunConfig, data: &Dataset, preprocess: &Preprocess) -> Result<Self, TrainError> {
        let patch = usize::try_from(config.model.patch).unwrap_or(usize::MAX);
        let input = match preprocess.input_shape() {
            InputShape::Image { channels, height, width } => {
                InputSpec::Image { channels, height, width, patch }
            }
            InputShape::Text { vocabulary, length } => InputSpec::Text { vocabulary, length },
        };
        let rows = match (preprocess, &data.examples) {
            (Preprocess::Text(transform), Examples::Texts(texts)) => {
                some_rows(transform, texts, &data.indices(Split::Train))
            }
            _ => Vec::new(),
        };
        Self::with(config, data, input, rows, true)
    }

    fn with(
        config: &RunConfig,
        data: &Dataset,
        input: InputSpec,
        rows: Vec<usize>,
        exact: bool,
    ) -> Result<Self, TrainError> {
        let spec = ModelSpec::from_config(config, input, data.classes.len())?;
        let rows = if rows.is_empty() { vec![spec.rows()] } else { rows };
        let mean = rows.iter().sum::<usize>() / rows.len();
        let is_text = matches!(data.examples, Examples::Texts(_));
        Ok(Self {
            spec,
            rows,
            training: data.count(Split::Train),
            validation: data.count(Split::Validation),
            predicted: data.count(Split::Validation) + data.count(Split::Test),
            tokens: if is_text { data.len() * mean } else { 0 },
            vocabulary_is_exact: exact,
        })
    }

    /// Rows of the `i`th example of an epoch.
    pub fn rows_of(&self, i: usize) -> usize {
        self.rows[i % self.rows.len()]
    }
}

fn key(config: &RunConfig, data: &Dataset, training: u64) -> Key {
    let text = &config.text;
    // The class token stands in the sequence or not.
    let pooling =
        if config.model.pooling == Pooling::ClassToken { Pooling::ClassToken } else { Pooling::Mean };
    let seed = training ^ config.train.seed.rotate_left(32);
    let fingerprint = data.fingerprint.clone();
    (
        fingerprint,
        seed,
        (text.tokenizer, text.tokenizer_file.clone()),
        text.vocabulary,
        text.length,
        text.lowercase,
        pooling,
        config.model.kind,
    )
}

fn learn(
    key: Key,
    config: &RunConfig,
    texts: &Texts,
    training: &[u32],
    progress: Progress<'_>,
) -> Result<Vocabulary, TrainError> {
    let bytes: usize = training.iter().map(|sample| texts.get(*sample as usize).len()).sum();
    let every = bytes.div_ceil(MOST_BYTES).max(1);
    let part: Vec<u32> = training.iter().copied().step_by(every).collect();
    let transform = TextTransform::fit(texts, &part, config, progress)?;
    let rows = some_rows(&transform, texts, &part);
    let exact = every == 1 || !config.text.tokenizer_file.trim().is_empty();
    let size = if exact {
        transform.tokenizer.vocabulary()
    } else {
        usize::try_from(config.text.vocabulary).unwrap_or(usize::MAX)
    };
    Ok(Vocabulary { key, size, rows, exact })
}

/// Rows of some of the texts.
fn some_rows(transform: &TextTransform, texts: &Texts, samples: &[u32]) -> Vec<usize> {
    let every = samples.len().div_ceil(MOST_TEXTS).max(1);
    let encoded = samples.iter().step_by(every).filter_map(|s| transform.encode(texts.get(*s as usize)).ok());
    encoded.map(|ids| ids.len().max(1)).collect()
}
