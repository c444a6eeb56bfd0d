//! JSON Lines: fields found, labels of each type, splits, and each refusal in its words.

use super::*;

const GOOD: &str = concat!(
    "{\"text\": \"it works, mostly\", \"label\": \"good\", \"id\": 7}\n",
    "{\"label\": \"bad\", \"text\": \"broken\\nagain \\\"today\\\"\"}\n",
    "\n",
    "{\"text\": \"退款什么时候到账？\", \"label\": \"bad\"}\n",
);

fn unlabelled() -> OpenOptions {
    OpenOptions { unlabelled: true, ..OpenOptions::default() }
}

#[test]
fn objects_become_texts_with_classes() {
    let folder = Folder::new();
    for (name, contents) in [
        ("a.jsonl", GOOD.to_owned()),
        ("bom.jsonl", format!("\u{feff}{GOOD}")),
        ("crlf.ndjson", GOOD.replace('\n', "\r\n")),
        ("no-end.JSONL", GOOD.trim_end().to_owned()),
    ] {
        let data = read(&folder.file(name, contents)).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!((data.format, data.modality(), data.len()), ("jsonl", Modality::Text, 3), "{name}");
        assert_eq!((classes(&data), targets(&data)), (vec!["bad", "good"], vec![Some(1), Some(0), Some(0)]));
        assert_eq!((text(&data, 1), text(&data, 2)), ("broken\nagain \"today\"", "退款什么时候到账？"));
        assert_eq!(data.notices, Vec::<String>::new(), "known names are not guesses");
    }
}

#[test]
fn the_same_contents_have_the_fingerprint_of_a_table() {
    let folder = Folder::new();
    let lines =
        folder.file("a.jsonl", "{\"text\":\"one\",\"label\":\"x\"}\n{\"text\":\"two\",\"label\":\"y\"}\n");
    let table = folder.file("a.csv", "text,label\none,x\ntwo,y\n");
    assert_eq!(read(&lines).unwrap().fingerprint, read(&table).unwrap().fingerprint);
}

#[test]
fn labels_may_be_numbers_or_truth_values() {
    let folder = Folder::new();
    let of = |labels: [&str; 4]| {
        let lines: String = labels.map(|l| format!("{{\"text\":\"some words\",\"label\":{l}}}\n")).concat();
        let data = read(&folder.file("n.jsonl", lines)).unwrap();
        (data.classes.join(" "), targets(&data).into_iter().flatten().collect::<Vec<_>>())
    };
    assert_eq!(of(["10", "2", "2.0", "\"10\""]), ("2 10".to_owned(), vec![1, 0, 0, 1]), "by value");
    assert_eq!(of(["0.5", "-1", "0.5", "-1"]), ("-1 0.5".to_owned(), vec![1, 0, 1, 0]));
    assert_eq!(of(["true", "false", "false", "true"]), ("false true".to_owned(), vec![1, 0, 0, 1]));
}

#[test]
fn fields_are_guessed_and_the_guess_is_told() {
    let folder = Folder::new();
    let row = |id: u8, remark: &str, verdict: u8| {
        format!(
            "{{\"id\":\"row{id}\",\"remark\":\"{remark}\",\"verdict\":{verdict},\"meta\":{{\"a\":[1]}}}}\n"
        )
    };
    let lines =
        [row(1, "quite good", 1), row(2, "quite bad", 0), row(3, "not good", 0), row(4, "fine", 1)].concat();
    let path = folder.file("g.jsonl", lines);
    let data = read(&path).unwrap();
    assert_eq!((text(&data, 0), classes(&data)), ("quite good", vec!["0", "1"]));
    let notices = data.notices.join(" ");
    assert!(notices.contains("'remark'") && notices.contains("data.text_column"), "{notices}");
    assert!(notices.contains("'verdict'") && notices.contains("data.label_column"), "{notices}");

    let options = OpenOptions {
        text_column: "id".to_owned(),
        label_column: "Verdict".to_owned(),
        ..OpenOptions::default()
    };
    let data = read_with(&path, &options).unwrap();
    assert_eq!((text(&data, 0), data.notices.len()), ("row1", 0));
    let options = OpenOptions { label_column: "tone".to_owned(), ..OpenOptions::default() };
    refused(
        read_with(&path, &options),
        &path,
        &["line 1", "no field 'tone'", "'id', 'meta', 'remark', 'verdict'", "set data.label_column"],
    );
    // A known name whose contents are no text gives way to one whose contents are.
    let path = folder.file(
        "c.jsonl",
        "{\"text\":[1],\"body\":\"so good\",\"label\":1}\n{\"text\":[2],\"body\":\"so bad\",\"label\":0}\n",
    );
    assert_eq!(text(&read(&path).unwrap(), 1), "so bad");
}

