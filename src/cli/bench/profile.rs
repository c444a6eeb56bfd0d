//! Where the time of a step or pass went, as a table and as JSON. Shares are of the time that
//! all threads had; what nobody counted (waiting, the event log, metrics) is the last row.

use crate::cli::text_table::{Align, table};
use crate::train::profile::{Direction, Spent};
use serde_json::{Value, json};

/// Rows that take less of the time are gathered in the table.
const LEAST: f64 = 0.002;

/// One row.
struct Row {
    op: &'static str,
    direction: &'static str,
    kernel: &'static str,
    /// Of all threads together, for each step or pass.
    seconds: f64,
    share: f64,
    calls: f64,
}

/// All of a step or pass.
pub struct Profile(Vec<Row>);

impl Profile {
    /// From what was counted in `steps` steps or passes that took `seconds` together.
    pub fn new(spent: &[Spent], seconds: f64, steps: usize, threads: usize) -> Self {
        let (had, steps) = (seconds * threads as f64, steps.max(1) as f64);
        let row = |spent: &Spent| Row {
            op: spent.spot.op,
            direction: match spent.spot.direction {
                Direction::Forward => "forward",
                Direction::Backward => "backward",
                Direction::Neither => "",
            },
            kernel: spent.spot.kernel,
            seconds: spent.time.as_secs_f64() / steps,
            share: spent.time.as_secs_f64() / had,
            calls: spent.calls as f64 / steps,
        };
        let mut rows: Vec<Row> = spent.iter().map(row).collect();
        let counted: f64 = rows.iter().map(|row| row.share).sum();
        let (share, seconds) = (1.0 - counted, (1.0 - counted) * had / steps);
        rows.push(Row { op: "waiting and all else", direction: "", kernel: "", seconds, share, calls: 0.0 });
        Self(rows)
    }

    /// Rows as they are.
    pub fn as_json(&self) -> Value {
        let row = |row: &Row| {
            json!({
                "op": row.op, "direction": row.direction, "kernel": row.kernel,
                "seconds": row.seconds, "share": row.share, "calls": row.calls,
            })
        };
        self.0.iter().map(row).collect()
    }

    /// A table.
    pub fn lines(&self) -> Vec<String> {
        const HEADING: &[(&str, Align)] = &[
            ("op", Align::Left),
            ("", Align::Left),
            ("kernel", Align::Left),
            ("ms a step", Align::Right),
            ("share", Align::Right),
            ("calls", Align::Right),
        ];
        let cells = |op: &str, direction: &str, kernel: &str, seconds: f64, share: f64, calls: f64| {
            let calls = if calls > 0.0 { format!("{calls:.0}") } else { String::new() };
            let (ms, share) = (format!("{:.2}", 1e3 * seconds), format!("{:.1} %", 100.0 * share));
            vec![op.to_owned(), direction.to_owned(), kernel.to_owned(), ms, share, calls]
        };
        let Some((last, rows)) = self.0.split_last() else { return Vec::new() };
        let (shown, small): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|row| row.share >= LEAST);
        let mut lines: Vec<_> =
            shown.iter().map(|r| cells(r.op, r.direction, r.kernel, r.seconds, r.share, r.calls)).collect();
        let sum = |part: fn(&Row) -> f64| small.iter().map(|row| part(row)).sum::<f64>();
        lines.push(cells("smaller rows", "", "", sum(|r| r.seconds), sum(|r| r.share), 0.0));
        lines.push(cells(last.op, "", "", last.seconds, last.share, 0.0));
        table(HEADING, &lines)
    }
}
