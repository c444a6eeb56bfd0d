//! What a prediction rests on: the piece that decides is found, in English, in Chinese and in a
//! picture, and each number is the difference of two predictions.

use super::{dataset, new_run, no_wishes, tiny, train};
use attentive::data::{Examples, Images, Texts, silent};
use attentive::preprocess::RawInput;
use attentive::train::{Predictor, SALIENCY_METHODS, Saliency, SaliencyParts};
use std::sync::Arc;

fn explained(predictor: &Predictor, input: &RawInput) -> Saliency {
    predictor.explain(input, "occlusion", &silent).expect("explained").expect("nobody stopped it")
}

fn probability(predictor: &Predictor, input: RawInput, class: u32) -> f32 {
    predictor.predict(&[input]).remove(0).expect("predicted")[class as usize]
}

/// Pieces of a text with their numbers.
fn pieces(found: &Saliency) -> Vec<(&str, Option<f32>)> {
    let SaliencyParts::Text { text, pieces } = &found.parts else { panic!("{found:?}") };
    pieces.iter().map(|piece| (&text[piece.bytes.clone()], piece.value)).collect()
}

/// A run that learned which class `words` belong to, whatever stands beside them. Texts without
/// such a word have a class of their own, so that without it the prediction is another one.
fn learned(
    words: [[&str; 2]; 2],
    filler: &[&str],
    between: &str,
    settings: &[&str],
) -> (tempfile::TempDir, Predictor) {
    let mut texts = Texts::default();
    for sample in 0..360 {
        let [a, b, c, d] = [3, 5, 7, 11].map(|step| filler[sample / step % filler.len()]);
        let word = words.get(sample % 3).map_or(d, |words| words[sample / 3 % 2]);
        texts.push(&[[word, a, b, c], [a, word, b, c], [a, b, c, word]][sample / 6 % 3].join(between));
    }
    let classes = ["weather", "food", "neither"].map(str::to_owned).to_vec();
    let data = dataset("words", Examples::Texts(Arc::new(texts)), classes, 360, 0);
    let common =
        ["train.epochs=12", "train.learning_rate=0.01", "data.validation_fraction=0", "text.length=8"];
    let assignments: Vec<&str> = common.iter().chain(settings).copied().collect();
    let (home, folder) = new_run();
    train(&tiny(&assignments), &data, Some(&folder), no_wishes);
    (home, Predictor::open(&folder).expect("opens"))
}

#[test]
fn the_word_that_decides_is_found_and_each_number_is_a_difference_of_two_predictions() {
    let filler = ["today", "we", "saw", "much", "of", "again"];
    let words = [["rain", "storm"], ["soup", "bread"]];
    for pooling in ["model.pooling=mean", "model.pooling=class"] {
        let (_home, predictor) = learned(words, &filler, " ", &["text.vocabulary=100", pooling]);
        let text = "today we saw soup again of much today we saw";
        let found = explained(&predictor, &RawInput::Text(text.to_owned()));
        assert_eq!((predictor.classes()[found.class as usize].as_str(), found.method), ("food", "occlusion"));
        let given = pieces(&found);
        assert_eq!(
            given.iter().map(|(word, _)| *word).collect::<Vec<_>>(),
            text.split(' ').collect::<Vec<_>>()
        );
        let most = given.iter().max_by(|a, b| a.1.unwrap_or(-1.0).total_cmp(&b.1.unwrap_or(-1.0)));
        let (word, value) = most.copied().expect("pieces");
        assert!(word == "soup" && value > Some(0.1), "{pooling}: {given:?}");
        // The class token takes one of the eight places; what is beyond has no number.
        let room = if pooling.ends_with("mean") { 8 } else { 7 };
        assert!(given.iter().enumerate().all(|(at, (_, value))| value.is_some() == (at < room)), "{given:?}");
        let kept: Vec<&str> = text.split(' ').take(room).collect();
        let whole = probability(&predictor, RawInput::Text(kept.join(" ")), found.class);
        assert_eq!(whole, found.probability(), "{pooling}");
        for (place, (word, value)) in given.iter().take(room).enumerate() {
            let mut rest = kept.clone();
            rest.remove(place);
            let left = probability(&predictor, RawInput::Text(rest.join(" ")), found.class);
            let (value, direct) = (value.expect("given"), whole - left);
            assert!((value - direct).abs() < 1e-6, "{pooling}, {word}: {value} and {direct}");
        }
    }
}

