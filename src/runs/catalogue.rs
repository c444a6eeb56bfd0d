//! The list of runs in a folder. It reads only the head and the tail of each event log, so
//! that a thousand runs are quick, and a broken run is reported without hiding the others.

use super::folder::{CONFIG, EVENTS, is_being_written, is_run, read_run_config};
use super::trash::bytes_on_disk;
use super::{Accepted, Checkpoints, Done, Event, Metrics, Notes, Outcome, Parent, RunError, Score, Verified};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// How a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RunStatus {
    /// All steps done.
    Finished,
    /// A person stopped it.
    Stopped,
    /// It could not go on.
    Failed,
    /// A process is writing it now.
    Running,
    /// It ended without saying so: a crash or a power cut.
    CutOff,
}

impl RunStatus {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
            Self::Running => "running",
            Self::CutOff => "cut off",
        }
    }
}

/// One run of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct RunEntry {
    /// Run folder.
    pub folder: PathBuf,
    /// Folder name.
    pub name: String,
    /// Seconds since 1970-01-01 UTC.
    pub started: u64,
    /// Name of the data set.
    pub data: String,
    /// Last step known.
    pub step: u64,
    /// How it stands.
    pub status: RunStatus,
    /// Best validation accuracy, 0 to 1.
    pub accuracy: Option<f64>,
    /// The best validation result, with its step.
    pub best: Option<Score>,
    /// Trainable numbers.
    pub parameters: u64,
    /// Names the data's content: runs with the same one were trained on the same data.
    pub fingerprint: String,
    /// What a person says about it.
    pub notes: Notes,
    /// Bytes on disk.
    pub bytes: u64,
    /// The run that it is a fork of.
    pub parent: Option<Parent>,
    /// How it was replayed and came out the same.
    pub verified: Option<Verified>,
}

/// The runs of a folder.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalogue {
    /// Newest first.
    pub runs: Vec<RunEntry>,
    /// Folders that look like runs but cannot be read, in words.
    pub problems: Vec<String>,
}

/// Lists the runs in `folder`. A folder that does not exist has none.
///
/// # Errors
/// [`RunError`] when the folder exists but cannot be read.
pub fn list_runs(folder: &Path) -> Result<Catalogue, RunError> {
    let mut catalogue = Catalogue::default();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(catalogue),
        Err(error) => return Err(RunError::read(folder, &error)),
    };
    for path in entries.flatten().map(|entry| entry.path()).filter(|path| is_run(path)) {
        match read_entry(&path) {
            Ok(entry) => {
                // Damaged notes hide no run.
                catalogue.problems.extend(Notes::read(&path).err().map(|error| error.to_string()));
                catalogue.runs.push(entry);
            }
            Err(error) => catalogue.problems.push(error.to_string()),
        }
    }
    catalogue.runs.sort_by(|a, b| b.started.cmp(&a.started).then_with(|| b.name.cmp(&a.name)));
    catalogue.problems.sort();
    Ok(catalogue)
}

/// Reads one run's line of the list.
///
/// # Errors
/// [`RunError`] when its log has no beginning.
pub fn read_entry(run: &Path) -> Result<RunEntry, RunError> {
    let log = run.join(EVENTS);
    let file = File::open(&log).map_err(|e| RunError::read(&log, &e))?;
    let Some(accepted) = read_head(&file) else {
        return not_begun(run).ok_or_else(|| {
            RunError::at(
                &log,
                "the run's first event is missing or damaged",
                "delete the folder if you do not need it",
            )
        });
    };
    let (step, done) = read_tail(file).map_err(|e| RunError::read(&log, &e))?;
    let status = match done.as_ref().map(|done| done.outcome) {
        Some(Outcome::Finished) => RunStatus::Finished,
        Some(Outcome::Stopped) => RunStatus::Stopped,
        Some(Outcome::Failed) => RunStatus::Failed,
        None => without_end(run),
    };
    let best = match done {
        Some(done) => done.best,
        None => best_saved(run),
    };
    Ok(RunEntry {
        folder: run.to_owned(),
        name: run.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        started: accepted.started,
        data: accepted.data.name,
        step,
        status,
        accuracy: best.as_ref().and_then(|best| best.metrics.get("accuracy").copied()),
        best,
        parameters: accepted.parameters,
        fingerprint: accepted.data.fingerprint,
        notes: Notes::read(run).unwrap_or_default(),
        bytes: bytes_on_disk(run),
        parent: Parent::read(run).unwrap_or_default(),
        verified: Verified::read(run),
    })
}

