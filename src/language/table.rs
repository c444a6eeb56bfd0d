//! The table of words: read once from the file that is compiled in. It knows no window.

use std::collections::HashMap;
use std::sync::LazyLock;

/// The Chinese lines: `"English" = "中文"`, sorted by the English.
pub const CHINESE_FILE: &str = include_str!("../../assets/languages/zh.toml");

/// A damaged table would be English throughout; a test reads the file.
static CHINESE: LazyLock<HashMap<String, String>> =
    LazyLock::new(|| toml::from_str(CHINESE_FILE).unwrap_or_default());

/// The Chinese line for an English text.
pub fn chinese(english: &str) -> Option<&'static str> {
    CHINESE.get(english).map(String::as_str)
}
