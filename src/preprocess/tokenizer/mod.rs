//! Tokenizers, trained in process: one file and one line of the TOKENIZERS table each.
//!
//! What is learned is written as `tokenizer.json`, the format of the `tokenizers` crate,
//! which then does the cutting; so the file can be read elsewhere too. Four special tokens
//! come first: `[PAD]` 0, `[UNK]` 1, `[CLS]` 2, `[SEP]` 3. None is put around a text here:
//! `TextTransform` puts `[CLS]` in front, or behind, where the model pools by it. The same texts and settings give the same bytes.

mod bpe;
mod cache;
mod character;
mod chunks;
mod foreign;
mod merges;
mod wordpiece;

use super::PreprocessError;
use super::parallel::in_order;
use crate::config::TokenizerKind;
use crate::data::Progress;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tokenizers::tokenizer::{NormalizedString, OffsetReferential, OffsetType, PreTokenizedString};
use tokenizers::{Normalizer, PreTokenizer};

/// The special tokens; the place of each is its id.
pub const SPECIAL: [&str; 4] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"];
/// Id of the token for what is not in the vocabulary, and of an empty text.
pub const UNKNOWN: u32 = 1;
/// Id of the token that stands in front of a text, or behind it, for pooling by class token.
pub const CLASS: u32 = 2;

/// Words and how often each occurs, sorted.
type Words = BTreeMap<String, u64>;

/// One kind of tokenizer.
pub struct TokenizerRow {
    /// The choice in the settings.
    pub kind: TokenizerKind,
    /// Smallest vocabulary that it can work with.
    pub least: usize,
    /// `normalizer`, `pre_tokenizer` and `decoder` of tokenizer.json.
    steps: fn(lowercase: bool) -> [Value; 3],
    /// Learns at most so many tokens (special ones included) from words; returns `model` of
    /// tokenizer.json, or `None` when cancelled.
    learn: fn(&Words, usize, &mut dyn FnMut() -> bool) -> Option<Value>,
}

/// All kinds of tokenizers.
pub static TOKENIZERS: &[TokenizerRow] = &[wordpiece::ROW, bpe::ROW, character::ROW];

/// A trained tokenizer.
#[derive(Clone)]
pub struct Tokenizer {
    inner: Arc<tokenizers::Tokenizer>,
    json: String,
    /// One above the largest id.
    vocabulary: usize,
    unknown: u32,
    class: u32,
    /// Whether it was trained here, so that texts may be cut in chunks; see `chunks.rs`.
    separable: bool,
}

impl std::fmt::Debug for Tokenizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tokenizer({} tokens)", self.vocabulary())
    }
}

impl PartialEq for Tokenizer {
    fn eq(&self, other: &Self) -> bool {
        self.json == other.json
    }
}

const TRAIN_REMEDY: &str = "choose another text.tokenizer";
const LOAD_REMEDY: &str = "restore tokenizer.json from the run or train again";

impl Tokenizer {
    /// Learns a tokenizer of at most `vocabulary` tokens from `texts`.
    ///
    /// # Errors
    /// A vocabulary too small for its kind, a failure inside the crate, or cancelled.
    pub fn train(
        kind: TokenizerKind,
        texts: &[&str],
        vocabulary: usize,
        lowercase: bool,
        progress: Progress<'_>,
    ) -> Result<Self, PreprocessError> {
        let failed = |cause: String| PreprocessError::Tokenizer { cause, remedy: TRAIN_REMEDY.to_owned() };
        let row = TOKENIZERS
            .iter()
            .find(|row| row.kind == kind)
            .ok_or_else(|| failed(format!("'{}' is not known", kind.key())))?;
        if vocabulary < row.least {
            return Err(PreprocessError::Setting {
                key: "text.vocabulary",
                cause: format!("{vocabulary} is too small for the tokenizer '{}'", kind.key()),
                remedy: format!("give at least {}, or choose another text.tokenizer", row.least),
            });
        }
        let steps = (row.steps)(lowercase);
        let bare = json!({"type": "WordLevel", "vocab": special_vocabulary(), "unk_token": SPECIAL[1]});
        let cutter = Self::from_json(&document(&steps, bare), TRAIN_REMEDY)?;
        // Chunks that occur often are cut once; what is learned is the same.
        let mut chunks: Vec<(&str, u64)> =
            chunks::counted(texts, "Counting words", progress)?.into_iter().collect();
        chunks.sort_unstable();
        let counted = in_order(&chunks, "Counting words", progress, |chunks| {
            let mut words = HashMap::new();
            for (chunk, times) in chunks {
                for (word, count) in cutter.count(&[*chunk])? {
                    *words.entry(word).or_default() += count * times;
                }
            }
            Ok::<HashMap<String, u64>, String>(words)
        })?;
        let mut words = Words::new();
        for part in counted {
            for (word, count) in part.map_err(failed)? {
                *words.entry(word).or_default() += count;
            }
        }
        let mut tick = || progress("Learning tokens", 0, 0);
        let model = (row.learn)(&words, vocabulary, &mut tick).ok_or(PreprocessError::Cancelled)?;
        let trained = Self::from_json(&document(&steps, model), TRAIN_REMEDY)?;
        Ok(Self { separable: true, ..trained })
    }

