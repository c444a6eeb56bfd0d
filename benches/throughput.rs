//! Samples per second of training and inference on four reference models, one JSON line
//! each. Random data; forward, backward, clipping and AdamW in every step; median over
//! the steps of a few seconds.
//!
//! `cargo bench --bench throughput -- [--case NAME]... [--threads N] [--seconds S]`
//!
//! | case | input | width, depth, heads, mlp | batch |
//! |---|---|---|---|
//! | vit28 | 28x28x1, patch 4, class token | 128, 6, 4, 512 | 128 |
//! | vit28s | 28x28x1, patch 4, class token | 64, 4, 4, 128 | 64 |
//! | vit224 | 224x224x3, patch 16, class token | 192, 12, 3, 768 | 16 |
//! | text128 | 128 of 8192 tokens, mean pooling | 128, 4, 4, 512 | 64 |

use attentive::config::{ModelKind, NormPlacement, OptimizerKind, Pooling, PositionKind};
use attentive::model::{InputSpec, Model, ModelSpec, Noise};
use attentive::preprocess::Input;
use attentive::random::{Key, Purpose};
use attentive::train::{Compute, Optimizer, StepOptions, StepOutcome, StepSize};
use candle_core::Device;
use rand::Rng;
use std::time::{Duration, Instant};

struct Case {
    name: &'static str,
    spec: ModelSpec,
    batch: u32,
}

fn spec(input: InputSpec, classes: usize, sizes: [usize; 4], pooling: Pooling) -> ModelSpec {
    let [width, depth, heads, mlp] = sizes;
    ModelSpec {
        input,
        classes,
        width,
        depth,
        heads,
        mlp,
        kind: ModelKind::Encoder,
        pooling,
        positions: PositionKind::Learned,
        norm: NormPlacement::Pre,
        pooler: false,
        epsilon: 1e-5,
    }
}

fn cases() -> Vec<Case> {
    let image = |side, channels, patch| InputSpec::Image { channels, height: side, width: side, patch };
    let text = InputSpec::Text { vocabulary: 8192, length: 128 };
    let class = Pooling::ClassToken;
    vec![
        Case { name: "vit28", spec: spec(image(28, 1, 4), 10, [128, 6, 4, 512], class), batch: 128 },
        Case { name: "vit28s", spec: spec(image(28, 1, 4), 10, [64, 4, 4, 128], class), batch: 64 },
        Case { name: "vit224", spec: spec(image(224, 3, 16), 10, [192, 12, 3, 768], class), batch: 16 },
        Case { name: "text128", spec: spec(text, 4, [128, 4, 4, 512], Pooling::Mean), batch: 64 },
    ]
}

/// Random samples, the same for every run.
fn samples(case: &Case) -> Input {
    let mut rng = Key::new(0, Purpose::Test).rng();
    let count = case.batch as usize;
    match case.spec.input {
        InputSpec::Image { channels, height, width, .. } => {
            let values = (0..count * channels * height * width).map(|_| rng.random_range(-1.7..1.7));
            Input::Images { pixels: values.collect(), channels, height, width }
        }
        InputSpec::Text { vocabulary, length } => Input::Tokens {
            ids: (0..count * length).map(|_| rng.random_range(0..vocabulary as u32)).collect(),
            offsets: (0..=count).map(|i| i * length).collect(),
        },
    }
}

fn pick(all: &Input, which: &[u32]) -> Input {
    let which = which.iter().map(|i| *i as usize);
    match all {
        Input::Images { pixels, channels, height, width } => {
            let size = channels * height * width;
            let pixels = which.flat_map(|i| &pixels[i * size..(i + 1) * size]).copied().collect();
            Input::Images { pixels, channels: *channels, height: *height, width: *width }
        }
        Input::Tokens { ids, offsets } => {
            let mut picked = (Vec::new(), vec![0]);
            for i in which {
                picked.0.extend_from_slice(&ids[offsets[i]..offsets[i + 1]]);
                picked.1.push(picked.0.len());
            }
            Input::Tokens { ids: picked.0, offsets: picked.1 }
        }
    }
}

/// Median seconds of `f`, after three calls that do not count.
fn median(seconds: f64, mut f: impl FnMut()) -> f64 {
    (0..3).for_each(|_| f());
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    let mut times = Vec::new();
    while times.is_empty() || Instant::now() < end {
        let start = Instant::now();
        f();
        times.push(start.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Processor time of all threads so far in seconds, where the system tells: on a machine
/// that others use too it says more than the clock.
fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<f64>().ok());
    // User and system time, in hundredths of a second.
    Some((ticks(11)? + ticks(12)?) / 100.0)
}

/// Largest resident memory so far in MB, where the system tells.
fn peak_rss_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<f64>().ok()? / 1024.0)
}

fn main() -> anyhow::Result<()> {
    let (mut wanted, mut threads, mut seconds) = (Vec::new(), 0, 15.0);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| anyhow::anyhow!("{argument} needs a value"));
        match argument.as_str() {
            "--case" => wanted.push(value()?),
            "--threads" => threads = value()?.parse()?,
            "--seconds" => seconds = value()?.parse()?,
            "--bench" => {}
            other => anyhow::bail!("{other} is not known; there are --case, --threads and --seconds"),
        }
    }
    let cases = cases();
    if let Some(name) = wanted.iter().find(|w| !cases.iter().any(|c| c.name == **w)) {
        anyhow::bail!("there is no case {name}");
    }
    for case in cases.iter().filter(|c| wanted.is_empty() || wanted.iter().any(|w| w == c.name)) {
        let model = Model::new(&case.spec, 0, &Device::Cpu)?;
        let (all, mut compute, mut optimizer) =
            (samples(case), Compute::new(threads), Optimizer::new(OptimizerKind::AdamW, &model));
        let which: Vec<u32> = (0..case.batch).collect();
        let targets: Vec<u32> = which.iter().map(|i| i * 7 % case.spec.classes as u32).collect();
        let make = |s: &[u32]| pick(&all, s);
        let options =
            StepOptions { label_smoothing: 0.0, class_weights: None, mix: None, noise: Noise::none() };
        let size = StepSize { learning_rate: 1e-3, weight_decay: 0.01, clip_norm: 1.0 };
        let mut losses = Vec::new();
        let before = cpu_seconds();
        let train = median(seconds, || {
            match compute.step(&model, &make, &which, &targets, options, &mut || false) {
                Ok(StepOutcome::Done { loss, .. }) => losses.push(loss),
                other => panic!("a step ended with {other:?}"),
            }
            optimizer.step(&model, &compute, size).expect("an update");
        });
        let cpu = before.zip(cpu_seconds()).map(|(a, b)| (b - a) / losses.len() as f64);
        let infer = median(seconds / 3.0, || {
            compute.infer(&model, &make, &which, &mut |_| false).expect("logits");
        });
        let line = serde_json::json!({
            "case": case.name,
            "threads": compute.threads(),
            "batch": case.batch,
            "parameters": model.parameters().len(),
            "train_samples_per_s": f64::from(case.batch) / train,
            "train_samples_per_cpu_s": cpu.map(|cpu| f64::from(case.batch) / cpu),
            "infer_samples_per_s": f64::from(case.batch) / infer,
            "gflops": 3.0 * case.spec.forward_flops(case.spec.rows()) as f64 * f64::from(case.batch) / train / 1e9,
            "loss_first": losses.first(),
            "loss_last": losses.last(),
            "steps": losses.len(),
            "peak_rss_mb": peak_rss_mb(),
        });
        println!("{line}");
    }
    Ok(())
}
