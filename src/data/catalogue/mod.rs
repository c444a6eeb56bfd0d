//! Public data sets that are fetched on request: the PUBLIC_SETS table, where they are kept,
//! and opening one as `public:NAME`. It never goes to the network by itself: only [`fetch`]
//! does, when a person asks for it.

mod arrange;
mod download;
mod fetch;
mod hash;
mod sets;
mod unpack;

pub use arrange::{Arrange, Bundle, ag_news, chnsenticorp, cifar10, cifar100, imdb, keep, sst2};
pub use fetch::fetch;
pub use hash::Hash;
pub use sets::PUBLIC_SETS;

use super::formats;
use super::{DataError, Dataset, Modality, OpenOptions, Progress};
use std::path::{Path, PathBuf};

/// What stands before the name of a public set in `data.source`.
pub const PREFIX: &str = "public:";

/// A public set: `public:NAME`.
#[derive(Debug)]
pub struct PublicSet {
    /// Name after `public:`, and of its folder.
    pub name: &'static str,
    /// Shown to a person.
    pub title: &'static str,
    /// One line: what it is.
    pub about: &'static str,
    /// Images or text.
    pub modality: Modality,
    /// The licence, as those who publish the set state it.
    pub licence: &'static str,
    /// Whom to cite.
    pub citation: &'static str,
    /// The page that describes it.
    pub page: &'static str,
    /// What is downloaded.
    pub files: &'static [Remote],
    /// Turns the downloads into what a format opens.
    pub arrange: Arrange,
}

/// One file to download.
#[derive(Debug)]
pub struct Remote {
    /// Name that it is kept under.
    pub name: &'static str,
    /// Where it lies; the first that answers is used.
    pub addresses: &'static [&'static str],
    /// Its size in bytes, where it is known.
    pub bytes: Option<u64>,
    /// What its contents must hash to.
    pub hash: Hash,
}

impl PublicSet {
    /// `public:NAME`.
    pub fn source(&self) -> String {
        format!("{PREFIX}{}", self.name)
    }

    /// Bytes to download, where all sizes are known.
    pub fn bytes(&self) -> Option<u64> {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// Whether it lies in this data folder. A set is moved there when it is whole.
    pub fn is_fetched(&self, folder: &Path) -> bool {
        folder.join(self.name).is_dir()
    }
}

/// The set of this name, with or without `public:`.
///
/// # Errors
/// A [`DataError`] that lists the sets.
pub fn public_set(name: &str) -> Result<&'static PublicSet, DataError> {
    let bare = name.trim().strip_prefix(PREFIX).unwrap_or(name.trim());
    PUBLIC_SETS.iter().find(|set| set.name == bare).ok_or_else(|| {
        let known: Vec<String> = PUBLIC_SETS.iter().map(PublicSet::source).collect();
        DataError::at(
            Path::new(name),
            format!("there is no public data set '{bare}'"),
            format!("choose one of {}, or give a path", known.join(", ")),
        )
    })
}

/// Where public sets are kept unless said otherwise: `$ATTENTIVE_DATASETS`, else the
/// person's data folder.
pub fn default_datasets_folder() -> PathBuf {
    if let Some(folder) = std::env::var_os("ATTENTIVE_DATASETS").filter(|folder| !folder.is_empty()) {
        return PathBuf::from(folder);
    }
    directories::ProjectDirs::from("", "", "attentive")
        .map_or_else(|| PathBuf::from("datasets"), |folders| folders.data_dir().join("datasets"))
}

/// Opens `public:NAME` from a data folder, if it has been fetched.
///
/// # Errors
/// A [`DataError`]: not fetched yet, and how to fetch it; or what is wrong with the files.
pub fn open_public(
    source: &str,
    folder: &Path,
    options: &OpenOptions,
    progress: Progress<'_>,
) -> Result<Dataset, DataError> {
    let set = public_set(source)?;
    if !set.is_fetched(folder) {
        return Err(DataError::at(
            Path::new(source),
            format!("{} has not been fetched to {}", set.title, folder.display()),
            format!(
                "press Get beside it in the Data panel, under Public data sets, or run: attentive fetch {}",
                set.name
            ),
        ));
    }
    let path = folder.join(set.name);
    let mut data = formats::open(&path.to_string_lossy(), options, progress)?;
    data.name = set.title.to_owned();
    data.source = set.source();
    Ok(data)
}
