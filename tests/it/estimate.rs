//! Estimates before the run against what the run then takes: parameters exactly, memory within
//! a fifth, on six settings. Time is compared in `benches/estimate.rs`, since a test that looks
//! at a clock fails on a busy machine.

use attentive::config::RunConfig;
use attentive::data::{Dataset, Examples, Images, Split, Target, Texts};
use attentive::model::{Batch, InputSpec, Model, ModelSpec, Noise, Pass, Sinks};
use attentive::ops::{FreeList, Spans, Tape, cross_entropy};
use attentive::preprocess::{InputShape, Preprocess};
use attentive::random::{Key, Purpose};
use attentive::runs::Event;
use attentive::train::{
    Estimate, Estimator, HowSure, NoSteering, Observer, PredictReply, TrainError, TrainJob, run,
};
use candle_core::Device;
use rand::Rng;
use std::process::Command;
use std::sync::Arc;

/// Six settings of different kinds: data, then assignments.
const SIX: [(&str, &[&str]); 6] = [
    ("images", &["model.width=128", "model.depth=6", "model.mlp_ratio=4", "train.batch_size=128"]),
    (
        "images",
        &["model.width=256", "model.heads=8", "model.depth=6", "model.mlp_ratio=4", "train.batch_size=64"],
    ),
    (
        "images",
        &[
            "model.width=128",
            "model.depth=8",
            "model.patch=2",
            "model.pooling=mean",
            "model.norm=post",
            "train.batch_size=64",
            "train.optimizer=sgd",
        ],
    ),
    ("texts", &["model.width=128", "model.depth=4", "model.pooling=mean", "train.batch_size=64"]),
    (
        "texts",
        &[
            "model.kind=decoder",
            "model.pooling=last",
            "model.positions=rotary",
            "model.width=192",
            "model.depth=6",
            "model.mlp_ratio=4",
            "train.threads=4",
            "train.ema=0.9",
        ],
    ),
    (
        "texts",
        &[
            "model.pooling=attention",
            "model.positions=sinusoidal",
            "model.width=256",
            "model.depth=2",
            "text.vocabulary=4000",
            "train.batch_size=32",
            "train.optimizer=lion",
            "model.dropout=0.1",
        ],
    ),
];

fn config(assignments: &[&str]) -> RunConfig {
    let mut config = RunConfig::default();
    for assignment in ["train.threads=2"].iter().chain(assignments) {
        config.apply(assignment).expect("fits");
    }
    config
}

/// Random images of 28 x 28, or texts of 20 to 200 random words.
fn data(kind: &str, total: usize) -> Dataset {
    let mut rng = Key::new(9, Purpose::Test).rng();
    let examples = if kind == "images" {
        let pixels: Vec<u8> = (0..total * 784).map(|_| rng.random()).collect();
        Examples::Images(Images::new(28, 28, 1, pixels))
    } else {
        let words: Vec<String> =
            (0..6000).map(|_| format!("{:x}", rng.random_range(4096..1_048_576))).collect();
        let mut texts = Texts::default();
        for _ in 0..total {
            let count = rng.random_range(20..200);
            let text: Vec<&str> = (0..count).map(|_| &words[rng.random_range(0..words.len())][..]).collect();
            texts.push(&text.join(" "));
        }
        Examples::Texts(Arc::new(texts))
    };
    let classes = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
    let targets = (0..total).map(|sample| Target::Class((sample % 4) as u32)).collect();
    let splits = vec![Split::Train; total];
    let source = format!("made-up:{kind}");
    Dataset::new(kind.to_owned(), source, "made-up", examples, classes, targets, splits)
}

fn estimate(config: &RunConfig, data: &Dataset) -> Result<Estimate, TrainError> {
    let mut data = data.clone();
    data.hold_out(config.data.validation_fraction, config.train.seed);
    Estimator::default().estimate(config, &data, &|_, _, _| true)
}

/// Keeps the number of parameters that the run tells.
struct Parameters(u64);

impl Observer for Parameters {
    fn event(&mut self, event: &Event) {
        if let Event::Accepted(accepted) = event {
            self.0 = accepted.parameters;
        }
    }
    fn predictions(&mut self, _: &Arc<attentive::runs::PredictionTable>) {}
    fn predicted(&mut self, _: PredictReply) {}
}

/// A few updates, the closing evaluation and the saving of a run; its number of parameters.
fn trained(mut config: RunConfig, data: &Dataset) -> u64 {
    config.train.max_steps = 6;
    let home = tempfile::tempdir().expect("temporary folder");
    let job = TrainJob { config, data: Some(Arc::new(data.clone())), folder: Some(home.path().join("run")) };
    let mut observer = Parameters(0);
    let done = run(job, &mut NoSteering, &mut observer).expect("begins");
    assert_eq!(done.reason, "");
    observer.0
}

/// A line of /proc/self/status in bytes.
fn status(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim_start_matches(':').trim().trim_end_matches("kB").trim().parse::<u64>().ok()? * 1024)
}

const CASE: &str = "ATTENTIVE_MEMORY_CASE";

/// Not a test by itself: the process that the test below starts for each setting.
#[test]
fn process_whose_memory_is_looked_at() {
    let Some(case) = std::env::var(CASE).ok().and_then(|case| case.parse::<usize>().ok()) else { return };
    let (kind, assignments) = SIX[case];
    let data = data(kind, 800);
    // What reading the data took at most is forgotten.
    std::fs::write("/proc/self/clear_refs", "5").expect("the peak can be set back");
    let before = status("VmRSS").expect("told");
    let parameters = trained(config(assignments), &data);
    let peak = status("VmHWM").expect("told");
    println!("took {} bytes for {parameters} parameters.", peak - before);
}

