//! The order of classes, wherever their names come from.

/// Brings class names into their order: numbers by value (2 before 10), else by name.
pub fn sort(classes: &mut [String]) {
    classes.sort();
    if classes.iter().all(|class| class.parse::<i64>().is_ok()) {
        classes.sort_by_key(|class| class.parse::<i64>().unwrap_or_default());
    }
}
