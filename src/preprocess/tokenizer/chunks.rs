//! Texts in chunks that a tokenizer trained here cuts the same whether they stand alone or in
//! their text, so that a chunk that occurs often is cut once. A chunk begins at a single blank
//! between two visible ASCII characters: WordPiece and the character tokenizer look at no
//! context across a blank, and byte-level BPE begins a word with the blank before it.

use super::Tokenizer;
use crate::data::Progress;
use crate::preprocess::PreprocessError;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Texts that a thread takes at a time.
const GROUP: usize = 1024;
/// Chunks whose numbers a thread remembers.
const REMEMBERED: usize = 1 << 20;

/// The chunks of a text, in order; together they are the text.
pub fn chunks(text: &str) -> impl Iterator<Item = &str> {
    let mut start = 0;
    let mut ended = false;
    std::iter::from_fn(move || {
        if ended {
            return None;
        }
        let bytes = text.as_bytes();
        let visible = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_graphic);
        let end =
            (start + 1..bytes.len()).find(|at| bytes[*at] == b' ' && visible(at - 1) && visible(at + 1));
        ended = end.is_none();
        let chunk = &text[start..end.unwrap_or(bytes.len())];
        start = end.unwrap_or(bytes.len());
        Some(chunk)
    })
}

/// How often each chunk occurs in all texts.
pub fn counted<'a>(
    texts: &[&'a str],
    stage: &'static str,
    progress: Progress<'_>,
) -> Result<HashMap<&'a str, u64>, PreprocessError> {
    let maps = in_threads(texts.len(), stage, progress, HashMap::<&str, u64>::new, |map, range| {
        for chunk in texts[range].iter().copied().flat_map(chunks) {
            *map.entry(chunk).or_default() += 1;
        }
    })?;
    let mut all = HashMap::new();
    for map in maps {
        if all.is_empty() {
            all = map;
            continue;
        }
        for (chunk, count) in map {
            *all.entry(chunk).or_default() += count;
        }
    }
    Ok(all)
}

/// Tokens and unknown tokens of one text.
pub type Counts = (u32, u32);

impl Tokenizer {
    /// Tokens and unknown tokens of texts, in several threads, in the order of the texts.
    ///
    /// # Errors
    /// A text that cannot be cut, cancelled.
    pub fn count_tokens<'a>(
        &self,
        number: usize,
        text: impl Fn(usize) -> &'a str + Sync,
        progress: Progress<'_>,
    ) -> Result<Vec<Counts>, PreprocessError> {
        type Part<'a> = (HashMap<&'a str, Counts>, Vec<(usize, Vec<Counts>)>, Option<String>);
        let new = || -> Part<'a> { (HashMap::new(), Vec::new(), None) };
        let parts = in_threads(number, "Counting tokens", progress, new, |(known, done, failed), range| {
            let start = range.start;
            let counts: Result<Vec<Counts>, String> =
                range.map(|index| self.counts(text(index), known)).collect();
            match counts {
                Ok(counts) => done.push((start, counts)),
                Err(reason) => *failed = Some(reason),
            }
        })?;
        let mut all = Vec::new();
        for (_, done, failed) in parts {
            if let Some(cause) = failed {
                let remedy = "choose another text.tokenizer".to_owned();
                return Err(PreprocessError::Tokenizer { cause, remedy });
            }
            all.extend(done);
        }
        all.sort_unstable_by_key(|(start, _)| *start);
        Ok(all.into_iter().flat_map(|(_, counts)| counts).collect())
    }

    /// Of one text, with the help of what is known of its chunks.
    fn counts<'a>(&self, text: &'a str, known: &mut HashMap<&'a str, Counts>) -> Result<Counts, String> {
        let count = |text: &str| -> Result<Counts, String> {
            let ids = self.cut(text)?;
            let unknown = ids.iter().filter(|id| **id == self.unknown).count();
            let small = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
            Ok((small(ids.len()), small(unknown)))
        };
        if !self.separable {
            return count(text);
        }
        let (mut tokens, mut unknown) = (0u32, 0u32);
        for chunk in chunks(text) {
            let counts = match known.get(chunk) {
                Some(counts) => *counts,
                None => {
                    let counts = count(chunk)?;
                    if known.len() < REMEMBERED {
                        known.insert(chunk, counts);
                    }
                    counts
                }
            };
            (tokens, unknown) = (tokens.saturating_add(counts.0), unknown.saturating_add(counts.1));
        }
        Ok((tokens, unknown))
    }
}

