//! Tests of data: formats, what is refused and in which words, splits, built-in sets.

mod catalogue;
mod cifar;
mod encodings;
mod image_folder;
mod jsonl;
mod parquet;
mod pictures;
mod three;

use attentive::data::builtin::BUILTINS;
use attentive::data::{
    DataError, Dataset, Examples, FORMATS, Modality, OpenOptions, Split, Target, open, read_picture, silent,
    summary,
};
use flate2::{Compression, write::GzEncoder};
use std::collections::{BTreeSet, HashMap};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

// ---- making files ----

fn idx(dims: &[u32], data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, dims.len() as u8];
    dims.iter().for_each(|d| bytes.extend(d.to_be_bytes()));
    bytes.extend(data);
    bytes
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// `count` images of 2 x 2, the first pixel being the image's number.
fn images(count: u8) -> Vec<u8> {
    let pixels: Vec<u8> = (0..count).flat_map(|i| [i, 10, 20, 30]).collect();
    idx(&[u32::from(count), 2, 2], &pixels)
}

fn labels(labels: &[u8]) -> Vec<u8> {
    idx(&[labels.len() as u32], labels)
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
    fn path(&self) -> &Path {
        self.0.path()
    }
    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }
    /// A good four-file set.
    fn mnist() -> Self {
        let folder = Self::new();
        folder.file("train-images-idx3-ubyte.gz", gz(&images(6)));
        folder.file("train-labels-idx1-ubyte.gz", gz(&labels(&[0, 1, 2, 0, 1, 2])));
        folder.file("t10k-images-idx3-ubyte", images(2));
        folder.file("t10k-labels-idx1-ubyte", labels(&[2, 1]));
        folder
    }
}

fn read(path: &Path) -> Result<Dataset, DataError> {
    open(path.to_str().unwrap(), &OpenOptions::default(), &silent)
}

fn read_with(path: &Path, options: &OpenOptions) -> Result<Dataset, DataError> {
    open(path.to_str().unwrap(), options, &silent)
}

fn text(data: &Dataset, index: usize) -> &str {
    match &data.examples {
        Examples::Texts(texts) => texts.get(index),
        Examples::Images(_) => panic!("images"),
    }
}

fn classes(data: &Dataset) -> Vec<&str> {
    data.classes.iter().map(String::as_str).collect()
}

fn targets(data: &Dataset) -> Vec<Option<u32>> {
    data.targets.iter().map(|t| t.class()).collect()
}

/// Asserts that the message begins with the path and contains each of the parts, in order:
/// place, cause, remedy.
#[track_caller]
fn refused(result: Result<Dataset, DataError>, path: &Path, parts: &[&str]) {
    let message = result.expect_err("must be refused").to_string();
    assert!(message.starts_with(&path.display().to_string()), "path first: {message}");
    let mut rest = &message[path.display().to_string().len()..];
    for part in parts {
        let Some(at) = rest.find(part) else {
            panic!("'{part}' is missing, or not in this order, in: {message}")
        };
        rest = &rest[at + part.len()..];
    }
    assert!(message.contains("; "), "a remedy follows the cause: {message}");
}

// ---- the table ----

#[test]
fn every_format_is_described_and_named_once() {
    let names: BTreeSet<&str> = FORMATS.iter().map(|f| f.name).collect();
    assert_eq!(names.len(), FORMATS.len());
    assert!(names.contains("idx") && names.contains("csv") && names.contains("image-folder"));
    for format in FORMATS {
        assert!(!format.about.is_empty(), "{}", format.name);
        assert!(!(format.recognises)(Path::new("/nowhere/at/all.bin")), "{} takes anything", format.name);
    }
}

// ---- IDX ----

#[test]
fn four_idx_files_become_training_and_test() {
    let folder = Folder::mnist();
    let data = read(folder.path()).unwrap();
    assert_eq!((data.format, data.modality(), data.len()), ("idx", Modality::Image, 8));
    assert_eq!((data.count(Split::Train), data.count(Split::Validation), data.count(Split::Test)), (6, 0, 2));
    assert_eq!(classes(&data), ["0", "1", "2"]);
    assert_eq!(targets(&data), [0, 1, 2, 0, 1, 2, 2, 1].map(Some));
    let Examples::Images(images) = &data.examples else { panic!("not images") };
    assert_eq!((images.width, images.height, images.channels), (2, 2, 1));
    assert_eq!(images.get(5).unwrap()[..], [5, 10, 20, 30]);
    assert_eq!(images.get(7).unwrap()[..], [1, 10, 20, 30]);
    assert_eq!(summary(&data).split_counts, [6, 0, 2]);
}

#[test]
fn one_images_file_finds_its_labels() {
    let folder = Folder::mnist();
    let data = read(&folder.path().join("train-images-idx3-ubyte.gz")).unwrap();
    assert_eq!((data.len(), data.count(Split::Train)), (6, 6));
    // Test images alone cannot be trained on, but a finished run can be evaluated on them.
    let test = folder.path().join("t10k-images-idx3-ubyte");
    refused(read(&test), &test, &["none of the 2 examples is for training", "open the training files"]);
    let data = read_with(&test, &OpenOptions { unlabelled: true, ..OpenOptions::default() }).unwrap();
    assert_eq!(data.count(Split::Test), 2);
}

