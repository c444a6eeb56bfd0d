//! Encodings and delimiters: what is detected, what is told, what is refused.

use super::*;
use encoding_rs::{BIG5, Encoding, GB18030, SHIFT_JIS, WINDOWS_1252};

/// Tickets as a Chinese system exports them.
const TICKETS: [(&str, &str); 6] = [
    ("快递已经三天没有更新了，请帮我查一下物流。", "物流"),
    ("退款什么时候到账？", "支付"),
    ("发票抬头写错了，能重新开一张吗？", "发票"),
    ("包裹外箱破损，里面的杯子碎了。", "物流"),
    ("银行卡被重复扣款，订单号A-1024。", "支付"),
    ("我需要增值税专用发票。", "发票"),
];
const TRADITIONAL: [(&str, &str); 4] = [
    ("請問退款什麼時候會入帳？", "付款"),
    ("包裹三天沒有更新，請幫我查詢物流狀態。", "物流"),
    ("信用卡被重複扣款了。", "付款"),
    ("外箱破損，裡面的杯子碎了。", "物流"),
];
const JAPANESE: [(&str, &str); 4] = [
    ("荷物がまだ届いていません。", "配送"),
    ("返金はいつ頃になりますか？", "支払い"),
    ("カードで二重に請求されています。", "支払い"),
    ("箱が潰れていて、カップが割れていました。", "配送"),
];
const WESTERN: [(&str, &str); 4] = [
    ("Die Sendung kam zwei Tage zu spät an.", "Lieferung"),
    ("Où est mon colis ? Il n’a pas bougé depuis lundi.", "Lieferung"),
    ("La factura está equivocada, señor.", "Zahlung"),
    ("Bitte erstatten Sie die doppelte Gebühr von 5 €.", "Zahlung"),
];

fn csv_of(rows: &[(&str, &str)], header: &str) -> String {
    let rows: String = rows.iter().map(|(text, label)| format!("\"{text}\",{label}\n")).collect();
    format!("{header}\n{rows}")
}

fn jsonl_of(rows: &[(&str, &str)]) -> String {
    rows.iter().map(|(text, label)| format!("{{\"text\":\"{text}\",\"label\":\"{label}\"}}\n")).collect()
}

fn encoded(encoding: &'static Encoding, text: &str) -> Vec<u8> {
    let (bytes, _, lossy) = encoding.encode(text);
    assert!(!lossy, "{} has all letters", encoding.name());
    bytes.into_owned()
}

fn utf_16(text: &str, little: bool, mark: bool) -> Vec<u8> {
    let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
    units.flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
}

