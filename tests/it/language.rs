//! Tests of the table of words: every text that a person sees has its line in each language,
//! every line has its text, places agree, and no text in `src/ui` bypasses the table.
//! `ATTENTIVE_UPDATE_DOCS=1` writes the table anew: sorted, with an empty line for each text
//! that lacks one, without those that nothing says.

use attentive::config::{Kind, PRESETS, SETTINGS};
use attentive::data::builtin::BUILTINS;
use attentive::data::catalogue::PUBLIC_SETS;
use attentive::data::{FORMATS, Split};
use attentive::language::{CHINESE_FILE, Language, speak, tr_dynamic};
use attentive::train::SALIENCY_METHODS;
use attentive::train::metrics::METRICS;
use attentive::ui::COMMANDS;
use attentive::ui::panels::PANELS;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Texts of tables that are put into the language spoken where they are shown. A table with
/// texts for a person gets its line here.
fn tables() -> BTreeSet<String> {
    let mut texts: Vec<&str> = Vec::new();
    for row in SETTINGS {
        texts.extend([row.label, row.help, row.unit]);
        if let Kind::Choice(choices) = row.kind {
            texts.extend(choices.iter().flat_map(|c| [c.label, c.help]));
        }
    }
    texts.extend(PRESETS.iter().flat_map(|p| [p.label, p.about]));
    texts.extend(PANELS.iter().flat_map(|p| [p.title, p.help]));
    texts.extend(SALIENCY_METHODS.iter().map(|m| m.help));
    texts.extend(METRICS.iter().flat_map(|m| [m.label, m.unit, m.about]));
    texts.extend(COMMANDS.iter().flat_map(|c| [c.label, c.help]));
    texts.extend(FORMATS.iter().map(|f| f.about));
    texts.extend(BUILTINS.iter().flat_map(|b| [b.title, b.about]));
    texts.extend(PUBLIC_SETS.iter().flat_map(|p| [p.title, p.about, p.licence]));
    texts.extend([Split::Train, Split::Validation, Split::Test].map(Split::name));
    texts.extend(BELOW);
    texts.into_iter().filter(|t| t.chars().any(char::is_alphabetic)).map(str::to_owned).collect()
}

/// Words that the rooms below hand up: states of a run, stages of a job.
const BELOW: &[&str] = &[
    "finished",
    "stopped",
    "failed",
    "running",
    "cut off",
    "Reading images",
    "Measuring images",
    "Listing pictures",
    "Measuring pictures",
    "Reading pictures",
    "Resizing images",
    "Arranging pictures",
    "Learning tokens",
    "Counting words",
    "Counting tokens",
    "Comparing samples",
    "Looking for near duplicates",
    "Comparing near duplicates",
    "Fetching",
    "Checking",
    "Unpacking",
    "Arranging",
    "Saving",
    "Measuring the speed",
    "Evaluating",
    "Evaluating the test examples",
    "Looking for pictures",
    "Learning the baseline",
    "naive Bayes",
    "softmax regression",
    "Predicting",
    "the loss",
    "the gradient",
    "a weight or the optimizer's state",
    "Replaying",
];

/// Rooms whose texts go through the table.
const SPEAKING: &[&str] = &["ui", "app"];
/// Files whose texts go to the terminal, because there is no window.
const WITHOUT_WINDOW: &[&str] = &["ui/launch.rs"];
/// What may stand before a literal that nobody sees.
const UNSEEN: &[&str] = &[
    "id_salt(",
    "Id::new(",
    "Id::unique(",
    "Panel::top(",
    "Panel::bottom(",
    "Panel::left(",
    "Panel::right(",
    "Plot::new(",
    "Window::new(", // With `.title(…)` or without one.
    "load_texture(",
    ".with(",
    "expect(",
    "starts_with(",
    "strip_prefix(",
    "contains(",
];
/// Calls whose literal a person sees, however short it is.
const SEEN: &[&str] = &[
    "label(",
    "button(",
    "heading(",
    "weak(",
    "strong(",
    "small(",
    "monospace(",
    "hyperlink(",
    "link(",
    "on_hover_text(",
    "on_disabled_hover_text(",
    "hint_text(",
    "selected_text(",
    "RichText::new(",
    "Button::new(",
    "Label::new(",
    "prefix(",
    "suffix(",
    "alt_text(",
];
/// Names that are the same in every language.
const NAMES: &[&str] = &["Attentive", "Language / 语言"];

/// A string literal of a source file.
struct Literal {
    text: String,
    /// Code before it, without white space at its end.
    before: String,
    /// Whether it is a pattern of a match.
    pattern: bool,
    line: usize,
}

