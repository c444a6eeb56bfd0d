//! How long data takes to open, and how much memory it takes at most: a table, one line each.
//!
//! `cargo bench --bench open -- [--case NAME]... [--rows N] [--pictures N]`
//!
//! | case | what |
//! |---|---|
//! | idx | 70 000 images of Fashion-MNIST, gzip, from `ATTENTIVE_DATA` |
//! | pictures | 20 000 JPEG files of 64 x 64 pixels in 10 folders |
//! | csv, jsonl, parquet | 1 000 000 texts of about 100 bytes with 8 labels |
//!
//! Files are made in a temporary folder. Each case runs in a process of its own, so that the
//! peak of resident memory is its own; it is given beside what the process needs when it has
//! opened nothing, and beside the bytes of the examples themselves.

use attentive::data::{Examples, OpenOptions, open, silent};
use attentive::random::{Key, Purpose};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use rand::Rng;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

const CASES: [&str; 5] = ["idx", "pictures", "csv", "jsonl", "parquet"];
const CLASSES: [&str; 8] =
    ["delivery", "payment", "invoice", "account", "returns", "warranty", "product", "other"];
const WORDS: [&str; 16] = [
    "the", "parcel", "invoice", "came", "late", "please", "refund", "order", "number", "again", "broken",
    "account", "waiting", "since", "monday", "thanks",
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| arguments.iter().position(|a| a == name).and_then(|at| arguments.get(at + 1));
    if let Some(source) = value("--open") {
        return child(source);
    }
    let count = |name: &str, usual: usize| value(name).and_then(|text| text.parse().ok()).unwrap_or(usual);
    let (rows, pictures) = (count("--rows", 1_000_000), count("--pictures", 20_000));
    let wanted: Vec<&String> =
        arguments.windows(2).filter(|pair| pair[0] == "--case").map(|pair| &pair[1]).collect();
    let folder = tempfile::tempdir().expect("a temporary folder");
    println!(
        "{:<10} {:>10} {:>9} {:>12} {:>12} {:>12} {:>8}",
        "case", "examples", "seconds", "file MiB", "examples MiB", "peak MiB", "MiB/s"
    );
    let idle = measure("");
    for case in CASES {
        if !wanted.is_empty() && !wanted.iter().any(|name| *name == case) {
            continue;
        }
        let Some(source) = make(case, folder.path(), rows, pictures) else {
            println!("{case:<10} SKIPPED: set ATTENTIVE_DATA to the folder that holds fashion-mnist");
            continue;
        };
        let size = size_of(&source);
        match measure(&source.to_string_lossy()) {
            Ok([examples, seconds, bytes, peak]) => {
                let idle = idle.as_ref().map_or(0.0, |idle| idle[3]);
                let mib = |bytes: f64| bytes / f64::from(1 << 20);
                println!(
                    "{case:<10} {examples:>10} {seconds:>9.2} {:>12.1} {:>12.1} {:>12.1} {:>8.0}",
                    mib(size as f64),
                    mib(bytes),
                    mib(peak - idle),
                    mib(size as f64) / seconds
                );
            }
            Err(message) => println!("{case:<10} failed: {message}"),
        }
    }
}

/// Opens one source and prints examples, seconds, bytes of the examples and peak memory.
fn child(source: &str) {
    let begun = Instant::now();
    let (mut examples, mut bytes) = (0, 0);
    let mut data = None;
    if !source.is_empty() {
        let opened = match open(source, &OpenOptions::default(), &silent) {
            Ok(opened) => opened,
            Err(error) => {
                eprintln!("{error}");
                std::process::exit(1);
            }
        };
        examples = opened.len();
        data = Some(opened);
    }
    let seconds = begun.elapsed().as_secs_f64();
    if let Some(data) = &data {
        bytes = match &data.examples {
            Examples::Images(images) => images.len() * images.stride(),
            Examples::Texts(texts) => (0..texts.len()).map(|at| texts.get(at).len()).sum(),
        };
    }
    println!("{examples} {seconds} {bytes} {}", peak_bytes().unwrap_or(0));
}

/// The most memory that this process has had at a time, in bytes; Linux only.
fn peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

