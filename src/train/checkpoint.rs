//! What is saved beside the weights, so that a run can be used alone and taken up again, and
//! which checkpoint of a run is sound: whole, and to the last bit as it was written.

use crate::config::{RunConfig, SETTINGS, setting};
use crate::model::ModelSpec;
use crate::preprocess::{PREPROCESS_FILE, TOKENIZER_FILE};
use crate::runs::{Checkpoints, Event, Labels, RunError, Score};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub(super) const MODEL: &str = "model.safetensors";
/// The weights that training goes on with; only beside a [`MODEL`] that is their average.
pub(super) const TRAINED: &str = "trained.safetensors";
pub(super) const OPTIMIZER: &str = "optimizer.safetensors";
/// Vouches for the others, so it is written last.
pub(super) const STATE: &str = "state.json";

/// The files' format. 1 had no checksums and no place in the record.
const FORMAT: u64 = 2;
/// In [`STATE`]: BLAKE3 of all the rest of it.
const CHECKSUM: &str = "checksum";

/// Settings that do not touch the result: a run that is resumed may have others.
pub(super) const INERT: &[&str] =
    &["train.threads", "train.save_every", "train.save_minutes", "train.keep_checkpoints"];

/// What has been reached, as early stopping and the best weights go by it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reached {
    /// The best validation result so far.
    pub best: Option<Score>,
    /// File with its predictions, relative to the run.
    pub best_predictions: Option<String>,
    /// The last validation result.
    pub validation: Option<Score>,
    /// Planned evaluations since the best one.
    pub waited: u64,
    /// Evaluations that stand in the run's log; not known to format 1.
    pub evaluations: Option<u64>,
}

/// `state.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckpointState {
    /// Version of the files' format.
    #[serde(default = "first_format")]
    pub format: u64,
    /// Version of the program.
    pub version: String,
    /// The network.
    pub model: ModelSpec,
    /// Updates done.
    pub step: u64,
    /// Whole epochs gone through.
    pub epoch: u64,
    /// Examples of the current epoch gone through.
    pub position: u64,
    /// Seconds of training.
    pub seconds: f64,
    /// Of these, those before this sitting, and updates done before it.
    #[serde(default)]
    pub before: (f64, u64),
    /// What has been reached by the plan.
    #[serde(flatten)]
    pub reached: Reached,
    /// What was reached with the evaluation after a run was stopped where none was planned: a
    /// run that is resumed leaves it out, one that is extended does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closing: Option<Reached>,
    /// Settings that changed so far, as the log tells it.
    #[serde(default)]
    pub changes: Vec<Event>,
    /// Parameters that have not moved yet.
    #[serde(default)]
    pub stuck: Vec<String>,
    /// All settings as they are now, live changes included.
    pub settings: RunConfig,
    /// BLAKE3 of those that touch the result, hexadecimal.
    pub settings_hash: String,
    /// BLAKE3 of the data.
    pub data: String,
    /// BLAKE3 of each other file, and of those in the run folder that the weights need
    /// ([`BESIDE`]); empty in format 1, and without the latter in files of older versions.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
}

fn first_format() -> u64 {
    1
}

/// Why a state cannot be used.
enum Unusable {
    /// It was written by a version of the program that is newer than this one.
    Newer(RunError),
    /// It is not what was written.
    Damaged(RunError),
}

impl CheckpointState {
    /// The format that is written now.
    pub(super) const FORMAT: u64 = FORMAT;

    /// Hash of the settings that touch the result.
    pub fn hash(settings: &RunConfig) -> String {
        let touches = SETTINGS.iter().filter(|row| !INERT.contains(&row.key));
        let lines = touches.map(|row| format!("{} = {}\n", row.key, (row.get)(settings)));
        blake3::hash(lines.collect::<String>().as_bytes()).to_hex().to_string()
    }

