//! From labels as they are written to classes in a fixed order. It refuses more classes than
//! a label can sensibly have.

use super::fields::MOST_CLASSES;
use crate::data::{DataError, Target};
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

/// Brings class names into their order: numbers by value (2 before 10), else by name.
pub fn sort(classes: &mut [String]) {
    classes.sort();
    if classes.iter().all(|class| class.parse::<i64>().is_ok()) {
        classes.sort_by_key(|class| class.parse::<i64>().unwrap_or_default());
    }
}

/// The classes of these labels and a target for each; `what` names where labels stand, as
/// in "the label column".
///
/// # Errors
/// More than [`MOST_CLASSES`] different labels.
pub fn of_labels(
    path: &Path,
    what: &str,
    labels: &[Option<String>],
) -> Result<(Vec<String>, Vec<Target>), DataError> {
    let distinct: BTreeSet<&str> = labels.iter().flatten().map(String::as_str).collect();
    if distinct.len() > MOST_CLASSES {
        return Err(DataError::at(
            path,
            format!("the label {what} has {} different values, more than {MOST_CLASSES}", distinct.len()),
            format!("name the {what} with the classes with data.label_column"),
        ));
    }
    let mut classes: Vec<String> = distinct.into_iter().map(str::to_owned).collect();
    sort(&mut classes);
    let index: HashMap<&str, u32> = classes.iter().map(String::as_str).zip(0u32..).collect();
    let target = |label: &Option<String>| {
        let class = label.as_deref().and_then(|label| index.get(label));
        class.map_or(Target::Unlabelled, |class| Target::Class(*class))
    };
    let targets = labels.iter().map(target).collect();
    Ok((classes, targets))
}
