//! From what was downloaded to what a format opens, one function for each kind of set:
//! archives are picked apart, tables written anew as `train.csv`, `validation.csv` and
//! `test.csv` with the columns text and label. It refuses a download that lacks a part.

use super::PublicSet;
use super::unpack::{each_file, whole};
use crate::data::{DataError, Progress};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Read};
use std::path::{Path, PathBuf};

/// Turns the downloads of a set into what a format opens.
pub type Arrange = fn(&Bundle<'_>) -> Result<(), DataError>;

/// The downloads of a set, and where it is to lie.
pub struct Bundle<'a> {
    /// The set.
    pub set: &'a PublicSet,
    /// Folder with its files, checked.
    pub downloads: &'a Path,
    /// Empty folder for the result.
    pub out: &'a Path,
    /// Told how far it is; may cancel.
    pub progress: Progress<'a>,
}

/// The files as they are.
///
/// # Errors
/// A file cannot be written.
pub fn keep(bundle: &Bundle<'_>) -> Result<(), DataError> {
    for file in bundle.set.files {
        let (from, to) = (bundle.downloads.join(file.name), bundle.out.join(file.name));
        fs::copy(&from, &to).map_err(|e| unwritten(&to, &e.to_string()))?;
    }
    Ok(())
}

/// CIFAR-10, binary version.
///
/// # Errors
/// The archive lacks a file, is damaged, or cannot be unpacked.
pub fn cifar10(bundle: &Bundle<'_>) -> Result<(), DataError> {
    let mut names: Vec<String> = (1..=5).map(|part| format!("data_batch_{part}.bin")).collect();
    names.extend(["test_batch.bin", "batches.meta.txt"].map(str::to_owned));
    pick(bundle, &names)
}

/// CIFAR-100, binary version.
///
/// # Errors
/// As [`cifar10`].
pub fn cifar100(bundle: &Bundle<'_>) -> Result<(), DataError> {
    let names = ["train.bin", "test.bin", "fine_label_names.txt", "coarse_label_names.txt"];
    pick(bundle, &names.map(str::to_owned))
}

/// AG News: tables without header of class, title and description.
///
/// # Errors
/// A row that is not of that form.
pub fn ag_news(bundle: &Bundle<'_>) -> Result<(), DataError> {
    const TOPICS: [&str; 4] = ["World", "Sports", "Business", "Sci/Tech"];
    for name in ["train.csv", "test.csv"] {
        let path = bundle.downloads.join(name);
        let wrong = |row: usize, cause: String| {
            DataError::place(&path, format!("row {row}"), cause, "fetch the set again")
        };
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_path(&path)
            .map_err(|e| wrong(1, e.to_string()))?;
        let mut table = Table::create(&bundle.out.join(name))?;
        for (row, record) in (1..).zip(reader.records()) {
            let record = record.map_err(|e| wrong(row, e.to_string()))?;
            let topic = record.get(0).and_then(|class| class.trim().parse::<usize>().ok());
            let topic = topic.and_then(|class| TOPICS.get(class.wrapping_sub(1)));
            let (Some(topic), Some(title), Some(text)) = (topic, record.get(1), record.get(2)) else {
                return Err(wrong(
                    row,
                    "this is not a class from 1 to 4, a title and a description".to_owned(),
                ));
            };
            // Line breaks are written as a backslash and an n.
            table.row(&format!("{title} {text}").replace("\\n", " "), topic)?;
            told(bundle, row as u64)?;
        }
        table.finish()?;
    }
    Ok(())
}

/// IMDB: one text file for each review, in folders for split and class. The reviews without a
/// class are left out.
///
/// # Errors
/// As [`cifar10`].
pub fn imdb(bundle: &Bundle<'_>) -> Result<(), DataError> {
    let archive = only_file(bundle);
    // By name, so that the order does not depend on the archive's.
    let mut reviews: BTreeMap<String, String> = BTreeMap::new();
    each_file(&archive, bundle.progress, &mut |name, contents| {
        let parts: Vec<&str> = name.split('/').collect();
        if let [.., split @ ("train" | "test"), class @ ("pos" | "neg"), file] = parts[..]
            && file.ends_with(".txt")
        {
            let text = String::from_utf8_lossy(&whole(&archive, name, contents)?).into_owned();
            reviews.insert(format!("{split}/{class}/{file}"), text);
        }
        Ok(())
    })?;
    for split in ["train", "test"] {
        let mut table = Table::create(&bundle.out.join(format!("{split}.csv")))?;
        let mut classes = [0u64; 2];
        for (name, text) in reviews.range(format!("{split}/")..format!("{split}0")) {
            let positive = name[split.len()..].starts_with("/pos/");
            classes[usize::from(positive)] += 1;
            table.row(text, if positive { "positive" } else { "negative" })?;
        }
        if classes.contains(&0) {
            return Err(lacks(&archive, &format!("{split}/pos and {split}/neg with reviews")));
        }
        table.finish()?;
    }
    Ok(())
}

/// SST-2 as in GLUE: tables of sentence and label.
///
/// # Errors
/// As [`cifar10`], or a row that is not of that form.
pub fn sst2(bundle: &Bundle<'_>) -> Result<(), DataError> {
    sentiment(bundle, "sentence")
}

