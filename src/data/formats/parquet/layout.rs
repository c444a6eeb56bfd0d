//! Which Parquet files of a folder belong together, and to which split each belongs: the
//! layouts of Hugging Face data sets. It looks at names only.

use crate::data::formats::parts::split_named;
use crate::data::{DataError, Split};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const ENDINGS: [&str; 2] = ["parquet", "pq"];
/// Folders and files looked at in one folder to recognise the format.
const LOOKED_AT: usize = 64;

/// Whether the name ends like a Parquet file's.
pub fn is_parquet(path: &Path) -> bool {
    path.extension().is_some_and(|e| ENDINGS.iter().any(|known| e.eq_ignore_ascii_case(known)))
}

/// Whether a folder has Parquet files in it, in its folders, or in theirs named as splits.
pub fn holds_parquet(folder: &Path) -> bool {
    let (files, folders) = entries(folder);
    files.iter().any(|file| is_parquet(file))
        || folders.iter().take(LOOKED_AT).any(|inner| {
            let (files, folders) = entries(inner);
            let parts = folders.iter().filter(|folder| split_named(&stem(folder)).is_some());
            files.iter().take(LOOKED_AT).any(|file| is_parquet(file))
                || parts.take(LOOKED_AT).any(|part| entries(part).0.iter().any(|file| is_parquet(file)))
        })
}

/// The files of a data set, training before validation before test.
pub struct Listing {
    /// Each file with its split.
    pub files: Vec<(PathBuf, Split)>,
    /// Files that are left out, in sentences.
    pub notices: Vec<String>,
}

/// Lists the files of a folder.
///
/// # Errors
/// Several data sets in one folder, a shard that is missing.
pub fn list(folder: &Path) -> Result<Listing, DataError> {
    // Per set, named by its folder, the files with the split that their names say.
    let mut sets: BTreeMap<PathBuf, Vec<(PathBuf, Option<Split>)>> = BTreeMap::new();
    let mut gather = |set: &Path, within: &Path, part: Option<Split>| {
        let (files, folders) = entries(within);
        for file in files.into_iter().filter(|file| is_parquet(file)) {
            let split = split_of(&file).or(part);
            sets.entry(set.to_owned()).or_default().push((file, split));
        }
        folders
    };
    for inner in gather(folder, folder, None) {
        if let Some(split) = split_named(&stem(&inner)) {
            gather(folder, &inner, Some(split));
            continue;
        }
        for part in gather(&inner, &inner, None) {
            if let Some(split) = split_named(&stem(&part)) {
                gather(&inner, &part, Some(split));
            }
        }
    }
    let preferred = [folder.to_owned(), folder.join("data")].into_iter().find(|set| sets.contains_key(set));
    let set = match (preferred, sets.len()) {
        (Some(set), _) => set,
        (None, 1) => sets.keys().next().cloned().unwrap_or_default(),
        (None, _) => {
            let names: Vec<String> = sets.keys().take(10).map(|set| stem(set)).collect();
            return Err(DataError::at(
                folder,
                format!("the folder holds {} data sets: {}", sets.len(), names.join(", ")),
                "open one of these folders",
            ));
        }
    };
    let found = sets.remove(&set).unwrap_or_default();
    let trained = found.iter().any(|(_, split)| *split == Some(Split::Train));
    let (mut files, mut left_out): (Vec<(PathBuf, Split)>, Vec<PathBuf>) = (Vec::new(), Vec::new());
    for (file, split) in found {
        match split {
            Some(split) => files.push((file, split)),
            // Files without a split's name are for training if no others are.
            None if !trained => files.push((file, Split::Train)),
            None => left_out.push(file),
        }
    }
    files.sort_by(|(a, x), (b, y)| (*x as u8, a).cmp(&(*y as u8, b)));
    complete(&files)?;
    let shown: Vec<String> = left_out.iter().take(3).map(|file| file_name(file)).collect();
    let more = left_out.len().saturating_sub(3);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let notices = (!left_out.is_empty()).then(|| {
        format!("Left out, as the names say neither train, validation nor test: {}{more}.", shown.join(", "))
    });
    Ok(Listing { files, notices: notices.into_iter().collect() })
}

/// The files and folders of a folder by name, without hidden ones.
fn entries(folder: &Path) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let all = std::fs::read_dir(folder).map(|all| all.flatten().collect::<Vec<_>>()).unwrap_or_default();
    let mut paths: Vec<(PathBuf, bool)> = all
        .into_iter()
        .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
        .map(|entry| {
            let folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            (entry.path(), folder)
        })
        .collect();
    paths.sort();
    let (folders, files): (Vec<_>, Vec<_>) = paths.into_iter().partition(|(_, folder)| *folder);
    let plain = |paths: Vec<(PathBuf, bool)>| paths.into_iter().map(|(path, _)| path).collect();
    (plain(files), plain(folders))
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The split that a file's name begins with, as in `train-00000-of-00003.parquet`.
fn split_of(file: &Path) -> Option<Split> {
    let stem = stem(file);
    let word: String = stem.chars().take_while(|c| c.is_alphabetic()).collect();
    split_named(&word)
}

/// The shard of `name-00000-of-00003`: what is before it, its number, and of how many.
fn shard(file: &Path) -> Option<(String, usize, usize)> {
    let stem = stem(file);
    let (rest, total) = stem.rsplit_once("-of-")?;
    let (name, number) = rest.rsplit_once('-')?;
    // Newer names end in a hash: `-of-00003-0123456789abcdef`.
    let total = total.split('-').next().unwrap_or(total);
    Some((name.to_owned(), number.parse().ok()?, total.parse().ok()?))
}

/// Refuses a set of which a shard is missing.
fn complete(files: &[(PathBuf, Split)]) -> Result<(), DataError> {
    let mut shards: BTreeMap<(String, usize), BTreeSet<usize>> = BTreeMap::new();
    for (name, number, total) in files.iter().filter_map(|(file, _)| shard(file)) {
        shards.entry((name, total)).or_default().insert(number);
    }
    for ((name, total), there) in shards {
        let missing = (0..total.min(100_000)).find(|number| !there.contains(number));
        let Some(missing) = missing else { continue };
        let own = |(file, _): &&(PathBuf, Split)| {
            shard(file).is_some_and(|(n, _, t)| (n, t) == (name.clone(), total))
        };
        let file = files.iter().find(own).map(|(file, _)| file.as_path()).unwrap_or(Path::new(""));
        return Err(DataError::at(
            file.parent().unwrap_or(file),
            format!(
                "{} of the {total} files of '{name}' are there; {name}-{missing:05}-of-{total:05}.parquet is missing",
                there.len()
            ),
            "download the missing files into the folder",
        ));
    }
    Ok(())
}
