//! IDX images, the format of the MNIST family: `[image, row, column]` or with a fourth extent
//! for channels, and one label byte per image. Test files become the test split.

mod file;
mod pairs;

use crate::data::builtin::FASHION_CLASSES;
use crate::data::meter::Meter;
use crate::data::{DataError, Dataset, Examples, Images, OpenOptions, Progress, Split, Target};
use file::{Idx, words};
use pairs::Pair;
use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;

/// A folder with IDX names in it, or a file with an IDX name or an IDX magic number.
pub fn recognises(path: &Path) -> bool {
    if path.is_dir() {
        return pairs::entries(path).iter().any(|entry| pairs::is_idx_name(entry));
    }
    let mut head = [0u8; 4];
    pairs::is_idx_name(path)
        || std::fs::File::open(path)
            .and_then(|mut f| f.read_exact(&mut head))
            .is_ok_and(|()| head[..3] == [0, 0, 8] && (1..=4).contains(&head[3]))
}

/// Reads a folder or one images file.
///
/// # Errors
/// A [`DataError`] with the file and the byte.
pub fn open(path: &Path, options: &OpenOptions, progress: Progress<'_>) -> Result<Dataset, DataError> {
    let pairs = if path.is_dir() { pairs::pairs_in(path)? } else { vec![pairs::pair_of(path)] };
    let parts = read_all(&pairs, options, progress)?;
    assemble(path, parts)
}

/// One pair, read and checked.
struct Part {
    pair: Pair,
    images: Images,
    /// Empty when there is no labels file.
    labels: Vec<u8>,
}

fn read_all(pairs: &[Pair], options: &OpenOptions, progress: Progress<'_>) -> Result<Vec<Part>, DataError> {
    let size = |path: &Path| std::fs::metadata(path).map(|m| m.len()).unwrap_or(0);
    let files = pairs.iter().flat_map(|pair| std::iter::once(&pair.images).chain(&pair.labels));
    let meter = Meter::new(progress, "Reading images", files.map(|path| size(path)).sum());
    for pair in pairs {
        if pair.labels.is_none() && !options.unlabelled {
            return Err(DataError::at(
                &pair.images,
                format!("there is no labels file {} (or .gz) beside these images", pair.labels_name),
                "put the labels file into the same folder",
            ));
        }
    }
    // One thread a file: gzip can only be undone from front to back.
    std::thread::scope(|scope| {
        let meter = &meter;
        let running: Vec<_> = pairs
            .iter()
            .map(|pair| {
                let images = scope.spawn(move || file::read(&pair.images, meter));
                let labels = pair.labels.as_deref().map(|path| scope.spawn(move || file::read(path, meter)));
                (pair, images, labels)
            })
            .collect();
        let mut parts = Vec::new();
        for (pair, images, labels) in running {
            let images = as_images(&pair.images, join(&pair.images, images)?)?;
            let labels = match (labels, &pair.labels) {
                (Some(handle), Some(path)) => as_labels(path, join(path, handle)?)?,
                _ => Vec::new(),
            };
            if let Some(path) = &pair.labels
                && labels.len() != images.len()
            {
                return Err(DataError::at(
                    &pair.images,
                    format!(
                        "there are {} images but {} labels in {}",
                        images.len(),
                        labels.len(),
                        path.display()
                    ),
                    "give images and labels files of the same set",
                ));
            }
            parts.push(Part { pair: pair.clone(), images, labels });
        }
        Ok(parts)
    })
}

fn join(
    path: &Path,
    handle: std::thread::ScopedJoinHandle<'_, Result<Idx, DataError>>,
) -> Result<Idx, DataError> {
    handle.join().unwrap_or_else(|_| {
        Err(DataError::at(path, "reading the file failed unexpectedly", "download the file again"))
    })
}

fn as_images(path: &Path, idx: Idx) -> Result<Images, DataError> {
    let wrong = |cause: String| {
        DataError::place(path, "byte 3", cause, "give the images file, such as train-images-idx3-ubyte")
    };
    let (height, width, channels, planar) = match idx.dims[..] {
        [_, height, width] => (height, width, 1, false),
        [_, height, width, channels @ (1 | 3)] => (height, width, channels, false),
        [_, channels @ (1 | 3), height, width] => (height, width, channels, true),
        [_] => return Err(wrong("this is a labels file (one extent), not an images file".to_owned())),
        _ => {
            return Err(wrong(format!(
                "extents {} are not those of grey or colour images",
                words(&idx.dims)
            )));
        }
    };
    if idx.data.is_empty() {
        return Err(DataError::place(
            path,
            "byte 4",
            format!("the file holds no pixels ({})", words(&idx.dims)),
            "give a file with images",
        ));
    }
    let mut pixels = idx.data;
    if planar && channels > 1 {
        // [image, channel, row, column] to [image, row, column, channel]
        let plane = height * width;
        let mut turned = Vec::with_capacity(pixels.len());
        for image in pixels.chunks_exact(plane * channels) {
            turned.extend((0..plane).flat_map(|at| (0..channels).map(move |c| image[c * plane + at])));
        }
        pixels = turned;
    }
    Ok(Images::new(width, height, channels, pixels))
}

