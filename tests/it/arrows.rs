//! Reads `src/` and fails on what the map in `src/lib.rs` forbids. Each rule is one row
//! of RULES with a snippet that must break it and one that must not, so that a rule
//! which can no longer fail is itself a failure.

use std::path::Path;

/// Which rooms a room may name with `crate::`. `random` may be used by all.
const ARROWS: &[(&str, &[&str])] = &[
    ("config", &[]),
    ("random", &[]),
    ("language", &[]),
    ("data", &["config"]),
    ("ops", &[]),
    ("preprocess", &["config", "data"]),
    ("model", &["config", "ops"]),
    ("runs", &["config", "data"]),
    ("inspect", &["config", "data", "runs"]),
    ("train", &["config", "data", "preprocess", "ops", "model", "runs"]),
    ("worker", &["config", "data", "preprocess", "runs", "train"]),
    ("app", &["config", "data", "preprocess", "runs", "inspect", "train", "worker", "language"]),
    ("ui", &["config", "data", "preprocess", "runs", "inspect", "train", "worker", "app", "language"]),
    ("cli", &["config", "data", "preprocess", "model", "runs", "inspect", "train"]),
    ("lib", &[]),
    ("main", &["ui", "cli"]),
];

/// Crates that only some rooms may know, and the rooms.
const CRATES: &[(&[&str], &[&str])] = &[
    (&["egui", "eframe", "egui_plot", "egui_tiles", "egui_extras", "rfd"], &["ui"]),
    (&["candle_core", "candle_nn", "gemm"], &["ops", "model", "preprocess", "train"]),
    (&["crossbeam_channel"], &["worker", "ui", "cli"]),
    (&["clap", "indicatif", "ctrlc"], &["cli", "main"]),
];

const PRINTING: &[&str] = &["println!", "eprintln!", "print!", "eprint!", "dbg!"];
const MOST_LINES: usize = 600;

/// One source file, as the rules see it.
struct Source {
    /// Relative to `src/`, with forward slashes.
    path: String,
    /// As written.
    text: String,
    /// Without comments, strings and the unit tests at its end.
    code: String,
}

impl Source {
    fn new(path: &str, text: &str) -> Self {
        let shipped = text.split("#[cfg(test)]\nmod ").next().unwrap_or(text);
        Self { path: path.to_owned(), text: text.to_owned(), code: strip(shipped) }
    }

    /// The room: the first folder, or the file's own name.
    fn room(&self) -> &str {
        self.path.split('/').next().unwrap_or("").trim_end_matches(".rs")
    }

    /// `path:line: what`, for the byte `at` of `code` (which keeps the lines of `text`).
    fn at(&self, at: usize, what: &str) -> String {
        format!("src/{}:{}: {what}", self.path, self.code[..at].matches('\n').count() + 1)
    }

    /// Byte positions where `word` stands alone in the code.
    fn words<'a>(&'a self, word: &'a str) -> impl Iterator<Item = usize> + 'a {
        let part = |c: char| c.is_alphanumeric() || c == '_';
        self.code.match_indices(word).map(|(at, _)| at).filter(move |at| {
            !self.code[..*at].ends_with(part) && !self.code[at + word.len()..].starts_with(part)
        })
    }
}

/// A rule: what it demands, the check, and two made-up files that prove it.
struct Rule {
    demands: &'static str,
    check: fn(&Source) -> Vec<String>,
    breaks: (&'static str, &'static str),
    keeps: (&'static str, &'static str),
}

