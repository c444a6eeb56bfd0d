//! Tests of preprocess: tokenizers, normalisation, augmentation, order, what is saved.

mod augment;
mod preview;

use crate::data::real_data;
use attentive::config::{ModelKind, Pooling, Resize, RunConfig, TokenizerKind};
use attentive::data::{Dataset, Examples, Images, OpenOptions, Split, Target, Texts, open, silent};
use attentive::preprocess::tokenizer::{CLASS, SPECIAL, TOKENIZERS, Tokenizer, UNKNOWN};
use attentive::preprocess::{
    Augmentation, ImageTransform, Input, InputShape, Prepared, Preprocess, PreprocessError, RawInput, order,
};
use attentive::random::{Key, Purpose};
use std::path::Path;
use std::sync::Arc;

// ---- making data ----

fn image_data(width: usize, height: usize, channels: usize, pixels: Vec<u8>, splits: &[Split]) -> Dataset {
    let images = Images::new(width, height, channels, pixels);
    assert_eq!(images.len(), splits.len());
    let targets = (0..splits.len() as u32).map(|i| Target::Class(i % 2)).collect();
    let classes = vec!["a".to_owned(), "b".to_owned()];
    Dataset::new(
        "t".into(),
        "t.idx".into(),
        "idx",
        Examples::Images(images),
        classes,
        targets,
        splits.to_vec(),
    )
}

fn text_data(texts: &[&str], splits: &[Split]) -> Dataset {
    let examples = Examples::Texts(Arc::new(texts.iter().copied().collect::<Texts>()));
    let targets = (0..splits.len() as u32).map(|i| Target::Class(i % 2)).collect();
    let classes = vec!["a".to_owned(), "b".to_owned()];
    Dataset::new("t".into(), "t.csv".into(), "csv", examples, classes, targets, splits.to_vec())
}

fn fit(data: &Dataset) -> Preprocess {
    Preprocess::fit(data, &RunConfig::default(), &silent).unwrap()
}

fn text_config(kind: TokenizerKind, vocabulary: u64, length: u64, lowercase: bool) -> RunConfig {
    let mut config = RunConfig::default();
    config.text.tokenizer = kind;
    config.text.vocabulary = vocabulary;
    config.text.length = length;
    config.text.lowercase = lowercase;
    config.model.pooling = Pooling::Mean;
    config
}

const CORPUS: &[&str] = &[
    "the parcel has not arrived and the tracking page shows nothing",
    "where is the parcel that was sent last week?",
    "The Parcel arrived broken, please refund the order.",
    "refund refund refund",
    "退款什么时候到账？我等了三天",
    "我的包裹还没有到，物流也没有更新",
    "包裹到了，可是屏幕碎了，要退款",
    "请问怎么修改密码",
    "mixed 包裹 and refund 退款 in one line",
];

fn train(kind: TokenizerKind, vocabulary: usize, lowercase: bool) -> Tokenizer {
    Tokenizer::train(kind, CORPUS, vocabulary, lowercase, &silent).unwrap()
}

fn pixels(input: &Input) -> &[f32] {
    match input {
        Input::Images { pixels, .. } => pixels,
        Input::Tokens { .. } => panic!("tokens"),
    }
}

fn sequences(input: &Input) -> Vec<Vec<u32>> {
    match input {
        Input::Tokens { ids, offsets } => offsets.windows(2).map(|w| ids[w[0]..w[1]].to_vec()).collect(),
        Input::Images { .. } => panic!("images"),
    }
}

// ---- tokenizers ----

/// What is left of a text after normalising for comparison: lower case, no spaces.
fn bare(text: &str) -> String {
    text.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect()
}

#[test]
fn every_tokenizer_gives_english_and_chinese_back() {
    for row in TOKENIZERS {
        let tokenizer = train(row.kind, 800, true);
        for text in CORPUS {
            let ids = tokenizer.encode(text).unwrap();
            assert!(!ids.contains(&UNKNOWN), "{:?}: '{text}'", row.kind);
            assert!(
                ids.iter().all(|id| (*id as usize) < tokenizer.vocabulary() && *id >= SPECIAL.len() as u32)
            );
            assert_eq!(bare(&tokenizer.decode(&ids).unwrap()), bare(text), "{:?}", row.kind);
        }
    }
}

