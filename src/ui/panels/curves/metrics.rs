//! Which metrics have a chart, and how their values read.

use crate::language::{tr, tr_dynamic};
use crate::train::metrics::METRICS;
use crate::ui::widgets::number;

/// The unit of shares in METRICS.
const SHARE: &str = "share";

/// How values of a metric are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// A plain number, with its unit.
    Number,
    /// A share from 0 to 1, in percent.
    Share,
}

/// A metric with a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charted {
    /// Name in events.
    pub name: String,
    /// Above the chart.
    pub label: String,
    /// What it is and how it is measured.
    pub about: String,
    /// Unit; may be empty.
    pub unit: String,
    /// How values read.
    pub reads: Reads,
    /// Whether it is drawn as a logarithm when the person asks for that.
    pub log: bool,
    /// Whether the smoothed line is drawn; not for what is set rather than measured.
    pub smoothed: bool,
}

impl Charted {
    /// The value in words, with percent sign but without unit.
    pub fn text(&self, value: f64) -> String {
        match self.reads {
            Reads::Number => number::short(value),
            Reads::Share => number::percent(value),
        }
    }

    /// The value at an axis mark.
    pub fn mark(&self, value: f64) -> String {
        match self.reads {
            Reads::Number => number::plain(value),
            Reads::Share => format!("{}\u{a0}%", number::plain(value * 100.0)),
        }
    }
}

/// Whether values are shares, by the unit in the METRICS table.
fn reads(unit: &str) -> Reads {
    if unit == SHARE { Reads::Share } else { Reads::Number }
}

/// Whether charts of `names` wait to be asked for.
pub fn some_hidden<'a>(mut names: impl Iterator<Item = &'a String>) -> bool {
    names.any(|name| METRICS.iter().any(|row| row.name == name && !row.charted))
}

/// The charts of a run that has measured `names`: the rows of METRICS first, in their order;
/// those without a chart of their own only if `all` are wanted.
pub fn charts<'a>(names: impl Iterator<Item = &'a String> + Clone, all: bool) -> Vec<Charted> {
    let mut charts: Vec<Charted> = METRICS
        .iter()
        .filter(|row| (all || row.charted) && names.clone().any(|name| name == row.name))
        .map(|row| Charted {
            name: row.name.to_owned(),
            label: tr_dynamic(row.label).to_owned(),
            unit: if row.unit == SHARE { String::new() } else { tr_dynamic(row.unit).to_owned() },
            about: tr_dynamic(row.about).to_owned(),
            reads: reads(row.unit),
            // Shares and speeds stay within one power of ten.
            log: row.unit != SHARE && !row.unit.ends_with("/s"),
            // What is set rather than measured has no noise to smooth.
            smoothed: row.name != "learning_rate",
        })
        .collect();
    for name in names {
        if METRICS.iter().all(|row| row.name != name) && charts.iter().all(|c| c.name != *name) {
            let mut label = name.replace('_', " ");
            if let Some(first) = label.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            charts.push(Charted {
                name: name.clone(),
                label,
                unit: String::new(),
                about: tr!("A measurement that this version does not know").to_owned(),
                reads: Reads::Number,
                log: true,
                smoothed: true,
            });
        }
    }
    charts
}
