//! Byte-pair encoding on bytes, as GPT-2's: every text can be written, so there are no
//! unknown tokens, and what was cut can be put together exactly.

use super::merges::{Word, learn};
use super::{SPECIAL, TokenizerRow, Words, vocabulary_of};
use crate::config::TokenizerKind;
use serde_json::{Value, json};
use std::collections::HashMap;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;

/// The table's row; all 256 bytes must find room.
pub const ROW: TokenizerRow =
    TokenizerRow { kind: TokenizerKind::Bpe, least: SPECIAL.len() + 256, steps, learn: learn_merges };

fn steps(lowercase: bool) -> [Value; 3] {
    let bytes =
        json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true});
    [if lowercase { json!({"type": "Lowercase"}) } else { Value::Null }, bytes.clone(), bytes]
}

fn learn_merges(words: &Words, vocabulary: usize, tick: &mut dyn FnMut() -> bool) -> Option<Value> {
    let room = vocabulary.saturating_sub(SPECIAL.len());
    // The pre-tokenizer writes each byte as one printable character.
    let mut pieces: Vec<String> = ByteLevel::alphabet().into_iter().map(String::from).collect();
    pieces.sort();
    let mut ids: HashMap<String, u32> = pieces.iter().cloned().zip(0u32..).collect();
    let words = words.iter().filter_map(|(word, count)| {
        let pieces: Option<Vec<u32>> =
            word.chars().map(|c| ids.get(c.encode_utf8(&mut [0; 4])).copied()).collect();
        Some(Word { pieces: pieces?, count: *count })
    });
    let words = words.collect();
    let add = |(left, right): (u32, u32)| {
        let joined = format!("{}{}", pieces[left as usize], pieces[right as usize]);
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
    let merges = learn(words, add, tick)?;
    let merges: Vec<[&String; 2]> =
        merges.iter().map(|(left, right)| [&pieces[*left as usize], &pieces[*right as usize]]).collect();
    Some(json!({
        "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
        "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
        "vocab": vocabulary_of(&pieces), "merges": merges
    }))
}
