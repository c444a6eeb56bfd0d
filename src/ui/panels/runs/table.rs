//! The list of runs as a table: which columns fit, in which order the runs stand, and what a
//! row says. Pure functions.

use crate::app::{RunRow, State};
use crate::language::{later, tr, tr_dynamic};
use crate::runs::{Parent, RunStatus};
use crate::train::metrics::{Direction, Metric};
use crate::ui::theme::Palette;
use crate::ui::widgets::list::{Column, Row};
use crate::ui::widgets::number;
use std::cmp::Ordering;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Name, with tags.
    Name,
    /// Data set.
    Data,
    /// When it began.
    Started,
    /// How it stands.
    Status,
    /// The chosen metric of its best evaluation.
    Metric,
    /// The step of that evaluation.
    BestStep,
    /// Updates of the weights.
    Steps,
    /// Trainable numbers.
    Parameters,
    /// Bytes on disk.
    Size,
}

impl By {
    /// Whether the first click sorts upwards: words from the beginning of the alphabet,
    /// numbers with the largest, a metric with the best.
    pub fn begins_upwards(self, metric: Option<&Metric>) -> bool {
        match self {
            Self::Name | Self::Data | Self::Status => true,
            Self::Metric => metric.is_some_and(|m| m.direction == Direction::Lower),
            _ => false,
        }
    }
}

const fn column(title: &'static str, help: &'static str, width: f32, right: bool) -> Column {
    Column { title, help, width, right, sorts: true }
}

const NAME: Column = column(later!("Name"), later!("Name of the run, and its tags."), 0.0, false);
const DATA: Column = column(later!("Data"), later!("Name of the data set."), 92.0, false);
const STARTED: Column = column(later!("Started"), later!("Local date and time."), 104.0, false);
const STATUS: Column = column(
    later!("Status"),
    later!("Finished, stopped, failed, running, or cut off without an end."),
    62.0,
    false,
);
const METRIC: Column =
    column(later!("Metric"), later!("The metric in the best validation result of the run."), 70.0, true);
const BEST_STEP: Column =
    column(later!("At step"), later!("The step of the best validation result."), 54.0, true);
const STEPS: Column = column(later!("Steps"), later!("Updates of the weights."), 58.0, true);
const PARAMETERS: Column =
    column(later!("Parameters"), later!("Trainable numbers in the model."), 74.0, true);
const SIZE: Column = column(later!("Size"), later!("Room that its folder takes on disk."), 56.0, true);

/// Least width with a column for the status, in points; below it stands before the name of a run
/// that has not finished.
const WITH_STATUS: f32 = 400.0;

/// The columns that fit a width.
pub fn columns(width: f32, metric: Option<&'static Metric>) -> Vec<(By, Column)> {
    let metric = Column { title: metric.map_or(METRIC.title, |m| m.label), ..METRIC };
    let mut columns = vec![(By::Name, NAME)];
    if width >= 460.0 {
        columns.extend([(By::Data, DATA), (By::Started, STARTED)]);
    }
    if width >= WITH_STATUS {
        columns.push((By::Status, STATUS));
    }
    columns.push((By::Metric, metric));
    if width >= 700.0 {
        columns.extend([(By::BestStep, BEST_STEP), (By::Steps, STEPS)]);
    }
    if width >= 860.0 {
        columns.extend([(By::Parameters, PARAMETERS), (By::Size, SIZE)]);
    }
    columns
}

/// The value of a metric in the best evaluation.
pub fn best(run: &RunRow, metric: &str) -> Option<f64> {
    let accuracy = || run.accuracy.filter(|_| metric == "accuracy");
    run.best.get(metric).copied().or_else(accuracy)
}

