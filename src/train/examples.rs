//! Examples from outside that are to be predicted: pictures, folders of pictures, tables and
//! other data files. Each is read when its turn comes; one that cannot be read keeps its
//! reason and does not keep the others from being predicted.

use super::TrainError;
use crate::data::{Dataset, Examples, OpenOptions, Progress, is_picture, open, read_picture};
use crate::preprocess::RawInput;
use crate::runs::RunError;
use std::path::{Path, PathBuf};

/// What is to be predicted.
pub struct Outside(Kind);

enum Kind {
    Pictures(Vec<PathBuf>),
    Data(Box<Dataset>, PathBuf),
}

impl Outside {
    /// A picture, a folder with pictures in it or below, or data of a known format. Labels are
    /// not needed and not looked at. Data is read as `options` say.
    ///
    /// # Errors
    /// [`TrainError`] with path, cause and remedy when nothing can be read there;
    /// [`TrainError::Cancelled`].
    pub fn open(path: &Path, options: &OpenOptions, progress: Progress<'_>) -> Result<Self, TrainError> {
        if path.is_dir() {
            let mut files = Vec::new();
            pictures_in(path, &mut files, progress)?;
            if !files.is_empty() {
                return Ok(Self(Kind::Pictures(files)));
            }
        } else if is_picture(path) {
            return Ok(Self(Kind::Pictures(vec![path.to_owned()])));
        }
        let data = open(&path.to_string_lossy(), options, progress)?;
        Ok(Self(Kind::Data(Box::new(data), path.to_owned())))
    }

    /// Number of examples.
    pub fn len(&self) -> usize {
        match &self.0 {
            Kind::Pictures(files) => files.len(),
            Kind::Data(data, _) => data.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What [`Outside::place`] says: `path` for pictures, `row` for the rest.
    pub fn kind_of_place(&self) -> &'static str {
        match &self.0 {
            Kind::Pictures(_) => "path",
            Kind::Data(..) => "row",
        }
    }

    /// Where example `index` stands: a picture's path, or its number in the data, from 1.
    pub fn place(&self, index: usize) -> String {
        match &self.0 {
            Kind::Pictures(files) => files[index].to_string_lossy().into_owned(),
            Kind::Data(..) => (index + 1).to_string(),
        }
    }

    /// What a person would call example `index`: a picture's path, or the text itself.
    pub fn name(&self, index: usize) -> String {
        match &self.0 {
            Kind::Pictures(_) => self.place(index),
            Kind::Data(data, path) => match &data.examples {
                Examples::Texts(texts) => texts.get(index).to_owned(),
                Examples::Images(_) => format!("{}#{index}", path.display()),
            },
        }
    }

    /// Reads example `index`.
    ///
    /// # Errors
    /// In words, when it cannot be read.
    pub fn read(&self, index: usize) -> Result<RawInput, String> {
        match &self.0 {
            Kind::Pictures(files) => {
                read_picture(&files[index]).map(RawInput::from).map_err(|error| error.to_string())
            }
            Kind::Data(data, _) => Ok(match &data.examples {
                Examples::Texts(texts) => RawInput::Text(texts.get(index).to_owned()),
                Examples::Images(images) => RawInput::Image {
                    width: images.width,
                    height: images.height,
                    channels: images.channels,
                    pixels: images.get(index).map_err(|error| error.to_string())?.into_owned(),
                },
            }),
        }
    }
}

/// The pictures in a folder and below it, by name; hidden files and links to folders are
/// passed over.
fn pictures_in(folder: &Path, files: &mut Vec<PathBuf>, progress: Progress<'_>) -> Result<(), TrainError> {
    if !progress("Looking for pictures", files.len() as u64, 0) {
        return Err(TrainError::Cancelled);
    }
    let entries = std::fs::read_dir(folder).map_err(|error| {
        RunError::at(folder, format!("cannot read: {error}"), "check the path and its permissions")
    })?;
    let mut found: Vec<_> = entries
        .flatten()
        .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
        .map(|entry| (entry.path(), entry.file_type().is_ok_and(|kind| kind.is_dir())))
        .collect();
    found.sort();
    for (path, is_folder) in found {
        if is_folder {
            pictures_in(&path, files, progress)?;
        } else if is_picture(&path) && path.is_file() {
            files.push(path);
        }
    }
    Ok(())
}
