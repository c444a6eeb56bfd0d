//! Tests of inspect: filtering, sorting, confusion, class scores.

use attentive::data::{Dataset, Examples, Split, Target, Texts};
use attentive::inspect::{
    CLASS_MEASURES, Change, ChangeFilter, ConfusedPair, OutcomeFilter, PredictionFilter, Probability, SortBy,
    Subject, class_curve, class_rows, class_scores, compare, confusion, margin, mcnemar, most_confused,
    overall_accuracy, rows, write_predictions,
};
use attentive::random::{Key, Purpose};
use attentive::runs::{Evaluation, Metrics, PredictionTable};
use std::sync::Arc;

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
    let ranges = [
        Probability::default(),
        Probability { least: 0.4, most: 1.0 },
        Probability { least: 0.3, most: 0.35 },
    ];
    for outcome in [OutcomeFilter::All, OutcomeFilter::Mistakes, OutcomeFilter::Correct] {
        for (true_class, predicted_class) in
            [(None, None), (Some(2), None), (None, Some(3)), (Some(2), Some(3))]
        {
            for split in [None, Some(Split::Validation), Some(Split::Train)] {
                for probability in ranges {
                    let filter = PredictionFilter {
                        outcome,
                        true_class,
                        predicted_class,
                        split,
                        probability,
                        ..PredictionFilter::default()
                    };
                    let mut found = rows(&Subject::of(&table), &filter);
                    found.sort_unstable();
                    let wanted: Vec<u32> = (0..500)
                        .filter(|row| {
                            let i = *row as usize;
                            let right = table.targets[i] == Some(table.predicted[i]);
                            let sure = table.confidence(i);
                            (match outcome {
                                OutcomeFilter::All => true,
                                OutcomeFilter::Mistakes => table.is_mistake(i),
                                OutcomeFilter::Correct => right,
                            }) && (true_class.is_none() || table.targets[i] == true_class)
                                && predicted_class.is_none_or(|c| table.predicted[i] == c)
                                && split.is_none_or(|s| table.splits[i] == s)
                                && sure >= probability.least
                                && sure <= probability.most
                        })
                        .collect();
                    assert_eq!(found, wanted, "{filter:?}");
                }
            }
        }
    }
}

/// Messages with their table: the classes are named in two languages.
fn messages() -> (Dataset, PredictionTable, Vec<String>) {
    let texts = ["Where is my PARCEL?", "我要退款", "refund please", "the parcel came, thank you"];
    let classes = vec!["Delivery".to_owned(), "退款".to_owned()];
    let dataset = Dataset::new(
        "messages".into(),
        "messages.csv".into(),
        "csv",
        Examples::Texts(Arc::new(texts.into_iter().collect::<Texts>())),
        classes.clone(),
        [0, 1, 1, 0].map(Target::Class).to_vec(),
        vec![Split::Validation; 4],
    );
    let table = PredictionTable {
        step: 5,
        classes: 2,
        samples: vec![3, 2, 1, 0],
        splits: vec![Split::Validation; 4],
        targets: vec![Some(0), Some(1), None, Some(0)],
        predicted: vec![0, 0, 1, 1],
        probabilities: vec![0.9, 0.1, 0.75, 0.25, 0.125, 0.875, 0.25, 0.75],
        losses: vec![0.105, 1.386, 0.0, 1.386],
    };
    (dataset, table, classes)
}

#[test]
fn a_text_is_found_in_texts_class_names_and_sample_numbers() {
    let (dataset, table, classes) = messages();
    let found = |text: &str, dataset: Option<&Dataset>| {
        let subject = Subject { table: &table, classes: &classes, dataset, comparison: None };
        let filter =
            PredictionFilter { text: text.to_owned(), sort: SortBy::Sample, ..PredictionFilter::default() };
        rows(&subject, &filter).into_iter().map(|row| table.samples[row as usize]).collect::<Vec<u32>>()
    };
    assert_eq!(found("parcel", Some(&dataset)), [0, 3], "in any case");
    assert_eq!(found(" DELIVERY ", Some(&dataset)), [0, 2, 3], "label or prediction, in any case");
    assert_eq!(found("退款", Some(&dataset)), [0, 1, 2], "in the text, the label or the prediction");
    assert_eq!(found("2", Some(&dataset)), [2], "the number of a sample");
    assert_eq!(found("nothing of it", Some(&dataset)), [0; 0]);
    assert_eq!(found("parcel", None), [0; 0], "the texts are not open");
    assert_eq!(found("  ", None), [0, 1, 2, 3], "white space keeps everything");
}

