//! A made-up state for tests and benchmarks of the panels: data, a run with points and
//! evaluations, predictions. Everything is drawn from fixed keys.

use attentive::app::{RunRow, RunView, State};
use attentive::config::{RunConfig, Value};
use attentive::data::{Dataset, Examples, Images, Split, Target, Task, Texts, summary};
use attentive::inspect;
use attentive::random::{Key, Purpose};
use attentive::runs::{Accepted, Evaluation, Event, Metrics, PredictionTable};
use attentive::train::metrics::class_metrics;
use std::sync::Arc;

/// Names of Fashion-MNIST's classes.
pub const FASHION: [&str; 10] = [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
];

/// Uniform in 0..1.
pub fn unit(key: Key) -> f64 {
    (key.bits() >> 11) as f64 / (1u64 << 53) as f64
}

/// A key for this fixture.
pub fn key(counter: u64) -> Key {
    Key::new(11, Purpose::Test).with(counter)
}

/// Grey pictures of 28 x 28, each class with its own stripes.
pub fn images(count: usize, classes: &[&str]) -> Dataset {
    let mut pixels = vec![0u8; count * 28 * 28];
    for (sample, image) in pixels.chunks_exact_mut(28 * 28).enumerate() {
        let class = sample % classes.len();
        let shift = key(1).with(sample as u64).bits();
        for (at, pixel) in image.iter_mut().enumerate() {
            let (row, column) = (at / 28, at % 28);
            let inside = (4..24).contains(&row) && (4..24).contains(&column);
            let stripe = (row * (class + 1) + column * (classes.len() - class) + shift as usize % 7) / 9 % 2;
            *pixel = if inside { (60 + 150 * stripe) as u8 + (shift >> (at % 40)) as u8 % 40 } else { 0 };
        }
    }
    let examples = Examples::Images(Images::new(28, 28, 1, pixels));
    dataset("striped", examples, count, classes)
}

/// Short texts, some of them Chinese, one very long.
pub fn texts(count: usize, classes: &[&str]) -> Dataset {
    let texts: Texts = (0..count)
        .map(|sample| match sample % 4 {
            0 => "My parcel has not arrived and the tracking page shows nothing",
            1 => "我的包裹还没到，请帮我查一下物流信息",
            2 => "Can I get a refund for the headphones I sent back last week?",
            _ => LONG,
        })
        .collect();
    dataset("messages", Examples::Texts(Arc::new(texts)), count, classes)
}

const LONG: &str = "I ordered two lamps, one came broken, the other in a different colour than shown on the page, \
    and when I wrote to you the answer was about an order that is not mine.\nPlease look at the photographs that I \
    attached, and tell me whether you send new ones or give the money back; I need them before the end of the month.";

fn dataset(name: &str, examples: Examples, count: usize, classes: &[&str]) -> Dataset {
    Dataset {
        name: name.to_owned(),
        source: format!("builtin:{name}"),
        format: "builtin",
        task: Task::Classification,
        examples,
        classes: classes.iter().map(|c| (*c).to_owned()).collect(),
        own_classes: classes.iter().map(|c| (*c).to_owned()).collect(),
        reading: Default::default(),
        targets: (0..count).map(|i| Target::Class((i % classes.len()) as u32)).collect(),
        splits: vec![Split::Validation; count],
        declared: vec![Split::Validation; count],
        fingerprint: "0".repeat(64),
        notices: Vec::new(),
        set_aside: Vec::new(),
    }
}

/// Predictions of the first `count` samples after `step`; about one in seven is wrong, most
/// often as the next class.
pub fn predictions(data: &Dataset, count: usize, step: u64) -> PredictionTable {
    let classes = data.classes.len();
    let mut table = PredictionTable { step, classes, ..PredictionTable::default() };
    for sample in 0..count {
        let here = key(2).with(step).with(sample as u64);
        let truth = data.targets[sample].class();
        let wrong = unit(here) < 0.14;
        let class = truth.map_or(0, |t| t as usize);
        let away = if unit(here.with(1)) < 0.6 {
            1
        } else {
            1 + here.with(2).bits() as usize % (classes - 1).max(1)
        };
        let predicted = if wrong { (class + away) % classes } else { class };
        let sure = 0.35 + 0.64 * unit(here.with(3));
        let mut row: Vec<f32> = (0..classes).map(|c| unit(here.with(10 + c as u64)) as f32 + 0.01).collect();
        row[predicted] = 0.0;
        let rest: f32 = row.iter().sum::<f32>().max(1e-6);
        // The predicted class stays the most probable.
        let sure =
            sure.max(1.05 * f64::from(row.iter().fold(0.0f32, |a, b| a.max(*b)) / rest) * (1.0 - sure));
        row.iter_mut().for_each(|v| *v *= (1.0 - sure as f32) / rest);
        row[predicted] = sure as f32;
        let loss = truth.map_or(0.0, |t| -row[t as usize].max(1e-9).ln());
        table.samples.push(sample as u32);
        table.splits.push(data.splits[sample]);
        table.targets.push(truth);
        table.predicted.push(predicted as u32);
        table.probabilities.extend(row);
        table.losses.push(loss);
    }
    table
}

