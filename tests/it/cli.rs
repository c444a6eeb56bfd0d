//! The command line as a script sees it: the built binary, its two streams and exit codes.

mod bench;
mod following;
mod trouble;

use attentive::cli::{COMMANDS, settings_reference};
use attentive::config::SETTINGS;
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A folder of its own for each test; nothing of the person's is read or written.
struct Place {
    folder: TempDir,
}

/// What a finished command left behind.
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Place {
    fn new() -> Self {
        Self { folder: TempDir::new().expect("a temporary folder") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("below the folder")).expect("writable");
        fs::write(&path, text).expect("writable");
        path
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_attentive"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("ATTENTIVE_RUNS", self.path("runs"))
            .env("ATTENTIVE_CONFIG", self.path("window"))
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("WAYLAND_SOCKET")
            .stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let output = self.command(arguments).output().expect("the binary starts");
        Ran {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("UTF-8"),
            err: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    /// A table that a model learns at once: the class shows in one word.
    fn messages(&self, name: &str) -> PathBuf {
        let fillers =
            ["we sat by the sea", "the train was late", "it rained all day", "my sister came along"];
        let mut csv = String::from("text,label\n");
        for i in 0..120 {
            let (word, label) = if i % 2 == 0 { ("lovely", "good") } else { ("dreadful", "bad") };
            csv.push_str(&format!("\"{word} {}, day {i}\",{label}\n", fillers[i / 2 % fillers.len()]));
        }
        self.write(name, &csv)
    }

    /// A settings file for `messages.csv` beside it: learns in a few steps.
    fn small_config(&self) -> PathBuf {
        self.messages("data/messages.csv");
        self.write(
            "data/small.toml",
            "[data]\nsource = \"messages.csv\"\nvalidation_fraction = 0.2\n\
             [text]\nvocabulary = 200\nlength = 16\n\
             [model]\nwidth = 16\ndepth = 1\nheads = 2\npooling = \"mean\"\n\
             [train]\nepochs = 12\nbatch_size = 16\nlearning_rate = 0.01\n",
        )
    }

    /// A finished run of [`Place::small_config`].
    fn small_run(&self) -> PathBuf {
        let (config, run) = (self.small_config(), self.path("small-run"));
        let ran = self.run(&["train", text(&config), "--run", text(&run)]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        run
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// Every line of standard output as JSON.
fn json_lines(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

fn assert_says(ran: &Ran, code: i32, words: &[&str]) {
    assert_eq!(ran.code, Some(code), "stdout: {}\nstderr: {}", ran.out, ran.err);
    for word in words {
        assert!(ran.err.contains(word), "'{word}' is missing in: {}", ran.err);
    }
}

fn configs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
    let mut configs: Vec<PathBuf> = fs::read_dir(folder)
        .expect("configs")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .collect();
    configs.sort();
    configs
}

#[test]
fn help_and_version_of_every_command() {
    let place = Place::new();
    let help = place.run(&["--help"]);
    assert_eq!(help.code, Some(0));
    for command in COMMANDS {
        assert!(help.out.contains(command.name) && help.out.contains(command.about), "{}", help.out);
        let own = place.run(&[command.name, "--help"]);
        assert_eq!((own.code, own.err.as_str()), (Some(0), ""));
        assert!(own.out.contains("Usage: attentive"), "{}", own.out);
        assert!(own.out.contains("--json"), "{} has no --json", command.name);
    }
    assert_eq!(place.run(&["--version"]).out.trim(), format!("attentive {}", env!("CARGO_PKG_VERSION")));
}

#[test]
fn wrong_use_exits_with_2_and_says_what_is_wrong() {
    let place = Place::new();
    assert_says(&place.run(&["trian"]), 2, &["trian", "train"]);
    assert_says(&place.run(&["train"]), 2, &["<CONFIG>"]);
    assert_says(&place.run(&["list", "colours"]), 2, &["colours", "settings"]);
    assert_says(&place.run(&["train", "no/such.toml"]), 2, &["no/such.toml", "check the path"]);
    assert_says(&place.run(&["runs", "no-such-folder"]), 2, &["no-such-folder", "give the folder"]);
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_display_it_says_so_and_names_train() {
    assert_says(&Place::new().run(&[]), 1, &["display", "attentive train"]);
}

#[test]
fn list_prints_every_table() {
    let place = Place::new();
    for what in ["formats", "models", "presets", "settings", "metrics", "datasets"] {
        let (plain, json) = (place.run(&["list", what]), place.run(&["list", what, "--json"]));
        assert_eq!((plain.code, json.code), (Some(0), Some(0)), "{what}");
        let rows = json_lines(&json.out);
        assert!(!rows.is_empty(), "{what} is empty");
        assert_eq!(plain.out.lines().count(), rows.len() + 1, "{what}: a heading and one line a row");
        assert_eq!(json.err, "");
    }
    let settings = json_lines(&place.run(&["list", "settings", "--json"]).out);
    let keys: Vec<&str> = settings.iter().filter_map(|row| row["key"].as_str()).collect();
    assert_eq!(keys, SETTINGS.iter().map(|row| row.key).collect::<Vec<_>>());
}

#[test]
fn a_dry_run_says_what_it_would_take_and_a_preset_what_is_trained() {
    let place = Place::new();
    let config = place.small_config();
    let dry = |more: &[&str]| {
        let mut arguments = vec!["train", text(&config), "--dry-run"];
        arguments.extend(more);
        place.run(&arguments)
    };
    let plain = dry(&[]);
    assert_eq!(plain.code, Some(0), "{}", plain.err);
    for word in ["96 training", "parameters", "MB", "an epoch"] {
        assert!(plain.out.contains(word), "'{word}' is missing in {}", plain.out);
    }
    let estimate = |more: &[&str]| json_lines(&dry(more).out).remove(0);
    let (tiny, small) =
        (estimate(&["--json", "--preset", "tiny"]), estimate(&["--json", "--preset", "small"]));
    assert!(small["parameters"].as_u64() > tiny["parameters"].as_u64(), "{tiny} {small}");
    let thin = estimate(&["--json", "--preset", "small", "--set", "model.depth=1"]);
    assert!(thin["parameters"].as_u64() < small["parameters"].as_u64(), "--set wins over the preset: {thin}");
    assert_eq!(small["how_sure"], "measured");
    assert!(small["seconds_per_epoch"].as_f64().is_some_and(|s| s > 0.0), "{small}");
    assert_says(&dry(&["--preset", "huge"]), 2, &["--preset huge", "tiny, small, base"]);
    assert_says(&dry(&["--set", "model.heads=7"]), 2, &["model.heads"]);
}

#[test]
fn explain_names_the_word_that_decides() {
    let place = Place::new();
    let run = place.small_run();
    let ran = place.run(&["explain", text(&run), "lovely we sat by the sea", "--json"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let [line] = &json_lines(&ran.out)[..] else { panic!("{}", ran.out) };
    assert_eq!((line["event"].as_str(), line["class"].as_str()), (Some("explanation"), Some("good")));
    let parts = line["parts"].as_array().expect("parts");
    let value = |part: &Value| part["value"].as_f64().expect("a number");
    let said = |of: &[Value]| {
        of.iter().map(|part| part["text"].as_str().unwrap_or("").to_owned()).collect::<String>()
    };
    assert_eq!(said(parts), "lovelywesatbythesea");
    let most = parts.iter().max_by(|a, b| value(a).total_cmp(&value(b))).expect("parts");
    let end = most["end"].as_u64().expect("an end");
    assert!(end <= 6, "part of 'lovely': {most}");
    // The same text from a file, as lines for a person.
    let file = place.write("review.txt", "lovely we sat by the sea");
    let ran = place.run(&["explain", text(&run), text(&file)]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.starts_with("good ") && ran.out.contains("points"), "{}", ran.out);
    assert!(ran.err.contains("Zeiler and Fergus"), "{}", ran.err);
    let ran = place.run(&["explain", text(&run), "a text", "--method", "guess"]);
    assert_says(&ran, 1, &["no method 'guess'", "occlusion"]);
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let place = Place::new();
    let mut child = place
        .command(&["list", "settings"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    drop(child.stdout.take());
    let mut err = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut err).expect("UTF-8");
    assert_eq!((child.wait().expect("ends").code(), err.as_str()), (Some(0), ""));
}

#[test]
fn describe_says_what_is_in_a_table() {
    let place = Place::new();
    let path = place.messages("messages.csv");
    let plain = place.run(&["describe", text(&path)]);
    assert_eq!(plain.code, Some(0), "{}", plain.err);
    for word in ["good", "bad", "120", "2 classes"] {
        assert!(plain.out.contains(word), "'{word}' is missing in {}", plain.out);
    }
    let json = json_lines(&place.run(&["describe", text(&path), "--json"]).out);
    assert_eq!(json.len(), 1);
    assert_eq!(json[0]["modality"], "text");
    assert_eq!(json[0]["split_counts"], serde_json::json!([120, 0, 0]));
    assert_says(&place.run(&["describe", "nothing/here.csv"]), 1, &["nothing/here.csv", "; "]);
    let path = place.path("gbk.csv");
    let table = "编号;备注;类型\n1;退款什么时候到账？;支付\n2;快递三天没有更新了;物流\n3;包裹破损了;物流\n";
    fs::write(&path, encoding_rs::GBK.encode(table).0).expect("writable");
    let plain = place.run(&["describe", text(&path)]);
    for line in [
        "encoding     GB18030",
        "delimiter    semicolon",
        "columns      text '备注', label '类型'",
        "note         Read as GB18030",
    ] {
        assert!(plain.out.contains(line), "'{line}' is missing in {}{}", plain.out, plain.err);
    }
    let json = json_lines(&place.run(&["describe", text(&path), "--json", "--encoding", "gbk"]).out);
    assert_eq!(
        (&json[0]["reading"]["encoding"], &json[0]["notices"][0]),
        (
            &"GB18030".into(),
            &"Column '备注' was taken for the text; name another with data.text_column.".into()
        )
    );
}

#[test]
fn describe_checks_data_as_before_training() {
    let place = Place::new();
    let mut csv = String::from("text,label,split\n");
    for i in 0..30 {
        csv.push_str(&format!("message {i} about the weather,{},train\n", ["sun", "rain"][i % 2]));
    }
    // One leaks into the test, one contradicts, one is long.
    csv.push_str("message 3 about the weather,rain,test\nmessage 4 about the weather,rain,train\n");
    csv.push_str(&format!("{},sun,train\n", "very ".repeat(40)));
    let path = place.write("weather.csv", &csv);
    let plain = place.run(&["describe", text(&path), "--check", "--set", "text.length=16"]);
    assert_eq!(plain.code, Some(0), "{}", plain.err);
    for words in [
        "Before training",
        "1 of 1 test samples are among the training samples too",
        "Samples that are the same as one with another label: 2",
        "1 of 33 texts",
        "unknown",
        "duplicates   2 groups",
        "message 4 about the weather",
    ] {
        assert!(plain.out.contains(words), "'{words}' is missing in {}", plain.out);
    }
    let near = place
        .write("near.csv", "text,label,split\nWhere is it?,sun,train\nno,rain,train\nwhere IS it,sun,test\n");
    let near = place.run(&["describe", text(&near), "--check"]);
    for words in [
        "1 of 1 test samples are nearly equal to training samples",
        "duplicates   none",
        "nearly equal 1 groups; within a split 0 training",
        "where IS it",
    ] {
        assert!(near.out.contains(words), "'{words}' is missing in {}", near.out);
    }
    let json = json_lines(&place.run(&["describe", text(&path), "--check", "--json"]).out);
    assert_eq!(json.len(), 1);
    let check = &json[0]["check"];
    assert_eq!(check["report"]["duplicates"]["test_in_train"], 1);
    assert_eq!(check["report"]["tokens"]["texts"], 33);
    assert!(check["findings"].as_array().is_some_and(|all| all.iter().any(|f| f["serious"] == true)));
    let wrong = place.run(&["describe", text(&path), "--check", "--set", "text.tokenizer_file=none.json"]);
    assert_eq!(wrong.code, Some(0), "{}", wrong.err);
    assert!(wrong.out.contains("none.json: it cannot be read"), "{}", wrong.out);
    assert_says(&place.run(&["describe", text(&path), "--set", "text.length=9"]), 2, &["--check"]);
}

#[test]
fn public_sets_are_fetched_on_request_and_open_by_their_name() {
    let place = Place::new();
    let run = |arguments: &[&str]| {
        let mut command = place.command(arguments);
        command.env("ATTENTIVE_DATASETS", place.path("sets"));
        // A proxy that nobody serves: as a computer without a network.
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"] {
            command.env(name, "http://127.0.0.1:9");
        }
        command.env_remove("NO_PROXY").env_remove("no_proxy");
        let output = command.output().expect("the binary starts");
        Ran {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("UTF-8"),
            err: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    };
    assert_says(&run(&["fetch", "digits"]), 2, &["no public data set 'digits'", "mnist", "imdb"]);
    let offline =
        ["MNIST (11.6 MB), licence: CC BY-SA 3.0", "was not fetched", "seems to be offline", "yourself"];
    assert_says(&run(&["fetch", "mnist"]), 1, &offline);
    assert_says(&run(&["describe", "public:mnist"]), 1, &["has not been fetched", "attentive fetch mnist"]);
    let row = |ran: &Ran| {
        let rows = json_lines(&ran.out);
        rows.into_iter().find(|row| row["source"] == "public:sst2").expect("a row")
    };
    let before = row(&run(&["list", "datasets", "--json"]));
    assert_eq!((&before["fetched"], &before["bytes"]), (&false.into(), &7_439_277.into()));
    // As `fetch` would have left it.
    place.write("sets/sst2/train.csv", "text,label\ngood,positive\nbad,negative\nfine,positive\n");
    place.write("sets/sst2/validation.csv", "text,label\nnice,positive\n");
    assert_eq!(row(&run(&["list", "datasets", "--json"]))["fetched"], true);
    let json = json_lines(&run(&["describe", "public:sst2", "--json"]).out);
    assert_eq!((&json[0]["name"], &json[0]["source"]), (&"SST-2".into(), &"public:sst2".into()));
    assert_eq!(json[0]["split_counts"], serde_json::json!([3, 1, 0]));
    let here = run(&["fetch", "public:sst2", "--json"]);
    assert_eq!((here.code, here.err.as_str()), (Some(0), ""), "what is here is not fetched again");
    assert_eq!(json_lines(&here.out)[0]["source"], "public:sst2");
}

#[test]
fn train_prints_events_as_json_and_nothing_else() {
    let place = Place::new();
    let (config, run) = (place.small_config(), place.path("run"));
    let ran = place.run(&["train", text(&config), "--json", "--run", text(&run), "--set", "train.seed=7"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let events = json_lines(&ran.out);
    assert_eq!(events[0]["event"], "accepted");
    // `--set` wins over the file, and the file over the defaults.
    assert_eq!(events[0]["config"]["train"]["seed"], 7);
    assert_eq!(events[0]["config"]["model"]["width"], 16);
    let steps = events.iter().filter(|e| e["event"] == "step").count();
    assert_eq!(steps, 12 * 6, "96 training examples, 16 a batch, 12 epochs");
    let done = events.last().expect("events");
    assert_eq!((&done["event"], &done["outcome"]), (&"done".into(), &"finished".into()));
    assert_eq!(done["step"], 72);
    assert_eq!(done["validation"]["samples"], 24);
    assert!(done["validation"]["accuracy"].as_f64().expect("a number") > 0.9, "{done}");
    assert!(done["validation"]["loss"].as_f64().expect("a number") < 0.6, "{done}");
    assert!(done["test"].is_null(), "{done}");
    assert!(done["best"]["accuracy"].is_number(), "{done}");
    assert_eq!(events.iter().filter(|e| e["event"] == "done").count(), 1);
    let kept = weights(&run).len();
    assert!((1..=2).contains(&kept), "the best and the last are kept, and may be the same; found {kept}");
    // The log on disk says the same, line by line.
    let log = json_lines(&fs::read_to_string(run.join("events.jsonl")).expect("the log"));
    assert_eq!(log, events);
}

/// `RUN/checkpoints/*/model.safetensors`.
fn weights(run: &Path) -> Vec<PathBuf> {
    let checkpoints = fs::read_dir(run.join("checkpoints")).expect("checkpoints");
    checkpoints
        .map(|entry| entry.expect("readable").path().join("model.safetensors"))
        .filter(|path| path.is_file())
        .collect()
}

#[test]
fn train_prints_a_readable_summary() {
    let place = Place::new();
    let config = place.small_config();
    let ran = place.run(&["train", text(&config), "--set", "train.epochs=2"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    for word in [
        "Finished after 12 steps",
        "validation",
        "precision",
        "good",
        "bad",
        "attentive predict",
        "baseline",
        "naive Bayes",
    ] {
        assert!(ran.out.contains(word), "'{word}' is missing in {}", ran.out);
    }
    // Where nothing else is said, the run lies where `attentive runs` looks.
    let runs = json_lines(&place.run(&["runs", "--json"]).out);
    assert_eq!(runs.len(), 1);
    assert_eq!((&runs[0]["status"], &runs[0]["step"]), (&"finished".into(), &12.into()));
    assert!(ran.out.contains(runs[0]["run"].as_str().expect("a path")), "{}", ran.out);
    assert!(place.run(&["runs"]).out.contains("finished"));
}

#[test]
fn every_shipped_experiment_trains() {
    let place = Place::new();
    let table = format!("data.source={}", text(&place.messages("messages.csv")));
    let configs = configs();
    assert!(configs.len() >= 3);
    for config in configs {
        let mut arguments = vec!["train", text(&config), "--json", "--set", "train.max_steps=2"];
        let builtin = fs::read_to_string(&config).expect("readable").contains("\"builtin:");
        if !builtin {
            arguments.extend(["--set", &table]);
        }
        let ran = place.run(&arguments);
        assert_eq!(ran.code, Some(0), "{}: {}", config.display(), ran.err);
        let events = json_lines(&ran.out);
        let done = events.last().expect("events");
        assert_eq!(
            (&done["outcome"], &done["step"]),
            (&"finished".into(), &2.into()),
            "{}",
            config.display()
        );
    }
}

#[test]
fn wrong_settings_exit_with_2_before_anything_is_written() {
    let place = Place::new();
    place.messages("messages.csv");
    let cases: &[(&str, &[&str])] = &[
        ("[train]\nepocs = 3\n", &["line 2", "train.epocs", "train.epochs"]),
        ("[train]\nepochs = \"three\"\n", &["line 2", "train.epochs", "three", "whole number"]),
        ("[train]\nepochs = 0\n", &["line 2", "train.epochs", "0", "from 1"]),
        ("[model]\nwidth = 30\nheads = 4\n", &["model.heads", "30", "divide"]),
        ("[train\n", &["line 1", "TOML"]),
        ("[data]\nsource = \"builtin:fashion\"\n[model]\npatch = 5\n", &["model.patch", "5", "28", "4"]),
    ];
    for (toml, words) in cases {
        let config = place.write("bad.toml", toml);
        let ran = place.run(&["train", text(&config), "--run", "refused"]);
        assert_says(&ran, 2, words);
        assert!(!ran.err.contains("panicked"), "{}", ran.err);
        assert!(!place.path("refused").exists(), "{toml} left a run behind");
    }
    let bad_file = place.write("bad.toml", "[train]\nepocs = 3\n");
    assert_says(&place.run(&["train", text(&bad_file)]), 2, &["bad.toml"]);
}

#[test]
fn wrong_assignments_are_named_as_they_were_written() {
    let place = Place::new();
    let config = place.small_config();
    let cases: &[(&str, &[&str])] = &[
        ("train.epocs=3", &["--set train.epocs=3", "train.epochs"]),
        ("train.epochs=many", &["--set train.epochs=many", "whole number"]),
        ("train.learning_rate=7", &["--set train.learning_rate=7", "out of range", "0.0000001 to 1"]),
        ("train.epochs", &["--set train.epochs", "key=value"]),
    ];
    for (assignment, words) in cases {
        assert_says(&place.run(&["train", text(&config), "--set", assignment]), 2, words);
    }
    // With --json the reason is also the last line.
    let ran = place.run(&["train", text(&config), "--json", "--set", "train.epochs=0"]);
    let lines = json_lines(&ran.out);
    assert_eq!((ran.code, lines.len()), (Some(2), 1));
    assert_eq!((&lines[0]["event"], &lines[0]["outcome"]), (&"done".into(), &"failed".into()));
    assert!(lines[0]["reason"].as_str().is_some_and(|r| r.contains("train.epochs")), "{}", ran.out);
}

#[test]
fn a_run_is_never_written_over() {
    let place = Place::new();
    let run = place.small_run();
    let before = fs::read(run.join("events.jsonl")).expect("the log");
    let ran = place.run(&["train", "data/small.toml", "--run", text(&run)]);
    assert_says(&ran, 2, &[text(&run), "already a run", "another folder"]);
    assert_eq!(fs::read(run.join("events.jsonl")).expect("the log"), before);
}

#[test]
fn missing_data_fails_with_path_and_remedy() {
    let place = Place::new();
    let config = place.write("lost.toml", "[data]\nsource = \"lost.csv\"\n");
    // The relative source starts at the file, wherever the command runs.
    let ran = place.run(&["train", text(&config), "--json"]);
    assert_says(&ran, 1, &[text(&place.path("lost.csv")), "; "]);
    let done = json_lines(&ran.out).pop().expect("a last line");
    assert_eq!((&done["event"], &done["outcome"]), (&"done".into(), &"failed".into()));
}

#[cfg(unix)]
#[test]
fn ctrl_c_saves_evaluates_and_exits_with_130() {
    let place = Place::new();
    let (config, run) = (place.small_config(), place.path("run"));
    let mut child = place
        .command(&["train", text(&config), "--json", "--run", text(&run), "--set", "train.epochs=100000"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let mut event = || -> Option<Value> {
        lines.next().map(|line| serde_json::from_str(&line.expect("UTF-8")).expect("JSON"))
    };
    while event().expect("a step before the end")["event"] != "step" {}
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
    let mut last = Value::Null;
    while let Some(next) = event() {
        last = next;
    }
    assert_eq!(child.wait().expect("ends").code(), Some(130));
    assert_eq!((&last["event"], &last["outcome"]), (&"done".into(), &"stopped".into()));
    assert_eq!(last["validation"]["samples"], 24, "it still evaluated");
    assert!(!weights(&run).is_empty(), "it still saved");
}

#[test]
fn evaluate_measures_the_runs_own_and_other_data() {
    let place = Place::new();
    let run = place.small_run();
    let log = json_lines(&fs::read_to_string(run.join("events.jsonl")).expect("the log"));
    let trained = &log.last().expect("events")["validation"];
    let own = place.run(&["evaluate", text(&run), "--json"]);
    assert_eq!(own.code, Some(0), "{}", own.err);
    let events = json_lines(&own.out);
    assert_eq!(events[0]["event"], "evaluation");
    let done = events.last().expect("events");
    assert_eq!((&done["event"], &done["outcome"]), (&"done".into(), &"finished".into()));
    assert_eq!(&done["validation"], trained, "the same weights on the same examples");
    assert!(done["test"].is_null());

    // Other data may have its classes in another order, and examples without a label.
    let other = place.write("other.csv", "text,label\nlovely,good\ndreadful,bad\ndreadful,good\n");
    let done = json_lines(&place.run(&["evaluate", text(&run), "--data", text(&other), "--json"]).out).pop();
    let test = done.expect("a last line")["test"].clone();
    assert_eq!(test["samples"], 3);
    assert!((test["accuracy"].as_f64().expect("a number") - 2.0 / 3.0).abs() < 1e-9, "{test}");
    let plain = place.run(&["evaluate", text(&run), "--data", text(&other)]);
    for word in ["accuracy 66.7 %", "precision", "good taken for bad (1 of 2)"] {
        assert!(plain.out.contains(word), "'{word}' is missing in {}", plain.out);
    }
    // Nothing in the run has changed.
    assert_eq!(json_lines(&fs::read_to_string(run.join("events.jsonl")).expect("the log")), log);
}

#[test]
fn evaluate_refuses_what_does_not_fit() {
    let place = Place::new();
    let run = place.small_run();
    let strange = place.write("strange.csv", "text,label\nlovely,good\nwell,mixed\n");
    let ran = place.run(&["evaluate", text(&run), "--data", text(&strange)]);
    assert_says(&ran, 1, &["strange.csv", "mixed", "good"]);
    assert_says(&place.run(&["evaluate", "nowhere"]), 2, &["nowhere", "not a run", "attentive runs"]);
    let own_folder = text(place.folder.path());
    assert_says(&place.run(&["evaluate", own_folder]), 2, &[own_folder, "not a run"]);
    fs::remove_dir_all(run.join("checkpoints")).expect("removable");
    assert_says(&place.run(&["evaluate", text(&run)]), 2, &[text(&run), "no saved weights"]);
}

#[test]
fn predict_answers_for_texts_and_tables() {
    let place = Place::new();
    let run = place.small_run();
    let ran = place.run(&["predict", text(&run), "--text", "lovely", "--text", "dreadful", "--json"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{}", ran.err);
    let lines = json_lines(&ran.out);
    assert_eq!(lines.len(), 3);
    for (line, (input, class)) in lines.iter().zip([("lovely", "good"), ("dreadful", "bad")]) {
        assert_eq!((&line["input"], &line["class"]), (&input.into(), &class.into()), "{line}");
        let probabilities = line["probabilities"].as_object().expect("an object");
        let sum: f64 = probabilities.values().filter_map(Value::as_f64).sum();
        assert!((sum - 1.0).abs() < 1e-5 && probabilities[class] == line["confidence"], "{line}");
    }
    assert_eq!((&lines[2]["event"], &lines[2]["predicted"]), (&"done".into(), &2.into()));
    let table = place.write("unlabelled.csv", "text\n\"lovely, really\"\ndreadful weather\n");
    let plain = place.run(&["predict", text(&run), text(&table)]);
    assert_eq!(plain.code, Some(0), "{}", plain.err);
    let rows: Vec<&str> = plain.out.lines().collect();
    assert_eq!(rows.len(), 3, "{}", plain.out);
    assert!(rows[1].contains("lovely, really") && rows[1].contains("good"), "{}", plain.out);
    assert!(rows[2].contains("dreadful weather") && rows[2].contains("bad"), "{}", plain.out);
    assert_says(&place.run(&["predict", text(&run)]), 2, &["FILE|FOLDER|CSV"]);
    assert_says(&place.run(&["predict", text(&run), "gone.csv"]), 1, &["gone.csv", "; "]);
}

/// A grey picture of one brightness.
fn picture(path: &Path, side: u32, brightness: u8) {
    fs::create_dir_all(path.parent().expect("below the folder")).expect("writable");
    image::GrayImage::from_pixel(side, side, image::Luma([brightness])).save(path).expect("writable");
}

#[test]
fn predict_answers_for_pictures_and_folders_and_names_what_it_cannot_read() {
    let place = Place::new();
    let run = place.path("run");
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs/fashion.toml");
    let ran = place.run(&["train", text(&config), "--run", text(&run), "--set", "train.max_steps=2"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    picture(&place.path("pictures/a.png"), 28, 200);
    picture(&place.path("pictures/b.png"), 90, 10);
    let folder = place.run(&["predict", text(&run), "pictures", "--json"]);
    assert_eq!(folder.code, Some(0), "{}", folder.err);
    let lines = json_lines(&folder.out);
    let names: Vec<&str> = lines.iter().filter_map(|line| line["input"].as_str()).collect();
    assert_eq!(names, ["pictures/a.png", "pictures/b.png"]);
    assert_eq!(lines[0]["probabilities"].as_object().map(|p| p.len()), Some(10));
    // One broken file is named and does not keep the others from being predicted.
    place.write("pictures/broken.png", "not a picture");
    let broken = place.run(&["predict", text(&run), "pictures", "--json"]);
    assert_says(&broken, 1, &["pictures/broken.png", "not a picture", "PNG"]);
    let done = json_lines(&broken.out).pop().expect("a last line");
    assert_eq!((&done["predicted"], &done["failed"]), (&2.into(), &1.into()));
    // A text is nothing for a model of pictures.
    assert_says(&place.run(&["predict", text(&run), "--text", "shoe"]), 1, &["shoe", "give a picture"]);
}

#[test]
fn predict_writes_a_file_for_a_folder_or_a_table() {
    let place = Place::new();
    let run = place.small_run();
    let table = place.write("unlabelled.csv", "text\n\"lovely, really\"\ndreadful weather\n");
    let ran = place.run(&["predict", text(&run), text(&table), "--out", "out.csv"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{}", ran.err);
    assert!(ran.out.contains("2 examples to out.csv"), "{}", ran.out);
    let written = fs::read_to_string(place.path("out.csv")).expect("written");
    let lines: Vec<&str> = written.lines().collect();
    assert_eq!(lines[0], "row,prediction,probability,p_bad,p_good,error");
    assert!(lines[1].starts_with("1,good,0.") && lines[2].starts_with("2,bad,0."), "{written}");
    let json = place.run(&["predict", text(&run), text(&table), "--out", "out.csv", "--json"]);
    let done = json_lines(&json.out).pop().expect("a last line");
    assert_eq!((&done["predicted"], &done["out"]), (&2.into(), &"out.csv".into()));
    let both = place.run(&["predict", text(&run), text(&table), text(&table), "--out", "out.csv"]);
    assert_says(&both, 2, &["--out takes one folder or table"]);
    assert_says(
        &place.run(&["predict", text(&run), text(&table), "--out", "no/out.csv"]),
        2,
        &["no/out.csv"],
    );
    assert_says(&place.run(&["predict", text(&run), "gone", "--out", "new.csv"]), 1, &["gone"]);
    assert!(!place.path("new.csv").exists() && !place.path(".new.csv.writing").exists());
}

#[test]
fn train_extend_goes_on_with_a_run() {
    let place = Place::new();
    let config = place.small_config();
    let run = place.path("run");
    let ran = place.run(&["train", text(&config), "--run", text(&run), "--set", "train.epochs=2"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let more = place.run(&["train", "--extend", text(&run), "--set", "train.epochs=3", "--json"]);
    assert_eq!(more.code, Some(0), "{}", more.err);
    let lines = json_lines(&more.out);
    assert_eq!((&lines[0]["event"], &lines[0]["from_step"]), (&"extended".into(), &12.into()));
    assert_eq!((&lines[1]["event"], &lines[1]["key"]), (&"setting_changed".into(), &"train.epochs".into()));
    let done = lines.last().expect("lines");
    assert_eq!((&done["event"], &done["step"]), (&"done".into(), &18.into()));
    let plain = place.run(&["train", "--extend", text(&run), "--set", "train.epochs=4"]);
    assert_eq!(plain.code, Some(0), "{}", plain.err);
    assert!(plain.err.contains("goes on from step 18; 24 steps in all"), "{}", plain.err);
    for word in ["Finished after 24 steps", "precision", "good", "attentive predict"] {
        assert!(plain.out.contains(word), "'{word}' is missing in: {}", plain.out);
    }
    let extend = |set: &str| place.run(&["train", "--extend", text(&run), "--set", set]);
    assert_says(&extend("train.epochs=4"), 2, &["train.epochs", "at step 24"]);
    assert_says(&extend("model.width=8"), 2, &["model.width", "must keep it"]);
    assert_says(&extend("train.epochs=many"), 2, &["--set train.epochs=many", "whole number"]);
    assert_says(&place.run(&["train", "--extend", "nowhere"]), 2, &["nowhere", "not a run"]);
    assert_says(&place.run(&["train"]), 2, &["CONFIG"]);
    assert_says(&place.run(&["train", text(&config), "--extend", text(&run)]), 2, &["cannot be used with"]);
}

#[cfg(unix)]
#[test]
fn a_run_that_was_asked_to_terminate_is_resumed_and_a_finished_one_says_so() {
    let place = Place::new();
    let (config, run) = (place.small_config(), place.path("run"));
    let more = ["--set", "train.max_steps=400", "--set", "train.epochs=1000", "--set", "train.save_every=5"];
    let mut arguments = vec!["train", text(&config), "--json", "--run", text(&run)];
    arguments.extend(more);
    let mut child = place
        .command(&arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let steps =
        lines.by_ref().filter(|line| line.as_ref().is_ok_and(|line| line.contains("\"step\",\"step\"")));
    assert_eq!(steps.take(12).count(), 12);
    let second = place.run(&["resume", text(&run)]);
    assert_says(&second, 2, &["another process is training this run", "stop it there"]);
    let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
    let last = lines.map(|line| line.expect("UTF-8")).last().expect("lines");
    assert_eq!(child.wait().expect("ends").code(), Some(130));
    let last: Value = serde_json::from_str(&last).expect("JSON");
    assert_eq!((&last["event"], &last["outcome"]), (&"done".into(), &"stopped".into()), "saved in order");

    let refused = place.run(&["resume", text(&run), "--set", "train.learning_rate=0.5"]);
    assert_says(&refused, 2, &["train.learning_rate", "the very run", "--extend"]);
    let ran = place.run(&["resume", text(&run), "--json", "--set", "train.threads=2"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let events = json_lines(&ran.out);
    assert_eq!((&events[0]["event"], &events[0]["from_step"]), (&"resumed".into(), &last["step"]));
    let done = events.last().expect("lines");
    assert_eq!(
        (&done["event"], &done["outcome"], &done["step"]),
        (&"done".into(), &"finished".into(), &400.into())
    );
    // To the bytes of the run that nobody stopped.
    let whole = place.path("whole");
    let mut arguments = vec!["train", text(&config), "--run", text(&whole)];
    arguments.extend(more);
    assert_eq!(place.run(&arguments).code, Some(0));
    for name in ["model.safetensors", "optimizer.safetensors"] {
        let file = |run: &Path| fs::read(run.join("checkpoints/step-000400").join(name)).expect("saved");
        assert!(file(&run) == file(&whole), "{name}");
    }
    let again = place.run(&["resume", text(&run), "--json"]);
    assert_eq!((again.code, json_lines(&again.out).as_slice()), (Some(0), &[done.clone()][..]));
    let plain = place.run(&["resume", text(&run)]);
    assert!(plain.out.contains("Finished after 400 steps"), "{}", plain.out);
    assert_says(&place.run(&["resume", "nowhere"]), 2, &["nowhere", "not a run"]);
}

#[test]
fn reference() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/settings.md");
    let current = settings_reference();
    if std::env::var_os("ATTENTIVE_UPDATE_DOCS").is_some() {
        fs::write(&path, &current).expect("docs can be written");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == current, "docs/settings.md is out of date; run: make settings");
}
