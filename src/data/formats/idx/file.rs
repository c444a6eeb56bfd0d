//! One IDX file: header and unsigned bytes, plain or gzip. It knows nothing of images or
//! labels, and refuses any other element type.

use crate::data::DataError;
use crate::data::meter::Meter;
use flate2::bufread::MultiGzDecoder;
use std::cell::Cell;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::rc::Rc;

/// The contents of an IDX file.
#[derive(Debug)]
pub struct Idx {
    /// Extents, the first being the number of items.
    pub dims: Vec<usize>,
    /// All elements, the last extent running fastest.
    pub data: Vec<u8>,
}

const CHUNK: usize = 1 << 20;
const AGAIN: &str = "download the file again";

/// Reads a whole file, telling `meter` the bytes of the file gone through.
///
/// # Errors
/// A [`DataError`] with the byte: not gzip, damaged, cut short, too long, wrong magic,
/// other element types than unsigned bytes.
pub fn read(path: &Path, meter: &Meter<'_>) -> Result<Idx, DataError> {
    let file = File::open(path).map_err(|e| {
        DataError::at(path, format!("cannot be read ({e})"), "check the path and the permissions")
    })?;
    let consumed = Rc::new(Cell::new(0u64));
    let mut file = BufReader::with_capacity(1 << 18, Counted { inner: file, consumed: consumed.clone() });
    let start = file.fill_buf().map_err(|e| read_error(path, &e, 0))?;
    let gzip = start.starts_with(&[0x1f, 0x8b]);
    if !gzip && path.extension().is_some_and(|e| e.eq_ignore_ascii_case("gz")) {
        return Err(DataError::place(
            path,
            "byte 0",
            format!("the name ends in .gz but the contents do not start as gzip does (found {})", hex(start)),
            "download the file again, or remove .gz from its name if it is not compressed",
        ));
    }
    let mut stream =
        if gzip { Stream::Gzip(Box::new(MultiGzDecoder::new(file))) } else { Stream::Plain(file) };
    let told = Cell::new(0u64);
    let tick = || {
        let now = consumed.get();
        meter.add(now - told.replace(now))
    };

    let mut head = [0u8; 4];
    let got = fill(path, &mut stream, &mut head, &consumed)?;
    if got < 4 || head[..2] != [0, 0] || !(1..=4).contains(&head[3]) {
        return Err(DataError::place(
            path,
            "byte 0",
            format!(
                "not an IDX file: it starts with {}, where IDX has 00 00 08 and the number of extents",
                hex(&head[..got])
            ),
            "give an IDX file such as train-images-idx3-ubyte",
        ));
    }
    if head[2] != 0x08 {
        return Err(DataError::place(
            path,
            "byte 2",
            format!("the element type is 0x{:02x}; only unsigned bytes (0x08) are read", head[2]),
            "convert the file to unsigned bytes",
        ));
    }
    let mut extents = vec![0u8; usize::from(head[3]) * 4];
    let got = fill(path, &mut stream, &mut extents, &consumed)?;
    if got < extents.len() {
        return Err(cut_short(path, 4 + got, 4 + extents.len()));
    }
    let dims: Vec<usize> =
        extents.as_chunks::<4>().0.iter().map(|b| u32::from_be_bytes(*b) as usize).collect();
    let header = 4 + extents.len();
    let promised = dims.iter().try_fold(1usize, |product, extent| product.checked_mul(*extent));
    let mut data = Vec::new();
    let promised =
        promised.filter(|size| data.try_reserve_exact(size.saturating_add(1)).is_ok()).ok_or_else(|| {
            DataError::place(
                path,
                "byte 4",
                format!("the header promises {} elements, more than memory can hold", words(&dims)),
                AGAIN,
            )
        })?;
    // One more than promised, to notice a file that is too long.
    while data.len() <= promised {
        let want = CHUNK.min(promised + 1 - data.len());
        let start = data.len();
        data.resize(start + want, 0);
        let got = fill(path, &mut stream, &mut data[start..], &consumed)?;
        data.truncate(start + got);
        tick()?;
        if got < want {
            break;
        }
    }
    if data.len() < promised {
        return Err(cut_short(path, header + data.len(), header + promised));
    }
    if data.len() > promised {
        return Err(DataError::place(
            path,
            format!("byte {}", header + promised),
            format!("the contents go on after the {} elements that the header promises", words(&dims)),
            AGAIN,
        ));
    }
    Ok(Idx { dims, data })
}

/// The extents in words: `60000 x 28 x 28`.
pub fn words(dims: &[usize]) -> String {
    dims.iter().map(ToString::to_string).collect::<Vec<_>>().join(" x ")
}

fn cut_short(path: &Path, at: usize, promised: usize) -> DataError {
    DataError::place(
        path,
        format!("byte {at}"),
        format!(
            "the contents end here, but the header promises {promised} bytes in all; the file is truncated"
        ),
        AGAIN,
    )
}

/// Reads until `buffer` is full or the stream ends; returns the bytes read.
fn fill(
    path: &Path,
    stream: &mut Stream,
    buffer: &mut [u8],
    consumed: &Cell<u64>,
) -> Result<usize, DataError> {
    let mut filled = 0;
    while filled < buffer.len() {
        match stream.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(read_error(path, &error, consumed.get())),
        }
    }
    Ok(filled)
}

fn read_error(path: &Path, error: &std::io::Error, at: u64) -> DataError {
    let cause = match error.kind() {
        std::io::ErrorKind::UnexpectedEof => {
            "the gzip stream ends too early; the file is truncated".to_owned()
        }
        std::io::ErrorKind::InvalidInput | std::io::ErrorKind::InvalidData => {
            format!("the gzip stream is damaged at or before here ({error})")
        }
        _ => format!("cannot be read on ({error})"),
    };
    DataError::place(path, format!("byte {at}"), cause, AGAIN)
}

fn hex(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "nothing".to_owned();
    }
    bytes.iter().take(4).map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(" ")
}

/// Counts the bytes taken from a file.
struct Counted {
    inner: File,
    consumed: Rc<Cell<u64>>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.consumed.set(self.consumed.get() + n as u64);
        Ok(n)
    }
}

enum Stream {
    Plain(BufReader<Counted>),
    Gzip(Box<MultiGzDecoder<BufReader<Counted>>>),
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::Plain(inner) => inner.read(buffer),
            Self::Gzip(inner) => inner.read(buffer),
        }
    }
}