#[test]
fn bytes_and_characters_come_back_exactly() {
    for kind in [TokenizerKind::Bpe, TokenizerKind::Character] {
        let tokenizer = train(kind, 800, false);
        for text in CORPUS {
            assert_eq!(tokenizer.decode(&tokenizer.encode(text).unwrap()).unwrap(), *text, "{kind:?}");
        }
    }
    let bytes = train(TokenizerKind::Bpe, 300, false);
    let strange = "  Ωμέγα \t🦀\n\u{0}龘 [PAD] [CLS]";
    assert_eq!(bytes.decode(&bytes.encode(strange).unwrap()).unwrap(), strange);
}

#[test]
fn special_tokens_come_first_and_cannot_be_written() {
    for row in TOKENIZERS {
        let tokenizer = train(row.kind, 400, true);
        for (id, token) in (0..).zip(SPECIAL) {
            assert_eq!(tokenizer.token(id).as_deref(), Some(token), "{:?}", row.kind);
        }
        let ids = tokenizer.encode("[CLS] refund [SEP] [PAD]").unwrap();
        assert!(!ids.iter().any(|id| [0, 2, 3].contains(id)), "{:?}: {ids:?}", row.kind);
    }
}

#[test]
fn what_is_not_in_the_vocabulary_is_unknown() {
    for (kind, expected) in
        [(TokenizerKind::WordPiece, vec![UNKNOWN]), (TokenizerKind::Character, vec![UNKNOWN; 2])]
    {
        assert_eq!(train(kind, 400, true).encode("Ωж").unwrap(), expected, "{kind:?}");
    }
    assert!(!train(TokenizerKind::Bpe, 400, true).encode("Ωж").unwrap().contains(&UNKNOWN));
}

#[test]
fn an_empty_text_is_one_unknown_token() {
    for row in TOKENIZERS {
        assert_eq!(train(row.kind, 400, true).encode("").unwrap(), [UNKNOWN], "{:?}", row.kind);
    }
    for kind in [TokenizerKind::WordPiece, TokenizerKind::Bpe] {
        let ids = train(kind, 400, true).encode(" \n\t ").unwrap();
        assert!(!ids.is_empty(), "{kind:?}");
    }
}

#[test]
fn frequent_words_become_one_token_and_chinese_stands_alone() {
    let tokenizer = train(TokenizerKind::WordPiece, 400, true);
    let pieces = |text: &str| -> Vec<String> {
        tokenizer.encode(text).unwrap().into_iter().map(|id| tokenizer.token(id).unwrap()).collect()
    };
    assert_eq!(pieces("Refund the parcel"), ["refund", "the", "parcel"]);
    assert_eq!(pieces("要退款"), ["要", "退", "款"]);
    assert!(pieces("refunds")[1].starts_with("##"), "{:?}", pieces("refunds"));
}

#[test]
fn lower_case_is_a_setting() {
    for row in TOKENIZERS {
        let lower = train(row.kind, 800, true);
        assert_eq!(
            lower.encode("The Parcel").unwrap(),
            lower.encode("the parcel").unwrap(),
            "{:?}",
            row.kind
        );
        let kept = train(row.kind, 800, false);
        assert_ne!(kept.encode("The Parcel").unwrap(), kept.encode("the parcel").unwrap(), "{:?}", row.kind);
    }
}

#[test]
fn the_vocabulary_keeps_to_its_limit() {
    for row in TOKENIZERS {
        for vocabulary in [row.least, row.least + 30, 5000] {
            let tokenizer = train(row.kind, vocabulary, true);
            assert!(tokenizer.vocabulary() <= vocabulary, "{:?} {vocabulary}", row.kind);
            tokenizer.encode(CORPUS[8]).unwrap();
        }
        let error = Tokenizer::train(row.kind, CORPUS, row.least - 1, true, &silent).unwrap_err().to_string();
        let least = row.least.to_string();
        for part in ["text.vocabulary", "too small", row.kind.key(), &least] {
            assert!(error.contains(part), "{error}");
        }
    }
}

