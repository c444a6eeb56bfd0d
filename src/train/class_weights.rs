//! How much each class counts in the loss. It is worked out from the training examples
//! alone; validation and test examples have no say.

use crate::data::{Dataset, Split};

/// Weights in inverse proportion to the number of training examples:
/// `n / (classes x count)`, over the classes that occur, as scikit-learn's
/// `class_weight="balanced"`. Their mean over the examples is 1, which a class without
/// examples gets too.
pub(super) fn balanced(data: &Dataset) -> Vec<f64> {
    let mut counts = vec![0u64; data.classes.len()];
    let train = data.targets.iter().zip(&data.splits).filter(|(_, split)| **split == Split::Train);
    for class in train.filter_map(|(target, _)| target.class()) {
        if let Some(count) = counts.get_mut(class as usize) {
            *count += 1;
        }
    }
    let (total, occurring) = (counts.iter().sum::<u64>(), counts.iter().filter(|c| **c > 0).count());
    let weight = |count: u64| total as f64 / (occurring as f64 * count as f64);
    counts.into_iter().map(|count| if count > 0 { weight(count) } else { 1.0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Examples, Target, Texts};
    use std::sync::Arc;

    #[test]
    fn weights_are_those_of_scikit_learn() {
        let mut texts = Texts::default();
        (0..8).for_each(|_| texts.push("a"));
        let targets = [0, 0, 0, 1, 2, 2, 1, 1].map(Target::Class).to_vec();
        // The last two are not for training.
        let mut splits = vec![Split::Train; 6];
        splits.extend([Split::Validation, Split::Test]);
        let classes = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        let examples = Examples::Texts(Arc::new(texts));
        let data = Dataset::new("a".into(), "made-up".into(), "made-up", examples, classes, targets, splits);
        // compute_class_weight("balanced", classes=[0, 1, 2], y=[0, 0, 0, 1, 2, 2]).
        assert_eq!(balanced(&data), [6.0 / 9.0, 2.0, 1.0, 1.0]);
    }
}
