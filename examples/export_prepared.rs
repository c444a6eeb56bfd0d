//! Writes what a finished run learned from as raw numbers, so that another program can
//! learn from exactly the same: `export_prepared RUN OUT`. Used by `benches/accuracy`.
//!
//! `meta.json` (settings, network, classes, pixel statistics), `targets.i64`, `splits.u8`
//! (0 training, 1 validation, 2 test), and for images `pixels.u8`
//! `[image, channel, row, column]`, for texts `ids.u32` (all sequences one behind the
//! other), `offsets.u64` (one more than sequences) and `texts.json`. Little-endian.

use attentive::data::{Examples, Split, silent};
use attentive::preprocess::{Input, Preprocess};
use attentive::runs::Checkpoints;
use attentive::train::Predictor;
use serde_json::{Value, json};
use std::error::Error;
use std::fs;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [run, out] = arguments.as_slice() else {
        return Err("usage: export_prepared RUN OUT".into());
    };
    export(Path::new(run), Path::new(out))
}

fn export(run: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let predictor = Predictor::open(run)?;
    let data = predictor.own_data(&silent)?;
    let preprocess = Preprocess::load(run)?;
    let checkpoint = Checkpoints::of(run).last().ok_or("the run has no checkpoint")?;
    let state: Value = serde_json::from_slice(&fs::read(checkpoint.join("state.json"))?)?;
    fs::create_dir_all(out)?;

    let class = |index: usize| data.targets[index].class().map_or(-1, i64::from);
    write(out, "targets.i64", (0..data.len()).map(class).map(i64::to_le_bytes))?;
    let split = |split: &Split| match split {
        Split::Train => 0u8,
        Split::Validation => 1,
        Split::Test => 2,
    };
    write(out, "splits.u8", data.splits.iter().map(split).map(u8::to_le_bytes))?;
    let mut meta = json!({
        "config": predictor.config(), "spec": state["model"], "classes": data.classes,
        "fingerprint": data.fingerprint,
    });
    match (&data.examples, &preprocess) {
        (Examples::Images(images), Preprocess::Image(transform)) => {
            meta["mean"] = json!(transform.mean);
            meta["std"] = json!(transform.std);
            let channels = images.channels;
            let mut planes = Vec::new();
            for i in 0..images.len() {
                let image = images.get(i)?;
                for channel in 0..channels {
                    planes.extend(image[channel..].iter().step_by(channels).copied());
                }
            }
            write(out, "pixels.u8", planes.into_iter().map(u8::to_le_bytes))?;
        }
        (Examples::Texts(texts), Preprocess::Text(_)) => {
            let prepared = preprocess.prepare(&data, &silent)?;
            let all: Vec<u32> = (0..u32::try_from(data.len())?).collect();
            let Input::Tokens { ids, offsets } = prepared.input(&all, None) else {
                return Err("texts did not become tokens".into());
            };
            write(out, "ids.u32", ids.into_iter().map(u32::to_le_bytes))?;
            write(out, "offsets.u64", offsets.into_iter().map(|end| (end as u64).to_le_bytes()))?;
            let texts: Vec<&str> = (0..texts.len()).map(|i| texts.get(i)).collect();
            fs::write(out.join("texts.json"), serde_json::to_vec(&texts)?)?;
        }
        _ => return Err("the run's data is of another kind than its preprocessing".into()),
    }
    fs::write(out.join("meta.json"), serde_json::to_vec_pretty(&meta)?)?;
    Ok(())
}

fn write<const N: usize>(
    out: &Path,
    name: &str,
    numbers: impl Iterator<Item = [u8; N]>,
) -> Result<(), Box<dyn Error>> {
    let bytes: Vec<u8> = numbers.flatten().collect();
    Ok(fs::write(out.join(name), bytes)?)
}
