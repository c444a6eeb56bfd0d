//! From bytes to text. Which encoding a file has is named by a person or found from a
//! byte-order mark and the contents, and everything but UTF-8 is told. A byte that does not
//! fit the encoding is refused with its place: no text is ever repaired silently.
//!
//! How it is found, in this order:
//! 1. A byte-order mark says UTF-8 or UTF-16.
//! 2. Zero bytes in every other place say UTF-16 without a mark; other zero bytes, or the
//!    beginning of a well-known binary file, say that this is no text, which is refused.
//! 3. What is valid UTF-8 is UTF-8.
//! 4. What is UTF-8 but for a few bytes (more whole sequences than errors) is a damaged
//!    UTF-8 file. Reading it as something else would turn every other accent into two wrong
//!    letters, so the damaged byte is refused.
//! 5. Otherwise the contents decide, if the text that comes out looks like text: Chinese,
//!    Japanese or Korean characters throughout, or accented letters inside of words. A
//!    person with a file from Excel wants to see it open; one who sees the wrong letters can
//!    name the encoding.
//! 6. What looks like nothing is taken for UTF-8, and its first bad byte is refused.

mod decoded;
mod detect;

use super::input::Input;
use super::magic;
use crate::data::{DataError, Progress};
use encoding_rs::{Encoding, GB18030, GBK, UTF_8};

pub use decoded::{Decoded, Malformed};

/// An encoding, and who says so.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    encoding: &'static Encoding,
    detected: bool,
}

impl Choice {
    /// The name for a person.
    pub fn name(&self) -> String {
        match self.encoding.name() {
            "gb18030" => "GB18030".to_owned(),
            name if name.starts_with("windows") => format!("W{}", &name[1..]),
            name => name.to_owned(),
        }
    }

    /// What a person should know: that the encoding was found, and that it is not UTF-8.
    pub fn notice(&self) -> Option<String> {
        (self.detected && self.encoding != UTF_8)
            .then(|| format!("Read as {}; name another encoding with data.encoding.", self.name()))
    }

    /// The text of a file, as UTF-8 without byte-order mark.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn open<'a>(&self, input: Input<'a>) -> Result<Decoded<'a>, DataError> {
        Ok(Decoded::new(input.open()?, self.encoding))
    }

    /// The refusal of a byte that does not fit. `what` is the file in words, such as "table";
    /// `place` where the byte is, in words.
    pub fn refusal(&self, input: Input<'_>, what: &str, place: &str, bad: &Malformed) -> DataError {
        let value = bad.value(input).map_or_else(String::new, |value| format!(" 0x{value:02x}"));
        DataError::place(
            input.path,
            format!("{place}, byte {}", bad.byte),
            format!("byte{value} is not valid {}", self.name()),
            format!("save the {what} again as UTF-8, or name its encoding with data.encoding"),
        )
    }
}

/// Which encoding a file has: the `wanted` one, or the one found where that is empty.
///
/// # Errors
/// An encoding that does not exist, contents that are no text, cancelled.
pub fn choose(
    input: Input<'_>,
    what: &str,
    wanted: &str,
    progress: Progress<'_>,
) -> Result<Choice, DataError> {
    let head = input.head(1 << 16)?;
    if let Some(kind) = magic::known(&head) {
        return Err(DataError::place(
            input.path,
            "byte 0",
            format!("the contents are {kind}, not text"),
            format!("give a text {what}, or correct the ending of the file's name"),
        ));
    }
    let wanted = wanted.trim();
    if !wanted.is_empty() {
        return match named(wanted) {
            Some(encoding) => Ok(Choice { encoding, detected: false }),
            None => Err(DataError::at(
                input.path,
                format!("'{wanted}' is no encoding that is known"),
                "set data.encoding to UTF-8, UTF-16LE, UTF-16BE, GB18030, Big5, Shift_JIS, EUC-KR, \
                 Windows-1252 or another name of the WHATWG's list, or leave it empty",
            )),
        };
    }
    let encoding = detect::encoding_of(input, what, &head, progress)?;
    Ok(Choice { encoding: if encoding == GBK { GB18030 } else { encoding }, detected: true })
}

/// The encoding of this name; GBK is read as GB18030, which contains it.
fn named(name: &str) -> Option<&'static Encoding> {
    let found = Encoding::for_label_no_replacement(name.as_bytes())?;
    Some(if found == GBK { GB18030 } else { found })
}
