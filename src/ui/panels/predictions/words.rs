//! What is said about a prediction: names, percent, one-line texts. Pure functions.

use super::Scene;
use crate::data::{Dataset, Examples};
use crate::inspect;
use crate::language::tr;
use std::borrow::Cow;

/// Name of a class; `class 7` where the run does not name it.
pub fn class(classes: &[String], class: u32) -> Cow<'_, str> {
    match classes.get(class as usize) {
        Some(name) => Cow::Borrowed(name.as_str()),
        None => Cow::Owned(tr!("class {class}", class = class)),
    }
}

/// A class name cut to what a button can carry.
pub fn brief(name: &str) -> String {
    const LONGEST: usize = 18;
    if name.chars().count() <= LONGEST {
        return name.to_owned();
    }
    name.chars().take(LONGEST - 1).chain(std::iter::once('…')).collect()
}

/// A probability in whole percent; 100 only when it rounds to it from very near, so that
/// a doubt is never hidden.
pub fn percent(probability: f32) -> String {
    let value = f64::from(probability) * 100.0;
    if value > 99.0 && value < 99.95 { format!("{value:.1}\u{a0}%") } else { format!("{value:.0}\u{a0}%") }
}

/// Name of the label of a row, or that there is none.
pub fn label<'a>(scene: &Scene<'a>, row: usize) -> Cow<'a, str> {
    match scene.table.targets.get(row).copied().flatten() {
        Some(truth) => scene.class(truth),
        None => Cow::Borrowed(tr!("unlabelled")),
    }
}

/// Predicted class of a row, and its probability.
pub fn prediction<'a>(scene: &Scene<'a>, row: usize) -> (Cow<'a, str>, f32) {
    let class = scene.table.predicted.get(row).copied().unwrap_or(u32::MAX);
    (scene.class(class), inspect::confidence(scene.table, row))
}

/// What the evaluation compared with predicted for a row, and how probable it held it; `None`
/// without a comparison or where it has not the sample.
pub fn before<'a>(scene: &Scene<'a>, row: usize) -> Option<(Cow<'a, str>, f32)> {
    let (compared, comparison) = scene.compared?;
    let old = comparison.pair(row)?.other as usize;
    let class = compared.table.predicted.get(old).copied()?;
    Some((scene.class(class), inspect::confidence(&compared.table, old)))
}

/// Right or wrong; `None` when unlabelled.
pub fn verdict(scene: &Scene<'_>, row: usize) -> Option<bool> {
    let truth = scene.table.targets.get(row).copied().flatten()?;
    Some(scene.table.predicted.get(row) == Some(&truth))
}

/// The whole row in words: `Shirt, predicted Coat 93 %`, and what it is compared with.
pub fn sentence(scene: &Scene<'_>, row: usize) -> String {
    let (predicted, probability) = prediction(scene, row);
    let mut text = tr!(
        "{label}, predicted {predicted} {percent}",
        label = label(scene, row),
        predicted = predicted,
        percent = percent(probability)
    );
    if let Some((class, probability)) = before(scene, row) {
        text += &tr!(", compared with {class} {percent}", class = class, percent = percent(probability));
    }
    text
}

/// The sample's text; `None` when it is no text or is not there.
pub fn text(dataset: &Dataset, sample: u32) -> Option<&str> {
    match &dataset.examples {
        Examples::Texts(texts) if (sample as usize) < texts.len() => Some(texts.get(sample as usize)),
        _ => None,
    }
}

/// The beginning of a text, without line breaks, not longer than a line can be.
pub fn one_line(text: &str) -> String {
    text.chars().take(240).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_never_hides_a_doubt() {
        let shown = [0.0, 0.931, 0.994, 0.9991, 0.99999, 1.0].map(percent);
        assert_eq!(
            shown,
            ["0\u{a0}%", "93\u{a0}%", "99.4\u{a0}%", "99.9\u{a0}%", "100\u{a0}%", "100\u{a0}%"]
        );
    }

    #[test]
    fn a_long_text_becomes_one_line() {
        let line = one_line(&"退款\n".repeat(500));
        assert_eq!(line.chars().count(), 240);
        assert!(!line.contains('\n'));
    }

    #[test]
    fn a_class_without_name_has_a_number() {
        assert_eq!(class(&["猫".to_owned()], 0), "猫");
        assert_eq!(class(&["猫".to_owned()], 3), "class 3");
    }
}
