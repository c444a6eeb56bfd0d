//! What a run asks of the file system when it saves, as a table of operations: the system's
//! own, or in a test one that fails where it is told to. It decides nothing.

use super::room::free_bytes;
use std::fmt::Debug;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

/// The operations; each is the system's unless it is replaced.
pub trait Disk: Debug + Send + Sync {
    /// Creates a file or empties it.
    ///
    /// # Errors
    /// The system's; so with the others.
    fn create(&self, path: &Path) -> io::Result<File> {
        File::create(path)
    }
    /// Writes at the file's place; a failure may leave a part of it there.
    ///
    /// # Errors
    /// The system's.
    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        file.write_all(bytes)
    }
    /// Waits until the file's contents are on disk.
    ///
    /// # Errors
    /// The system's.
    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_all()
    }
    /// Gives a file or folder another name, over a file that has it.
    ///
    /// # Errors
    /// The system's.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }
    /// Creates a folder.
    ///
    /// # Errors
    /// The system's.
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }
    /// Makes the names in a folder last through a power cut, where the system can.
    ///
    /// # Errors
    /// The system's.
    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        // Windows cannot open folders as files; there a rename is already durable enough.
        if cfg!(windows) {
            return Ok(());
        }
        use io::ErrorKind::{InvalidInput, PermissionDenied, Unsupported};
        match File::open(path).and_then(|folder| folder.sync_all()) {
            // Some network file systems have nothing to wait for; a folder that may be written
            // and not read cannot be waited for.
            Err(e) if matches!(e.kind(), InvalidInput | Unsupported | PermissionDenied) => Ok(()),
            done => done,
        }
    }
    /// Removes a folder with all that is in it.
    ///
    /// # Errors
    /// The system's.
    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir_all(path)
    }
    /// Bytes that can still be written in a folder; `None` where the system does not tell.
    fn room(&self, path: &Path) -> Option<u64> {
        free_bytes(path)
    }
}

/// The system's own operations.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemDisk;

impl Disk for SystemDisk {}

/// The system's own operations, to be handed on.
pub fn system_disk() -> Arc<dyn Disk> {
    Arc::new(SystemDisk)
}
