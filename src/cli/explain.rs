//! `attentive explain RUN WHAT`: which words of a text or regions of a picture the prediction of
//! one example rests on. What a number means is said by the method; nothing is drawn.

use super::data_source::shown;
use super::exit::{Exit, Failure};
use super::output::Output;
use super::text_table::{Align, table};
use crate::data::{Modality, read_picture};
use crate::preprocess::RawInput;
use crate::train::{Predictor, SALIENCY_METHODS, Saliency, SaliencyParts};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Run folder; `attentive runs` lists them
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// A picture; or a text, or a file that holds one
    #[arg(value_name = "TEXT|FILE", allow_hyphen_values = true)]
    what: String,
    /// How it is found out: occlusion leaves out each piece in turn
    #[arg(long, value_name = "NAME", default_value = SALIENCY_METHODS[0].name)]
    method: String,
    /// Print the result as one line of JSON
    #[arg(long)]
    json: bool,
}

impl super::Run for Arguments {
    fn run(self, output: &mut Output) -> Result<Exit, Failure> {
        let predictor = Predictor::open(&self.run)?;
        let input = example(&self.what, predictor.modality())?;
        let found = shown(|progress| predictor.explain(&input, &self.method, progress).map_err(failed))?;
        // Nobody says no to the progress shown here.
        let Some(found) = found else { return Ok(Exit::Interrupted) };
        let class = predictor.classes().get(found.class as usize).map_or("?", String::as_str);
        if self.json {
            output.json(&event(&found, class));
            return Ok(Exit::Done);
        }
        output.line(&format!("{class} {:.1} %, weights of step {}", found.probability() * 100.0, found.step));
        let help = SALIENCY_METHODS.iter().find(|row| row.name == found.method).map_or("", |row| row.help);
        output.message(help);
        match &found.parts {
            SaliencyParts::Text { text, pieces } => {
                let heading = [("piece", Align::Left), ("points", Align::Right)];
                let rows: Vec<Vec<String>> = pieces
                    .iter()
                    .map(|piece| {
                        let said = text.get(piece.bytes.clone()).unwrap_or_default().trim().to_owned();
                        vec![said, piece.value.map_or_else(|| "cut off".to_owned(), points)]
                    })
                    .collect();
                table(&heading, &rows).iter().for_each(|line| output.line(line));
            }
            SaliencyParts::Picture { side, columns, values, .. } => {
                output.line(&format!("regions of {side} x {side} pixels, in percentage points"));
                for row in values.chunks((*columns).max(1)) {
                    let cells: Vec<String> =
                        row.iter().map(|value| format!("{:>6}", points(*value))).collect();
                    output.line(&cells.join(" "));
                }
            }
        }
        Ok(Exit::Done)
    }
}

fn failed(text: String) -> Failure {
    Failure { exit: Exit::Failed, text }
}

/// A text or a picture, as the model takes.
fn example(what: &str, modality: Modality) -> Result<RawInput, Failure> {
    let path = Path::new(what);
    match modality {
        Modality::Image => Ok(read_picture(path).map_err(|error| failed(error.to_string()))?.into()),
        Modality::Text if path.is_file() => match std::fs::read_to_string(path) {
            Ok(text) => Ok(RawInput::Text(text)),
            Err(error) => Err(failed(format!(
                "{what}: it cannot be read as a text ({error}); give a file in UTF-8, or the text itself"
            ))),
        },
        Modality::Text => Ok(RawInput::Text(what.to_owned())),
    }
}

/// A difference of probabilities in percentage points.
fn points(value: f32) -> String {
    format!("{:+.1}", value * 100.0)
}

fn event(found: &Saliency, class: &str) -> Value {
    let parts = match &found.parts {
        SaliencyParts::Text { text, pieces } => json!(
            pieces
                .iter()
                .map(|piece| json!({
                    "text": text.get(piece.bytes.clone()), "start": piece.bytes.start,
                    "end": piece.bytes.end, "value": piece.value,
                }))
                .collect::<Vec<_>>()
        ),
        SaliencyParts::Picture { side, columns, values, .. } => {
            json!({"side": side, "columns": columns, "values": values})
        }
    };
    json!({
        "event": "explanation", "method": found.method, "step": found.step, "class": class,
        "confidence": found.probability(), "parts": parts,
    })
}
