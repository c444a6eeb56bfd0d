//! Where the bytes of a file come from: the disk, or memory for built-in sets. It can be
//! opened again, so that nobody has to keep the bytes.

use crate::data::DataError;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A file, or bytes that go under a path in messages.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Named in messages.
    pub path: &'a Path,
    bytes: Option<&'a [u8]>,
}

impl<'a> Input<'a> {
    /// A file on disk.
    pub fn file(path: &'a Path) -> Self {
        Self { path, bytes: None }
    }

    /// Bytes in memory.
    pub fn memory(path: &'a Path, bytes: &'a [u8]) -> Self {
        Self { path, bytes: Some(bytes) }
    }

    /// Length in bytes; 0 for a file that cannot be asked, which `open` will report.
    pub fn size(&self) -> u64 {
        match self.bytes {
            Some(bytes) => bytes.len() as u64,
            None => std::fs::metadata(self.path).map_or(0, |about| about.len()),
        }
    }

    /// From the first byte on.
    ///
    /// # Errors
    /// A [`DataError`] if the file cannot be opened.
    pub fn open(&self) -> Result<Box<dyn Read + 'a>, DataError> {
        match self.bytes {
            Some(bytes) => Ok(Box::new(bytes)),
            None => File::open(self.path)
                .map(|file| -> Box<dyn Read + 'a> { Box::new(file) })
                .map_err(|error| self.unreadable(&error)),
        }
    }

    /// The first bytes, at most `most`.
    ///
    /// # Errors
    /// A [`DataError`] if the file cannot be read.
    pub fn head(&self, most: usize) -> Result<Vec<u8>, DataError> {
        let mut head = Vec::new();
        self.open()?.take(most as u64).read_to_end(&mut head).map_err(|error| self.unreadable(&error))?;
        Ok(head)
    }

    /// A reading error of the system.
    pub fn unreadable(&self, error: &std::io::Error) -> DataError {
        DataError::at(self.path, format!("cannot be read ({error})"), "check the path and the permissions")
    }
}