static RULES: &[Rule] = &[
    Rule {
        demands: "rooms name only the rooms below them",
        check: forbidden_rooms,
        breaks: ("data/split.rs", "//! x\nuse crate::{config::Value, train::{run, Control}};\n"),
        keeps: ("train/run.rs", "//! x\n// crate::ui\nuse crate::{data::Split, model::{Net, spec::ui}};\n"),
    },
    Rule {
        demands: "no path climbs out of its room with super",
        check: climbing,
        breaks: ("data/split.rs", "//! x\nuse super::super::train::run;\n"),
        keeps: ("data/formats/idx.rs", "//! x\nuse super::super::Dataset;\n"),
    },
    Rule {
        demands: "only ui knows egui and rfd; only ops, model, preprocess and train know candle",
        check: forbidden_crates,
        breaks: ("app/state.rs", "//! x\nfn f(ui: &mut egui::Ui) {}\n"),
        keeps: ("ops/gelu.rs", "//! x\nuse candle_core::Tensor; // egui\n"),
    },
    Rule {
        demands: "only cli and main print",
        check: printing,
        breaks: ("train/run.rs", "//! x\nfn f() { println!(\"step\"); }\n"),
        keeps: ("runs/log.rs", "//! x\nfn f() { writeln!(out, \"println!\"); }\n"),
    },
    Rule {
        demands: "every file opens with a //! header",
        check: headless,
        breaks: ("ops/gelu.rs", "use std::fmt;\n"),
        keeps: ("ops/gelu.rs", "//! The exact GELU.\nuse std::fmt;\n"),
    },
    Rule {
        demands: "no file has more than 600 lines",
        check: long,
        breaks: ("ops/gelu.rs", LONG),
        keeps: ("ops/gelu.rs", "//! x\n"),
    },
    Rule {
        demands: "unwrap and expect stand beside a comment that says why they cannot fail or never do",
        check: unwrapping,
        breaks: ("ops/gelu.rs", "//! x\nfn f() { x.unwrap(); }\n"),
        keeps: (
            "ops/gelu.rs",
            "//! x\nfn f() {\n    // Cannot fail: the slice has four bytes.\n    x.unwrap();\n}\n#[cfg(test)]\nmod tests { fn g() { x.unwrap(); } }\n",
        ),
    },
    Rule {
        demands: "unsafe stands only in ops, with its safety argument",
        check: unsafety,
        breaks: ("data/formats/idx.rs", "//! x\n// SAFETY: no\nfn f() { unsafe { g() } }\n"),
        keeps: ("ops/gelu.rs", "//! x\n// SAFETY: the length was checked.\nfn f() { unsafe { g() } }\n"),
    },
];

const LONG: &str = {
    const LINES: [u8; 2 * (MOST_LINES + 1)] = {
        let mut lines = [b'\n'; 2 * (MOST_LINES + 1)];
        lines[0] = b'/';
        lines[1] = b'/';
        lines[2] = b'!';
        lines
    };
    match std::str::from_utf8(&LINES) {
        Ok(text) => text,
        Err(_) => panic!("ASCII is UTF-8"),
    }
};

fn forbidden_rooms(file: &Source) -> Vec<String> {
    let Some((_, allowed)) = ARROWS.iter().find(|(room, _)| *room == file.room()) else {
        return vec![format!("src/{}: the room '{}' has no row in ARROWS", file.path, file.room())];
    };
    let mut found = Vec::new();
    // The binary names the library by its own name.
    for (root, at) in ["crate::", "attentive::"]
        .into_iter()
        .flat_map(|root| file.code.match_indices(root).map(move |(at, _)| (root, at)))
    {
        for room in first_names(&file.code[at + root.len()..]) {
            let known = ARROWS.iter().any(|(name, _)| *name == room);
            if known && room != file.room() && room != "random" && !allowed.contains(&room) {
                found.push(file.at(at, &format!("'{}' must not use '{room}'", file.room())));
            }
        }
    }
    found
}

/// The first path segments after `crate::`: one name, or those at the top of `{a::b, c}`.
fn first_names(rest: &str) -> Vec<&str> {
    fn name(text: &str) -> &str {
        let text = text.trim_start();
        &text[..text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())]
    }
    let Some(list) = rest.strip_prefix('{') else {
        return vec![name(rest)];
    };
    let (mut names, mut depth, mut start) = (Vec::new(), 0, 0);
    for (i, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                names.push(name(&list[start..i]));
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(name(&list[start..i]));
                start = i + 1;
            }
            _ => {}
        }
    }
    names
}

