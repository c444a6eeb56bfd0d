//! Which characters of a text stand for which places of the model's input, so that what is
//! found out about the input can be shown in the text itself.

use super::TextTransform;
use std::ops::Range;

/// A stretch of a text that is a token, or several tokens that share a character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Bytes of the text; begins and ends between characters.
    pub bytes: Range<usize>,
    /// Places in the model's input; none where the model is not given it.
    pub places: Range<usize>,
}

impl TextTransform {
    /// The model's token ids, as [`TextTransform::encode`], and the pieces of the text in their
    /// order, those beyond the length too. Tokens for parts of a character, as byte-level BPE
    /// makes of Chinese, are one piece. A text without tokens has no pieces.
    ///
    /// # Errors
    /// Why the text cannot be cut.
    pub fn pieces(&self, text: &str) -> Result<(Vec<u32>, Vec<Piece>), String> {
        let ids = self.encode(text)?;
        let leads = usize::from(self.class_token && !self.class_last);
        let end = ids.len().saturating_sub(usize::from(self.class_last));
        let mut pieces: Vec<Piece> = Vec::new();
        for (token, bytes) in self.tokenizer.located(text)?.into_iter().enumerate() {
            let bytes = text.floor_char_boundary(bytes.start)..text.ceil_char_boundary(bytes.end);
            let place = leads + token;
            let places = place.min(end)..(place + 1).min(end);
            match pieces.last_mut() {
                Some(last) if bytes.start < last.bytes.end => {
                    last.bytes = last.bytes.start.min(bytes.start)..last.bytes.end.max(bytes.end);
                    last.places.end = last.places.end.max(places.end);
                }
                _ => pieces.push(Piece { bytes, places }),
            }
        }
        Ok((ids, pieces))
    }
}
