//! Every format on a real small file, a truncated copy of it, and a wrong file under its
//! name. A new row of FORMATS without the three fails here.

use super::*;

/// The class names that a format makes of two words.
type OwnClasses = fn([&str; 2]) -> Vec<String>;

/// One format's three files.
struct Case {
    format: &'static str,
    /// Writes a good set whose two classes have these names, and returns what is opened.
    good: fn(&Folder, [&str; 2]) -> PathBuf,
    /// The class names that it has of its own, where it cannot have the given ones.
    own_classes: Option<OwnClasses>,
    /// The file that is cut or replaced, in the folder.
    file: &'static str,
    /// How many of its bytes are left.
    cut: fn(usize) -> usize,
    /// What the message about the cut file says, in order.
    truncated: &'static [&'static str],
    /// Other contents under the file's name.
    wrong: &'static [u8],
    /// What the message about it says, in order.
    refused: &'static [&'static str],
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0";

const TEXTS: [&str; 4] = [
    "The parcel came late, and wet.",
    "Please refund the second charge.",
    "Where is my order?",
    "退款什么时候到账？",
];

/// Four pictures of clothes, 28 x 28, grey.
fn clothes() -> Vec<Vec<u8>> {
    let data = open("builtin:fashion", &OpenOptions::default(), &silent).unwrap();
    let Examples::Images(images) = &data.examples else { panic!("not images") };
    (0..4).map(|at| images.get(at).expect("reads").into_owned()).collect()
}

fn idx_set(folder: &Folder, _: [&str; 2]) -> PathBuf {
    folder.file("train-images-idx3-ubyte", idx(&[4, 28, 28], &clothes().concat()));
    folder.file("train-labels-idx1-ubyte", labels(&[0, 1, 0, 1]));
    folder.path().to_owned()
}

fn csv_set(folder: &Folder, classes: [&str; 2]) -> PathBuf {
    let rows: String =
        TEXTS.iter().enumerate().map(|(at, text)| format!("{},\"{text}\"\n", classes[at % 2])).collect();
    folder.file("set.csv", format!("label,text\n{rows}"))
}

fn jsonl_set(folder: &Folder, classes: [&str; 2]) -> PathBuf {
    let line = |(at, text): (usize, &str)| match classes[at % 2] {
        number if number.parse::<u8>().is_ok() => format!("{{\"label\":{number},\"text\":\"{text}\"}}\n"),
        word => format!("{{\"label\":\"{word}\",\"text\":\"{text}\"}}\n"),
    };
    let lines: String = TEXTS.into_iter().enumerate().map(line).collect();
    folder.file("set.jsonl", lines)
}

fn parquet_set(folder: &Folder, classes: [&str; 2]) -> PathBuf {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats");
    let name = if classes[0].parse::<u8>().is_ok() { "label_uint32.parquet" } else { "tickets.parquet" };
    folder.file("set.parquet", std::fs::read(fixtures.join(name)).unwrap())
}

fn cifar_set(folder: &Folder, classes: [&str; 2]) -> PathBuf {
    let mut bytes = Vec::new();
    for (at, picture) in clothes().iter().enumerate() {
        bytes.push(at as u8 % 2);
        let mut plane = vec![0; 32 * 32];
        for (row, line) in picture.chunks(28).enumerate() {
            plane[(row + 2) * 32 + 2..][..28].copy_from_slice(line);
        }
        (0..3).for_each(|_| bytes.extend(&plane));
    }
    folder.file("data_batch_1.bin", bytes);
    if classes[0].parse::<u8>().is_err() {
        let names: Vec<String> = cifar_classes(classes);
        folder.file("batches.meta.txt", names.join("\n"));
    }
    folder.path().to_owned()
}

fn cifar_classes(classes: [&str; 2]) -> Vec<String> {
    if classes[0].parse::<u8>().is_ok() {
        return (0..10).map(|class| class.to_string()).collect();
    }
    classes.iter().map(|name| (*name).to_owned()).chain((2..10).map(|n| format!("class {n}"))).collect()
}

fn image_folder_set(folder: &Folder, classes: [&str; 2]) -> PathBuf {
    for (at, picture) in clothes().into_iter().enumerate() {
        let mut png = std::io::Cursor::new(Vec::new());
        let image = image::GrayImage::from_raw(28, 28, picture).unwrap();
        image.write_to(&mut png, image::ImageFormat::Png).unwrap();
        // One picture in the second class, so that it has none if that one is damaged.
        if at != 3 {
            folder.file(&format!("set/{}/{}.png", classes[at % 2], at / 2), png.into_inner());
        }
    }
    folder.path().join("set")
}

