//! `attentive evaluate RUN`: a run's last weights, measured again on the run's own
//! validation and test examples or on other data. It changes nothing in the run.

use super::data_source::{open_shown, shown};
use super::exit::{Exit, Failure};
use super::output::Output;
use super::summary::{averages_line, class_table, score_line};
use crate::data::{Dataset, Split};
use crate::runs::{Done, Evaluation, Event, Outcome};
use crate::train::Predictor;
use std::path::PathBuf;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Run folder; `attentive runs` lists them
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Other data to measure on: a path or a built-in set. Default: the run's own
    #[arg(long, value_name = "PATH")]
    data: Option<String>,
    /// The table's column or the field with the text (default: as in the run)
    #[arg(long, value_name = "NAME", requires = "data")]
    text_column: Option<String>,
    /// The table's column or the field with the label (default: as in the run)
    #[arg(long, value_name = "NAME", requires = "data")]
    label_column: Option<String>,
    /// Print one event a line as JSON, the last of them "done"
    #[arg(long)]
    json: bool,
}

impl super::Run for Arguments {
    fn run(self, output: &mut Output) -> Result<Exit, Failure> {
        let predictor = Predictor::open(&self.run)?;
        let (data, splits) = self.examples(&predictor)?;
        for notice in &data.notices {
            output.message(&format!("note: {notice}"));
        }
        let mut done = Done {
            outcome: Outcome::Finished,
            step: predictor.step(),
            validation: None,
            test: None,
            best: None,
            seconds: 0.0,
            reason: String::new(),
        };
        for split in splits {
            let (evaluation, _) = shown(|progress| predictor.evaluate(&data, split, progress))?;
            match split {
                Some(Split::Validation) => done.validation = Some(evaluation.score()),
                _ => done.test = Some(evaluation.score()),
            }
            done.seconds += evaluation.seconds;
            if self.json {
                output.json(&Event::Evaluation(Box::new(evaluation)));
            } else {
                for line in self.lines(&predictor, split, &evaluation) {
                    output.line(&line);
                }
            }
        }
        if self.json {
            output.json(&Event::Done(Box::new(done)));
        }
        Ok(Exit::Done)
    }
}

impl Arguments {
    /// The data, and which of its splits to measure (`None`: all examples).
    fn examples(&self, predictor: &Predictor) -> Result<(Dataset, Vec<Option<Split>>), Failure> {
        if let Some(source) = &self.data {
            let mut options = predictor.open_options();
            if let Some(column) = &self.text_column {
                options.text_column.clone_from(column);
            }
            if let Some(column) = &self.label_column {
                options.label_column.clone_from(column);
            }
            return Ok((open_shown(source, &options)?, vec![None]));
        }
        let data = shown(|progress| predictor.own_data(progress))?;
        let splits: Vec<Option<Split>> = [Split::Validation, Split::Test]
            .into_iter()
            .filter(|split| data.count(*split) > 0)
            .map(Some)
            .collect();
        if splits.is_empty() {
            return Err(Failure::usage(format!(
                "{}: the run held out no validation or test examples; name other data with --data PATH",
                self.run.display()
            )));
        }
        Ok((data, splits))
    }

    fn lines(&self, predictor: &Predictor, split: Option<Split>, evaluation: &Evaluation) -> Vec<String> {
        let what = match (split, &self.data) {
            (Some(split), _) => split.name(),
            (None, Some(source)) => source,
            (None, None) => "all examples",
        };
        let mut lines = vec![score_line(what, &evaluation.score())];
        lines.extend(class_table(predictor.classes(), &evaluation.confusion));
        lines.extend(averages_line(&evaluation.metrics));
        lines.push(String::new());
        lines
    }
}