/// The metrics of one step of a run that learns.
pub fn metrics(step: u64) -> Metrics {
    let noise = |n: u64| unit(key(3).with(step).with(n)) - 0.5;
    let t = step as f64;
    Metrics::from([
        ("loss".to_owned(), 0.35 + 2.0 / (1.0 + t / 90.0) + 0.3 * noise(0) / (1.0 + t / 400.0).sqrt()),
        ("accuracy".to_owned(), (0.9 - 0.8 / (1.0 + t / 90.0) + 0.12 * noise(1)).clamp(0.0, 1.0)),
        (
            "learning_rate".to_owned(),
            if t < 100.0 { t * 1e-5 } else { 1e-3 * (1.0 + (t / 900.0).cos()) / 2.0 },
        ),
        ("gradient_norm".to_owned(), 0.6 + 2.5 / (1.0 + t / 60.0) + noise(2).abs()),
        ("samples_per_s".to_owned(), 590.0 + 40.0 * noise(3)),
    ])
}

/// The first event of a run on `data`.
pub fn accepted(data: &Dataset) -> Event {
    Event::Accepted(Box::new(Accepted {
        version: "0.0.0".to_owned(),
        started: 1_700_000_000,
        run: "runs/striped-1".to_owned(),
        config: RunConfig::default(),
        task: Task::Classification,
        data: summary(data),
        parameters: 143_562,
        steps_per_epoch: 100,
        total_steps: 2000,
        device: "CPU".to_owned(),
    }))
}

/// The evaluation that a table of predictions belongs to.
pub fn evaluation(table: &PredictionTable) -> Event {
    let confusion = inspect::confusion(table, None);
    let accuracy = inspect::overall_accuracy(&confusion).unwrap_or(0.0);
    let loss = table.losses.iter().map(|l| f64::from(*l)).sum::<f64>() / table.len().max(1) as f64;
    Event::Evaluation(Box::new(Evaluation {
        step: table.step,
        epoch: table.step as f64 / 100.0,
        split: Split::Validation,
        samples: table.len() as u64,
        metrics: Metrics::from([("loss".to_owned(), loss), ("accuracy".to_owned(), accuracy)]),
        classes: class_metrics(table),
        confusion,
        seconds: 0.5,
        predictions: None,
        best: true,
    }))
}

/// A run of `steps` steps on `data`, evaluated every hundred steps on `evaluated` samples.
pub fn run(data: &Dataset, steps: u64, evaluated: usize) -> RunView {
    let mut run = RunView::default();
    run.apply(&accepted(data));
    for step in 1..=steps {
        let (epoch, seconds) = (step as f64 / 100.0, step as f64 * 0.1);
        run.apply(&Event::Step { step, epoch, seconds, metrics: metrics(step) });
        if step % 100 == 0 && (step + 2000 > steps) {
            run.apply(&evaluation(&predictions(data, evaluated, step)));
        }
    }
    run.predictions = Some(Arc::new(predictions(data, evaluated, steps)));
    run
}

/// A state with a live run on `data`.
pub fn state(data: Dataset, steps: u64, evaluated: usize) -> State {
    let mut run = run(&data, steps, evaluated);
    if steps > 400 {
        run.apply(&Event::SettingChanged {
            step: steps * 3 / 5,
            key: "train.learning_rate".to_owned(),
            from: Value::Float(0.001),
            to: Value::Float(0.0005),
        });
    }
    State {
        run: Some(run),
        run_data: Some(Arc::new(data)),
        shows_live: true,
        runs: run_rows(),
        runs_folder: "runs".into(),
        ..State::default()
    }
}

/// Three runs on disk.
pub fn run_rows() -> Vec<RunRow> {
    let row = |name: &str, data: &str, started: u64, status: &str, accuracy, step, parameters| RunRow {
        folder: format!("runs/{name}").into(),
        name: name.to_owned(),
        started,
        data: data.to_owned(),
        step,
        status: status.to_owned(),
        accuracy,
        parameters,
        ..RunRow::default()
    };
    vec![
        row("striped-1", "striped", 1_700_000_000, "running", Some(0.8612), 1200, 143_562),
        row("helpdesk-2", "客服消息", 1_699_000_000, "finished", Some(0.9031), 640, 891_208),
        row("fashion-wide", "fashion", 1_698_000_000, "failed", None, 12, 1_204_106),
    ]
}
