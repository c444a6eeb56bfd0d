//! The settings of pictures: one size, way of resizing and colours for every format, large
//! sets in a file, what is set aside, and other folders brought to a model's size.

use super::image_folder::{colour, encoded, grey};
use super::*;
use attentive::config::{Colour, Resize, RunConfig};
use attentive::data::{Images, PictureOptions};
use attentive::runs::{Event, PredictionTable};
use attentive::train::{NoSteering, Observer, Predictor, TrainJob, run};
use image::{GrayImage, ImageFormat, Luma};
use std::sync::Arc;

fn options(settings: &[&str]) -> OpenOptions {
    let mut config = RunConfig::default();
    settings.iter().for_each(|one| config.apply(&format!("image.{one}")).unwrap());
    OpenOptions::of(&config)
}

fn images(data: &Dataset) -> &Images {
    match &data.examples {
        Examples::Images(images) => images,
        Examples::Texts(_) => panic!("texts"),
    }
}

fn shape(data: &Dataset) -> [usize; 3] {
    [images(data).width, images(data).height, images(data).channels]
}

fn bytes(data: &Dataset) -> Vec<Vec<u8>> {
    (0..data.len()).map(|at| images(data).get(at).unwrap().into_owned()).collect()
}

/// Two classes, `count` pictures each: grey, 12 x 8, left half dark, right half light.
fn halves(count: u8) -> Folder {
    let folder = Folder::new();
    for at in 0..count {
        for (class, dark) in [("a", 10), ("b", 60)] {
            let picture = GrayImage::from_fn(12, 8, |x, _| Luma([dark + at + if x < 6 { 0 } else { 150 }]));
            folder.file(&format!("{class}/{at}.png"), encoded(picture, ImageFormat::Png));
        }
    }
    folder
}

#[test]
fn folders_have_the_size_and_colours_of_the_settings() {
    let folder = halves(1);
    let open = |settings: &[&str]| read_with(folder.path(), &options(settings)).unwrap();
    assert_eq!(shape(&open(&[])), [12, 12, 1], "the root of 96 is 9.8, and 10 goes up");
    let wide = open(&["size=100"]);
    assert_eq!((shape(&wide), wide.notices.len()), ([100, 100, 1], 1));
    assert!(wide.notices[0].contains("stretched to 100 x 100 pixels; the files have 12 x 8 pixels"));
    assert!(wide.notices[0].contains("image.size"), "{}", wide.notices[0]);
    assert_eq!(shape(&open(&["colour=colour"])), [12, 12, 3]);

    let padded = open(&["size=12", "resize=pad"]);
    let first = &bytes(&padded)[0];
    let rows: Vec<&[u8]> = first.chunks(12).collect();
    assert_eq!(
        (rows[0], rows[1], rows[10], rows[11]),
        (&[0; 12][..], &[0; 12][..], &[0; 12][..], &[0; 12][..])
    );
    assert!((2..10).all(|row| rows[row] == [[10; 6], [160; 6]].concat()), "{rows:?}");
    assert!(padded.notices[0].contains("padded"), "{}", padded.notices[0]);

    let cropped = open(&["size=8", "resize=crop"]);
    assert!(bytes(&cropped)[0].chunks(8).all(|row| row == [[10; 4], [160; 4]].concat()));

    folder.file("a/red.png", colour(12, 8, [200, 0, 0], ImageFormat::Png));
    assert_eq!(shape(&open(&[])), [12, 12, 3]);
    let grey = open(&["colour=grey", "size=4"]);
    assert_eq!(shape(&grey), [4, 4, 1]);
    assert_eq!(bytes(&grey)[1], [43; 16], "0.2126 x 200, the luma of ITU-R BT.709");
}

#[test]
fn other_formats_are_resized_after_reading() {
    let folder = Folder::mnist();
    let open = |settings: &[&str]| read_with(folder.path(), &options(settings)).unwrap();
    let own = open(&[]);
    assert_eq!((shape(&own), own.notices.len()), ([2, 2, 1], 0));
    assert_eq!(own.fingerprint, open(&["size=2", "resize=crop", "colour=grey"]).fingerprint, "untouched");
    let larger = open(&["size=6", "colour=colour"]);
    assert_eq!((shape(&larger), larger.len(), targets(&larger)), ([6, 6, 3], own.len(), targets(&own)));
    assert_ne!(own.fingerprint, larger.fingerprint);
    assert!(larger.notices[0].contains("stretched from 2 x 2 to 6 x 6 pixels"), "{:?}", larger.notices);
    for pixel in bytes(&larger).concat().chunks(3) {
        assert!(pixel[0] == pixel[1] && pixel[1] == pixel[2]);
    }
    let builtin = attentive::data::open("builtin:fashion", &options(&["size=14"]), &silent).unwrap();
    assert_eq!((shape(&builtin), builtin.len()), ([14, 14, 1], 12_000));
}

/// As `settings` say, with at most so many bytes in memory.
fn within(memory: u64, settings: &[&str]) -> OpenOptions {
    let options = options(settings);
    OpenOptions { pictures: PictureOptions { memory, ..options.pictures }, ..options }
}