/// ChnSentiCorp: tables of label and text.
///
/// # Errors
/// As [`sst2`].
pub fn chnsenticorp(bundle: &Bundle<'_>) -> Result<(), DataError> {
    sentiment(bundle, "text_a")
}

/// `train.tsv` and `dev.tsv` of an archive, with a header that names the columns; 0 is
/// negative, 1 positive. Fields are not quoted.
fn sentiment(bundle: &Bundle<'_>, text_column: &str) -> Result<(), DataError> {
    let archive = only_file(bundle);
    for (member, name) in [("train.tsv", "train.csv"), ("dev.tsv", "validation.csv")] {
        let mut found = None;
        each_file(&archive, bundle.progress, &mut |name, contents| {
            if found.is_none() && name.rsplit('/').next() == Some(member) && !name.contains("__MACOSX") {
                found = Some(whole(&archive, name, contents)?);
            }
            Ok(())
        })?;
        let bytes = found.ok_or_else(|| lacks(&archive, member))?;
        let text = String::from_utf8_lossy(&bytes);
        let mut table = Table::create(&bundle.out.join(name))?;
        rows(&archive, member, &text, text_column, &mut table)?;
        table.finish()?;
    }
    Ok(())
}

fn rows(
    archive: &Path,
    member: &str,
    text: &str,
    text_column: &str,
    table: &mut Table,
) -> Result<(), DataError> {
    let wrong = |line: usize, cause: String| {
        DataError::place(archive, format!("{member}, line {line}"), cause, "fetch the set again")
    };
    let mut lines = (1..).zip(text.trim_start_matches('\u{feff}').lines());
    let header: Vec<&str> = lines.next().map_or_else(Vec::new, |(_, line)| line.split('\t').collect());
    let column = |name: &str| {
        let place = header.iter().position(|field| field.trim() == name);
        place.ok_or_else(|| wrong(1, format!("there is no column '{name}'")))
    };
    let (text_at, label_at) = (column(text_column)?, column("label")?);
    for (line, row) in lines.filter(|(_, row)| !row.trim().is_empty()) {
        let fields: Vec<&str> = row.split('\t').collect();
        let label = match fields.get(label_at).map(|label| label.trim()) {
            Some("0") => "negative",
            Some("1") => "positive",
            other => return Err(wrong(line, format!("the label is {other:?}, not 0 or 1"))),
        };
        let Some(text) = fields.get(text_at) else {
            return Err(wrong(line, "the text is missing".to_owned()));
        };
        table.row(text.trim(), label)?;
    }
    Ok(())
}

/// Files of an archive by their names without folder, each written under that name.
fn pick(bundle: &Bundle<'_>, names: &[String]) -> Result<(), DataError> {
    let archive = only_file(bundle);
    let mut written = Vec::new();
    each_file(&archive, bundle.progress, &mut |name, contents| {
        let wanted = names.iter().find(|wanted| name.rsplit('/').next() == Some(wanted));
        if let Some(wanted) = wanted.filter(|wanted| !written.contains(*wanted)) {
            copy(&archive, contents, &bundle.out.join(wanted))?;
            written.push(wanted.clone());
        }
        Ok(())
    })?;
    match names.iter().find(|name| !written.contains(name)) {
        Some(missing) => Err(lacks(&archive, missing)),
        None => Ok(()),
    }
}

/// The one download of a set that is an archive.
fn only_file(bundle: &Bundle<'_>) -> PathBuf {
    bundle.downloads.join(bundle.set.files.first().map_or("", |file| file.name))
}

fn copy(archive: &Path, contents: &mut dyn Read, to: &Path) -> Result<(), DataError> {
    let mut file = File::create(to).map_err(|e| unwritten(to, &e.to_string()))?;
    match std::io::copy(contents, &mut file) {
        Ok(_) => Ok(()),
        Err(error) => Err(DataError::at(
            archive,
            format!("cannot be unpacked ({error})"),
            "free some space, or remove the archive and fetch again",
        )),
    }
}

fn told(bundle: &Bundle<'_>, rows: u64) -> Result<(), DataError> {
    match rows.is_multiple_of(1000) && !(bundle.progress)("Arranging", rows, 0) {
        true => Err(DataError::Cancelled),
        false => Ok(()),
    }
}

fn lacks(archive: &Path, what: &str) -> DataError {
    DataError::at(
        archive,
        format!("the archive lacks {what}"),
        "remove it and fetch again; if that does not help, the file was changed where it lies",
    )
}

fn unwritten(path: &Path, reason: &str) -> DataError {
    DataError::at(path, format!("cannot be written ({reason})"), "free some space or check the permissions")
}

/// A table being written, with the columns text and label.
struct Table {
    path: PathBuf,
    writer: csv::Writer<BufWriter<File>>,
}

impl Table {
    fn create(path: &Path) -> Result<Self, DataError> {
        let file = File::create(path).map_err(|e| unwritten(path, &e.to_string()))?;
        let mut table =
            Self { path: path.to_owned(), writer: csv::Writer::from_writer(BufWriter::new(file)) };
        table.row("text", "label")?;
        Ok(table)
    }

    fn row(&mut self, text: &str, label: &str) -> Result<(), DataError> {
        self.writer.write_record([text, label]).map_err(|e| unwritten(&self.path, &e.to_string()))
    }

    fn finish(mut self) -> Result<(), DataError> {
        self.writer.flush().map_err(|e| unwritten(&self.path, &e.to_string()))
    }
}
