//! Folders of pictures: layouts, one size for all, what is set aside, and each refusal.

use super::*;
use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgb, RgbImage};
use std::io::Cursor;
use std::sync::Mutex;

pub fn encoded(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

pub fn grey(width: u32, height: u32, value: u8) -> Vec<u8> {
    encoded(GrayImage::from_pixel(width, height, Luma([value])), ImageFormat::Png)
}

pub fn colour(width: u32, height: u32, value: [u8; 3], format: ImageFormat) -> Vec<u8> {
    encoded(RgbImage::from_pixel(width, height, Rgb(value)), format)
}

/// Two classes of grey pictures, 8 x 8 pixels.
fn set() -> Folder {
    let folder = Folder::new();
    folder.file("dogs/b.png", grey(8, 8, 40));
    folder.file("dogs/a.png", grey(8, 8, 30));
    folder.file("cats/2.png", grey(8, 8, 20));
    folder.file("cats/1.png", grey(8, 8, 10));
    folder
}

fn pictures(data: &Dataset) -> &attentive::data::Images {
    match &data.examples {
        Examples::Images(images) => images,
        Examples::Texts(_) => panic!("texts"),
    }
}

fn shape(data: &Dataset) -> (usize, usize, usize) {
    let images = pictures(data);
    (images.height, images.width, images.channels)
}

fn first_pixels(data: &Dataset) -> Vec<u8> {
    (0..data.len()).map(|i| pictures(data).get(i).unwrap()[0]).collect()
}

fn unlabelled() -> OpenOptions {
    OpenOptions { unlabelled: true, ..OpenOptions::default() }
}

/// Whether one notice has all of these parts.
#[track_caller]
fn told(data: &Dataset, parts: &[&str]) {
    let all = |notice: &String| parts.iter().all(|part| notice.contains(part));
    assert!(data.notices.iter().any(all), "{parts:?} in {:#?}", data.notices);
}

#[test]
fn sub_folders_are_classes_in_a_fixed_order() {
    let folder = set();
    let data = read(folder.path()).unwrap();
    assert_eq!((data.format, data.modality(), data.len()), ("image-folder", Modality::Image, 4));
    assert_eq!((classes(&data), targets(&data)), (vec!["cats", "dogs"], [0, 0, 1, 1].map(Some).to_vec()));
    assert_eq!((shape(&data), first_pixels(&data)), ((8, 8, 1), vec![10, 20, 30, 40]));
    assert_eq!((data.count(Split::Train), &data.notices[..]), (4, &[][..]), "nothing was changed");
    assert_eq!(data.fingerprint, read(folder.path()).unwrap().fingerprint);
    folder.file("cats/1.png", grey(8, 8, 11));
    assert_ne!(data.fingerprint, read(folder.path()).unwrap().fingerprint);

    let folder = Folder::new();
    for class in ["10", "9"] {
        folder.file(&format!("{class}/a.png"), grey(8, 8, 1));
    }
    assert_eq!(classes(&read(folder.path()).unwrap()), ["9", "10"], "numbers by value");
}

#[test]
fn folders_for_training_validation_and_test_declare_splits() {
    let folder = Folder::new();
    for (at, part) in ["Train", "valid", "test"].into_iter().enumerate() {
        for (class, value) in [("x", 1), ("y", 2)] {
            folder.file(&format!("{part}/{class}/p.png"), grey(12, 12, at as u8 * 10 + value));
        }
    }
    folder.file("test/loose.txt", "who knows");
    folder.file("papers/licence.txt", "free");
    let mut data = read(folder.path()).unwrap();
    let declared =
        [Split::Train, Split::Train, Split::Validation, Split::Validation, Split::Test, Split::Test];
    assert_eq!((&data.splits[..], targets(&data)), (&declared[..], [0, 1, 0, 1, 0, 1].map(Some).to_vec()));
    assert_eq!(first_pixels(&data), [1, 2, 11, 12, 21, 22]);
    told(&data, &["Passed over", "papers", "test/loose.txt"]);
    data.hold_out(0.5, 1);
    assert_eq!(data.splits, declared, "declared validation stays");

    // Test pictures without class folders measure nothing.
    std::fs::remove_dir_all(folder.path().join("test")).unwrap();
    folder.file("test/1.png", grey(12, 12, 5));
    let data = read(folder.path()).unwrap();
    assert_eq!(data.len(), 4);
    told(&data, &["1 picture lies directly in test", "left out"]);

    folder.file("valid/z/p.png", grey(12, 12, 5));
    let path = folder.path().join("valid/z");
    refused(
        read(folder.path()),
        &path,
        &["validation pictures of the class 'z'", "none of them for training", "put pictures"],
    );
}

#[test]
fn every_kind_of_picture_becomes_one_size_in_colour() {
    let folder = Folder::new();
    let formats = [
        ("a.PNG", ImageFormat::Png),
        ("b.jpg", ImageFormat::Jpeg),
        ("c.jpeg", ImageFormat::Jpeg),
        ("d.bmp", ImageFormat::Bmp),
        ("e.gif", ImageFormat::Gif),
        ("f.webp", ImageFormat::WebP),
    ];
    for (name, format) in formats {
        folder.file(&format!("red/{name}"), colour(30, 30, [200, 40, 40], format));
    }
    folder.file("grey/wide.png", grey(60, 15, 120));
    folder.file("grey/tall.png", grey(15, 60, 120));
    let data = read(folder.path()).unwrap();
    assert_eq!((data.len(), shape(&data)), (8, (32, 32, 3)), "30 lies nearest to 32, or 28: up");
    for index in 0..8 {
        let expected = if targets(&data)[index] == Some(0) { [120, 120, 120] } else { [200, 40, 40] };
        for pixel in pictures(&data).get(index).unwrap().chunks(3) {
            assert!(pixel.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 6), "{index}: {pixel:?}");
        }
    }
    told(&data, &["stretched to 32 x 32 pixels", "at most 64", "15 x 60", "pixels"]);
}