#[test]
fn colour_idx_in_both_layouts_gives_the_same_pixels() {
    let interleaved: Vec<u8> = (0..2 * 2 * 4 * 3).collect();
    let mut planar = Vec::new();
    for image in interleaved.chunks(12 * 2) {
        for channel in 0..3 {
            planar.extend(image.iter().skip(channel).step_by(3));
        }
    }
    let mut pixels = Vec::new();
    for (name, dims, bytes) in [("a", [2, 2, 4, 3], &interleaved), ("b", [2, 3, 2, 4], &planar)] {
        let folder = Folder::new();
        folder.file("train-images-idx4-ubyte", idx(&dims, bytes));
        folder.file("train-labels-idx1-ubyte", labels(&[0, 1]));
        let data = read(folder.path()).unwrap_or_else(|e| panic!("{name}: {e}"));
        let Examples::Images(images) = &data.examples else { panic!("not images") };
        assert_eq!((images.height, images.width, images.channels), (2, 4, 3));
        pixels.push(images.in_memory().unwrap().clone());
    }
    assert_eq!(pixels[0], pixels[1]);
    assert_eq!(*pixels[0], interleaved);
}

#[test]
fn a_folder_of_fashion_has_class_names() {
    let folder = Folder::new();
    folder.file("Fashion-MNIST/train-images-idx3-ubyte", idx(&[2, 28, 28], &[7; 2 * 784]));
    folder.file("Fashion-MNIST/train-labels-idx1-ubyte", labels(&[9, 0]));
    let data = read(&folder.path().join("Fashion-MNIST")).unwrap();
    assert_eq!((data.classes[0].as_str(), data.classes[9].as_str()), ("T-shirt/top", "Ankle boot"));
    assert_eq!(targets(&data), [Some(9), Some(0)]);
}

#[test]
fn truncated_idx_is_refused_with_the_byte() {
    let folder = Folder::mnist();
    let whole = images(6);
    let path = folder.path().join("train-images-idx3-ubyte.gz");

    folder.file("train-images-idx3-ubyte.gz", gz(&whole[..30]));
    refused(
        read(folder.path()),
        &path,
        &["byte 30", "the header promises 40 bytes", "truncated", "download the file again"],
    );

    let packed = gz(&whole);
    folder.file("train-images-idx3-ubyte.gz", &packed[..packed.len() - 12]);
    let byte = format!("byte {}", packed.len() - 12);
    refused(
        read(folder.path()),
        &path,
        &[&byte, "the gzip stream ends too early", "truncated", "download the file again"],
    );

    folder.file("train-images-idx3-ubyte.gz", gz(&whole[..7]));
    refused(read(folder.path()), &path, &["byte 7", "truncated", "download"]);

    let mut longer = whole.clone();
    longer.push(0);
    folder.file("train-images-idx3-ubyte.gz", gz(&longer));
    refused(read(folder.path()), &path, &["byte 40", "go on after the 6 x 2 x 2", "download"]);
}

#[test]
fn a_damaged_gzip_stream_is_refused() {
    let folder = Folder::mnist();
    let mut packed = gz(&images(6));
    let middle = packed.len() / 2;
    packed[middle] ^= 0xff;
    packed[middle + 1] ^= 0xff;
    let path = folder.file("train-images-idx3-ubyte.gz", packed);
    refused(read(folder.path()), &path, &["byte ", "gzip stream", "download the file again"]);
}

#[test]
fn idx_that_is_not_gzip_is_refused() {
    let folder = Folder::mnist();
    let path = folder.file("train-images-idx3-ubyte.gz", images(6));
    refused(
        read(folder.path()),
        &path,
        &["byte 0", "do not start as gzip", "00 00 08 03", "remove .gz from its name"],
    );
}

#[test]
fn a_wrong_magic_number_is_refused() {
    let folder = Folder::mnist();
    let path = folder.file("train-images-idx3-ubyte.gz", gz(b"PK\x03\x04 and so on"));
    refused(read(folder.path()), &path, &["byte 0", "not an IDX file", "50 4b 03 04", "give an IDX file"]);
    let mut floats = images(6);
    floats[2] = 0x0d;
    let path = folder.file("train-images-idx3-ubyte.gz", gz(&floats));
    refused(read(folder.path()), &path, &["byte 2", "0x0d", "unsigned bytes", "convert"]);
    let path = folder.file("train-images-idx3-ubyte.gz", gz(&labels(&[1, 2])));
    refused(read(folder.path()), &path, &["byte 3", "labels file", "give the images file"]);
}

#[test]
fn a_header_that_promises_too_much_takes_no_memory() {
    let folder = Folder::mnist();
    let path =
        folder.file("train-images-idx3-ubyte.gz", gz(&idx(&[u32::MAX, u32::MAX, u32::MAX], &[1, 2, 3])));
    refused(read(folder.path()), &path, &["byte 4", "more than memory can hold", "download the file again"]);
}

#[test]
fn counts_that_differ_are_refused() {
    let folder = Folder::mnist();
    folder.file("train-labels-idx1-ubyte.gz", gz(&labels(&[0, 1, 2])));
    let path = folder.path().join("train-images-idx3-ubyte.gz");
    refused(
        read(folder.path()),
        &path,
        &[
            "6 images but 3 labels",
            "train-labels-idx1-ubyte.gz",
            "give images and labels files of the same set",
        ],
    );
}

#[test]
fn labels_out_of_range_are_refused_with_the_byte() {
    let folder = Folder::mnist();
    let path = folder.file("train-labels-idx1-ubyte.gz", gz(&labels(&[0, 1, 2, 0, 255, 2])));
    refused(read(folder.path()), &path, &["byte 12", "label 255 of image 4", "0 to 2", "correct the label"]);
    let folder = Folder::mnist();
    let path = folder.file("t10k-labels-idx1-ubyte", labels(&[2, 7]));
    refused(read(folder.path()), &path, &["byte 9", "label 7 of image 1", "0 to 2", "correct the label"]);
}

