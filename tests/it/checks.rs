//! Tests of what should be known before training: evenness, duplicates, tokens; the tokens of
//! one text; tokenizers from files, against what Hugging Face tokenizers gives.

use attentive::config::{Pooling, RunConfig};
use attentive::data::examine::{balance, duplicates, near_duplicates};
use attentive::data::{DataError, Dataset, Examples, Images, SetAside, Split, Target, Texts, silent};
use attentive::preprocess::tokenizer::Tokenizer;
use attentive::preprocess::{
    DataReport, Finding, Input, InputShape, Preprocess, PreprocessError, TextTransform, TokenKind,
};
use attentive::random::{Key, Purpose};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use Split::{Test, Train, Validation};

fn labelled(examples: Examples, rows: &[(Split, u32)]) -> Dataset {
    let classes = vec!["ant".to_owned(), "bee".to_owned(), "cat".to_owned()];
    let targets = rows.iter().map(|(_, class)| Target::Class(*class)).collect();
    let splits = rows.iter().map(|(split, _)| *split).collect();
    Dataset::new("t".into(), "t.csv".into(), "csv", examples, classes, targets, splits)
}

fn texts(rows: &[(&str, Split, u32)]) -> Dataset {
    let examples = Examples::Texts(Arc::new(rows.iter().map(|(text, ..)| *text).collect::<Texts>()));
    labelled(examples, &rows.iter().map(|(_, split, class)| (*split, *class)).collect::<Vec<_>>())
}

fn config(length: u64) -> RunConfig {
    let mut config = RunConfig::default();
    config.text.length = length;
    config
}

fn transform(data: &Dataset, config: &RunConfig) -> TextTransform {
    match Preprocess::fit(data, config, &silent).unwrap() {
        Preprocess::Text(text) => text,
        Preprocess::Image(_) => panic!("not text"),
    }
}

// ---- classes ----

#[test]
fn evenness_counts_training_samples_and_names_the_largest_and_smallest_class() {
    let mut rows: Vec<(&str, Split, u32)> = vec![("a", Train, 1); 40];
    rows.extend(vec![("b", Train, 0); 9]);
    rows.extend(vec![("c", Test, 2); 50]);
    let data = texts(&rows);
    let found = balance(&data);
    assert_eq!(found.counts, [9, 40, 0]);
    assert_eq!((found.largest, found.smallest), (1, 0), "a class without training samples has no ratio");
    assert!((found.ratio - 40.0 / 9.0).abs() < 1e-12);
    assert_eq!(found.scarce, [0, 2]);

    let report = DataReport::make(&data, &config(64), &silent).unwrap();
    let mut settings = config(64);
    let uneven = |settings: &RunConfig| {
        let found = report.findings(settings);
        found.iter().find(|(f, _)| matches!(f, Finding::Uneven { .. })).cloned()
    };
    let expected = Finding::Uneven { largest: 1, smallest: 0, counts: [40, 9] };
    assert_eq!(uneven(&settings), Some((expected, false)));
    settings.train.class_weights = true;
    assert_eq!(uneven(&settings), None, "balanced classes need no warning");
    let scarce = (Finding::Scarce { classes: vec![0, 2], limit: 10 }, true);
    assert!(report.findings(&settings).contains(&scarce));
}

#[test]
fn samples_that_were_set_aside_are_told() {
    let mut data = texts(&[("one", Train, 0), ("two", Train, 1)]);
    data.set_aside = vec![SetAside { item: "row 3".to_owned(), reason: "the label is empty".to_owned() }; 3];
    let report = DataReport::make(&data, &config(64), &silent).unwrap();
    assert_eq!(report.unreadable, 3);
    assert!(report.findings(&config(64)).contains(&(Finding::Unreadable { samples: 3 }, true)));
}

// ---- duplicates ----

