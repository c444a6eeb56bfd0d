//! Slow things that are no jobs of a worker: file dialogs, decoding a picture, reading run
//! folders. Each runs on a thread of its own and comes back as an Action; the window never
//! waits for one.

use super::picture;
use super::workers::Waker;
use crate::app::{Action, RunRow, merge_predictions};
use crate::data::catalogue::PUBLIC_SETS;
use crate::data::{FORMATS, Split};
use crate::language::{later, tr, tr_dynamic};
use crate::runs::{self, Event, Level, PredictionTable, RunEntry};
use crossbeam_channel::{Receiver, Sender};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where errands come back to.
pub struct Errands {
    sender: Sender<Action>,
    receiver: Receiver<Action>,
    waker: Waker,
}

impl Errands {
    /// None is under way.
    pub fn new(waker: Waker) -> Self {
        let (sender, receiver) = crossbeam_channel::unbounded();
        Self { sender, receiver, waker }
    }

    /// What came back since the last call.
    pub fn drain(&self, actions: &mut Vec<Action>) {
        actions.extend(self.receiver.try_iter());
    }

    /// The system's dialog for a file. Cancelled or not available, it brings nothing: the path
    /// field and drag and drop are beside it.
    pub fn pick_file(&self) {
        // The dialog's thread speaks no language: the words are chosen here.
        let (title, data, all) = (tr!("Open data"), tr!("Data"), tr!("All files"));
        self.run(later!("file dialog"), move || {
            let endings: Vec<&str> = FORMATS.iter().flat_map(|f| f.extensions).copied().collect();
            let mut dialog = rfd::FileDialog::new().set_title(title);
            if !endings.is_empty() {
                dialog = dialog.add_filter(data, &endings).add_filter(all, &["*"]);
            }
            dialog.pick_file().map(open_data)
        });
    }

    /// The system's dialog for a folder.
    pub fn pick_folder(&self) {
        let title = tr!("Open a folder of data");
        self.run(later!("folder dialog"), move || {
            rfd::FileDialog::new().set_title(title).pick_folder().map(open_data)
        });
    }

    /// The system's dialog for a picture to be predicted.
    pub fn pick_picture(&self) {
        let (title, pictures) = (tr!("Try a picture"), tr!("Pictures"));
        self.run(later!("picture dialog"), move || {
            let dialog = rfd::FileDialog::new().set_title(title);
            dialog.add_filter(pictures, picture::ENDINGS).pick_file().map(Action::TryImage)
        });
    }

    /// Decodes a picture.
    pub fn read_picture(&self, path: PathBuf) {
        self.run(later!("picture"), move || {
            let picture = picture::read(&path);
            Some(Action::PictureRead(path, picture))
        });
    }

    /// Looks which public data sets are in a folder.
    pub fn list_public(&self, folder: PathBuf) {
        self.run(later!("list of public data sets"), move || {
            let there = PUBLIC_SETS.iter().filter(|set| set.is_fetched(&folder));
            Some(Action::PublicListed(there.map(|set| set.name).collect()))
        });
    }

    /// Lists the runs of a folder.
    pub fn list_runs(&self, folder: PathBuf) {
        self.run(later!("list of runs"), move || Some(list_runs(&folder)));
    }

    /// Reads a run.
    pub fn load_run(&self, folder: PathBuf) {
        self.run(later!("run"), move || {
            let loaded = load_run(&folder);
            Some(Action::RunLoaded(folder, loaded))
        });
    }

    fn run(&self, name: &'static str, errand: impl FnOnce() -> Option<Action> + Send + 'static) {
        let failed = tr!("The {errand} failed; try again, or type the path.", errand = tr_dynamic(name));
        let (sender, waker) = (self.sender.clone(), self.waker.clone());
        let started = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(errand));
            let action = result.unwrap_or(Some(Action::Tell(Level::Error, failed)));
            if let Some(action) = action
                && sender.send(action).is_ok()
            {
                waker();
            }
        });
        if let Err(error) = started {
            // The receiver lives as long as the sender, so this send cannot fail.
            let _ = self
                .sender
                .send(Action::Tell(Level::Error, tr!("cannot start a thread: {error}", error = error)));
        }
    }
}

fn open_data(path: PathBuf) -> Action {
    Action::OpenData(path.to_string_lossy().into_owned())
}

fn list_runs(folder: &Path) -> Action {
    let catalogue = match runs::list_runs(folder) {
        Ok(catalogue) => catalogue,
        Err(error) => return Action::Tell(Level::Error, error.to_string()),
    };
    let row = |entry: RunEntry| RunRow {
        folder: entry.folder,
        name: entry.name,
        started: entry.started,
        data: entry.data,
        step: entry.step,
        status: entry.status.name().to_owned(),
        accuracy: entry.accuracy,
        parameters: entry.parameters,
    };
    Action::RunsListed(catalogue.runs.into_iter().map(row).collect())
}

/// All events, and of each split the newest predictions that were kept.
fn load_run(folder: &Path) -> Result<(Vec<Event>, Option<Arc<PredictionTable>>), String> {
    let (mut events, problems) = runs::read_run(folder).map_err(|e| e.to_string())?;
    events.extend(problems.into_iter().map(|text| Event::Notice { level: Level::Warning, text }));
    let mut table: Option<Arc<PredictionTable>> = None;
    let mut seen: Vec<Split> = Vec::new();
    for event in events.iter().rev() {
        let Event::Evaluation(evaluation) = event else { continue };
        let file = evaluation.predictions.as_ref().map(|name| folder.join(name));
        let Some(file) = file.filter(|file| file.is_file() && !seen.contains(&evaluation.split)) else {
            continue;
        };
        seen.push(evaluation.split);
        let older = Arc::new(PredictionTable::read_parquet(&file).map_err(|e| e.to_string())?);
        table = Some(match table {
            Some(newer) => merge_predictions(&older, &newer),
            None => older,
        });
    }
    Ok((events, table))
}
