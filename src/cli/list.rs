//! `attentive list WHAT`: the tables of the program, printed.

use super::exit::{Exit, Failure};
use super::fetch::size;
use super::output::Output;
use super::reference::values;
use super::text_table::{Align, table};
use crate::config::{PRESETS, Preset, SETTINGS, Scope};
use crate::data::catalogue::{PUBLIC_SETS, PublicSet, default_datasets_folder};
use crate::data::{FORMATS, builtin::BUILTINS};
use crate::train::metrics::{Direction, METRICS, Metric};
use serde_json::{Value, json};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Which table
    #[arg(value_enum)]
    what: What,
    /// Print JSON, one row a line
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum What {
    /// File formats that can be opened
    Formats,
    /// Kinds of models
    Models,
    /// Sizes of models for `attentive train --preset`
    Presets,
    /// Everything that can be set, with its range and default
    Settings,
    /// What is measured, with its unit and direction
    Metrics,
    /// Built-in data sets, and public ones that can be fetched
    Datasets,
}

/// A table: the heading, rows of cells, and the rows as JSON.
struct Listing {
    heading: &'static [&'static str],
    rows: Vec<(Vec<String>, Value)>,
}

impl super::Run for Arguments {
    fn run(self, output: &mut Output) -> Result<Exit, Failure> {
        let listing = match self.what {
            What::Formats => formats(),
            What::Models => models(),
            What::Presets => presets(),
            What::Settings => settings(),
            What::Metrics => metrics(),
            What::Datasets => datasets(),
        };
        if self.json {
            for (_, row) in &listing.rows {
                output.json(row);
            }
        } else {
            let heading: Vec<_> = listing.heading.iter().map(|title| (*title, Align::Left)).collect();
            let rows: Vec<Vec<String>> = listing.rows.into_iter().map(|(cells, _)| cells).collect();
            for line in table(&heading, &rows) {
                output.line(&line);
            }
        }
        Ok(Exit::Done)
    }
}

fn texts(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

fn formats() -> Listing {
    let row = |format: &crate::data::formats::Format| {
        (
            texts(&[format.name, format.about]),
            json!({"name": format.name, "about": format.about, "extensions": format.extensions}),
        )
    };
    Listing { heading: &["format", "what it is"], rows: FORMATS.iter().map(row).collect() }
}

/// The data decide which one is built; the settings give its size.
fn models() -> Listing {
    let rows = [
        (
            "vision transformer",
            "image",
            "Square patches, pre- or post-norm blocks, pooling by class token, mean, attention or last patch, a linear head",
        ),
        (
            "text encoder",
            "text",
            "Token embeddings, pre- or post-norm blocks in which every token sees all others, as BERT; pooling by class token, mean, attention or last token, a linear head",
        ),
        (
            "text decoder",
            "text",
            "The same with causal attention (model.kind = decoder), as GPT: a token sees only those before it; pooled by the last token or a class token at the end",
        ),
    ];
    let row = |(name, data, about): (&str, &str, &str)| {
        let fits = |scope: Scope| match scope {
            Scope::All => true,
            Scope::Image => data == "image",
            Scope::Text => data == "text",
        };
        let shaped = SETTINGS.iter().filter(|s| ["model", "text"].contains(&s.section()) && fits(s.scope));
        let settings: Vec<&str> = shaped.map(|s| s.key).collect();
        (
            texts(&[name, data, about]),
            json!({"name": name, "data": data, "about": about, "settings": settings}),
        )
    };
    Listing { heading: &["model", "data", "what it is"], rows: rows.into_iter().map(row).collect() }
}

fn presets() -> Listing {
    let row = |preset: &Preset| {
        let sets: Vec<String> = preset.values.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let values: serde_json::Map<String, Value> =
            preset.values.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
        (
            texts(&[preset.name, &sets.join(" "), preset.about]),
            json!({"name": preset.name, "label": preset.label, "about": preset.about, "values": values}),
        )
    };
    Listing {
        heading: &["preset", "what it sets", "what it is for"],
        rows: PRESETS.iter().map(row).collect(),
    }
}

fn metrics() -> Listing {
    let row = |metric: &Metric| {
        let better = match metric.direction {
            Direction::Higher => "higher",
            Direction::Lower => "lower",
            Direction::Neutral => "neither",
        };
        (
            texts(&[metric.name, metric.unit, better, metric.about]),
            json!({
                "name": metric.name, "label": metric.label, "unit": metric.unit, "better": better,
                "about": metric.about,
            }),
        )
    };
    Listing { heading: &["metric", "unit", "better", "what it is"], rows: METRICS.iter().map(row).collect() }
}

fn datasets() -> Listing {
    let row = |set: &crate::data::builtin::Builtin| {
        let source = format!("builtin:{}", set.name);
        (
            texts(&[&source, set.title, "built in", "", "see its card", set.about]),
            json!({"source": source, "title": set.title, "about": set.about, "card": set.card}),
        )
    };
    let folder = default_datasets_folder();
    let public = |set: &PublicSet| {
        let (source, fetched) = (set.source(), set.is_fetched(&folder));
        let here = if fetched { "here" } else { "to be fetched" };
        (
            texts(&[&source, set.title, here, &size(set.bytes()), set.licence, set.about]),
            json!({
                "source": source, "title": set.title, "about": set.about, "licence": set.licence,
                "bytes": set.bytes(), "fetched": fetched, "page": set.page, "citation": set.citation,
                "files": set.files.iter().map(|file| json!({
                    "name": file.name, "addresses": file.addresses, "bytes": file.bytes,
                    "hash": format!("{} {}", file.hash.kind(), file.hash.digits()),
                })).collect::<Vec<_>>(),
            }),
        )
    };
    Listing {
        heading: &["data.source", "name", "where", "size", "licence", "what it is"],
        rows: BUILTINS.iter().map(row).chain(PUBLIC_SETS.iter().map(public)).collect(),
    }
}

fn settings() -> Listing {
    let row = |row: &crate::config::Setting| {
        let scope = match row.scope {
            Scope::All => "all",
            Scope::Image => "image",
            Scope::Text => "text",
        };
        let default = row.default();
        (
            vec![row.key.to_owned(), default.to_string(), values(row), row.help.to_owned()],
            json!({
                "key": row.key, "label": row.label, "help": row.help, "unit": row.unit, "scope": scope,
                "default": default, "values": row.kind.expects(), "live": row.live,
            }),
        )
    };
    Listing {
        heading: &["key", "default", "values", "what it does"],
        rows: SETTINGS.iter().map(row).collect(),
    }
}
