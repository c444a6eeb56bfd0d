//! Texts to token ids, cut to a length.

use super::encoded::Encoded;
use super::parallel::in_order;
use super::tokenizer::Tokenizer;
use super::{PreprocessError, RawInput};
use crate::config::{ModelKind, Pooling, RunConfig, TokenizerKind};
use crate::data::{Progress, Texts};
use std::path::Path;

/// How texts become the model's input.
#[derive(Clone, Debug, PartialEq)]
pub struct TextTransform {
    /// Which kind of tokenizer.
    pub kind: TokenizerKind,
    /// The tokenizer, trained.
    pub tokenizer: Tokenizer,
    /// Longest sequence in tokens; longer ones lose their end.
    pub length: usize,
    /// Whether text was turned to lower case; the tokenizer does it.
    pub lowercase: bool,
    /// Whether `[CLS]` stands in front of each text, for a model that reads its class from there.
    pub class_token: bool,
    /// Whether it stands behind each text instead, for a decoder.
    pub class_last: bool,
}

impl TextTransform {
    /// Trains the tokenizer on the training texts alone, or takes the one of the file that the
    /// settings name.
    ///
    /// # Errors
    /// No training texts, a vocabulary too small, cancelled.
    pub fn fit(
        texts: &Texts,
        training: &[u32],
        config: &RunConfig,
        progress: Progress<'_>,
    ) -> Result<Self, PreprocessError> {
        if training.is_empty() {
            return Err(PreprocessError::NoTraining);
        }
        let chosen: Vec<&str> = training.iter().map(|sample| texts.get(*sample as usize)).collect();
        let settings = &config.text;
        let vocabulary = usize::try_from(settings.vocabulary).unwrap_or(usize::MAX);
        let tokenizer = match settings.tokenizer_file.trim() {
            "" => {
                Tokenizer::train_once(settings.tokenizer, &chosen, vocabulary, settings.lowercase, progress)?
            }
            file => Tokenizer::from_file(Path::new(file))?,
        };
        Ok(Self {
            kind: settings.tokenizer,
            tokenizer,
            length: usize::try_from(settings.length).unwrap_or(usize::MAX).max(1),
            lowercase: settings.lowercase,
            class_token: config.model.pooling == Pooling::ClassToken,
            class_last: config.model.pooling == Pooling::ClassToken
                && config.model.kind == ModelKind::Decoder,
        })
    }

    /// Token ids of one text: at least one, at most `length`.
    ///
    /// # Errors
    /// Why the text cannot be cut.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, String> {
        let mut ids = self.tokenizer.encode(text)?;
        if self.class_last {
            ids.truncate(self.length.saturating_sub(1));
            ids.push(self.tokenizer.class());
        } else if self.class_token {
            ids.insert(0, self.tokenizer.class());
        }
        ids.truncate(self.length);
        Ok(ids)
    }

    /// All texts, tokenised in several threads.
    ///
    /// # Errors
    /// A text that cannot be cut, cancelled.
    pub(super) fn encode_all(
        &self,
        texts: &Texts,
        progress: Progress<'_>,
    ) -> Result<Encoded, PreprocessError> {
        let indices: Vec<usize> = (0..texts.len()).collect();
        let parts = in_order(&indices, "Cutting texts into tokens", progress, |indices| {
            indices.iter().map(|index| self.encode(texts.get(*index))).collect::<Result<Vec<_>, String>>()
        })?;
        let (mut ids, mut offsets) = (Vec::new(), vec![0]);
        for part in parts {
            let part = part.map_err(|cause| PreprocessError::Tokenizer {
                cause,
                remedy: "choose another text.tokenizer".to_owned(),
            })?;
            for text in part {
                ids.extend(text);
                offsets.push(ids.len());
            }
        }
        Ok(Encoded { ids, offsets })
    }

    /// A text from outside.
    ///
    /// # Errors
    /// Says why it cannot be used.
    pub fn raw(&self, input: &RawInput) -> Result<Vec<u32>, String> {
        match input {
            RawInput::Text(text) => self.encode(text),
            RawInput::Image { .. } => {
                Err("this model was trained on texts; give a text, not a picture".to_owned())
            }
        }
    }
}
