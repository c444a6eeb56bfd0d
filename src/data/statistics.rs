//! What can be said about a data set in a few numbers.

use super::{Dataset, Modality, Reading, Split};
use serde::{Deserialize, Serialize};

/// A data set in a few numbers; goes into the run's first event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataSummary {
    /// Name shown to a person.
    pub name: String,
    /// A path or `builtin:NAME`.
    pub source: String,
    /// Row of the FORMATS table.
    pub format: String,
    /// Images or text.
    pub modality: Modality,
    /// BLAKE3 of the contents, hexadecimal.
    pub fingerprint: String,
    /// Class names.
    pub classes: Vec<String>,
    /// Examples per class and split: `[class][train, validation, test]`.
    pub class_counts: Vec<[u64; 3]>,
    /// Examples per split: `[train, validation, test]`.
    pub split_counts: [u64; 3],
    /// Examples without a label.
    pub unlabelled: u64,
    /// `[channels, height, width]` of images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_shape: Option<[u64; 3]>,
    /// Shortest, median and longest text, in characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text_lengths: Option<[u64; 3]>,
    /// Things worth telling.
    #[serde(default)]
    pub notices: Vec<String>,
    /// How it was read, where its format leaves a choice.
    #[serde(default, skip_serializing_if = "Reading::is_empty")]
    pub reading: Reading,
}

/// Position of a split in the count arrays.
fn slot(split: Split) -> usize {
    match split {
        Split::Train => 0,
        Split::Validation => 1,
        Split::Test => 2,
    }
}

/// Counts everything once.
pub fn summary(data: &Dataset) -> DataSummary {
    let mut class_counts = vec![[0u64; 3]; data.classes.len()];
    let mut split_counts = [0u64; 3];
    let mut unlabelled = 0;
    for (target, split) in data.targets.iter().zip(&data.splits) {
        split_counts[slot(*split)] += 1;
        match target.class() {
            Some(class) => class_counts[class as usize][slot(*split)] += 1,
            None => unlabelled += 1,
        }
    }
    let (mut image_shape, mut text_lengths) = (None, None);
    match &data.examples {
        super::Examples::Images(images) => {
            image_shape = Some([images.channels, images.height, images.width].map(|v| v as u64));
        }
        super::Examples::Texts(texts) => {
            let mut lengths: Vec<u64> =
                (0..texts.len()).map(|i| texts.get(i).chars().count() as u64).collect();
            lengths.sort_unstable();
            if let (Some(first), Some(last)) = (lengths.first(), lengths.last()) {
                text_lengths = Some([*first, lengths[lengths.len() / 2], *last]);
            }
        }
    }
    DataSummary {
        name: data.name.clone(),
        source: data.source.clone(),
        format: data.format.to_owned(),
        modality: data.modality(),
        fingerprint: data.fingerprint.clone(),
        classes: data.classes.clone(),
        class_counts,
        split_counts,
        unlabelled,
        image_shape,
        text_lengths,
        notices: data.notices.clone(),
        reading: data.reading.clone(),
    }
}
