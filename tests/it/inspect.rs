//! Tests of inspect: filtering, sorting, confusion, class scores.

use attentive::data::Split;
use attentive::inspect::{
    ConfusedPair, PredictionFilter, SortBy, class_scores, confusion, most_confused, overall_accuracy, rows,
};
use attentive::random::{Key, Purpose};
use attentive::runs::PredictionTable;

/// A table with `len` rows drawn from `seed`; every ninth row is unlabelled.
fn drawn(len: usize, classes: usize, seed: u64) -> PredictionTable {
    let key = Key::new(seed, Purpose::Test);
    let mut table = PredictionTable { step: 7, classes, ..PredictionTable::default() };
    for row in 0..len {
        let here = key.with(row as u64);
        let weights: Vec<f32> =
            (0..classes).map(|c| (here.with(c as u64).bits() % 1000 + 1) as f32).collect();
        let sum: f32 = weights.iter().sum();
        let best = (0..classes).max_by(|a, b| weights[*a].total_cmp(&weights[*b])).unwrap();
        let target = (row % 9 != 8).then(|| (here.with(100).bits() % classes as u64) as u32);
        table.samples.push((len - row) as u32);
        table.splits.push(if here.with(200).bits().is_multiple_of(3) {
            Split::Test
        } else {
            Split::Validation
        });
        table.targets.push(target);
        table.predicted.push(best as u32);
        table.losses.push(target.map_or(0.0, |t| -(weights[t as usize] / sum).ln()));
        table.probabilities.extend(weights.iter().map(|w| w / sum));
    }
    table
}

#[test]
fn every_filter_keeps_what_a_plain_loop_keeps() {
    let table = drawn(500, 4, 1);
    for mistakes_only in [false, true] {
        for true_class in [None, Some(2)] {
            for predicted_class in [None, Some(3)] {
                for split in [None, Some(Split::Validation), Some(Split::Train)] {
                    let filter = PredictionFilter {
                        mistakes_only,
                        true_class,
                        predicted_class,
                        split,
                        sort: SortBy::Loss,
                    };
                    let mut found = rows(&table, &filter);
                    found.sort_unstable();
                    let wanted: Vec<u32> = (0..500)
                        .filter(|row| {
                            let i = *row as usize;
                            (!mistakes_only || table.is_mistake(i))
                                && (true_class.is_none() || table.targets[i] == true_class)
                                && predicted_class.is_none_or(|c| table.predicted[i] == c)
                                && split.is_none_or(|s| table.splits[i] == s)
                        })
                        .collect();
                    assert_eq!(found, wanted, "{filter:?}");
                }
            }
        }
    }
}

#[test]
fn every_order_is_the_order_it_names() {
    let table = drawn(300, 5, 2);
    let sorted = |sort| rows(&table, &PredictionFilter { sort, ..PredictionFilter::default() });
    for pair in sorted(SortBy::Loss).windows(2) {
        assert!(table.losses[pair[0] as usize] >= table.losses[pair[1] as usize]);
    }
    for pair in sorted(SortBy::Confidence).windows(2) {
        assert!(table.confidence(pair[0] as usize) >= table.confidence(pair[1] as usize));
    }
    for pair in sorted(SortBy::Doubt).windows(2) {
        assert!(table.confidence(pair[0] as usize) <= table.confidence(pair[1] as usize));
    }
    let in_data = sorted(SortBy::Sample);
    assert_eq!(in_data.len(), 300);
    for pair in in_data.windows(2) {
        assert!(table.samples[pair[0] as usize] < table.samples[pair[1] as usize]);
    }
}

#[test]
fn nan_and_infinite_losses_sort_first_and_nothing_is_lost() {
    let mut table = drawn(4, 2, 3);
    table.losses = vec![1.0, f32::NAN, f32::INFINITY, 2.0];
    assert_eq!(rows(&table, &PredictionFilter::default()), [1, 2, 3, 0]);
}

#[test]
fn a_table_cut_short_gives_fewer_rows_and_no_panic() {
    let mut table = drawn(10, 3, 4);
    table.targets.truncate(6);
    table.probabilities.truncate(4);
    table.predicted[0] = 99;
    for sort in [SortBy::Loss, SortBy::Confidence, SortBy::Doubt, SortBy::Sample] {
        assert_eq!(rows(&table, &PredictionFilter { sort, ..PredictionFilter::default() }).len(), 6);
    }
}

#[test]
fn confusion_counts_labelled_rows_of_the_split() {
    let table = drawn(400, 3, 5);
    let both = confusion(&table, None);
    let parts = [Split::Validation, Split::Test].map(|s| confusion(&table, Some(s)));
    for truth in 0..3usize {
        for predicted in 0..3usize {
            let wanted = (0..400)
                .filter(|i| {
                    table.targets[*i] == Some(truth as u32) && table.predicted[*i] == predicted as u32
                })
                .count() as u32;
            assert_eq!(both[truth][predicted], wanted);
            assert_eq!(parts[0][truth][predicted] + parts[1][truth][predicted], wanted);
        }
    }
}

#[test]
fn class_scores_and_pairs_of_a_matrix_worked_out_by_hand() {
    // Rows are labels: 8 of 10 cats found, 2 called dogs; 1 of 4 dogs found; no foxes labelled.
    let matrix = vec![vec![8, 2, 0], vec![3, 1, 0], vec![0, 0, 0]];
    let scores = class_scores(&matrix);
    assert_eq!(scores[0].recall(), Some(0.8));
    assert_eq!(scores[0].precision(), Some(8.0 / 11.0));
    assert_eq!(scores[1].recall(), Some(0.25));
    assert_eq!(scores[1].precision(), Some(1.0 / 3.0));
    assert_eq!((scores[2].recall(), scores[2].precision()), (None, None));
    assert_eq!(overall_accuracy(&matrix), Some(9.0 / 14.0));
    assert_eq!(overall_accuracy(&[]), None);
    let pairs = most_confused(&matrix, 10);
    assert_eq!(
        pairs,
        [
            ConfusedPair { truth: 1, predicted: 0, count: 3 },
            ConfusedPair { truth: 0, predicted: 1, count: 2 }
        ]
    );
    assert_eq!(most_confused(&matrix, 1).len(), 1);
}
