//! `attentive fetch NAME`: brings a public data set to this computer. The only command that
//! goes to the network; what an earlier try brought is used.

use super::data_source::shown;
use super::exit::{Exit, Failure};
use super::output::Output;
use crate::data::catalogue::{PUBLIC_SETS, default_datasets_folder, fetch, public_set};
use serde_json::json;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// A public set, with or without `public:`; `attentive list datasets` shows them
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
    /// Print JSON, one line for each set
    #[arg(long)]
    json: bool,
}

impl super::Run for Arguments {
    fn run(self, output: &mut Output) -> Result<Exit, Failure> {
        let sets = self.names.iter().map(|name| public_set(name)).collect::<Result<Vec<_>, _>>();
        let sets = sets.map_err(|_| {
            let known: Vec<&str> = PUBLIC_SETS.iter().map(|set| set.name).collect();
            let wrong = self.names.iter().find(|name| public_set(name).is_err());
            Failure::usage(format!(
                "there is no public data set '{}'; choose one of {}",
                wrong.map_or("", String::as_str),
                known.join(", ")
            ))
        })?;
        let folder = default_datasets_folder();
        for set in sets {
            if !set.is_fetched(&folder) {
                output.message(&format!("{} ({}), licence: {}", set.title, size(set.bytes()), set.licence));
            }
            let place = shown(|progress| fetch(set, &folder, progress))?;
            if self.json {
                output.json(&json!({"event": "done", "source": set.source(), "path": place}));
            } else {
                output.line(&format!("{} lies in {}", set.title, place.display()));
                output.line(&format!("Look at it: attentive describe {}", set.source()));
            }
        }
        Ok(Exit::Done)
    }
}

/// A size in bytes as a person reads it.
pub(super) fn size(bytes: Option<u64>) -> String {
    match bytes {
        None => "size not stated".to_owned(),
        Some(bytes @ 0..1_000_000) => format!("{:.0} kB", (bytes as f64 / 1e3).ceil()),
        Some(bytes) => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}
