//! `attentive describe PATH`: what is in a data set, before anything is trained on it.

use super::check;
use super::data_source::{open_shown, shown};
use super::exit::{Exit, Failure};
use super::output::Output;
use super::text_table::{Align, table};
use crate::config::RunConfig;
use crate::data::{DataSummary, OpenOptions, summary};
use crate::preprocess::DataReport;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// A file, a folder or a built-in set such as builtin:fashion
    #[arg(value_name = "PATH")]
    path: String,
    /// The table's column or the field with the text (default: guessed)
    #[arg(long, value_name = "NAME", default_value = "")]
    text_column: String,
    /// The table's column or the field with the label (default: guessed)
    #[arg(long, value_name = "NAME", default_value = "")]
    label_column: String,
    /// The table's column or the field that says train, validation or test; none for no column
    /// (default: guessed)
    #[arg(long, value_name = "NAME", default_value = "")]
    split_column: String,
    /// The encoding of a text file, such as GB18030 (default: detected)
    #[arg(long, value_name = "NAME", default_value = "")]
    encoding: String,
    /// Look through it as before training: duplicates, leaks between splits, tokens
    #[arg(long)]
    check: bool,
    /// A setting that the check uses, such as text.length=64; may be given often
    #[arg(long, value_name = "KEY=VALUE", requires = "check")]
    set: Vec<String>,
    /// Print JSON, one line
    #[arg(long)]
    json: bool,
}

impl super::Run for Arguments {
    fn run(self, output: &mut Output) -> Result<Exit, Failure> {
        let options = OpenOptions {
            text_column: self.text_column,
            label_column: self.label_column,
            split_column: self.split_column,
            encoding: self.encoding,
            ..OpenOptions::default()
        };
        let mut config = RunConfig::default();
        for assignment in &self.set {
            config
                .apply(assignment)
                .map_err(|error| Failure::usage(format!("--set {assignment}: {error}")))?;
        }
        let mut data = open_shown(&self.path, &options)?;
        let mut report = None;
        if self.check {
            // Split as a run with these settings splits it.
            data.hold_out(config.data.validation_fraction, config.train.seed);
            report = Some(shown(|progress| DataReport::make(&data, &config, progress))?);
        }
        let summary = summary(&data);
        if self.json {
            let mut line = serde_json::to_value(&summary).unwrap_or_default();
            if let (Some(report), Some(fields)) = (&report, line.as_object_mut()) {
                fields.insert("check".to_owned(), check::as_json(report, &data, &config));
            }
            output.json(&line);
        } else {
            let mut all = lines(&summary);
            all.extend(report.iter().flat_map(|report| check::lines(report, &data, &config)));
            for line in all {
                output.line(&line);
            }
        }
        Ok(Exit::Done)
    }
}

/// The summary in words; shared with the beginning of `train`.
pub(super) fn headline(data: &DataSummary) -> String {
    let [train, validation, test] = data.split_counts;
    let mut parts = vec![format!("{train} training")];
    for (count, name) in [(validation, "validation"), (test, "test"), (data.unlabelled, "unlabelled")] {
        if count > 0 {
            parts.push(format!("{count} {name}"));
        }
    }
    format!("{} ({}): {} examples, {} classes", data.name, data.source, parts.join(", "), data.classes.len())
}

fn lines(data: &DataSummary) -> Vec<String> {
    let mut lines = vec![headline(data)];
    lines.push(format!("format       {}", data.format));
    if let Some([channels, height, width]) = data.image_shape {
        lines.push(format!("images       {width} x {height} pixels, {channels} channels"));
    }
    if let Some([shortest, median, longest]) = data.text_lengths {
        lines.push(format!("texts        {shortest} to {longest} characters, half of them under {median}"));
    }
    let reading = &data.reading;
    let columns =
        [("text", &reading.text_column), ("label", &reading.label_column), ("split", &reading.split_column)];
    let columns: Vec<String> = columns
        .iter()
        .filter(|(_, name)| !name.is_empty())
        .map(|(what, name)| format!("{what} '{name}'"))
        .collect();
    for (what, value) in [
        ("encoding", reading.encoding.clone()),
        ("delimiter", reading.delimiter.clone()),
        ("columns", columns.join(", ")),
    ] {
        if !value.is_empty() {
            lines.push(format!("{what:<13}{value}"));
        }
    }
    lines.push(format!("fingerprint  {}", data.fingerprint));
    lines.extend(data.notices.iter().map(|notice| format!("note         {notice}")));
    lines.push(String::new());
    let rows: Vec<Vec<String>> = data
        .classes
        .iter()
        .zip(&data.class_counts)
        .map(|(class, counts)| std::iter::once(class.clone()).chain(counts.map(|n| n.to_string())).collect())
        .collect();
    let heading = [
        ("class", Align::Left),
        ("training", Align::Right),
        ("validation", Align::Right),
        ("test", Align::Right),
    ];
    lines.extend(table(&heading, &rows));
    lines
}
