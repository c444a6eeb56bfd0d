//! The settings reference, written from the settings table: `docs/settings.md` is this text.

use crate::config::{Kind, SETTINGS, Scope, Setting, Value};

/// The whole page, in Markdown.
pub fn settings_reference() -> String {
    let mut page = String::from(
        "# Settings\n\n\
         Every setting of a run. In a TOML file the part before the dot is the section; on the command line\n\
         write `--set key=value`, which wins over the file. In the window each one is a widget in Settings.\n\
         This page is written from the settings table by `make settings`.\n",
    );
    let mut section = "";
    for row in SETTINGS {
        if row.section() != section {
            section = row.section();
            page.push_str(&format!("\n## `[{section}]`\n\n"));
            page.push_str("| key | default | values | what it does |\n|---|---|---|---|\n");
        }
        page.push_str(&format!(
            "| `{}` | {} | {} | {} |\n",
            row.key,
            default(row),
            values(row),
            about(row).replace('|', "\\|")
        ));
    }
    for row in SETTINGS {
        if let Kind::Choice(choices) = row.kind {
            page.push_str(&format!("\n### Values of `{}`\n\n", row.key));
            for choice in choices {
                page.push_str(&format!("- `{}`: {}. {}\n", choice.key, choice.label, choice.help));
            }
        }
    }
    page
}

fn default(row: &Setting) -> String {
    match row.default() {
        Value::Text(text) if text.is_empty() => "empty".to_owned(),
        value => format!("`{value}`"),
    }
}

/// The values that fit, short enough for a column.
pub(super) fn values(row: &Setting) -> String {
    let range = row.kind.expects();
    if row.unit.is_empty() { range } else { format!("{range}; {}", row.unit) }
}

fn about(row: &Setting) -> String {
    let scope = match row.scope {
        Scope::All => "",
        Scope::Image => " Images only.",
        Scope::Text => " Text only.",
    };
    let live = if row.live && !row.help.contains("while a run is going") {
        " May change while a run is going."
    } else {
        ""
    };
    format!("{}{scope}{live}", row.help)
}
