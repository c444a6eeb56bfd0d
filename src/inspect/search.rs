//! Text search without regard to case, quick enough for every key typed in a hundred
//! thousand texts. It finds substrings; it knows no words and no patterns.

/// What is looked for, made ready once.
pub(super) struct Needle {
    folded: String,
    kind: Kind,
}

enum Kind {
    /// Only ASCII: compared byte by byte, without a copy of the text.
    Ascii,
    /// Its characters have no case (Chinese, digits, signs): compared as they are.
    Caseless,
    /// Everything else: the text is folded first.
    Cased,
}

impl Needle {
    /// `None` for a text of white space only, which everything contains.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        let folded = text.to_lowercase();
        let kind = if folded.is_ascii() {
            Kind::Ascii
        } else if text.chars().all(|c| c.to_lowercase().eq(c.to_uppercase())) {
            Kind::Caseless
        } else {
            Kind::Cased
        };
        Some(Self { folded, kind })
    }

    /// The number that is looked for, where it is one.
    pub fn number(&self) -> Option<u32> {
        self.folded.parse().ok()
    }

    /// Whether a text contains it.
    pub fn is_in(&self, text: &str) -> bool {
        match self.kind {
            Kind::Ascii => contains_ascii(text.as_bytes(), self.folded.as_bytes()),
            Kind::Caseless => text.contains(&self.folded),
            Kind::Cased => text.to_lowercase().contains(&self.folded),
        }
    }
}

/// Whether `text` contains `needle`, lower-case ASCII, in any case. A byte below 128 is never
/// part of a longer character in UTF-8, so bytes may be compared.
fn contains_ascii(text: &[u8], needle: &[u8]) -> bool {
    let Some((first, rest)) = needle.split_first() else { return true };
    let starts = text.len().saturating_sub(rest.len());
    text.iter().take(starts).enumerate().any(|(at, byte)| {
        byte.to_ascii_lowercase() == *first
            && text.get(at + 1..at + needle.len()).is_some_and(|part| part.eq_ignore_ascii_case(rest))
    })
}

#[cfg(test)]
mod tests {
    use super::Needle;

    fn found(needle: &str, text: &str) -> bool {
        Needle::new(needle).is_none_or(|n| n.is_in(text))
    }

    #[test]
    fn case_does_not_count_in_any_script() {
        for (needle, text, wanted) in [
            ("refund", "REFUND please", true),
            (" Refund ", "my refund", true),
            ("fund", "ReFuNd", true),
            ("refunds", "refund", false),
            ("", "anything", true),
            ("退款", "我要退款，谢谢", true),
            ("退货", "我要退款，谢谢", false),
            ("ÄRGER", "so ein ärger", true),
            ("ёлка", "ЁЛКА", true),
            ("a", "", false),
            ("é", "caf", false),
        ] {
            assert_eq!(found(needle, text), wanted, "{needle:?} in {text:?}");
        }
        assert_eq!(Needle::new(" 12 ").and_then(|n| n.number()), Some(12));
    }
}
