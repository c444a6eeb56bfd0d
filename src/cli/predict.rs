//! `attentive predict RUN ...`: class probabilities of examples from outside. An example
//! that cannot be read is named and does not keep the others from being predicted.

use super::exit::{Exit, Failure};
use super::inputs::{Named, gather};
use super::output::Output;
use super::text_table::{Align, shorten, table};
use crate::preprocess::RawInput;
use crate::train::Predictor;
use serde_json::{Map, Value, json};
use std::path::PathBuf;

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
    /// Print one prediction a line as JSON, and "done" at the end
    #[arg(long)]
    json: bool,
}

/// What came out for one example: a probability for each class, or why there is none.
type Answer = Result<Vec<f32>, String>;

impl super::Run for Arguments {
    fn run(self, output: &mut Output) -> Result<Exit, Failure> {
        let predictor = Predictor::open(&self.run)?;
        let column = self.text_column.clone().unwrap_or_else(|| predictor.config().data.text_column.clone());
        let mut examples: Vec<Named> = self
            .text
            .iter()
            .map(|text| Named { name: text.clone(), input: Ok(RawInput::Text(text.clone())) })
            .collect();
        for path in &self.paths {
            examples.extend(gather(path, &column)?);
        }
        let (mut predicted, mut failed, mut rows) = (0u64, 0u64, Vec::new());
        while !examples.is_empty() {
            let group: Vec<Named> = examples.drain(..GROUP.min(examples.len())).collect();
            for (name, answer) in answers(&predictor, group) {
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

/// Predicts a group; what could not be read keeps its reason.
fn answers(predictor: &Predictor, group: Vec<Named>) -> Vec<(String, Answer)> {
    let (mut inputs, mut names) = (Vec::new(), Vec::new());
    for Named { name, input } in group {
        names.push((name, input.map(|input| inputs.push(input))));
    }
    let mut results = predictor.predict(&inputs).into_iter();
    let mut next = || results.next().unwrap_or_else(|| Err("the model gave no answer".to_owned()));
    names.into_iter().map(|(name, read)| (name, read.and_then(|()| next()))).collect()
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