/// How a run stands that has not told its end.
fn without_end(run: &Path) -> RunStatus {
    if is_being_written(run) { RunStatus::Running } else { RunStatus::CutOff }
}

/// A run of which only the settings are there: its data was still being read.
fn not_begun(run: &Path) -> Option<RunEntry> {
    if fs::read(run.join(EVENTS)).ok()?.contains(&b'\n') {
        return None;
    }
    let written = fs::metadata(run.join(CONFIG)).ok()?.modified().ok()?;
    let source = read_run_config(run).ok()?.data.source;
    Some(RunEntry {
        folder: run.to_owned(),
        name: run.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        started: written.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs()),
        data: source,
        step: 0,
        status: without_end(run),
        accuracy: None,
        best: None,
        parameters: 0,
        fingerprint: String::new(),
        notes: Notes::read(run).unwrap_or_default(),
        bytes: bytes_on_disk(run),
        parent: Parent::read(run).unwrap_or_default(),
        verified: Verified::read(run),
    })
}

fn read_head(file: &File) -> Option<Accepted> {
    let mut line = Vec::new();
    // Sixteen million bytes hold the names of any number of classes that fits a screen.
    BufReader::new(file).take(1 << 24).read_until(b'\n', &mut line).ok()?;
    match serde_json::from_slice(&line).ok()? {
        Event::Accepted(accepted) => Some(*accepted),
        _ => None,
    }
}

/// Last step and, where the run has ended, its last event.
fn read_tail(mut file: File) -> std::io::Result<(u64, Option<Done>)> {
    let length = file.seek(SeekFrom::End(0))?;
    let mut size: u64 = 1 << 13;
    loop {
        let start = length.saturating_sub(size);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        (&mut file).take(size).read_to_end(&mut bytes)?;
        // The last piece is empty or torn; the first may lack its beginning and then does not parse.
        for line in bytes.split(|byte| *byte == b'\n').rev().skip(1) {
            match serde_json::from_slice(line) {
                Ok(Event::Done(done)) => return Ok((done.step, Some(*done))),
                Ok(Event::Step { step, .. }) => return Ok((step, None)),
                Ok(event) => {
                    // It goes on, whatever end it had before.
                    if let Some(goes_on) = event.goes_on() {
                        return Ok((goes_on.from_step, None));
                    }
                }
                Err(_) => {}
            }
        }
        if start == 0 {
            return Ok((0, None));
        }
        size *= 8;
    }
}

/// For runs without a last event: what the best checkpoint says of itself.
fn best_saved(run: &Path) -> Option<Score> {
    let state = fs::read(Checkpoints::of(run).best()?.join("state.json")).ok()?;
    let state: serde_json::Value = serde_json::from_slice(&state).ok()?;
    let best = state.get("best")?;
    serde_json::from_value(best.clone()).ok().or_else(|| {
        // An older or newer version may say less or more of it.
        let accuracy = best.get("accuracy")?.as_f64()?;
        let step =
            best.get("step").or_else(|| state.get("step")).and_then(serde_json::Value::as_u64).unwrap_or(0);
        Some(Score { step, samples: 0, metrics: Metrics::from([("accuracy".to_owned(), accuracy)]) })
    })
}

/// Where runs are kept unless said otherwise: `$ATTENTIVE_RUNS`, else the person's data folder.
pub fn default_runs_folder() -> PathBuf {
    if let Some(folder) = std::env::var_os("ATTENTIVE_RUNS").filter(|folder| !folder.is_empty()) {
        return PathBuf::from(folder);
    }
    directories::ProjectDirs::from("", "", "attentive")
        .map_or_else(|| PathBuf::from("runs"), |folders| folders.data_dir().join("runs"))
}

/// A fresh dated name in `parent` for a run on the data called `name`. Creates nothing.
pub fn new_run_folder(parent: &Path, name: &str) -> PathBuf {
    let mut short: String = name
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '-' })
        .take(40)
        .collect::<String>()
        .to_lowercase();
    short = short.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    let date = chrono::Local::now().format("%Y-%m-%d-%H%M%S");
    let base = if short.is_empty() { format!("{date}") } else { format!("{date}-{short}") };
    let mut path = parent.join(&base);
    let mut count = 2;
    while path.exists() {
        path = parent.join(format!("{base}-{count}"));
        count += 1;
    }
    path
}
