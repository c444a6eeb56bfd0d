//! Parquet files as pandas, pyarrow and Hugging Face's datasets write them: columns found,
//! labels of each type, shards, pictures, and each refusal in its words. The files are made
//! by tests/fixtures/formats/make.py.

use super::*;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats").join(name)
}

/// A fixture's files in a folder of their own.
fn copied(name: &str) -> Folder {
    let folder = Folder::new();
    let mut open = vec![fixture(name)];
    while let Some(within) = open.pop() {
        for entry in std::fs::read_dir(within).unwrap().flatten() {
            match entry.path().is_dir() {
                true => open.push(entry.path()),
                false => {
                    let inner = entry.path();
                    let inner = inner.strip_prefix(fixture(name)).unwrap().to_str().unwrap().to_owned();
                    folder.file(&inner, std::fs::read(entry.path()).unwrap());
                }
            }
        }
    }
    folder
}

#[test]
fn a_table_of_pandas_becomes_texts_with_classes() {
    let data = read(&fixture("tickets.parquet")).unwrap();
    assert_eq!((data.format, data.modality(), data.len()), ("parquet", Modality::Text, 8));
    assert_eq!(classes(&data), ["delivery", "payment"]);
    assert_eq!(targets(&data), [0, 0, 1, 1, 1, 0, 1, 0].map(Some));
    assert_eq!(text(&data, 4), "退款什么时候到账？");
    assert_eq!(data.notices, Vec::<String>::new(), "known names are not guesses");
    assert_eq!((data.reading.text_column.as_str(), data.reading.label_column.as_str()), ("message", "topic"));
}

#[test]
fn every_codec_gives_the_same_data() {
    let prints: BTreeSet<String> = ["none", "snappy", "zstd", "gzip", "lz4", "brotli"]
        .iter()
        .map(|codec| {
            read(&fixture(&format!("codec_{codec}.parquet"))).unwrap_or_else(|e| panic!("{e}")).fingerprint
        })
        .collect();
    assert_eq!(prints.len(), 1);
    let tickets = read(&fixture("tickets.parquet")).unwrap();
    assert!(prints.contains(&tickets.fingerprint), "names of columns are no part of the data");
}

#[test]
fn labels_of_each_type_are_classes() {
    for (name, expected, first) in [
        ("int8", ["0", "1"], 1),
        ("uint32", ["2", "10"], 1),
        ("int64", ["-3", "4"], 0),
        ("float", ["0.5", "1"], 0),
        ("bool", ["false", "true"], 1),
    ] {
        let data = read(&fixture(&format!("label_{name}.parquet"))).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!((classes(&data), targets(&data)[0]), (expected.to_vec(), Some(first)), "{name}");
    }
}

#[test]
fn a_split_column_is_honoured_or_set_aside() {
    let path = fixture("split.parquet");
    let data = read(&path).unwrap();
    assert_eq!(data.splits[..5], [Split::Train; 5]);
    assert_eq!(data.splits[5..], [Split::Validation, Split::Test, Split::Test]);
    let options = OpenOptions { split_column: "none".to_owned(), ..OpenOptions::default() };
    assert_eq!(read_with(&path, &options).unwrap().splits, [Split::Train; 8]);
    let options = OpenOptions {
        split_column: "message".to_owned(),
        text_column: "topic".to_owned(),
        label_column: "id".to_owned(),
        ..OpenOptions::default()
    };
    refused(read_with(&path, &options), &path, &["row 1", "is not a split", "data.split_column"]);
}

#[test]
fn shards_of_a_hugging_face_set_are_one_data_set() {
    for root in [fixture("news"), fixture("news/data")] {
        let data = read(&root).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(
            classes(&data),
            ["World", "Sports", "Business", "Sci/Tech"],
            "in the order of their numbers"
        );
        assert_eq!(targets(&data), [0, 1, 2, 3, 0, 1, 2, 3].map(Some));
        assert_eq!((data.count(Split::Train), data.count(Split::Test)), (6, 2));
        assert!(data.notices.iter().any(|n| n.contains("unsupervised-00000")), "{:?}", data.notices);
    }
    // One shard alone has the same classes.
    let data = read(&fixture("news/data/train-00000-of-00002.parquet")).unwrap();
    assert_eq!((data.len(), data.classes.len()), (3, 4));
    assert!(data.notices.iter().any(|n| n.contains("Sci/Tech")), "{:?}", data.notices);
}

