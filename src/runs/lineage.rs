//! Where a run comes from: a fork names the run and the checkpoint that it went on from, in
//! `parent.json`, and has copies of all that it needs, so that the parent may be deleted. The
//! folder of a fork appears whole or not at all. It does not know what is in a checkpoint.

use super::aside::write_aside;
use super::{Checkpoints, Event, Notes, RunError, RunFolder};
use crate::config::RunConfig;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

const PARENT: &str = "parent.json";
/// Forks are put together in a folder of this name beside the runs.
const FORKING: &str = ".forking";

/// The run and the checkpoint that a fork went on from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// Name of the run's folder.
    pub run: String,
    /// The folder as it was then.
    pub folder: PathBuf,
    /// Step of the checkpoint.
    pub step: u64,
    /// BLAKE3 of its `state.json`, which vouches for its other files, hexadecimal.
    pub checkpoint: String,
}

impl Parent {
    /// Reads a run's parent; `None` for a run that is no fork.
    ///
    /// # Errors
    /// [`RunError`] when the file is there and cannot be read.
    pub fn read(run: &Path) -> Result<Option<Self>, RunError> {
        let path = run.join(PARENT);
        let bytes = match fs::read(&path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|e| RunError::read(&path, &e))?,
        };
        serde_json::from_slice(&bytes).map(Some).map_err(|e| {
            RunError::at(
                &path,
                format!("damaged: {e}"),
                "delete it: the run is then shown without its parent",
            )
        })
    }
}

/// Files with their names; one that vouches for the others comes last.
pub type Named = Vec<(String, Vec<u8>)>;

/// What a fork begins with.
#[derive(Debug)]
pub struct Fork<'a> {
    /// All settings, the changed ones included.
    pub config: &'a RunConfig,
    /// Where it comes from.
    pub parent: &'a Parent,
    /// The log so far.
    pub events: &'a [Event],
    /// Files of the parent to be copied, relative to it.
    pub files: &'a [String],
    /// Checkpoints: step, and the files with their names.
    pub checkpoints: &'a [(u64, Named)],
    /// Which of them is the best.
    pub best: Option<u64>,
    /// What the run is called; empty for the name of its folder.
    pub name: &'a str,
}

impl Fork<'_> {
    /// Writes the folder `to`; it has its name only when all of it is on disk.
    ///
    /// # Errors
    /// [`RunError`] when there is something already or it cannot be written; nothing is left then.
    pub fn write(&self, to: &Path) -> Result<(), RunError> {
        if to.exists() {
            return Err(RunError::at(to, "there is something of this name already", "choose another folder"));
        }
        let to = std::path::absolute(to).unwrap_or_else(|_| to.to_owned());
        let (Some(parent), Some(name)) = (to.parent(), to.file_name()) else {
            return Err(RunError::at(&to, "this is no name for a folder", "choose another folder"));
        };
        let forking = parent.join(FORKING);
        let aside = forking.join(name);
        if aside.exists() {
            // A crash left it; nobody has seen it.
            fs::remove_dir_all(&aside).map_err(|e| RunError::write(&aside, &e))?;
        }
        let mut folder = RunFolder::create(&aside, self.config)?;
        if let Err(error) = self.fill(&mut folder) {
            folder.abandon();
            let _ = fs::remove_dir(&forking);
            return Err(error.of_new_run(&to));
        }
        drop(folder);
        let named = fs::rename(&aside, &to).map_err(|e| RunError::write(&to, &e));
        // Another fork may be put together there.
        let _ = fs::remove_dir(&forking);
        named
    }

    fn fill(&self, folder: &mut RunFolder) -> Result<(), RunError> {
        let path = folder.path().to_owned();
        let bytes = self.checkpoints.iter().flat_map(|(_, files)| files).map(|(_, bytes)| bytes.len() as u64);
        folder.check_room(bytes.sum())?;
        for file in self.files {
            let from = self.parent.folder.join(file);
            let bytes = fs::read(&from).map_err(|e| RunError::read(&from, &e))?;
            write_aside(&path.join(file), &bytes)?;
        }
        let checkpoints = Checkpoints::of(&path);
        for (step, files) in self.checkpoints {
            let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (&**name, &**bytes)).collect();
            checkpoints.save(*step, &files)?;
        }
        if let Some(best) = self.best {
            checkpoints.set_best(best)?;
        }
        let json = serde_json::to_vec_pretty(self.parent);
        write_aside(&path.join(PARENT), &json.map_err(|e| RunError::write(&path, &e.into()))?)?;
        if !self.name.is_empty() {
            Notes { name: self.name.to_owned(), ..Notes::default() }.write(&path)?;
        }
        self.events.iter().try_for_each(|event| folder.append(event))?;
        folder.sync()
    }
}