fn climbing(file: &Source) -> Vec<String> {
    let folders = file.path.matches('/').count();
    // room/mod.rs is one module deep, room/x.rs and room/sub/mod.rs two.
    let depth = if file.path.ends_with("/mod.rs") { folders } else { folders + 1 };
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = file.code[from..].find("super::").map(|i| i + from) {
        let mut climbs = 0;
        from = at;
        while file.code[from..].starts_with("super::") {
            climbs += 1;
            from += "super::".len();
        }
        if climbs >= depth {
            found.push(file.at(at, "this path leaves the room; write crate:: so that the arrow shows"));
        }
    }
    found
}

fn forbidden_crates(file: &Source) -> Vec<String> {
    let mut found = Vec::new();
    for (names, rooms) in CRATES {
        for name in names.iter().filter(|_| !rooms.contains(&file.room())) {
            let uses = file.words(name).filter(|at| {
                let before = file.code[..*at].trim_end();
                let after = &file.code[at + name.len()..];
                after.starts_with("::") || before.ends_with("use") || before.ends_with("extern crate")
            });
            found.extend(uses.map(|at| {
                file.at(at, &format!("'{}' must not know {name}; only {rooms:?} may", file.room()))
            }));
        }
    }
    found
}

fn printing(file: &Source) -> Vec<String> {
    if ["cli", "main"].contains(&file.room()) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for macro_name in PRINTING {
        let name = macro_name.trim_end_matches('!');
        let calls = file.words(name).filter(|at| file.code[at + name.len()..].starts_with('!'));
        found
            .extend(calls.map(|at| file.at(at, &format!("'{}' must not print ({macro_name})", file.room()))));
    }
    found
}

fn headless(file: &Source) -> Vec<String> {
    if file.text.starts_with("//!") {
        return Vec::new();
    }
    vec![format!("src/{}: begin with //! and say what the file is for and what it refuses", file.path)]
}

fn long(file: &Source) -> Vec<String> {
    let lines = file.text.lines().count();
    if lines <= MOST_LINES {
        return Vec::new();
    }
    vec![format!("src/{}: {lines} lines; cut it by purpose (aim at 150, at most {MOST_LINES})", file.path)]
}

fn unwrapping(file: &Source) -> Vec<String> {
    let lines: Vec<&str> = file.text.lines().collect();
    let explained = |line: usize| {
        lines[line.saturating_sub(3)..=line].iter().any(|l| {
            l.split_once("//").is_some_and(|(_, comment)| {
                let comment = comment.to_lowercase();
                comment.contains("cannot") || comment.contains("never")
            })
        })
    };
    let mut found = Vec::new();
    if file.path.ends_with("/tests.rs") {
        return found;
    }
    for call in [".unwrap()", ".expect("] {
        for (at, _) in file.code.match_indices(call) {
            let line = file.code[..at].matches('\n').count();
            if !explained(line) {
                found.push(file.at(at, &format!("{call} without a comment that says why it cannot fail")));
            }
        }
    }
    found
}

fn unsafety(file: &Source) -> Vec<String> {
    let lines: Vec<&str> = file.text.lines().collect();
    let mut found = Vec::new();
    for at in file.words("unsafe") {
        let line = file.code[..at].matches('\n').count();
        let argued = lines[line.saturating_sub(12)..=line]
            .iter()
            .any(|l| l.contains("SAFETY:") || l.contains("# Safety"));
        if file.room() != "ops" {
            found.push(file.at(at, "unsafe outside src/ops"));
        } else if !argued {
            found.push(file.at(at, "unsafe without // SAFETY: or a # Safety section"));
        }
    }
    found
}

