//! What every data set must be before anything can be learned from it.

use super::{DataError, Dataset, OpenOptions, Split};
use std::path::Path;

/// Refuses a set that cannot be trained on: no training examples, or fewer than two
/// classes among them. Sets opened for prediction pass.
pub fn trainable(data: Dataset, path: &Path, options: &OpenOptions) -> Result<Dataset, DataError> {
    if options.unlabelled {
        return Ok(data);
    }
    let mut counts = vec![0usize; data.classes.len()];
    for (target, split) in data.targets.iter().zip(&data.declared) {
        if let (Some(class), Split::Train) = (target.class(), split) {
            counts[class as usize] += 1;
        }
    }
    let total: usize = counts.iter().sum();
    if total == 0 {
        return Err(DataError::at(
            path,
            format!(
                "none of the {} examples is for training: all are declared as test or validation",
                data.len()
            ),
            "open the training files too, or use this set only to evaluate a finished run",
        ));
    }
    let present: Vec<usize> = (0..counts.len()).filter(|class| counts[*class] > 0).collect();
    if let [only] = present[..] {
        return Err(DataError::at(
            path,
            format!(
                "all {total} training examples have one class, '{}', so there is nothing to tell apart",
                data.classes[only]
            ),
            "add examples of at least one other class, or choose another label column",
        ));
    }
    let mut data = data;
    let absent: Vec<&str> =
        (0..counts.len()).filter(|c| counts[*c] == 0).map(|c| data.classes[c].as_str()).collect();
    if !absent.is_empty() {
        let notice = format!("No training example has the class {}.", absent.join(", "));
        data.notices.push(notice);
    }
    Ok(data)
}
