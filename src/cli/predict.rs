//! `attentive predict RUN ...`: class probabilities of examples from outside. An example
//! that cannot be read is named and does not keep the others from being predicted. With
//! `--out` the answers become a CSV file instead of lines on the terminal.

use super::data_source::shown;
use super::exit::{Exit, Failure};
use super::output::Output;
use super::signal::CtrlC;
use super::text_table::{Align, shorten, table};
use crate::data::OpenOptions;
use crate::preprocess::RawInput;
use crate::train::{Outside, Predictor, TrainError};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// Examples predicted at a time.
const GROUP: usize = 256;
/// Characters of an example that are shown.
const NAME: usize = 60;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Run folder; `attentive runs` lists them
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Pictures, folders of pictures, tables or other data files
    #[arg(value_name = "FILE|FOLDER|CSV", required_unless_present = "text")]
    paths: Vec<PathBuf>,
    /// A text to predict; may be given often
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    text: Vec<String>,
    /// The table's column or the field with the text (default: as in the run, else guessed)
    #[arg(long, value_name = "NAME")]
    text_column: Option<String>,
    /// Write the predictions of one folder or table to this CSV file: path or row, prediction,
    /// probability, then the probability of each class
    #[arg(long, value_name = "FILE.csv", conflicts_with = "text")]
    out: Option<PathBuf>,
    /// Print one prediction a line as JSON, and "done" at the end
    #[arg(long)]
    json: bool,
}

/// What came out for one example: a probability for each class, or why there is none.
type Answer = Result<Vec<f32>, String>;

impl super::Run for Arguments {
    fn run(self, output: &mut Output) -> Result<Exit, Failure> {
        let predictor = Predictor::open(&self.run)?;
        let mut options = predictor.open_options();
        if let Some(column) = &self.text_column {
            options.text_column.clone_from(column);
        }
        if let Some(out) = &self.out {
            return self.to_file(&predictor, &options, out, output);
        }
        let texts = self.text.iter().map(|text| (text.clone(), Ok(RawInput::Text(text.clone()))));
        let mut groups: Vec<Vec<(String, Result<RawInput, String>)>> = vec![texts.collect()];
        for path in &self.paths {
            let examples = shown(|progress| Outside::open(path, &options, progress))?;
            let read = |index| (examples.name(index), examples.read(index));
            let all: Vec<usize> = (0..examples.len()).collect();
            groups.extend(all.chunks(GROUP).map(|part| part.iter().map(|index| read(*index)).collect()));
        }
        let (mut predicted, mut failed, mut rows) = (0u64, 0u64, Vec::new());
        for group in groups {
            let (names, inputs): (Vec<String>, Vec<_>) = group.into_iter().unzip();
            for (name, answer) in names.into_iter().zip(predictor.answers(inputs)) {
                match &answer {
                    Ok(_) => predicted += 1,
                    Err(reason) => {
                        failed += 1;
                        output.message(&format!("error: {}", located(&name, reason)));
                    }
                }
                if self.json {
                    output.json(&event(&predictor, &name, &answer));
                } else if let Ok(probabilities) = answer {
                    rows.push(cells(&predictor, &name, &probabilities));
                }
            }
        }
        if self.json {
            output.json(&json!({
                "event": "done",
                "outcome": if failed == 0 { "finished" } else { "failed" },
                "step": predictor.step(), "predicted": predicted, "failed": failed,
            }));
        } else {
            let heading = [
                ("example", Align::Left),
                ("class", Align::Left),
                ("probability", Align::Right),
                ("next", Align::Left),
            ];
            for line in table(&heading, &rows) {
                output.line(&line);
            }
        }
        Ok(if failed == 0 { Exit::Done } else { Exit::Failed })
    }
}

impl Arguments {
    /// Writes the CSV file.
    fn to_file(
        &self,
        predictor: &Predictor,
        options: &OpenOptions,
        out: &Path,
        output: &mut Output,
    ) -> Result<Exit, Failure> {
        let [source] = &self.paths[..] else {
            return Err(Failure::usage(
                "--out takes one folder or table; name one, or call it once for each",
            ));
        };
        let (_, refused) = CtrlC::listen_saying("Stopping; no file is written.");
        if let Some(reason) = refused {
            output.message(&reason);
        }
        let written = shown(|progress| {
            let progress = |stage, done, total| !CtrlC::came() && progress(stage, done, total);
            predictor.predict_to_csv(source, options, out, &progress).map_err(|error| match error {
                TrainError::Cancelled => Failure {
                    exit: Exit::Interrupted,
                    text: format!("stopped; {} was not written", out.display()),
                },
                other => other.into(),
            })
        })?;
        let (predicted, failed) = (written.rows - written.failed, written.failed);
        if self.json {
            output.json(&json!({
                "event": "done", "outcome": if failed == 0 { "finished" } else { "failed" },
                "step": predictor.step(), "predicted": predicted, "failed": failed, "out": out,
            }));
        } else {
            output.line(&format!("Wrote the predictions of {} examples to {}", written.rows, out.display()));
        }
        if failed > 0 {
            output.message(&format!("error: {failed} could not be predicted; the last column says why"));
        }
        Ok(if failed == 0 { Exit::Done } else { Exit::Failed })
    }
}

/// The reason with the example's name, unless it names it already.
fn located(name: &str, reason: &str) -> String {
    if reason.starts_with(name) { reason.to_owned() } else { format!("{}: {reason}", shorten(name, NAME)) }
}

/// Classes with their probabilities, the most probable first.
fn ranked<'a>(predictor: &'a Predictor, probabilities: &[f32]) -> Vec<(&'a str, f32)> {
    let classes = predictor.classes().iter().map(String::as_str);
    let mut ranked: Vec<(&str, f32)> = classes.zip(probabilities.iter().copied()).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    ranked
}

fn cells(predictor: &Predictor, name: &str, probabilities: &[f32]) -> Vec<String> {
    let percent = |p: f32| format!("{:.1} %", p * 100.0);
    let ranked = ranked(predictor, probabilities);
    let first = ranked.first().copied().unwrap_or(("?", 0.0));
    let second = ranked.get(1).map_or_else(String::new, |(class, p)| format!("{class} {}", percent(*p)));
    vec![shorten(name, NAME), first.0.to_owned(), percent(first.1), second]
}

fn event(predictor: &Predictor, name: &str, answer: &Answer) -> Value {
    match answer {
        Ok(probabilities) => {
            let ranked = ranked(predictor, probabilities);
            let first = ranked.first().copied().unwrap_or(("?", 0.0));
            let all: Map<String, Value> =
                ranked.iter().map(|(class, p)| ((*class).to_owned(), json!(p))).collect();
            json!({"event": "prediction", "input": name, "class": first.0, "confidence": first.1, "probabilities": all})
        }
        Err(reason) => json!({"event": "prediction", "input": name, "error": reason}),
    }
}
