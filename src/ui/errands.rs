//! Slow things that are no jobs of a worker: file dialogs, decoding a picture, reading run
//! folders. Each runs on a thread of its own and comes back as an Action; the window never
//! waits for one.

use super::picture;
use super::workers::Waker;
use crate::app::{Action, RunRow};
use crate::data::FORMATS;
use crate::runs::Level;
use crossbeam_channel::{Receiver, Sender};
use std::path::{Path, PathBuf};

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
        self.run("file dialog", || {
            let endings: Vec<&str> = FORMATS.iter().flat_map(|f| f.extensions).copied().collect();
            let mut dialog = rfd::FileDialog::new().set_title("Open data");
            if !endings.is_empty() {
                dialog = dialog.add_filter("Data", &endings).add_filter("All files", &["*"]);
            }
            dialog.pick_file().map(open_data)
        });
    }

    /// The system's dialog for a folder.
    pub fn pick_folder(&self) {
        self.run("folder dialog", || {
            rfd::FileDialog::new().set_title("Open a folder of data").pick_folder().map(open_data)
        });
    }

    /// The system's dialog for a picture to be predicted.
    pub fn pick_picture(&self) {
        self.run("picture dialog", || {
            let dialog = rfd::FileDialog::new().set_title("Try a picture");
            dialog.add_filter("Pictures", picture::ENDINGS).pick_file().map(Action::TryImage)
        });
    }

    /// Decodes a picture.
    pub fn read_picture(&self, path: PathBuf) {
        self.run("picture", move || {
            let picture = picture::read(&path);
            Some(Action::PictureRead(path, picture))
        });
    }

    /// Lists the runs of a folder.
    pub fn list_runs(&self, folder: PathBuf) {
        self.run("list of runs", move || Some(Action::RunsListed(list_runs(&folder))));
    }

    /// Reads a run.
    pub fn load_run(&self, folder: PathBuf) {
        self.run("run", move || {
            let loaded = load_run(&folder);
            Some(Action::RunLoaded(folder, loaded))
        });
    }

    fn run(&self, name: &'static str, errand: impl FnOnce() -> Option<Action> + Send + 'static) {
        let (sender, waker) = (self.sender.clone(), self.waker.clone());
        let started = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(errand));
            let action = result.unwrap_or_else(|_| {
                Some(Action::Tell(Level::Error, format!("The {name} failed; try again, or type the path.")))
            });
            if let Some(action) = action
                && sender.send(action).is_ok()
            {
                waker();
            }
        });
        if let Err(error) = started {
            // The receiver lives as long as the sender, so this send cannot fail.
            let _ = self.sender.send(Action::Tell(Level::Error, format!("cannot start a thread: {error}")));
        }
    }
}

fn open_data(path: PathBuf) -> Action {
    Action::OpenData(path.to_string_lossy().into_owned())
}

fn list_runs(folder: &Path) -> Vec<RunRow> {
    let _ = folder;
    Vec::new()
}

type Loaded = (Vec<crate::runs::Event>, Option<std::sync::Arc<crate::runs::PredictionTable>>);

fn load_run(folder: &Path) -> Result<Loaded, String> {
    Err(format!("{}: cannot be read", folder.display()))
}
