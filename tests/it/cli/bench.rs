//! `attentive bench`: the figures that it prints are those of real runs. Speeds are not looked at.

use super::Place;
use serde_json::Value;

/// Trainable numbers of the reference models, counted in PyTorch.
const PARAMETERS: [(&str, u64); 4] =
    [("vit28", 1_199_882), ("vit28s", 139_018), ("vit224", 5_526_346), ("text128", 1_858_820)];

fn lines(place: &Place, arguments: &[&str]) -> Vec<Value> {
    let ran = place.run(&[&["bench", "--json"], arguments].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    ran.out.lines().map(|line| serde_json::from_str(line).expect("one JSON object a line")).collect()
}

fn number(line: &Value, key: &str) -> f64 {
    line[key].as_f64().unwrap_or_else(|| panic!("{key} in {line}"))
}

#[test]
fn each_reference_model_has_as_many_parameters_as_in_pytorch() {
    let place = Place::new();
    // One pass of prediction each.
    let found = lines(&place, &["--mode", "infer", "--seconds", "0.001"]);
    let counts: Vec<(&str, u64)> = found
        .iter()
        .map(|line| (line["case"].as_str().expect("a name"), line["parameters"].as_u64().expect("a count")))
        .collect();
    assert_eq!(counts, PARAMETERS);
}

#[test]
fn the_measured_steps_learn() {
    let place = Place::new();
    // By the number of steps, so that a slow machine shows the same.
    let cut = ["--set", "train.max_steps=40", "--seconds", "3600", "--threads", "2"];
    for case in ["vit28s", "text128"] {
        let small = ["--case", case, "--set", "model.depth=1"];
        let line = lines(&place, &[&small[..], &cut].concat()).remove(0);
        assert_eq!((line["mode"].as_str(), line["threads"].as_u64()), (Some("train"), Some(2)));
        assert_eq!((line["batch"].as_u64(), line["steps"].as_u64()), (Some(64), Some(37)));
        assert!(number(&line, "loss_last") < 0.9 * number(&line, "loss_first"), "{line}");
        for key in ["samples_per_s", "peak_fraction", "peak_rss_mb"] {
            assert!(number(&line, key) > 0.0, "{key} in {line}");
        }
    }
}

#[test]
fn it_ends_when_the_time_is_over() {
    let line = lines(&Place::new(), &["--case", "vit28s", "--seconds", "0.001"]).remove(0);
    assert!(line["steps"].as_u64() >= Some(1), "{line}");
}

#[test]
fn a_wrong_case_or_setting_is_named() {
    let place = Place::new();
    for (arguments, parts) in [
        (&["--case", "vit29"][..], &["vit29", "vit28"][..]),
        (&["--case", "vit28s", "--set", "model.dept=1"], &["model.dept", "model.depth"]),
        (&["--seconds", "0"], &["--seconds", "more than 0"]),
    ] {
        let ran = place.run(&[&["bench"], arguments].concat());
        assert_eq!(ran.code, Some(2), "{}", ran.err);
        assert!(ran.out.is_empty() && parts.iter().all(|part| ran.err.contains(part)), "{}", ran.err);
    }
}

#[test]
fn a_profile_accounts_for_the_time_of_a_step_by_op_and_kernel() {
    let place = Place::new();
    let cut = ["--set", "train.max_steps=20", "--seconds", "3600", "--threads", "2", "--profile"];
    let line = lines(&place, &[&["--case", "vit28s", "--set", "model.depth=2"][..], &cut].concat()).remove(0);
    let rows = line["profile"].as_array().expect("rows");
    let of = |op: &str, direction: &str, kernel: &str| {
        let same = |row: &&Value| row["op"] == op && row["direction"] == direction && row["kernel"] == kernel;
        rows.iter().find(same).unwrap_or_else(|| panic!("no {op} {direction} {kernel}: {line}"))
    };
    for row in [
        of("encoder block", "forward", "products"),
        of("encoder block", "backward", "products"),
        of("encoder block", "backward", "layer_norm_backward"),
        of("linear", "forward", "products"),
        of("optimizer", "", "adamw"),
        of("loading", "", ""),
    ] {
        assert!(number(row, "share") > 0.0 && number(row, "calls") > 0.0, "{row}");
    }
    // Two blocks' forward passes of each micro-batch: GELU once in each.
    let blocks = number(of("encoder block", "forward", ""), "calls");
    assert_eq!(number(of("encoder block", "forward", "gelu_with_derivative"), "calls"), blocks);
    // Nothing is counted twice: what is left over is not negative.
    assert!(number(of("waiting and all else", "", ""), "share") >= 0.0, "{line}");
    let shares: f64 = rows.iter().map(|row| number(row, "share")).sum();
    assert!((shares - 1.0).abs() < 1e-9, "{shares}");
}
