//! Scratch memory that is used again: a kernel's buffers go back to a list of their
//! thread when dropped, so that a training step touches no fresh pages. A buffer's
//! contents are whatever was there before; nothing here clears unless asked.

use super::Real;
use std::ops::{Deref, DerefMut};

/// Buffers of one type that wait to be used again.
pub struct FreeList<T> {
    free: Vec<Vec<T>>,
    held: usize,
}

/// More numbers than this are given back to the system rather than kept, per thread.
const MOST_HELD: usize = 1 << 27;

impl<T> FreeList<T> {
    /// An empty list.
    pub const fn new() -> Self {
        Self { free: Vec::new(), held: 0 }
    }
}

impl<T> Default for FreeList<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Real> FreeList<T> {
    /// This thread's list, leaving an empty one. With [`FreeList::install`] a later thread
    /// can go on with it.
    pub fn take() -> Self {
        T::free_list().with_borrow_mut(std::mem::take)
    }
    /// Numbers that wait to be used again.
    pub fn held(&self) -> usize {
        self.held
    }
    /// Makes this the thread's list.
    pub fn install(self) {
        T::free_list().with_borrow_mut(|list| *list = self);
    }
}

/// Sizes are rounded up to one of eight steps between powers of two, so that ragged
/// batches find each other's buffers.
pub fn size_class(len: usize) -> usize {
    len.next_multiple_of((len.next_power_of_two() / 8).max(64))
}

/// `len` numbers of scratch memory.
pub struct Buffer<T: Real> {
    data: Vec<T>,
    len: usize,
}

impl<T: Real> Buffer<T> {
    /// With arbitrary contents.
    pub fn dirty(len: usize) -> Self {
        let size = size_class(len);
        let found = T::free_list().with_borrow_mut(|list| {
            let at = list.free.iter().rposition(|data| data.len() == size)?;
            list.held -= size;
            Some(list.free.swap_remove(at))
        });
        Self { data: found.unwrap_or_else(|| vec![T::zero(); size]), len }
    }
    /// Filled with zeros.
    pub fn zeroed(len: usize) -> Self {
        let mut buffer = Self::dirty(len);
        buffer.fill(T::zero());
        buffer
    }
    /// With the contents of `from`.
    pub fn copy_of(from: &[T]) -> Self {
        let mut buffer = Self::dirty(from.len());
        buffer.copy_from_slice(from);
        buffer
    }
}

impl<T: Real> Drop for Buffer<T> {
    fn drop(&mut self) {
        let data = std::mem::take(&mut self.data);
        // While a thread ends its list may be gone; the memory is then simply freed.
        let _ = T::free_list().try_with(|list| {
            let mut list = list.borrow_mut();
            if list.held + data.len() <= MOST_HELD {
                list.held += data.len();
                list.free.push(data);
            }
        });
    }
}

impl<T: Real> Deref for Buffer<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &self.data[..self.len]
    }
}

impl<T: Real> DerefMut for Buffer<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.data[..self.len]
    }
}
