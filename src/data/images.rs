//! The pictures of a data set, all of one size: bytes in memory or, where they are too many
//! for it, in an unnamed file from which each is read when it is wanted. Whoever reads them
//! does not see the difference. It decodes nothing and never changes a picture.

use super::DataError;
use super::pixel_file::PixelFile;
use std::borrow::Cow;
use std::sync::Arc;

/// Pictures of one size, 8 bits a channel.
#[derive(Clone, Debug)]
pub struct Images {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// 1 (grey) or 3 (red, green, blue).
    pub channels: usize,
    store: Store,
}

#[derive(Clone, Debug)]
enum Store {
    /// `[image, row, column, channel]`, one byte each.
    Memory(Arc<Vec<u8>>),
    /// The same bytes in a file.
    File(Arc<PixelFile>),
}

impl Images {
    /// Pictures in memory: `[image, row, column, channel]`, one byte each.
    pub fn new(width: usize, height: usize, channels: usize, pixels: impl Into<Arc<Vec<u8>>>) -> Self {
        Self { width, height, channels, store: Store::Memory(pixels.into()) }
    }

    /// Pictures in a file, which has as many bytes as `new` would be given.
    pub(super) fn in_file(width: usize, height: usize, channels: usize, file: PixelFile) -> Self {
        Self { width, height, channels, store: Store::File(Arc::new(file)) }
    }

    /// Bytes of one image.
    pub fn stride(&self) -> usize {
        self.width * self.height * self.channels
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        let bytes = match &self.store {
            Store::Memory(pixels) => pixels.len(),
            Store::File(file) => file.len(),
        };
        bytes.checked_div(self.stride()).unwrap_or(0)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One image, `[row, column, channel]`. Panics past the end, as a slice does.
    ///
    /// # Errors
    /// A [`DataError`] when the file of the pictures can no longer be read; never for
    /// pictures in memory.
    pub fn get(&self, index: usize) -> Result<Cow<'_, [u8]>, DataError> {
        let stride = self.stride();
        match &self.store {
            Store::Memory(pixels) => Ok(Cow::Borrowed(&pixels[index * stride..(index + 1) * stride])),
            Store::File(file) => {
                assert!(index < self.len(), "image {index} of {}", self.len());
                let mut pixels = vec![0; stride];
                file.read(&mut pixels, index as u64 * stride as u64)?;
                Ok(Cow::Owned(pixels))
            }
        }
    }

    /// All bytes, where they are in memory.
    pub fn in_memory(&self) -> Option<&Arc<Vec<u8>>> {
        match &self.store {
            Store::Memory(pixels) => Some(pixels),
            Store::File(_) => None,
        }
    }

    /// All bytes for a new owner; none where they are in a file.
    pub(super) fn into_memory(self) -> Vec<u8> {
        match self.store {
            Store::Memory(pixels) => Arc::unwrap_or_clone(pixels),
            Store::File(_) => Vec::new(),
        }
    }

    /// The file, where they are in one.
    pub(super) fn file(&self) -> Option<&PixelFile> {
        match &self.store {
            Store::Memory(_) => None,
            Store::File(file) => Some(file),
        }
    }

    /// Names these pictures among all that are alive: copies of one value share it.
    pub fn address(&self) -> usize {
        match &self.store {
            Store::Memory(pixels) => Arc::as_ptr(pixels) as usize,
            Store::File(file) => Arc::as_ptr(file) as usize,
        }
    }
}