#[test]
fn equal_texts_are_counted_within_and_across_splits_and_with_other_labels() {
    let data = texts(&[
        ("one", Train, 0),
        (" one\n", Train, 0),
        ("one", Validation, 0),
        ("two", Train, 1),
        ("two", Test, 2),
        ("Two", Train, 1),
        ("three", Validation, 0),
        ("three", Test, 0),
        ("four", Train, 0),
        ("five", Test, 0),
        ("five", Test, 0),
        ("five", Test, 0),
    ]);
    let found = duplicates(&data, &silent).unwrap();
    assert_eq!(found.repeated, [1, 0, 2]);
    assert_eq!((found.validation_in_train, found.test_in_train, found.test_in_validation), (1, 1, 1));
    assert_eq!(found.conflicting, 2);
    assert_eq!(found.num_groups, 4);
    let groups: Vec<(&[u32], [u64; 3], bool)> =
        found.groups.iter().map(|g| (g.samples.as_slice(), g.counts, g.conflicting)).collect();
    let expected: [(&[u32], [u64; 3], bool); 4] = [
        (&[3, 4], [1, 0, 1], true),
        (&[0, 1, 2], [2, 1, 0], false),
        (&[6, 7], [0, 1, 1], false),
        (&[9, 10, 11], [0, 0, 3], false),
    ];
    assert_eq!(groups, expected, "contradictions first, then leaks, then the largest");

    let report = DataReport::make(&data, &config(64), &silent).unwrap();
    let found = report.findings(&config(64));
    for expected in [
        (Finding::Leak { split: Validation, samples: 1, of: 2 }, true),
        (Finding::Leak { split: Test, samples: 1, of: 5 }, true),
        (Finding::Conflicting { samples: 2 }, true),
        (Finding::Repeated { samples: 1 }, false),
    ] {
        assert!(found.contains(&expected), "{expected:?} in {found:?}");
    }
    assert!(found.is_sorted_by_key(|(_, serious)| !serious), "the serious come first");
}

#[test]
fn equal_pictures_have_equal_pixels() {
    let pixels = [[1, 2, 3, 4], [1, 2, 3, 5], [1, 2, 3, 4]].concat();
    let images = Images::new(2, 2, 1, pixels);
    let data = labelled(Examples::Images(images), &[(Train, 0), (Train, 1), (Validation, 0)]);
    let found = duplicates(&data, &silent).unwrap();
    assert_eq!((found.num_groups, found.validation_in_train, found.conflicting), (1, 1, 0));
    assert_eq!(found.groups[0].samples, [0, 2]);
    let report = DataReport::make(&data, &RunConfig::default(), &silent).unwrap();
    assert_eq!((report.tokens.is_none(), report.split_counts), (true, [2, 1, 0]));
}

#[test]
fn large_data_is_looked_through_whole_listed_in_part_and_can_be_cancelled() {
    // 30 000 groups of two, each text once in training and once in validation.
    let mut examples = Texts::default();
    for number in 0..60_000u32 {
        examples.push(&format!("text number {}", number % 30_000));
    }
    let rows: Vec<(Split, u32)> =
        (0..60_000).map(|n| (if n < 30_000 { Train } else { Validation }, n % 3)).collect();
    let data = labelled(Examples::Texts(Arc::new(examples)), &rows);
    let found = duplicates(&data, &silent).unwrap();
    assert_eq!((found.num_groups, found.validation_in_train), (30_000, 30_000));
    assert_eq!(found.groups.len(), 500);
    assert_eq!(found.groups[0].samples, [0, 30_000]);
    assert_eq!(found.groups[499].samples, [499, 30_499], "the first, whatever the order of the work");
    assert_eq!(duplicates(&data, &|_, _, _| false), Err(DataError::Cancelled));
    let cancelled = DataReport::make(&data, &config(64), &|stage, _, _| stage != "Counting tokens");
    assert_eq!(cancelled, Err(PreprocessError::Cancelled));
}

// ---- near duplicates ----