    /// Takes a tokenizer.json.
    ///
    /// # Errors
    /// [`PreprocessError::Tokenizer`] if it is not one that can be used.
    pub fn load(json: &str) -> Result<Self, PreprocessError> {
        Self::from_json(json, LOAD_REMEDY)
    }

    /// Takes a tokenizer.json that another program wrote, for example one from Hugging Face.
    /// Truncation and padding are turned off. Where it has no token for what is unknown, or
    /// none to stand for the class, that one is added behind all others, so that the ids of
    /// its own tokens stay what they are.
    ///
    /// # Errors
    /// [`PreprocessError::Setting`] that names the file, what is wrong and what fits.
    pub fn from_file(path: &std::path::Path) -> Result<Self, PreprocessError> {
        foreign::read(path)
    }

    /// As [`Tokenizer::train`], but a tokenizer trained a moment ago on the same texts with
    /// the same settings is used again.
    ///
    /// # Errors
    /// As [`Tokenizer::train`].
    pub fn train_once(
        kind: TokenizerKind,
        texts: &[&str],
        vocabulary: usize,
        lowercase: bool,
        progress: Progress<'_>,
    ) -> Result<Self, PreprocessError> {
        let key = cache::Key::new(kind, texts, vocabulary, lowercase);
        if let Some(kept) = key.kept() {
            return Ok(kept);
        }
        let tokenizer = Self::train(kind, texts, vocabulary, lowercase, progress)?;
        key.keep(&tokenizer);
        Ok(tokenizer)
    }

    fn from_json(json: &str, remedy: &str) -> Result<Self, PreprocessError> {
        let failed = |cause: String| PreprocessError::Tokenizer { cause, remedy: remedy.to_owned() };
        let inner = foreign::parse(json).map_err(failed)?;
        let (unknown, class) = (foreign::unknown_of(&inner, json), foreign::class_of(&inner));
        let named = |token: Option<u32>, what: &str| {
            token.ok_or_else(|| failed(format!("it has no token for {what}")))
        };
        Self::of(inner, named(unknown, "what is unknown")?, named(class, "the class")?).map_err(failed)
    }

    fn of(inner: tokenizers::Tokenizer, unknown: u32, class: u32) -> Result<Self, String> {
        let json = inner.to_string(true).map_err(|error| error.to_string())?;
        let largest = inner.get_vocab(true).into_values().max().map_or(0, |id| id as usize);
        Ok(Self { inner: Arc::new(inner), json, vocabulary: largest + 1, unknown, class, separable: false })
    }

    /// The contents of tokenizer.json.
    pub fn json(&self) -> &str {
        &self.json
    }

    /// Number of tokens; all ids are below it.
    pub fn vocabulary(&self) -> usize {
        self.vocabulary
    }

    /// Id of the token for what is not in the vocabulary, and of an empty text.
    pub fn unknown(&self) -> u32 {
        self.unknown
    }

    /// Id of the token that stands for the class, for a model that reads it from there.
    pub fn class(&self) -> u32 {
        self.class
    }