/// The same texts and settings must give the same bytes in every process, or two runs of
/// one seed would differ. The expected digests were printed by another process than the
/// one that runs this test, and the texts below have many ties.
#[test]
fn the_same_texts_give_the_same_tokenizer_in_every_process() {
    // Enough texts for several groups, so that threads finish in different orders.
    let texts: Vec<String> = (0..1500u64)
        .map(|i| {
            let word = |n: u64| format!("{:x}", Key::new(i, Purpose::Test).with(n).bits() % 4096);
            format!("{} {} {}", word(0), CORPUS[i as usize % CORPUS.len()], word(1))
        })
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let digests = TOKENIZERS.iter().map(|row| {
        let first = Tokenizer::train(row.kind, &texts, 700, true, &silent).unwrap();
        let second = Tokenizer::train(row.kind, &texts, 700, true, &silent).unwrap();
        assert_eq!(first.json(), second.json(), "{:?}", row.kind);
        let digest = blake3::hash(first.json().as_bytes()).to_hex();
        format!("{} {}", row.kind.key(), &digest[..16])
    });
    let expected = ["wordpiece eb805474e7153a7d", "bpe e5471d609fc5ad81", "character 86babe1f6cd45d27"];
    assert_eq!(digests.collect::<Vec<_>>(), expected);
}

/// Learned by hand: counts are low 5, lower 2, newest 6, widest 3 (the example of Sennrich,
/// Haddow and Birch 2016, without an end-of-word sign).
#[test]
fn merges_follow_the_paper() {
    let mut texts = vec!["low"; 5];
    texts.extend(["lower"; 2]);
    texts.extend(["newest"; 6]);
    texts.extend(["widest"; 3]);
    let tokenizer = Tokenizer::train(TokenizerKind::Bpe, &texts, 260 + 6, true, &silent).unwrap();
    let learned: Vec<String> = (260..266).map(|id| tokenizer.token(id).unwrap()).collect();
    // es 9, (s,t now es+t) est 9, lo 7, low 7, then ew 6 ties with ne and w+est: the smaller pair of ids.
    assert_eq!(learned[..4], ["es", "est", "lo", "low"]);
    let json: serde_json::Value = serde_json::from_str(tokenizer.json()).unwrap();
    assert_eq!(json["model"]["merges"].as_array().unwrap().len(), 6);
    assert_eq!(tokenizer.encode("lowest").unwrap().len(), 2);
}

#[test]
fn training_a_tokenizer_can_be_cancelled() {
    for row in TOKENIZERS {
        let result = Tokenizer::train(row.kind, CORPUS, 500, true, &|_, _, _| false);
        assert_eq!(result.unwrap_err(), PreprocessError::Cancelled, "{:?}", row.kind);
    }
}

// ---- text ----

#[test]
fn the_tokenizer_sees_training_texts_only() {
    use Split::{Test, Train, Validation};
    let data = text_data(&["abc abc", "xyz xyz", "qqq qqq", "abd abd"], &[Train, Validation, Test, Train]);
    let config = text_config(TokenizerKind::Character, 100, 8, true);
    let Preprocess::Text(text) = Preprocess::fit(&data, &config, &silent).unwrap() else {
        panic!("not text")
    };
    assert_eq!(text.tokenizer.vocabulary(), SPECIAL.len() + "abcd ".len());
    assert_eq!(text.encode("qx").unwrap(), [UNKNOWN, UNKNOWN]);
    let none = text_data(&["a", "b"], &[Validation, Test]);
    let error = Preprocess::fit(&none, &config, &silent).unwrap_err();
    assert_eq!(error, PreprocessError::NoTraining);
    assert!(error.to_string().contains("data.validation_fraction"));
}