#[test]
fn tables_and_lines_in_each_encoding_are_read_and_it_is_told() {
    let folder = Folder::new();
    type Set = (&'static str, &'static [(&'static str, &'static str)], &'static str, fn(&str) -> Vec<u8>);
    let sets: [Set; 9] = [
        ("GB18030", &TICKETS, "内容,分类", |t| encoded(GB18030, t)),
        ("Big5", &TRADITIONAL, "text,label", |t| encoded(BIG5, t)),
        ("Shift_JIS", &JAPANESE, "text,label", |t| encoded(SHIFT_JIS, t)),
        ("Windows-1252", &WESTERN, "text,label", |t| encoded(WINDOWS_1252, t)),
        ("UTF-16LE", &TICKETS, "内容,分类", |t| utf_16(t, true, true)),
        ("UTF-16BE", &TICKETS, "内容,分类", |t| utf_16(t, false, true)),
        ("UTF-16LE", &WESTERN, "text,label", |t| utf_16(t, true, false)),
        ("UTF-16BE", &TICKETS, "内容,分类", |t| utf_16(t, false, false)),
        ("UTF-8", &TICKETS, "内容,分类", |t| format!("\u{feff}{t}").into_bytes()),
    ];
    for (name, rows, header, encode) in sets {
        let files = [
            folder.file("a.csv", encode(&csv_of(rows, header))),
            folder.file("a.jsonl", encode(&jsonl_of(rows))),
        ];
        for file in files {
            let data = read(&file).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(data.reading.encoding, name, "{}", file.display());
            assert_eq!(data.len(), rows.len());
            let label = data.targets[0].class().map(|class| data.classes[class as usize].as_str());
            assert_eq!(label, Some(rows[0].1), "{name}");
            let told = data.notices.iter().any(|n| n.contains(&format!("Read as {name}")));
            assert_eq!(told, name != "UTF-8", "{name}: {:?}", data.notices);
            assert_eq!(text(&data, 1), rows[1].0, "{name}");
        }
    }
}

#[test]
fn an_encoding_may_be_forced() {
    let folder = Folder::new();
    let path = folder.file("g.csv", encoded(GB18030, &csv_of(&TICKETS, "text,label")));
    let as_encoding =
        |name: &str| read_with(&path, &OpenOptions { encoding: name.to_owned(), ..OpenOptions::default() });
    let data = as_encoding("GBK").unwrap();
    assert_eq!(
        (data.reading.encoding.as_str(), data.notices.len()),
        ("GB18030", 0),
        "asked for, so not told"
    );
    assert_eq!(as_encoding("gb2312").unwrap().fingerprint, data.fingerprint);
    refused(as_encoding("UTF-8"), &path, &["row 2, byte 12", "0xbf is not valid UTF-8", "data.encoding"]);
    refused(
        as_encoding("Klingon"),
        &path,
        &["'Klingon' is no encoding", "set data.encoding to UTF-8", "GB18030"],
    );
    // Any bytes are Windows-1252: whoever says so gets what he asked for.
    assert_eq!(as_encoding("latin1").unwrap().reading.encoding, "Windows-1252");
}

#[test]
fn a_damaged_byte_is_not_taken_for_another_encoding() {
    let folder = Folder::new();
    // Mostly UTF-8: the damaged place is named, however the rest might be read.
    let mut bytes = csv_of(&TICKETS, "text,label").into_bytes();
    let at = bytes.windows(6).position(|w| w == "退款".as_bytes()).unwrap() + 1;
    bytes[at] = b'?';
    let path = folder.file("d.csv", &bytes);
    refused(
        read(&path),
        &path,
        &["row 3", &format!("byte {}", at - 1), "not valid UTF-8", "save the table again"],
    );
    let mut bytes = csv_of(&WESTERN[..1], "text,label").into_bytes();
    bytes.extend("Grüße aus Köln,Zahlung\nSch\u{f6}n,Zahlung\n".as_bytes());
    bytes.extend(b"caf\xe9,Zahlung\n");
    let path = folder.file("e.csv", &bytes);
    refused(read(&path), &path, &["row 5", "0xe9 is not valid UTF-8"]);
    // A damaged byte in what is otherwise GB18030 is refused with its place, too.
    let mut bytes = encoded(GB18030, &csv_of(&TICKETS.repeat(20), "text,label"));
    let end = bytes.len() - 3;
    bytes[end] = 0xff;
    let path = folder.file("g.csv", &bytes);
    let error = read(&path).unwrap_err().to_string();
    assert!(error.contains("byte ") && error.contains("not valid"), "{error}");
}

#[test]
fn what_is_no_text_is_refused_in_words() {
    let folder = Folder::new();
    for (name, bytes, words) in [
        ("p.csv", &b"\x89PNG\r\n\x1a\n\0\0\0"[..], "a PNG picture"),
        ("x.csv", b"PK\x03\x04\x14\0\x06\0", "a ZIP archive or an Excel workbook"),
        ("q.tsv", b"PAR1\x15\x04", "a Parquet file"),
        ("z.jsonl", b"\x1f\x8b\x08\0", "packed with gzip"),
        ("b.csv", b"ab\0\0\0\0\0\0\0\x01\x02", "a zero byte"),
    ] {
        let path = folder.file(name, bytes);
        refused(read(&path), &path, &["byte ", words, "ending of the file's name"]);
    }
}

#[test]
fn delimiters_are_found() {
    let folder = Folder::new();
    let of = |name: &str, contents: &str| {
        let data = read(&folder.file(name, contents)).unwrap_or_else(|e| panic!("{name}: {e}"));
        (data.reading.delimiter.clone(), text(&data, 0).to_owned(), data.classes.join(" "))
    };
    let semicolons = "Text;Betrag;Kategorie\nZu spät, leider;1,50;Lieferung\nDoppelt gezahlt;12,00;Zahlung\nKaputt;3,10;Lieferung\n";
    assert_eq!(
        of("s.csv", semicolons),
        ("semicolon".to_owned(), "Zu spät, leider".to_owned(), "Lieferung Zahlung".to_owned())
    );
    // Without a header every row has one decimal comma and two semicolons.
    let bare = "Zu spaet;1,50;Lieferung\nDoppelt gezahlt;12,00;Zahlung\nKaputt und nass;3,10;Lieferung\nFehlt;1,50;Zahlung\n";
    assert_eq!(of("h.csv", bare).0, "semicolon");
    assert_eq!(of("p.csv", "text|label\na, b|x\nc; d|y\n").0, "vertical bar");
    assert_eq!(of("t.csv", "text\tlabel\na, b\tx\nc\ty\n").0, "tab");
    assert_eq!(of("c.tsv", "text,label\na,x\nb,y\n").0, "comma", "a .tsv without a single tab");
    assert_eq!(of("c.csv", "text,label\n\"a; b; c\",x\n\"d; e; f\",y\n").0, "comma");
}

#[test]
fn a_large_file_is_checked_to_its_end() {
    let folder = Folder::new();
    let row = "some plain words in a row of a table and a few more of them,x\n";
    let mut table = format!("text,label\n{}", row.repeat(60_000)).into_bytes();
    assert!(table.len() > 3 << 20, "several pieces");
    table.extend("其中一行,y\n".as_bytes());
    assert_eq!(read(&folder.file("l.csv", &table)).unwrap().reading.encoding, "UTF-8");
    let size = table.len();
    table.extend(b"ab\xffcd,y\n");
    let path = folder.file("l.csv", &table);
    refused(read(&path), &path, &["row 60003", &format!("byte {}", size + 2), "0xff is not valid UTF-8"]);
}
