//! What can be wrong with a run folder: each message names the path, the cause and a remedy.

use super::folder::is_run;
use super::room::{in_words, what_could_go};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// An error about something on disk; the text is meant for the person whose run it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {cause}; {remedy}", path.display())]
pub struct RunError {
    /// File or folder.
    pub path: PathBuf,
    /// What is wrong.
    pub cause: String,
    /// What to do.
    pub remedy: String,
    /// Whether the disk is full: trying again does not help before there is room.
    pub full: bool,
}

impl RunError {
    /// An error about a file or folder.
    pub fn at(path: &Path, cause: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { path: path.to_owned(), cause: cause.into(), remedy: remedy.into(), full: false }
    }

    /// The system would not write.
    pub(super) fn write(path: &Path, error: &io::Error) -> Self {
        let folder = path.parent().unwrap_or(path);
        let cause = format!("cannot write: {error}");
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                let run = path.ancestors().find(|folder| is_run(folder));
                let remedy = run.map_or_else(|| before_it_began(folder), in_midst);
                Self { full: true, ..Self::at(path, format!("the disk is full ({error})"), remedy) }
            }
            ErrorKind::NotFound if !folder.as_os_str().is_empty() && !folder.exists() => Self::at(
                path,
                format!("cannot write: the folder {} is not there", folder.display()),
                "look whether it was deleted, moved or renamed; put it back where it was, then try again \
                 (a run is resumed)",
            ),
            _ => Self::at(
                path,
                cause,
                "check that the folder still exists, is writable and that the disk is not full",
            ),
        }
    }

    /// There is too little room for what is to be saved in a run; `begun` if there is something
    /// to go on with.
    pub(super) fn no_room(run: &Path, needed: u64, free: u64, begun: bool) -> Self {
        let cause = format!(
            "the disk is too full: a checkpoint and what comes with it need {}, and {} are free",
            in_words(needed),
            in_words(free)
        );
        let remedy = if begun { in_midst(run) } else { before_it_began(run) };
        Self { full: true, ..Self::at(run, cause, remedy) }
    }

    /// The same about a run that could not begin, in this folder: there is nothing to resume.
    pub(super) fn of_new_run(self, run: &Path) -> Self {
        if self.full { Self { remedy: before_it_began(run), ..self } } else { self }
    }

    /// The system would not read.
    pub(super) fn read(path: &Path, error: &io::Error) -> Self {
        Self::at(path, format!("cannot read: {error}"), "check the path and its permissions")
    }
}

fn before_it_began(run: &Path) -> String {
    format!(
        "choose a folder on another disk (for runs: --run, or ATTENTIVE_RUNS for all of them), or make room, for \
         example by deleting old runs and emptying their trash{}",
        what_could_go(run)
    )
}

fn in_midst(run: &Path) -> String {
    format!(
        "what was saved before is whole: make room, for example by deleting old runs and emptying their trash{}, \
         then resume the run: attentive resume {}",
        what_could_go(run),
        run.display()
    )
}