#[test]
fn every_order_is_the_order_it_names() {
    let table = drawn(300, 5, 2);
    let sorted = |sort| rows(&Subject::of(&table), &PredictionFilter { sort, ..PredictionFilter::default() });
    for pair in sorted(SortBy::Loss).windows(2) {
        assert!(table.losses[pair[0] as usize] >= table.losses[pair[1] as usize]);
    }
    for pair in sorted(SortBy::Confidence).windows(2) {
        assert!(table.confidence(pair[0] as usize) >= table.confidence(pair[1] as usize));
    }
    for pair in sorted(SortBy::Doubt).windows(2) {
        assert!(table.confidence(pair[0] as usize) <= table.confidence(pair[1] as usize));
    }
    let close = sorted(SortBy::Margin);
    for pair in close.windows(2) {
        assert!(margin(&table, pair[0] as usize) <= margin(&table, pair[1] as usize));
    }
    // By hand: the two largest of a row.
    let mut row = table.probabilities(close[0] as usize).to_vec();
    row.sort_by(f32::total_cmp);
    assert_eq!(margin(&table, close[0] as usize), row[4] - row[3]);
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
    assert_eq!(rows(&Subject::of(&table), &PredictionFilter::default()), [1, 2, 3, 0]);
}

#[test]
fn a_table_cut_short_gives_fewer_rows_and_no_panic() {
    let mut table = drawn(10, 3, 4);
    table.targets.truncate(6);
    table.probabilities.truncate(4);
    table.predicted[0] = 99;
    for sort in [SortBy::Loss, SortBy::Confidence, SortBy::Doubt, SortBy::Margin, SortBy::Sample] {
        assert_eq!(
            rows(&Subject::of(&table), &PredictionFilter { sort, ..PredictionFilter::default() }).len(),
            6
        );
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

#[test]
fn two_evaluations_are_compared_sample_by_sample() {
    let now = PredictionTable {
        classes: 3,
        samples: vec![10, 11, 12, 13, 14, 15, 16],
        splits: vec![Split::Validation; 7],
        targets: vec![Some(0), Some(0), Some(1), Some(1), Some(2), None, Some(2)],
        predicted: vec![0, 1, 2, 1, 0, 1, 2],
        losses: vec![0.0; 7],
        probabilities: vec![1.0 / 3.0; 21],
        ..PredictionTable::default()
    };
    // In another order, without sample 16, and with one that is not in the other.
    let before = PredictionTable {
        classes: 3,
        samples: vec![99, 15, 14, 13, 12, 11, 10],
        splits: vec![Split::Validation; 7],
        targets: vec![Some(0); 7],
        predicted: vec![0, 2, 1, 1, 2, 0, 1],
        losses: vec![0.0; 7],
        probabilities: vec![1.0 / 3.0; 21],
        ..PredictionTable::default()
    };
    let comparison = compare(&now, &before).expect("they have samples in common");
    let changes: Vec<Option<Change>> =
        (0..7).map(|row| comparison.pair(row).and_then(|pair| pair.change)).collect();
    let (fixed, broken) = (Some(Change::Fixed), Some(Change::Broken));
    let (wrong, right) = (Some(Change::BothWrong), Some(Change::BothRight));
    assert_eq!(changes, [fixed, broken, wrong, right, wrong, None, None]);
    let moved: Vec<bool> = (0..6).map(|row| comparison.pair(row).is_some_and(|pair| pair.moved)).collect();
    assert_eq!(moved, [true, true, false, false, true, true]);
    assert_eq!(comparison.pair(6), None, "sample 16 was not evaluated before");
    let counts = comparison.counts;
    assert_eq!((counts.fixed, counts.broken, counts.both_wrong, counts.both_right), (1, 1, 2, 1));
    assert_eq!((counts.moved, counts.alone, counts.difference()), (4, 1, Some(0.0)));

    let subject = Subject { comparison: Some(&comparison), ..Subject::of(&now) };
    let shown = |change| {
        rows(&subject, &PredictionFilter { change, sort: SortBy::Sample, ..PredictionFilter::default() })
    };
    assert_eq!(shown(Some(ChangeFilter::Is(Change::BothWrong))), [2, 4]);
    assert_eq!(shown(Some(ChangeFilter::Changed)), [0, 1, 4, 5]);
    assert_eq!(shown(None).len(), 7);
    assert_eq!(
        rows(
            &Subject::of(&now),
            &PredictionFilter { change: Some(ChangeFilter::Changed), ..PredictionFilter::default() }
        )
        .len(),
        7,
        "without a comparison nothing is held back"
    );

    assert_eq!(compare(&now, &PredictionTable { samples: vec![1; 7], ..before.clone() }), None);
    assert_eq!(compare(&now, &PredictionTable { classes: 2, ..before }), None);
}

#[test]
fn mcnemars_test_is_the_exact_binomial_one() {
    // Worked out with exact fractions: 2 sum(comb(n, i), i <= min) / 2^n, at most 1.
    for (fixed, broken, wanted) in [
        (0, 0, 1.0),
        (5, 5, 1.0),
        (10, 2, 0.03857421875),
        (2, 10, 0.03857421875),
        (1, 0, 1.0),
        (0, 20, 1.907_348_632_812_5e-6),
        (130, 90, 0.008_405_451_752_681_956),
        (3000, 2800, 0.008_969_436_001_193_416),
    ] {
        let found = mcnemar(fixed, broken);
        assert!((found - wanted).abs() <= wanted * 1e-9, "{fixed}, {broken}: {found}, {wanted}");
    }
    assert!(mcnemar(600_000, 400_000) < 1e-300);
}

#[test]
fn classes_fare_as_worked_out_by_hand_and_their_curves_come_from_the_matrices() {
    let (_, table, _) = messages();
    let found = class_rows(&table, None);
    // Label 0 twice: once right; label 1 once: taken for 0.
    assert_eq!((found[0].score.labelled, found[0].score.predicted, found[0].score.correct), (2, 2, 1));
    assert_eq!((found[1].score.labelled, found[1].score.predicted, found[1].score.correct), (1, 1, 0));
    assert_eq!(found[0].score.f1(), Some(0.5));
    assert!((found[0].loss.expect("labelled") - (0.105 + 1.386) / 2.0).abs() < 1e-6);
    assert_eq!(class_rows(&table, Some(Split::Test))[0].loss, None, "no test samples");

    let evaluation = |step, confusion: Vec<Vec<u32>>| Evaluation {
        step,
        epoch: 0.0,
        split: Split::Validation,
        samples: 0,
        metrics: Metrics::default(),
        confusion,
        classes: Default::default(),
        seconds: 0.0,
        predictions: None,
        best: false,
    };
    let evaluations = [
        evaluation(10, vec![vec![0, 4], vec![0, 4]]),
        evaluation(20, vec![vec![3, 1], vec![1, 3]]),
        evaluation(30, vec![]),
    ];
    let curve = |name: &str, class| {
        let measure = CLASS_MEASURES.iter().find(|m| m.name == name).expect("a measure");
        class_curve(&evaluations, class, measure)
    };
    assert_eq!(curve("precision", 0), [[20.0, 0.75]], "never predicted at step 10: no precision");
    assert_eq!(curve("recall", 0), [[10.0, 0.0], [20.0, 0.75]]);
    assert_eq!(curve("f1", 1), [[10.0, 8.0 / 12.0], [20.0, 0.75]]);
    assert_eq!(curve("f1", 7), [[0.0; 2]; 0]);
}

#[test]
fn a_table_written_is_read_back_value_by_value() {
    let (dataset, table, classes) = messages();
    let before = PredictionTable { predicted: vec![1, 1, 0, 1], ..table.clone() };
    let comparison = compare(&table, &before).expect("the same samples");
    let subject =
        Subject { table: &table, classes: &classes, dataset: Some(&dataset), comparison: Some(&comparison) };
    let mut bytes = Vec::new();
    assert_eq!(write_predictions(&mut bytes, &subject, Some(&before), &[1, 2]).expect("to memory"), 2);
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let heading = reader.headers().expect("a heading").clone();
    assert_eq!(
        heading.iter().collect::<Vec<_>>(),
        [
            "id",
            "split",
            "text",
            "label",
            "prediction",
            "probability",
            "margin",
            "loss",
            "other_prediction",
            "other_probability",
            "change",
            "p_Delivery",
            "p_退款"
        ]
    );
    let lines: Vec<Vec<String>> =
        reader.records().map(|r| r.expect("a row").iter().map(String::from).collect()).collect();
    assert_eq!(
        lines[0],
        [
            "2",
            "validation",
            "refund please",
            "退款",
            "Delivery",
            "0.75",
            "0.5",
            "1.386",
            "退款",
            "0.25",
            "broken",
            "0.75",
            "0.25"
        ]
    );
    // The unlabelled row has neither label nor loss nor verdict.
    assert_eq!(
        lines[1],
        [
            "1",
            "validation",
            "我要退款",
            "",
            "退款",
            "0.875",
            "0.75",
            "",
            "Delivery",
            "0.125",
            "",
            "0.125",
            "0.875"
        ]
    );

    // Every number of a drawn table, to the last bit; without data and comparison.
    let table = drawn(200, 7, 9);
    let mut bytes = Vec::new();
    let all: Vec<u32> = (0..200).collect();
    write_predictions(&mut bytes, &Subject::of(&table), None, &all).expect("to memory");
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    for (row, record) in reader.records().map(|r| r.expect("a row")).enumerate() {
        assert_eq!(record[0].parse::<u32>().unwrap(), table.samples[row]);
        let values: Vec<f32> = record.iter().skip(7).map(|v| v.parse().unwrap()).collect();
        assert_eq!(values, table.probabilities(row));
        let loss = record[6].parse::<f32>().ok();
        assert_eq!(loss, table.targets[row].map(|_| table.losses[row]));
    }
}