#[test]
fn large_pictures_are_brought_to_64_pixels_by_averaging() {
    let folder = Folder::new();
    let board = GrayImage::from_fn(256, 128, |x, y| Luma([if (x + y) % 2 == 0 { 0 } else { 200 }]));
    folder.file("board/a.png", encoded(board, ImageFormat::Png));
    folder.file("plain/a.png", colour(256, 128, [7, 7, 7], ImageFormat::Png));
    let data = read(folder.path()).unwrap();
    assert_eq!(shape(&data), (64, 64, 1), "equal channels are grey");
    assert!(
        pictures(&data).get(0).unwrap().iter().all(|v| v.abs_diff(100) < 15),
        "{:?}",
        &pictures(&data).get(0).unwrap()[..9]
    );
    assert!(pictures(&data).get(1).unwrap().iter().all(|v| *v == 7));
    told(&data, &["stretched to 64 x 64", "256 x 128 pixels"]);
}

#[test]
fn the_size_follows_the_training_pictures() {
    let folder = Folder::new();
    for class in ["x", "y"] {
        folder.file(&format!("train/{class}/a.png"), grey(16, 16, 1));
        (0..5).for_each(|i| drop(folder.file(&format!("test/{class}/{i}.png"), grey(40, 40, 1))));
    }
    assert_eq!(shape(&read(folder.path()).unwrap()), (16, 16, 1));
}

#[test]
fn pictures_that_cannot_be_read_are_set_aside_and_named() {
    let folder = set();
    let whole = grey(64, 64, 3);
    folder.file("cats/0-cut.png", &whole[..whole.len() / 2]);
    folder.file("cats/empty.gif", "");
    let photo = colour(64, 64, [90, 120, 30], ImageFormat::Jpeg);
    folder.file("cats/photo.jpg", &photo[..photo.len() - 20]);
    folder.file("dogs/text.jpg", "not a picture");
    folder.file("dogs/z.png", "neither");
    folder.file("dogs/notes.txt", "good dogs");
    folder.file("cats/.hidden.png", grey(8, 8, 99));
    folder.file("__MACOSX/cats/1.png", "fork");
    folder.file("README.md", "all mine");
    let data = read(folder.path()).unwrap();
    assert_eq!((first_pixels(&data), shape(&data)), (vec![10, 20, 30, 40], (8, 8, 1)));
    assert_eq!(targets(&data), [0, 0, 1, 1].map(Some));
    told(
        &data,
        &[
            "Set aside 5 pictures",
            "cats/0-cut.png (",
            "cats/empty.gif",
            "cats/photo.jpg (the file ends before the picture does",
            "and 2 more",
        ],
    );
    told(&data, &["Passed over", "README.md", "__MACOSX", "cats/.hidden.png", "and 1 more"]);
    // The fingerprint is that of the pictures that could be read.
    assert_eq!(data.fingerprint, read(set().path()).unwrap().fingerprint);

    let path = folder.path().join("cats");
    folder.file("cats/1.png", "gone");
    folder.file("cats/2.png", "gone");
    refused(
        read(folder.path()),
        &path,
        &["none of the pictures of the class can be read", "0-cut.png", "save them again as PNG or JPEG"],
    );
    let data = read_with(folder.path(), &unlabelled()).unwrap();
    assert_eq!((classes(&data), targets(&data)), (vec!["cats", "dogs"], vec![Some(1), Some(1)]));
}

#[test]
fn pictures_in_deeper_folders_count_as_the_class() {
    let folder = set();
    folder.file("dogs/small/young/c.png", grey(8, 8, 50));
    let data = read(folder.path()).unwrap();
    assert_eq!((first_pixels(&data), targets(&data)[4]), (vec![10, 20, 30, 40, 50], Some(1)));
    told(&data, &["inside a class folder", "dogs/small/young"]);
}

