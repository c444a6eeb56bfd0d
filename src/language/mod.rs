//! What the window says, in the language of the person: one table of words.
//!
//! The English text is the key. A text that a person sees is written where it is shown as
//! `tr!("Open data")`, or with places as `tr!("{shown} of {all} samples", shown = a, all = b)`;
//! a text of a table (a setting's label, a panel's title) stays English in its row and goes
//! through [`tr_dynamic`] where it is shown; a text in a table of the window itself is marked
//! with `later!("…")` and goes through [`tr_dynamic`] too. The other language stands in
//! `assets/languages/zh.toml`, one line per text; `tests/it/language.rs` fails on a text
//! without its line, on a line without its text, and on a bare text in `src/ui`.
//!
//! Which language is spoken is a value of the thread, set by the window at the start of each
//! frame from State: two windows in one process may speak two languages. It refuses format
//! specifications (`{x:.1}`) in texts: a number is formatted before it is put in its place.

mod table;

use std::cell::Cell;
use std::fmt::Display;

pub use table::CHINESE_FILE;

/// A language that the window speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English, the language of the keys.
    #[default]
    English,
    /// Simplified Chinese.
    Chinese,
}

impl Language {
    /// All, in the order of the menu.
    pub const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// Its name in itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Chinese => "中文",
        }
    }

    /// The language of a POSIX locale such as `zh_CN.UTF-8`; English where it is another.
    pub fn of_locale(locale: &str) -> Self {
        if locale.to_ascii_lowercase().starts_with("zh") { Self::Chinese } else { Self::English }
    }
}

thread_local! {
    static SPOKEN: Cell<Language> = const { Cell::new(Language::English) };
}

/// From now on this thread speaks `language`.
pub fn speak(language: Language) {
    SPOKEN.set(language);
}

/// What this thread speaks.
pub fn spoken() -> Language {
    SPOKEN.get()
}

/// A text in the language spoken; itself where the table has no line for it.
pub fn tr_dynamic(english: &str) -> &str {
    line(english).unwrap_or(english)
}

/// The line of the table for a text; `None` when English is spoken or there is none.
pub fn line(english: &str) -> Option<&'static str> {
    match spoken() {
        Language::English => None,
        Language::Chinese => table::chinese(english),
    }
}

/// Puts each value in its place `{name}`; a place without a value stays.
pub fn fill(text: &str, values: &[(&str, &dyn Display)]) -> String {
    let mut filled = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        match values.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => filled.push_str(&value.to_string()),
            None => filled.extend(["{", name, "}"]),
        }
        rest = tail;
    }
    filled.push_str(rest);
    filled
}

/// Whether a text has places, which are in braces.
pub const fn has_places(text: &str) -> bool {
    has_byte(text, b'{') || has_byte(text, b'}')
}

/// Whether every place is a bare name: no `{x:.1}`, no `{}`, no `{{`.
pub const fn has_plain_places(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        if bytes[i] == b'{' {
            i += 1;
            let start = i;
            while i < bytes.len() && bytes[i] != b'}' {
                if !(bytes[i].is_ascii_lowercase() || bytes[i] == b'_') {
                    return false;
                }
                i += 1;
            }
            if i == bytes.len() || i == start {
                return false;
            }
        }
        i += 1;
    }
    true
}

const fn has_byte(text: &str, wanted: u8) -> bool {
    let bytes = text.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        if bytes[i] == wanted {
            return true;
        }
        i += 1;
    }
    false
}

/// A text that a person sees, in the language spoken: `tr!("Open data")` is a `&'static str`,
/// `tr!("{shown} of {all} samples", shown = a, all = b)` a `String`.
#[macro_export]
macro_rules! tr {
    ($text:literal $(,)?) => {{
        const { assert!(!$crate::language::has_places($text), "give a value for each place") };
        $crate::language::tr_dynamic($text)
    }};
    ($text:literal, $($name:ident = $value:expr),+ $(,)?) => {{
        const { assert!($crate::language::has_plain_places($text), "places are bare lower-case names") };
        match $crate::language::line($text) {
            None => format!($text, $($name = $value),+),
            Some(line) => {
                $crate::language::fill(line, &[$((stringify!($name), &$value as &dyn std::fmt::Display)),+])
            }
        }
    }};
}

/// A text that is put into the language spoken later, where it is shown, by [`tr_dynamic`].
#[macro_export]
macro_rules! later {
    ($text:literal) => {
        $text
    };
}

pub use crate::{later, tr};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thread_speaks_its_own_language() {
        speak(Language::Chinese);
        assert_eq!(tr!("Train"), "训练");
        let other = std::thread::spawn(|| tr!("Train")).join();
        assert!(other.is_ok_and(|text| text == "Train"));
        speak(Language::English);
        assert_eq!(tr!("Train"), "Train");
    }

    #[test]
    fn values_find_their_places_in_both_languages() {
        let say = || tr!("step {step} of {all}", step = 3, all = "12");
        assert_eq!(say(), "step 3 of 12");
        speak(Language::Chinese);
        assert_eq!(say(), "第 3 步，共 12 步");
        assert_eq!(tr_dynamic("no such text"), "no such text");
        speak(Language::English);
        assert_eq!(fill("{a}{b} {", &[("a", &1)]), "1{b} {");
    }

    #[test]
    fn the_locale_of_the_system_names_the_language() {
        assert_eq!(Language::of_locale("zh_CN.UTF-8"), Language::Chinese);
        assert_eq!(Language::of_locale("de_AT.UTF-8"), Language::English);
        assert_eq!(Language::of_locale(""), Language::English);
    }
}