/// A sentence of `words` words, drawn by a key.
fn drawn_words(key: u64, words: u64) -> String {
    const WORDS: [&str; 12] = [
        "river", "stone", "market", "lantern", "quiet", "seven", "garden", "window", "silver", "morning",
        "harbour", "letter",
    ];
    let key = Key::new(key, Purpose::Test);
    let word = |n| WORDS[(key.with(n).bits() % 12) as usize].to_owned() + &"s".repeat((n % 3) as usize);
    (0..words).map(word).collect::<Vec<_>>().join(" ")
}

#[test]
fn texts_that_differ_in_what_does_not_matter_are_nearly_equal() {
    let long = drawn_words(1, 60);
    let mut other = long.clone();
    let at = other.match_indices(' ').nth(30).expect("a blank").0;
    other.insert_str(at, " certainly");
    let rows = [
        ("Where is my parcel?", Train, 0),        // 0
        ("where  is my PARCEL!!", Validation, 0), // 1: case, blanks, punctuation
        ("Where is my parcel?", Validation, 0),   // 2: the same as 0
        ("我要退款，谢谢。", Train, 1),           // 3
        ("我要退款!谢谢", Test, 2),               // 4: other punctuation
        (long.as_str(), Train, 0),                // 5
        (other.as_str(), Train, 0),               // 6: one word more in a long text
        ("This film was good", Train, 0),         // 7
        ("This film was bad", Test, 1),           // 8: short, one word that matters
        ("我想开发票", Train, 0),                 // 9
        ("我想退发票", Test, 1),                  // 10
        ("👍", Train, 0),                         // 11
        ("👎", Train, 1),                         // 12
        ("…", Train, 0),                          // 13: nothing is left of it
        ("!?", Train, 1),                         // 14
    ];
    let data = texts(&rows);
    let found = near_duplicates(&data, &silent).unwrap();
    let groups: Vec<(&[u32], bool)> = found.groups.iter().map(|g| (&g.samples[..], g.conflicting)).collect();
    let expected: [(&[u32], bool); 3] = [(&[3, 4], true), (&[0, 1, 2], false), (&[5, 6], false)];
    assert_eq!(groups, expected, "contradictions first, then leaks");
    assert_eq!(found.num_groups, 3);
    // Sample 2 is the same as a training sample, which `duplicates` tells.
    assert_eq!((found.validation_in_train, found.test_in_train, found.test_in_validation), (1, 1, 0));
    assert_eq!((found.repeated, found.conflicting), ([1, 1, 0], 2));
    assert_eq!(duplicates(&data, &silent).unwrap().num_groups, 1);
    let report = DataReport::make(&data, &config(64), &silent).unwrap();
    assert_eq!(report.nearly, found);
    let near = (Finding::NearLeak { split: Test, samples: 1, of: 3 }, true);
    assert!(report.findings(&config(64)).contains(&near), "{:?}", report.findings(&config(64)));
}

#[test]
fn nine_tenths_of_the_shingles_are_enough_and_eight_are_not() {
    // Of 60 words one or ten are other ones: the share of common shingles is above 0.9 or below.
    let (mut rows, mut long) = (Vec::new(), Vec::new());
    for key in 0..100 {
        let words: Vec<String> = drawn_words(key, 60).split(' ').map(str::to_owned).collect();
        let with = |changed: usize| {
            let mut words = words.clone();
            words[10..10 + changed].iter_mut().for_each(|word| *word = format!("x{key}q{}", word.len()));
            words.join(" ")
        };
        long.extend([with(0), with(1), with(10)]);
    }
    rows.extend(long.iter().map(|text| (text.as_str(), Train, 0)));
    let found = near_duplicates(&texts(&rows), &silent).unwrap();
    let mut pairs: Vec<Vec<u32>> = found.groups.iter().map(|group| group.samples.clone()).collect();
    pairs.sort();
    let expected: Vec<Vec<u32>> = (0..100).map(|key| vec![3 * key, 3 * key + 1]).collect();
    assert_eq!(pairs, expected);
}

