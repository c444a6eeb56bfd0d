//! Following a run that another process writes: what its log has gained, and whether anybody
//! still writes it. It only looks; the run is the other's.

use super::folder::is_being_written;
use super::{Event, Outcome, RunError, read_run_from};
use std::path::{Path, PathBuf};

/// Reads a run's log as it grows.
#[derive(Clone, Debug)]
pub struct Follower {
    run: PathBuf,
    offset: u64,
    /// How the last sitting that was read ended.
    ended: Option<Outcome>,
}

/// How a followed run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Some process writes it.
    Going,
    /// It has told its end.
    Ended(Outcome),
    /// Nobody writes it and it has told no end.
    CutOff,
}

/// What came since the last look.
#[derive(Clone, Debug, PartialEq)]
pub struct Followed {
    /// Whole events, in order.
    pub events: Vec<Event>,
    /// Damaged lines that were skipped, in words.
    pub problems: Vec<String>,
    /// How the run stands, these events included.
    pub standing: Standing,
}

impl Follower {
    /// From the beginning of the log on.
    pub fn of(run: &Path) -> Self {
        Self { run: run.to_owned(), offset: 0, ended: None }
    }

    /// The run's folder.
    pub fn run(&self) -> &Path {
        &self.run
    }

    /// Reads what is new, and no byte twice. A line that is half there is left for the next time.
    ///
    /// # Errors
    /// [`RunError`] when the folder is not a run, or no longer there.
    pub fn look(&mut self) -> Result<Followed, RunError> {
        // Asked before the log is read: who has let go of the run writes nothing more.
        let going = is_being_written(&self.run);
        let part = read_run_from(&self.run, self.offset)?;
        self.offset = part.offset;
        for event in &part.events {
            match event {
                Event::Done(done) => self.ended = Some(done.outcome),
                event if event.goes_on().is_some() => self.ended = None,
                _ => {}
            }
        }
        let standing = match self.ended {
            _ if going => Standing::Going,
            Some(outcome) => Standing::Ended(outcome),
            None => Standing::CutOff,
        };
        Ok(Followed { events: part.events, problems: part.problems, standing })
    }
}
