//! How much still fits on the disk of a folder, and the words for when it is too little: how much
//! is wanted, how much is free, and what could go. It frees nothing by itself.

use super::folder::is_run;
use super::trash::{TRASH, bytes_on_disk};
use std::fs;
use std::path::Path;

/// Beside a checkpoint there must be room for the log and the predictions that come with it, and
/// for what a file system keeps for itself: a sixteenth of it, and at least this.
const MARGIN: u64 = 256 << 10;

/// What must be free before so many bytes are saved.
pub(super) fn with_margin(bytes: u64) -> u64 {
    bytes.saturating_add(bytes / 16).saturating_add(MARGIN)
}

/// Bytes that can still be written to the file system of a folder, which need not exist yet.
/// `None` where the system does not tell.
pub(super) fn free_bytes(path: &Path) -> Option<u64> {
    let path = std::path::absolute(path).ok()?;
    on_disk_of(&path.ancestors().find_map(|folder| folder.canonicalize().ok())?)
}

#[cfg(unix)]
fn on_disk_of(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    // What has no size, as a system's made-up files, does not tell.
    (disk.f_blocks > 0).then(|| disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
fn on_disk_of(folder: &Path) -> Option<u64> {
    // What `canonicalize` puts in front of a drive's letter there.
    let text = folder.to_string_lossy();
    let folder = Path::new(text.trim_start_matches(r"\\?\"));
    let about = sysinfo::DiskRefreshKind::nothing().with_storage();
    let disks = sysinfo::Disks::new_with_refreshed_list_specifics(about).ok()?;
    let disk = disks.iter().filter(|disk| disk.total_space() > 0 && folder.starts_with(disk.mount_point()));
    disk.max_by_key(|disk| disk.mount_point().as_os_str().len()).map(sysinfo::Disk::available_space)
}

/// What could go to make room for a run in this folder: the other runs beside it and their
/// trash. Empty where there is nothing of the kind.
pub(super) fn what_could_go(run: &Path) -> String {
    let Some(beside) = run.parent() else { return String::new() };
    let entries = fs::read_dir(beside).into_iter().flatten().flatten().map(|entry| entry.path());
    let runs: Vec<_> = entries.filter(|path| path != run && is_run(path)).collect();
    let held: u64 = runs.iter().map(|run| bytes_on_disk(run)).sum();
    let trash = bytes_on_disk(&beside.join(TRASH));
    let mut parts = Vec::new();
    if trash > 0 {
        parts.push(format!("the trash {} holds {}", beside.join(TRASH).display(), in_words(trash)));
    }
    match runs.len() {
        0 => {}
        1 => parts.push(format!("another run in {} holds {}", beside.display(), in_words(held))),
        count => parts.push(format!("{count} other runs in {} hold {}", beside.display(), in_words(held))),
    }
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
}

/// A number of bytes for a person, rounded.
pub(super) fn in_words(bytes: u64) -> String {
    match bytes {
        0..1000 => format!("{bytes} bytes"),
        1000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_to_come_has_the_room_of_the_one_that_it_will_lie_in() {
        let home = tempfile::tempdir().expect("a folder");
        let (now, later) = (free_bytes(home.path()), free_bytes(&home.path().join("not/yet")));
        // Where the system tells, it does so for both; others write to the disk meanwhile.
        assert_eq!(now.is_some(), later.is_some());
        assert!(now.is_some_and(|bytes| bytes > 0) || cfg!(not(unix)), "{now:?}");
    }

    #[test]
    fn what_could_go_is_named_with_its_bytes() {
        let home = tempfile::tempdir().expect("a folder");
        let run = home.path().join("run");
        assert_eq!(what_could_go(&run), "");
        for (name, bytes) in [("run", 5000), ("older", 2500), (".trash/gone", 1_500_000)] {
            let folder = home.path().join(name);
            fs::create_dir_all(&folder).expect("a folder");
            fs::write(folder.join("events.jsonl"), vec![b' '; bytes]).expect("writes");
        }
        let text = what_could_go(&run);
        for part in [".trash holds 1.5 MB", "another run in ", " holds 2.5 kB"] {
            assert!(text.contains(part), "{text}");
        }
        assert_eq!(in_words(17), "17 bytes");
    }
}
