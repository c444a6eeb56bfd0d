//! Many encoded pictures to images of one size, in as many threads as there are cores, each
//! decoded once. It knows neither files nor classes. A picture that cannot be read is no
//! error: its reason comes back.

use super::{Fit, decode_picture, picture_header};
use crate::config::{Colour, Resize};
use crate::data::parallel::in_parallel;
use crate::data::shelf::Shelf;
use crate::data::{DataError, Images, Progress};
use std::borrow::Cow;
use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Longest side that is chosen where none is given, in pixels. Larger pictures cost a
/// transformer many patches, which is for a person to decide.
const MOST_SIDE: usize = 64;
/// Sides that are chosen are a multiple of this, so that patches fit.
const STEP: usize = 4;
/// Bytes for all pictures that are decoded at a time.
const MEMORY: u64 = 1 << 30;
/// Bytes that decoding takes for a pixel: as decoded, converted, and some more.
const BYTES_PER_PIXEL: u64 = 8;
/// Bytes of images that are kept in memory; above it they lie in a file.
const KEPT_IN_MEMORY: u64 = 512 << 20;

/// How pictures are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureOptions {
    /// Width and height of all images; `None`: chosen by the pictures.
    pub size: Option<(usize, usize)>,
    /// What becomes of other proportions.
    pub resize: Resize,
    /// Grey or colour.
    pub colour: Colour,
    /// Bytes of images that are kept in memory; above it they lie in a file.
    pub memory: u64,
}

impl Default for PictureOptions {
    fn default() -> Self {
        Self { size: None, resize: Resize::Stretch, colour: Colour::AsData, memory: KEPT_IN_MEMORY }
    }
}

/// Where the encoded pictures come from; asked by several threads at once.
pub trait Encoded: Sync {
    /// How many there are.
    fn count(&self) -> usize;
    /// All bytes of one, as in a PNG or JPEG file.
    ///
    /// # Errors
    /// Why there are none.
    fn bytes(&self, at: usize) -> Result<Cow<'_, [u8]>, String>;
    /// At least its first bytes, from which the size can mostly be told.
    ///
    /// # Errors
    /// As [`Encoded::bytes`].
    fn head(&self, at: usize) -> Result<Cow<'_, [u8]>, String> {
        self.bytes(at)
    }
    /// Whether it is for training: only these decide on the size.
    fn for_training(&self, at: usize) -> bool;
}

/// What became of the pictures.
pub struct Gathered {
    /// Those that could be read, in order.
    pub images: Images,
    /// For each picture whether it is among them, or why not.
    pub outcomes: Vec<Result<(), String>>,
    /// What happened to their sizes, in a sentence, if anything.
    pub notices: Vec<String>,
}

/// Decodes pictures and brings each to one size. Without a size in the options they become
/// squares: the median over the training pictures of the root of width times height, to the
/// nearest multiple of 4, from 4 to 64. Unless the options say otherwise, the images are
/// grey if all pictures are, also those stored as colour whose channels are equal. `about`
/// is named where there is no room.
///
/// # Errors
/// More images than memory or disk can hold, cancelled.
pub fn gather_pictures(
    source: &dyn Encoded,
    options: &PictureOptions,
    about: &Path,
    progress: Progress<'_>,
) -> Result<Gathered, DataError> {
    let measured = match options.size {
        Some(_) => None,
        None => Some(measure(source, progress)?),
    };
    let (width, height) = match (options.size, &measured) {
        (Some(size), _) => size,
        (None, headers) => {
            let side = side_of(&sizes_of(source, headers.as_deref().unwrap_or_default()));
            (side, side)
        }
    };
    // Pictures stored as colour may all turn out grey; those stored as grey stay so.
    let all_grey = |headers: &Vec<Header>| headers.iter().flatten().all(|(.., grey)| *grey);
    let channels = match options.colour {
        Colour::Grey => 1,
        Colour::Colour => 3,
        Colour::AsData if measured.as_ref().is_some_and(all_grey) => 1,
        Colour::AsData => 3,
    };
    let fit = Fit { width, height, channels, resize: options.resize };
    let shelf = Shelf::new(source.count(), width * height * channels, options.memory, about)?;
    let budget = Budget { free: Mutex::new(MEMORY), freed: Condvar::new() };
    let read = in_parallel(source.count(), "Reading pictures", progress, |at| {
        if let Some(Err(reason)) = measured.as_ref().map(|headers| &headers[at]) {
            return Ok(Err(reason.clone()));
        }
        match one(source, at, &fit, &budget) {
            Ok((size, grey, pixels)) => shelf.put(at, &pixels).map(|()| Ok((size, grey))),
            Err(reason) => Ok(Err(reason)),
        }
    })?;
    let kept: Vec<usize> = (0..read.len()).filter(|at| read[*at].is_ok()).collect();
    let grey = options.colour == Colour::AsData
        && channels == 3
        && !kept.is_empty()
        && read.iter().flatten().all(|(_, grey)| *grey);
    let images = shelf.finish(&kept, [width, height, channels], grey, progress)?;
    let sizes: Vec<(usize, usize)> = read.iter().flatten().map(|(size, _)| *size).collect();
    let notices = size_notice(&fit, options.size.is_none(), &sizes).into_iter().collect();
    Ok(Gathered { images, outcomes: read.into_iter().map(|one| one.map(|_| ())).collect(), notices })
}

