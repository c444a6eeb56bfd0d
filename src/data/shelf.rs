//! Pictures being gathered by several threads, each put at its own place, in memory or in a
//! file by how much room they take. It knows nothing of where they come from.

use super::pixel_file::PixelFile;
use super::{DataError, Images, Progress};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// Places for pictures of one size.
pub struct Shelf {
    stride: usize,
    place: Place,
}

enum Place {
    Memory(Mutex<Vec<u8>>),
    /// With a hash for each picture.
    File(PixelFile, Mutex<Vec<[u8; 32]>>),
}

/// Pictures moved between two calls of the progress.
const GROUP: usize = 1024;

impl Shelf {
    /// Room for `count` pictures of `stride` bytes; above `limit` bytes they go to a file.
    /// `about` is named where there is no room.
    ///
    /// # Errors
    /// More than memory or disk can hold.
    pub fn new(count: usize, stride: usize, limit: u64, about: &Path) -> Result<Self, DataError> {
        let bytes = count as u64 * stride as u64;
        if bytes > limit {
            let hashes = Mutex::new(vec![[0; 32]; count]);
            return Ok(Self { stride, place: Place::File(PixelFile::create(bytes)?, hashes) });
        }
        let mut pixels = Vec::new();
        if pixels.try_reserve_exact(count * stride).is_err() {
            return Err(DataError::at(
                about,
                format!("{count} pictures are more than memory can hold"),
                "open fewer pictures, choose a smaller image.size, or close other programs",
            ));
        }
        pixels.resize(count * stride, 0);
        Ok(Self { stride, place: Place::Memory(Mutex::new(pixels)) })
    }

    /// Puts one picture of `stride` bytes at its place.
    ///
    /// # Errors
    /// A disk that is full or fails.
    pub fn put(&self, at: usize, picture: &[u8]) -> Result<(), DataError> {
        match &self.place {
            Place::Memory(pixels) => {
                let mut pixels = pixels.lock().unwrap_or_else(PoisonError::into_inner);
                pixels[at * self.stride..(at + 1) * self.stride].copy_from_slice(picture);
            }
            Place::File(file, hashes) => {
                file.write(picture, at as u64 * self.stride as u64)?;
                let hash = *blake3::hash(picture).as_bytes();
                hashes.lock().unwrap_or_else(PoisonError::into_inner)[at] = hash;
            }
        }
        Ok(())
    }

    /// The pictures at the places in `kept`, which rise; the others' room is given back. With
    /// `grey`, three equal channels become one.
    ///
    /// # Errors
    /// A disk that fails, cancelled.
    pub fn finish(
        self,
        kept: &[usize],
        [width, height, channels]: [usize; 3],
        grey: bool,
        progress: Progress<'_>,
    ) -> Result<Images, DataError> {
        let step = if grey { channels } else { 1 };
        let (from_stride, to_stride) = (self.stride, self.stride / step);
        match self.place {
            Place::Memory(pixels) => {
                let mut pixels = pixels.into_inner().unwrap_or_else(PoisonError::into_inner);
                // No picture moves behind its place, so that none is written over unread.
                for (to, from) in kept.iter().enumerate() {
                    let (to, from) = (to * to_stride, from * from_stride);
                    if step > 1 {
                        (0..to_stride).for_each(|at| pixels[to + at] = pixels[from + at * step]);
                    } else if to != from {
                        pixels.copy_within(from..from + from_stride, to);
                    }
                }
                pixels.truncate(kept.len() * to_stride);
                pixels.shrink_to_fit();
                Ok(Images::new(width, height, channels / step, pixels))
            }
            Place::File(mut file, hashes) => {
                let hashes = hashes.into_inner().unwrap_or_else(PoisonError::into_inner);
                let mut picture = vec![0; from_stride];
                for (to, from) in kept.iter().enumerate() {
                    if to.is_multiple_of(GROUP)
                        && !progress("Arranging pictures", to as u64, kept.len() as u64)
                    {
                        return Err(DataError::Cancelled);
                    }
                    if step == 1 && to == *from {
                        continue;
                    }
                    file.read(&mut picture, *from as u64 * from_stride as u64)?;
                    (0..to_stride).for_each(|at| picture[at] = picture[at * step]);
                    file.write(&picture[..to_stride], to as u64 * to_stride as u64)?;
                }
                file.cut(kept.len() as u64 * to_stride as u64)?;
                let mut digest = blake3::Hasher::new();
                for at in kept {
                    digest.update(&hashes[*at]);
                }
                file.digest = *digest.finalize().as_bytes();
                Ok(Images::in_file(width, height, channels / step, file))
            }
        }
    }
}
