//! The pictures of Parquet files, gathered as they are encoded and then brought to one size
//! like those of folders. Pictures that cannot be read are set aside and named by their row.

use crate::data::formats::tables::Rows;
use crate::data::{
    DataError, Dataset, Encoded, Examples, Gathered, OpenOptions, Progress, SetAside, Split, gather_pictures,
};
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// Encoded pictures, one behind the other.
#[derive(Default)]
pub struct Pictures {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    /// Where each file begins.
    files: Vec<(usize, PathBuf)>,
}

impl Pictures {
    /// What follows stands in this file.
    pub fn begin(&mut self, file: &Path) {
        self.files.push((self.ends.len(), file.to_owned()));
    }

    /// Appends one picture; none where there is no value.
    pub fn push(&mut self, picture: &[u8]) {
        self.bytes.extend_from_slice(picture);
        self.ends.push(self.bytes.len());
    }

    /// Forgets the pictures of the last file.
    pub fn forget_last(&mut self) {
        if let Some((start, _)) = self.files.pop() {
            self.ends.truncate(start);
            self.bytes.truncate(self.ends.last().copied().unwrap_or(0));
        }
    }

    fn get(&self, at: usize) -> &[u8] {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.bytes[start..self.ends[at]]
    }

    /// A picture in words: its file and its row.
    fn name(&self, at: usize) -> String {
        let file = self.files.iter().rev().find(|(start, _)| *start <= at);
        file.map_or_else(String::new, |(start, path)| {
            format!("{}, row {}", path.file_name().unwrap_or_default().to_string_lossy(), at - start + 1)
        })
    }

    /// The data set, given label and split of each picture.
    ///
    /// # Errors
    /// No picture can be read, more than memory or disk can hold, cancelled.
    pub fn into_dataset(
        self,
        path: &Path,
        mut rows: Rows,
        options: &OpenOptions,
        progress: Progress<'_>,
    ) -> Result<Dataset, DataError> {
        let training = rows.splits().iter().map(|split| *split == Split::Train).collect();
        let encoded = Source { pictures: &self, training };
        let Gathered { images, outcomes, notices } =
            gather_pictures(&encoded, &options.pictures, path, progress)?;
        let aside = outcomes.iter().enumerate().filter_map(|(at, outcome)| {
            let reason = outcome.as_ref().err()?.clone();
            Some(SetAside { item: self.name(at), reason })
        });
        let aside: Vec<SetAside> = aside.collect();
        if aside.len() == outcomes.len() {
            let reason = aside.first().map_or("", |first| first.reason.as_str());
            return Err(DataError::at(
                path,
                format!("none of its pictures can be read ({reason})"),
                "write them again as PNG or JPEG, or name another column with data.text_column",
            ));
        }
        rows.keep(|at| outcomes[at].is_ok());
        if !aside.is_empty() {
            let shown: Vec<String> =
                aside.iter().take(3).map(|one| format!("{} ({})", one.item, one.reason)).collect();
            let more = aside.len().saturating_sub(3);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let what = if aside.len() == 1 { "picture" } else { "pictures" };
            rows.tell(format!(
                "Set aside {} {what} that cannot be read: {}{more}.",
                aside.len(),
                shown.join(", ")
            ));
        }
        notices.into_iter().for_each(|notice| rows.tell(notice));
        let mut data = rows.into_dataset(path, "parquet", Examples::Images(images));
        data.set_aside = aside;
        Ok(data)
    }
}

struct Source<'a> {
    pictures: &'a Pictures,
    training: Vec<bool>,
}

impl Encoded for Source<'_> {
    fn count(&self) -> usize {
        self.pictures.ends.len()
    }
    fn bytes(&self, at: usize) -> Result<Cow<'_, [u8]>, String> {
        match self.pictures.get(at) {
            [] => Err("there is no picture".to_owned()),
            bytes => Ok(Cow::Borrowed(bytes)),
        }
    }
    fn for_training(&self, at: usize) -> bool {
        self.training[at]
    }
}
