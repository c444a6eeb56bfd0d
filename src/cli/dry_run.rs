//! `attentive train CONFIG --dry-run`: what the run would cost, and nothing is trained or
//! written. It decides nothing: the estimate is made where the window's is made.

use super::data_source::shown;
use super::describe::headline;
use super::exit::{Exit, Failure};
use super::output::Output;
use crate::config::RunConfig;
use crate::data::summary;
use crate::train::{Estimate, Estimator, HowSure, free_bytes, open_data};
use serde_json::json;

/// Opens the data and prints the estimate.
pub(super) fn print(config: &RunConfig, json: bool, output: &mut Output) -> Result<Exit, Failure> {
    let data = shown(|progress| open_data(config, progress))?;
    let estimate = shown(|progress| Estimator::default().estimate(config, &data, progress))?;
    if json {
        output.json(&json!({
            "event": "estimate", "parameters": estimate.parameters, "peak_bytes": estimate.peak_bytes,
            "free_bytes": free_bytes(),
            "seconds_per_epoch": estimate.seconds_per_epoch, "seconds": seconds(config, &estimate),
            "how_sure": match estimate.how_sure {
                HowSure::Measured => "measured",
                HowSure::VocabularyAssumed => "vocabulary_assumed",
                HowSure::TimeExtrapolated => "time_extrapolated",
            },
        }));
        return Ok(Exit::Done);
    }
    output.line(&headline(&summary(&data)));
    for line in lines(config, &estimate) {
        output.line(&line);
    }
    Ok(Exit::Done)
}

/// The whole run, without the step limit.
fn seconds(config: &RunConfig, estimate: &Estimate) -> f64 {
    estimate.seconds_per_epoch * config.train.epochs as f64
}

/// Of the memory that is free, where the system tells.
fn share(estimate: &Estimate) -> String {
    let Some(free) = free_bytes() else { return String::new() };
    let percent = 100.0 * estimate.peak_bytes as f64 / free.max(1) as f64;
    format!(", {percent:.0} % of the {:.0} MB that are free", free as f64 / 1e6)
}

fn lines(config: &RunConfig, estimate: &Estimate) -> Vec<String> {
    let mut lines = vec![
        format!("parameters   {}", estimate.parameters),
        format!(
            "memory       about {:.0} MB beside the data{}",
            estimate.peak_bytes as f64 / 1e6,
            share(estimate)
        ),
        format!("an epoch     about {:.1} s", estimate.seconds_per_epoch),
        format!("all epochs   about {:.0} s ({} epochs)", seconds(config, estimate), config.train.epochs),
    ];
    let note = match estimate.how_sure {
        HowSure::Measured => "a few steps of a shortened model were measured on this machine",
        HowSure::VocabularyAssumed => {
            "the vocabulary is taken to be as large as text.vocabulary allows; it may turn out smaller"
        }
        HowSure::TimeExtrapolated => {
            "the model is too large to try now; its time follows from a smaller one's"
        }
    };
    lines.push(format!("note         {note}"));
    lines
}