fn as_labels(path: &Path, idx: Idx) -> Result<Vec<u8>, DataError> {
    match idx.dims[..] {
        [_] => Ok(idx.data),
        _ => Err(DataError::place(
            path,
            "byte 3",
            format!("extents {} are not those of a labels file, which has one", words(&idx.dims)),
            "give the labels file, such as train-labels-idx1-ubyte",
        )),
    }
}

/// Bytes before the first label of a labels file.
const LABELS_HEADER: usize = 8;

/// The labels in use, in order. Labels 0 to 9 are always welcome; further ones must follow
/// without a gap, because a lone high label is nearly always a damaged file. Labels that
/// only test or validation files have are refused when there are training files.
fn known_labels(parts: &[Part], fashion: bool) -> Result<Vec<u8>, DataError> {
    if fashion {
        let known: Vec<u8> = (0..=9).collect();
        return refuse_others(parts, &known).map(|()| known);
    }
    let training = parts.iter().any(|part| part.pair.split == Split::Train && !part.labels.is_empty());
    let counted = parts.iter().filter(|part| !training || part.pair.split == Split::Train);
    let seen: BTreeSet<u8> = counted.flat_map(|part| part.labels.iter().copied()).collect();
    let mut known: Vec<u8> = Vec::new();
    for label in seen {
        if label <= 9 || known.last().is_some_and(|last| *last + 1 == label) {
            known.push(label);
        }
    }
    refuse_others(parts, &known).map(|()| known)
}

fn refuse_others(parts: &[Part], known: &[u8]) -> Result<(), DataError> {
    for part in parts {
        if let (Some(at), Some(path)) =
            (part.labels.iter().position(|label| !known.contains(label)), &part.pair.labels)
        {
            let range = match known {
                [] => "none".to_owned(),
                [only] => only.to_string(),
                [first, .., last] => format!("{first} to {last}"),
            };
            return Err(DataError::place(
                path,
                format!("byte {}", LABELS_HEADER + at),
                format!("label {} of image {at} is out of range; the classes are {range}", part.labels[at]),
                "correct the label, or download the file again",
            ));
        }
    }
    Ok(())
}

fn assemble(path: &Path, parts: Vec<Part>) -> Result<Dataset, DataError> {
    let shape = |images: &Images| [images.height, images.width, images.channels];
    if let Some([first, second]) = parts.array_windows().find(|[a, b]| shape(&a.images) != shape(&b.images)) {
        return Err(DataError::at(
            &second.pair.images,
            format!(
                "images are {} here but {} in {}",
                words(&shape(&second.images)),
                words(&shape(&first.images)),
                first.pair.images.display()
            ),
            "give files of the same set",
        ));
    }
    let full = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let fashion = full.to_string_lossy().to_lowercase().contains("fashion")
        && parts.iter().all(|part| shape(&part.images) == [28, 28, 1]);
    let known = known_labels(&parts, fashion)?;
    let mut class_of = [0u32; 256];
    for (class, label) in (0u32..).zip(&known) {
        class_of[usize::from(*label)] = class;
    }
    let (mut targets, mut splits, mut pixels) = (Vec::new(), Vec::new(), Vec::new());
    let Some(first) = parts.first() else {
        return Err(DataError::at(path, "there is no images file", "give a folder with IDX files"));
    };
    let [height, width, channels] = shape(&first.images);
    for part in parts {
        let count = part.images.len();
        splits.resize(splits.len() + count, part.pair.split);
        if part.labels.is_empty() {
            targets.resize(targets.len() + count, Target::Unlabelled);
        }
        targets.extend(part.labels.iter().map(|label| Target::Class(class_of[usize::from(*label)])));
        let more = part.images.into_memory();
        if pixels.is_empty() {
            pixels = more;
        } else {
            pixels.extend_from_slice(&more);
        }
    }
    let name = full.file_name().map_or_else(|| "images".to_owned(), |n| n.to_string_lossy().into_owned());
    let classes = match fashion {
        true => FASHION_CLASSES.map(str::to_owned).to_vec(),
        false => known.iter().map(ToString::to_string).collect(),
    };
    Ok(Dataset::new(
        name,
        path.to_string_lossy().into_owned(),
        "idx",
        Examples::Images(Images::new(width, height, channels, pixels)),
        classes,
        targets,
        splits,
    ))
}
