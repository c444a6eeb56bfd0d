//! What `describe --check` found, in words and as JSON. It decides nothing about what is
//! serious: that comes with the findings.

use super::text_table::{Align, shorten, table};
use crate::config::RunConfig;
use crate::data::examine::Duplicates;
use crate::data::{Dataset, Examples};
use crate::preprocess::{DataReport, Finding, TokenReport};
use serde_json::{Value, json};

/// Groups of equal samples that are printed.
const GROUPS: usize = 10;
/// Samples of a group that are printed.
const SAMPLES: usize = 5;
/// Stars of the longest bar.
const BAR: u64 = 40;

/// The report as JSON, with its findings in words.
pub(super) fn as_json(report: &DataReport, data: &Dataset, config: &RunConfig) -> Value {
    let findings: Vec<Value> = report
        .findings(config)
        .iter()
        .map(|(finding, serious)| json!({"serious": serious, "text": words(finding, &data.classes)}))
        .collect();
    json!({"report": report, "findings": findings})
}

/// The report in lines.
pub(super) fn lines(report: &DataReport, data: &Dataset, config: &RunConfig) -> Vec<String> {
    let mut lines = vec![String::new(), "Before training".to_owned()];
    let findings = report.findings(config);
    for (finding, serious) in &findings {
        let word = if *serious { "warning" } else { "note   " };
        lines.push(format!("{word}  {}", words(finding, &data.classes)));
    }
    if findings.is_empty() {
        lines.push("nothing to warn of".to_owned());
    }
    if let Some(tokens) = &report.tokens {
        lines.extend(token_lines(tokens));
    }
    lines.extend(duplicate_lines("duplicates", &report.duplicates, data));
    lines.extend(duplicate_lines("nearly equal", &report.nearly, data));
    lines
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// One finding in a sentence that says what to do.
pub(super) fn words(finding: &Finding, classes: &[String]) -> String {
    let class = |index: u32| classes.get(index as usize).map_or("?", String::as_str);
    match finding {
        Finding::Uneven { largest, smallest, counts: [most, fewest] } => format!(
            "The classes are uneven: {} has {most} training samples, {} has {fewest}. Set train.class_weights to true, so that all classes weigh the same.",
            class(*largest),
            class(*smallest)
        ),
        Finding::Scarce { classes, limit } => {
            let names: Vec<&str> = classes.iter().take(10).map(|index| class(*index)).collect();
            let more =
                if classes.len() > 10 { format!(" and {} more", classes.len() - 10) } else { String::new() };
            format!(
                "Fewer than {limit} training samples: {}{more}. Add samples, join classes, or set train.class_weights to true.",
                names.join(", ")
            )
        }
        Finding::Leak { split, samples, of } => format!(
            "{samples} of {of} {} samples are among the training samples too, so that they measure memory. Remove them from one of the two.",
            split.name()
        ),
        Finding::NearLeak { split, samples, of } => format!(
            "{samples} of {of} {} samples are nearly equal to training samples, so that they measure memory in part. Look at them below, and remove those that are the same.",
            split.name()
        ),
        Finding::Conflicting { samples } => format!(
            "Samples that are the same as one with another label: {samples}. No model can be right on all; correct the labels."
        ),
        Finding::Repeated { samples } => {
            format!(
                "Training samples that repeat an earlier one: {samples}. Each counts as often as it occurs."
            )
        }
        Finding::Unreadable { samples } => {
            format!("Samples that could not be read and were set aside: {samples}; see the notes above.")
        }
        Finding::Cut { share, length, enough } => format!(
            "{} of the texts are longer than {length} tokens and lose their end. Set text.length to {enough} to keep 95 % of them whole.",
            percent(*share)
        ),
        Finding::Unknown { share } => format!(
            "{} of the tokens are unknown to the tokenizer. Raise text.vocabulary or choose another text.tokenizer.",
            percent(*share)
        ),
        Finding::Empty { texts } => format!("Texts that are empty: {texts}."),
        Finding::NoTokens { reason } => format!("Texts cannot be cut into tokens: {reason}"),
    }
}

fn token_lines(tokens: &TokenReport) -> Vec<String> {
    let [shortest, median, p90, p95, p99, longest] = tokens.quantiles;
    let mut lines = vec![
        String::new(),
        format!(
            "tokens       {shortest} to {longest} a text; median {median}, 90 % under {p90}, 95 % under {p95}, 99 % under {p99}"
        ),
        format!(
            "cut          {} of {} texts ({}) are longer than {} tokens and lose {} tokens",
            tokens.cut,
            tokens.texts,
            percent(tokens.cut_share()),
            tokens.length,
            tokens.tokens_cut
        ),
        format!(
            "unknown      {} of the tokens; the vocabulary has {}",
            percent(tokens.unknown_share()),
            tokens.vocabulary
        ),
        String::new(),
    ];
    let most = tokens.bins.iter().map(|bin| bin.texts).max().unwrap_or(0).max(1);
    let rows: Vec<Vec<String>> = tokens
        .bins
        .iter()
        .map(|bin| {
            let length = usize::try_from((bin.texts * BAR).div_ceil(most)).unwrap_or(0);
            vec![format!("{} - {}", bin.from, bin.to), bin.texts.to_string(), "*".repeat(length)]
        })
        .collect();
    lines.extend(table(&[("tokens", Align::Right), ("texts", Align::Right), ("", Align::Left)], &rows));
    lines
}

/// What stands in the data more than once, or what is nearly equal.
fn duplicate_lines(title: &str, twice: &Duplicates, data: &Dataset) -> Vec<String> {
    if twice.num_groups == 0 {
        return vec![String::new(), format!("{title:<12} none")];
    }
    let [train, validation, test] = twice.repeated;
    let mut lines = vec![
        String::new(),
        format!(
            "{title:<12} {} groups; within a split {train} training, {validation} validation, {test} test; across splits {} validation in training, {} test in training, {} test in validation; {} with another label",
            twice.num_groups,
            twice.validation_in_train,
            twice.test_in_train,
            twice.test_in_validation,
            twice.conflicting
        ),
    ];
    let mut rows = Vec::new();
    for (number, group) in (1..).zip(twice.groups.iter().take(GROUPS)) {
        for sample in group.samples.iter().take(SAMPLES) {
            let index = *sample as usize;
            let label = data.targets[index].class().and_then(|class| data.classes.get(class as usize));
            let text = match &data.examples {
                Examples::Texts(texts) => shorten(texts.get(index), 50),
                Examples::Images(_) => String::new(),
            };
            rows.push(vec![
                number.to_string(),
                sample.to_string(),
                data.splits[index].name().to_owned(),
                label.cloned().unwrap_or_default(),
                text,
            ]);
        }
    }
    lines.push(String::new());
    let heading = [
        ("group", Align::Right),
        ("sample", Align::Right),
        ("split", Align::Left),
        ("label", Align::Left),
        ("text", Align::Left),
    ];
    lines.extend(table(&heading, &rows));
    let hidden = usize::try_from(twice.num_groups).unwrap_or(usize::MAX).saturating_sub(GROUPS);
    if hidden > 0 {
        lines.push(format!("... and {hidden} more groups; --json lists up to 500"));
    }
    lines
}