#[test]
fn missing_labels_are_refused_for_training_only() {
    let folder = Folder::new();
    let path = folder.file("train-images-idx3-ubyte", images(3));
    refused(read(folder.path()), &path, &["no labels file train-labels-idx1-ubyte", "put the labels file"]);
    let data = read_with(folder.path(), &OpenOptions { unlabelled: true, ..OpenOptions::default() }).unwrap();
    assert_eq!(data.targets, [Target::Unlabelled; 3]);
}

#[test]
fn one_class_only_is_refused() {
    let folder = Folder::new();
    folder.file("train-images-idx3-ubyte", images(3));
    folder.file("train-labels-idx1-ubyte", labels(&[4, 4, 4]));
    refused(
        read(folder.path()),
        folder.path(),
        &["all 3 training examples have one class, '4'", "add examples"],
    );
    let path = folder.file("one.csv", "text,label\ngood,yes\nbetter,yes\n");
    refused(read(&path), &path, &["all 2 training examples have one class, 'yes'", "add examples"]);
}

#[test]
fn several_sets_in_one_folder_are_refused() {
    let folder = Folder::mnist();
    folder.file("letters-train-images-idx3-ubyte", images(1));
    refused(
        read(folder.path()),
        folder.path(),
        &["several sets of train images", "letters-train", "open one images file"],
    );
}

// ---- paths ----

#[test]
fn a_missing_path_is_refused() {
    let folder = Folder::new();
    let path = folder.path().join("no/such/file.csv");
    let parent = folder.path().display().to_string();
    refused(
        read(&path),
        &path,
        &["there is no such file or folder", "check the spelling", &parent, "exists"],
    );
    assert!(read(Path::new(" ")).unwrap_err().to_string().contains("builtin:fashion"));
}

#[test]
fn an_empty_folder_is_refused() {
    let folder = Folder::new();
    refused(read(folder.path()), folder.path(), &["the folder is empty", "put data into it", "idx", "csv"]);
}

#[test]
fn a_folder_that_fits_no_format_is_refused_with_what_it_holds() {
    let folder = Folder::new();
    for name in ["a.doc", "b.doc", "c.doc", "d.doc", "e.doc", "f.doc"] {
        folder.file(name, "x");
    }
    refused(
        read(folder.path()),
        folder.path(),
        &[
            "holds a.doc, b.doc, c.doc, d.doc, e.doc and 1 more",
            "fits no format",
            "open one of the files",
            "idx",
            "csv",
        ],
    );
    let path = folder.path().join("a.doc");
    refused(read(&path), &path, &["fits no format", "what is understood", "idx", "csv"]);
}

// ---- CSV ----

#[test]
fn csv_dialects_give_the_same_data() {
    let expected =
        [("it works, mostly", 1), ("broken\nagain \"today\"", 0), ("退款什么时候到账？", 0), ("fine", 1)];
    let rows =
        "\"it works, mostly\",good\n\"broken\nagain \"\"today\"\"\",bad\n退款什么时候到账？,bad\nfine,good\n";
    let turned =
        "good,\"it works, mostly\"\nbad,\"broken\nagain \"\"today\"\"\"\nbad,退款什么时候到账？\ngood,fine\n";
    let cases = [
        ("plain.csv", format!("text,label\n{rows}")),
        ("bom.csv", format!("\u{feff}text,label\n{rows}")),
        ("crlf.csv", format!("text,label\r\n{}", rows.replace(",good\n", ",good\r\n"))),
        ("chinese.csv", format!("内容,标签\n{rows}")),
        ("upper.csv", format!("Review,Sentiment\n{rows}")),
        ("other-names.csv", format!("remark,verdict\n{rows}")),
        ("turned.csv", format!("label,text\n{turned}")),
        ("headless.csv", rows.to_owned()),
        ("headless-turned.csv", turned.to_owned()),
        ("semicolon.csv", format!("text;label\n{}", rows.replace(",good", ";good").replace(",bad", ";bad"))),
        ("tabs.tsv", format!("text\tlabel\n{}", rows.replace(",good", "\tgood").replace(",bad", "\tbad"))),
        ("tabs.csv", format!("text\tlabel\n{}", rows.replace(",good", "\tgood").replace(",bad", "\tbad"))),
        ("numbered.csv", format!("id,text,label\n{}", number(rows))),
    ];
    let folder = Folder::new();
    for (name, contents) in cases {
        let data = read(&folder.file(name, contents)).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(classes(&data), ["bad", "good"], "{name}");
        let found: Vec<(&str, u32)> =
            (0..data.len()).map(|i| (text(&data, i), data.targets[i].class().unwrap())).collect();
        assert_eq!(found, expected.map(|(t, c)| (t, c)), "{name}");
    }
}

/// Puts a running number before each row of the test above.
fn number(rows: &str) -> String {
    let starts = ["\"it works", "\"broken", "退款", "fine"];
    let mut rows = rows.to_owned();
    for (id, start) in starts.iter().enumerate() {
        rows = rows.replace(start, &format!("{},{start}", id + 100));
    }
    rows
}

