//! What a data set is: examples, their targets and splits, as plain values.

use super::fingerprint::fingerprint;
use super::{Images, Reading};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What kind of examples a data set holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Modality {
    /// Pictures.
    Image,
    /// Texts.
    Text,
}

/// What is learned. Classification is the first; token labels, sequences and
/// boxes are to come as further variants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// One class per example.
    #[default]
    Classification,
}

/// The truth about one example, as the data says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Nobody has labelled it.
    Unlabelled,
    /// Index into [`Dataset::classes`].
    Class(u32),
}

impl Target {
    /// The class, if there is one.
    pub fn class(self) -> Option<u32> {
        match self {
            Self::Class(class) => Some(class),
            Self::Unlabelled => None,
        }
    }
}

/// Which part of the data an example belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Split {
    /// Learned from.
    Train,
    /// Held out to measure progress.
    Validation,
    /// Seen by nothing until the one final evaluation.
    Test,
}

impl Split {
    /// Lower-case name as in events and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }
}

/// Texts, one behind the other in one buffer.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    buffer: String,
    ends: Vec<usize>,
}

impl Texts {
    /// Appends one text.
    pub fn push(&mut self, text: &str) {
        self.buffer.push_str(text);
        self.ends.push(self.buffer.len());
    }
    /// Forgets the texts from `count` on.
    pub fn truncate(&mut self, count: usize) {
        self.ends.truncate(count);
        self.buffer.truncate(self.ends.last().copied().unwrap_or(0));
    }
    /// Number of texts.
    pub fn len(&self) -> usize {
        self.ends.len()
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
    /// One text. Panics past the end, as a slice does.
    pub fn get(&self, index: usize) -> &str {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.buffer[start..self.ends[index]]
    }
}

impl<'a> FromIterator<&'a str> for Texts {
    fn from_iter<I: IntoIterator<Item = &'a str>>(iter: I) -> Self {
        let mut texts = Self::default();
        for text in iter {
            texts.push(text);
        }
        texts
    }
}

/// The examples of a data set.
#[derive(Clone, Debug)]
pub enum Examples {
    /// Pictures.
    Images(Images),
    /// Texts.
    Texts(Arc<Texts>),
}

/// An example that could not be read and is not in the data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// Which: its path, or its row in a file.
    pub item: String,
    /// Why it could not be read.
    pub reason: String,
}

/// A data set: examples with targets and splits. Sample `i` is the `i`-th of each list.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// Name shown to a person.
    pub name: String,
    /// What it was opened from: a path or `builtin:NAME`.
    pub source: String,
    /// Row of the FORMATS table that read it.
    pub format: &'static str,
    /// What is learned.
    pub task: Task,
    /// The examples.
    pub examples: Examples,
    /// Class names; a [`Target::Class`] is an index into them.
    pub classes: Vec<String>,
    /// The same classes by the names that the source has for them.
    pub own_classes: Vec<String>,
    /// One target per example.
    pub targets: Vec<Target>,
    /// One split per example, as used: see [`Dataset::hold_out`].
    pub splits: Vec<Split>,
    /// One split per example, as the source declares them.
    pub declared: Vec<Split>,
    /// BLAKE3 of examples, targets and declared splits, in hexadecimal.
    pub fingerprint: String,
    /// Things worth telling (guessed columns, skipped rows), each one sentence.
    pub notices: Vec<String>,
    /// How it was read, where its format leaves a choice.
    pub reading: Reading,
    /// All examples that could not be read, in the order of the source.
    pub set_aside: Vec<SetAside>,
}

impl Dataset {
    /// A data set with its fingerprint. `targets` and `splits` have one entry per example,
    /// and every class index is below `classes.len()`; the formats check both.
    pub fn new(
        name: String,
        source: String,
        format: &'static str,
        examples: Examples,
        classes: Vec<String>,
        targets: Vec<Target>,
        splits: Vec<Split>,
    ) -> Self {
        let fingerprint = fingerprint(&examples, &classes, &targets, &splits);
        Self {
            name,
            source,
            format,
            task: Task::Classification,
            examples,
            own_classes: classes.clone(),
            classes,
            targets,
            declared: splits.clone(),
            splits,
            fingerprint,
            notices: Vec::new(),
            reading: Reading::default(),
            set_aside: Vec::new(),
        }
    }
    /// The same with other examples, one for each.
    pub(super) fn with_examples(mut self, examples: Examples) -> Self {
        self.fingerprint = fingerprint(&examples, &self.own_classes, &self.targets, &self.declared);
        self.examples = examples;
        self
    }
    /// Number of examples.
    pub fn len(&self) -> usize {
        self.targets.len()
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }
    /// Images or text.
    pub fn modality(&self) -> Modality {
        match self.examples {
            Examples::Images(_) => Modality::Image,
            Examples::Texts(_) => Modality::Text,
        }
    }
    /// Indices of the examples of one split, in order.
    pub fn indices(&self, split: Split) -> Vec<u32> {
        (0u32..).zip(&self.splits).filter(|(_, s)| **s == split).map(|(i, _)| i).collect()
    }
    /// Number of examples of one split.
    pub fn count(&self, split: Split) -> usize {
        self.splits.iter().filter(|s| **s == split).count()
    }
}
