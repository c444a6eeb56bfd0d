//! A file of pixels without a name: it lies in the cache folder of the system, is read at any
//! place by several threads at once, and is gone when the program ends, however it ends. The
//! system keeps in memory what is read often.

use super::DataError;
use std::fs::File;
use std::io;
use std::path::PathBuf;

/// The file, open for reading and writing.
#[derive(Debug)]
pub struct PixelFile {
    file: File,
    folder: PathBuf,
    bytes: u64,
    /// BLAKE3 of the BLAKE3s of the pictures in it, in order.
    pub(super) digest: [u8; 32],
}

impl PixelFile {
    /// A new file with room for so many bytes; the disk gives them as they are written.
    ///
    /// # Errors
    /// Where no file can be made.
    pub fn create(bytes: u64) -> Result<Self, DataError> {
        let caches = directories::ProjectDirs::from("", "", "attentive");
        let folder = caches
            .map(|dirs| dirs.cache_dir().to_owned())
            .filter(|folder| std::fs::create_dir_all(folder).is_ok())
            .unwrap_or_else(std::env::temp_dir);
        let made = tempfile::tempfile_in(&folder).and_then(|file| file.set_len(bytes).map(|()| file));
        match made {
            Ok(file) => Ok(Self { file, folder, bytes, digest: [0; 32] }),
            Err(error) => Err(failed(&folder, "a file for the pictures cannot be made", &error)),
        }
    }

    /// Bytes in it.
    pub fn len(&self) -> usize {
        usize::try_from(self.bytes).unwrap_or(usize::MAX)
    }

    /// Fills `buffer` from the bytes at `offset`.
    ///
    /// # Errors
    /// As the disk's.
    pub fn read(&self, buffer: &mut [u8], offset: u64) -> Result<(), DataError> {
        read_at(&self.file, buffer, offset)
            .map_err(|error| failed(&self.folder, "the file of the pictures cannot be read", &error))
    }

    /// Writes the bytes to `offset`.
    ///
    /// # Errors
    /// As the disk's; most often it is full.
    pub fn write(&self, bytes: &[u8], offset: u64) -> Result<(), DataError> {
        write_at(&self.file, bytes, offset).map_err(|error| {
            let gigabytes = self.bytes as f64 / 1e9;
            let what = format!("the file of the pictures, {gigabytes:.1} GB in all, cannot be written");
            failed(&self.folder, &what, &error)
        })
    }

    /// Cuts it to its first bytes.
    ///
    /// # Errors
    /// As the disk's.
    pub fn cut(&mut self, bytes: u64) -> Result<(), DataError> {
        self.file
            .set_len(bytes)
            .map_err(|error| failed(&self.folder, "the file of the pictures cannot be cut", &error))?;
        self.bytes = bytes;
        Ok(())
    }
}

fn failed(folder: &std::path::Path, what: &str, error: &io::Error) -> DataError {
    DataError::at(
        folder,
        format!("{what} ({error})"),
        "free some space there, choose a smaller image.size, or open fewer pictures",
    )
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

#[cfg(windows)]
fn read_at(file: &File, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, buffer, offset)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => (buffer, offset) = (&mut buffer[count..], offset + count as u64),
        }
    }
    Ok(())
}

#[cfg(windows)]
fn write_at(file: &File, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_write(file, bytes, offset)? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            count => (bytes, offset) = (&bytes[count..], offset + count as u64),
        }
    }
    Ok(())
}
