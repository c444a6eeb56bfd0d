//! Files that are never half there: written aside, forced to disk, then renamed.

use super::RunError;
use super::disk::{Disk, SystemDisk};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Writes a whole file or leaves what was there.
///
/// # Errors
/// [`RunError`] with the path and the system's words.
pub fn write_aside(path: &Path, bytes: &[u8]) -> Result<(), RunError> {
    write_aside_on(&SystemDisk, path, bytes)
}

/// The same on a given disk.
pub(super) fn write_aside_on(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> Result<(), RunError> {
    let aside = aside_of(path);
    if let Err(error) = write_synced(disk, &aside, bytes) {
        // Half a file would only keep a full disk full.
        let _ = fs::remove_file(&aside);
        return Err(error);
    }
    let named = disk.rename(&aside, path).and_then(|()| disk.sync_folder(folder_of(path)));
    named.map_err(|e| RunError::write(path, &e))
}

/// A file that grows aside and takes its name when it is complete. Dropped before that, it
/// leaves what was there.
#[derive(Debug)]
pub struct AsideFile {
    path: PathBuf,
    aside: PathBuf,
    file: File,
    finished: bool,
}

impl AsideFile {
    /// Begins to write.
    ///
    /// # Errors
    /// [`RunError`] with the path and the system's words.
    pub fn create(path: &Path) -> Result<Self, RunError> {
        if path.is_dir() {
            return Err(RunError::at(path, "this is a folder", "give the name of a file"));
        }
        let aside = aside_of(path);
        let file = File::create(&aside).map_err(|e| RunError::write(path, &e))?;
        Ok(Self { path: path.to_owned(), aside, file, finished: false })
    }

    /// Forces it to disk and gives it its name.
    ///
    /// # Errors
    /// As [`AsideFile::create`].
    pub fn finish(mut self) -> Result<(), RunError> {
        let finished = self.file.sync_all().and_then(|()| fs::rename(&self.aside, &self.path));
        finished.map_err(|e| RunError::write(&self.path, &e))?;
        self.finished = true;
        SystemDisk.sync_folder(folder_of(&self.path)).map_err(|e| RunError::write(&self.path, &e))
    }
}

impl Write for AsideFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

impl Drop for AsideFile {
    fn drop(&mut self) {
        if !self.finished {
            // What cannot be removed only takes space.
            let _ = fs::remove_file(&self.aside);
        }
    }
}

/// The folder that a file lies in; a bare name lies in the working folder.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Where a file stands until it is complete: beside its place, so that renaming is enough.
fn aside_of(path: &Path) -> PathBuf {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    path.with_file_name(format!(".{name}.writing"))
}

/// Writes a file and waits until it is on disk; not atomic.
pub(super) fn write_synced(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> Result<(), RunError> {
    let write = || {
        let mut file = disk.create(path)?;
        disk.write(&mut file, bytes)?;
        disk.sync(&file)
    };
    write().map_err(|e| RunError::write(path, &e))
}
