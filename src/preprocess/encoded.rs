//! Texts as token ids, and the ones made last in this process: going on with the same data and
//! another setting cuts no text again. It changes no result: what is kept is found by the
//! texts' contents and all that decides how they are cut. Nothing is written to disk.

use super::{PreprocessError, TextTransform};
use crate::data::{Progress, Texts};
use std::sync::{Arc, Mutex, PoisonError};

/// Sets that are kept, newest last.
const KEPT: usize = 2;
/// Token ids in a set that is still kept: 128 MiB.
const LARGEST: usize = 1 << 25;

/// Ids of all texts, one behind the other, and where each begins; one more than texts.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Encoded {
    pub ids: Vec<u32>,
    pub offsets: Vec<usize>,
}

/// What was encoded last.
pub struct Encodings(Mutex<Vec<(Hash, Arc<Encoded>)>>);

type Hash = [u8; 32];

/// Those of this process.
pub static ENCODINGS: Encodings = Encodings::new();

impl Encodings {
    pub const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// All texts as ids, from what is kept or else cut now.
    ///
    /// # Errors
    /// As [`TextTransform::encode_all`].
    pub fn of(
        &self,
        transform: &TextTransform,
        texts: &Texts,
        progress: Progress<'_>,
    ) -> Result<Arc<Encoded>, PreprocessError> {
        let key = key(transform, texts);
        let kept = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, encoded)) = kept().iter().find(|(of, _)| *of == key) {
            return Ok(Arc::clone(encoded));
        }
        let encoded = Arc::new(transform.encode_all(texts, progress)?);
        if encoded.ids.len() <= LARGEST {
            let mut kept = kept();
            kept.retain(|(of, _)| *of != key);
            kept.push((key, Arc::clone(&encoded)));
            let extra = kept.len().saturating_sub(KEPT);
            kept.drain(..extra);
        }
        Ok(encoded)
    }
}

/// Of the texts in their order and of everything that says how they become ids.
fn key(transform: &TextTransform, texts: &Texts) -> Hash {
    let TextTransform { kind: _, tokenizer, length, lowercase, class_token, class_last } = transform;
    let mut hasher = blake3::Hasher::new();
    let mut add = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    add(tokenizer.json().as_bytes());
    add(&(*length as u64).to_le_bytes());
    add(&[u8::from(*lowercase), u8::from(*class_token), u8::from(*class_last)]);
    for index in 0..texts.len() {
        add(texts.get(index).as_bytes());
    }
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::RunConfig;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    #[test]
    fn the_same_texts_are_cut_once_and_any_change_cuts_them_again() {
        let texts: Texts = ["the printer is broken", "打印机坏了", "no paper"].into_iter().collect();
        let mut config = RunConfig::default();
        config.text.vocabulary = 60;
        let silent = crate::data::silent;
        let transform = TextTransform::fit(&texts, &[0, 1, 2], &config, &silent).expect("a tokenizer");
        let (encodings, cut) = (Encodings::new(), AtomicUsize::new(0));
        let of = |transform: &TextTransform, texts: &Texts| {
            let before = cut.load(Relaxed);
            let count = |_: &'static str, _: u64, _: u64| {
                cut.fetch_add(1, Relaxed);
                true
            };
            let encoded = encodings.of(transform, texts, &count).expect("ids");
            // Always what cutting them gives.
            assert_eq!(*encoded, transform.encode_all(texts, &silent).expect("ids"));
            cut.load(Relaxed) > before
        };
        assert!(of(&transform, &texts), "nothing is kept at first");
        assert!(!of(&transform, &texts));
        let other: Texts = ["the printer is broken", "打印机坏了。", "no paper"].into_iter().collect();
        assert!(of(&transform, &other), "another text");
        let parts: Texts = ["the printer is broken打", "印机坏了", "no paper"].into_iter().collect();
        assert!(of(&transform, &parts), "the same letters in other texts");
        assert!(!of(&transform, &other), "two are kept");
        assert!(of(&transform, &texts), "the oldest is not");
        let changes: [fn(&mut TextTransform); 3] =
            [|t| t.length = 2, |t| t.class_token = !t.class_token, |t| t.class_last = !t.class_last];
        for change in changes {
            let mut changed = transform.clone();
            change(&mut changed);
            assert!(of(&changed, &texts), "another way of cutting");
        }
    }

    #[test]
    fn a_cancelled_cutting_keeps_nothing() {
        let texts: Texts = ["a b", "c d"].into_iter().collect();
        let silent = crate::data::silent;
        let transform =
            TextTransform::fit(&texts, &[0, 1], &RunConfig::default(), &silent).expect("a tokenizer");
        let encodings = Encodings::new();
        assert!(encodings.of(&transform, &texts, &|_, _, _| false).is_err());
        let encoded = encodings.of(&transform, &texts, &silent).expect("ids");
        assert_eq!(encoded.offsets.len(), 3);
    }
}