/// The code without comments, strings and character literals, each replaced by nothing
/// but its line breaks.
fn strip(text: &str) -> String {
    let bytes: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut i = 0;
    let starts = |i: usize, what: &str| what.chars().enumerate().all(|(k, c)| bytes.get(i + k) == Some(&c));
    while i < bytes.len() {
        let before = i.checked_sub(1).map(|p| bytes[p]);
        let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
        if starts(i, "//") {
            while i < bytes.len() && bytes[i] != '\n' {
                i += 1;
            }
        } else if starts(i, "/*") {
            let mut depth = 0;
            while i < bytes.len() {
                if starts(i, "/*") {
                    depth += 1;
                    i += 2;
                } else if starts(i, "*/") {
                    depth -= 1;
                    i += 2;
                    if depth == 0 {
                        break;
                    }
                } else {
                    out.extend((bytes[i] == '\n').then_some('\n'));
                    i += 1;
                }
            }
        } else if bytes[i] == '"' {
            i += 1;
            while i < bytes.len() && bytes[i] != '"' {
                i += if bytes[i] == '\\' { 1 } else { 0 };
                out.extend((bytes.get(i) == Some(&'\n')).then_some('\n'));
                i += 1;
            }
            i += 1;
        } else if bytes[i] == 'r' && !in_word && (starts(i, "r\"") || starts(i, "r#\"") || starts(i, "r##\""))
        {
            let hashes = bytes[i + 1..].iter().take_while(|c| **c == '#').count();
            let end = format!("\"{}", "#".repeat(hashes));
            i += 2 + hashes;
            while i < bytes.len() && !starts(i, &end) {
                out.extend((bytes[i] == '\n').then_some('\n'));
                i += 1;
            }
            i += end.len();
        } else if bytes[i] == '\'' && (bytes.get(i + 1) == Some(&'\\') || bytes.get(i + 2) == Some(&'\'')) {
            // A character literal, not a lifetime.
            i += if bytes.get(i + 1) == Some(&'\\') { 3 } else { 2 };
            while i < bytes.len() && bytes[i] != '\'' {
                i += 1;
            }
            i += 1;
        } else {
            out.push(bytes[i]);
            i += 1;
        }
    }
    out
}

fn sources() -> Vec<Source> {
    fn walk(folder: &Path, root: &Path, out: &mut Vec<Source>) {
        for entry in std::fs::read_dir(folder).expect("src can be read") {
            let path = entry.expect("src can be read").path();
            if path.is_dir() {
                walk(&path, root, out);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let relative =
                    path.strip_prefix(root).expect("below src").to_string_lossy().replace('\\', "/");
                out.push(Source::new(&relative, &std::fs::read_to_string(&path).expect("UTF-8")));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut out = Vec::new();
    walk(&root, &root, &mut out);
    out.sort_by(|a, b| a.path.cmp(&b.path));
    out
}

#[test]
fn the_sources_keep_every_rule() {
    let files = sources();
    assert!(files.len() > 30, "only {} files were found", files.len());
    let mut broken = Vec::new();
    for rule in RULES {
        for fault in files.iter().flat_map(rule.check) {
            broken.push(format!("{fault}\n    rule: {}", rule.demands));
        }
    }
    assert!(broken.is_empty(), "{} faults\n{}", broken.len(), broken.join("\n"));
}

#[test]
fn each_rule_can_fail_and_can_pass() {
    for rule in RULES {
        let (path, text) = rule.breaks;
        assert!(
            !(rule.check)(&Source::new(path, text)).is_empty(),
            "'{}' does not catch\n{text}",
            rule.demands
        );
        let (path, text) = rule.keeps;
        assert_eq!((rule.check)(&Source::new(path, text)), Vec::<String>::new(), "'{}'", rule.demands);
    }
}

#[test]
fn every_room_of_the_map_has_a_row_and_the_arrows_make_no_circle() {
    for file in sources() {
        assert!(ARROWS.iter().any(|(room, _)| *room == file.room()), "no row for src/{}", file.path);
    }
    // The rows stand in an order in which each names only rooms above it.
    let position = |room: &str| ARROWS.iter().position(|(name, _)| *name == room).expect("a known room");
    for (room, allowed) in ARROWS.iter().filter(|(room, _)| *room != "main") {
        for other in *allowed {
            assert!(position(other) < position(room), "'{room}' and '{other}' stand in the wrong order");
        }
    }
}

#[test]
fn comments_and_strings_are_not_code() {
    let stripped = strip("a /* b /* c */ d */ \"e\\\"f\" r#\"g\"h\"# 'i' '\\'' &'j k // l\nm");
    assert_eq!(stripped.split_whitespace().collect::<Vec<_>>(), ["a", "&'j", "k", "m"]);
}