const CASES: &[Case] = &[
    Case {
        format: "idx",
        good: idx_set,
        own_classes: Some(|_| vec!["0".to_owned(), "1".to_owned()]),
        file: "train-images-idx3-ubyte",
        cut: |size| size / 2,
        truncated: &["byte 1576", "the header promises 3152 bytes", "truncated", "download the file again"],
        wrong: PNG,
        refused: &["byte 0", "not an IDX file", "89 50 4e 47", "give an IDX file"],
    },
    Case {
        format: "csv",
        good: csv_set,
        own_classes: None,
        file: "set.csv",
        cut: |size| size - 20,
        truncated: &["row 5", "the file ends within a quoted field; it is truncated", "download or write"],
        wrong: PNG,
        refused: &["byte 0", "a PNG picture, not text", "give a text table"],
    },
    Case {
        format: "jsonl",
        good: jsonl_set,
        own_classes: None,
        file: "set.jsonl",
        cut: |size| size - 21,
        truncated: &[
            "line 4",
            "ends within this object; it is truncated",
            "download or write the file again",
        ],
        wrong: PNG,
        refused: &["byte 0", "a PNG picture, not text", "give a text file"],
    },
    Case {
        format: "parquet",
        good: parquet_set,
        own_classes: Some(|classes| {
            let names = if classes[0] == "2" { ["2", "10"] } else { ["delivery", "payment"] };
            names.map(str::to_owned).to_vec()
        }),
        file: "set.parquet",
        cut: |size| size / 2,
        truncated: &[
            "byte ",
            "without Parquet's footer; it is truncated",
            "download or write the file again",
        ],
        wrong: PNG,
        refused: &["byte 0", "a PNG picture, but a Parquet file begins with PAR1", "give a Parquet file"],
    },
    Case {
        format: "cifar",
        good: cifar_set,
        own_classes: Some(cifar_classes),
        file: "data_batch_1.bin",
        cut: |size| size - 100,
        truncated: &["byte 12192", "the contents end here", "truncated", "download the file again"],
        wrong: PNG,
        refused: &["byte 29", "the contents end here", "truncated", "download the file again"],
    },
    Case {
        format: "image-folder",
        good: image_folder_set,
        own_classes: None,
        file: "set/10/0.png",
        cut: |size| size / 2,
        truncated: &[
            "none of the pictures of the class can be read: 0.png",
            "save them again as PNG or JPEG",
        ],
        wrong: b"text,label\nnot a picture,x\n",
        refused: &["none of the pictures of the class can be read: 0.png", "save them again as PNG or JPEG"],
    },
];

#[test]
fn every_format_reads_a_real_file_and_refuses_a_truncated_and_a_wrong_one() {
    for format in FORMATS {
        let case = CASES.iter().find(|case| case.format == format.name);
        let case =
            case.unwrap_or_else(|| panic!("{} needs a good, a truncated and a wrong file", format.name));
        let (folder, numbers) = (Folder::new(), ["2", "10"]);
        let source = (case.good)(&folder, numbers);
        let data = read(&source).unwrap_or_else(|e| panic!("{}: {e}", format.name));
        assert_eq!(data.format, format.name);

        let path = folder.path().join(case.file);
        let whole = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let named = |message: &str| {
            let about = if format.name == "image-folder" { path.parent().unwrap() } else { &path };
            assert!(message.starts_with(&about.display().to_string()), "{}: {message}", format.name);
        };
        for (contents, parts) in
            [(&whole[..(case.cut)(whole.len())], case.truncated), (case.wrong, case.refused)]
        {
            std::fs::write(&path, contents).unwrap();
            let result = read(&source);
            named(
                &result
                    .as_ref()
                    .err()
                    .unwrap_or_else(|| panic!("{} is not refused", format.name))
                    .to_string(),
            );
            let about = if format.name == "image-folder" { path.parent().unwrap() } else { &path };
            refused(result, about, parts);
        }
        std::fs::write(&path, &whole).unwrap();
        assert_eq!(read(&source).unwrap().fingerprint, data.fingerprint);
    }
    assert_eq!(CASES.len(), FORMATS.len(), "a case without its format");
}

#[test]
fn classes_may_be_words_or_numbers_in_every_format() {
    for case in CASES {
        for names in [["2", "10"], ["delivery", "payment"]] {
            let folder = Folder::new();
            let data = read(&(case.good)(&folder, names)).unwrap_or_else(|e| panic!("{}: {e}", case.format));
            let expected = match case.own_classes {
                Some(own) => own(names),
                None => names.map(str::to_owned).to_vec(),
            };
            assert_eq!(data.classes, expected, "{}: numbers by value, words by name", case.format);
        }
    }
}
