//! The points of runs as a table: CSV in UTF-8, every point as it was measured. Numbers are
//! written so that reading gives the same value back, bit for bit.

use super::{NamedRun, Point, RunView};
use crate::data::Split;
use std::collections::BTreeSet;
use std::io::{self, Write};

/// Writes a heading and one line per run, step and split: `run`, `step`, `split` (`train` for
/// what is measured at each step), then one column per metric, empty where not measured.
/// Lines of a run are in order of steps, training before evaluations. Returns their number.
///
/// # Errors
/// Those of `out`.
pub fn write_curves(out: impl Write, runs: &[NamedRun]) -> io::Result<u64> {
    let names: BTreeSet<&String> = runs
        .iter()
        .flat_map(|named| {
            let evaluated = named.run.evaluations.iter().flat_map(|e| e.metrics.keys());
            named.run.steps.keys().chain(evaluated)
        })
        .collect();
    let mut csv = csv::Writer::from_writer(out);
    let heading = ["run", "step", "split"].into_iter().chain(names.iter().map(|name| name.as_str()));
    csv.write_record(heading)?;
    let mut lines = 0;
    for named in runs {
        let mut write = |step: String, split: Split, values: Vec<Option<f64>>| -> io::Result<()> {
            let values = values.into_iter().map(|v| v.map_or_else(String::new, |v| format!("{v:?}")));
            let cells = [named.name.clone(), step, split.name().to_owned()].into_iter().chain(values);
            csv.write_record(cells.collect::<Vec<String>>())?;
            lines += 1;
            Ok(())
        };
        let mut evaluations = named.run.evaluations.iter().peekable();
        let mut steps = Steps::new(&named.run, &names);
        loop {
            let (next, evaluated) = (steps.step(), evaluations.peek().map(|e| e.step as f64));
            match (next, evaluated) {
                (Some(step), evaluated) if evaluated.is_none_or(|other| step <= other) => {
                    let values = steps.take(step);
                    write(step.to_string(), Split::Train, values)?;
                }
                (_, Some(_)) => {
                    let Some(evaluation) = evaluations.next() else { break };
                    let values = names.iter().map(|name| evaluation.metrics.get(*name).copied()).collect();
                    write(evaluation.step.to_string(), evaluation.split, values)?;
                }
                _ => break,
            }
        }
    }
    csv.flush()?;
    Ok(lines)
}

/// Walks along all step metrics at once.
struct Steps<'a> {
    /// What is left of each metric.
    left: Vec<&'a [Point]>,
}

impl<'a> Steps<'a> {
    fn new(run: &'a RunView, names: &BTreeSet<&String>) -> Self {
        let left = names.iter().map(|name| run.steps.get(*name).map_or(&[][..], Vec::as_slice)).collect();
        Self { left }
    }

    /// The next step at which anything was measured.
    fn step(&self) -> Option<f64> {
        self.left.iter().filter_map(|points| points.first()).map(|p| p[0]).min_by(f64::total_cmp)
    }

    /// What was measured at it.
    fn take(&mut self, step: f64) -> Vec<Option<f64>> {
        self.left
            .iter_mut()
            .map(|points| match points.split_first() {
                Some(([x, y], rest)) if *x == step => {
                    *points = rest;
                    Some(*y)
                }
                _ => None,
            })
            .collect()
    }
}
