//! WordPiece, as BERT's: words are cut at spaces and punctuation, Chinese characters stand
//! alone, and each word is matched by the longest known pieces from its start; pieces
//! inside a word begin with `##`. The pieces are learned by merging frequent pairs.

use super::merges::{Word, learn};
use super::{SPECIAL, TokenizerRow, Words, most_frequent, vocabulary_of};
use crate::config::TokenizerKind;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};

/// The table's row.
pub const ROW: TokenizerRow =
    TokenizerRow { kind: TokenizerKind::WordPiece, least: SPECIAL.len() + 1, steps, learn: learn_pieces };

const PREFIX: &str = "##";

fn steps(lowercase: bool) -> [Value; 3] {
    [
        json!({
            "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
            "strip_accents": null, "lowercase": lowercase
        }),
        json!({"type": "BertPreTokenizer"}),
        json!({"type": "WordPiece", "prefix": PREFIX, "cleanup": true}),
    ]
}

/// A word's single characters as pieces.
fn characters(word: &str) -> impl Iterator<Item = String> {
    word.chars().enumerate().map(|(at, c)| if at == 0 { c.to_string() } else { format!("{PREFIX}{c}") })
}

fn learn_pieces(words: &Words, vocabulary: usize, tick: &mut dyn FnMut() -> bool) -> Option<Value> {
    let room = vocabulary.saturating_sub(SPECIAL.len());
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for (word, count) in words {
        characters(word).for_each(|piece| *counts.entry(piece).or_default() += count);
    }
    let mut pieces = most_frequent(counts, room);
    let mut ids: HashMap<String, u32> = pieces.iter().cloned().zip(0u32..).collect();
    // A word with a character that found no room stays unknown; nothing is learned from it.
    let words = words.iter().filter_map(|(word, count)| {
        let pieces: Option<Vec<u32>> = characters(word).map(|piece| ids.get(&piece).copied()).collect();
        Some(Word { pieces: pieces?, count: *count })
    });
    let words = words.collect();
    let add = |(left, right): (u32, u32)| {
        let right = &pieces[right as usize];
        let joined = format!("{}{}", pieces[left as usize], right.strip_prefix(PREFIX).unwrap_or(right));
        if let Some(id) = ids.get(&joined) {
            return Some(*id);
        }
        if pieces.len() >= room {
            return None;
        }
        let id = pieces.len() as u32;
        ids.insert(joined.clone(), id);
        pieces.push(joined);
        Some(id)
    };
    learn(words, add, tick)?;
    Some(json!({
        "type": "WordPiece", "unk_token": SPECIAL[1], "continuing_subword_prefix": PREFIX,
        "max_input_chars_per_word": 100, "vocab": vocabulary_of(&pieces)
    }))
}