    /// `state.json`, which says of itself whether it is whole.
    pub(super) fn to_bytes(&self) -> serde_json::Result<Vec<u8>> {
        let mut value = serde_json::to_value(self)?;
        let sum = checksum(&value)?;
        if let Value::Object(fields) = &mut value {
            fields.insert(CHECKSUM.to_owned(), sum.into());
        }
        serde_json::to_vec_pretty(&value)
    }

    /// Reads the state of a checkpoint folder.
    ///
    /// # Errors
    /// [`RunError`] when it is missing, damaged or of a newer format.
    pub fn read(checkpoint: &Path) -> Result<Self, RunError> {
        Self::examine(checkpoint).map_err(|unusable| match unusable {
            Unusable::Newer(error) | Unusable::Damaged(error) => error,
        })
    }

    fn examine(checkpoint: &Path) -> Result<Self, Unusable> {
        let path = checkpoint.join(STATE);
        let damaged = |cause: String| {
            let remedy = "use another checkpoint of the run, or train again";
            Unusable::Damaged(RunError::at(&path, format!("damaged: {cause}"), remedy))
        };
        let bytes = read(&path).map_err(Unusable::Damaged)?;
        let mut value: Value = serde_json::from_slice(&bytes).map_err(|e| damaged(e.to_string()))?;
        let sum = value.as_object_mut().and_then(|fields| fields.remove(CHECKSUM));
        let whole = match &sum {
            Some(sum) => checksum(&value).is_ok_and(|now| sum.as_str() == Some(&now)),
            None => value.get("format").is_none(),
        };
        if !whole {
            return Err(damaged("it is not what was written".to_owned()));
        }
        let format = value.get("format").and_then(Value::as_u64).unwrap_or(1);
        if format > FORMAT {
            let version = value.get("version").and_then(Value::as_str).unwrap_or("a newer version");
            let cause = format!(
                "this checkpoint was written by Attentive {version} in format {format}; this version, {}, knows \
                 formats up to {FORMAT}",
                env!("CARGO_PKG_VERSION")
            );
            return Err(Unusable::Newer(RunError::at(&path, cause, "use that version or a newer one")));
        }
        serde_json::from_value(value).map_err(|e| damaged(e.to_string()))
    }
}

fn checksum(value: &Value) -> serde_json::Result<String> {
    Ok(hash(serde_json::to_string(value)?.as_bytes()))
}

pub(super) fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// A checkpoint that is what was written.
#[derive(Clone, Debug)]
pub(super) struct Sound {
    pub folder: PathBuf,
    pub state: CheckpointState,
    /// Newer ones that are damaged, in words.
    pub skipped: Vec<String>,
}

/// The newest checkpoint of a run whose state and `needed` files are sound; `None` when there
/// is none at all.
///
/// # Errors
/// [`RunError`] when all are damaged, with what is wrong with the newest, or when the newest is
/// of a newer version of the program.
pub(super) fn newest_sound(checkpoints: &Checkpoints, needed: &[&str]) -> Result<Option<Sound>, RunError> {
    let (mut skipped, mut first): (Vec<String>, _) = (Vec::new(), None);
    for step in checkpoints.steps().into_iter().rev() {
        match examine(checkpoints, step, needed) {
            Ok(sound) => return Ok(Some(Sound { skipped, ..sound })),
            Err(Unusable::Newer(error)) => return Err(error),
            Err(Unusable::Damaged(error)) => {
                skipped.push(format!("the checkpoint of step {step} is left out: {error}"));
                first.get_or_insert(error);
            }
        }
    }
    first.map_or(Ok(None), Err)
}

fn examine(checkpoints: &Checkpoints, step: u64, needed: &[&str]) -> Result<Sound, Unusable> {
    let folder = checkpoints.folder(step);
    let state = CheckpointState::examine(&folder)?;
    check_files(&folder, &state, needed).map_err(Unusable::Damaged)?;
    Ok(Sound { folder, state, skipped: Vec::new() })
}

