//! What prediction needs, beside the run: preprocess.toml, and tokenizer.json for text.

use super::image::ImageTransform;
use super::text::TextTransform;
use super::tokenizer::Tokenizer;
use super::{Preprocess, PreprocessError};
use crate::config::TokenizerKind;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::Path;

/// Name of the settings file in a run folder.
pub const PREPROCESS_FILE: &str = "preprocess.toml";
/// Name of the tokenizer file in a run folder.
pub const TOKENIZER_FILE: &str = "tokenizer.json";
const REMEDY: &str = "restore the file from the run, or train again";

/// Contents of preprocess.toml.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Saved {
    Image(ImageTransform),
    Text {
        tokenizer: TokenizerKind,
        vocabulary: usize,
        length: usize,
        lowercase: bool,
        class_token: bool,
        #[serde(default)]
        class_last: bool,
    },
}

fn failed(path: &Path, cause: impl std::fmt::Display, remedy: &str) -> PreprocessError {
    PreprocessError::File { path: path.to_owned(), cause: cause.to_string(), remedy: remedy.to_owned() }
}

/// Written aside, forced to disk and renamed, so that a file is there whole or not at all.
fn write(path: &Path, contents: &str) -> Result<(), PreprocessError> {
    let aside = path.with_extension("part");
    let whole = || {
        let mut file = std::fs::File::create(&aside)?;
        file.write_all(contents.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&aside, path)
    };
    whole().map_err(|e: std::io::Error| {
        failed(path, format!("cannot be written ({e})"), "check the permissions and the free space")
    })
}

fn read(path: &Path) -> Result<String, PreprocessError> {
    std::fs::read_to_string(path).map_err(|e| failed(path, format!("cannot be read ({e})"), REMEDY))
}

impl Preprocess {
    /// Writes what [`Preprocess::load`] needs into a folder that exists.
    ///
    /// # Errors
    /// [`PreprocessError::File`].
    pub fn save(&self, folder: &Path) -> Result<(), PreprocessError> {
        let saved = match self {
            Self::Image(transform) => Saved::Image(transform.clone()),
            Self::Text(text) => {
                write(&folder.join(TOKENIZER_FILE), text.tokenizer.json())?;
                Saved::Text {
                    tokenizer: text.kind,
                    vocabulary: text.tokenizer.vocabulary(),
                    length: text.length,
                    lowercase: text.lowercase,
                    class_token: text.class_token,
                    class_last: text.class_last,
                }
            }
        };
        let path = folder.join(PREPROCESS_FILE);
        let contents = toml::to_string(&saved).map_err(|e| failed(&path, e, REMEDY))?;
        write(&path, &contents)
    }

    /// Reads what [`Preprocess::save`] wrote.
    ///
    /// # Errors
    /// [`PreprocessError::File`] if a file is missing, damaged or does not fit the other.
    pub fn load(folder: &Path) -> Result<Self, PreprocessError> {
        let path = folder.join(PREPROCESS_FILE);
        let saved = toml::from_str(&read(&path)?).map_err(|e: toml::de::Error| {
            failed(&path, format!("is not what was saved ({})", e.message()), REMEDY)
        })?;
        match saved {
            Saved::Image(image) => {
                let sizes = [image.channels, image.height, image.width];
                let numbers = image.mean.iter().chain(&image.std);
                if sizes.contains(&0)
                    || image.mean.len() != image.channels
                    || image.std.len() != image.channels
                    || !numbers.clone().all(|v| v.is_finite())
                    || image.std.iter().any(|v| *v <= 0.0)
                {
                    return Err(failed(&path, "sizes, mean and std do not fit each other", REMEDY));
                }
                Ok(Self::Image(image))
            }
            Saved::Text { tokenizer: kind, vocabulary, length, lowercase, class_token, class_last } => {
                let file = folder.join(TOKENIZER_FILE);
                let tokenizer = Tokenizer::load(&read(&file)?).map_err(|e| failed(&file, e, REMEDY))?;
                if tokenizer.vocabulary() != vocabulary || length == 0 {
                    return Err(failed(
                        &file,
                        format!(
                            "has {} tokens, but {PREPROCESS_FILE} says {vocabulary}",
                            tokenizer.vocabulary()
                        ),
                        REMEDY,
                    ));
                }
                Ok(Self::Text(TextTransform { kind, tokenizer, length, lowercase, class_token, class_last }))
            }
        }
    }
}
