//! What is shown as the model's input is the model's input.

use super::*;
use attentive::preprocess::{ModelView, ModelViewRequest, Seen};

fn preview(data: &Dataset, config: &RunConfig, samples: &[u32], epochs: std::ops::Range<u64>) -> ModelView {
    let request = ModelViewRequest { samples: samples.to_vec(), epochs };
    ModelView::make(data, config, &request, &silent).unwrap()
}

#[test]
fn pictures_are_those_that_training_is_given_with_the_normalisation_undone() {
    let values: Vec<u8> = (0..3 * 36 * 3).map(|v| (v * 17 % 256) as u8).collect();
    let data = image_data(6, 6, 3, values.clone(), &[Split::Train; 3]);
    let mut config = RunConfig::default();
    let found = preview(&data, &config, &[2, 0, 77], 0..2);
    assert_eq!(found.samples.iter().map(|s| s.sample).collect::<Vec<_>>(), [2, 0], "77 does not exist");
    for shown in &found.samples {
        let Seen::Pictures { plain, augmented } = &shown.seen else { panic!("not pictures") };
        let own = &values[shown.sample as usize * 108..][..108];
        assert_eq!((plain.width, plain.height, plain.channels, &plain.pixels[..]), (6, 6, 3, own));
        assert!(augmented.iter().all(|picture| picture == plain), "without augmentation");
    }
    for setting in ["shift=2", "flip=true", "rotation=25", "colour=0.4", "crop=0.5", "erase=0.7"] {
        config.apply(&format!("augment.{setting}")).unwrap();
    }
    let found = preview(&data, &config, &[1], 3..6);
    let Seen::Pictures { plain, augmented } = &found.samples[0].seen else { panic!("not pictures") };
    assert_eq!((&plain.pixels[..], augmented.len()), (&values[108..216], 3));
    let preprocess = Preprocess::fit(&data, &config, &silent).unwrap();
    let prepared = preprocess.prepare(&data, &silent).unwrap();
    let Preprocess::Image(transform) = &preprocess else { panic!("not images") };
    for (epoch, shown) in (3..6).zip(augmented) {
        let given = prepared.input(
            &[1],
            Augmentation::of(&config.augment, Augmentation::key_of(config.train.seed, epoch)).as_ref(),
        );
        assert_eq!(shown.pixels, transform.denormalised(pixels(&given)), "epoch {epoch}");
        // Every byte stands for exactly the number that is given.
        let levels = transform.levels();
        for (at, value) in shown.pixels.iter().enumerate() {
            assert_eq!(pixels(&given)[at % 3 * 36 + at / 3], levels[at % 3][usize::from(*value)]);
        }
    }
    assert_ne!(augmented[0], augmented[1], "each epoch has its own draws");
}

#[test]
fn texts_are_shown_as_tokens() {
    let data = text_data(CORPUS, &[Split::Train; 9]);
    let config = text_config(TokenizerKind::WordPiece, 300, 16, true);
    let found = preview(&data, &config, &[3], 0..1);
    let Seen::Tokens(tokens) = &found.samples[0].seen else { panic!("not tokens") };
    let entries: Vec<&str> = tokens.tokens.iter().map(|token| token.entry.as_str()).collect();
    assert_eq!(entries, ["refund", "refund", "refund"]);
}
