//! Random changes to training images, drawn per sample so that neither the order nor the
//! number of threads matters. It moves and mirrors pixels; it never changes their values.

use crate::random::Key;
use rand::Rng;

/// What may happen to a training image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Augmentation {
    /// Moved by up to this many pixels in each direction; the border is filled with black.
    pub shift: usize,
    /// Half of the images are mirrored left to right.
    pub flip: bool,
    /// Where the draws come from: made of the seed, `Purpose::Augment` and the epoch. The
    /// sample is added here.
    pub key: Key,
}

/// What happens to one image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Pixels to the right; negative: to the left.
    pub right: isize,
    /// Pixels down; negative: up.
    pub down: isize,
    /// Mirrored left to right, before it is moved.
    pub mirror: bool,
}

impl Augmentation {
    /// What happens to this sample.
    pub fn change(&self, sample: u32) -> Change {
        let mut rng = self.key.with(u64::from(sample)).rng();
        let shift = self.shift as i64;
        // All draws are made whatever the settings, so that turning one off leaves the other alone.
        let right = rng.random_range(-shift..=shift) as isize;
        let down = rng.random_range(-shift..=shift) as isize;
        let mirror = rng.random::<bool>();
        Change { right, down, mirror: mirror && self.flip }
    }
}

impl Change {
    /// Where the pixel at `(row, column)` of the changed image comes from; `None` is the
    /// black border.
    pub fn origin(&self, row: usize, column: usize, height: usize, width: usize) -> Option<(usize, usize)> {
        let row = row.checked_add_signed(-self.down).filter(|r| *r < height)?;
        let column = column.checked_add_signed(-self.right).filter(|c| *c < width)?;
        Some((row, if self.mirror { width - 1 - column } else { column }))
    }
}
