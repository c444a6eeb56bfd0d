//! Augmentation in batches: what moves and mirrors is what it always was, draws belong to
//! samples, and each change has an effect of its own. Formulas are tested beside them.

use super::*;
use attentive::config::SETTINGS;
use attentive::preprocess::AUGMENTATIONS;
use rand::Rng;

/// With these settings of the section `augment`, in the first epoch.
pub fn augmentation(settings: &[&str], seed: u64) -> Augmentation {
    let mut config = RunConfig::default();
    settings.iter().for_each(|one| config.apply(&format!("augment.{one}")).unwrap());
    Augmentation { settings: config.augment, key: Key::new(seed, Purpose::Augment).with(0) }
}

/// Right, down and mirrored, as they have been drawn since the first version.
fn drawn(augment: &Augmentation, sample: u32) -> (isize, isize, bool) {
    let mut rng = augment.key.with(u64::from(sample)).rng();
    let shift = augment.settings.shift as i64;
    let right = rng.random_range(-shift..=shift) as isize;
    let down = rng.random_range(-shift..=shift) as isize;
    (right, down, rng.random::<bool>() && augment.settings.flip)
}

#[test]
fn moving_and_mirroring_change_no_byte_of_former_runs() {
    let size = 5usize;
    let values: Vec<u8> = (0..2 * 25).map(|v| v + 100).collect();
    let data = image_data(size, size, 1, values.clone(), &[Split::Train; 2]);
    let prepared = fit(&data).prepare(&data, &silent).unwrap();
    let Preprocess::Image(image) = fit(&data) else { panic!("not images") };
    let levels = image.levels();
    let mut seen = std::collections::BTreeSet::new();
    for (seed, settings) in (0..300).flat_map(|seed| {
        [&["shift=2", "flip=true"][..], &["shift=2"], &["flip=true"]].map(|settings| (seed, settings))
    }) {
        let augment = augmentation(settings, seed);
        let batch = prepared.input(&[0, 1], Some(&augment));
        for sample in 0..2usize {
            let (right, down, mirror) = drawn(&augment, sample as u32);
            assert!(right.abs() <= 2 && down.abs() <= 2);
            seen.insert((right, down, mirror));
            for row in 0..size as isize {
                for column in 0..size as isize {
                    let (from_row, from_column) = (row - down, column - right);
                    let inside = (0..5).contains(&from_row) && (0..5).contains(&from_column);
                    let across = if mirror { 4 - from_column } else { from_column };
                    let expected =
                        if inside { values[sample * 25 + (from_row * 5 + across) as usize] } else { 0 };
                    let found = pixels(&batch)[sample * 25 + (row * 5 + column) as usize];
                    assert_eq!(found, levels[0][usize::from(expected)]);
                }
            }
        }
    }
    assert_eq!(seen.len(), 50, "all changes occur");
}

#[test]
fn augmentation_is_drawn_per_sample_from_the_key() {
    let data = image_data(4, 4, 3, (0..480).map(|v| (v * 7 % 251) as u8).collect(), &[Split::Train; 10]);
    let prepared = fit(&data).prepare(&data, &silent).unwrap();
    let all: Vec<u32> = (0..10).collect();
    let everything =
        ["shift=2", "flip=true", "crop=0.3", "rotation=40", "erase=0.5", "colour=0.5"].as_slice();
    let augment = augmentation(everything, 3);
    let together = prepared.input(&all, Some(&augment));
    for sample in 0..10usize {
        let alone = prepared.input(&[sample as u32], Some(&augment));
        assert_eq!(pixels(&alone), &pixels(&together)[sample * 48..][..48], "the batch does not matter");
    }
    assert_eq!(together, prepared.input(&all, Some(&augmentation(everything, 3))));
    assert_ne!(together, prepared.input(&all, Some(&augmentation(everything, 4))), "the seed matters");
    let next = Augmentation { key: Key::new(3, Purpose::Augment).with(1), ..augment };
    assert_ne!(together, prepared.input(&all, Some(&next)), "the epoch matters");
}

#[test]
fn each_change_has_its_setting_and_an_effect() {
    let pixels: Vec<u8> = (0..3 * 16 * 16).map(|v| (v * 31 % 241) as u8).collect();
    let data = image_data(16, 16, 3, pixels, &[Split::Train]);
    let prepared = fit(&data).prepare(&data, &silent).unwrap();
    let plain = prepared.input(&[0], None);
    let still = augmentation(&[], 0);
    assert!(Augmentation::of(&still.settings, still.key).is_none(), "nothing happens unless asked for");
    assert_eq!(prepared.input(&[0], Some(&still)), plain);
    for row in AUGMENTATIONS {
        assert!(SETTINGS.iter().any(|setting| setting.key == row.key), "{}", row.key);
        let name = row.key.trim_start_matches("augment.");
        let value = match name {
            "flip" => "true",
            "shift" => "3",
            "rotation" => "30",
            _ => "0.5",
        };
        let setting = format!("{name}={value}");
        let augment = augmentation(&[&setting], 0);
        assert!((row.is_on)(&augment.settings) && !(row.is_on)(&still.settings), "{}", row.key);
        let changed = (0..20).filter(|epoch| {
            let augment = Augmentation { key: augment.key.with(*epoch), ..augment.clone() };
            prepared.input(&[0], Some(&augment)) != plain
        });
        let changed = changed.count();
        let expected = if ["flip", "erase"].contains(&name) { 4..=16 } else { 18..=20 };
        assert!(expected.contains(&changed), "{}: {changed} of 20", row.key);
    }
}

#[test]
fn an_erased_part_has_the_mean_colour_and_the_share_asked_for() {
    let pixels: Vec<u8> = (0..400 * 144).map(|v| if v % 2 == 0 { 50 } else { 150 }).collect();
    let data = image_data(12, 12, 1, pixels, &[Split::Train; 400]);
    let preprocess = fit(&data);
    let prepared = preprocess.prepare(&data, &silent).unwrap();
    let Preprocess::Image(image) = &preprocess else { panic!("not images") };
    let mean = image.levels()[0][100];
    let all: Vec<u32> = (0..400).collect();
    let batch = prepared.input(&all, Some(&augmentation(&["erase=0.25"], 5)));
    let erased: Vec<usize> = self::pixels(&batch)
        .chunks(144)
        .map(|image| image.iter().filter(|value| **value == mean).count())
        .filter(|count| *count > 0)
        .collect();
    assert!((70..=130).contains(&erased.len()), "about 100 of 400: {}", erased.len());
    // 2 to 33 % of 144 pixels, each side rounded.
    assert!(erased.iter().all(|count| (1..=60).contains(count)), "{erased:?}");
}
