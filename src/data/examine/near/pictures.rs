//! Pictures that are nearly equal: encoded again, or a shade brighter. Candidates have nearly
//! the same difference hash (Krawetz 2013: whether brightness rises between neighbours of a
//! 9 x 8 miniature, here by more than a margin, so that noise on a plain ground says nothing); a
//! pair is taken when its pixels differ little on average, and little beside the contrast.
//! Turned, mirrored and cropped pictures are not looked for, and plain ones have no near ones.

use super::{STAGES, Sets};
use crate::data::meter::Meter;
use crate::data::parallel::in_parallel;
use crate::data::{DataError, Images, Progress};

/// The miniature: pixels across and down.
const ACROSS: usize = 9;
const DOWN: usize = 8;
/// Shades by which brightness must rise to count.
const MARGIN: f32 = 4.0;
/// Bits in which two hashes may differ. One more would need five blocks.
const BITS: u32 = 3;
/// Blocks of a hash: of those that differ in three bits at most, one block is the same.
const BLOCKS: usize = 4;
/// Mean difference of two pictures' bytes, at most, in shades of 256: JPEG at a quality of 90
/// leaves about 2. Of 20 000 pictures of clothes five pairs are closer.
const SHADES: f64 = 3.5;
/// The same as a share of the deviation of their bytes.
const OF_CONTRAST: f64 = 0.1;
/// A picture of less deviation is plain.
const PLAIN: f64 = 4.0;
/// Others of the same block and brightness that a picture is compared with.
const COMPARED: usize = 1000;
/// Pictures that a thread takes at a time.
const STRETCH: usize = 128;

/// A picture made comparable.
struct Seen {
    number: u32,
    miniature: [f32; ACROSS * DOWN],
    hash: u64,
    mean: f64,
    deviation: f64,
}

/// Joins the numbers of pictures that are nearly equal; number `i` is picture `chosen[i]`.
pub fn join(
    images: &Images,
    chosen: &[u32],
    sets: &mut Sets,
    progress: Progress<'_>,
) -> Result<(), DataError> {
    let stretches = chosen.len().div_ceil(STRETCH);
    let mut seen: Vec<Seen> = in_parallel(stretches, STAGES[0], progress, |stretch| {
        let numbers = stretch * STRETCH..((stretch + 1) * STRETCH).min(chosen.len());
        numbers.map(|at| Seen::of(images, chosen[at], at as u32)).collect::<Result<Vec<_>, _>>()
    })?
    .into_iter()
    .flatten()
    .filter(|one| one.deviation >= PLAIN)
    .collect();
    let meter = Meter::new(progress, STAGES[1], (BLOCKS * seen.len()) as u64);
    for block in 0..BLOCKS {
        let key = |one: &Seen| one.hash & (BLOCK << block);
        seen.sort_by(|a, b| {
            key(a).cmp(&key(b)).then(a.mean.total_cmp(&b.mean)).then(a.number.cmp(&b.number))
        });
        for (at, one) in seen.iter().enumerate() {
            if at % STRETCH == 0 {
                meter.add(STRETCH.min(seen.len() - at) as u64)?;
            }
            let others = seen[at + 1..].iter().take(COMPARED);
            // The means differ by no more than the pictures do.
            for other in others.take_while(|other| key(other) == key(one) && other.mean - one.mean <= SHADES)
            {
                if one.may_equal(other)
                    && !sets.together(one.number, other.number)
                    && differ_little(images, chosen, one, other)?
                {
                    sets.join(one.number, other.number);
                }
            }
        }
    }
    Ok(())
}

/// Every fourth bit: a block has bits of all parts of the picture.
const BLOCK: u64 = 0x1111_1111_1111_1111;

impl Seen {
    fn of(images: &Images, sample: u32, number: u32) -> Result<Self, DataError> {
        let pixels = images.get(sample as usize)?;
        let miniature = miniature(&pixels, images);
        let mut hash = 0u64;
        for row in miniature.chunks_exact(ACROSS) {
            for pair in row.windows(2) {
                hash = hash << 1 | u64::from(pair[1] > pair[0] + MARGIN);
            }
        }
        let count = pixels.len().max(1) as f64;
        let mean = pixels.iter().map(|p| f64::from(*p)).sum::<f64>() / count;
        let variance = pixels.iter().map(|p| (f64::from(*p) - mean).powi(2)).sum::<f64>() / count;
        Ok(Self { number, miniature, hash, mean, deviation: variance.sqrt() })
    }

    /// Whether it is worth comparing all pixels: parts differ by no more than the whole, but
    /// for parts of different sizes.
    fn may_equal(&self, other: &Self) -> bool {
        if (self.hash ^ other.hash).count_ones() > BITS {
            return false;
        }
        let apart: f32 = self.miniature.iter().zip(&other.miniature).map(|(a, b)| (a - b).abs()).sum();
        f64::from(apart) / (ACROSS * DOWN) as f64 <= 2.0 * SHADES
    }
}

/// Whether all bytes of two pictures differ little on average.
fn differ_little(images: &Images, chosen: &[u32], a: &Seen, b: &Seen) -> Result<bool, DataError> {
    let of = |one: &Seen| images.get(chosen[one.number as usize] as usize);
    let (one, other) = (of(a)?, of(b)?);
    let apart: u64 = one.iter().zip(other.iter()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    let shades = apart as f64 / one.len().max(1) as f64;
    Ok(shades <= SHADES && shades <= OF_CONTRAST * a.deviation.min(b.deviation))
}

/// Means of the parts of a picture, all channels together.
fn miniature(pixels: &[u8], images: &Images) -> [f32; ACROSS * DOWN] {
    let (width, height, channels) = (images.width, images.height, images.channels);
    // Where a picture has fewer pixels than the miniature, one stands for several.
    let part = |at: usize, of: usize, whole: usize| {
        let start = at * whole / of;
        start..((at + 1) * whole / of).max(start + 1)
    };
    std::array::from_fn(|place| {
        let (rows, columns) = (part(place / ACROSS, DOWN, height), part(place % ACROSS, ACROSS, width));
        let count = rows.len() * columns.len() * channels;
        let mut sum = 0u32;
        for row in rows {
            let start = (row * width + columns.start) * channels;
            let end = (row * width + columns.end) * channels;
            sum += pixels[start..end].iter().map(|p| u32::from(*p)).sum::<u32>();
        }
        sum as f32 / count as f32
    })
}
