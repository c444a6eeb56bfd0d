//! The data sets that are compiled in, each with its card.

/// A built-in set: `builtin:NAME`.
pub struct Builtin {
    /// Name after `builtin:`.
    pub name: &'static str,
    /// Shown to a person.
    pub title: &'static str,
    /// One line: what it is.
    pub about: &'static str,
    /// The card (Markdown): source, licence, how it was made.
    pub card: &'static str,
}

/// All built-in sets.
pub static BUILTINS: &[Builtin] = &[];
