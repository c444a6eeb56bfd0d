//! From bytes to text: UTF-8 with or without a byte-order mark. It refuses everything else,
//! with the byte.

use crate::data::DataError;
use std::path::Path;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// The text of a file, without its byte-order mark. `what` is the file in words, such as
/// "table"; `place` says in words where in the text, given up to its bad byte, that byte is.
///
/// # Errors
/// UTF-16, or a byte that is not valid UTF-8.
pub fn utf8<'a>(
    path: &Path,
    bytes: &'a [u8],
    what: &str,
    place: impl FnOnce(&[u8]) -> String,
) -> Result<&'a str, DataError> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(DataError::place(
            path,
            "byte 0",
            "the file is UTF-16, not UTF-8",
            "save it again as UTF-8",
        ));
    }
    let body = bytes.strip_prefix(BOM).unwrap_or(bytes);
    std::str::from_utf8(body).map_err(|error| {
        let at = error.valid_up_to();
        DataError::place(
            path,
            format!("{}, byte {}", place(&body[..body.len().min(at + 1)]), at + bytes.len() - body.len()),
            format!("byte 0x{:02x} is not valid UTF-8", body.get(at).copied().unwrap_or_default()),
            format!("save the {what} again as UTF-8"),
        )
    })
}