impl Literal {
    fn is_spoken(&self) -> bool {
        ["tr!(", "later!("].iter().any(|call| {
            let rest = self.before.strip_suffix(call);
            rest.is_some_and(|rest| !rest.ends_with(|c: char| c.is_alphanumeric() || c == '_'))
        })
    }

    /// Whether a person would read this, and it bypasses the table.
    fn is_bare(&self, file: &str) -> bool {
        let row_of_a_table = ["title:", "help:", "label:"].iter().any(|f| self.before.ends_with(f))
            && (file.ends_with("commands.rs") || file.ends_with("panels/mod.rs"));
        if self.is_spoken()
            || row_of_a_table
            || self.pattern
            || NAMES.contains(&self.text.as_str())
            || UNSEEN.iter().any(|call| self.before.ends_with(call))
            || self.before.ends_with("#[error(")
        {
            return false;
        }
        let words = without_places(&self.text);
        let alphabetic = words.chars().any(|c| c.is_ascii_alphabetic());
        let sentence =
            words.as_bytes().windows(2).any(|w| w[0].is_ascii_uppercase() && w[1].is_ascii_lowercase())
                && words.chars().next().is_some_and(|c| c.is_ascii_uppercase());
        let two = words
            .split(char::is_whitespace)
            .filter(|w| w.len() >= 2 && w.chars().all(|c| c.is_ascii_alphabetic() || ",.;:…".contains(c)))
            .count()
            >= 2;
        let seen = alphabetic && SEEN.iter().any(|call| self.before.ends_with(call));
        sentence || two || seen
    }
}

fn without_places(text: &str) -> String {
    let mut words = String::new();
    let mut depth = 0;
    for c in text.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            c if depth == 0 => words.push(c),
            _ => {}
        }
    }
    words
}

/// The literals of a file, its unit tests and comments left out.
fn literals(source: &str) -> Vec<Literal> {
    let shipped = source.split("#[cfg(test)]\nmod ").next().unwrap_or(source);
    let chars: Vec<char> = shipped.chars().collect();
    let (mut found, mut code, mut line, mut i) = (Vec::new(), String::new(), 1, 0);
    while let Some(&c) = chars.get(i) {
        let next = chars.get(i + 1).copied();
        match c {
            '/' if next == Some('/') => {
                while chars.get(i).is_some_and(|c| *c != '\n') {
                    i += 1;
                }
                continue;
            }
            // A quoted character, not a lifetime.
            '\'' if next == Some('\\') => {
                i += 2;
                while chars.get(i + 1).is_some_and(|c| *c != '\'') {
                    i += 1;
                }
                i += 1;
            }
            '\'' if chars.get(i + 2) == Some(&'\'') => i += 2,
            '"' if code.ends_with('r') || code.ends_with("r#") => {
                let raw = code.ends_with('#');
                i += 1;
                while !(chars.get(i) == Some(&'"') && (!raw || chars.get(i + 1) == Some(&'#'))) {
                    line += usize::from(chars.get(i) == Some(&'\n'));
                    i += 1;
                }
            }
            '"' => {
                let (text, end) = literal(&chars, i + 1);
                let before = code.trim_end().to_owned();
                let from = before.char_indices().rev().nth(60).map_or(0, |(at, _)| at);
                let after: String = chars[end + 1..].iter().take(4).collect();
                let pattern = after.trim_start().starts_with("=>");
                found.push(Literal { text, before: before[from..].to_owned(), pattern, line });
                line += chars[i..end].iter().filter(|c| **c == '\n').count();
                i = end;
                code.push('"');
            }
            c => {
                line += usize::from(c == '\n');
                code.push(c);
            }
        }
        i += 1;
    }
    found
}

/// The literal that begins at `start`, as the compiler reads it, and where its quote closes.
fn literal(chars: &[char], start: usize) -> (String, usize) {
    let (mut text, mut i) = (String::new(), start);
    loop {
        match (chars[i], chars.get(i + 1).copied()) {
            ('"', _) => return (text, i),
            ('\\', Some('\n')) => {
                while chars[i + 1].is_whitespace() {
                    i += 1;
                }
            }
            ('\\', Some('u')) => {
                let close = chars[i..].iter().position(|c| *c == '}').expect("closed") + i;
                let hex: String = chars[i + 3..close].iter().collect();
                text.push(u32::from_str_radix(&hex, 16).ok().and_then(char::from_u32).expect("a character"));
                i = close;
            }
            ('\\', Some(c)) => {
                text.push(match c {
                    'n' => '\n',
                    't' => '\t',
                    other => other,
                });
                i += 1;
            }
            (c, _) => text.push(c),
        }
        i += 1;
    }
}

