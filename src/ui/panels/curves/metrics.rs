//! Which metrics have a chart, and how their values read.

use crate::ui::widgets::number;

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

/// (name, label, unit, how it reads, may be logarithmic, smoothed)
const KNOWN: &[(&str, &str, &str, Reads, bool, bool)] = &[
    ("loss", "Loss", "nats", Reads::Number, true, true),
    ("accuracy", "Accuracy", "", Reads::Share, false, true),
    ("learning_rate", "Learning rate", "", Reads::Number, true, false),
    ("gradient_norm", "Gradient norm", "", Reads::Number, true, true),
    ("samples_per_s", "Throughput", "samples/s", Reads::Number, false, true),
];

/// The charts of a run that has measured `names`: those known first, in their order.
pub fn charts<'a>(names: impl Iterator<Item = &'a String> + Clone) -> Vec<Charted> {
    let mut charts: Vec<Charted> = KNOWN
        .iter()
        .filter(|known| names.clone().any(|name| name == known.0))
        .map(|(name, label, unit, reads, log, smoothed)| Charted {
            name: (*name).to_owned(),
            label: (*label).to_owned(),
            unit: (*unit).to_owned(),
            reads: *reads,
            log: *log,
            smoothed: *smoothed,
        })
        .collect();
    for name in names {
        if charts.iter().all(|c| c.name != *name) {
            let mut label = name.replace('_', " ");
            if let Some(first) = label.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            let (unit, reads) = (String::new(), Reads::Number);
            charts.push(Charted { name: name.clone(), label, unit, reads, log: true, smoothed: true });
        }
    }
    charts
}
