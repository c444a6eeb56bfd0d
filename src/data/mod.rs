//! Data sets in memory: examples, labels, splits, statistics.
//!
//! `formats/` has one file per format and the FORMATS table. Nothing here turns
//! examples into tensors (that is `preprocess`), and nothing here is random but
//! the validation split.

pub mod builtin;
pub mod catalogue;
mod check;
mod dataset;
mod error;
pub mod examine;
mod fingerprint;
pub mod formats;
mod images;
mod meter;
pub mod names;
mod parallel;
mod picture;
mod pixel_file;
mod reading;
mod refit;
mod shelf;
mod split;
mod statistics;

pub use dataset::{Dataset, Examples, Modality, SetAside, Split, Target, Task, Texts};
pub use error::DataError;
pub use formats::{FORMATS, OpenOptions, Preview, open, preview};
pub use images::Images;
pub use picture::{
    Encoded, Fit, Gathered, PICTURE_ENDINGS, Picture, PictureOptions, gather_pictures, is_picture,
    read_picture,
};
pub use reading::Reading;
pub use statistics::{DataSummary, summary};

/// Called with a stage in words, how much is done and of how much; `false` cancels.
/// Called from any thread; must be quick.
pub type Progress<'a> = &'a (dyn Fn(&'static str, u64, u64) -> bool + Sync);

/// A progress that shows nothing and never cancels.
pub fn silent(_stage: &'static str, _done: u64, _total: u64) -> bool {
    true
}
