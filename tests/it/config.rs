//! Tests of config: what the table promises holds for every row, and each wrong
//! setting is answered with its place, the cause and what fits.

use attentive::config::{
    ConfigError, Kind, PRESETS, RunConfig, SETTINGS, Scope, Value, parse_toml, preset, read_toml, setting,
    to_toml,
};
use std::path::Path;

fn message(text: &str) -> String {
    parse_toml(text, Path::new("")).expect_err("must be refused").to_string()
}

/// Another valid value than the default.
fn other_value(kind: &Kind, current: &Value) -> Value {
    match (kind, current) {
        (Kind::Switch, Value::Bool(v)) => Value::Bool(!v),
        (Kind::Integer { min, max }, Value::Int(v)) => Value::Int(if v == max { *min } else { v + 1 }),
        (Kind::Real { min, max, .. }, Value::Float(v)) => {
            Value::Float(if *v == 0.25 { *max } else { 0.25f64.clamp(*min, *max) })
        }
        (Kind::Text, _) => Value::Text("/a \"quoted\" = # [name]\\ä".to_owned()),
        (Kind::Choice(rows), Value::Text(v)) => {
            let row = rows.iter().find(|c| c.key != v).expect("a choice has two rows");
            Value::Text(row.key.to_owned())
        }
        _ => panic!("kind and value differ"),
    }
}

#[test]
fn every_setting_is_documented_and_its_default_fits() {
    for row in SETTINGS {
        assert!(row.help.len() > 20 && row.help.ends_with('.'), "{}: help", row.key);
        assert!(!row.label.is_empty() && !row.label.ends_with(':'), "{}: label", row.key);
        assert!(row.key.contains('.') && setting(row.key).is_ok_and(|r| std::ptr::eq(r, row)), "{}", row.key);
        assert_eq!(row.check(&row.default()), Ok(row.default()), "{}: default", row.key);
        if let Kind::Choice(rows) = row.kind {
            assert!(rows.iter().all(|c| !c.label.is_empty() && c.help.ends_with('.')), "{}", row.key);
        }
    }
    // What each live setting does in a run is tested in train::live.
    let live = |key: &str| setting(key).expect("exists").live;
    assert!(
        live("train.learning_rate")
            && live("model.dropout")
            && live("model.stochastic_depth")
            && live("augment.mixup")
    );
    assert!(!live("model.width") && !live("train.seed") && !live("data.source"));
    assert_eq!(setting("augment.flip").expect("exists").scope, Scope::Image);
}

#[test]
fn toml_keeps_every_setting() {
    let mut config = RunConfig::default();
    assert_eq!(parse_toml(&to_toml(&config), Path::new("/x")), Ok(config.clone()));
    for row in SETTINGS {
        let value = other_value(&row.kind, &row.default());
        row.set(&mut config, &value).expect("fits");
        assert_eq!((row.get)(&config), value, "{}", row.key);
        assert_ne!(value, row.default(), "{}", row.key);
    }
    let text = to_toml(&config);
    assert_eq!(parse_toml(&text, Path::new("/x")), Ok(config), "{text}");
    assert!(SETTINGS.iter().all(|row| text.contains(row.help)));
}

#[test]
fn assignments_set_every_setting() {
    let mut config = RunConfig::default();
    for row in SETTINGS {
        let value = other_value(&row.kind, &row.default());
        config.apply(&format!("{}={value}", row.key)).expect("fits");
        assert_eq!((row.get)(&config), value, "{}", row.key);
    }
}

#[test]
fn wrong_toml_is_named_with_line_cause_and_remedy() {
    let cases = [
        (
            "[train]\nepochs = 3\nlerning_rate = 1\n",
            "line 3",
            "unknown setting 'train.lerning_rate'",
            "did you mean 'train.learning_rate'?",
        ),
        (
            "# note\n[trian] # section\n  epochs = 3\n",
            "line 3",
            "unknown setting 'trian.epochs'",
            "did you mean 'train.epochs'?",
        ),
        ("epochs = 3\n", "line 1", "unknown setting 'epochs'", "did you mean 'train.epochs'?"),
        ("\ntrain = 3\n", "line 2", "unknown setting 'train'", "[train] heading"),
        (
            "[completely]\nelse = 1\n",
            "line 2",
            "unknown setting 'completely.else'",
            "attentive list settings",
        ),
        (
            "[train]\nepochs = \"three\"\n",
            "line 2",
            "train.epochs",
            "expected a whole number from 1 to 100000, found the text 'three'",
        ),
        (
            "[train]\n\nepochs = 5.0\n",
            "line 3",
            "train.epochs",
            "expected a whole number from 1 to 100000, found 5.0",
        ),
        (
            "[train]\nepochs = 0\n",
            "line 2",
            "train.epochs = 0 is out of range",
            "give a whole number from 1 to 100000",
        ),
        (
            "train.learning_rate = nan\n",
            "line 1",
            "train.learning_rate = NaN is out of range",
            "give a number from 0.0000001 to 1",
        ),
        ("[data]\nsource = [\"a\"]\n", "line 2", "data.source", "expected a text, found a TOML array"),
        ("[data]\nsource = 7\n", "line 2", "data.source", "expected a text, found 7"),
        (
            "[model]\nnorm = \"middle\"\n",
            "line 2",
            "model.norm = middle is out of range",
            "give one of pre, post",
        ),
        ("[augment]\nflip = 1\n", "line 2", "augment.flip", "expected true or false, found 1"),
        (
            "[train]\nepochs = 1\nepochs = 2\n",
            "line 3",
            "not valid TOML: duplicate key",
            "write settings as key = value",
        ),
        ("[train]\nepochs 5\n", "line 2", "not valid TOML", "under [section] headings"),
    ];
    for (text, place, cause, remedy) in cases {
        let message = message(text);
        for part in [place, cause, remedy] {
            assert!(message.contains(part), "{text:?}: no {part:?} in: {message}");
        }
    }
}

