//! Files that are never half there: written aside, forced to disk, then renamed.

use super::RunError;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

/// Writes a whole file or leaves what was there.
///
/// # Errors
/// [`RunError`] with the path and the system's words.
pub fn write_aside(path: &Path, bytes: &[u8]) -> Result<(), RunError> {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let aside = path.with_file_name(format!(".{name}.writing"));
    write_synced(&aside, bytes)?;
    fs::rename(&aside, path).map_err(|e| RunError::write(path, &e))?;
    if let Some(folder) = path.parent() {
        sync_folder(folder);
    }
    Ok(())
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