/// A made-up photograph: soft shades and a few shapes, `side` pixels square.
fn photograph(key: u64, side: usize) -> Vec<u8> {
    let draw = |n: u64| Key::new(key, Purpose::Test).with(n).bits() % 1000;
    let wave = |n: u64, x: f64, y: f64| {
        let turn = draw(n) as f64 / 159.0;
        ((x * turn.cos() + y * turn.sin()) * (0.5 + draw(n + 1) as f64 / 100.0) + draw(n + 2) as f64).sin()
    };
    (0..side * side)
        .map(|place| {
            let (x, y) = ((place % side) as f64 / side as f64, (place / side) as f64 / side as f64);
            let shade: f64 = (0..5).map(|n| wave(10 * n, x * 6.0, y * 6.0)).sum();
            (120.0 + 22.0 * shade).clamp(2.0, 250.0) as u8
        })
        .collect()
}

fn as_jpeg(pixels: &[u8], side: u32) -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut file, 85);
    let picture = image::GrayImage::from_raw(side, side, pixels.to_vec()).unwrap();
    picture.write_with_encoder(encoder).unwrap();
    image::load_from_memory(file.get_ref()).unwrap().into_luma8().into_raw()
}

#[test]
fn pictures_encoded_again_or_a_shade_brighter_are_nearly_equal() {
    let side = 48;
    let mut pictures: Vec<Vec<u8>> = (0..40).map(|key| photograph(key, side)).collect();
    for key in 0..20 {
        pictures.push(as_jpeg(&pictures[key], side as u32));
    }
    for key in 20..30 {
        pictures.push(pictures[key].iter().map(|pixel| pixel + 1).collect());
    }
    let rows: Vec<(Split, u32)> = (0..70).map(|n| (if n < 40 { Train } else { Validation }, 0)).collect();
    let data = labelled(Examples::Images(Images::new(side, side, 1, pictures.concat())), &rows);
    assert_eq!(duplicates(&data, &silent).unwrap().num_groups, 0);
    let found = near_duplicates(&data, &silent).unwrap();
    let mut pairs: Vec<Vec<u32>> = found.groups.iter().map(|group| group.samples.clone()).collect();
    pairs.sort();
    assert_eq!(pairs, (0..30).map(|n| vec![n, n + 40]).collect::<Vec<_>>());
    assert_eq!((found.validation_in_train, found.repeated), (30, [0, 0, 0]));
    assert_eq!(near_duplicates(&data, &|_, _, _| false), Err(DataError::Cancelled));
    let cancelled = near_duplicates(&data, &|stage, _, _| stage != "Comparing near duplicates");
    assert_eq!(cancelled, Err(DataError::Cancelled));
}

#[test]
fn plain_pictures_and_those_of_one_outline_are_not_nearly_equal() {
    let side = 28;
    let mut pictures: Vec<Vec<u8>> = Vec::new();
    // Plain: blank, grey, and grey with a little noise.
    pictures.extend([vec![0; 784], vec![1; 784], vec![100; 784], vec![102; 784]]);
    for key in 0..4u64 {
        let noise = |place| 100 + (Key::new(key, Purpose::Test).with(place).bits() % 3) as u8;
        pictures.push((0..784).map(noise).collect());
    }
    // Clothes: the same outline on black, another pattern on each.
    for key in 0..12u64 {
        pictures.push(
            (0..784u64)
                .map(|place| {
                    let (row, column) = (place / side, place % side);
                    let inside = (6..22).contains(&column) && (3..26).contains(&row);
                    let stripe = (row * (key % 4 + 1) + column * (key / 4 + 1)) / 4 % 2;
                    if inside { 110 + 40 * stripe as u8 } else { 0 }
                })
                .collect(),
        );
    }
    let rows = vec![(Train, 0); pictures.len()];
    let images = Images::new(side as usize, side as usize, 1, pictures.concat());
    let found = near_duplicates(&labelled(Examples::Images(images), &rows), &silent).unwrap();
    assert_eq!(found.groups, []);
}