/// Runs the program again to open a source by itself.
fn measure(source: &str) -> Result<[f64; 4], String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let output =
        Command::new(program).args(["--open", source]).output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<f64> = text.split_whitespace().filter_map(|number| number.parse().ok()).collect();
    numbers.try_into().map_err(|_| String::from_utf8_lossy(&output.stderr).into_owned())
}

fn size_of(path: &Path) -> u64 {
    match std::fs::read_dir(path) {
        Ok(entries) => entries.flatten().map(|entry| size_of(&entry.path())).sum(),
        Err(_) => std::fs::metadata(path).map_or(0, |about| about.len()),
    }
}

/// Writes the case's files and returns what is to be opened.
fn make(case: &str, folder: &Path, rows: usize, pictures: usize) -> Option<PathBuf> {
    let path = folder.join(format!("texts.{case}"));
    let file = || BufWriter::new(File::create(&path).expect("a file in a temporary folder"));
    match case {
        "idx" => return Some(PathBuf::from(std::env::var_os("ATTENTIVE_DATA")?).join("fashion-mnist")),
        "pictures" => {
            let folder = folder.join("pictures");
            make_pictures(&folder, pictures);
            return Some(folder);
        }
        "csv" => {
            let mut file = file();
            writeln!(file, "id,text,label").expect("room in a temporary folder");
            for row in 0..rows {
                let (text, label) = example(row);
                writeln!(file, "{row},\"{text}\",{label}").expect("room in a temporary folder");
            }
        }
        "jsonl" => {
            let mut file = file();
            for row in 0..rows {
                let (text, label) = example(row);
                writeln!(file, "{{\"id\":{row},\"text\":\"{text}\",\"label\":\"{label}\"}}")
                    .expect("room in a temporary folder");
            }
        }
        _ => make_parquet(file(), rows).expect("room in a temporary folder"),
    }
    Some(path)
}

/// A text of about 100 bytes and its label.
fn example(row: usize) -> (String, &'static str) {
    let mut rng = Key::new(0, Purpose::Test).with(row as u64).rng();
    let mut text = String::with_capacity(128);
    while text.len() < 92 {
        text.push_str(WORDS[rng.random_range(0..WORDS.len())]);
        text.push(' ');
    }
    text.push_str("more");
    (text, CLASSES[row % CLASSES.len()])
}

fn make_parquet(file: BufWriter<File>, rows: usize) -> parquet::errors::Result<()> {
    let schema = "message texts { REQUIRED BYTE_ARRAY text (STRING); REQUIRED BYTE_ARRAY label (STRING); }";
    let schema = Arc::new(parquet::schema::parser::parse_message_type(schema)?);
    let compression = parquet::basic::Compression::SNAPPY;
    let properties = WriterProperties::builder().set_compression(compression).build();
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(properties))?;
    for start in (0..rows).step_by(100_000) {
        let part: Vec<(String, &str)> = (start..(start + 100_000).min(rows)).map(example).collect();
        let texts = part.iter().map(|(text, _)| ByteArray::from(text.as_str()));
        let labels = part.iter().map(|(_, label)| ByteArray::from(*label));
        let mut group = writer.next_row_group()?;
        for values in [texts.collect::<Vec<_>>(), labels.collect()] {
            if let Some(mut column) = group.next_column()? {
                column.typed::<ByteArrayType>().write_batch(&values, None, None)?;
                column.close()?;
            }
        }
        group.close()?;
    }
    writer.close()?;
    Ok(())
}

fn make_pictures(folder: &Path, count: usize) {
    for class in 0..10 {
        std::fs::create_dir_all(folder.join(format!("class {class}"))).expect("a temporary folder");
    }
    for number in 0..count {
        let mut rng = Key::new(1, Purpose::Test).with(number as u64).rng();
        let [r, g, b]: [u8; 3] = [rng.random(), rng.random(), rng.random()];
        let picture = image::RgbImage::from_fn(64, 64, |x, y| {
            image::Rgb([r.wrapping_add(x as u8), g.wrapping_add(y as u8), b ^ (x * y) as u8])
        });
        let path = folder.join(format!("class {}/{number}.jpg", number % 10));
        picture.save(path).expect("room in a temporary folder");
    }
}
