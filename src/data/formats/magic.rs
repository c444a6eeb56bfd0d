//! What a file is by its first bytes, to say so when it stands under a wrong name. It does
//! not look further than that.

/// Beginnings of well-known files, and what they are in words.
const BEGINNINGS: &[(&[u8], &str)] = &[
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file"),
    (b"\x1f\x8b", "packed with gzip"),
    (b"\x28\xb5\x2f\xfd", "packed with zstd"),
    (b"BZh", "packed with bzip2"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow file"),
    (b"%PDF", "a PDF document"),
    (b"SQLite format 3\0", "an SQLite database"),
];

/// What the bytes begin, if it is a well-known binary file.
pub fn known(bytes: &[u8]) -> Option<&'static str> {
    BEGINNINGS.iter().find(|(start, _)| bytes.starts_with(start)).map(|(_, what)| *what)
}

/// What the bytes begin, in words for messages: a well-known file, or the first four bytes.
pub fn words(bytes: &[u8]) -> String {
    match (known(bytes), bytes) {
        (Some(what), _) => format!("the contents are {what}"),
        (None, []) => "the file is empty".to_owned(),
        (None, bytes) => {
            let shown: Vec<String> = bytes.iter().take(4).map(|b| format!("{b:02x}")).collect();
            format!("the contents begin with the bytes {}", shown.join(" "))
        }
    }
}