#[test]
fn the_clothes_have_hardly_any_near_duplicates() {
    let options = attentive::data::OpenOptions::default();
    let data = attentive::data::open("builtin:fashion", &options, &silent).unwrap();
    let found = near_duplicates(&data, &silent).unwrap();
    assert!(found.num_groups <= 5, "{} groups of 12 000 pictures", found.num_groups);
    assert!(found.groups.iter().all(|group| group.len() <= 3), "{:?}", found.groups);
}

#[test]
fn many_texts_made_from_one_pattern_take_no_more_than_a_few_comparisons_each() {
    // 20 000 letters that differ in a number: one group, and no pair of all with all.
    let letter = drawn_words(3, 80);
    let letters: Texts = (0..20_000)
        .map(|n| format!("{letter} number {n}"))
        .collect::<Vec<_>>()
        .iter()
        .map(String::as_str)
        .collect();
    let data = labelled(Examples::Texts(Arc::new(letters)), &vec![(Train, 0); 20_000]);
    let found = near_duplicates(&data, &silent).unwrap();
    assert_eq!((found.num_groups, found.repeated[0]), (1, 19_999));
    assert_eq!(found.groups[0].samples.len(), 50, "listed in part");
}

// ---- tokens ----

/// Ten training texts of 1 to 10 words, and a validation text of words that none of them has.
fn word_texts() -> Dataset {
    let words = "red green blue red green blue red green blue red";
    let long: Vec<String> =
        (1..=10).map(|n| words.split(' ').take(n).collect::<Vec<_>>().join(" ")).collect();
    let mut rows: Vec<(&str, Split, u32)> = long.iter().map(|t| (t.as_str(), Train, 0)).collect();
    rows.push(("Ω Ж", Validation, 1));
    rows.push((" ", Train, 2));
    texts(&rows)
}

#[test]
fn token_numbers_are_those_of_the_run() {
    let data = word_texts();
    let mut config = config(8);
    config.model.pooling = Pooling::Mean;
    for (pooling, class) in [(Pooling::Mean, 0), (Pooling::ClassToken, 1)] {
        config.model.pooling = pooling;
        let report = DataReport::make(&data, &config, &silent).unwrap();
        let tokens = report.tokens.as_ref().unwrap();
        // Ten texts of 1 to 10 words, two unknown characters, one text of nothing.
        assert_eq!(tokens.tokens, 55 + 2 + 1 + class * 12);
        assert_eq!((tokens.texts, tokens.length, tokens.empty), (12, 8, 1));
        assert_eq!(tokens.quantiles, [1, 4, 9, 10, 10, 10].map(|n| n + class));
        let longer = if class == 0 { [9, 10].as_slice() } else { &[9, 10, 11] };
        assert_eq!(tokens.cut, longer.len() as u64);
        assert_eq!(tokens.tokens_cut, longer.iter().map(|n| n - 8).sum::<u64>());
        assert_eq!((tokens.unknown, tokens.split_tokens), ([0, 2, 0], [55, 2, 0]));
        assert_eq!(tokens.bins.iter().map(|bin| bin.texts).sum::<u64>(), 12);
        assert!(tokens.bins.windows(2).all(|pair| pair[0].to + 1 == pair[1].from), "{:?}", tokens.bins);
        let text = transform(&data, &config);
        assert_eq!(tokens.vocabulary, text.tokenizer.vocabulary() as u64);
        let prepared = Preprocess::Text(text).prepare(&data, &silent).unwrap();
        let kept: u64 = (0..12).map(|sample| prepared.num_tokens(sample) as u64).sum();
        assert_eq!(tokens.tokens - tokens.tokens_cut, kept, "what is left is what the model is given");
    }
    let report = DataReport::make(&data, &config, &silent).unwrap();
    let found = report.findings(&config);
    let cut = Finding::Cut { share: 3.0 / 12.0, length: 8, enough: 11 };
    assert!(found.contains(&(cut, true)), "{found:?}");
    assert!(found.contains(&(Finding::Unknown { share: 2.0 / 57.0 }, false)), "{found:?}");
    assert!(found.contains(&(Finding::Empty { texts: 1 }, false)));
}