#[test]
fn other_layouts_of_hugging_face_are_found() {
    let shard = |name: &str| std::fs::read(fixture("news/data").join(name)).unwrap();
    let (train, test) = (shard("train-00001-of-00002.parquet"), shard("test-00000-of-00001.parquet"));
    for names in [
        ["train-00000-of-00001.parquet", "test-00000-of-00001.parquet"],
        ["train.parquet", "test.parquet"],
        [
            "plain_text/train-00000-of-00001-b42a775f407cee45.parquet",
            "plain_text/test-00000-of-00001.parquet",
        ],
        ["default/train/0000.parquet", "default/test/0000.parquet"],
        ["train/0000.parquet", "test/0000.parquet"],
    ] {
        let folder = Folder::new();
        folder.file(names[0], &train);
        folder.file(names[1], &test);
        folder.file("README.md", "# A card");
        folder.file(".git/config", "");
        let data = read(folder.path()).unwrap_or_else(|e| panic!("{names:?}: {e}"));
        assert_eq!((data.count(Split::Train), data.count(Split::Test)), (3, 2), "{names:?}");
    }
    let folder = Folder::new();
    for set in ["cola", "sst2"] {
        folder.file(&format!("{set}/train-00000-of-00001.parquet"), &train);
    }
    refused(read(folder.path()), folder.path(), &["2 data sets: cola, sst2", "open one of these folders"]);
}

#[test]
fn class_names_come_from_beside_the_file_where_it_has_none() {
    let table = std::fs::read(fixture("label_int8.parquet")).unwrap();
    let folder = Folder::new();
    folder.file("data/train-00000-of-00001.parquet", table);
    assert_eq!(classes(&read(folder.path()).unwrap()), ["0", "1"]);
    folder.file(
        "README.md",
        "---\ndataset_info:\n  features:\n  - name: label\n    dtype:\n      class_label:\n        names:\n          '0': bad\n          '1': good\n---\n",
    );
    assert_eq!(classes(&read(folder.path()).unwrap()), ["bad", "good"]);
    let infos = r#"{"default": {"features": {"label": {"names": ["no", "yes"], "_type": "ClassLabel"}}}}"#;
    folder.file("dataset_infos.json", infos);
    assert_eq!(classes(&read(folder.path()).unwrap()), ["no", "yes"]);
    folder.file("dataset_infos.json", infos.replace(", \"yes\"", ""));
    let path = folder.path().join("data/train-00000-of-00001.parquet");
    refused(read(folder.path()), &path, &["row 1", "label 1 is out of range", "0 to 0", "correct the label"]);
}

#[test]
fn a_missing_shard_is_refused() {
    let folder = copied("news");
    std::fs::remove_file(folder.path().join("data/train-00000-of-00002.parquet")).unwrap();
    refused(
        read(folder.path()),
        &folder.path().join("data"),
        &["1 of the 2 files of 'train'", "train-00000-of-00002.parquet is missing", "download"],
    );
}

#[test]
fn a_test_file_without_labels_is_left_out() {
    let folder = copied("news");
    let unsupervised = std::fs::read(folder.path().join("data/unsupervised-00000-of-00001.parquet")).unwrap();
    folder.file("data/test-00000-of-00001.parquet", &unsupervised);
    let data = read(folder.path()).unwrap();
    assert_eq!((data.len(), data.count(Split::Test)), (6, 0));
    assert!(
        data.notices.iter().any(|n| n.contains("test-00000-of-00001.parquet has no labels")),
        "{:?}",
        data.notices
    );
    let alone = folder.file("t.parquet", unsupervised);
    refused(read(&alone), &alone, &["row 1", "the label is empty", "fill in the class"]);
}