#[test]
fn guesses_are_told() {
    let folder = Folder::new();
    let path = folder.file("guess.csv", "remark,verdict\nquite good,yes\nquite bad,no\nnot good,no\n");
    let notices = read(&path).unwrap().notices.join(" ");
    assert!(notices.contains("'verdict'") && notices.contains("data.label_column"), "{notices}");
    assert!(notices.contains("'remark'") && notices.contains("data.text_column"), "{notices}");
    let path = folder.file("known.csv", "text,label\nquite good,yes\nquite bad,no\n");
    assert!(read(&path).unwrap().notices.is_empty());
}

#[test]
fn a_label_that_is_also_a_column_name_is_no_header() {
    let folder = Folder::new();
    let data = read(&folder.file("y.csv", "quite good,y\nquite bad,n\nvery bad,n\nvery good,y\n")).unwrap();
    assert_eq!((data.len(), classes(&data)), (4, vec!["n", "y"]));
    assert!(data.notices.iter().any(|n| n.contains("not for a header")), "{:?}", data.notices);
    let data =
        read(&folder.file("q.csv", "how is it so,question\nit is like this,answer\nbut why so,question\n"))
            .unwrap();
    assert_eq!((text(&data, 0), classes(&data)), ("how is it so", vec!["answer", "question"]));
}

#[test]
fn columns_may_be_named() {
    let folder = Folder::new();
    let path = folder.file("two.csv", "text,other,label,mood\na b,c d,1,x\ne f,g h,2,y\ni j,k l,10,x\n");
    let data = read(&path).unwrap();
    assert_eq!((text(&data, 1), classes(&data)), ("e f", vec!["1", "2", "10"]));
    let options = OpenOptions {
        text_column: "other".to_owned(),
        label_column: "Mood".to_owned(),
        ..OpenOptions::default()
    };
    let data = read_with(&path, &options).unwrap();
    assert_eq!((text(&data, 1), classes(&data)), ("g h", vec!["x", "y"]));
    let options = OpenOptions { label_column: "tone".to_owned(), ..OpenOptions::default() };
    refused(
        read_with(&path, &options),
        &path,
        &["row 1", "no column 'tone'", "'text', 'other', 'label', 'mood'", "set data.label_column"],
    );
}

#[test]
fn a_split_column_is_honoured() {
    let folder = Folder::new();
    let path = folder.file("s.csv", "text,label,split\na,x,train\nb,y,Train\nc,x,dev\nd,y,test\n");
    let mut data = read(&path).unwrap();
    let declared = [Split::Train, Split::Train, Split::Validation, Split::Test];
    assert_eq!(data.splits, declared);
    data.hold_out(0.5, 1);
    assert_eq!(data.splits, declared, "declared validation stays");
    let path = folder.file("bad.csv", "text,label,split\na,x,train\nb,y,later\n");
    refused(read(&path), &path, &["row 3", "'later' is not a split", "write train, validation or test"]);
}

#[test]
fn a_folder_of_tables_declares_splits() {
    let folder = Folder::new();
    folder.file("train.csv", "id,remark,verdict\n1,so good,yes\n2,so bad,no\n3,very bad,no\n");
    folder.file("validation.csv", "id,remark,verdict\n4,fine,yes\n");
    folder.file("test.tsv", "verdict\tremark\nno\tawful\n");
    let data = read(folder.path()).unwrap();
    assert_eq!(data.splits, [Split::Train, Split::Train, Split::Train, Split::Validation, Split::Test]);
    assert_eq!((text(&data, 4), targets(&data)[4]), ("awful", Some(0)));
    folder.file("test.tsv", "remark\nawful\n");
    let data = read(folder.path()).unwrap();
    assert_eq!(data.len(), 4);
    assert!(
        data.notices.iter().any(|n| n.contains("test.tsv has no column 'verdict'")),
        "{:?}",
        data.notices
    );
}

#[test]
fn an_empty_csv_is_refused() {
    let folder = Folder::new();
    for contents in ["", " \n\n", "\u{feff}"] {
        let path = folder.file("empty.csv", contents);
        refused(read(&path), &path, &["the file is empty", "give a table with a header"]);
    }
}

#[test]
fn a_header_without_rows_is_refused() {
    let folder = Folder::new();
    let path = folder.file("header.csv", "text,label\n");
    refused(read(&path), &path, &["a header but no rows", "add rows"]);
}

#[test]
fn ragged_rows_are_refused_with_the_row() {
    let folder = Folder::new();
    let path = folder.file("r.csv", "text,label\na,x\nb,y\nsome, more,x\n");
    refused(read(&path), &path, &["row 4", "3 fields where the first row has 2", "double quotes"]);
    let path = folder.file("r.csv", "text,label\n\"a\nb\",x\nc\n");
    refused(read(&path), &path, &["row 3 (line 4)", "1 field where the first row has 2", "complete the row"]);
}

#[test]
fn a_quote_never_closed_is_refused_with_its_row() {
    let folder = Folder::new();
    let path = folder.file("q.csv", "text,label\na,x\n\"b,y\nc,x\nd,y\n");
    refused(
        read(&path),
        &path,
        &["row 3", "opened here and never closed", "2 further lines", "close the quote"],
    );
    // In tab-separated files a lone quote is a character.
    let path = folder.file("q.tsv", "text\tlabel\n\"a\tx\nb\ty\n");
    assert_eq!(text(&read(&path).unwrap(), 0), "\"a");
}