#[test]
fn a_histogram_of_very_different_lengths_stays_readable() {
    let long = "red ".repeat(3000);
    let mut rows: Vec<(&str, Split, u32)> = vec![("red green", Train, 0); 500];
    rows.push((&long, Train, 1));
    let report = DataReport::make(&texts(&rows), &config(64), &silent).unwrap();
    let bins = report.tokens.unwrap().bins;
    assert!(bins.len() <= 24, "{}", bins.len());
    assert_eq!(bins.last().unwrap().to, 3001);
    assert_eq!(bins.iter().map(|bin| bin.texts).sum::<u64>(), 501);
}

#[test]
fn settings_that_make_no_tokenizer_are_told_in_the_report() {
    let mut config = config(8);
    config.text.tokenizer_file = "/nowhere/tokenizer.json".to_owned();
    let report = DataReport::make(&word_texts(), &config, &silent).unwrap();
    assert!(report.tokens.is_none());
    let found = report.findings(&config);
    let told = found.iter().any(|(finding, serious)| {
        *serious
            && matches!(finding, Finding::NoTokens { reason } if reason.contains("/nowhere/tokenizer.json"))
    });
    assert!(told, "{found:?}");
}

#[test]
fn the_report_is_plain_json() {
    let report = DataReport::make(&word_texts(), &config(8), &silent).unwrap();
    let json = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<DataReport>(&json).unwrap(), report);
}

#[test]
fn the_tokens_of_a_text_are_those_the_model_is_given() {
    let data = texts(&[("red green blue", Train, 0), ("blue green red", Train, 1)]);
    for pooling in [Pooling::ClassToken, Pooling::Mean] {
        let mut config = config(4);
        config.model.pooling = pooling;
        let text = transform(&data, &config);
        let sentence = "red Ω green blue red";
        let seen = text.seen(sentence).unwrap();
        let kept: Vec<u32> = seen.tokens.iter().filter(|t| t.kept).map(|t| t.id).collect();
        assert_eq!(kept, text.encode(sentence).unwrap());
        assert_eq!(kept.len(), 4);
        let class = usize::from(pooling == Pooling::ClassToken);
        assert_eq!(seen.whole, 5 + class as u64);
        assert_eq!(seen.tokens.len(), 5 + class, "what is cut off is there too");
        assert_eq!(seen.tokens.iter().filter(|t| t.kind == TokenKind::Special).count(), class);
        let unknown = &seen.tokens[1 + class];
        assert_eq!((unknown.kind, unknown.text.as_str()), (TokenKind::Unknown, "[UNK]"));
        assert_eq!(seen.tokens[class].text, "red");
        assert_eq!(seen.decoded, if class == 1 { "red green" } else { "red green blue" });
    }
    // Bytes of a character are no text of their own; blanks can be seen.
    let mut config = config(16);
    config.text.tokenizer = attentive::config::TokenizerKind::Bpe;
    config.model.pooling = Pooling::Mean;
    let seen = transform(&data, &config).seen("red 好").unwrap();
    assert!(seen.tokens.iter().all(|t| !t.text.contains('\u{fffd}') && !t.text.is_empty()), "{seen:?}");
    assert!(seen.tokens.iter().any(|t| t.text.contains('\u{b7}')), "{seen:?}");
    assert_eq!(seen.decoded, "red 好");
    assert_eq!(transform(&data, &config).seen("").unwrap().tokens.len(), 1, "an empty text is one token");
}

// ---- tokenizers from files ----

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tokenizer")
}