#[test]
fn texts_are_cut_to_length_and_kept_ragged() {
    let data = text_data(&["one two three four five", "one", "", "two three"], &[Split::Train; 4]);
    let config = text_config(TokenizerKind::WordPiece, 200, 4, true);
    let preprocess = Preprocess::fit(&data, &config, &silent).unwrap();
    let prepared = preprocess.prepare(&data, &silent).unwrap();
    assert_eq!(prepared.len(), 4);
    let lengths: Vec<usize> = (0..4).map(|i| prepared.num_tokens(i)).collect();
    assert_eq!(lengths[0], 4, "cut");
    assert_eq!(lengths[2], 1, "never empty");
    let whole = sequences(&prepared.input(&[0, 1, 2, 3], None));
    assert_eq!(whole.iter().map(Vec::len).collect::<Vec<_>>(), lengths);
    assert_eq!(whole[2], [UNKNOWN]);
    let mixed = sequences(&prepared.input(&[3, 0, 3], None));
    assert_eq!(mixed, [whole[3].clone(), whole[0].clone(), whole[3].clone()]);
    let Preprocess::Text(text) = &preprocess else { panic!("not text") };
    assert_eq!(whole[0], text.tokenizer.encode("one two three four five").unwrap()[..4]);
    let InputShape::Text { vocabulary, length } = preprocess.input_shape() else { panic!("not text") };
    assert_eq!((vocabulary, length), (text.tokenizer.vocabulary(), 4));
}

#[test]
fn a_class_token_leads_each_text_where_the_model_pools_by_it() {
    let data = text_data(&["one two three four five", "", "two three"], &[Split::Train; 3]);
    let mut config = text_config(TokenizerKind::WordPiece, 200, 4, true);
    let bare = Preprocess::fit(&data, &config, &silent).unwrap();
    config.model.pooling = Pooling::ClassToken;
    let led = Preprocess::fit(&data, &config, &silent).unwrap();
    let folder = tempfile::tempdir().unwrap();
    led.save(folder.path()).unwrap();
    let led = Preprocess::load(folder.path()).unwrap();
    let all = |p: &Preprocess| sequences(&p.prepare(&data, &silent).unwrap().input(&[0, 1, 2], None));
    for (bare, led) in all(&bare).into_iter().zip(all(&led)) {
        let mut expected = vec![CLASS];
        expected.extend(bare);
        expected.truncate(4);
        assert_eq!(led, expected);
    }
    let outside = led.raw(&[RawInput::Text("two".to_owned())]);
    let Ok(input) = &outside[0] else { panic!("{outside:?}") };
    assert_eq!(sequences(input)[0][0], CLASS);
}

#[test]
fn a_class_token_ends_each_text_of_a_decoder() {
    let data = text_data(&["one two three four five", "", "two three"], &[Split::Train; 3]);
    let mut config = text_config(TokenizerKind::WordPiece, 200, 4, true);
    let bare = Preprocess::fit(&data, &config, &silent).unwrap();
    config.model.pooling = Pooling::ClassToken;
    config.model.kind = ModelKind::Decoder;
    let closed = Preprocess::fit(&data, &config, &silent).unwrap();
    let folder = tempfile::tempdir().unwrap();
    closed.save(folder.path()).unwrap();
    let closed = Preprocess::load(folder.path()).unwrap();
    let all = |p: &Preprocess| sequences(&p.prepare(&data, &silent).unwrap().input(&[0, 1, 2], None));
    for (bare, closed) in all(&bare).into_iter().zip(all(&closed)) {
        let mut expected: Vec<u32> = bare.into_iter().take(3).collect();
        expected.push(CLASS);
        assert_eq!(closed, expected);
    }
}