/// The checkpoint of this step.
///
/// # Errors
/// [`RunError`] when it is missing, damaged or of a newer version of the program.
pub(super) fn sound_of(checkpoints: &Checkpoints, step: u64, needed: &[&str]) -> Result<Sound, RunError> {
    examine(checkpoints, step, needed).map_err(|unusable| match unusable {
        Unusable::Newer(error) | Unusable::Damaged(error) => error,
    })
}

/// The step of the newest checkpoint of a run that training could go on from, with what is
/// damaged in newer ones, in words; `None` when there is no checkpoint.
///
/// # Errors
/// [`RunError`] when all are damaged, or the newest is of a newer version of the program.
pub fn newest_checkpoint(run: &Path) -> Result<Option<(u64, Vec<String>)>, RunError> {
    let sound = newest_sound(&Checkpoints::of(run), &[MODEL, OPTIMIZER, TRAINED])?;
    Ok(sound.map(|sound| (sound.state.step, sound.skipped)))
}

/// Whether the needed files are there and what their state vouches for.
fn check_files(folder: &Path, state: &CheckpointState, needed: &[&str]) -> Result<(), RunError> {
    for name in needed {
        let path = folder.join(name);
        let wanted = state.files.get(*name);
        if *name == TRAINED && wanted.is_none() {
            continue;
        }
        let bytes = read(&path)?;
        if wanted.is_some_and(|wanted| *wanted != hash(&bytes)) || (wanted.is_none() && state.format > 1) {
            let cause = "damaged: it is not what was written";
            return Err(RunError::at(&path, cause, "use another checkpoint of the run, or train again"));
        }
    }
    Ok(())
}

/// What lies in the run folder and gives the weights their meaning.
const BESIDE: &[&str] = &[PREPROCESS_FILE, TOKENIZER_FILE, Labels::FILE];

/// BLAKE3 of each of these files that a run has.
///
/// # Errors
/// [`RunError`] when one cannot be read.
pub(super) fn beside(run: &Path) -> Result<BTreeMap<String, String>, RunError> {
    let there = BESIDE.iter().map(|name| (*name, run.join(name))).filter(|(_, path)| path.exists());
    there.map(|(name, path)| Ok((name.to_owned(), hash(&read(&path)?)))).collect()
}

/// Refuses files in the run folder that are not those which a state vouches for.
///
/// # Errors
/// [`RunError`] about the first one.
pub(super) fn check_beside(run: &Path, state: &CheckpointState) -> Result<(), RunError> {
    for name in BESIDE {
        let Some(wanted) = state.files.get(*name) else { continue };
        let path = run.join(name);
        if *wanted != hash(&read(&path)?) {
            let cause = "damaged or changed: it is not what the run was trained with, and the same weights \
                         would give other results";
            return Err(RunError::at(&path, cause, "put the run's own file back, or train again"));
        }
    }
    Ok(())
}

/// Reads a checkpoint's file.
///
/// # Errors
/// [`RunError`] when it cannot be read.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, RunError> {
    std::fs::read(path).map_err(|e| {
        RunError::at(
            path,
            format!("cannot read: {e}"),
            "check that the run is complete and its files are readable",
        )
    })
}

/// Sets settings that do not touch the result; others must stay as they are.
///
/// # Errors
/// [`crate::config::ConfigError`] about the first that may not change, with what to do.
pub(super) fn set_inert(
    config: &mut RunConfig,
    wanted: &[(String, crate::config::Value)],
) -> Result<(), crate::config::ConfigError> {
    for (key, value) in wanted {
        let row = setting(key)?;
        let from = (row.get)(config);
        row.set(config, value)?;
        if (row.get)(config) != from && !INERT.contains(&row.key) {
            return Err(crate::config::ConfigError::Conflict {
                key: row.key,
                reason: format!(
                    "it is {from} in this run, and a run that is resumed is the very run that was begun"
                ),
                remedy: format!(
                    "leave it out, go on with other settings by `attentive train --extend RUN --set {key}={value}` \
                     if it may change, or train a new run"
                ),
            });
        }
    }
    config.validate()
}
