//! Reading a run and, as long as another process trains it, what that one adds: the new bytes of
//! its log alone, twice a second, on a thread of its own. The window is woken only by news.

use super::Errands;
use crate::app::{Action, News, merge_predictions};
use crate::data::Split;
use crate::language::later;
use crate::runs::{Event, Followed, Follower, Level, PredictionTable, Standing, standing};
use crossbeam_channel::{RecvTimeoutError, TryRecvError, bounded};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Time between two looks at the log.
const EVERY: Duration = Duration::from_millis(500);

impl Errands {
    /// Reads a run and follows it; what was followed before is so no longer.
    pub fn load_run(&mut self, folder: PathBuf) {
        let (keep, stopped) = bounded::<()>(0);
        self.following = Some(keep);
        let (sender, waker) = (self.sender.clone(), self.waker.clone());
        self.run(later!("run"), move || {
            let mut follower = Follower::of(&folder);
            // The receiver may be gone with the window; then nobody is left to be told.
            let tell = |action| {
                let there = sender.send(action).is_ok();
                waker();
                there
            };
            let followed = match follower.look() {
                Ok(followed) => followed,
                Err(error) => return Some(Action::RunLoaded(folder, Err(error.to_string()))),
            };
            let going = followed.standing == Standing::Going;
            let loaded = shown(&folder, followed);
            if !going {
                return Some(Action::RunLoaded(folder, loaded));
            }
            let begun = News { events: Vec::new(), predictions: None, going };
            tell(Action::RunFollowed(folder.clone(), begun));
            tell(Action::RunLoaded(folder.clone(), loaded));
            while stopped.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                let news = look(&mut follower);
                if stopped.try_recv() == Err(TryRecvError::Disconnected) {
                    break;
                }
                let going = news.going;
                let new = !news.events.is_empty() || !going;
                if (new && !tell(Action::RunFollowed(folder.clone(), news))) || !going {
                    break;
                }
            }
            None
        });
    }

    /// Follows no run any longer.
    pub fn stop_following(&mut self) {
        self.following = None;
    }
}

/// What is shown of a run: the events that stand, and its predictions.
type Shown = (Vec<Event>, Option<Arc<PredictionTable>>);

/// Reads a run once.
pub(super) fn load_run(folder: &Path) -> Result<Shown, String> {
    shown(folder, Follower::of(folder).look().map_err(|error| error.to_string())?)
}

/// Predictions of evaluations that no longer stand are not the run's.
fn shown(folder: &Path, followed: Followed) -> Result<Shown, String> {
    let mut events = standing(followed.events);
    events.extend(followed.problems.into_iter().map(warning));
    let table = predictions(folder, &events)?;
    Ok((events, table))
}

fn warning(text: String) -> Event {
    Event::Notice { level: Level::Warning, text }
}

/// What the log has gained. A run that cannot be read any more is followed no longer.
fn look(follower: &mut Follower) -> News {
    match follower.look() {
        Ok(followed) => {
            // A file that is gone by now was replaced by that of a newer evaluation.
            let predictions = predictions(follower.run(), &followed.events).unwrap_or(None);
            let mut events = followed.events;
            events.extend(followed.problems.into_iter().map(warning));
            News { events, predictions, going: followed.standing == Standing::Going }
        }
        Err(error) => News { events: vec![warning(error.to_string())], predictions: None, going: false },
    }
}

/// Of each split the newest predictions that were kept.
fn predictions(folder: &Path, events: &[Event]) -> Result<Option<Arc<PredictionTable>>, String> {
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
    Ok(table)
}