    /// Token ids of a text, without special tokens around it. A text without any token
    /// becomes a single unknown token, so that no sequence is empty.
    ///
    /// # Errors
    /// Why the text cannot be cut.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, String> {
        let mut ids = self.cut(text)?;
        if ids.is_empty() {
            ids.push(self.unknown);
        }
        Ok(ids)
    }

    /// The tokens that a text has; none, if it has none.
    ///
    /// # Errors
    /// As [`Tokenizer::encode`].
    pub fn cut(&self, text: &str) -> Result<Vec<u32>, String> {
        match catch_unwind(AssertUnwindSafe(|| self.inner.encode_fast(text, false))) {
            Ok(Ok(encoding)) => Ok(encoding.get_ids().to_vec()),
            Ok(Err(error)) => Err(format!("the text cannot be cut into tokens ({error})")),
            Err(_) => Err("the text cannot be cut into tokens".to_owned()),
        }
    }

    /// The tokens that a text has, as [`Tokenizer::cut`], each as the bytes of the text that it
    /// stands for. Tokens for parts of one character all stand for the whole of it.
    ///
    /// # Errors
    /// As [`Tokenizer::encode`].
    pub fn located(&self, text: &str) -> Result<Vec<Range<usize>>, String> {
        match catch_unwind(AssertUnwindSafe(|| self.inner.encode(text, false))) {
            Ok(Ok(encoding)) => {
                let inside = |(start, end): &(usize, usize)| {
                    let end = (*end).min(text.len());
                    (*start).min(end)..end
                };
                Ok(encoding.get_offsets().iter().map(inside).collect())
            }
            Ok(Err(error)) => Err(format!("the text cannot be cut into tokens ({error})")),
            Err(_) => Err("the text cannot be cut into tokens".to_owned()),
        }
    }

    /// The text of token ids, special tokens left out.
    ///
    /// # Errors
    /// Why they cannot be put together.
    pub fn decode(&self, ids: &[u32]) -> Result<String, String> {
        match catch_unwind(AssertUnwindSafe(|| self.inner.decode(ids, true))) {
            Ok(Ok(text)) => Ok(text),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("the tokens cannot be put together".to_owned()),
        }
    }

    /// A token as it stands in the vocabulary.
    pub fn token(&self, id: u32) -> Option<String> {
        self.inner.id_to_token(id)
    }

    /// Counts the words that normaliser and pre-tokenizer make of texts.
    fn count(&self, texts: &[&str]) -> Result<HashMap<String, u64>, String> {
        let count = || -> tokenizers::Result<HashMap<String, u64>> {
            let mut words = HashMap::new();
            for text in texts {
                let mut normalized = NormalizedString::from(*text);
                if let Some(normalizer) = self.inner.get_normalizer() {
                    normalizer.normalize(&mut normalized)?;
                }
                let mut cut = PreTokenizedString::from(normalized);
                if let Some(pre_tokenizer) = self.inner.get_pre_tokenizer() {
                    pre_tokenizer.pre_tokenize(&mut cut)?;
                }
                for (word, _, _) in cut.get_splits(OffsetReferential::Normalized, OffsetType::Byte) {
                    match words.get_mut(word) {
                        Some(count) => *count += 1,
                        None => drop(words.insert(word.to_owned(), 1)),
                    }
                }
            }
            Ok(words)
        };
        match catch_unwind(AssertUnwindSafe(count)) {
            Ok(words) => words.map_err(|e| e.to_string()),
            Err(_) => Err("a text cannot be cut into words".to_owned()),
        }
    }
}

fn special_vocabulary() -> serde_json::Map<String, Value> {
    SPECIAL.iter().zip(0u32..).map(|(token, id)| ((*token).to_owned(), id.into())).collect()
}

/// The vocabulary of tokenizer.json: special tokens, then `pieces` in their order.
fn vocabulary_of<'a>(pieces: impl IntoIterator<Item = &'a String>) -> serde_json::Map<String, Value> {
    let mut vocabulary = special_vocabulary();
    for (piece, id) in pieces.into_iter().zip(SPECIAL.len()..) {
        vocabulary.insert(piece.clone(), id.into());
    }
    vocabulary
}

fn document([normalizer, pre_tokenizer, decoder]: &[Value; 3], model: Value) -> String {
    let added: Vec<Value> = SPECIAL
        .iter()
        .zip(0u32..)
        .map(|(token, id)| {
            json!({
                "id": id, "content": token, "single_word": false, "lstrip": false,
                "rstrip": false, "normalized": false, "special": true
            })
        })
        .collect();
    json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": added,
        "normalizer": normalizer, "pre_tokenizer": pre_tokenizer, "post_processor": null,
        "decoder": decoder, "model": model
    })
    .to_string()
}

/// The most frequent of counted pieces, at most `most`, ties going to the smaller text;
/// returned sorted by text.
fn most_frequent(counts: BTreeMap<String, u64>, most: usize) -> Vec<String> {
    let mut pieces: Vec<(String, u64)> = counts.into_iter().collect();
    pieces.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    pieces.truncate(most);
    let mut pieces: Vec<String> = pieces.into_iter().map(|(piece, _)| piece).collect();
    pieces.sort();
    pieces
}