#[test]
fn wrong_assignments_are_named_with_cause_and_remedy() {
    let cases = [
        ("train.epocs=3", "unknown setting 'train.epocs'", "did you mean 'train.epochs'?"),
        (
            "train.epochs=many",
            "train.epochs: expected a whole number from 1 to 100000",
            "found the text 'many'",
        ),
        ("train.epochs=-1", "train.epochs = -1 is out of range", "give a whole number from 1 to 100000"),
        ("train.learning_rate=inf", "train.learning_rate = inf is out of range", "give a number from"),
        ("model.pooling=max", "model.pooling = max is out of range", "give one of class, mean"),
        ("augment.flip=yes", "augment.flip: expected true or false", "found the text 'yes'"),
        ("train.epochs", "'train.epochs' is not of the form key=value", "for example train.epochs=5"),
    ];
    for (text, cause, remedy) in cases {
        let mut config = RunConfig::default();
        let message = config.apply(text).expect_err("must be refused").to_string();
        assert!(message.contains(cause) && message.contains(remedy), "{text}: {message}");
        assert_eq!(config, RunConfig::default(), "{text} changed something");
    }
    let mut config = RunConfig::default();
    config.apply(" train.learning_rate = 1 ").expect("a whole number is a number");
    assert_eq!(config.train.learning_rate, 1.0);
}

#[test]
fn files_give_path_and_line_and_relative_sources_start_at_the_file() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = folder.path().join("a.toml");
    std::fs::write(&path, "[data]\nsource = \"texts/a.csv\"\n").expect("write");
    let config = read_toml(&path).expect("fits");
    assert_eq!(Path::new(&config.data.source), folder.path().join("texts/a.csv"));

    std::fs::write(&path, "[data]\nsource = \"builtin:helpdesk\"\n[train]\nepochs = true\n").expect("write");
    let message = read_toml(&path).expect_err("wrong type").to_string();
    assert!(message.starts_with(&format!("{}, line 4: train.epochs: expected", path.display())), "{message}");

    let missing = folder.path().join("none.toml");
    let message = read_toml(&missing).expect_err("missing").to_string();
    assert!(message.contains("none.toml") && message.contains("check the path"), "{message}");
}

#[test]
fn settings_that_contradict_each_other_are_refused_with_a_way_out() {
    let mut config = RunConfig::default();
    assert_eq!(config.validate(), Ok(()));
    config.apply("model.heads=5").expect("in range");
    let error = config.validate().expect_err("64 is not divisible by 5");
    assert!(matches!(error, ConfigError::Conflict { key: "model.heads", .. }));
    let message = error.to_string();
    assert!(
        message.contains("cannot be divided among 5 heads") && message.contains("for example 4"),
        "{message}"
    );
}

#[test]
fn values_keep_their_kind_in_json() {
    for value in
        [Value::Bool(true), Value::Int(3), Value::Float(3.0), Value::Float(1e-7), Value::Text("3".into())]
    {
        let text = serde_json::to_string(&value).expect("writes");
        assert_eq!(serde_json::from_str::<Value>(&text).expect("reads"), value, "{text}");
    }
}

#[test]
fn presets_set_the_models_sizes_and_nothing_else() {
    assert_eq!(PRESETS.iter().map(|p| p.name).collect::<Vec<_>>(), ["tiny", "small", "base"]);
    for preset in PRESETS {
        let mut config = RunConfig::default();
        config.apply("train.epochs=3").expect("fits");
        config.apply("model.patch=7").expect("fits");
        config.apply("model.width=20").expect("fits");
        assert!(!preset.fits(&config), "{}", preset.name);
        let before = config.clone();
        config.use_preset(preset.name).expect(preset.name);
        assert!(preset.fits(&config) && config.validate().is_ok(), "{}", preset.name);
        for row in SETTINGS {
            let set = preset.values.iter().find(|(key, _)| *key == row.key);
            let expected = set.map_or_else(|| (row.get)(&before), |(_, value)| value.clone());
            assert_eq!((row.get)(&config), expected, "{}: {}", preset.name, row.key);
        }
        let others = PRESETS.iter().filter(|other| other.fits(&config)).count();
        assert_eq!(others, 1, "{} is told from the others", preset.name);
    }
    let error = preset("huge").expect_err("there is none").to_string();
    assert_eq!(error, "unknown preset 'huge'; there are tiny, small, base");
}

#[test]
fn rotary_positions_want_heads_of_even_size() {
    let mut config = RunConfig::default();
    for assignment in ["model.width=60", "model.heads=4", "model.positions=rotary"] {
        config.apply(assignment).expect("fits");
    }
    let error = config.validate().expect_err("15 is odd").to_string();
    assert!(error.starts_with("model.positions: ") && error.contains("have 15 numbers each"), "{error}");
    config.apply("model.heads=5").expect("fits");
    assert_eq!(config.validate(), Ok(()));
}
