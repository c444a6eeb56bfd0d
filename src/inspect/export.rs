//! Predictions as a table that spreadsheets and pandas read: CSV in UTF-8, one line a row, in
//! the order given. Numbers are written so that reading gives the same value back.

use super::filter::{Subject, confidence, margin};
use std::borrow::Cow;
use std::io::{self, Write};

/// Writes a heading and the `rows` of a table: `id` (number of the sample), `split`, `text`
/// (where the data is open and has texts), `label` (empty when unlabelled), `prediction`,
/// `probability`, `margin`, `loss` (nats; empty when unlabelled); with a comparison
/// `other_prediction`, `other_probability` and `change`; then `p_CLASS` for each class.
/// Returns the number of rows written. `other` is the table that the comparison refers to.
///
/// # Errors
/// Those of `out`.
pub fn write_predictions(
    out: impl Write,
    subject: &Subject<'_>,
    other: Option<&crate::runs::PredictionTable>,
    rows: &[u32],
) -> io::Result<u64> {
    let table = subject.table;
    let texts = rows.first().is_some_and(|row| subject.text(*row as usize).is_some());
    let compared = subject.comparison.zip(other);
    let mut csv = csv::WriterBuilder::new().from_writer(out);
    let mut heading: Vec<String> = vec!["id".into(), "split".into()];
    heading.extend(texts.then(|| "text".into()));
    heading.extend(["label", "prediction", "probability", "margin", "loss"].map(String::from));
    if compared.is_some() {
        heading.extend(["other_prediction", "other_probability", "change"].map(String::from));
    }
    heading.extend((0..table.classes).map(|class| format!("p_{}", name(subject, class as u32))));
    csv.write_record(&heading)?;
    let mut written = 0;
    for row in rows.iter().map(|row| *row as usize) {
        let (Some(sample), Some(split), Some(predicted)) =
            (table.samples.get(row), table.splits.get(row), table.predicted.get(row))
        else {
            continue;
        };
        let target = table.targets.get(row).copied().flatten();
        let mut line: Vec<Cow<'_, str>> = vec![sample.to_string().into(), split.name().into()];
        if texts {
            line.push(subject.text(row).unwrap_or_default().into());
        }
        line.push(target.map_or("".into(), |class| name(subject, class)));
        line.push(name(subject, *predicted));
        line.push(confidence(table, row).to_string().into());
        line.push(margin(table, row).to_string().into());
        let loss = target.and_then(|_| table.losses.get(row));
        line.push(loss.map_or("".into(), |loss| loss.to_string().into()));
        if let Some((comparison, other)) = compared {
            let pair = comparison.pair(row);
            let old = pair.map(|pair| pair.other as usize);
            let class = old.and_then(|old| other.predicted.get(old));
            line.push(class.map_or("".into(), |class| name(subject, *class)));
            line.push(old.map_or("".into(), |old| confidence(other, old).to_string().into()));
            line.push(pair.and_then(|pair| pair.change).map_or("", |change| change.name()).into());
        }
        let first = row * table.classes;
        let values = table.probabilities.get(first..first + table.classes).unwrap_or_default();
        line.extend(values.iter().map(|value| Cow::from(value.to_string())));
        line.resize(heading.len(), Cow::from(""));
        csv.write_record(line.iter().map(|cell| cell.as_bytes()))?;
        written += 1;
    }
    csv.flush()?;
    Ok(written)
}

/// Name of a class; its number where it has none.
fn name<'a>(subject: &Subject<'a>, class: u32) -> Cow<'a, str> {
    match subject.classes.get(class as usize) {
        Some(name) => Cow::Borrowed(name.as_str()),
        None => Cow::Owned(class.to_string()),
    }
}
