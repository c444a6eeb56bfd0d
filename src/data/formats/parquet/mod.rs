//! Parquet: a file, or a folder laid out as a Hugging Face data set, with a column of texts
//! or pictures and a column of labels. Class numbers get the names that the data set
//! declares. Rows are read batch by batch; a file is never held as a whole. It refuses
//! texts inside of lists.

mod features;
mod file;
mod layout;
mod pictures;
mod plan;

use super::tables::{Preview, Rows, list, preview_of};
use crate::data::formats::parts::split_named;
use crate::data::meter::Meter;
use crate::data::{DataError, Dataset, OpenOptions, Progress, Reading, Split};
use file::{Column, Table, Value};
use layout::Listing;
use pictures::Pictures;
use plan::{BATCH, Look, Plan, WORD, label};
use std::path::{Path, PathBuf};

/// A file with the ending of Parquet, or a folder with such files.
pub fn recognises(path: &Path) -> bool {
    if path.is_dir() { layout::holds_parquet(path) } else { layout::is_parquet(path) }
}

fn files_of(path: &Path) -> Result<Listing, DataError> {
    match path.is_dir() {
        true => layout::list(path),
        false => Ok(Listing { files: vec![(path.to_owned(), Split::Train)], notices: Vec::new() }),
    }
}

/// Reads a file or a folder.
///
/// # Errors
/// A [`DataError`] with the row, the column or the row group.
pub fn open(path: &Path, options: &OpenOptions, progress: Progress<'_>) -> Result<Dataset, DataError> {
    let Listing { files, notices } = files_of(path)?;
    let Some((first, _)) = files.first() else {
        return Err(DataError::at(path, "the folder holds no Parquet file to read", "open the folder above"));
    };
    let mut total = 0;
    for (file, _) in &files {
        total += Table::open(file)?.rows();
    }
    if total == 0 {
        return Err(DataError::at(path, "the table has columns but no rows", "give a table with rows"));
    }
    let plan = {
        let table = Table::open(first)?;
        Look::at(&table, options)?.plan(&table, first)?
    };
    let mut rows = Rows::default();
    rows.notices = notices;
    if let Some(classes) = &plan.classes {
        rows.declare(classes);
    }
    plan.notices.iter().for_each(|notice| rows.tell(notice.clone()));
    rows.reading = Reading {
        text_column: plan.content.clone(),
        label_column: plan.label.clone().unwrap_or_default(),
        split_column: plan.split.clone().unwrap_or_default(),
        ..Reading::default()
    };
    let stage = if plan.pictures { "Reading pictures" } else { "Reading texts" };
    let meter = Meter::new(progress, stage, total);
    let mut pictures = plan.pictures.then(Pictures::default);
    for (file, split) in &files {
        Part { path: file, split: *split, plan: &plan, options }.read(&mut rows, &mut pictures, &meter)?;
    }
    match pictures {
        Some(pictures) => pictures.into_dataset(path, rows, options, progress),
        None => Ok(rows.into_texts(path, "parquet")),
    }
}

/// The first rows of a file, or of the training file of a folder.
///
/// # Errors
/// As [`open`], but not for columns.
pub fn preview(path: &Path, options: &OpenOptions) -> Result<Preview, DataError> {
    let files: Vec<(PathBuf, Split)> = files_of(path)?.files;
    let path = files.first().map_or(path, |(file, _)| file);
    let look = Look::at(&Table::open(path)?, options)?;
    Ok(preview_of(&look.ask(path), &look.sample, Reading::default()))
}

/// One file to read.
struct Part<'a> {
    path: &'a Path,
    split: Split,
    plan: &'a Plan,
    options: &'a OpenOptions,
}

