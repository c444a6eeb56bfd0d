//! CIFAR-10 and CIFAR-100 in their binary version: a record is one label byte (CIFAR-100: a
//! coarse and a fine one) and 32 x 32 pixels, red plane, green plane, blue plane. Fine labels
//! are learned. It refuses the Python version, and files that end within a record.

use crate::data::meter::Meter;
use crate::data::{DataError, Dataset, Examples, Images, OpenOptions, Progress, Split, Target};
use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Pixels a side.
const SIDE: usize = 32;
const PLANE: usize = SIDE * SIDE;
const CHANNELS: usize = 3;
/// Records read at a time, about 1 MiB.
const GROUP: usize = 340;
const AGAIN: &str = "download the file again";

/// One of the two sets.
#[derive(Debug, PartialEq, Eq)]
struct Kind {
    title: &'static str,
    classes: usize,
    /// Label bytes before the pixels; the last one is the class.
    label_bytes: usize,
    /// File with one class name a line.
    names: &'static str,
}

static CIFAR_10: Kind = Kind { title: "CIFAR-10", classes: 10, label_bytes: 1, names: "batches.meta.txt" };
static CIFAR_100: Kind =
    Kind { title: "CIFAR-100", classes: 100, label_bytes: 2, names: "fine_label_names.txt" };

impl Kind {
    fn record(&self) -> usize {
        self.label_bytes + PLANE * CHANNELS
    }
}

/// What a file's name says of it.
fn by_name(path: &Path) -> Option<(&'static Kind, Split)> {
    let name = path.file_name()?.to_string_lossy().to_lowercase();
    match name.as_str() {
        "train.bin" => Some((&CIFAR_100, Split::Train)),
        "test.bin" => Some((&CIFAR_100, Split::Test)),
        "test_batch.bin" => Some((&CIFAR_10, Split::Test)),
        _ => {
            let batch = name.starts_with("data_batch") && name.ends_with(".bin");
            batch.then_some((&CIFAR_10, Split::Train))
        }
    }
}

fn is_pickled(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "data_batch_1" || name == "test_batch")
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .map(|entries| entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect())
        .unwrap_or_default();
    files.sort();
    files
}

/// A folder with files named as CIFAR's, or a `.bin` file.
pub fn recognises(path: &Path) -> bool {
    if path.is_dir() {
        return files_in(path).iter().any(|file| by_name(file).is_some() || is_pickled(file));
    }
    path.is_file() && path.extension().is_some_and(|e| e.eq_ignore_ascii_case("bin"))
}

/// Reads a folder or one file.
///
/// # Errors
/// A [`DataError`] with the file and the byte.
pub fn open(path: &Path, _options: &OpenOptions, progress: Progress<'_>) -> Result<Dataset, DataError> {
    let (kind, files) = if path.is_dir() { parts_of(path)? } else { part_of(path)? };
    let size = |file: &Path| {
        std::fs::metadata(file).map(|about| about.len()).map_err(|error| unreadable(file, &error))
    };
    let sizes = files.iter().map(|(file, _)| size(file)).collect::<Result<Vec<u64>, _>>()?;
    for ((file, _), size) in files.iter().zip(&sizes) {
        whole(file, *size, kind)?;
    }
    let total: u64 = sizes.iter().sum();
    let meter = Meter::new(progress, "Reading images", total);
    let count = total / kind.record() as u64;
    let mut pixels = Vec::new();
    let reserved = usize::try_from(count).ok().and_then(|n| n.checked_mul(PLANE * CHANNELS));
    if reserved.is_none_or(|bytes| pixels.try_reserve_exact(bytes).is_err()) {
        return Err(DataError::at(
            path,
            format!("{count} images are more than memory can hold"),
            "open a single file of the set, or close other programs",
        ));
    }
    let (mut targets, mut splits) = (Vec::new(), Vec::new());
    for (file, split) in &files {
        read(file, kind, &meter, &mut pixels, &mut targets)?;
        splits.resize(targets.len(), *split);
    }
    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new("")) };
    let names = class_names(folder, kind)?;
    let mut notices = Vec::new();
    if names.is_none() {
        notices.push(format!(
            "The classes have numbers for names, as there is no {} beside the images.",
            kind.names
        ));
    }
    let batches = files.iter().filter(|(_, split)| *split == Split::Train).count();
    if path.is_dir() && *kind == CIFAR_10 && (1..5).contains(&batches) {
        notices.push(format!("Only {batches} of the 5 data_batch files of CIFAR-10 are in the folder."));
    }
    let full = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let name = full.file_name().map_or_else(|| kind.title.to_owned(), |n| n.to_string_lossy().into_owned());
    let mut data = Dataset::new(
        name,
        path.to_string_lossy().into_owned(),
        "cifar",
        Examples::Images(Images::new(SIDE, SIDE, CHANNELS, pixels)),
        names.unwrap_or_else(|| (0..kind.classes).map(|class| class.to_string()).collect()),
        targets,
        splits,
    );
    data.notices = notices;
    Ok(data)
}

type Files = Vec<(PathBuf, Split)>;