#[test]
fn a_table_without_label_column_is_refused_for_training_only() {
    let folder = Folder::new();
    let path = folder.file("n.csv", "id,text\n1,good one\n2,bad one\n3,so so\n");
    refused(read(&path), &path, &["no label column", "'id', 'text'", "data.label_column"]);
    let data = read_with(&path, &OpenOptions { unlabelled: true, ..OpenOptions::default() }).unwrap();
    assert_eq!((data.targets, data.classes.len()), (vec![Target::Unlabelled; 3], 0));
    let path = folder.file("single.csv", "text\ngood one\nbad one\n");
    refused(read(&path), &path, &["no label column", "'text'", "data.label_column"]);
}

#[test]
fn an_empty_label_is_refused_with_the_row() {
    let folder = Folder::new();
    let path = folder.file("e.csv", "text,label\na,x\nb,\nc,y\n");
    refused(read(&path), &path, &["row 3", "the label is empty", "fill in the class"]);
    let data = read_with(&path, &OpenOptions { unlabelled: true, ..OpenOptions::default() }).unwrap();
    assert_eq!(data.targets[1], Target::Unlabelled);
}

#[test]
fn invalid_utf8_is_refused_with_row_and_byte() {
    let folder = Folder::new();
    let path = folder.file("u.csv", b"text,label\ngood,x\nbad \xff\xfe,y\n");
    refused(
        read(&path),
        &path,
        &["row 3, byte 22", "0xff is not valid UTF-8", "save the table again as UTF-8"],
    );
    let path = folder.file("u.csv", b"\xef\xbb\xbftext,label\ng\xe9,x\nb,y\n");
    refused(read(&path), &path, &["row 2, byte 15", "0xe9", "UTF-8"]);
    let path = folder.file("u16.csv", b"\xff\xfet\0e\0x\0t");
    refused(read(&path), &path, &["row 1, byte 8", "not valid UTF-16LE", "data.encoding"]);
}

// ---- anything at all ----

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]

    /// Whatever a file holds, it is read or refused with its path; nothing panics.
    #[test]
    fn any_bytes_are_read_or_refused(
        idx_bytes in proptest::collection::vec(0u8..=10, 0..80),
        table in r#"[a-c",;\t\n\r\u{feff}退 ]{0,80}"#,
        cut in 0usize..60,
        noise in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..40),
    ) {
        let folder = Folder::mnist();
        let mut bytes = images(6);
        bytes.splice(cut.min(bytes.len()).., noise.iter().copied());
        let lines = "{\"text\":\"a\",\"label\":1}\n{\"text\":\"b\",\"label\":2}\n";
        let cases = [
            folder.file("a/train-images-idx3-ubyte", [&[0, 0, 8], &idx_bytes[..]].concat()),
            folder.file("train-images-idx3-ubyte", &bytes),
            folder.file("train-images-idx3-ubyte.gz", &gz(&bytes)[..cut.min(20)]),
            folder.file("a.csv", &table),
            folder.file("a.tsv", &table),
            folder.file("b.csv", &noise),
            folder.file("a.jsonl", &noise),
            folder.file("a.bin", &noise),
            folder.file("c/train.bin", noise.repeat(200)),
            folder.file("b.jsonl", format!("{{\"text\":\"{table}\",\"label\":{cut}}}\n{table}")),
            folder.file("c.jsonl", &lines[..cut.min(lines.len())]),
        ];
        for path in cases {
            for unlabelled in [false, true] {
                let options = OpenOptions { unlabelled, ..OpenOptions::default() };
                match read_with(&path, &options) {
                    Ok(data) => {
                        let examples = match &data.examples {
                            Examples::Images(images) => images.len(),
                            Examples::Texts(texts) => texts.len(),
                        };
                        assert_eq!((examples, data.splits.len()), (data.len(), data.len()));
                        assert!(targets(&data).iter().flatten().all(|c| (*c as usize) < data.classes.len()));
                    }
                    Err(error) => {
                        let (error, folder) = (error.to_string(), folder.path().display().to_string());
                        assert!(error.starts_with(&folder) && error.contains("; "), "{error}");
                    }
                }
            }
        }
        let picture = folder.file("p.png", [&b"\x89PNG\r\n\x1a\n"[..], &noise].concat());
        assert!(read_picture(&picture).is_err());
    }
}

// ---- progress and cancelling ----

#[test]
fn progress_reaches_the_end_and_never_falls_back_beyond_it() {
    let folder = Folder::mnist();
    let path = folder.file("p.csv", format!("text,label\n{}", "some text,a\nother text,b\n".repeat(5000)));
    let line = "{\"text\":\"some text\",\"label\":1}\n{\"text\":\"other text\",\"label\":2}\n";
    let lines = folder.file("p.jsonl", format!("\u{feff}{}", line.repeat(5000)));
    let batch = folder
        .file("data_batch_1.bin", (0..1000).flat_map(|i| vec![i as u8 % 10; 3073]).collect::<Vec<u8>>());
    for source in [folder.path(), &path, &lines, &batch] {
        let (last, all) = (AtomicU64::new(0), AtomicU64::new(0));
        let progress = |stage: &'static str, done: u64, total: u64| {
            assert!(!stage.is_empty() && done <= total, "{stage} {done} of {total}");
            last.fetch_max(done, Ordering::Relaxed);
            all.store(total, Ordering::Relaxed);
            true
        };
        open(source.to_str().unwrap(), &OpenOptions::default(), &progress).unwrap();
        assert!(all.load(Ordering::Relaxed) > 0);
        assert_eq!(last.load(Ordering::Relaxed), all.load(Ordering::Relaxed), "{}", source.display());
    }
}

