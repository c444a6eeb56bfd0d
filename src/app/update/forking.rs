//! Forking a run: which checkpoint, which settings are other ones, and what would be refused for
//! it, before anything is written. The trainer writes the new run's folder; then that run is
//! opened and resumed like any other that was cut off, with its parent beside it in the charts.

use super::{keeping, resuming, tell_notice};
use crate::app::{Activity, Effect, State};
use crate::config::{RunConfig, SETTINGS, Scope, Setting, Value, setting};
use crate::data::Modality;
use crate::language::{tr, tr_dynamic};
use crate::runs::{Level, new_run_folder};
use crate::train::{ForkJob, ForkPoint, Forkable, why_not_in_fork};
use crate::worker::{Command, Job, JobId, WorkerEventKind};
use std::path::{Path, PathBuf};

/// Longest name that a fork gets by itself, in characters.
const NAME: usize = 60;

/// What a person does about a fork.
#[derive(Clone, Debug)]
pub enum ForkWish {
    /// Prepare a fork of this run.
    Of(PathBuf),
    /// Prepare a fork of the run shown.
    OfShown,
    /// Its checkpoints were read.
    Read(PathBuf, Result<Vec<Forkable>, String>),
    /// From the checkpoint of this step.
    Point(u64),
    /// What the fork is called; empty for a name by its changes.
    Name(String),
    /// With another value of a setting.
    Change(&'static str, Value),
    /// A setting stays as it is.
    Keep(&'static str),
    /// With all that is different in the Settings panel, except which data it is.
    TakeSettings,
    /// Without the changes that a fork cannot have.
    KeepWhatMust,
    /// Create it and train it.
    Start,
    /// No fork after all.
    Close,
}

/// A fork that is being prepared.
#[derive(Clone, Debug, Default)]
pub struct Forking {
    /// Folder of the run to be forked.
    pub run: PathBuf,
    /// Its checkpoints, newest first; empty while they are being read.
    pub points: Vec<Forkable>,
    /// The step of the chosen one.
    pub step: u64,
    /// What the fork is to be called; empty for a name by its changes.
    pub name: String,
    /// Settings with other values, in the order in which they were chosen.
    pub changes: Vec<(&'static str, Value)>,
    /// Changes that a fork cannot have, as (key, why).
    pub refused: Vec<(&'static str, String)>,
    /// Why it cannot be created as it is.
    pub problem: Option<String>,
    /// The trainer's job that creates it, and the folder.
    pub job: Option<(JobId, PathBuf)>,
}

impl Forking {
    /// The chosen checkpoint.
    pub fn point(&self) -> Option<&Forkable> {
        self.points.iter().find(|point| point.step == self.step)
    }

    /// Settings that a fork may have other values of, and that matter for the data.
    pub fn choices(&self) -> impl Iterator<Item = &'static Setting> {
        let modality = self.point().map(|point| point.modality);
        let matters = move |row: &&Setting| match (row.scope, modality) {
            (Scope::Image, Some(Modality::Text)) | (Scope::Text, Some(Modality::Image)) => false,
            _ => why_not_in_fork(row).is_none(),
        };
        let changed: Vec<&str> = self.changes.iter().map(|(key, _)| *key).collect();
        SETTINGS.iter().filter(matters).filter(move |row| !changed.contains(&row.key))
    }

    /// What the fork is called unless a person says otherwise: by what is different.
    pub fn usual_name(&self) -> String {
        let label =
            |key: &str| setting(key).map_or_else(|_| key.to_owned(), |s| tr_dynamic(s.label).to_owned());
        let then = |key: &str| Some((setting(key).ok()?.get)(&self.point()?.settings));
        let changed = self.changes.iter().filter(|(key, value)| then(key).as_ref() != Some(value));
        let parts: Vec<String> = changed.map(|(key, value)| format!("{} {value}", label(key))).collect();
        if parts.is_empty() {
            return tr!("from step {step}", step = self.step);
        }
        let name = parts.join(", ");
        match name.char_indices().nth(NAME) {
            Some((end, _)) => format!("{}…", name[..end].trim_end()),
            None => name,
        }
    }

    /// Says anew what would be refused.
    pub fn check(&mut self) {
        let Some(point) = self.points.iter().find(|point| point.step == self.step) else {
            return;
        };
        let refusal = |(key, value): &(&'static str, Value)| {
            point.check_one(key, value).err().map(|error| (*key, error.to_string()))
        };
        self.refused = self.changes.iter().filter_map(refusal).collect();
        self.problem = point.check(&owned(&self.changes)).err().map(|error| error.to_string());
    }
}

fn owned(changes: &[(&'static str, Value)]) -> Vec<(String, Value)> {
    changes.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect()
}

impl State {
    /// Why a prepared fork cannot be created now; `None` when it can.
    pub fn why_not_fork(&self) -> Option<String> {
        let forking = self.forking.as_ref()?;
        if forking.points.is_empty() {
            return Some(tr!("The checkpoints are being read.").to_owned());
        }
        self.why_busy().or_else(|| forking.problem.clone())
    }
}

/// A person wishes something about a fork.
pub fn wish(state: &mut State, wish: ForkWish) -> Vec<Effect> {
    match wish {
        ForkWish::Of(folder) => return open(state, folder),
        ForkWish::OfShown => {
            let shown = state.run.as_ref().filter(|run| run.accepted.is_some()).map(|run| run.folder.clone());
            return match shown {
                Some(folder) => open(state, folder),
                None => {
                    state.tell(Level::Warning, tr!("Open a run first, in the Runs panel."));
                    Vec::new()
                }
            };
        }
        ForkWish::Read(folder, result) => {
            read(state, &folder, result);
            return Vec::new();
        }
        ForkWish::Start => return start(state),
        _ => {}
    }
    let settings = state.config.clone();
    // What is being created is not changed any more.
    let Some(forking) = state.forking.as_mut().filter(|forking| forking.job.is_none()) else {
        return Vec::new();
    };
    match wish {
        ForkWish::Point(step) => forking.step = step,
        ForkWish::Name(name) => forking.name = name,
        ForkWish::Change(key, value) => change(forking, key, value),
        ForkWish::Keep(key) => forking.changes.retain(|(changed, _)| *changed != key),
        ForkWish::TakeSettings => take(forking, &settings),
        ForkWish::KeepWhatMust => {
            let refused = std::mem::take(&mut forking.refused);
            forking.changes.retain(|(key, _)| refused.iter().all(|(other, _)| other != key));
        }
        ForkWish::Close => {
            state.forking = None;
            return Vec::new();
        }
        ForkWish::Of(_) | ForkWish::OfShown | ForkWish::Read(..) | ForkWish::Start => {}
    }
    forking.check();
    Vec::new()
}

fn change(forking: &mut Forking, key: &'static str, value: Value) {
    match forking.changes.iter_mut().find(|(changed, _)| *changed == key) {
        Some((_, old)) => *old = value,
        None => forking.changes.push((key, value)),
    }
}

/// All that the Settings panel has other values of; the data stays the run's own.
fn take(forking: &mut Forking, settings: &RunConfig) {
    let Some(point) = forking.point().cloned() else { return };
    forking.changes.clear();
    for row in SETTINGS.iter().filter(|row| row.section() != "data") {
        let (then, now) = ((row.get)(&point.settings), (row.get)(settings));
        let idle = matches!(
            (row.scope, point.modality),
            (Scope::Image, Modality::Text) | (Scope::Text, Modality::Image)
        );
        if then != now && !idle {
            forking.changes.push((row.key, now));
        }
    }
}

fn open(state: &mut State, folder: PathBuf) -> Vec<Effect> {
    if state.forking.as_ref().is_some_and(|forking| forking.job.is_some()) {
        return Vec::new();
    }
    state.forking = Some(Forking { run: folder.clone(), ..Forking::default() });
    vec![Effect::ReadForkable(folder)]
}

fn read(state: &mut State, folder: &Path, result: Result<Vec<Forkable>, String>) {
    let Some(forking) = state.forking.as_mut().filter(|forking| forking.run == folder) else { return };
    match result {
        Ok(points) => {
            // The newest that leaves something to do; what comes after the end needs another plan.
            let first = points.iter().find(|point| point.check(&[]).is_ok()).or(points.first());
            forking.step = first.map_or(0, |point| point.step);
            forking.points = points;
            forking.check();
        }
        Err(reason) => {
            state.forking = None;
            state.tell(Level::Error, reason);
        }
    }
}

fn start(state: &mut State) -> Vec<Effect> {
    if state.forking.as_ref().is_none_or(|forking| forking.job.is_some()) {
        return Vec::new();
    }
    if let Some(reason) = state.why_not_fork() {
        state.tell(Level::Warning, reason);
        return Vec::new();
    }
    let job = state.next_job();
    let folder = new_run_folder(&state.runs_folder, "fork");
    let Some(forking) = &mut state.forking else { return Vec::new() };
    let name = forking.name.trim();
    let fork = ForkJob {
        run: forking.run.clone(),
        point: ForkPoint::Step(forking.step),
        changes: owned(&forking.changes),
        folder: folder.clone(),
        name: if name.is_empty() { forking.usual_name() } else { name.to_owned() },
    };
    forking.job = Some((job, folder));
    state.activity = Activity::Starting(job);
    state.notice = None;
    vec![Effect::Trainer(Command::Start(job, Job::Fork(fork)))]
}

/// The trainer says something about the folder of a fork.
pub fn report(state: &mut State, kind: WorkerEventKind) -> Vec<Effect> {
    tell_notice(state, &kind);
    let WorkerEventKind::Ended(result) = kind else { return Vec::new() };
    let stopped = matches!(state.activity, Activity::Stopping(_));
    state.activity = Activity::Idle;
    let Some(forking) = &mut state.forking else { return Vec::new() };
    let Some((_, folder)) = forking.job.take() else { return Vec::new() };
    if let Err(reason) = result {
        // The dialog stays as it was filled in.
        forking.problem = Some(reason.clone());
        state.tell(Level::Error, reason);
        return Vec::new();
    }
    let (parent, step) = (forking.run.clone(), forking.step);
    state.forking = None;
    let name = state.title_of(&parent);
    state.tell(Level::Info, tr!("A fork of {run} at step {step} was created.", run = name, step = step));
    let mut effects = vec![Effect::ListRuns];
    effects.extend(keeping::overlay(state, parent, true));
    if stopped {
        state.tell(
            Level::Info,
            tr!("It was not trained, because you stopped it; resume it in the Runs panel."),
        );
    } else {
        effects.extend(resuming::resume(state, folder));
    }
    effects
}