#[test]
fn the_chinese_word_that_decides_is_found_with_every_tokenizer() {
    let words = [["雨", "雪"], ["饭", "汤"]];
    let filler = ["今", "天", "我", "们", "看", "见"];
    for tokenizer in ["wordpiece", "bpe", "character"] {
        let kind = format!("text.tokenizer={tokenizer}");
        let (_home, predictor) =
            learned(words, &filler, "", &["text.vocabulary=300", "model.pooling=mean", &kind]);
        let found = explained(&predictor, &RawInput::Text("今天我雪".to_owned()));
        assert_eq!(predictor.classes()[found.class as usize], "weather", "{tokenizer}");
        let given = pieces(&found);
        assert_eq!(given.iter().map(|(piece, _)| *piece).collect::<String>(), "今天我雪", "{tokenizer}");
        let (piece, _) = given.iter().max_by(|a, b| a.1.partial_cmp(&b.1).expect("numbers")).expect("pieces");
        assert!(piece.contains('雪'), "{tokenizer}: {given:?}");
    }
    let (_home, predictor) = learned(words, &filler, "", &["text.vocabulary=300", "model.pooling=mean"]);
    assert!(
        explained(&predictor, &RawInput::Text(String::new())).values().is_empty(),
        "nothing to leave out"
    );
}

#[test]
fn the_region_that_decides_is_found_and_what_cannot_be_explained_says_why() {
    // Class 1 has a bright patch in the third row, second column of a grid of four; the rest is noise.
    let pixels = |sample: usize| {
        (0..256).map(move |place| {
            let (row, column) = (place / 16, place % 16);
            let bright = sample % 2 == 1 && (8..12).contains(&row) && (4..8).contains(&column);
            if bright { 250u8 } else { ((sample * 31 + place * 17) % 61) as u8 }
        })
    };
    let images = Images::new(16, 16, 1, (0..160).flat_map(pixels).collect::<Vec<u8>>());
    let classes = vec!["plain".to_owned(), "marked".to_owned()];
    let data = dataset("marks", Examples::Images(images), classes, 160, 0);
    let settings =
        ["model.patch=4", "train.epochs=12", "train.learning_rate=0.01", "data.validation_fraction=0"];
    let (_home, folder) = new_run();
    train(&tiny(&settings), &data, Some(&folder), no_wishes);
    let predictor = Predictor::open(&folder).expect("opens");
    let input = |sample: usize| RawInput::Image {
        width: 16,
        height: 16,
        channels: 1,
        pixels: pixels(sample).collect(),
    };
    let found = explained(&predictor, &input(1));
    assert_eq!(predictor.classes()[found.class as usize], "marked");
    let SaliencyParts::Picture { picture, side, columns, values } = &found.parts else { panic!("{found:?}") };
    assert_eq!((*side, *columns, values.len()), (4, 4, 16));
    assert_eq!(picture.pixels, pixels(1).collect::<Vec<u8>>(), "the picture as the model is given it");
    let most = (0..16).max_by(|a, b| values[*a].total_cmp(&values[*b])).expect("regions");
    assert!(most == 9 && values[9] > 0.3, "{values:?}");
    assert_eq!(found.full(), values[9], "the colour is full at the largest");

    let why = |input: &RawInput, method| predictor.explain(input, method, &silent).expect_err("refused");
    assert!(why(&RawInput::Text("a".to_owned()), "occlusion").contains("trained on images"));
    assert!(why(&input(1), "guess").contains(SALIENCY_METHODS[0].name));
    let broken = RawInput::Image { width: 16, height: 16, channels: 1, pixels: vec![0; 9] };
    assert!(!why(&broken, "occlusion").is_empty());
    assert_eq!(predictor.explain(&input(1), "occlusion", &|_, _, _| false), Ok(None), "told to stop");
}