impl Part<'_> {
    /// Adds the file. One that is not for training may lack labels: it is then left out with
    /// a notice, as test examples without answers measure nothing.
    fn read(
        &self,
        rows: &mut Rows,
        pictures: &mut Option<Pictures>,
        meter: &Meter<'_>,
    ) -> Result<(), DataError> {
        let Self { path, split, plan, options } = *self;
        let table = Table::open(path)?;
        let by_name = |name: &str| table.columns.iter().find(|column| column.name == name);
        let needed = |name: &str, key: &str| by_name(name).ok_or_else(|| self.missing(&table, name, key));
        let mut columns: Vec<&Column> = vec![needed(&plan.content, "text")?];
        if let Some(label) = &plan.label {
            if by_name(label).is_none() && split != Split::Train {
                self.leave_out(rows, &format!("has no column '{label}'"));
                return meter.add(table.rows());
            }
            columns.push(needed(label, "label")?);
        }
        if let Some(name) = &plan.split {
            columns.push(needed(name, "split")?);
        }
        let mark = rows.mark();
        if let Some(pictures) = pictures {
            pictures.begin(path);
        }
        let (mut row, mut unlabelled) = (0, None);
        for group in 0..table.groups() {
            let mut group = table.group(group, &columns)?;
            let mut left = group.rows;
            while left > 0 {
                let count = left.min(BATCH);
                let values = group.read(count)?;
                for at in 0..count {
                    row += 1;
                    let label = match plan.label {
                        Some(_) => self.label(row, &values[1][at])?,
                        None => None,
                    };
                    if label.is_none() {
                        unlabelled.get_or_insert(row);
                    }
                    let split = match (&plan.split, values.last()) {
                        (Some(_), Some(splits)) => self.split(row, &splits[at])?,
                        _ => split,
                    };
                    match (&mut *pictures, &values[0][at]) {
                        (Some(pictures), Value::Bytes(bytes)) => pictures.push(bytes.data()),
                        (Some(pictures), _) => pictures.push(&[]),
                        (None, value) => self.text(row, value, rows)?,
                    }
                    rows.push(path, WORD, label.as_deref(), split)?;
                }
                left -= count;
                meter.add(count as u64)?;
            }
        }
        if let (Some(row), false) = (unlabelled, options.unlabelled) {
            if split == Split::Train || !rows.unlabelled_since(&mark) {
                return Err(self.wrong(row, "the label is empty", "fill in the class, or remove the row"));
            }
            rows.go_back(&mark);
            if let Some(pictures) = pictures {
                pictures.forget_last();
            }
            self.leave_out(rows, "has no labels");
        }
        rows.tell_empty(&mark);
        Ok(())
    }

    fn text(&self, row: usize, value: &Value, rows: &mut Rows) -> Result<(), DataError> {
        match value {
            Value::Null => rows.texts.push(""),
            Value::Bytes(bytes) => match std::str::from_utf8(bytes.data()) {
                Ok(text) => rows.texts.push(text),
                Err(_) => {
                    return Err(self.wrong(
                        row,
                        format!("'{}' is not valid UTF-8", self.plan.content),
                        "write the text again as UTF-8, or name another column with data.text_column",
                    ));
                }
            },
            other => rows.texts.push(&label(other, None).ok().flatten().unwrap_or_default()),
        }
        Ok(())
    }

    fn label(&self, row: usize, value: &Value) -> Result<Option<String>, DataError> {
        let classes = self.plan.classes.as_deref();
        label(value, classes).map(|label| label.map(|label| label.into_owned())).map_err(|number| {
            let last = classes.map_or(0, <[String]>::len).saturating_sub(1);
            self.wrong(
                row,
                format!("label {number} is out of range; the classes are 0 to {last}"),
                "correct the label, or the class names that the data set declares",
            )
        })
    }

    fn split(&self, row: usize, value: &Value) -> Result<Split, DataError> {
        let written = label(value, None).ok().flatten().unwrap_or_default();
        split_named(&written).ok_or_else(|| {
            self.wrong(
                row,
                format!("'{written}' is not a split"),
                "write train, validation or test, or set data.split_column to another column or to none",
            )
        })
    }

    fn wrong(&self, row: usize, cause: impl Into<String>, remedy: &str) -> DataError {
        DataError::place(self.path, format!("row {row}"), cause, remedy)
    }

    fn missing(&self, table: &Table<'_>, name: &str, key: &str) -> DataError {
        let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        DataError::at(
            self.path,
            format!(
                "there is no column '{name}', which the first file has; the columns are {}",
                list(&names)
            ),
            format!("remove the file, or name a column that all files have with data.{key}_column"),
        )
    }

    fn leave_out(&self, rows: &mut Rows, why: &str) {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        rows.tell(format!("{name} {why} and was left out."));
    }
}