/// All source files of the speaking rooms, with their paths below `src/`.
fn sources() -> Vec<(String, String)> {
    fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("readable") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                walk(&path, files);
            } else if path.extension().is_some_and(|e| e == "rs") {
                files.push(path);
            }
        }
    }
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    SPEAKING.iter().for_each(|room| walk(&src.join(room), &mut files));
    files.sort();
    let name = |path: &Path| path.strip_prefix(&src).expect("below").to_string_lossy().replace('\\', "/");
    files.iter().map(|p| (name(p), std::fs::read_to_string(p).expect("readable"))).collect()
}

/// Everything that the window can say, with a place where it says so.
fn said() -> BTreeMap<String, String> {
    let mut said: BTreeMap<String, String> =
        tables().into_iter().map(|t| (t, "a table".to_owned())).collect();
    for (file, source) in sources() {
        for literal in literals(&source).into_iter().filter(Literal::is_spoken) {
            said.entry(literal.text).or_insert(format!("src/{file}:{}", literal.line));
        }
    }
    said
}

fn table() -> BTreeMap<String, String> {
    toml::from_str(CHINESE_FILE).expect("assets/languages/zh.toml is TOML without doubles")
}

fn places(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}

/// A TOML string on one line.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\u{a0}' => quoted.push_str("\\u00A0"),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

/// Writes the table anew where that is wished.
fn update(said: &BTreeMap<String, String>, lines: &BTreeMap<String, String>) {
    if std::env::var_os("ATTENTIVE_UPDATE_DOCS").is_none() {
        return;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/languages/zh.toml");
    let mut text: String = CHINESE_FILE
        .lines()
        .take_while(|l| l.starts_with('#') || l.is_empty())
        .map(|l| format!("{l}\n"))
        .collect();
    for key in said.keys() {
        let line = lines.get(key).map_or("", String::as_str);
        text += &format!("{} = {}\n", quoted(key), quoted(line));
    }
    std::fs::write(path, text).expect("writable");
}

#[test]
fn every_text_has_its_chinese_line_and_every_line_its_text() {
    let (said, lines) = (said(), table());
    update(&said, &lines);
    let mut faults = Vec::new();
    for (text, place) in &said {
        match lines.get(text) {
            None => {
                faults.push(format!("{place}: add to assets/languages/zh.toml: {} = \"…\"", quoted(text)))
            }
            Some(line) if line.trim().is_empty() => {
                faults.push(format!("{place}: {} is empty", quoted(text)))
            }
            Some(line) if places(line) != places(text) => {
                faults.push(format!("{place}: other places in {} and {}", quoted(text), quoted(line)));
            }
            Some(_) => {}
        }
    }
    let unused = lines.keys().filter(|text| !said.contains_key(*text));
    faults.extend(unused.map(|text| format!("assets/languages/zh.toml: nothing says {}", quoted(text))));
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn no_text_in_the_window_bypasses_the_table() {
    let mut faults = Vec::new();
    for (file, source) in sources() {
        if !file.starts_with("ui/") || WITHOUT_WINDOW.contains(&file.as_str()) {
            continue;
        }
        for literal in literals(&source).iter().filter(|l| l.is_bare(&file)) {
            faults.push(format!("src/{file}:{}: write tr!({:?}, …)", literal.line, literal.text));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn the_reader_of_sources_finds_what_a_person_sees() {
    let source = "//! \"not this\"\nfn f() {\n    ui.label(\"ok\");\n    ui.button(tr!(\n        \"Open data\"\n    ));\n    \
                  let c = '\"'; let a = \"two words\\u{a0}here\";\n    x.id_salt(\"not seen\"); match z { \"cut off\" => 1 }\n    y(\"step \\\n   {n}\");\n    \
                  Kind::New(\"Word\")\n}\n#[cfg(test)]\nmod tests { \"Never this\" }";
    let found = literals(source);
    let texts: Vec<&str> = found.iter().map(|l| l.text.as_str()).collect();
    assert_eq!(texts, ["ok", "Open data", "two words\u{a0}here", "not seen", "cut off", "step {n}", "Word"]);
    assert_eq!(found.iter().map(|l| l.line).collect::<Vec<_>>(), [3, 5, 7, 8, 8, 9, 11]);
    let bare: Vec<&str> = found.iter().filter(|l| l.is_bare("ui/x.rs")).map(|l| l.text.as_str()).collect();
    assert_eq!(bare, ["ok", "two words\u{a0}here", "Word"]);
    assert!(found[1].is_spoken());
}

#[test]
fn a_table_row_is_shown_in_the_language_of_the_thread() {
    speak(Language::Chinese);
    let titles: Vec<&str> = PANELS.iter().map(|p| tr_dynamic(p.title)).collect();
    speak(Language::English);
    assert!(titles.iter().all(|title| !title.is_ascii()), "{titles:?}");
    assert_eq!(tr_dynamic("Data"), "Data");
}