#[test]
fn a_large_set_lies_in_a_file_and_is_the_same() {
    let folder = halves(20);
    folder.file("a/0.png", "broken");
    folder.file("b/19.png", "broken too");
    for settings in [&[][..], &["colour=colour"], &["size=5"], &["size=5", "colour=grey"]] {
        let memory = read_with(folder.path(), &within(u64::MAX, settings)).unwrap();
        let file = read_with(folder.path(), &within(0, settings)).unwrap();
        assert!(images(&memory).in_memory().is_some() && images(&file).in_memory().is_none());
        assert_eq!((memory.len(), shape(&memory), bytes(&memory)), (file.len(), shape(&file), bytes(&file)));
        assert_eq!((memory.len(), &memory.set_aside), (38, &file.set_aside));
        // Its fingerprint is one of the contents too.
        let again = read_with(folder.path(), &within(0, settings)).unwrap();
        assert_eq!(file.fingerprint, again.fingerprint);
    }
    let before = read_with(folder.path(), &within(0, &[])).unwrap().fingerprint;
    folder.file("a/1.png", grey(12, 8, 77));
    assert_ne!(before, read_with(folder.path(), &within(0, &[])).unwrap().fingerprint);

    // Other formats go to a file too.
    let folder = Folder::mnist();
    let [memory, file] =
        [u64::MAX, 0].map(|memory| read_with(folder.path(), &within(memory, &["size=4"])).unwrap());
    assert!(images(&file).in_memory().is_none());
    assert_eq!(bytes(&memory), bytes(&file));
}

struct Deaf;
impl Observer for Deaf {
    fn event(&mut self, _: &Event) {}
    fn predictions(&mut self, _: &Arc<PredictionTable>) {}
}

fn small(settings: &[&str]) -> RunConfig {
    let mut config = RunConfig::default();
    let small = ["model.width=8", "model.depth=1", "model.heads=2", "train.batch_size=8", "train.epochs=2"];
    small.iter().chain(settings).for_each(|one| config.apply(one).unwrap());
    config
}

/// Trains on the data; the run's folder.
fn trained(config: &RunConfig, data: Option<Dataset>, home: &Path, name: &str) -> PathBuf {
    let folder = home.join(name);
    let job = TrainJob { config: config.clone(), data: data.map(Arc::new), folder: Some(folder.clone()) };
    let done = run(job, &mut NoSteering, &mut Deaf).unwrap();
    assert_eq!(done.reason, "");
    folder
}

fn weights(run: &Path) -> Vec<u8> {
    let last = attentive::runs::Checkpoints::of(run).last().unwrap();
    std::fs::read(last.join("model.safetensors")).unwrap()
}

#[test]
fn training_from_a_file_gives_the_same_bytes_as_from_memory() {
    let folder = halves(20);
    let home = tempfile::tempdir().unwrap();
    let config = small(&["augment.rotation=10", "augment.shift=1", "train.threads=2"]);
    let runs = [("memory", u64::MAX), ("file", 0)].map(|(name, memory)| {
        let data = read_with(folder.path(), &within(memory, &[])).unwrap();
        weights(&trained(&config, Some(data), home.path(), name))
    });
    assert!(runs[0] == runs[1]);
}

#[test]
fn a_folder_of_other_sizes_is_evaluated_at_the_models() {
    let folder = halves(20);
    let home = tempfile::tempdir().unwrap();
    let source = folder.path().display().to_string();
    let config = small(&[&format!("data.source={source}"), "image.size=16", "image.resize=pad"]);
    let predictor = Predictor::open(&trained(&config, None, home.path(), "run")).unwrap();
    assert_eq!(predictor.open_options().pictures.resize, Resize::Pad);

    let other = Folder::new();
    for (class, value) in [("a", 20), ("b", 70)] {
        other.file(&format!("{class}/large.png"), colour(50, 90, [value; 3], ImageFormat::Png));
    }
    let data = read_with(other.path(), &predictor.open_options()).unwrap();
    assert_eq!((shape(&data), data.len()), ([16, 16, 1], 2));
    let (_, table) = predictor.evaluate(&data, None, &silent).unwrap();
    // Each is what prediction makes of the file itself.
    for (at, class) in ["a", "b"].iter().enumerate() {
        let picture = attentive::data::read_picture(&other.path().join(class).join("large.png")).unwrap();
        let alone = predictor.predict(&[picture.into()])[0].clone().unwrap();
        assert_eq!(table.probabilities(at), alone, "{class}");
    }

    // The run's own folder, whose pictures have other sizes now.
    let config = small(&[&format!("data.source={source}")]);
    let predictor = Predictor::open(&trained(&config, None, home.path(), "auto")).unwrap();
    assert!(predictor.own_data(&silent).unwrap().notices.iter().all(|n| !n.contains("not the same")));
    for at in 0..20 {
        for class in ["a", "b"] {
            folder.file(&format!("{class}/{at}.png"), grey(40, 40, at));
        }
    }
    let data = predictor.own_data(&silent).unwrap();
    assert_eq!((shape(&data), data.count(Split::Validation)), ([12, 12, 1], 4));
    assert!(data.notices.iter().any(|notice| notice.contains("not the same")), "{:?}", data.notices);
    assert!(predictor.evaluate(&data, Some(Split::Validation), &silent).is_ok());
}

#[test]
fn all_that_is_set_aside_is_listed() {
    let folder = halves(5);
    for at in 0..7 {
        folder.file(&format!("a/broken-{at}.png"), if at == 3 { "" } else { "not a picture" });
    }
    let data = read_with(folder.path(), &options(&["size=8"])).unwrap();
    assert_eq!((data.len(), data.set_aside.len()), (10, 7));
    let path = folder.path().join("a/broken-3.png").display().to_string();
    let empty: Vec<_> = data.set_aside.iter().filter(|aside| aside.item == path).collect();
    assert_eq!(empty.len(), 1);
    assert_eq!(empty[0].reason, "the file is empty");
    assert!(
        data.set_aside.iter().filter(|a| a.reason.contains("not a picture in a known format")).count() == 6
    );
}

#[test]
fn colours_of_models_follow_the_data() {
    assert_eq!(options(&[]).pictures, PictureOptions::default());
    assert_eq!(options(&["colour=grey"]).pictures.colour, Colour::Grey);
    assert_eq!(options(&["size=48"]).pictures.size, Some((48, 48)));
}
