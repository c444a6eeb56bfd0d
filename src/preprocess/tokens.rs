//! The tokens of one text as the model is given them, for a person to look at: what each
//! stands for, which are special or unknown, where the text is cut, and what the model's
//! tokens say when they are put together again.

use super::TextTransform;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A piece of the text.
    Piece,
    /// A piece of the text that the vocabulary lacks.
    Unknown,
    /// Put there for the model, not of the text.
    Special,
}

/// One token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenToken {
    /// Its id.
    pub id: u32,
    /// What it stands for; a blank is a middle dot, so that it can be seen.
    pub text: String,
    /// As it stands in the vocabulary.
    pub entry: String,
    /// What it is.
    pub kind: TokenKind,
    /// Whether the model is given it; the others are beyond the length.
    pub kept: bool,
}

/// The tokens of one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenTokens {
    /// In order; of those that are cut off, only the first.
    pub tokens: Vec<SeenToken>,
    /// Tokens that the whole text has.
    pub whole: u64,
    /// Tokens that the model may be given.
    pub length: u64,
    /// What the model's tokens say, put together again.
    pub decoded: String,
}

/// Tokens shown, beyond those that the model is given.
const CUT_SHOWN: usize = 64;
/// Tokens shown at all.
const SHOWN: usize = 1024;

impl TextTransform {
    /// The tokens of a text, as [`TextTransform::encode`] gives them to the model.
    ///
    /// # Errors
    /// Why the text cannot be cut into tokens.
    pub fn seen(&self, text: &str) -> Result<SeenTokens, String> {
        let model = self.encode(text)?;
        let own = self.tokenizer.encode(text)?;
        let (class, unknown) = (self.tokenizer.class(), self.tokenizer.unknown());
        // The token for the class stands at one end; what is between is the text's own.
        let leads = self.class_token && model.first() == Some(&class);
        let trails = self.class_token && !leads && model.last() == Some(&class);
        let pieces = model.len() - usize::from(leads || trails);
        let token = |id: u32, kind: TokenKind, kept: bool| SeenToken {
            id,
            text: self.shown(id),
            entry: self.tokenizer.token(id).unwrap_or_default(),
            kind,
            kept,
        };
        let piece = |id: u32, kept: bool| {
            token(id, if id == unknown { TokenKind::Unknown } else { TokenKind::Piece }, kept)
        };
        let special = || token(class, TokenKind::Special, true);
        let mut tokens: Vec<SeenToken> = Vec::new();
        tokens.extend(leads.then(special));
        tokens.extend(own.iter().take(pieces).map(|id| piece(*id, true)));
        tokens.extend(trails.then(special));
        tokens.extend(own.iter().skip(pieces).take(CUT_SHOWN).map(|id| piece(*id, false)));
        tokens.truncate(SHOWN);
        Ok(SeenTokens {
            tokens,
            whole: (own.len() + usize::from(self.class_token)) as u64,
            length: self.length as u64,
            decoded: self.tokenizer.decode(&model)?,
        })
    }

    /// What a token stands for, for the eye. A piece of a character has no text of its own.
    fn shown(&self, id: u32) -> String {
        let entry = || self.tokenizer.token(id).unwrap_or_default();
        match self.tokenizer.decode(&[id]) {
            Ok(text) if !text.is_empty() && !text.contains('\u{fffd}') => {
                text.replace(' ', "\u{b7}").replace('\n', "\\n").replace('\t', "\\t")
            }
            _ => entry(),
        }
    }
}
