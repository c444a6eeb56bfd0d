//! CIFAR's binary version: both sets, planes turned to pixels, names, and each refusal.

use super::*;

const PLANE: usize = 1024;

/// One record: red counts up from `label`, green is 100, blue counts down.
fn record(labels: &[u8]) -> Vec<u8> {
    let first = *labels.last().unwrap();
    let mut bytes = labels.to_vec();
    bytes.extend((0..PLANE).map(|at| first.wrapping_add(at as u8)));
    bytes.extend([100; PLANE]);
    bytes.extend((0..PLANE).map(|at| 255 - at as u8));
    bytes
}

fn ten(labels: &[u8]) -> Vec<u8> {
    labels.iter().flat_map(|label| record(&[*label])).collect()
}

fn hundred(labels: &[u8]) -> Vec<u8> {
    labels.iter().flat_map(|label| record(&[*label / 5, *label])).collect()
}

fn set() -> Folder {
    let folder = Folder::new();
    folder.file("data_batch_1.bin", ten(&[3, 9]));
    folder.file("data_batch_2.bin", ten(&[0]));
    folder.file("test_batch.bin", ten(&[9, 3]));
    folder.file("readme.html", "<html>");
    folder
}

#[test]
fn cifar_10_becomes_training_and_test() {
    let folder = set();
    let data = read(folder.path()).unwrap();
    assert_eq!((data.format, data.modality(), data.len()), ("cifar", Modality::Image, 5));
    assert_eq!(targets(&data), [3, 9, 0, 9, 3].map(Some));
    assert_eq!((data.count(Split::Train), data.count(Split::Test)), (3, 2));
    assert_eq!((data.classes.len(), data.classes[9].as_str()), (10, "9"));
    let notices = data.notices.join(" ");
    assert!(notices.contains("batches.meta.txt") && notices.contains("Only 2 of the 5"), "{notices}");
    let Examples::Images(images) = &data.examples else { panic!("not images") };
    assert_eq!((images.width, images.height, images.channels, images.len()), (32, 32, 3, 5));
    // Image 0 begins with red 3, 4, ...; row 1, column 2 is pixel 34 of each plane.
    assert_eq!(images.get(0).unwrap()[..6], [3, 100, 255, 4, 100, 254]);
    assert_eq!(images.get(0).unwrap()[(32 + 2) * 3..][..3], [3 + 34, 100, 255 - 34]);

    let names = "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n";
    let path = folder.file("batches.meta.txt", names);
    let named = read(folder.path()).unwrap();
    assert_eq!((named.classes[0].as_str(), named.classes[9].as_str()), ("airplane", "truck"));
    assert_ne!(named.fingerprint, data.fingerprint);
    let one = read(&folder.path().join("data_batch_1.bin")).unwrap();
    assert_eq!((one.len(), one.classes[3].as_str(), one.count(Split::Train)), (2, "cat", 2));

    folder.file("batches.meta.txt", &names[..20]);
    refused(read(folder.path()), &path, &["2 class names, but CIFAR-10 has 10", "download the file again"]);
    folder.file("batches.meta.txt", names.replace("truck", "ship"));
    refused(read(folder.path()), &path, &["two classes are called 'ship'", "download the file again"]);
    folder.file("batches.meta.txt", b"air\xff");
    refused(read(folder.path()), &path, &["not UTF-8 from byte 3", "remove it"]);
}

#[test]
fn cifar_100_has_fine_labels() {
    let folder = Folder::new();
    folder.file("train.bin", hundred(&[99, 0, 41]));
    folder.file("test.bin", hundred(&[41]));
    let names: String = (0..100).map(|i| format!("thing{i}\n")).collect();
    folder.file("fine_label_names.txt", names);
    let data = read(folder.path()).unwrap();
    assert_eq!((data.format, data.len(), data.classes.len()), ("cifar", 4, 100));
    assert_eq!(targets(&data), [99, 0, 41, 41].map(Some));
    assert_eq!((data.classes[99].as_str(), data.splits[3]), ("thing99", Split::Test));
    let Examples::Images(images) = &data.examples else { panic!("not images") };
    assert_eq!(images.get(2).unwrap()[..3], [41, 100, 255]);
}

#[test]
fn a_file_of_another_name_is_told_by_its_size() {
    let folder = Folder::new();
    let data = read(&folder.file("mine.bin", ten(&[1, 2]))).unwrap();
    assert_eq!((data.classes.len(), targets(&data)), (10, vec![Some(1), Some(2)]));
    let data = read(&folder.file("other.bin", hundred(&[1, 77]))).unwrap();
    assert_eq!((data.classes.len(), targets(&data)), (100, vec![Some(1), Some(77)]));
    for wrong in [&b"no picture at all"[..], &ten(&[1, 2])[..5000], b""] {
        let path = folder.file("strange.bin", wrong);
        let size = format!("{} bytes are no whole number", wrong.len());
        refused(read(&path), &path, &[&size, "3073", "3074", "binary version"]);
    }
}

#[test]
fn a_truncated_batch_is_refused_with_the_byte() {
    let folder = set();
    let path = folder.file("data_batch_2.bin", &ten(&[0, 1])[..4000]);
    refused(
        read(folder.path()),
        &path,
        &["byte 4000", "image 1", "3073 bytes", "ends at byte 6146", "truncated", "download the file again"],
    );
    refused(read(&path), &path, &["byte 4000", "truncated", "download the file again"]);
    folder.file("data_batch_2.bin", "");
    refused(read(folder.path()), &path, &["byte 0", "the file is empty", "download the file again"]);
}

#[test]
fn a_label_out_of_range_is_refused_with_the_byte() {
    let folder = set();
    let path = folder.file("data_batch_1.bin", ten(&[3, 10]));
    refused(
        read(folder.path()),
        &path,
        &["byte 3073", "label 10 of image 1 is out of range", "0 to 9", "download the file again"],
    );
    let path = folder.file("train.bin", hundred(&[3, 100]));
    refused(read(&path), &path, &["byte 3075", "label 100 of image 1", "0 to 99", "correct the label"]);
}

#[test]
fn mixed_and_pickled_folders_are_refused() {
    let folder = set();
    folder.file("train.bin", hundred(&[1]));
    refused(
        read(folder.path()),
        folder.path(),
        &["both CIFAR-10 and CIFAR-100", "train.bin", "folder of its own"],
    );
    let folder = Folder::new();
    folder.file("data_batch_1", b"\x80\x02}q\x01");
    refused(read(folder.path()), folder.path(), &["Python version", "download the binary version"]);
}