#[test]
fn reading_can_be_cancelled() {
    let folder = Folder::mnist();
    let path = folder.file("p.csv", "text,label\na,x\nb,y\n");
    for source in
        [folder.path().to_str().unwrap(), path.to_str().unwrap(), "builtin:fashion", "builtin:helpdesk"]
    {
        let result = open(source, &OpenOptions::default(), &|_, _, _| false);
        assert_eq!(result.err(), Some(DataError::Cancelled), "{source}");
    }
}

#[test]
fn cancelling_ends_the_reading_of_a_large_file_early() {
    let folder = Folder::new();
    folder.file("train-images-idx3-ubyte", idx(&[16, 1024, 1024], &vec![1; 16 << 20]));
    folder.file("train-labels-idx1-ubyte", labels(&[0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]));
    let calls = AtomicU64::new(0);
    let progress = |_: &'static str, done: u64, _: u64| {
        calls.fetch_add(1, Ordering::Relaxed);
        done < 4 << 20
    };
    let result = open(folder.path().to_str().unwrap(), &OpenOptions::default(), &progress);
    assert_eq!(result.err(), Some(DataError::Cancelled));
    assert!(calls.load(Ordering::Relaxed) < 8, "{} calls", calls.load(Ordering::Relaxed));
}

// ---- fingerprint ----

#[test]
fn the_fingerprint_follows_contents_and_nothing_else() {
    let folder = Folder::new();
    let print = |name: &str, contents: &str| read(&folder.file(name, contents)).unwrap().fingerprint;
    let first = print("a.csv", "text,label\none,x\ntwo,y\n");
    assert_eq!(first.len(), 64);
    assert_eq!(first, print("b.tsv", "label\ttext\nx\tone\ny\ttwo\n"), "same contents, other file");
    for other in [
        "text,label\none,x\ntwO,y\n",
        "text,label\none,y\ntwo,x\n",
        "text,label\non,x\netwo,y\n",
        "text,label\none,x\ntwo,z\n",
        "text,label,split\none,x,train\ntwo,y,train\nthree,y,test\n",
    ] {
        assert_ne!(first, print("c.csv", other), "{other}");
    }
    let mut data = read(&folder.file("d.csv", "text,label\none,x\ntwo,y\nthree,x\nfour,y\n")).unwrap();
    let before = data.fingerprint.clone();
    data.hold_out(0.5, 0);
    assert_eq!(before, data.fingerprint, "a drawn split is no part of the data");
}

// ---- holding out ----

fn table(folder: &Folder, sizes: &[usize]) -> Dataset {
    let mut rows = String::from("text,label\n");
    for (class, size) in sizes.iter().enumerate() {
        (0..*size).for_each(|i| rows.push_str(&format!("text {i} of {class},class{class}\n")));
    }
    read(&folder.file("t.csv", rows)).unwrap()
}

fn held_out(data: &Dataset, class: u32) -> usize {
    data.targets
        .iter()
        .zip(&data.splits)
        .filter(|(t, s)| t.class() == Some(class) && **s == Split::Validation)
        .count()
}

#[test]
fn holding_out_is_stratified_and_exact() {
    let folder = Folder::new();
    let mut data = table(&folder, &[100, 50, 7, 5, 3]);
    data.hold_out(0.1, 3);
    assert_eq!(data.count(Split::Validation), 17, "round(165 / 10)");
    assert_eq!((held_out(&data, 0), held_out(&data, 1)), (10, 5));
    assert_eq!((held_out(&data, 2), held_out(&data, 3), held_out(&data, 4)), (1, 1, 0), "largest remainders");
}

#[test]
fn holding_out_leaves_each_class_a_training_example() {
    let folder = Folder::new();
    let mut data = table(&folder, &[10, 2, 1]);
    data.hold_out(0.9, 3);
    assert_eq!((held_out(&data, 0), held_out(&data, 1), held_out(&data, 2)), (9, 1, 0));
    data.hold_out(0.0, 3);
    assert_eq!(data.count(Split::Validation), 0, "0 holds out none, also after another call");
}

#[test]
fn holding_out_follows_the_seed_and_spares_test() {
    let folder = Folder::mnist();
    let data = read(folder.path()).unwrap();
    let draw = |seed: u64| {
        let mut data = data.clone();
        data.hold_out(0.5, seed);
        assert_eq!((data.count(Split::Validation), data.count(Split::Test)), (3, 2));
        assert_eq!(&data.splits[6..], [Split::Test, Split::Test]);
        data.splits
    };
    assert_eq!(draw(1), draw(1));
    assert!((2..20).any(|seed| draw(seed) != draw(1)), "the seed matters");
    let mut again = data.clone();
    again.hold_out(0.5, 8);
    again.hold_out(0.5, 1);
    assert_eq!(again.splits, draw(1), "starts from the declared splits each time");
}

// ---- pictures ----

