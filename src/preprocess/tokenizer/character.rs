//! One token per character, the most frequent characters having one of their own.

use super::{SPECIAL, TokenizerRow, Words, most_frequent, vocabulary_of};
use crate::config::TokenizerKind;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The table's row.
pub const ROW: TokenizerRow =
    TokenizerRow { kind: TokenizerKind::Character, least: SPECIAL.len() + 1, steps, learn };

fn steps(lowercase: bool) -> [Value; 3] {
    // Composed first, so that an accented letter is one character however it was typed.
    let mut normalizers = vec![json!({"type": "NFC"})];
    if lowercase {
        normalizers.push(json!({"type": "Lowercase"}));
    }
    [
        json!({"type": "Sequence", "normalizers": normalizers}),
        json!({"type": "Split", "pattern": {"Regex": r"[\s\S]"}, "behavior": "Isolated", "invert": false}),
        json!({"type": "Fuse"}),
    ]
}

fn learn(words: &Words, vocabulary: usize, _tick: &mut dyn FnMut() -> bool) -> Option<Value> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for (word, count) in words {
        word.chars().for_each(|c| *counts.entry(c.to_string()).or_default() += count);
    }
    let pieces = most_frequent(counts, vocabulary.saturating_sub(SPECIAL.len()));
    Some(json!({"type": "WordLevel", "vocab": vocabulary_of(&pieces), "unk_token": SPECIAL[1]}))
}
