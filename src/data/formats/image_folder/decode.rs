//! Many picture files to images of one size, in as many threads as there are cores. It knows
//! nothing of classes. A picture that cannot be read is no error: its reason comes back.

use crate::data::meter::Meter;
use crate::data::{DataError, Images, Progress, picture_size, read_picture};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Longest side of the images, in pixels.
const MOST_SIDE: usize = 64;
/// Sides are a multiple of this, so that patches fit.
const STEP: usize = 4;
/// Bytes for all pictures that are decoded at a time.
const MEMORY: u64 = 1 << 30;
/// Bytes that decoding takes for a pixel: as decoded, converted, and some more.
const BYTES_PER_PIXEL: u64 = 8;

/// A picture's width and height in pixels, or why it cannot be read.
pub type Size = Result<(usize, usize), String>;

/// The side of the square to which all pictures are brought: the median over the training
/// pictures of the root of width times height, to the nearest multiple of 4, from 4 to 64.
pub fn side_of(sizes: &[(usize, usize)]) -> usize {
    let mut sides: Vec<usize> =
        sizes.iter().map(|(width, height)| ((width * height) as f64).sqrt().round() as usize).collect();
    sides.sort_unstable();
    let median = sides.get(sides.len() / 2).copied().unwrap_or(MOST_SIDE);
    ((median + STEP / 2) / STEP * STEP).clamp(STEP, MOST_SIDE)
}

/// The sizes of pictures as their files say.
///
/// # Errors
/// [`DataError::Cancelled`].
pub fn measure(paths: &[PathBuf], progress: Progress<'_>) -> Result<Vec<Size>, DataError> {
    in_parallel(paths.iter(), "Measuring pictures", progress, |path| match picture_size(path) {
        Ok((0, _) | (_, 0)) => Err("it has no pixels".to_owned()),
        size => size.map_err(reason),
    })
}

/// The images, and for each path whether it is among them or why not.
pub struct Decoded {
    /// Those that could be read, in the order of the paths.
    pub images: Images,
    /// One entry per path.
    pub outcomes: Vec<Result<(), String>>,
}

/// Decodes pictures and stretches each to `side` x `side`. The images are grey if all
/// pictures are, also those stored as colour whose channels are equal.
///
/// # Errors
/// More images than memory can hold, cancelled.
pub fn decode(
    folder: &Path,
    paths: &[PathBuf],
    sizes: &[Size],
    side: usize,
    progress: Progress<'_>,
) -> Result<Decoded, DataError> {
    let (plane, stride) = (side * side, side * side * 3);
    let mut pixels = Vec::new();
    let room = paths.len().checked_mul(stride).filter(|bytes| pixels.try_reserve_exact(*bytes).is_ok());
    let Some(room) = room else {
        return Err(DataError::at(
            folder,
            format!("{} pictures are more than memory can hold", paths.len()),
            "open a folder with fewer pictures, or close other programs",
        ));
    };
    pixels.resize(room, 0u8);
    let budget = Budget { free: Mutex::new(MEMORY), freed: Condvar::new() };
    let work = pixels.chunks_exact_mut(stride).zip(paths.iter().zip(sizes));
    let outcomes = in_parallel(work, "Reading pictures", progress, |(slot, (path, size))| {
        let (width, height) = size.clone()?;
        let _held = budget.take((width * height) as u64 * BYTES_PER_PIXEL);
        let picture = read_picture(path).map_err(reason)?;
        let (grey, channels) = (picture.is_grey(), picture.channels);
        let fitted = picture.fitted(side, side, channels)?;
        match channels {
            1 => slot.as_chunks_mut::<3>().0.iter_mut().zip(&fitted).for_each(|(to, from)| *to = [*from; 3]),
            _ => slot.copy_from_slice(&fitted),
        }
        Ok::<bool, String>(grey)
    })?;
    // Close the gaps of those set aside; all indices are below `room`, and no image moves
    // behind its place.
    let grey = outcomes.iter().flatten().all(|grey| *grey);
    let kept = (0..outcomes.len()).filter(|at| outcomes[*at].is_ok());
    let mut count = 0;
    for (to, from) in kept.enumerate() {
        if grey {
            (0..plane).for_each(|at| pixels[to * plane + at] = pixels[from * stride + at * 3]);
        } else {
            pixels.copy_within(from * stride..(from + 1) * stride, to * stride);
        }
        count = to + 1;
    }
    let channels = if grey { 1 } else { 3 };
    pixels.truncate(count * plane * channels);
    pixels.shrink_to_fit();
    let images = Images { width: side, height: side, channels, pixels: Arc::new(pixels) };
    Ok(Decoded { images, outcomes: outcomes.into_iter().map(|outcome| outcome.map(|_| ())).collect() })
}

/// The cause alone: the path stands beside it already.
fn reason(error: DataError) -> String {
    match error {
        DataError::In { cause, .. } => cause,
        DataError::Cancelled => error.to_string(),
    }
}

/// Applies `work` to all items in as many threads as there are cores; the results are in
/// the order of the items.
fn in_parallel<T: Send, R: Send>(
    items: impl ExactSizeIterator<Item = T> + Send,
    stage: &'static str,
    progress: Progress<'_>,
    work: impl Fn(T) -> R + Sync,
) -> Result<Vec<R>, DataError> {
    let meter = Meter::new(progress, stage, items.len() as u64);
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(items.len());
    let items = Mutex::new(items.enumerate());
    let run = || -> Result<Vec<(usize, R)>, DataError> {
        let mut done = Vec::new();
        loop {
            let next = held(&items).next();
            let Some((at, item)) = next else { return Ok(done) };
            done.push((at, work(item)));
            meter.add(1)?;
        }
    };
    let mut results = std::thread::scope(|scope| {
        let running: Vec<_> = (1..threads).map(|_| scope.spawn(run)).collect();
        let mut results = run();
        for handle in running {
            match (handle.join(), &mut results) {
                (Ok(Ok(more)), Ok(results)) => results.extend(more),
                (Ok(Ok(_)), Err(_)) => {}
                (Ok(Err(error)), _) => results = Err(error),
                (Err(panic), _) => std::panic::resume_unwind(panic),
            }
        }
        results
    })?;
    results.sort_by_key(|(at, _)| *at);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Memory that threads share: who would take too much waits.
struct Budget {
    free: Mutex<u64>,
    freed: Condvar,
}

/// Gives its share back when dropped.
struct Share<'a>(&'a Budget, u64);

impl Budget {
    /// A picture larger than the whole budget waits until it is alone.
    fn take(&self, bytes: u64) -> Share<'_> {
        let bytes = bytes.min(MEMORY);
        let waited = self.freed.wait_while(held(&self.free), |free| *free < bytes);
        *waited.unwrap_or_else(PoisonError::into_inner) -= bytes;
        Share(self, bytes)
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        *held(&self.0.free) += self.1;
        self.0.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::side_of;

    #[test]
    fn the_side_is_the_median_to_a_multiple_of_four() {
        assert_eq!(side_of(&[(28, 28)]), 28);
        assert_eq!(side_of(&[(10, 10), (30, 30), (4000, 3000)]), 32);
        assert_eq!(side_of(&[(20, 5)]), 12, "10 lies between 8 and 12");
        assert_eq!((side_of(&[(1, 1)]), side_of(&[(640, 480)]), side_of(&[])), (4, 64, 64));
    }
}