/// Gives ranges of `number` items to threads; each works on its own part.
fn in_threads<P: Send>(
    number: usize,
    stage: &'static str,
    progress: Progress<'_>,
    new: impl Fn() -> P + Sync,
    work: impl Fn(&mut P, std::ops::Range<usize>) + Sync,
) -> Result<Vec<P>, PreprocessError> {
    let (next, done, stopped) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
    let run = || {
        let mut part = new();
        while !stopped.load(Ordering::Relaxed) {
            let start = next.fetch_add(GROUP, Ordering::Relaxed);
            if start >= number {
                break;
            }
            let end = (start + GROUP).min(number);
            work(&mut part, start..end);
            let done = done.fetch_add(end - start, Ordering::Relaxed) + end - start;
            if !progress(stage, done as u64, number as u64) {
                stopped.store(true, Ordering::Relaxed);
            }
        }
        part
    };
    let threads =
        std::thread::available_parallelism().map_or(1, usize::from).min(number.div_ceil(GROUP).max(1));
    let parts = std::thread::scope(|scope| {
        let running: Vec<_> = (1..threads).map(|_| scope.spawn(run)).collect();
        let mut parts = vec![run()];
        for handle in running {
            match handle.join() {
                Ok(part) => parts.push(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        parts
    });
    if stopped.load(Ordering::Relaxed) { Err(PreprocessError::Cancelled) } else { Ok(parts) }
}

#[cfg(test)]
mod tests {
    use super::super::{Words, document, special_vocabulary};
    use super::*;
    use crate::preprocess::tokenizer::{SPECIAL, TOKENIZERS};
    use serde_json::json;

    const TEXTS: &[&str] = &[
        "",
        " ",
        "one two  three\tfour\u{a0}five",
        " leading and trailing ",
        "it's we'll 's 'tis \"quoted words\" (in brackets)",
        "mixed 中文 text 和 English，没有 blanks",
        "naïve e\u{301} \u{301}mark Σ ΟΔΟΣ ΟΔΟΣ. 12 3.5 %x",
        "a b c d a b c d",
        "line\nbreak \n more\r\n end",
    ];

    #[test]
    fn chunks_are_the_text_and_are_cut_as_in_it() {
        for text in TEXTS {
            assert_eq!(chunks(text).collect::<String>(), *text);
        }
        assert_eq!(chunks("one two  three 中 x").collect::<Vec<_>>(), ["one", " two  three 中 x"]);
        for row in TOKENIZERS {
            for lowercase in [true, false] {
                let bare =
                    json!({"type": "WordLevel", "vocab": special_vocabulary(), "unk_token": SPECIAL[1]});
                let json = document(&(row.steps)(lowercase), bare);
                let cutter = Tokenizer::from_json(&json, "").expect("a tokenizer");
                for text in TEXTS {
                    let mut apart = Words::new();
                    for chunk in chunks(text) {
                        for (word, count) in cutter.count(&[chunk]).expect("words") {
                            *apart.entry(word).or_default() += count;
                        }
                    }
                    let whole: Words = cutter.count(&[text]).expect("words").into_iter().collect();
                    assert_eq!(apart, whole, "{:?} {text:?}", row.kind);
                }
            }
        }
    }

    #[test]
    fn tokens_are_counted_as_they_are_cut() {
        let often: Vec<&str> = TEXTS.iter().cycle().take(TEXTS.len() * 300).copied().collect();
        for row in TOKENIZERS {
            let mut tokenizer =
                Tokenizer::train(row.kind, TEXTS, 300, true, &crate::data::silent).expect("trained");
            let text = |index: usize| often[index];
            let quick = tokenizer.count_tokens(often.len(), text, &crate::data::silent).expect("counts");
            tokenizer.separable = false;
            let slow = tokenizer.count_tokens(often.len(), text, &crate::data::silent).expect("counts");
            assert_eq!(quick, slow, "{:?}", row.kind);
            let first = tokenizer.cut(TEXTS[4]).expect("ids").len() as u32;
            assert_eq!(quick[4].0, first);
        }
    }
}