/// Positions of the runs that contain all `words`, in the order of a column; ties by the
/// start, newest first. Runs without the metric come last, whichever way it is sorted.
pub fn order(runs: &[RunRow], words: &str, metric: &str, (by, upwards): (By, bool)) -> Vec<usize> {
    let words: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
    let found = |run: &RunRow| {
        let notes = &run.notes;
        let status = tr_dynamic(&run.status);
        let texts = [&run.name, &notes.name, &run.data, status, &notes.text];
        words.iter().all(|word| {
            texts.iter().any(|text| text.to_lowercase().contains(word))
                || notes.tags.iter().any(|tag| tag.to_lowercase().contains(word))
        })
    };
    let compare = |a: &RunRow, b: &RunRow| match by {
        By::Name => a.title().cmp(b.title()),
        By::Data => a.data.cmp(&b.data),
        By::Started => a.started.cmp(&b.started),
        By::Status => a.status.cmp(&b.status),
        By::Metric => match (best(a, metric), best(b, metric)) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            (a, b) => {
                let last = a.is_some().cmp(&b.is_some());
                if upwards { last.reverse() } else { last }
            }
        },
        By::BestStep => a.best_step.cmp(&b.best_step),
        By::Steps => a.step.cmp(&b.step),
        By::Parameters => a.parameters.cmp(&b.parameters),
        By::Size => a.bytes.cmp(&b.bytes),
    };
    let mut order: Vec<usize> =
        (0..runs.len()).filter(|i| words.is_empty() || runs.get(*i).is_some_and(found)).collect();
    order.sort_by(|a, b| {
        let (Some(a), Some(b)) = (runs.get(*a), runs.get(*b)) else { return Ordering::Equal };
        let found = compare(a, b);
        (if upwards { found } else { found.reverse() }).then(b.started.cmp(&a.started))
    });
    order
}

/// A metric's value in words.
pub fn value(metric: Option<&Metric>, value: f64) -> String {
    match metric {
        Some(metric) if metric.unit == "share" => number::percent(value),
        _ => number::short(value),
    }
}

/// What a row says.
pub fn row(
    run: &RunRow,
    columns: &[(By, Column)],
    metric: Option<&Metric>,
    state: &State,
    palette: &Palette,
) -> Row {
    let name = metric.map_or("accuracy", |m| m.name);
    let result = best(run, name).map_or_else(|| "–".to_owned(), |v| value(metric, v));
    let is = |status: RunStatus| run.status == status.name();
    let status = match () {
        () if is(RunStatus::Failed) => palette.bad,
        () if is(RunStatus::Running) => palette.accent,
        () if is(RunStatus::CutOff) => palette.warning,
        () => palette.text,
    };
    let in_column = columns.iter().any(|(by, _)| *by == By::Status);
    let tags = run.notes.tags.join(", ");
    let titled =
        if tags.is_empty() { run.title().to_owned() } else { format!("{}  ·  {tags}", run.title()) };
    let cell = |by: By| match by {
        By::Name if !in_column && !is(RunStatus::Finished) => {
            (format!("{}  ·  {titled}", sentence_case(tr_dynamic(&run.status))), status)
        }
        By::Name => (titled.clone(), palette.text),
        By::Data => (run.data.clone(), palette.text),
        By::Started => (started(run.started), palette.weak),
        By::Status => (sentence_case(tr_dynamic(&run.status)), status),
        By::Metric => (result.clone(), palette.text),
        By::BestStep => (run.best_step.map_or_else(|| "–".to_owned(), number::count), palette.text),
        By::Steps => (number::count(run.step), palette.text),
        By::Parameters => (number::count(run.parameters), palette.text),
        By::Size => (number::bytes(run.bytes), palette.text),
    };
    let open = state.run.as_ref().is_some_and(|r| r.folder == run.folder);
    let mut hover = tr!(
        "{run}\n{data}, {started}\n{steps} steps, {parameters} parameters\n{shown}",
        run = titled,
        data = run.data,
        started = started(run.started),
        steps = number::count(run.step),
        parameters = number::count(run.parameters),
        shown = if open { tr!("Shown in all panels") } else { tr!("Click to show it in all panels") },
    );
    if let Some(origin) = origin(run, state) {
        hover = format!("{hover}\n{origin}");
    }
    if !run.notes.text.is_empty() {
        let notes: String = run.notes.text.chars().take(400).collect();
        hover = format!("{hover}\n\n{notes}");
    }
    let spoken = tr!(
        "Run {run}, {status}, best {metric} {value}",
        run = run.title(),
        status = tr_dynamic(&run.status),
        metric = metric.map_or("", |m| tr_dynamic(m.label)).to_lowercase(),
        value = result
    );
    let spoken = match &run.parent {
        Some(parent) => tr!("{run}, a fork of {parent}", run = spoken, parent = parent_title(parent, state)),
        None => spoken,
    };
    let cells = columns.iter().map(|(by, _)| cell(*by)).collect();
    Row { name: spoken, hover, verdict: None, depth: 0, cells }
}

