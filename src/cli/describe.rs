//! `attentive describe PATH`: what is in a data set, before anything is trained on it.

use super::data_source::open_shown;
use super::exit::{Exit, Failure};
use super::output::Output;
use super::text_table::{Align, table};
use crate::data::{DataSummary, OpenOptions, summary};

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
    /// Print JSON, one line
    #[arg(long)]
    json: bool,
}

impl super::Run for Arguments {
    fn run(self, output: &mut Output) -> Result<Exit, Failure> {
        let options = OpenOptions {
            text_column: self.text_column,
            label_column: self.label_column,
            ..OpenOptions::default()
        };
        let summary = summary(&open_shown(&self.path, &options)?);
        if self.json {
            output.json(&summary);
        } else {
            for line in lines(&summary) {
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
