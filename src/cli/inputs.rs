//! What `predict` is asked about: texts, pictures, folders of pictures, tables and other
//! data files. Everything becomes a list of named examples; what cannot be read is named.

use super::data_source::open_shown;
use super::exit::Failure;
use crate::data::{Dataset, Examples, OpenOptions, is_picture, read_picture};
use crate::preprocess::RawInput;
use std::path::{Path, PathBuf};

/// One example to predict, and what to call it.
pub(super) struct Named {
    pub(super) name: String,
    pub(super) input: Result<RawInput, String>,
}

/// All examples of one argument: a picture, a folder of pictures, or data of a known format.
pub(super) fn gather(path: &Path, text_column: &str) -> Result<Vec<Named>, Failure> {
    if path.is_dir() {
        let pictures = pictures_in(path)?;
        if !pictures.is_empty() {
            return Ok(pictures.iter().map(|file| picture(file)).collect());
        }
    } else if is_picture(path) {
        return Ok(vec![picture(path)]);
    }
    let options =
        OpenOptions { text_column: text_column.to_owned(), unlabelled: true, ..OpenOptions::default() };
    let data = open_shown(&path.to_string_lossy(), &options)?;
    Ok((0..data.len()).map(|index| of_dataset(&data, path, index)).collect())
}

fn picture(path: &Path) -> Named {
    let input = read_picture(path).map_err(|error| error.to_string()).map(|picture| RawInput::Image {
        width: picture.width,
        height: picture.height,
        channels: picture.channels,
        pixels: picture.pixels,
    });
    Named { name: path.to_string_lossy().into_owned(), input }
}

/// The pictures directly in a folder, by name.
fn pictures_in(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = std::fs::read_dir(folder).map_err(|error| {
        Failure::failed(format!(
            "{}: cannot read: {error}; check the path and its permissions",
            folder.display()
        ))
    })?;
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_file() && is_picture(path))
        .collect();
    files.sort();
    Ok(files)
}

fn of_dataset(data: &Dataset, path: &Path, index: usize) -> Named {
    match &data.examples {
        Examples::Texts(texts) => {
            let text = texts.get(index);
            Named { name: text.to_owned(), input: Ok(RawInput::Text(text.to_owned())) }
        }
        Examples::Images(images) => Named {
            name: format!("{}#{index}", path.display()),
            input: Ok(RawInput::Image {
                width: images.width,
                height: images.height,
                channels: images.channels,
                pixels: images.get(index).to_vec(),
            }),
        },
    }
}
