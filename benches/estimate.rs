//! The estimate of an epoch's time against the time that an epoch then takes, on six settings:
//! one line each with both and their ratio. On a machine that others use too the ratio says
//! as much about them as about the estimate: run it more than once.
//!
//! `cargo bench --bench estimate -- [--case N]...`

use attentive::config::RunConfig;
use attentive::data::{Dataset, Examples, Images, Split, Target, Texts};
use attentive::random::{Key, Purpose};
use attentive::runs::{Event, PredictionTable};
use attentive::train::{Estimator, NoSteering, Observer, PredictReply, TrainJob, run};
use rand::Rng;
use std::sync::Arc;
use std::time::Instant;

/// Data, examples, settings.
const CASES: [(&str, usize, &[&str]); 6] = [
    ("images", 8000, &["train.batch_size=64"]),
    ("images", 4000, &["model.width=128", "model.depth=6", "model.mlp_ratio=4", "train.batch_size=128"]),
    (
        "images",
        1200,
        &["model.width=256", "model.heads=8", "model.depth=8", "model.mlp_ratio=4", "train.batch_size=32"],
    ),
    ("texts", 4000, &["model.width=128", "model.depth=4", "model.pooling=mean", "train.batch_size=64"]),
    (
        "texts",
        3000,
        &[
            "model.kind=decoder",
            "model.pooling=last",
            "model.positions=rotary",
            "model.norm=post",
            "train.threads=1",
        ],
    ),
    (
        "images",
        4000,
        &["model.patch=7", "model.width=192", "model.depth=12", "model.heads=3", "model.dropout=0.1"],
    ),
];

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
            let text: Vec<&str> =
                (0..rng.random_range(5..60)).map(|_| &words[rng.random_range(0..words.len())][..]).collect();
            texts.push(&text.join(" "));
        }
        Examples::Texts(Arc::new(texts))
    };
    let classes = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
    let targets = (0..total).map(|sample| Target::Class((sample % 4) as u32)).collect();
    let source = format!("made-up:{kind}");
    Dataset::new(kind.to_owned(), source, "made-up", examples, classes, targets, vec![Split::Train; total])
}

/// Notes when the first epoch begins and ends.
struct Watch {
    begun: Option<Instant>,
    seconds: f64,
}

impl Observer for Watch {
    fn event(&mut self, event: &Event) {
        match (event, self.begun) {
            (Event::Accepted(_), _) => self.begun = Some(Instant::now()),
            (Event::Evaluation(_), Some(begun)) if self.seconds == 0.0 => {
                self.seconds = begun.elapsed().as_secs_f64();
            }
            _ => {}
        }
    }
    fn predictions(&mut self, _: &Arc<PredictionTable>) {}
    fn predicted(&mut self, _: PredictReply) {}
}

fn main() -> anyhow::Result<()> {
    let mut wanted: Vec<usize> = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--case" => wanted.push(arguments.next().unwrap_or_default().parse()?),
            "--bench" => {}
            other => anyhow::bail!("{other} is not known; there is --case"),
        }
    }
    for (number, (kind, total, assignments)) in CASES.into_iter().enumerate() {
        if !wanted.is_empty() && !wanted.contains(&number) {
            continue;
        }
        let mut config = RunConfig::default();
        for assignment in assignments {
            config.apply(assignment)?;
        }
        config.train.epochs = 1;
        let mut data = data(kind, total);
        data.hold_out(config.data.validation_fraction, config.train.seed);
        let begun = Instant::now();
        let estimate = Estimator::default().estimate(&config, &data, &|_, _, _| true)?;
        let took = begun.elapsed().as_secs_f64();
        let home = tempfile::tempdir()?;
        let job = TrainJob { config, data: Some(Arc::new(data)), folder: Some(home.path().join("run")) };
        let mut watch = Watch { begun: None, seconds: 0.0 };
        run(job, &mut NoSteering, &mut watch)?;
        let line = serde_json::json!({
            "case": number,
            "settings": assignments.join(" "),
            "parameters": estimate.parameters,
            "estimated_s": estimate.seconds_per_epoch,
            "took_s": watch.seconds,
            "ratio": estimate.seconds_per_epoch / watch.seconds,
            "estimating_took_s": took,
            "how_sure": format!("{:?}", estimate.how_sure),
        });
        println!("{line}");
    }
    Ok(())
}