/// What the run that a fork comes from is called.
pub fn parent_title(parent: &Parent, state: &State) -> String {
    let is = |row: &&RunRow| row.folder == parent.folder || row.name == parent.run;
    state.runs.iter().find(is).map_or_else(|| parent.run.clone(), |row| row.title().to_owned())
}

/// Where a fork comes from, in words; `None` for a run that is none.
pub fn origin(run: &RunRow, state: &State) -> Option<String> {
    let parent = run.parent.as_ref()?;
    let (name, step) = (parent_title(parent, state), number::count(parent.step));
    Some(if run.parent_is_there {
        tr!("Forked at step {step} from {run}", run = name, step = step)
    } else {
        tr!("Forked at step {step} from a deleted run, {run}", run = name, step = step)
    })
}

fn sentence_case(word: &str) -> String {
    let mut text = word.to_owned();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

/// Local date and time of seconds since 1970.
pub fn started(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok().and_then(|s| chrono::DateTime::from_timestamp(s, 0));
    time.map_or_else(String::new, |t| t.with_timezone(&chrono::Local).format("%Y-%m-%d %H:%M").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::Notes;

    fn run(name: &str, started: u64, accuracy: Option<f64>) -> RunRow {
        RunRow {
            folder: name.into(),
            name: name.to_owned(),
            started,
            data: "fashion".to_owned(),
            step: started,
            status: "finished".to_owned(),
            accuracy,
            best: accuracy
                .map(|a| [("accuracy".to_owned(), a), ("loss".to_owned(), 1.0 - a)].into())
                .unwrap_or_default(),
            parameters: 7,
            ..RunRow::default()
        }
    }

    #[test]
    fn every_column_sorts_both_ways_and_ties_are_newest_first() {
        let runs = [run("b", 1, Some(0.5)), run("a", 3, None), run("c", 2, Some(0.9))];
        let order = |by, upwards| order(&runs, "", "accuracy", (by, upwards));
        assert_eq!(order(By::Name, true), [1, 0, 2]);
        assert_eq!(order(By::Name, false), [2, 0, 1]);
        assert_eq!(order(By::Started, false), [1, 2, 0]);
        assert_eq!(order(By::Metric, false), [2, 0, 1]);
        assert_eq!(order(By::Metric, true), [0, 2, 1], "without a value last, both ways");
        assert_eq!(order(By::Steps, true), [0, 2, 1]);
        for same in [By::Data, By::Status, By::Parameters, By::Size, By::BestStep] {
            assert_eq!(order(same, true), [1, 2, 0]);
        }
        assert_eq!(super::order(&runs, "", "loss", (By::Metric, true)), [2, 0, 1]);
    }

    #[test]
    fn a_narrow_list_has_the_status_of_what_did_not_finish_before_its_name() {
        let mut failed = run("b", 1, None);
        failed.status = "cut off".to_owned();
        let first = |run: &RunRow, width: f32| {
            let columns = columns(width, None);
            row(run, &columns, None, &State::default(), &crate::ui::theme::DARK).cells[0].clone()
        };
        assert_eq!(first(&failed, 330.0), ("Cut off  ·  b".to_owned(), crate::ui::theme::DARK.warning));
        assert_eq!(first(&failed, 500.0).0, "b", "it has a column");
        assert_eq!(first(&run("b", 1, None), 330.0).0, "b");
    }

    #[test]
    fn words_find_runs_by_everything_that_a_person_knows_of_them() {
        let mut runs = [run("b", 1, None), run("a", 3, None), run("c", 2, None)];
        runs[0].notes = Notes {
            name: "Wide net".into(),
            tags: vec!["Baseline".into(), "论文".into()],
            text: "patience was too short".into(),
        };
        runs[2].status = "failed".into();
        let found = |words: &str| order(&runs, words, "accuracy", (By::Started, true));
        assert_eq!(found(""), [0, 2, 1]);
        assert_eq!(found("WIDE"), [0]);
        assert_eq!(found("baseline fashion"), [0]);
        assert_eq!(found("论文"), [0]);
        assert_eq!(found("patience"), [0]);
        assert_eq!(found("failed"), [2]);
        assert_eq!(found("baseline failed"), [0; 0], "all words must be there");
    }
}
