//! Reading archives whose authors are not known: regular files only, handed over one by one
//! as bytes. Nothing is written here, and names are only compared, never used as paths. It
//! refuses names that climb out of their folder, and more files, bytes or bytes for each
//! packed byte than any data set has.

use crate::data::meter::Meter;
use crate::data::{DataError, Progress};
use flate2::read::MultiGzDecoder;
use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Component, Path};

/// Files in an archive; IMDB has 100 000.
const MOST_FILES: u64 = 400_000;
/// Bytes of all files together.
const MOST_BYTES: u64 = 4 << 30;
/// Bytes for each packed byte; text is packed to a third, a bomb to a thousandth.
const MOST_RATIO: u64 = 200;
/// Small archives may be packed well.
const FREE_BYTES: u64 = 1 << 20;

/// Gets the name of a file in the archive, with forward slashes, and its contents.
pub(super) type Each<'a> = &'a mut dyn FnMut(&str, &mut dyn Read) -> Result<(), DataError>;

/// Goes through an archive, `.zip` or `.tar.gz` by its name.
pub(super) fn each_file(archive: &Path, progress: Progress<'_>, each: Each<'_>) -> Result<(), DataError> {
    let file = File::open(archive).map_err(|e| damaged(archive, &e.to_string()))?;
    let packed = file.metadata().map_or(0, |about| about.len());
    let budget = Budget {
        bytes: Cell::new(0),
        most: MOST_BYTES.min(packed.saturating_mul(MOST_RATIO).max(FREE_BYTES)),
    };
    let meter = Meter::new(progress, "Unpacking", 0);
    if archive.extension().is_some_and(|ending| ending == "zip") {
        zip_files(archive, file, &budget, &meter, each)
    } else {
        tar_files(archive, file, &budget, &meter, each)
    }
}

fn tar_files(
    path: &Path,
    file: File,
    budget: &Budget,
    meter: &Meter<'_>,
    each: Each<'_>,
) -> Result<(), DataError> {
    let bytes = Counted { inner: MultiGzDecoder::new(BufReader::new(file)), budget };
    let mut archive = tar::Archive::new(bytes);
    let entries = archive.entries().map_err(|e| broken(path, budget, &e))?;
    for (count, entry) in (1u64..).zip(entries) {
        let mut entry = entry.map_err(|e| broken(path, budget, &e))?;
        meter.add(1)?;
        few(path, count)?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        stays_inside(path, &name)?;
        if entry.header().entry_type().is_file() {
            each(&name, &mut entry)?;
        }
    }
    Ok(())
}

fn zip_files(
    path: &Path,
    file: File,
    budget: &Budget,
    meter: &Meter<'_>,
    each: Each<'_>,
) -> Result<(), DataError> {
    let broken_zip = |e: zip::result::ZipError| damaged(path, &e.to_string());
    let mut archive = zip::ZipArchive::new(BufReader::new(file)).map_err(broken_zip)?;
    few(path, archive.len() as u64)?;
    for index in 0..archive.len() {
        meter.add(1)?;
        let entry = archive.by_index(index).map_err(broken_zip)?;
        let name = String::from_utf8_lossy(entry.name_raw()).replace('\\', "/");
        stays_inside(path, &name)?;
        if entry.is_file() && !entry.is_symlink() {
            each(&name, &mut Counted { inner: entry, budget })?;
        }
    }
    Ok(())
}

/// Reads one file whole.
pub(super) fn whole(archive: &Path, name: &str, contents: &mut dyn Read) -> Result<Vec<u8>, DataError> {
    let mut bytes = Vec::new();
    match contents.read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(damaged(archive, &format!("{name}: {error}"))),
    }
}

fn damaged(path: &Path, reason: &str) -> DataError {
    DataError::at(
        path,
        format!("the archive cannot be read ({reason})"),
        "remove it and fetch again; if that does not help, the file was changed where it lies",
    )
}

fn broken(path: &Path, budget: &Budget, error: &io::Error) -> DataError {
    if budget.bytes.get() > budget.most {
        damaged(path, &budget.words())
    } else {
        damaged(path, &error.to_string())
    }
}

fn few(path: &Path, count: u64) -> Result<(), DataError> {
    match count > MOST_FILES {
        true => Err(damaged(path, &format!("it holds more than {MOST_FILES} files"))),
        false => Ok(()),
    }
}

fn stays_inside(path: &Path, name: &str) -> Result<(), DataError> {
    let safe =
        Path::new(name).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    // A drive letter is a plain name where there are no drives.
    match safe && !name.contains(':') {
        true => Ok(()),
        false => Err(damaged(path, &format!("the entry '{name}' leads out of its folder"))),
    }
}

/// Bytes unpacked so far, and how many there may be.
struct Budget {
    bytes: Cell<u64>,
    most: u64,
}

impl Budget {
    fn words(&self) -> String {
        format!("it unpacks to more than {} bytes, which no data set of its size does", self.most)
    }
}

/// Counts what is read and refuses to read too much.
struct Counted<'a, R> {
    inner: R,
    budget: &'a Budget,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.budget.bytes.set(self.budget.bytes.get().saturating_add(read as u64));
        match self.budget.bytes.get() > self.budget.most {
            true => Err(io::Error::other(self.budget.words())),
            false => Ok(read),
        }
    }
}