#[test]
fn a_folder_without_class_folders_is_refused() {
    let folder = Folder::new();
    (0..4).for_each(|i| drop(folder.file(&format!("{i}.png"), grey(8, 8, i))));
    refused(
        read(folder.path()),
        folder.path(),
        &[
            "4 pictures lie directly in the folder (0.png, 1.png, 2.png and 1 more)",
            "no sub-folders",
            "make a sub-folder",
        ],
    );
    // Neither are folders called train and test classes.
    let parts = Folder::new();
    parts.file("train/a.png", grey(8, 8, 1));
    parts.file("test/b.png", grey(8, 8, 1));
    let path = parts.path().join("test");
    refused(
        read(parts.path()),
        &path,
        &["1 picture lies directly in the folder (b.png)", "make a sub-folder"],
    );
    // Beside others they may be.
    parts.file("car/a.png", grey(8, 8, 1));
    assert_eq!(classes(&read(parts.path()).unwrap()), ["car", "test", "train"]);
}

#[test]
fn one_class_only_and_an_empty_class_are_refused() {
    let folder = set();
    std::fs::create_dir(folder.path().join("birds")).unwrap();
    let path = folder.path().join("birds");
    refused(read(folder.path()), &path, &["the class folder holds no pictures", "put pictures of the class"]);
    let only = Folder::new();
    only.file("cats/1.png", grey(8, 8, 1));
    refused(read(only.path()), only.path(), &["one class folder only, 'cats'", "add a folder"]);
    let wrapped = Folder::new();
    wrapped.file("pets/cats/1.png", grey(8, 8, 1));
    wrapped.file("pets/dogs/1.png", grey(8, 8, 1));
    let inner = wrapped.path().join("pets").display().to_string();
    refused(read(wrapped.path()), wrapped.path(), &["one class folder only, 'pets'", "open", &inner]);
    assert_eq!(read_with(only.path(), &unlabelled()).unwrap().len(), 1);
}

#[test]
fn a_mixed_folder_is_refused() {
    let folder = set();
    folder.file("stray.png", grey(8, 8, 1));
    refused(
        read(folder.path()),
        folder.path(),
        &["mixed", "1 picture lies directly in it (stray.png)", "move each picture"],
    );
    let folder = set();
    folder.file("train/mice/1.png", grey(8, 8, 1));
    refused(read(folder.path()), folder.path(), &["mixed", "train", "cats, dogs", "move the class folders"]);
    let folder = Folder::new();
    folder.file("train/mice/1.png", grey(8, 8, 1));
    folder.file("train/rats/1.png", grey(8, 8, 1));
    folder.file("train/1.png", grey(8, 8, 1));
    let path = folder.path().join("train");
    refused(
        read(folder.path()),
        &path,
        &["mixed", "1 picture lies directly in it (1.png)", "move each picture"],
    );
}

#[test]
fn formats_are_told_apart() {
    let folder = Folder::mnist();
    for class in ["cats", "dogs"] {
        folder.file(&format!("{class}/1.png"), grey(8, 8, 1));
    }
    let format = || read(folder.path()).map(|data| data.format);
    assert_eq!(format(), Ok("idx"));
    std::fs::read_dir(folder.path()).unwrap().flatten().filter(|e| e.path().is_file()).for_each(|e| {
        std::fs::remove_file(e.path()).unwrap();
    });
    assert_eq!(format(), Ok("image-folder"));
    let batch: Vec<u8> = [0, 1].into_iter().flat_map(|label| vec![label; 3073]).collect();
    folder.file("data_batch_1.bin", batch);
    assert_eq!(format(), Ok("cifar"));
    folder.file("train.jsonl", "{\"text\":\"a\",\"label\":1}\n{\"text\":\"b\",\"label\":2}\n");
    assert_eq!(format(), Ok("jsonl"));
    folder.file("train.csv", "text,label\na,x\nb,y\n");
    assert_eq!(format(), Ok("csv"));
}

#[test]
fn progress_is_shown_and_cancelling_ends_it() {
    let folder = set();
    (0..200).for_each(|i| drop(folder.file(&format!("cats/more/{i}.png"), grey(8, 8, 1))));
    let seen = Mutex::new(HashMap::new());
    let progress = |stage: &'static str, done: u64, total: u64| {
        assert!(done <= total, "{stage} {done} of {total}");
        let mut seen = seen.lock().unwrap();
        let most = seen.entry(stage).or_insert((0, total));
        most.0 = most.0.max(done);
        true
    };
    let source = folder.path().to_str().unwrap();
    open(source, &OpenOptions::default(), &progress).unwrap();
    let seen = seen.into_inner().unwrap();
    assert_eq!((seen["Measuring pictures"], seen["Reading pictures"]), ((204, 204), (204, 204)));
    for stage in ["Listing pictures", "Measuring pictures", "Reading pictures"] {
        let calls = AtomicU64::new(0);
        let cancel = |now: &'static str, done: u64, _: u64| {
            let this = now == stage && done >= 2;
            calls.fetch_add(u64::from(this), Ordering::Relaxed);
            !this
        };
        let result = open(source, &OpenOptions::default(), &cancel);
        assert_eq!(result.err(), Some(DataError::Cancelled), "{stage}");
        let threads = std::thread::available_parallelism().map_or(1, usize::from) as u64;
        assert!(calls.load(Ordering::Relaxed) <= threads, "each thread ends at its next picture");
    }
}
