//! The FORMATS table: one file and one line per format.

pub mod cifar;
mod classes;
pub mod csv;
mod encoding;
mod fields;
pub mod idx;
pub mod image_folder;
mod input;
pub mod jsonl;
mod magic;
mod open;
pub mod parquet;
mod parts;
mod tables;

use super::{DataError, Dataset, PictureOptions, Progress};
use crate::config::RunConfig;
use std::path::Path;

pub use open::{open, preview};
pub use tables::{NO_SPLIT, Preview};

/// What a person may say about how to read a source; empty means guess.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenOptions {
    /// Column with the text (or the pictures), for tables.
    pub text_column: String,
    /// Column with the label, for tables.
    pub label_column: String,
    /// Column that says train, validation or test, for tables; `none` for no column.
    pub split_column: String,
    /// Encoding of text files.
    pub encoding: String,
    /// Other names for classes; see [`crate::data::names`].
    pub class_names: String,
    /// Whether examples without labels are welcome (prediction, evaluation of what is
    /// labelled) or an error (training). With it, one class or no training example is
    /// no error either.
    pub unlabelled: bool,
    /// Size and colour of pictures.
    pub pictures: PictureOptions,
}

impl OpenOptions {
    /// How the settings of a run say that data is to be read.
    pub fn of(config: &RunConfig) -> Self {
        let side = usize::try_from(config.image.size).unwrap_or(0);
        Self {
            text_column: config.data.text_column.clone(),
            label_column: config.data.label_column.clone(),
            split_column: config.data.split_column.clone(),
            encoding: config.data.encoding.clone(),
            class_names: config.data.class_names.clone(),
            unlabelled: false,
            pictures: PictureOptions {
                size: (side > 0).then_some((side, side)),
                resize: config.image.resize,
                colour: config.image.colour,
                ..PictureOptions::default()
            },
        }
    }
}

/// Reads the first rows of a table.
pub type PreviewOf = fn(&Path, &OpenOptions) -> Result<Preview, DataError>;

/// One data format.
pub struct Format {
    /// Name in `list formats`, for example `idx`.
    pub name: &'static str,
    /// What it is and how it is recognised, one line.
    pub about: &'static str,
    /// File endings for the open dialog, without dot; empty for folders.
    pub extensions: &'static [&'static str],
    /// Whether this path looks like the format; looks at names and at most a few bytes.
    pub recognises: fn(&Path) -> bool,
    /// Reads it.
    pub open: fn(&Path, &OpenOptions, Progress<'_>) -> Result<Dataset, DataError>,
    /// Reads its first rows, if it is a table with columns to choose from.
    pub preview: Option<PreviewOf>,
}

/// All formats, the most specific first.
pub static FORMATS: &[Format] = &[
    Format {
        name: "idx",
        about: "IDX images (the MNIST family): a folder with *images-idx3-ubyte and *labels-idx1-ubyte files, plain or .gz, or one images file with its labels file beside it",
        extensions: &["gz", "idx", "idx3-ubyte", "idx3"],
        recognises: idx::recognises,
        open: idx::open,
        preview: None,
    },
    Format {
        name: "csv",
        about: "Text tables: a .csv or .tsv file in UTF-8 or another encoding with a text column and a label column, or a folder with train.csv, test.csv and optionally validation.csv",
        extensions: &["csv", "tsv", "tab"],
        recognises: csv::recognises,
        open: csv::open,
        preview: Some(csv::preview),
    },
    Format {
        name: "jsonl",
        about: "JSON Lines: a .jsonl or .ndjson file with one object a line that has a text and a label field, or a folder with train.jsonl, test.jsonl and optionally validation.jsonl",
        extensions: &["jsonl", "ndjson"],
        recognises: jsonl::recognises,
        open: jsonl::open,
        preview: Some(jsonl::preview),
    },
    Format {
        name: "parquet",
        about: "Parquet: a .parquet file with a text or picture column and a label column, or a folder as Hugging Face lays it out (train-00000-of-00003.parquet and so on, also in data/)",
        extensions: &["parquet", "pq"],
        recognises: parquet::recognises,
        open: parquet::open,
        preview: Some(parquet::preview),
    },
    Format {
        name: "cifar",
        about: "CIFAR-10 and CIFAR-100, binary version: a folder with data_batch_*.bin and test_batch.bin, or with train.bin and test.bin (fine labels), or one .bin file; class names from batches.meta.txt or fine_label_names.txt if present",
        extensions: &["bin"],
        recognises: cifar::recognises,
        open: cifar::open,
        preview: None,
    },
    Format {
        name: "image-folder",
        about: "Pictures (PNG, JPEG, BMP, GIF, WebP): a folder with one sub-folder per class, or with train, test and optionally validation folders that have the class folders in them",
        extensions: &[],
        recognises: image_folder::recognises,
        open: image_folder::open,
        preview: None,
    },
];