#[test]
fn pictures_are_read_grey_coloured_and_transparent() {
    let folder = Folder::new();
    let save = |name: &str, image: image::DynamicImage| {
        let path = folder.path().join(name);
        image.save(&path).unwrap();
        read_picture(&path).unwrap()
    };
    let grey = save("g.png", image::GrayImage::from_raw(2, 1, vec![7, 200]).unwrap().into());
    assert_eq!((grey.width, grey.height, grey.channels, grey.pixels), (2, 1, 1, vec![7, 200]));
    for name in ["c.png", "c.bmp"] {
        let color = save(name, image::RgbImage::from_raw(1, 2, vec![1, 2, 3, 4, 5, 6]).unwrap().into());
        assert_eq!(
            (color.width, color.height, color.channels, color.pixels),
            (1, 2, 3, vec![1, 2, 3, 4, 5, 6])
        );
    }
    let clear = image::RgbaImage::from_raw(2, 1, vec![10, 20, 30, 255, 10, 20, 30, 0]).unwrap();
    let clear = save("t.png", clear.into());
    assert_eq!((clear.channels, clear.pixels), (3, vec![10, 20, 30, 255, 255, 255]));
    for name in ["l.jpg", "l.gif", "l.webp"] {
        let flat = save(name, image::RgbImage::from_pixel(8, 8, image::Rgb([120, 120, 120])).into());
        assert_eq!((flat.width, flat.height), (8, 8), "{name}");
        assert!(flat.pixels.iter().all(|v| v.abs_diff(120) <= 3), "{name}");
    }
}

#[test]
fn the_orientation_of_a_photograph_is_applied() {
    let mut jpeg = std::io::Cursor::new(Vec::new());
    let halves = image::GrayImage::from_fn(32, 16, |x, _| image::Luma([if x < 16 { 0 } else { 255 }]));
    halves.write_to(&mut jpeg, image::ImageFormat::Jpeg).unwrap();
    // An Exif segment with one entry, 0x0112 (orientation) = 6: turn by 90 degrees clockwise.
    let exif = b"\xff\xe1\0\x22Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let mut turned = jpeg.into_inner();
    turned.splice(2..2, exif.iter().copied());
    let picture = read_picture(&Folder::new().file("o.jpg", turned)).unwrap();
    assert_eq!((picture.width, picture.height), (16, 32));
    assert!(picture.pixels[0] < 20 && picture.pixels[16 * 32 - 1] > 235, "what was left is now on top");
}

#[test]
fn pictures_that_are_none_are_refused() {
    let folder = Folder::new();
    let message = |path: &Path| {
        let message = read_picture(path).unwrap_err().to_string();
        assert!(message.starts_with(&path.display().to_string()), "{message}");
        message
    };
    assert!(message(&folder.path().join("none.png")).contains("cannot be read"));
    let text = message(&folder.file("text.png", "not a picture"));
    assert!(
        text.contains("known format (PNG, JPEG, BMP, GIF, WebP)") && text.contains("save it again"),
        "{text}"
    );
    let mut png = std::io::Cursor::new(Vec::new());
    image::GrayImage::from_pixel(64, 64, image::Luma([9]))
        .write_to(&mut png, image::ImageFormat::Png)
        .unwrap();
    let png = png.into_inner();
    assert!(message(&folder.file("cut.png", &png[..png.len() / 2])).contains("cannot be decoded"));
    // A header that claims 60 000 x 60 000 pixels.
    let mut bmp = b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
    bmp.extend(60_000i32.to_le_bytes());
    bmp.extend(60_000i32.to_le_bytes());
    bmp.extend([1, 0, 24, 0]);
    bmp.extend([0; 24]);
    let large = message(&folder.file("large.bmp", bmp));
    assert!(large.contains("larger than 20000 pixels") && large.contains("smaller copy"), "{large}");
}

// ---- built-in sets ----

#[test]
fn every_builtin_opens_and_has_a_card() {
    for builtin in BUILTINS {
        let source = format!("builtin:{}", builtin.name);
        let data = open(&source, &OpenOptions::default(), &silent).unwrap();
        assert_eq!(data.source, source);
        assert!(data.len() >= 1600 && data.notices.is_empty(), "{source}");
        for part in ["**Source", "icence**", "**How it was made**"] {
            assert!(builtin.card.contains(part), "{source}: {part}");
        }
        assert_eq!(summary(&data).unlabelled, 0);
    }
    let message = open("builtin:nothing", &OpenOptions::default(), &silent).unwrap_err().to_string();
    for part in ["builtin:nothing", "no built-in", "builtin:fashion", "builtin:helpdesk"] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn builtin_fashion_is_balanced() {
    let mut data = open("builtin:fashion", &OpenOptions::default(), &silent).unwrap();
    data.hold_out(0.1, 0);
    let summary = summary(&data);
    assert_eq!(summary.split_counts, [10_000, 2_000, 0]);
    assert_eq!(summary.image_shape, Some([1, 28, 28]));
    assert_eq!(summary.class_counts, vec![[1000, 200, 0]; 10]);
    let Examples::Images(images) = &data.examples else { panic!("not images") };
    let distinct: BTreeSet<_> = (0..images.len()).map(|i| images.get(i).unwrap()).collect();
    assert!(distinct.len() >= 11_990, "{} distinct images", distinct.len());
}

/// A token is a Latin word or number, or one Chinese character.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut inside = false;
    for c in text.to_lowercase().chars() {
        if chinese(c) {
            tokens.push(c.to_string());
            inside = false;
        } else if c.is_alphanumeric() {
            match tokens.last_mut().filter(|_| inside) {
                Some(word) => word.push(c),
                None => tokens.push(c.to_string()),
            }
            inside = true;
        } else {
            inside = false;
        }
    }
    tokens
}

fn chinese(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}')
}

