//! `attentive runs`: past runs, newest first.

use super::exit::{Exit, Failure};
use super::output::Output;
use super::text_table::{Align, shorten, table};
use crate::runs::{RunEntry, default_runs_folder, list_runs};
use serde_json::json;
use std::path::PathBuf;

/// Characters of a data set's name that are shown.
const NAME: usize = 30;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Folder with the runs (default: where `train` and the window keep them)
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Print JSON, one run a line
    #[arg(long)]
    json: bool,
}

impl super::Run for Arguments {
    fn run(self, output: &mut Output) -> Result<Exit, Failure> {
        if let Some(folder) = self.folder.as_ref().filter(|folder| !folder.is_dir()) {
            let text =
                "there is no such folder; give the folder that holds the runs, or none for the usual one";
            return Err(Failure::usage(format!("{}: {text}", folder.display())));
        }
        let folder = self.folder.unwrap_or_else(default_runs_folder);
        let catalogue = list_runs(&folder)?;
        for problem in &catalogue.problems {
            output.message(&format!("warning: {problem}"));
        }
        if self.json {
            for run in &catalogue.runs {
                output.json(&json!({
                    "run": run.folder, "name": run.name, "started": run.started, "data": run.data,
                    "step": run.step, "status": run.status.name(), "accuracy": run.accuracy,
                    "parameters": run.parameters, "parent": run.parent, "verified": run.verified,
                }));
            }
            return Ok(Exit::Done);
        }
        if catalogue.runs.is_empty() {
            output.message(&format!("No runs in {}; attentive train CONFIG makes one.", folder.display()));
            return Ok(Exit::Done);
        }
        output.message(&format!("Runs in {}", folder.display()));
        let right = |title| (title, Align::Right);
        let left = |title| (title, Align::Left);
        let heading = [
            left("run"),
            left("from"),
            left("started"),
            left("data"),
            left("status"),
            right("steps"),
            right("best accuracy"),
            right("parameters"),
            left("verified"),
        ];
        for line in table(&heading, &catalogue.runs.iter().map(cells).collect::<Vec<_>>()) {
            output.line(&line);
        }
        Ok(Exit::Done)
    }
}

fn cells(run: &RunEntry) -> Vec<String> {
    let started = i64::try_from(run.started).ok().and_then(|s| chrono::DateTime::from_timestamp(s, 0));
    let local = |at: chrono::DateTime<chrono::Utc>| at.with_timezone(&chrono::Local).format("%Y-%m-%d %H:%M");
    vec![
        run.name.clone(),
        run.parent.as_ref().map_or_else(|| "-".to_owned(), |p| format!("{}, step {}", p.run, p.step)),
        started.map_or_else(|| "?".to_owned(), |at| local(at).to_string()),
        shorten(&run.data, NAME),
        run.status.name().to_owned(),
        run.step.to_string(),
        run.accuracy.map_or_else(|| "-".to_owned(), |a| format!("{:.1} %", a * 100.0)),
        run.parameters.to_string(),
        run.verified.as_ref().map_or_else(
            || "-".to_owned(),
            |v| format!("steps {} to {}, {}", v.from_step + 1, v.to_step, v.version),
        ),
    ]
}