/// Width, height and whether it is stored without colours, or why it cannot be read.
type Header = Result<(usize, usize, bool), String>;

/// What the pictures say of themselves at their beginning.
fn measure(source: &dyn Encoded, progress: Progress<'_>) -> Result<Vec<Header>, DataError> {
    in_parallel(source.count(), "Measuring pictures", progress, |at| {
        let whole = || picture_header(&source.bytes(at)?).map_err(reason);
        let header = source.head(at).and_then(|head| picture_header(&head).map_err(reason));
        Ok(header.or_else(|_| whole()).and_then(|header| match header {
            (0, ..) | (_, 0, _) => Err("it has no pixels".to_owned()),
            header => Ok(header),
        }))
    })
}

/// The sizes of the training pictures; of all, if none is for training.
fn sizes_of(source: &dyn Encoded, headers: &[Header]) -> Vec<(usize, usize)> {
    let sizes = |training: bool| -> Vec<(usize, usize)> {
        let counted = headers.iter().enumerate().filter(|(at, _)| !training || source.for_training(*at));
        counted.filter_map(|(_, header)| header.as_ref().ok().map(|(w, h, _)| (*w, *h))).collect()
    };
    let training = sizes(true);
    if training.is_empty() { sizes(false) } else { training }
}

/// The side of the square to which pictures are brought.
fn side_of(sizes: &[(usize, usize)]) -> usize {
    let mut sides: Vec<usize> =
        sizes.iter().map(|(width, height)| ((width * height) as f64).sqrt().round() as usize).collect();
    sides.sort_unstable();
    let median = sides.get(sides.len() / 2).copied().unwrap_or(MOST_SIDE);
    ((median + STEP / 2) / STEP * STEP).clamp(STEP, MOST_SIDE)
}

/// A picture's own size, whether it has no colours, and its bytes when fitted.
type Read = ((usize, usize), bool, Vec<u8>);

fn one(source: &dyn Encoded, at: usize, fit: &Fit, budget: &Budget) -> Result<Read, String> {
    let bytes = source.bytes(at)?;
    let (width, height, _) = picture_header(&bytes).map_err(reason)?;
    let _held = budget.take((width * height) as u64 * BYTES_PER_PIXEL);
    let picture = decode_picture(Path::new(""), &bytes, super::LONGEST_SIDE).map_err(reason)?;
    let (size, grey) = ((picture.width, picture.height), picture.is_grey());
    Ok((size, grey, picture.fitted(fit)?))
}

/// The cause alone: what it is about stands beside it already.
fn reason(error: DataError) -> String {
    match error {
        DataError::In { cause, .. } => cause,
        DataError::Cancelled => error.to_string(),
    }
}

fn size_notice(fit: &Fit, chosen: bool, sizes: &[(usize, usize)]) -> Option<String> {
    let smallest = sizes.iter().min_by_key(|(width, height)| (width * height, *width))?;
    let largest = sizes.iter().max_by_key(|(width, height)| (width * height, *width))?;
    let own = match smallest == largest {
        true => format!("{} x {} pixels", largest.0, largest.1),
        false => format!("from {} x {} to {} x {} pixels", smallest.0, smallest.1, largest.0, largest.1),
    };
    let size = (fit.width, fit.height);
    let why = match chosen {
        true => ", the median size of the training pictures to a multiple of 4 and at most 64",
        false => "",
    };
    let how = resized_word(fit.resize);
    sizes.iter().any(|own| *own != size).then(|| {
        format!(
            "All pictures were {how} to {} x {} pixels{why}; the files have {own}. The settings image.size and \
             image.resize choose.",
            size.0, size.1
        )
    })
}

/// What was done, as a participle.
pub fn resized_word(resize: Resize) -> &'static str {
    match resize {
        Resize::Stretch => "stretched",
        Resize::Crop => "cropped and resized",
        Resize::Pad => "padded and resized",
    }
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
