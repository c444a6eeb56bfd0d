//! A tokenizer.json that was not made here: read with care, because crafted files can make
//! the crate panic, and checked for what a model needs of it. What the file says about
//! cutting to a length, padding and special tokens around a text is not used: that is the
//! business of the settings.

use super::Tokenizer;
use crate::preprocess::PreprocessError;
use serde_json::Value;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use tokenizers::AddedToken;

/// The setting that names the file.
const KEY: &str = "text.tokenizer_file";
/// Larger files are taken for something else.
const MOST_BYTES: u64 = 256 << 20;
/// Larger vocabularies are taken for a mistake: the model keeps a row for each token.
const MOST_TOKENS: usize = 1_000_000;
/// Names of the token for what is unknown, the surest first.
const UNKNOWN_NAMES: &[&str] = &["[UNK]", "<unk>", "<UNK>", "UNK", "<|unk|>"];
/// Names of a token that can stand for the class, the surest first.
const CLASS_NAMES: &[&str] = &["[CLS]", "<cls>", "<s>", "<bos>", "<|startoftext|>", "<|begin_of_text|>"];

/// Reads and checks a file.
pub fn read(path: &Path) -> Result<Tokenizer, PreprocessError> {
    let wrong = |cause: String| PreprocessError::Setting {
        key: KEY,
        cause: format!("{}: {cause}", path.display()),
        remedy: "give the tokenizer.json of a fast tokenizer, or leave the setting empty to have one trained"
            .to_owned(),
    };
    let size = std::fs::metadata(path).map_err(|e| wrong(format!("it cannot be read ({e})")))?.len();
    if size > MOST_BYTES {
        return Err(wrong(format!("it has {size} bytes, more than any tokenizer")));
    }
    let json = std::fs::read_to_string(path).map_err(|e| wrong(format!("it cannot be read ({e})")))?;
    let mut inner = parse(&json).map_err(wrong)?;
    let tokens = inner.get_vocab(true);
    if tokens.is_empty() {
        return Err(wrong("its vocabulary is empty".to_owned()));
    }
    let room = tokens.into_values().max().map_or(0, |id| id as usize + 1);
    if room > MOST_TOKENS {
        return Err(wrong(format!("its ids go up to {}, beyond {MOST_TOKENS}", room - 1)));
    }
    let unknown = match unknown_of(&inner, &json) {
        Some(id) => id,
        None => add(&mut inner, UNKNOWN_NAMES[0]).map_err(wrong)?,
    };
    let class = match class_of(&inner) {
        Some(id) => id,
        None => add(&mut inner, CLASS_NAMES[0]).map_err(wrong)?,
    };
    let tokenizer = Tokenizer::of(inner, unknown, class).map_err(wrong)?;
    // One that fails on every text would fail only after the data is read.
    tokenizer.encode("Attentive 1 你好").map_err(wrong)?;
    Ok(tokenizer)
}

/// From text to the crate's tokenizer, without cutting and padding.
pub fn parse(json: &str) -> Result<tokenizers::Tokenizer, String> {
    let parsed = catch_unwind(|| {
        let mut inner: tokenizers::Tokenizer = json.parse()?;
        inner.with_truncation(None)?;
        inner.with_padding(None);
        // Special tokens stand for nothing that a person may write.
        inner.set_encode_special_tokens(true);
        Ok::<_, tokenizers::Error>(inner)
    });
    match parsed {
        Ok(Ok(inner)) => Ok(inner),
        Ok(Err(error)) => Err(format!("it is no tokenizer.json ({error})")),
        Err(_) => Err("it is damaged".to_owned()),
    }
}

/// The token for what is unknown: the one that the model names, or one of a usual name.
pub fn unknown_of(inner: &tokenizers::Tokenizer, json: &str) -> Option<u32> {
    let model = serde_json::from_str::<Value>(json).ok()?.get("model").cloned().unwrap_or_default();
    let named = model.get("unk_token").and_then(Value::as_str).and_then(|name| inner.token_to_id(name));
    let numbered = model.get("unk_id").and_then(Value::as_u64).and_then(|id| u32::try_from(id).ok());
    named.or(numbered).or_else(|| first_of(inner, UNKNOWN_NAMES))
}

/// A token that can stand for the class.
pub fn class_of(inner: &tokenizers::Tokenizer) -> Option<u32> {
    first_of(inner, CLASS_NAMES)
}

fn first_of(inner: &tokenizers::Tokenizer, names: &[&str]) -> Option<u32> {
    names.iter().find_map(|name| inner.token_to_id(name))
}

/// Adds a special token behind all others.
fn add(inner: &mut tokenizers::Tokenizer, name: &str) -> Result<u32, String> {
    let taken: BTreeSet<u32> = inner.get_vocab(true).into_values().collect();
    let added = catch_unwind(AssertUnwindSafe(|| {
        inner.add_special_tokens([AddedToken::from(name, true)])?;
        Ok::<_, tokenizers::Error>(inner.token_to_id(name))
    }));
    match added {
        // Where ids have gaps, the crate may give one that is taken.
        Ok(Ok(Some(id))) if !taken.contains(&id) => Ok(id),
        _ => Err(format!("it has no token {name}, and none can be added")),
    }
}