#[test]
fn parameters_are_exact_and_memory_is_within_a_fifth() {
    if std::fs::write("/proc/self/clear_refs", "0").is_err() && status("VmHWM").is_none() {
        eprintln!("SKIPPED: the system does not tell a process's peak memory");
        return;
    }
    let mut lines = Vec::new();
    for (case, (kind, assignments)) in SIX.iter().enumerate() {
        let data = data(kind, 800);
        let estimate = estimate(&config(assignments), &data).expect("fits");
        assert_eq!(estimate.how_sure, HowSure::Measured);
        let output = Command::new(std::env::current_exe().expect("known"))
            .args([
                "--exact",
                "estimate::process_whose_memory_is_looked_at",
                "--nocapture",
                "--test-threads=1",
            ])
            .env(CASE, case.to_string())
            .output()
            .expect("starts");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let numbers = said.split("took ").nth(1).unwrap_or_else(|| panic!("{said}"));
        let mut numbers = numbers.split_whitespace().filter_map(|word| word.parse::<u64>().ok());
        let (bytes, parameters) = (numbers.next().expect("bytes"), numbers.next().expect("parameters"));
        assert_eq!(estimate.parameters, parameters, "{assignments:?}");
        assert_eq!(estimate.outline.parameters() as u64, parameters, "{assignments:?}");
        let ratio = estimate.peak_bytes as f64 / bytes as f64;
        let mb = |bytes: u64| bytes as f64 / 1e6;
        lines.push((
            ratio,
            format!(
                "{ratio:.2}: estimated {:.1} MB, took {:.1} MB, {kind} {assignments:?}",
                mb(estimate.peak_bytes),
                mb(bytes)
            ),
        ));
    }
    let all: Vec<&str> = lines.iter().map(|(_, line)| &line[..]).collect();
    assert!(lines.iter().all(|(ratio, _)| (0.8..=1.2).contains(ratio)), "{}", all.join("\n"));
}

#[test]
fn scratch_memory_is_what_the_sizes_say() {
    for ((kind, assignments), precision) in
        SIX.iter().flat_map(|case| ["f32", "bf16"].map(|precision| (case, precision)))
    {
        let spec = {
            let (mut config, data) = (config(assignments), data(kind, 40));
            config.apply(&format!("train.precision={precision}")).expect("fits");
            let preprocess = Preprocess::fit(&data, &config, &|_, _, _| true).expect("fits");
            let input = match preprocess.input_shape() {
                InputShape::Image { channels, height, width } => {
                    InputSpec::Image { channels, height, width, patch: config.model.patch as usize }
                }
                InputShape::Text { vocabulary, .. } => {
                    // Longer than what attention probabilities are kept for.
                    InputSpec::Text { vocabulary, length: 300 }
                }
            };
            ModelSpec::from_config(&config, input, 4).expect("fits")
        };
        for lengths in [&[7, 1, 40, 3][..], &[290, 5], &[20]] {
            let images = matches!(spec.input, InputSpec::Image { .. });
            let lengths: Vec<usize> = lengths.iter().map(|n| if images { spec.rows() } else { *n }).collect();
            let mut offsets = vec![0];
            lengths.iter().for_each(|n| offsets.push(offsets[offsets.len() - 1] + n));
            let spans = Spans::new(&offsets).expect("rise");
            let predicted = (spec.training_scratch(&spans), spec.inference_scratch(&spans));
            // Each in a thread that holds nothing yet.
            for train in [true, false] {
                let (spec, offsets) = (spec.clone(), offsets.clone());
                let held = std::thread::spawn(move || {
                    let model = Model::new(&spec, 0, &Device::Cpu).expect("fits");
                    let count = offsets.len() - 1;
                    let pixels = vec![0.5; count * 784];
                    let ids = vec![5; offsets[count]];
                    let batch = if images {
                        Batch::Images { pixels: &pixels, channels: 1, height: 28, width: 28 }
                    } else {
                        Batch::Tokens { ids: &ids, offsets: &offsets }
                    };
                    if train {
                        let (tape, sinks) = (Tape::default(), Sinks::default());
                        *sinks.dense.lock().expect("free") = vec![0.0; model.dense().len()];
                        let record = Some((&tape, &sinks));
                        let logits =
                            model.forward(batch, Pass::Train { noise: Noise::none(), first: 0, record });
                        let targets = vec![0; count];
                        let loss = cross_entropy(&logits.expect("fits"), &targets, 0.0, count, Some(&tape))
                            .expect("fits");
                        tape.backward(&loss).expect("a chain");
                    } else {
                        model.forward(batch, Pass::Infer).expect("fits");
                    }
                    FreeList::<f32>::take().held()
                });
                let held = held.join().expect("no panic");
                let wanted = if train { predicted.0.numbers() } else { predicted.1.numbers() };
                assert_eq!(wanted, held, "{assignments:?}, {lengths:?}, training: {train}");
            }
        }
    }
}

#[test]
fn what_cannot_be_trained_cannot_be_estimated_and_a_wish_ends_it() {
    let data = data("images", 40);
    let patch = estimate(&config(&["model.patch=5"]), &data).expect_err("5 does not divide 28");
    assert!(patch.to_string().contains("model.patch"), "{patch}");
    let heads = estimate(&config(&["model.heads=3"]), &data).expect_err("3 does not divide 64");
    assert!(heads.to_string().contains("model.heads"), "{heads}");
    let mut estimator = Estimator::default();
    let cancelled = estimator.estimate(&config(&[]), &data, &|_, _, _| false);
    assert_eq!(cancelled, Err(TrainError::Cancelled));
}