/// The files of a folder, training before test.
fn parts_of(folder: &Path) -> Result<(&'static Kind, Files), DataError> {
    let all = files_in(folder);
    let named: Vec<(&PathBuf, &'static Kind, Split)> =
        all.iter().filter_map(|file| by_name(file).map(|(kind, split)| (file, kind, split))).collect();
    let Some((first, kind, _)) = named.first().copied() else {
        return Err(DataError::at(
            folder,
            "the folder holds CIFAR's Python version (pickle files), which is not read",
            "download the binary version, whose files end in .bin",
        ));
    };
    if let Some((other, ..)) = named.iter().find(|(_, other, _)| *other != kind) {
        let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        return Err(DataError::at(
            folder,
            format!(
                "the folder holds both CIFAR-10 and CIFAR-100 files: {} and {}",
                name(first),
                name(other)
            ),
            "move each set into a folder of its own, or open one file",
        ));
    }
    let mut files: Files = named.into_iter().map(|(file, _, split)| (file.clone(), split)).collect();
    files.sort_by_key(|(_, split)| *split as u8);
    Ok((kind, files))
}

/// One file by itself: told by its name, else by its size.
fn part_of(path: &Path) -> Result<(&'static Kind, Files), DataError> {
    if let Some((kind, split)) = by_name(path) {
        return Ok((kind, vec![(path.to_owned(), split)]));
    }
    let size = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?.len();
    let fits = |kind: &&&Kind| size > 0 && size.is_multiple_of(kind.record() as u64);
    match [&CIFAR_10, &CIFAR_100].iter().find(fits) {
        Some(kind) => Ok((kind, vec![(path.to_owned(), Split::Train)])),
        None => Err(DataError::at(
            path,
            format!(
                "its {size} bytes are no whole number of CIFAR records, which have {} bytes in CIFAR-10 and {} in CIFAR-100",
                CIFAR_10.record(),
                CIFAR_100.record()
            ),
            "give a file of CIFAR's binary version, or download it again if it is one",
        )),
    }
}

/// Refuses a file that is empty or ends within a record.
fn whole(path: &Path, size: u64, kind: &Kind) -> Result<(), DataError> {
    let record = kind.record() as u64;
    if size == 0 {
        return Err(DataError::place(path, "byte 0", "the file is empty", AGAIN));
    }
    if size.is_multiple_of(record) {
        return Ok(());
    }
    let image = size / record;
    Err(DataError::place(
        path,
        format!("byte {size}"),
        format!(
            "the contents end here, but image {image} ({} records have {record} bytes) ends at byte {}; the file is truncated",
            kind.title,
            (image + 1) * record
        ),
        AGAIN,
    ))
}

fn unreadable(path: &Path, error: &std::io::Error) -> DataError {
    DataError::at(path, format!("cannot be read ({error})"), "check the path and the permissions")
}

/// Appends the images and targets of one file.
fn read(
    path: &Path,
    kind: &Kind,
    meter: &Meter<'_>,
    pixels: &mut Vec<u8>,
    targets: &mut Vec<Target>,
) -> Result<(), DataError> {
    let mut file = File::open(path).map_err(|error| unreadable(path, &error))?;
    let record = kind.record();
    let (mut group, mut image) = (Vec::with_capacity(GROUP * record), 0usize);
    loop {
        group.clear();
        let limit = (GROUP * record) as u64;
        file.by_ref().take(limit).read_to_end(&mut group).map_err(|error| unreadable(path, &error))?;
        if group.is_empty() {
            return Ok(());
        }
        if !group.len().is_multiple_of(record) {
            // Only a file that shrinks while it is read comes here.
            return whole(path, (image * record + group.len()) as u64, kind);
        }
        for bytes in group.chunks_exact(record) {
            let (labels, planes) = bytes.split_at(kind.label_bytes);
            let label = labels.last().copied().unwrap_or_default();
            if usize::from(label) >= kind.classes {
                return Err(DataError::place(
                    path,
                    format!("byte {}", image * record + kind.label_bytes - 1),
                    format!(
                        "label {label} of image {image} is out of range; the classes of {} are 0 to {}",
                        kind.title,
                        kind.classes - 1
                    ),
                    format!("{AGAIN}, or correct the label"),
                ));
            }
            targets.push(Target::Class(u32::from(label)));
            // [channel, row, column] to [row, column, channel]
            let (red, rest) = planes.split_at(PLANE);
            let (green, blue) = rest.split_at(PLANE);
            pixels.extend(red.iter().zip(green).zip(blue).flat_map(|((r, g), b)| [*r, *g, *b]));
            image += 1;
        }
        meter.add(group.len() as u64)?;
    }
}

/// The class names that lie beside the images, if they do.
fn class_names(folder: &Path, kind: &Kind) -> Result<Option<Vec<String>>, DataError> {
    let path = folder.join(kind.names);
    if !path.is_file() {
        return Ok(None);
    }
    let bytes = std::fs::read(&path).map_err(|error| unreadable(&path, &error))?;
    let wrong = |cause: String| {
        DataError::at(&path, cause, format!("{AGAIN}, or remove it to have numbers for names"))
    };
    let text = str::from_utf8(&bytes).map_err(|error| {
        wrong(format!("the class names are not UTF-8 from byte {} on", error.valid_up_to()))
    })?;
    let names: Vec<String> =
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    if names.len() != kind.classes {
        return Err(wrong(format!(
            "there are {} class names, but {} has {} classes",
            names.len(),
            kind.title,
            kind.classes
        )));
    }
    let mut seen = HashSet::new();
    match names.iter().find(|name| !seen.insert(name.as_str())) {
        Some(twice) => Err(wrong(format!("two classes are called '{twice}'"))),
        None => Ok(Some(names)),
    }
}
