//! Fetching a public set: download, check, arrange, and only then put in place. What was
//! downloaded stays until the set is whole, so that a later try goes on from there.

use super::download::{Failed, download};
use super::{Bundle, PublicSet, Remote};
use crate::data::meter::Meter;
use crate::data::{DataError, Progress};
use std::fs;
use std::path::{Path, PathBuf};

/// Folder for downloads, inside the data folder.
const DOWNLOADS: &str = "downloads";
/// Folder in which a set is arranged, inside the data folder.
const ARRANGING: &str = "arranging";

/// Brings a public set into the data folder `folder` and returns where it lies. One that is
/// there already is left alone, without a look at the network.
///
/// # Errors
/// A [`DataError`]: no connection, another file than the published one, an archive that is
/// not what it should be, a full disk, cancelled. What is usable is kept for the next try.
pub fn fetch(set: &PublicSet, folder: &Path, progress: Progress<'_>) -> Result<PathBuf, DataError> {
    let place = folder.join(set.name);
    if set.is_fetched(folder) {
        return Ok(place);
    }
    let downloads = folder.join(DOWNLOADS).join(set.name);
    make_folder(&downloads)?;
    let total = set.bytes().unwrap_or(0);
    let mut before = 0;
    for file in set.files {
        let report = |done: u64| progress("Fetching", before + done, total);
        get(set, file, &downloads, progress, &report)?;
        before += fs::metadata(downloads.join(file.name)).map_or(0, |about| about.len());
    }
    let arranged = folder.join(ARRANGING).join(format!("{}-{}", set.name, std::process::id()));
    // Left over from a process of the same number that was cut off.
    let _ = fs::remove_dir_all(&arranged);
    make_folder(&arranged)?;
    let bundle = Bundle { set, downloads: &downloads, out: &arranged, progress };
    let done = (set.arrange)(&bundle).and_then(|()| in_place(set, &arranged, &place));
    let _ = fs::remove_dir_all(&arranged);
    done?;
    // Only space is lost if this does not work.
    let _ = fs::remove_dir_all(&downloads);
    let _ = fs::remove_dir(folder.join(DOWNLOADS));
    let _ = fs::remove_dir(folder.join(ARRANGING));
    Ok(place)
}

fn make_folder(path: &Path) -> Result<(), DataError> {
    fs::create_dir_all(path).map_err(|e| {
        DataError::at(
            path,
            format!("the folder cannot be made ({e})"),
            "check the permissions, or set ATTENTIVE_DATASETS to a folder that can be written",
        )
    })
}

/// Says where the set is from and moves it to its place.
fn in_place(set: &PublicSet, arranged: &Path, place: &Path) -> Result<(), DataError> {
    let written = |e: std::io::Error| {
        DataError::at(place, format!("cannot be written ({e})"), "free some space or check the permissions")
    };
    let mut about = format!(
        "{}\n{}\n\nPage      {}\nLicence   {}\nCitation  {}\n\n",
        set.title, set.about, set.page, set.licence, set.citation
    );
    for file in set.files {
        let address = file.addresses.first().copied().unwrap_or_default();
        about.push_str(&format!("{address}\n  {} {}\n", file.hash.kind(), file.hash.digits()));
    }
    fs::write(arranged.join("SOURCE.txt"), about).map_err(written)?;
    match fs::rename(arranged, place) {
        // Somebody else was quicker with the same set.
        Err(_) if place.is_dir() => Ok(()),
        done => done.map_err(written),
    }
}

/// One file, downloaded and checked.
fn get(
    set: &PublicSet,
    file: &Remote,
    downloads: &Path,
    progress: Progress<'_>,
    report: &dyn Fn(u64) -> bool,
) -> Result<(), DataError> {
    let whole = downloads.join(file.name);
    if whole.is_file() && check(file, &whole, progress)?.is_none() {
        return Ok(());
    }
    let part = downloads.join(format!("{}.part", file.name));
    let mut causes = Vec::new();
    for address in file.addresses {
        match download(address, &part, file.bytes, report) {
            Ok(()) => {
                let Some(found) = check(file, &part, progress)? else {
                    return fs::rename(&part, &whole).map_err(|e| {
                        DataError::at(&whole, format!("cannot be written ({e})"), "check the permissions")
                    });
                };
                return Err(set_aside(file, address, &part, &found));
            }
            Err(Failed::Cancelled) => return Err(DataError::Cancelled),
            Err(Failed::Disk(error)) => return Err(error),
            Err(Failed::Cause(cause)) => causes.push((*address, cause)),
        }
    }
    Err(unreached(set, file, downloads, &part, &causes))
}

/// `None` for the published file; otherwise the hash that was found.
fn check(file: &Remote, path: &Path, progress: Progress<'_>) -> Result<Option<String>, DataError> {
    let size = fs::metadata(path).map_or(0, |about| about.len());
    let found = file.hash.of_file(path, &Meter::new(progress, "Checking", size))?;
    Ok((found != file.hash.digits()).then_some(found))
}

fn set_aside(file: &Remote, address: &str, part: &Path, found: &str) -> DataError {
    let bad = part.with_extension("bad");
    let kept = match fs::rename(part, &bad) {
        Ok(()) => format!("it was set aside as {}", bad.display()),
        Err(_) => format!("it lies in {}", part.display()),
    };
    DataError::at(
        Path::new(address),
        format!(
            "this is not the published file: its {} is {found}, not {}",
            file.hash.kind(),
            file.hash.digits()
        ),
        format!("{kept}; fetch it again, and if that does not help, the file was changed where it lies"),
    )
}

fn unreached(
    set: &PublicSet,
    file: &Remote,
    downloads: &Path,
    part: &Path,
    causes: &[(&str, String)],
) -> DataError {
    let address = causes.first().map_or("", |(address, _)| *address);
    let words: Vec<&str> = causes.iter().map(|(_, cause)| cause.as_str()).collect();
    let offline = words.iter().all(|cause| cause.starts_with("no connection"));
    let remedy = match offline {
        true => "this computer seems to be offline, or a firewall or proxy is in the way",
        false => "try again later",
    };
    let kept = match fs::metadata(part).map_or(0, |about| about.len()) {
        0 => String::new(),
        bytes => format!("; the first {bytes} bytes are kept, and fetching again goes on from there"),
    };
    DataError::at(
        Path::new(address),
        format!("{} was not fetched: {}", set.title, words.join("; another address: ")),
        format!("{remedy}{kept}; or put {} into {} yourself and fetch again", file.name, downloads.display()),
    )
}
