//! Tests of what should be known before training: evenness, duplicates, tokens; the tokens of
//! one text; tokenizers from files, against what Hugging Face tokenizers gives.

use attentive::config::{Pooling, RunConfig};
use attentive::data::examine::{balance, duplicates};
use attentive::data::{DataError, Dataset, Examples, Images, Split, Target, Texts, silent};
use attentive::preprocess::tokenizer::Tokenizer;
use attentive::preprocess::{
    DataReport, Finding, Input, InputShape, Preprocess, PreprocessError, TextTransform, TokenKind,
};
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