#[test]
fn a_split_field_and_a_folder_declare_splits() {
    let line = |text: &str, label: &str, rest: &str| {
        format!("{{\"text\":\"{text}\",\"label\":\"{label}\"{rest}}}\n")
    };
    let split = |name: &str| format!(",\"split\":\"{name}\"");
    let folder = Folder::new();
    let path = folder.file(
        "s.jsonl",
        [
            line("a", "x", &split("train")),
            line("b", "y", &split("Train")),
            line("c", "x", &split("dev")),
            line("d", "y", &split("test")),
        ]
        .concat(),
    );
    let declared = [Split::Train, Split::Train, Split::Validation, Split::Test];
    assert_eq!(read(&path).unwrap().splits, declared);
    let path = folder.file("l.jsonl", line("a", "x", &split("train")) + &line("b", "y", &split("later")));
    refused(read(&path), &path, &["line 2", "'later' is not a split", "write train, validation or test"]);

    folder.file("set/train.jsonl", line("a", "x", "") + &line("b", "y", ""));
    folder.file("set/val.jsonl", line("c", "x", ""));
    folder.file("set/test.ndjson", line("d", "y", ""));
    let data = read(&folder.path().join("set")).unwrap();
    assert_eq!((data.format, &data.splits[..]), ("jsonl", &declared[..]));
    folder.file("set/test.ndjson", "{\"text\":\"d\"}\n");
    let data = read(&folder.path().join("set")).unwrap();
    assert_eq!(data.len(), 3);
    assert!(
        data.notices.iter().any(|n| n.contains("test.ndjson has no field 'label'")),
        "{:?}",
        data.notices
    );
}

#[test]
fn a_truncated_last_line_is_refused() {
    let folder = Folder::new();
    for cut in [GOOD.len() - 2, GOOD.len() - 20, GOOD.len() - 41] {
        let cut = (0..=cut).rev().find(|at| GOOD.is_char_boundary(*at)).unwrap();
        let path = folder.file("t.jsonl", &GOOD[..cut]);
        refused(read(&path), &path, &["line 4", "ends within this object", "truncated", "download"]);
    }
}

#[test]
fn lines_that_are_no_objects_are_refused() {
    let folder = Folder::new();
    let good = "{\"text\":\"a\",\"label\":\"x\"}\n{\"text\":\"b\",\"label\":\"y\"}\n";
    for (last, parts) in [
        ("not JSON at all\n", ["line 3", "not JSON at column", "write one object a line"]),
        ("{'text': 'a'}\n", ["line 3", "not JSON at column 2", "write one object a line"]),
        ("{\"text\":\"a\",\"label\":\"x\"},\n", ["line 3", "not JSON at column", "write one object a line"]),
        ("\"text\"\n", ["line 3", "a string, not an object", "write one object a line"]),
        ("[1, 2]\n", ["line 3", "a list, not an object", "write one object a line"]),
        ("7\n", ["line 3", "a number, not an object", "write one object a line"]),
        ("{\n\"text\":\"a\"}\n", ["line 3", "does not end on this line", "write one object a line"]),
    ] {
        let path = folder.file("w.jsonl", format!("{good}{last}"));
        refused(read(&path), &path, &parts);
    }
    let path =
        folder.file("list.jsonl", "[{\"text\":\"a\",\"label\":\"x\"},\n{\"text\":\"b\",\"label\":\"y\"}]\n");
    refused(read(&path), &path, &["line 1", "a JSON list starts here", "on a line of its own"]);
    for contents in ["", "\n \n", "\u{feff}"] {
        let path = folder.file("e.jsonl", contents);
        refused(read(&path), &path, &["the file is empty", "write one object a line"]);
    }
    let deep = format!("{good}{}{}\n", "[".repeat(100_000), "]".repeat(100_000));
    let path = folder.file("deep.jsonl", deep);
    refused(read(&path), &path, &["line 3", "not JSON", "recursion", "write one object a line"]);
}