#[test]
fn a_tokenizer_from_a_file_gives_the_ids_of_hugging_face_tokenizers() {
    let expected = std::fs::read_to_string(fixtures().join("expected.json")).unwrap();
    let expected: serde_json::Value = serde_json::from_str(&expected).unwrap();
    for (name, added) in [("wordpiece", 0), ("bpe", 2)] {
        let tokenizer = Tokenizer::from_file(&fixtures().join(format!("{name}.json"))).unwrap();
        let own = expected[name]["vocabulary"].as_u64().unwrap();
        assert_eq!(tokenizer.vocabulary() as u64, own + added, "{name}: what it lacks is added behind");
        let mut compared = 0;
        for row in expected[name]["ids"].as_array().unwrap() {
            let text = row[0].as_str().unwrap();
            let ids: Vec<u32> = serde_json::from_value(row[1].clone()).unwrap();
            assert_eq!(tokenizer.cut(text).unwrap(), ids, "{name}: {text:?}");
            compared += ids.len();
        }
        assert!(compared > 20);
        assert_eq!(tokenizer.encode("").unwrap(), [tokenizer.unknown()]);
        let names = [tokenizer.token(tokenizer.unknown()), tokenizer.token(tokenizer.class())];
        assert_eq!(names, [Some("[UNK]".to_owned()), Some("[CLS]".to_owned())], "{name}");
    }
}

#[test]
fn a_run_with_a_tokenizer_file_needs_the_file_no_more() {
    let data = texts(&[("我想取消订单。", Train, 0), ("Thank you", Train, 1), ("refund", Validation, 0)]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.json");
    std::fs::copy(fixtures().join("bpe.json"), &file).unwrap();
    let mut config = config(12);
    config.text.tokenizer_file = file.to_string_lossy().into_owned();
    let fitted = Preprocess::fit(&data, &config, &silent).unwrap();
    let InputShape::Text { vocabulary, .. } = fitted.input_shape() else { panic!("not text") };
    assert_eq!(vocabulary, 332);
    let run = folder.path().join("run");
    std::fs::create_dir(&run).unwrap();
    fitted.save(&run).unwrap();
    std::fs::remove_file(&file).unwrap();
    let loaded = Preprocess::load(&run).unwrap();
    assert_eq!(loaded, fitted);
    let batch = |p: &Preprocess| p.prepare(&data, &silent).unwrap().input(&[0, 1, 2], None);
    assert_eq!(batch(&loaded), batch(&fitted));
    let Input::Tokens { ids, .. } = batch(&fitted) else { panic!("not tokens") };
    assert_eq!(ids[0], 331, "the class token leads");
    assert!(ids.iter().all(|id| (*id as usize) < vocabulary));
    let report = DataReport::make(&data, &config, &silent).unwrap();
    assert!(report.no_tokens.is_some_and(|reason| reason.contains("mine.json")), "the file is gone");
}

#[test]
fn files_that_are_no_tokenizer_are_refused_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let refuse = |name: &str, contents: &str, parts: &[&str]| {
        let path = folder.path().join(name);
        std::fs::write(&path, contents).unwrap();
        let message = Tokenizer::from_file(&path).unwrap_err().to_string();
        for part in ["text.tokenizer_file", name, "leave the setting empty"].iter().chain(parts) {
            assert!(message.contains(part), "'{part}' in {message}");
        }
    };
    refuse("empty.json", "", &["no tokenizer.json"]);
    refuse("other.json", "{\"a\": 1}", &["no tokenizer.json"]);
    refuse("text.json", "this is not JSON", &["no tokenizer.json"]);
    let whole = std::fs::read_to_string(fixtures().join("wordpiece.json")).unwrap();
    refuse("cut.json", &whole[..whole.len() / 2], &["no tokenizer.json"]);
    // Not in the file's own words: a vocabulary that no model has rows for.
    let huge = whole.replace("\"[CLS]\":3", "\"[CLS]\":4000000000");
    refuse("huge.json", &huge, &["huge.json"]);
    let bare = r#"{"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":null,
        "pre_tokenizer":null,"post_processor":null,"decoder":null,
        "model":{"type":"WordLevel","vocab":{},"unk_token":"[UNK]"}}"#;
    refuse("bare.json", bare, &["vocabulary is empty"]);
    let message = Tokenizer::from_file(&folder.path().join("none.json")).unwrap_err().to_string();
    assert!(message.contains("none.json: it cannot be read"), "{message}");
}
