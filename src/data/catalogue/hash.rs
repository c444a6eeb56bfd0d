//! Whether a file is the one that was published: its MD5 or SHA-256, as its page gives it.
//! MD5 finds damage and other versions; it is no proof against somebody who means harm.

use crate::data::DataError;
use crate::data::meter::Meter;
use md5::{Digest, Md5};
use sha2::Sha256;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A published hash, in lower-case hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// 32 digits.
    Md5(&'static str),
    /// 64 digits.
    Sha256(&'static str),
}

impl Hash {
    /// Its digits.
    pub fn digits(self) -> &'static str {
        match self {
            Self::Md5(digits) | Self::Sha256(digits) => digits,
        }
    }

    /// What it is called.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Md5(_) => "MD5",
            Self::Sha256(_) => "SHA-256",
        }
    }

    /// The hash of this kind of a file's contents.
    ///
    /// # Errors
    /// The file cannot be read, or cancelled.
    pub(super) fn of_file(self, path: &Path, meter: &Meter<'_>) -> Result<String, DataError> {
        match self {
            Self::Md5(_) => digest::<Md5>(path, meter),
            Self::Sha256(_) => digest::<Sha256>(path, meter),
        }
    }
}

fn digest<D: Digest>(path: &Path, meter: &Meter<'_>) -> Result<String, DataError> {
    let unreadable =
        |e: std::io::Error| DataError::at(path, format!("cannot be read ({e})"), "check the permissions");
    let mut file = File::open(path).map_err(unreadable)?;
    let mut hasher = D::new();
    let mut buffer = vec![0u8; 1 << 20];
    loop {
        let read = file.read(&mut buffer).map_err(unreadable)?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
        meter.add(read as u64)?;
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
