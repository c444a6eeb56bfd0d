//! Slow things that are no jobs of a worker: file dialogs, decoding a picture, reading run
//! folders. Each runs on a thread of its own and comes back as an Action; the window never
//! waits for one.

mod following;
mod run_files;

use super::workers::Waker;
use super::{picture, settings_files};
use crate::app::{Action, RunRow, SettingsFile};
use crate::data::FORMATS;
use crate::data::catalogue::PUBLIC_SETS;
use crate::language::{later, speak, spoken, tr, tr_dynamic};
use crate::runs::{self, Level, Parent, RunEntry};
use crossbeam_channel::{Receiver, Sender};
use std::path::{Path, PathBuf};

/// Where errands come back to.
pub struct Errands {
    sender: Sender<Action>,
    receiver: Receiver<Action>,
    waker: Waker,
    /// Dropped, it ends the following of a run.
    following: Option<Sender<()>>,
}

impl Errands {
    /// None is under way.
    pub fn new(waker: Waker) -> Self {
        let (sender, receiver) = crossbeam_channel::unbounded();
        Self { sender, receiver, waker, following: None }
    }

    /// What came back since the last call.
    pub fn drain(&self, actions: &mut Vec<Action>) {
        actions.extend(self.receiver.try_iter());
    }

    /// The system's dialog for a file. Cancelled or not available, it brings nothing: the path
    /// field and drag and drop are beside it.
    pub fn pick_file(&self) {
        self.run(later!("file dialog"), || {
            let endings: Vec<&str> = FORMATS.iter().flat_map(|f| f.extensions).copied().collect();
            let mut dialog = rfd::FileDialog::new().set_title(tr!("Open data"));
            if !endings.is_empty() {
                dialog = dialog.add_filter(tr!("Data"), &endings).add_filter(tr!("All files"), &["*"]);
            }
            dialog.pick_file().map(open_data)
        });
    }

    /// The system's dialog for a folder.
    pub fn pick_folder(&self) {
        self.run(later!("folder dialog"), || {
            rfd::FileDialog::new().set_title(tr!("Open a folder of data")).pick_folder().map(open_data)
        });
    }

    /// The system's dialog for a picture to be predicted.
    pub fn pick_picture(&self) {
        self.run(later!("picture dialog"), || {
            let dialog = rfd::FileDialog::new().set_title(tr!("Try a picture"));
            dialog.add_filter(tr!("Pictures"), picture::ENDINGS).pick_file().map(Action::TryImage)
        });
    }

    /// The system's dialog for a settings file.
    pub fn pick_settings_file(&self, wanted: SettingsFile, folder: PathBuf) {
        self.run(later!("file dialog"), move || {
            let title = match wanted {
                SettingsFile::Save => tr!("Save settings"),
                SettingsFile::Load => tr!("Load settings"),
            };
            let dialog = rfd::FileDialog::new().set_title(title).set_directory(folder);
            let dialog = dialog.add_filter(tr!("Settings"), &["toml"]);
            match wanted {
                // The dialog itself asks before it names a file that exists.
                SettingsFile::Save => dialog.save_file().map(|path| Action::SaveSettings(path, true)),
                SettingsFile::Load => dialog.pick_file().map(Action::LoadSettings),
            }
        });
    }

    /// Writes a settings file, aside and then renamed; its folder is made where it is missing.
    pub fn write_settings(&self, path: PathBuf, text: String, replace: bool) {
        self.run(later!("settings file"), move || {
            let result = settings_files::write(&path, &text, replace);
            Some(Action::SettingsSaved(path, result))
        });
    }

    /// Reads a settings file.
    pub fn read_settings(&self, path: PathBuf) {
        self.run(later!("settings file"), move || {
            let result = settings_files::read(&path);
            Some(Action::SettingsRead(path, result))
        });
    }

    /// Lists the settings files of a folder.
    pub fn list_settings(&self, folder: PathBuf) {
        self.run(later!("settings file"), move || {
            Some(Action::SettingsListed(settings_files::list(&folder)))
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

    /// Lists the runs of a folder, and what is in its trash.
    pub fn list_runs(&self, folder: PathBuf) {
        self.look_at_trash(folder.clone());
        self.run(later!("list of runs"), move || Some(list_runs(&folder)));
    }

    fn run(&self, name: &'static str, errand: impl FnOnce() -> Option<Action> + Send + 'static) {
        let failed = tr!("The {errand} failed; try again, or type the path.", errand = tr_dynamic(name));
        let (sender, waker, language) = (self.sender.clone(), self.waker.clone(), spoken());
        let started = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            speak(language);
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(errand));
            let action = result.unwrap_or(Some(Action::Tell(Level::Error, failed)));
            if let Some(action) = action
                && sender.send(action).is_ok()
            {
                waker();
            }
        });
        if let Err(error) = started {
            self.report(Action::Tell(Level::Error, tr!("cannot start a thread: {error}", error = error)));
        }
    }

    /// Says something at once.
    fn report(&self, action: Action) {
        // The receiver lives as long as the sender, so this send cannot fail.
        let _ = self.sender.send(action);
        (self.waker)();
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
    // The folder of runs may have been moved since.
    let there = |parent: &Parent| runs::is_run(&parent.folder) || runs::is_run(&folder.join(&parent.run));
    let row = |entry: RunEntry| RunRow {
        folder: entry.folder,
        name: entry.name,
        started: entry.started,
        data: entry.data,
        step: entry.step,
        status: entry.status.name().to_owned(),
        accuracy: entry.accuracy,
        parameters: entry.parameters,
        best_step: entry.best.as_ref().map(|best| best.step),
        best: entry.best.map(|best| best.metrics).unwrap_or_default(),
        fingerprint: entry.fingerprint,
        notes: entry.notes,
        bytes: entry.bytes,
        parent_is_there: entry.parent.as_ref().is_some_and(there),
        parent: entry.parent,
        verified: entry.verified,
    };
    Action::RunsListed(catalogue.runs.into_iter().map(row).collect())
}