#[test]
fn many_texts_keep_their_order() {
    let texts: Vec<String> = (0..3000).map(|i| format!("{i}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let data = text_data(&texts, &vec![Split::Train; texts.len()]);
    let config = text_config(TokenizerKind::Character, 100, 8, true);
    let preprocess = Preprocess::fit(&data, &config, &silent).unwrap();
    let prepared = preprocess.prepare(&data, &silent).unwrap();
    let Preprocess::Text(text) = &preprocess else { panic!("not text") };
    for sample in [0u32, 511, 512, 1023, 1024, 2047, 2999] {
        let ids = &sequences(&prepared.input(&[sample], None))[0];
        assert_eq!(text.tokenizer.decode(ids).unwrap(), sample.to_string());
    }
}

// ---- images ----

#[test]
fn statistics_are_those_of_the_training_pixels() {
    use Split::{Test, Train, Validation};
    // Two channels' worth of numbers by hand: red of the two training images is 0, 255, 255, 255.
    let pixels = vec![
        0, 10, 100, 255, 20, 100, // train
        9, 9, 9, 9, 9, 9, // validation
        255, 30, 100, 255, 40, 100, // train
        77, 77, 77, 77, 77, 77, // test
    ];
    let data = image_data(2, 1, 3, pixels, &[Train, Validation, Train, Test]);
    let Preprocess::Image(image) = fit(&data) else { panic!("not images") };
    let close = |found: &[f64], expected: [f64; 3]| {
        found
            .iter()
            .zip(expected)
            .for_each(|(f, e)| assert!((f - e).abs() < 1e-12, "{found:?} {expected:?}"));
    };
    close(&image.mean, [0.75, 25.0 / 255.0, 100.0 / 255.0]);
    // Population deviations: of 0, 1, 1, 1; of 10, 20, 30, 40; of a constant (1 by convention).
    close(&image.std, [(3.0f64 / 16.0).sqrt(), 125.0f64.sqrt() / 255.0, 1.0]);
    let shape = Preprocess::Image(image).input_shape();
    assert_eq!(shape, InputShape::Image { channels: 3, height: 1, width: 2 });
}

#[test]
fn a_batch_has_channels_first_and_is_normalised() {
    let data = image_data(2, 2, 3, (0..24).map(|v| v * 10).collect(), &[Split::Train; 2]);
    let preprocess = fit(&data);
    let prepared = preprocess.prepare(&data, &silent).unwrap();
    let batch = prepared.input(&[1, 0], None);
    assert_eq!(batch.len(), 2);
    let Preprocess::Image(image) = &preprocess else { panic!("not images") };
    let found = pixels(&batch);
    for (place, sample) in [1usize, 0].into_iter().enumerate() {
        for channel in 0..3 {
            for at in 0..4 {
                let raw = f64::from((sample * 12 + at * 3 + channel) as u32 * 10) / 255.0;
                let expected = (raw - image.mean[channel]) / image.std[channel];
                let value = f64::from(found[place * 12 + channel * 4 + at]);
                assert!((value - expected).abs() < 1e-6, "{value} {expected}");
            }
        }
    }
    // Over the training set each channel has mean 0 and deviation 1.
    let all = pixels(&prepared.input(&[0, 1], None)).to_vec();
    for channel in 0..3 {
        let values: Vec<f32> = (0..2).flat_map(|i| all[i * 12 + channel * 4..][..4].to_vec()).collect();
        let mean = values.iter().sum::<f32>() / 8.0;
        let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f32>() / 8.0;
        assert!(mean.abs() < 1e-5 && (variance - 1.0).abs() < 1e-5, "{mean} {variance}");
    }
}

#[test]
fn threads_take_batches_at_the_same_time() {
    let data = image_data(4, 4, 1, (0..160).collect(), &[Split::Train; 10]);
    let prepared: Prepared = fit(&data).prepare(&data, &silent).unwrap();
    let augment = augment::augmentation(&["shift=1", "flip=true"], 9);
    let expected = prepared.input(&[1, 2, 3], Some(&augment));
    std::thread::scope(|scope| {
        let running: Vec<_> =
            (0..4).map(|_| scope.spawn(|| prepared.input(&[1, 2, 3], Some(&augment)))).collect();
        running.into_iter().for_each(|handle| assert_eq!(handle.join().unwrap(), expected));
    });
}

// ---- saved beside the run ----

#[test]
fn saved_and_loaded_preprocessing_gives_the_same_inputs() {
    let images = image_data(3, 2, 3, (0..72).map(|v| v * 3).collect(), &[Split::Train; 4]);
    let texts = text_data(CORPUS, &[Split::Train; 9]);
    let mut cases = vec![(fit(&images), &images)];
    for row in TOKENIZERS {
        let config = text_config(row.kind, 350, 7, true);
        cases.push((Preprocess::fit(&texts, &config, &silent).unwrap(), &texts));
    }
    for (preprocess, data) in cases {
        let folder = tempfile::tempdir().unwrap();
        preprocess.save(folder.path()).unwrap();
        let loaded = Preprocess::load(folder.path()).unwrap();
        assert_eq!(preprocess, loaded);
        let all: Vec<u32> = (0..data.len() as u32).collect();
        let input = |p: &Preprocess| p.prepare(data, &silent).unwrap().input(&all, None);
        assert_eq!(input(&preprocess), input(&loaded));
        assert_eq!(preprocess.input_shape(), loaded.input_shape());
        let names: Vec<String> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        assert!(
            names.iter().all(|n| ["preprocess.toml", "tokenizer.json"].contains(&n.as_str())),
            "{names:?}"
        );
    }
}

#[test]
fn files_from_before_there_was_a_choice_of_resizing_stretch() {
    let folder = tempfile::tempdir().unwrap();
    let old = "kind = \"image\"\nchannels = 1\nheight = 2\nwidth = 3\nmean = [0.5]\nstd = [0.25]\n";
    std::fs::write(folder.path().join("preprocess.toml"), old).unwrap();
    let Preprocess::Image(image) = Preprocess::load(folder.path()).unwrap() else { panic!("not images") };
    assert_eq!((image.resize, image.width, image.height), (Resize::Stretch, 3, 2));
}

#[test]
fn the_way_of_resizing_is_kept_with_the_run() {
    let data = image_data(4, 4, 1, vec![9; 16], &[Split::Train]);
    let mut config = RunConfig::default();
    config.image.resize = Resize::Pad;
    let preprocess = Preprocess::fit(&data, &config, &silent).unwrap();
    let folder = tempfile::tempdir().unwrap();
    preprocess.save(folder.path()).unwrap();
    let loaded = Preprocess::load(folder.path()).unwrap();
    assert_eq!(loaded, preprocess);
    assert_eq!(loaded.picture_options().size, Some((4, 4)));
    // A picture twice as wide gets bars above and below.
    let wide = RawInput::Image { width: 8, height: 4, channels: 1, pixels: vec![9; 32] };
    let found = loaded.raw(&[wide])[0].clone().unwrap();
    let Preprocess::Image(image) = &loaded else { panic!("not images") };
    let [bar, inside] = [0, 9].map(|v: usize| image.levels()[0][v]);
    assert_eq!(pixels(&found), [[bar; 4], [inside; 4], [inside; 4], [bar; 4]].concat());
}

#[test]
fn damaged_preprocessing_files_are_refused() {
    let texts = text_data(CORPUS, &[Split::Train; 9]);
    let preprocess =
        Preprocess::fit(&texts, &text_config(TokenizerKind::Bpe, 300, 7, true), &silent).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let refused = |name: &str, damage: &dyn Fn(&Path), parts: &[&str]| {
        preprocess.save(folder.path()).unwrap();
        let path = folder.path().join(name);
        damage(&path);
        let message = Preprocess::load(folder.path()).unwrap_err().to_string();
        assert!(message.starts_with(&path.display().to_string()), "{message}");
        for part in parts.iter().chain(&["train again"]) {
            assert!(message.contains(part), "'{part}' in {message}");
        }
    };
    let write = |path: &Path, text: &str| std::fs::write(path, text).unwrap();
    refused("preprocess.toml", &|p| std::fs::remove_file(p).unwrap(), &["cannot be read"]);
    refused("preprocess.toml", &|p| write(p, "kind = \"text\"\nlength = 3"), &["is not what was saved"]);
    refused("tokenizer.json", &|p| std::fs::remove_file(p).unwrap(), &["cannot be read"]);
    refused("tokenizer.json", &|p| write(p, "{}"), &["tokenizer failed"]);
    refused(
        "tokenizer.json",
        &|p| write(p, &std::fs::read_to_string(p).unwrap().replace("[CLS]", "[END]")),
        &["it has no token for the class"],
    );
    let other = train(TokenizerKind::Bpe, 320, true);
    refused("tokenizer.json", &|p| write(p, other.json()), &["tokens, but preprocess.toml says"]);
}

// ---- examples from outside ----

#[test]
fn a_picture_of_the_models_size_is_taken_as_it_is() {
    let data = image_data(3, 2, 1, vec![5, 60, 70, 80, 90, 200], &[Split::Train]);
    let preprocess = fit(&data);
    let prepared = preprocess.prepare(&data, &silent).unwrap();
    let raw = RawInput::Image { width: 3, height: 2, channels: 1, pixels: vec![5, 60, 70, 80, 90, 200] };
    assert_eq!(preprocess.raw(&[raw])[0].as_ref().unwrap(), &prepared.input(&[0], None));
}

#[test]
fn pictures_are_resized_and_turned_grey_or_coloured() {
    let grey = fit(&image_data(2, 2, 1, vec![0, 255, 0, 255], &[Split::Train]));
    let Preprocess::Image(transform) = &grey else { panic!("not images") };
    let value = |level: u8| transform.levels()[0][usize::from(level)];
    // A colour picture, four times as large, of one colour: stays one value, its luma.
    let color = RawInput::Image { width: 8, height: 8, channels: 3, pixels: [200, 200, 200].repeat(64) };
    let found = grey.raw(&[color])[0].clone().unwrap();
    assert_eq!(pixels(&found), [value(200); 4]);
    // Left half black, right half white.
    let halves: Vec<u8> = (0..8).flat_map(|_| [0, 0, 0, 0, 255, 255, 255, 255]).collect();
    let halves = RawInput::Image { width: 8, height: 8, channels: 1, pixels: halves };
    let found = grey.raw(&[halves])[0].clone().unwrap();
    let found = pixels(&found);
    assert!(found[0] < value(60) && found[1] > value(195) && found[0] == found[2], "{found:?}");

    let color = fit(&image_data(1, 1, 3, vec![10, 20, 30, 50, 60, 70], &[Split::Train; 2]));
    let Preprocess::Image(ImageTransform { mean, std, .. }) = &color else { panic!("not images") };
    let spread = RawInput::Image { width: 1, height: 1, channels: 1, pixels: vec![40] };
    let found = color.raw(&[spread])[0].clone().unwrap();
    for channel in 0..3 {
        let expected = (40.0 / 255.0 - mean[channel]) / std[channel];
        assert!((f64::from(pixels(&found)[channel]) - expected).abs() < 1e-5);
    }
}

#[test]
fn raw_inputs_that_do_not_fit_are_refused_one_by_one() {
    let images = fit(&image_data(1, 1, 1, vec![10, 20], &[Split::Train; 2]));
    let good = || RawInput::Image { width: 1, height: 1, channels: 1, pixels: vec![40] };
    let short = RawInput::Image { width: 9, height: 9, channels: 1, pixels: vec![40] };
    let none = RawInput::Image { width: 0, height: 0, channels: 1, pixels: vec![] };
    let results = images.raw(&[RawInput::Text("x".to_owned()), good(), short, none]);
    assert!(results[0].as_ref().unwrap_err().contains("trained on images; give a picture"));
    assert!(results[1].is_ok());
    assert!(results[2].as_ref().unwrap_err().contains("9 x 9"));
    assert!(results[3].is_err());

    let texts = fit(&text_data(CORPUS, &[Split::Train; 9]));
    let results =
        texts.raw(&[good(), RawInput::Text("the parcel".to_owned()), RawInput::Text(String::new())]);
    assert!(results[0].as_ref().unwrap_err().contains("trained on texts; give a text"));
    assert_eq!(sequences(results[1].as_ref().unwrap())[0].len(), 3);
    assert_eq!(sequences(results[2].as_ref().unwrap()), [[CLASS, UNKNOWN]]);
}

#[test]
fn other_data_must_fit_the_model() {
    let small = image_data(2, 2, 1, vec![0; 4], &[Split::Train]);
    let preprocess = fit(&small);
    assert!(preprocess.check_compatible(&small).is_ok());
    let color = image_data(3, 2, 3, vec![0; 18], &[Split::Train]);
    let texts = text_data(&["a"], &[Split::Train]);
    for (other, parts) in [
        (&color, ["t.idx", "3 x 2 pixels, colour", "2 x 2 pixels, grey", "give images of the model's size"]),
        (&texts, ["t.csv", "holds texts", "trained on images", "give a data set of images"]),
    ] {
        let message = preprocess.check_compatible(other).unwrap_err().to_string();
        parts.iter().for_each(|part| assert!(message.contains(part), "'{part}' in {message}"));
        assert!(preprocess.prepare(other, &silent).is_err());
    }
    let message =
        fit(&text_data(CORPUS, &[Split::Train; 9])).check_compatible(&small).unwrap_err().to_string();
    assert!(message.contains("holds images") && message.contains("trained on texts"), "{message}");
}

// ---- order ----

#[test]
fn an_epochs_order_is_a_seeded_permutation() {
    let samples: Vec<u32> = (0..100).map(|i| i * 3).collect();
    let first = order(1, 0, &samples);
    let mut sorted = first.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, samples);
    assert_eq!(first, order(1, 0, &samples));
    assert_ne!(first, samples);
    assert_ne!(first, order(1, 1, &samples));
    assert_ne!(first, order(2, 0, &samples));
    assert_eq!(order(1, 0, &[]), [0u32; 0]);
    // Each of the 6 orders of 3 occurs about equally often.
    let mut counts = std::collections::BTreeMap::new();
    (0..6000).for_each(|epoch| *counts.entry(order(7, epoch, &[0, 1, 2])).or_insert(0) += 1);
    assert_eq!(counts.len(), 6);
    assert!(counts.values().all(|c| (850..1150).contains(c)), "{counts:?}");
}

// ---- real data ----

#[test]
fn seventy_thousand_images_are_prepared_without_a_copy() {
    let Some(folder) = real_data("seventy_thousand_images_are_prepared_without_a_copy") else { return };
    let source = folder.join("fashion-mnist");
    let mut data = open(source.to_str().unwrap(), &OpenOptions::default(), &silent).unwrap();
    data.hold_out(0.1, 0);
    let start = std::time::Instant::now();
    let preprocess = fit(&data);
    let prepared = preprocess.prepare(&data, &silent).unwrap();
    eprintln!("70 000 images prepared in {:.2} s", start.elapsed().as_secs_f64());
    let Examples::Images(images) = &data.examples else { panic!("not images") };
    assert_eq!(Arc::strong_count(images.in_memory().unwrap()), 2, "the pixels are shared");
    assert_eq!((prepared.len(), data.count(Split::Train)), (70_000, 54_000));
    let Preprocess::Image(image) = &preprocess else { panic!("not images") };
    // Known of Fashion-MNIST's 60 000 training images: mean 0.2860, deviation 0.3530.
    assert!((image.mean[0] - 0.2860).abs() < 0.002 && (image.std[0] - 0.3530).abs() < 0.002, "{image:?}");
    assert_eq!(prepared.input(&[69_999], None).len(), 1);
}

#[test]
fn film_reviews_become_tokens() {
    let Some(folder) = real_data("film_reviews_become_tokens") else { return };
    let source = folder.join("movie-reviews.csv");
    let data = open(source.to_str().unwrap(), &OpenOptions::default(), &silent).unwrap();
    for row in TOKENIZERS {
        let start = std::time::Instant::now();
        let preprocess = Preprocess::fit(&data, &text_config(row.kind, 8192, 64, true), &silent).unwrap();
        let fitted = start.elapsed().as_secs_f64();
        let prepared = preprocess.prepare(&data, &silent).unwrap();
        let tokens: usize = (0..data.len() as u32).map(|i| prepared.num_tokens(i)).sum();
        let mean = tokens as f64 / data.len() as f64;
        eprintln!(
            "{}: {:?}, {mean:.1} tokens a review, trained in {fitted:.2} s, cut in {:.2} s",
            row.kind.key(),
            preprocess.input_shape(),
            start.elapsed().as_secs_f64() - fitted
        );
        assert!((10.0..=64.0).contains(&mean), "{mean}");
    }
}
