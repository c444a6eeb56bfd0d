//! Files that are never half there: written aside, forced to disk, then renamed.

use super::RunError;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Writes a whole file or leaves what was there.
///
/// # Errors
/// [`RunError`] with the path and the system's words.
pub fn write_aside(path: &Path, bytes: &[u8]) -> Result<(), RunError> {
    let aside = aside_of(path);
    write_synced(&aside, bytes)?;
    fs::rename(&aside, path).map_err(|e| RunError::write(path, &e))?;
    if let Some(folder) = path.parent() {
        sync_folder(folder);
    }
    Ok(())
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
        if let Some(folder) = self.path.parent() {
            sync_folder(folder);
        }
        Ok(())
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

/// Where a file stands until it is complete: beside its place, so that renaming is enough.
fn aside_of(path: &Path) -> PathBuf {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    path.with_file_name(format!(".{name}.writing"))
}

/// Writes a file and waits until it is on disk; not atomic.
pub(super) fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), RunError> {
    let write = || {
        let mut file = File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|e| RunError::write(path, &e))
}

/// Makes a rename in `folder` last through a power cut, where the system can.
pub(super) fn sync_folder(folder: &Path) {
    // Windows cannot open folders as files; there a rename is already durable enough.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}