#[test]
fn groups_lists_and_nulls_are_passed_over_or_refused() {
    let path = fixture("nested.parquet");
    let options = OpenOptions { text_column: "translation.en".to_owned(), ..OpenOptions::default() };
    let data = read_with(&path, &options).unwrap();
    assert_eq!((text(&data, 0), text(&data, 2), text(&data, 3)), ("good day", "", "bye"));
    assert!(data.notices.iter().any(|n| n.contains("1 of 4 texts are empty")), "{:?}", data.notices);
    assert_eq!(classes(&data), ["x", "y"]);
    let options = OpenOptions { label_column: "class".to_owned(), ..OpenOptions::default() };
    refused(
        read_with(&path, &options),
        &path,
        &[
            "no column 'class'",
            "'tokens', 'translation.en', 'translation.zh', 'date', 'label'",
            "data.label_column",
        ],
    );
}

#[test]
fn tables_without_texts_or_rows_are_refused() {
    let path = fixture("numbers.parquet");
    refused(
        read(&path),
        &path,
        &["row 1", "no column holds text or pictures", "'a', 'b'", "data.text_column"],
    );
    let path = fixture("empty.parquet");
    refused(read(&path), &path, &["columns but no rows", "give a table with rows"]);
}

#[test]
fn damaged_files_are_refused_wherever_the_damage_is() {
    let whole = std::fs::read(fixture("tickets.parquet")).unwrap();
    let folder = Folder::new();
    for byte in (0..whole.len()).step_by(7) {
        let mut bytes = whole.clone();
        bytes[byte] ^= 0x5a;
        let path = folder.file("d.parquet", bytes);
        // A changed letter is no damage that can be seen; everything else has a message.
        if let Err(error) = read(&path) {
            let error = error.to_string();
            assert!(error.starts_with(&path.display().to_string()) && error.contains("; "), "{error}");
        }
        let path = folder.file("d.parquet", &whole[..byte]);
        refused(read(&path), &path, &["byte ", "; "]);
    }
}

#[test]
fn pictures_of_a_hugging_face_set_are_decoded_and_damaged_ones_set_aside() {
    let data = read(&fixture("shapes")).unwrap();
    assert_eq!((data.format, data.modality(), data.len()), ("parquet", Modality::Image, 12));
    assert_eq!((classes(&data), data.count(Split::Test)), (vec!["red", "green"], 4));
    assert_eq!((data.reading.text_column.as_str(), data.reading.label_column.as_str()), ("image", "label"));
    let Examples::Images(images) = &data.examples else { panic!("not images") };
    // Of 16 x 12 pixels: the root of 192 is 13.9, rounded 14, to the nearest multiple of 4 (up when half way) 16.
    assert_eq!((images.width, images.height, images.channels, images.len()), (16, 16, 3, 12));
    for sample in 0..images.len() {
        let pixels = images.get(sample).unwrap();
        let middle = &pixels[(8 * 16 + 8) * 3..][..3];
        let class = data.targets[sample].class().unwrap() as usize;
        assert!(middle[class] > 150 && middle[1 - class] < 110, "sample {sample}: {middle:?}");
    }
    // A picture whose bytes are damaged is named by its file and row.
    let folder = copied("shapes");
    let path = folder.path().join("train-00000-of-00001.parquet");
    let mut bytes = std::fs::read(&path).unwrap();
    let png = bytes.windows(8).position(|window| window == b"\x89PNG\r\n\x1a\n").unwrap();
    bytes[png + 8..png + 40].fill(0);
    std::fs::write(&path, bytes).unwrap();
    let data = read(folder.path()).unwrap();
    assert_eq!((data.len(), data.set_aside.len()), (11, 1));
    assert!(data.set_aside[0].item.contains("train-00000-of-00001.parquet, row 2"), "{:?}", data.set_aside);
    assert!(data.notices.iter().any(|n| n.contains("Set aside 1 picture")), "{:?}", data.notices);
}
