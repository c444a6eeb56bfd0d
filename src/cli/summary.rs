//! Results in words: one line per evaluation, a table per class, and where to look next.

use super::text_table::{Align, table};
use crate::inspect::{class_scores, most_confused};
use crate::runs::{Baseline, Evaluation, Metrics, Score};
use crate::train::metrics::{METRICS, Metric};

/// Pairs of mixed-up classes that are named.
const PAIRS: usize = 3;

/// A metric in a few characters; `-` when it was not measured.
fn percent(metrics: &Metrics, name: &str) -> String {
    metrics.get(name).map_or("-".to_owned(), |v| format!("{:.1} %", v * 100.0))
}

fn number(metrics: &Metrics, name: &str) -> String {
    metrics.get(name).map_or("-".to_owned(), |v| format!("{v:.3}"))
}

/// One evaluation in one line.
pub(super) fn evaluation_line(evaluation: &Evaluation) -> String {
    format!(
        "epoch {:>5.1}  step {:>6}  {}  {}{}",
        evaluation.epoch,
        evaluation.step,
        evaluation.split.name(),
        measured(&evaluation.metrics, evaluation.samples),
        if evaluation.best { "  best so far" } else { "" }
    )
}

/// One result in one line, with the name of what was evaluated in front.
pub(super) fn score_line(what: &str, score: &Score) -> String {
    format!("{what:<16} {}  (step {})", measured(&score.metrics, score.samples), score.step)
}

/// What the cheap classifier reached on one split, in one line.
pub(super) fn baseline_line(baseline: &Baseline) -> String {
    format!(
        "{:<16} accuracy {}  of {} {} examples  ({})",
        "baseline",
        percent(&baseline.metrics, "accuracy"),
        baseline.samples,
        baseline.split.name(),
        baseline.kind.name()
    )
}

fn measured(metrics: &Metrics, samples: u64) -> String {
    format!(
        "accuracy {}  loss {}  of {samples} examples",
        percent(metrics, "accuracy"),
        number(metrics, "loss")
    )
}

/// What is measured besides accuracy and loss, in one line; nothing if nothing is.
pub(super) fn averages_line(metrics: &Metrics) -> Option<String> {
    let shown = |row: &&Metric| row.of_evaluation.is_some() && !matches!(row.name, "accuracy" | "loss");
    let value = |row: &Metric| {
        let value = if row.unit == "share" { percent(metrics, row.name) } else { number(metrics, row.name) };
        metrics.contains_key(row.name).then(|| format!("{} {value}", row.label))
    };
    let parts: Vec<String> = METRICS.iter().filter(shown).filter_map(value).collect();
    (!parts.is_empty()).then(|| format!("{}.", parts.join("; ")))
}

/// How each class fares, and which are mixed up most.
pub(super) fn class_table(classes: &[String], confusion: &[Vec<u32>]) -> Vec<String> {
    let share = |value: Option<f64>| value.map_or("-".to_owned(), |v| format!("{:.1} %", v * 100.0));
    let f1 = |precision: Option<f64>, recall: Option<f64>| match (precision, recall) {
        (Some(p), Some(r)) if p + r > 0.0 => Some(2.0 * p * r / (p + r)),
        _ => None,
    };
    let rows: Vec<Vec<String>> = class_scores(confusion)
        .iter()
        .zip(classes)
        .map(|(score, class)| {
            vec![
                class.clone(),
                score.labelled.to_string(),
                share(score.precision()),
                share(score.recall()),
                share(f1(score.precision(), score.recall())),
            ]
        })
        .collect();
    let right = |title| (title, Align::Right);
    let heading =
        [("class", Align::Left), right("examples"), right("precision"), right("recall"), right("F1")];
    let mut lines = table(&heading, &rows);
    let name = |class: u32| classes.get(class as usize).map_or("?", String::as_str);
    let labelled = |class: u32| class_scores(confusion).get(class as usize).map_or(0, |s| s.labelled);
    let pairs: Vec<String> = most_confused(confusion, PAIRS)
        .iter()
        .map(|pair| {
            let (truth, predicted) = (name(pair.truth), name(pair.predicted));
            format!("{truth} taken for {predicted} ({} of {})", pair.count, labelled(pair.truth))
        })
        .collect();
    if !pairs.is_empty() {
        lines.push(format!("Mixed up most: {}.", pairs.join("; ")));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_are_named_as_in_the_table_and_only_what_was_measured() {
        let values = [("accuracy", 0.5), ("loss", 1.0), ("macro_f1", 0.25), ("top_k_accuracy", 1.0)];
        let metrics: Metrics = values.map(|(name, value)| (name.to_owned(), value)).into();
        assert_eq!(averages_line(&metrics).as_deref(), Some("Macro F1 25.0 %; Top-k accuracy 100.0 %."));
        assert_eq!(averages_line(&Metrics::new()), None);
    }

    #[test]
    fn class_table_states_precision_recall_and_the_worst_pair() {
        let classes = ["cat".to_owned(), "dog".to_owned()];
        let lines = class_table(&classes, &[vec![3, 1], vec![0, 4]]);
        assert_eq!(lines[1].split_whitespace().collect::<Vec<_>>().join(" "), "cat 4 100.0 % 75.0 % 85.7 %");
        assert_eq!(lines[2].split_whitespace().collect::<Vec<_>>().join(" "), "dog 4 80.0 % 100.0 % 88.9 %");
        assert_eq!(lines[3], "Mixed up most: cat taken for dog (1 of 4).");
    }

    #[test]
    fn a_class_never_predicted_has_no_precision() {
        let lines = class_table(&["a".to_owned(), "b".to_owned()], &[vec![2, 0], vec![1, 0]]);
        assert_eq!(lines[2].split_whitespace().collect::<Vec<_>>(), ["b", "1", "-", "0.0", "%", "-"]);
    }
}
