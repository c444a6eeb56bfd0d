//! A file's text as a stream of UTF-8, decoded piece by piece. It ends with an error at the
//! first byte that does not fit the encoding, after everything before it was given out.

use crate::data::formats::input::Input;
use encoding_rs::{Decoder, DecoderResult, Encoding};
use std::io::{self, BufRead, ErrorKind, Read};

/// Bytes read and decoded at a time.
const PIECE: usize = 1 << 16;

/// A byte that does not fit the encoding.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("byte {byte} does not fit the encoding")]
pub struct Malformed {
    /// Its place in the file, from 0.
    pub byte: u64,
}

impl Malformed {
    /// The reason of an input error, if it is this one.
    pub fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }

    /// The byte itself.
    pub fn value(&self, input: Input<'_>) -> Option<u8> {
        let mut from = input.open().ok()?;
        io::copy(&mut from.by_ref().take(self.byte), &mut io::sink()).ok()?;
        let mut one = [0];
        from.read_exact(&mut one).ok()?;
        Some(one[0])
    }
}

/// The stream.
pub struct Decoded<'a> {
    from: Box<dyn Read + 'a>,
    decoder: Decoder,
    raw: Vec<u8>,
    /// What of `raw` is still to be decoded.
    left: std::ops::Range<usize>,
    /// Bytes of the file that were decoded.
    done: u64,
    ended: bool,
    finished: bool,
    failed: Option<Malformed>,
    text: Vec<u8>,
    /// What of `text` is still to be given out.
    given: std::ops::Range<usize>,
    /// Whether the last text decoded ends a line.
    line_ended: bool,
}

impl<'a> Decoded<'a> {
    /// From the file's first byte on; a byte-order mark of the encoding is left out.
    pub fn new(from: Box<dyn Read + 'a>, encoding: &'static Encoding) -> Self {
        Self {
            from,
            decoder: encoding.new_decoder_with_bom_removal(),
            raw: vec![0; PIECE],
            left: 0..0,
            done: 0,
            ended: false,
            finished: false,
            failed: None,
            text: vec![0; PIECE + 16],
            given: 0..0,
            line_ended: true,
        }
    }

    /// Whether what was decoded so far ends with a line end; at the end, whether the file does.
    pub fn line_ended(&self) -> bool {
        self.line_ended
    }

    /// Bytes of the file that were decoded so far.
    pub fn done(&self) -> u64 {
        self.done
    }

    fn decode(&mut self) -> io::Result<()> {
        self.given = 0..0;
        while self.given.is_empty() && !self.finished {
            if let Some(failed) = self.failed {
                return Err(io::Error::new(ErrorKind::InvalidData, failed));
            }
            if self.left.is_empty() && !self.ended {
                let read = loop {
                    match self.from.read(&mut self.raw) {
                        Err(error) if error.kind() == ErrorKind::Interrupted => {}
                        other => break other?,
                    }
                };
                self.left = 0..read;
                self.ended = read == 0;
            }
            let raw = &self.raw[self.left.clone()];
            let (result, read, written) =
                self.decoder.decode_to_utf8_without_replacement(raw, &mut self.text, self.ended);
            self.left.start += read;
            self.done += read as u64;
            self.given = 0..written;
            if let Some(last) = self.text[..written].last() {
                self.line_ended = *last == b'\n';
            }
            match result {
                DecoderResult::InputEmpty => self.finished = self.ended,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(length, after) => {
                    let back = u64::from(length) + u64::from(after);
                    self.failed = Some(Malformed { byte: self.done.saturating_sub(back) });
                }
            }
        }
        Ok(())
    }
}

impl BufRead for Decoded<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.given.is_empty() {
            self.decode()?;
        }
        Ok(&self.text[self.given.clone()])
    }

    fn consume(&mut self, amount: usize) {
        self.given.start = (self.given.start + amount).min(self.given.end);
    }
}

impl Read for Decoded<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let text = self.fill_buf()?;
        let count = text.len().min(into.len());
        into[..count].copy_from_slice(&text[..count]);
        self.consume(count);
        Ok(count)
    }
}
