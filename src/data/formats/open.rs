//! From a source as a person writes it to the format that reads it.

use super::{FORMATS, OpenOptions, Preview};
use crate::data::builtin::open_builtin;
use crate::data::catalogue::{PREFIX, default_datasets_folder, open_public};
use crate::data::refit::refit;
use crate::data::{DataError, Dataset, Progress, check};
use std::path::Path;

/// Opens a path, `builtin:NAME` or `public:NAME`. The validation split is not made yet:
/// see [`Dataset::hold_out`]. Nothing is written.
///
/// # Errors
/// [`DataError`] with path, place, cause and remedy.
pub fn open(source: &str, options: &OpenOptions, progress: Progress<'_>) -> Result<Dataset, DataError> {
    let path = Path::new(source);
    if source.trim().is_empty() {
        return Err(DataError::at(
            path,
            "no data source is given",
            "give a file, a folder or builtin:fashion",
        ));
    }
    if source.starts_with("builtin:") {
        let mut data = open_builtin(source, progress)?;
        data.rename_classes(&options.class_names)?;
        return refit(data, &options.pictures, progress);
    }
    if source.starts_with(PREFIX) {
        return open_public(source, &default_datasets_folder(), options, progress);
    }
    let about = std::fs::metadata(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => DataError::at(
            path,
            "there is no such file or folder",
            format!("check the spelling{}", nearest_parent(path)),
        ),
        _ => DataError::at(path, format!("cannot be read ({error})"), "check the permissions"),
    })?;
    match FORMATS.iter().find(|format| (format.recognises)(path)) {
        Some(format) => {
            let mut data = (format.open)(path, options, progress)?;
            data.rename_classes(&options.class_names)?;
            refit(check::trainable(data, path, options)?, &options.pictures, progress)
        }
        None if about.is_dir() => Err(strange_folder(path)),
        None => Err(DataError::at(path, "the file fits no format that is understood", understood())),
    }
}

/// The first rows of a table, so that a person can choose its columns; `None` where there is
/// nothing to choose. Nothing is written.
///
/// # Errors
/// [`DataError`] if the file cannot be read as what it looks like.
pub fn preview(source: &str, options: &OpenOptions) -> Result<Option<Preview>, DataError> {
    let path = Path::new(source);
    let format = FORMATS.iter().find(|format| (format.recognises)(path));
    match format.and_then(|format| format.preview) {
        Some(preview) if !source.starts_with("builtin:") => preview(path, options).map(Some),
        _ => Ok(None),
    }
}

/// The part of a missing path that does exist, in words.
fn nearest_parent(path: &Path) -> String {
    let there = path.ancestors().skip(1).find(|p| p.as_os_str().is_empty() || p.exists());
    match there {
        Some(parent) if !parent.as_os_str().is_empty() => format!("; {} exists", parent.display()),
        _ => "; a relative path starts at the folder the program was started in".to_owned(),
    }
}

fn understood() -> String {
    let rows: Vec<String> =
        FORMATS.iter().map(|format| format!("{}: {}", format.name, format.about)).collect();
    format!("what is understood is {}", rows.join("; "))
}

fn strange_folder(path: &Path) -> DataError {
    let mut names: Vec<String> = match std::fs::read_dir(path) {
        Ok(entries) => entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect(),
        Err(error) => {
            return DataError::at(path, format!("cannot be listed ({error})"), "check the permissions");
        }
    };
    names.sort();
    if names.is_empty() {
        return DataError::at(path, "the folder is empty", format!("put data into it; {}", understood()));
    }
    let shown = names.iter().take(5).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = if names.len() > 5 { format!(" and {} more", names.len() - 5) } else { String::new() };
    DataError::at(
        path,
        format!("the folder holds {shown}{more}, which fits no format"),
        format!("open one of the files, or another folder; {}", understood()),
    )
}