#[test]
fn builtin_helpdesk_is_what_its_card_says() {
    let data = open("builtin:helpdesk", &OpenOptions::default(), &silent).unwrap();
    assert_eq!(data.len(), 1680);
    assert_eq!(
        classes(&data),
        [
            "account_access",
            "billing",
            "cancellation",
            "delivery",
            "fault",
            "feature_request",
            "how_to",
            "refund"
        ]
    );
    let is_chinese: Vec<bool> = (0..data.len()).map(|i| text(&data, i).chars().any(chinese)).collect();
    for class in 0..8 {
        let of = |language: bool| {
            (0..data.len())
                .filter(|i| targets(&data)[*i] == Some(class) && is_chinese[*i] == language)
                .count()
        };
        assert_eq!((of(true), of(false)), (105, 105), "{}", data.classes[class as usize]);
    }
    let mut seen: HashMap<Vec<String>, usize> = HashMap::new();
    let mut runs: HashMap<Vec<String>, usize> = HashMap::new();
    let mut bad = Vec::new();
    for row in 0..data.len() {
        let tokens = tokens(text(&data, row));
        assert!(!tokens.is_empty(), "row {row} has no words");
        for run in tokens.windows(7) {
            let first = *runs.entry(run.to_vec()).or_insert(row);
            if first != row {
                bad.push(format!("'{}' and '{}'", text(&data, first), text(&data, row)));
            }
        }
        if let Some(first) = seen.insert(tokens, row) {
            bad.push(format!("twice: '{}' and '{}'", text(&data, first), text(&data, row)));
        }
    }
    assert!(bad.is_empty(), "more than six words in a row are shared, or all: {bad:#?}");
}

/// What a bag-of-words model sees: words, and for Chinese characters and pairs of them.
fn bag(text: &str) -> Vec<String> {
    let tokens = tokens(text);
    let mut bag = tokens.clone();
    let single = |t: &String| t.chars().all(chinese);
    bag.extend(tokens.windows(2).filter(|w| w.iter().all(single)).map(|w| w.concat()));
    bag
}

/// Accuracy of multinomial naive Bayes with add-one smoothing, trained on the training split
/// and measured on validation.
fn naive_bayes(data: &Dataset) -> f64 {
    let num_classes = data.classes.len();
    let mut words: HashMap<String, Vec<f64>> = HashMap::new();
    let (mut totals, mut priors) = (vec![0.0; num_classes], vec![0.0f64; num_classes]);
    for sample in data.indices(Split::Train) {
        let class = data.targets[sample as usize].class().unwrap() as usize;
        priors[class] += 1.0;
        for word in bag(text(data, sample as usize)) {
            words.entry(word).or_insert_with(|| vec![0.0; num_classes])[class] += 1.0;
            totals[class] += 1.0;
        }
    }
    let vocabulary = words.len() as f64;
    let validation = data.indices(Split::Validation);
    let right = validation.iter().filter(|sample| {
        let bag = bag(text(data, **sample as usize));
        let score = |class: usize| {
            let likelihood: f64 = bag
                .iter()
                .filter_map(|word| words.get(word))
                .map(|counts| ((counts[class] + 1.0) / (totals[class] + vocabulary)).ln())
                .sum();
            priors[class].ln() + likelihood
        };
        let best = (0..num_classes).max_by(|a, b| score(*a).total_cmp(&score(*b))).unwrap();
        data.targets[**sample as usize].class() == Some(best as u32)
    });
    right.count() as f64 / validation.len() as f64
}

#[test]
fn a_bag_of_words_reaches_65_to_90_percent_on_helpdesk() {
    let mut data = open("builtin:helpdesk", &OpenOptions::default(), &silent).unwrap();
    let accuracies: Vec<f64> = (0..5)
        .map(|seed| {
            data.hold_out(0.2, seed);
            naive_bayes(&data)
        })
        .collect();
    let mean = accuracies.iter().sum::<f64>() / 5.0;
    eprintln!("naive Bayes on helpdesk, five splits: {accuracies:.3?}, mean {mean:.3}");
    assert!((0.65..=0.90).contains(&mean), "{accuracies:?}");
}

// ---- real data ----

/// The folder with real data, or a visible skip.
pub fn real_data(test: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("ATTENTIVE_DATA").map(PathBuf::from);
    if folder.is_none() {
        // Written past the test harness, which keeps what a passing test prints to itself.
        let told = writeln!(
            std::io::stderr(),
            "SKIPPED {test}: set ATTENTIVE_DATA to the folder with the real data"
        );
        assert!(told.is_ok());
    }
    folder
}

#[test]
fn fashion_mnist_opens_whole() {
    let Some(folder) = real_data("fashion_mnist_opens_whole") else { return };
    let calls = AtomicU64::new(0);
    let progress = |_: &'static str, _: u64, _: u64| {
        calls.fetch_add(1, Ordering::Relaxed);
        true
    };
    let start = std::time::Instant::now();
    let path = folder.join("fashion-mnist");
    let data = open(path.to_str().unwrap(), &OpenOptions::default(), &progress).unwrap();
    eprintln!("70 000 images opened in {:.2} s", start.elapsed().as_secs_f64());
    assert_eq!(summary(&data).split_counts, [60_000, 0, 10_000]);
    assert_eq!(summary(&data).class_counts, vec![[6000, 0, 1000]; 10]);
    assert_eq!(data.classes[6], "Shirt");
    assert!(calls.load(Ordering::Relaxed) > 20, "progress is reported all along");
}

#[test]
fn film_reviews_open() {
    let Some(folder) = real_data("film_reviews_open") else { return };
    let data =
        open(folder.join("movie-reviews.csv").to_str().unwrap(), &OpenOptions::default(), &silent).unwrap();
    assert_eq!(classes(&data), ["negative", "positive"]);
    assert!(data.len() > 5000 && data.notices.is_empty(), "{} {:?}", data.len(), data.notices);
}
