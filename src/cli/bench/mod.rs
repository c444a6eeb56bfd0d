//! `attentive bench`: how fast reference models train and predict here, through the same code
//! as any run: loader, network, clipping, optimizer, metrics, event log. One line per model.
//! It compares nothing; `benches/RESULTS.md` says how other programs did on the same models.

mod cases;
mod measure;
mod process;
mod profile;

use super::exit::{Exit, Failure};
use super::output::Output;
use super::text_table::{Align, table};
use crate::train::{ProductPeak, product_peak};
use cases::{CASES, Case};
use measure::{Figures, Mode};
use serde_json::{Value, json};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// A reference model; may be given several times. Without it all are measured
    #[arg(long = "case", value_name = "NAME", value_parser = clap::builder::PossibleValuesParser::new(CASES.iter().map(|c| c.name)))]
    cases: Vec<String>,
    /// Training or prediction
    #[arg(long, value_enum, default_value = "train")]
    mode: Mode,
    /// Processor cores that compute (0 = all)
    #[arg(long, default_value_t = 0)]
    threads: u64,
    /// How long each model is measured
    #[arg(long, default_value_t = 10.0, value_parser = positive)]
    seconds: f64,
    /// Change a setting, such as model.depth=2; may be given several times
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Also show where the time goes, by op and kernel
    #[arg(long)]
    profile: bool,
    /// Print JSON, one line per model
    #[arg(long)]
    json: bool,
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds <= 3600.0 => Ok(seconds),
        _ => Err("give seconds, more than 0 and at most 3600".to_owned()),
    }
}

const HEADING: &[(&str, Align)] = &[
    ("case", Align::Left),
    ("mode", Align::Left),
    ("threads", Align::Right),
    ("batch", Align::Right),
    ("parameters", Align::Right),
    ("samples/s", Align::Right),
    ("of peak", Align::Right),
    ("memory", Align::Right),
    ("loss", Align::Right),
];

impl super::Run for Arguments {
    fn run(self, output: &mut Output) -> Result<Exit, Failure> {
        let wanted = |case: &&Case| self.cases.is_empty() || self.cases.iter().any(|name| name == case.name);
        let mut rows = Vec::new();
        for case in CASES.iter().filter(wanted) {
            let config = case.config(self.threads, &self.set)?;
            let figures = measure::measure(case, config, self.mode, self.seconds, self.profile)?;
            let peak = product_peak(figures.threads);
            if self.json {
                let mut line = as_json(case, self.mode, &figures, &peak);
                if let Some(profile) = &figures.profile {
                    line["profile"] = profile.as_json();
                }
                output.json(&line);
            } else {
                output.message(&format!("{}: {:.0} samples/s", case.name, figures.samples_per_s));
                for line in figures.profile.iter().flat_map(profile::Profile::lines) {
                    output.line(&line);
                }
                rows.push(cells(case, self.mode, &figures, &peak));
            }
        }
        if !self.json {
            for line in table(HEADING, &rows) {
                output.line(&line);
            }
        }
        Ok(Exit::Done)
    }
}

/// The share of the matrix products' peak that is reached: three times the forward pass's
/// operations for a step of training (Kaplan et al. 2020, "Scaling Laws", section 2.1), once for
/// prediction.
fn peak_fraction(mode: Mode, figures: &Figures, peak: &ProductPeak) -> f64 {
    let passes = if mode == Mode::Train { 3.0 } else { 1.0 };
    passes * figures.forward_flops * figures.samples_per_s / peak.flops
}

fn as_json(case: &Case, mode: Mode, figures: &Figures, peak: &ProductPeak) -> Value {
    json!({
        "case": case.name,
        "mode": mode.name(),
        "threads": figures.threads,
        "batch": case.batch,
        "parameters": figures.parameters,
        "samples_per_s": figures.samples_per_s,
        "samples_per_cpu_s": figures.samples_per_cpu_s,
        "peak_fraction": peak_fraction(mode, figures, peak),
        "peak_gflops": peak.flops / 1e9,
        "peak_rss_mb": figures.peak_rss_mb,
        "loss_first": figures.loss_first,
        "loss_last": figures.loss_last,
        "steps": figures.steps,
    })
}

fn cells(case: &Case, mode: Mode, figures: &Figures, peak: &ProductPeak) -> Vec<String> {
    let loss = match (figures.loss_first, figures.loss_last) {
        (Some(first), Some(last)) => format!("{first:.3} to {last:.3}"),
        _ => "-".to_owned(),
    };
    vec![
        case.name.to_owned(),
        mode.name().to_owned(),
        figures.threads.to_string(),
        case.batch.to_string(),
        figures.parameters.to_string(),
        format!("{:.1}", figures.samples_per_s),
        format!("{:.0} %", 100.0 * peak_fraction(mode, figures, peak)),
        figures.peak_rss_mb.map_or_else(|| "-".to_owned(), |mb| format!("{mb:.0} MB")),
        loss,
    ]
}
