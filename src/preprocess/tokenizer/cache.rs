//! The tokenizers trained last in this process, so that a check of the data and the run after
//! it train one only once. It changes no result: the same texts and settings always give the
//! same tokenizer. Nothing is written to disk.

use super::Tokenizer;
use crate::config::TokenizerKind;
use std::sync::{Mutex, PoisonError};

/// Tokenizers that are kept, newest last.
const KEPT: usize = 2;

static TRAINED: Mutex<Vec<(Key, Tokenizer)>> = Mutex::new(Vec::new());

/// What decides how a tokenizer turns out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    texts: [u8; 32],
    kind: TokenizerKind,
    vocabulary: usize,
    lowercase: bool,
}

impl Key {
    /// The key for these texts, in this order, and settings.
    pub fn new(kind: TokenizerKind, texts: &[&str], vocabulary: usize, lowercase: bool) -> Self {
        let mut hasher = blake3::Hasher::new();
        for text in texts {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        }
        Self { texts: *hasher.finalize().as_bytes(), kind, vocabulary, lowercase }
    }

    /// The tokenizer trained for this key, if it is still kept.
    pub fn kept(&self) -> Option<Tokenizer> {
        let trained = TRAINED.lock().unwrap_or_else(PoisonError::into_inner);
        trained.iter().find(|(key, _)| key == self).map(|(_, tokenizer)| tokenizer.clone())
    }

    /// Keeps a tokenizer for later.
    pub fn keep(self, tokenizer: &Tokenizer) {
        let mut trained = TRAINED.lock().unwrap_or_else(PoisonError::into_inner);
        trained.retain(|(key, _)| *key != self);
        trained.push((self, tokenizer.clone()));
        let extra = trained.len().saturating_sub(KEPT);
        trained.drain(..extra);
    }
}
