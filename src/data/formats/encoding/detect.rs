//! Which encoding the contents of a file are in; the order of the questions is told in
//! `mod.rs`. It reads a file once and keeps at most 4 MiB of it.

use crate::data::formats::input::Input;
use crate::data::meter::Meter;
use crate::data::{DataError, Progress};
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    BIG5, DecoderResult, EUC_JP, EUC_KR, Encoding, GB18030, GBK, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE,
};
use std::io::Read;

/// Bytes read at a time.
const PIECE: usize = 1 << 20;
/// Bytes from the first piece that is not UTF-8 on that are looked at closely.
const WINDOW: usize = 4 << 20;

/// The encoding of a file; `head` is its beginning.
pub fn encoding_of(
    input: Input<'_>,
    what: &str,
    head: &[u8],
    progress: Progress<'_>,
) -> Result<&'static Encoding, DataError> {
    if let Some((encoding, _)) = Encoding::for_bom(head) {
        return Ok(encoding);
    }
    if let Some(zero) = head.iter().position(|byte| *byte == 0) {
        return utf_16(head).ok_or_else(|| {
            DataError::place(
                input.path,
                format!("byte {zero}"),
                "a zero byte: the contents are not text",
                format!("give a text {what}, or correct the ending of the file's name"),
            )
        });
    }
    let Some(Suspect { window, sequences }) = suspect(input, progress)? else { return Ok(UTF_8) };
    let (whole, errors) = count(&window);
    if sequences + whole > errors {
        return Ok(UTF_8);
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(&window, true);
    let guess = detector.guess(None, Utf8Detection::Deny);
    Ok(if looks_like_text(guess, &window) { guess } else { UTF_8 })
}

/// UTF-16 without a byte-order mark: digits, commas and line ends have a zero byte, always
/// on the same side.
fn utf_16(head: &[u8]) -> Option<&'static Encoding> {
    let zeros = |side: usize| head.iter().skip(side).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let (encoding, more, fewer) = if odd > even { (UTF_16LE, odd, even) } else { (UTF_16BE, even, odd) };
    let enough = more * 100 >= head.len() && fewer * 4 <= more;
    (enough && text_of(encoding, head).is_some()).then_some(encoding)
}

/// A file that is not UTF-8.
struct Suspect {
    /// From the piece with the first bad byte on.
    window: Vec<u8>,
    /// Sequences of several bytes in the good pieces before it.
    sequences: u64,
}

/// Reads the file; `None` if all of it is valid UTF-8.
fn suspect(input: Input<'_>, progress: Progress<'_>) -> Result<Option<Suspect>, DataError> {
    let meter = Meter::new(progress, "Checking the encoding", input.size());
    let mut from = input.open()?;
    let (mut piece, mut sequences) = (Vec::with_capacity(PIECE + 4), 0u64);
    loop {
        let carried = piece.len();
        let read = from
            .by_ref()
            .take((PIECE - carried) as u64)
            .read_to_end(&mut piece)
            .map_err(|error| input.unreadable(&error))?;
        meter.add(read as u64)?;
        let ended = read == 0;
        let good = match std::str::from_utf8(&piece) {
            Ok(_) => piece.len(),
            // The piece may end within a sequence.
            Err(error) if error.error_len().is_none() && !ended => error.valid_up_to(),
            Err(_) => {
                let more = (WINDOW - piece.len()) as u64;
                from.take(more).read_to_end(&mut piece).map_err(|error| input.unreadable(&error))?;
                return Ok(Some(Suspect { window: piece, sequences }));
            }
        };
        if ended {
            return Ok(None);
        }
        sequences += piece[..good].iter().filter(|byte| **byte >= 0xc2).count() as u64;
        piece.drain(..good);
    }
}

/// Whole sequences of several bytes, and errors, when read as UTF-8.
fn count(window: &[u8]) -> (u64, u64) {
    let (mut whole, mut errors) = (0, 0);
    for chunk in window.utf8_chunks() {
        whole += chunk.valid().bytes().filter(|byte| *byte >= 0xc2).count() as u64;
        errors += u64::from(!chunk.invalid().is_empty());
    }
    (whole, errors)
}

/// The window as text; `None` if a byte does not fit. It may end within a character.
fn text_of(encoding: &'static Encoding, window: &[u8]) -> Option<String> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut text = String::with_capacity(decoder.max_utf8_buffer_length(window.len())?);
    match decoder.decode_to_string_without_replacement(window, &mut text, false).0 {
        DecoderResult::InputEmpty => Some(text),
        DecoderResult::OutputFull | DecoderResult::Malformed(..) => None,
    }
}

/// Whether the text that comes out is one that somebody may have written.
fn looks_like_text(encoding: &'static Encoding, window: &[u8]) -> bool {
    let Some(text) = text_of(encoding, window) else { return false };
    let strange =
        text.chars().filter(|c| !c.is_ascii() && !c.is_alphanumeric() && !is_punctuation(*c)).count();
    let letters = text.chars().filter(|c| !c.is_ascii() && c.is_alphanumeric()).count();
    if strange * 10 > letters {
        return false;
    }
    if [GBK, GB18030, BIG5, SHIFT_JIS, EUC_JP, EUC_KR].contains(&encoding) {
        let eastern = text.chars().filter(|c| c.is_alphanumeric() && *c >= '\u{1100}').count();
        return letters >= 2 && eastern * 10 >= letters * 9;
    }
    // Words are whole in one script; a lone accented letter beside none of its kind is damage.
    let fitting: usize = text
        .split(|c: char| !c.is_alphabetic())
        .map(|word| {
            let own = word.chars().filter(|c| !c.is_ascii()).count();
            let ascii = word.chars().count() - own;
            // One strange letter beside one other is rather a damaged byte than a word.
            let latin = word.chars().all(|c| c < '\u{250}');
            let fits = if latin { ascii >= own && ascii > 1 } else { ascii == 0 && own > 1 };
            if fits { own } else { 0 }
        })
        .sum();
    match letters {
        0 => encoding == encoding_rs::WINDOWS_1252,
        _ => fitting * 10 >= letters * 6,
    }
}

/// Marks that texts have besides letters: quotes, dashes, currencies, and those of Chinese
/// and Japanese.
fn is_punctuation(c: char) -> bool {
    matches!(c,
        '\u{a0}'..='\u{bf}' | '×' | '÷' | '\u{2010}'..='\u{203a}' | '\u{20a0}'..='\u{20bf}'
        | '\u{2100}'..='\u{21ff}' | '\u{2460}'..='\u{24ff}' | '\u{25a0}'..='\u{26ff}'
        | '\u{3000}'..='\u{303f}' | '\u{30fb}' | '\u{30fc}' | '\u{fe30}'..='\u{fe4f}' | '\u{ff00}'..='\u{ffef}')
}