#[test]
fn fields_that_are_missing_or_of_a_wrong_type_are_refused() {
    let folder = Folder::new();
    let good = "{\"text\":\"a\",\"label\":\"x\"}\n{\"text\":\"b\",\"label\":\"y\"}\n";
    for (last, parts) in [
        (
            "{\"label\":\"x\",\"txt\":\"a\"}",
            ["the text field 'text' is missing", "'label', 'txt'", "data.text_column"],
        ),
        (
            "{\"text\":\"a\"}",
            ["the label field 'label' is missing", "the fields are 'text'", "data.label_column"],
        ),
        (
            "{\"text\":5,\"label\":\"x\"}",
            ["the text 'text' is a number, not a string", "double quotes", "data.text_column"],
        ),
        ("{\"text\":null,\"label\":\"x\"}", ["the text 'text' is null", "double quotes", "data.text_column"]),
        (
            "{\"text\":\"a\",\"label\":[\"x\"]}",
            ["the label 'label' is a list", "one class", "data.label_column"],
        ),
        (
            "{\"text\":\"a\",\"label\":{}}",
            ["the label 'label' is an object", "one class", "data.label_column"],
        ),
        ("{\"text\":\"a\",\"label\":null}", ["the label 'label' is empty", "fill in the class", "remove"]),
        ("{\"text\":\"a\",\"label\":\" \"}", ["the label 'label' is empty", "fill in the class", "remove"]),
    ] {
        let path = folder.file("f.jsonl", format!("{good}\n{last}\n"));
        let all = [&["line 4"][..], &parts].concat();
        refused(read(&path), &path, &all);
        // Beyond the lines that are looked at first, too.
        let path = folder.file("g.jsonl", format!("{}{last}\n", good.repeat(600)));
        let all = [&["line 1201"][..], &parts].concat();
        refused(read(&path), &path, &all);
    }
    let path = folder.file(
        "n.jsonl",
        "{\"text\":\"good one\",\"id\":1}\n{\"text\":\"bad one\",\"id\":2}\n{\"text\":\"so so\",\"id\":3}\n",
    );
    refused(read(&path), &path, &["line 1", "no label field", "'id', 'text'", "data.label_column"]);
    let data = read_with(&path, &unlabelled()).unwrap();
    assert_eq!((data.targets, data.classes.len()), (vec![Target::Unlabelled; 3], 0));
    let path = folder.file("x.jsonl", "{\"a\":1,\"label\":1}\n{\"a\":2,\"label\":0}\n");
    refused(read(&path), &path, &["line 1", "no field holds text", "'a', 'label'", "data.text_column"]);
    let path = folder.file("o.jsonl", format!("{good}{{\"text\":\"c\",\"label\":null}}\n"));
    assert_eq!(targets(&read_with(&path, &unlabelled()).unwrap()), [Some(0), Some(1), None]);
}

#[test]
fn invalid_utf8_is_refused_with_line_and_byte() {
    let folder = Folder::new();
    let path = folder.file("u.jsonl", b"{\"text\":\"a\",\"label\":1}\n{\"text\":\"b\xff\",\"label\":2}\n");
    refused(
        read(&path),
        &path,
        &["line 2, byte 33", "0xff is not valid UTF-8", "save the file again as UTF-8"],
    );
    let path = folder.file("u16.jsonl", b"\xff\xfe{\0}");
    refused(read(&path), &path, &["line 1, byte 4", "0x7d is not valid UTF-16LE", "data.encoding"]);
}
