//! Rows becoming examples, one at a time: nothing is held twice. Labels are kept as numbers
//! of their words. It refuses more classes than a label can sensibly have.

use crate::data::formats::{classes, fields::MOST_CLASSES};
use crate::data::{DataError, Dataset, Examples, Reading, Split, Target, Texts};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// In place of a label that is not there.
const NONE: u32 = u32::MAX;

/// The examples gathered so far.
#[derive(Default)]
pub struct Rows {
    /// The texts; empty where pictures are gathered elsewhere.
    pub texts: Texts,
    labels: Vec<u32>,
    words: Vec<String>,
    numbers: HashMap<String, u32>,
    /// Whether the words were declared and are in their order.
    declared: bool,
    splits: Vec<Split>,
    /// Things worth telling, each one sentence.
    pub notices: Vec<String>,
    /// How the first file was read.
    pub reading: Reading,
}

/// A state of [`Rows`] to go back to.
pub struct Mark {
    rows: usize,
    words: usize,
}

impl Rows {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Class names that the file declares; they stay in this order.
    pub fn declare(&mut self, words: &[String]) {
        if self.words.is_empty() {
            self.words = words.to_vec();
            self.numbers = self.words.iter().cloned().zip(0..).collect();
            self.declared = true;
        }
    }

    /// Appends label and split of a row, whose text or picture the caller appends.
    ///
    /// # Errors
    /// More than [`MOST_CLASSES`] different labels; `word` is what a column is called.
    pub fn push(
        &mut self,
        path: &Path,
        word: &str,
        label: Option<&str>,
        split: Split,
    ) -> Result<(), DataError> {
        let number = match label {
            None => NONE,
            Some(label) => match self.numbers.get(label) {
                Some(number) => *number,
                None => {
                    let number = self.words.len() as u32;
                    if self.words.len() == MOST_CLASSES {
                        return Err(too_many(path, word, &self.words));
                    }
                    self.words.push(label.to_owned());
                    self.numbers.insert(label.to_owned(), number);
                    number
                }
            },
        };
        self.labels.push(number);
        self.splits.push(split);
        Ok(())
    }

    /// The split of each row.
    pub fn splits(&self) -> &[Split] {
        &self.splits
    }

    /// Keeps label and split of the rows that `kept` says.
    pub fn keep(&mut self, kept: impl Fn(usize) -> bool) {
        let mut rows = 0..;
        self.labels.retain(|_| rows.next().is_some_and(&kept));
        let mut rows = 0..;
        self.splits.retain(|_| rows.next().is_some_and(&kept));
    }

    /// A state to go back to.
    pub fn mark(&self) -> Mark {
        Mark { rows: self.len(), words: self.words.len() }
    }

    /// Forgets what came after `mark`.
    pub fn go_back(&mut self, mark: &Mark) {
        self.labels.truncate(mark.rows);
        self.splits.truncate(mark.rows);
        self.texts.truncate(mark.rows);
        for word in self.words.drain(mark.words..) {
            self.numbers.remove(&word);
        }
    }

    /// Whether no row since `mark` has a label.
    pub fn unlabelled_since(&self, mark: &Mark) -> bool {
        self.labels[mark.rows..].iter().all(|label| *label == NONE)
    }

    /// Tells how many texts since `mark` are empty.
    pub fn tell_empty(&mut self, mark: &Mark) {
        let rows = mark.rows..self.texts.len();
        let empty = rows.clone().filter(|row| self.texts.get(*row).trim().is_empty()).count();
        if empty > 0 {
            self.tell(format!("{empty} of {} texts are empty.", rows.len()));
        }
    }

    /// Adds a notice, once.
    pub fn tell(&mut self, notice: String) {
        if !self.notices.contains(&notice) {
            self.notices.push(notice);
        }
    }

    /// The data set of texts.
    pub fn into_texts(mut self, path: &Path, format: &'static str) -> Dataset {
        let texts = std::mem::take(&mut self.texts);
        self.into_dataset(path, format, Examples::Texts(Arc::new(texts)))
    }

    /// The data set, given its examples: classes in their order, numbers by value.
    pub fn into_dataset(self, path: &Path, format: &'static str, examples: Examples) -> Dataset {
        let mut classes = self.words;
        let mut places: Vec<u32> = (0..classes.len() as u32).collect();
        if !self.declared {
            let written = std::mem::take(&mut classes);
            classes.clone_from(&written);
            classes::sort(&mut classes);
            let sorted: HashMap<&str, u32> = classes.iter().map(String::as_str).zip(0..).collect();
            places =
                written.iter().map(|word| sorted.get(word.as_str()).copied().unwrap_or_default()).collect();
        }
        // A number without a word is the one for no label.
        let target =
            |label: u32| places.get(label as usize).map_or(Target::Unlabelled, |p| Target::Class(*p));
        let targets = self.labels.into_iter().map(target).collect();
        let full = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let name = full.file_stem().map_or_else(|| "table".to_owned(), |n| n.to_string_lossy().into_owned());
        let source = path.to_string_lossy().into_owned();
        let mut data = Dataset::new(name, source, format, examples, classes, targets, self.splits);
        data.notices = self.notices;
        data.reading = self.reading;
        data
    }
}

fn too_many(path: &Path, word: &str, words: &[String]) -> DataError {
    let shown = words.iter().take(3).map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ");
    DataError::at(
        path,
        format!("the label {word} has more than {MOST_CLASSES} different values ({shown}, …)"),
        format!("name the {word} with the classes with data.label_column"),
    )
}
