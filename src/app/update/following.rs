//! The run shown is trained by another process: what that one writes is taken into the view, as
//! the events of a live run are. When it dies the run is offered to be resumed.

use super::{reopening, running};
use crate::app::{Effect, News, State};
use crate::language::tr;
use crate::runs::{Event, Level};
use std::path::Path;

/// The log of a followed run has gained something, or its process has ended.
pub fn news(state: &mut State, folder: &Path, news: News) -> Vec<Effect> {
    if state.loading_run.as_deref() == Some(folder) {
        // Comes before what was read: from now on it is not this window's to steer.
        state.followed = news.going.then(|| folder.to_owned());
        return Vec::new();
    }
    if !state.follows(folder) {
        if state.followed.as_deref() == Some(folder) {
            state.followed = None;
        }
        return vec![Effect::StopFollowing];
    }
    let mut effects = Vec::new();
    for event in &news.events {
        let Some(run) = &mut state.run else { break };
        run.apply(event);
        // The folder may have been moved since the run.
        run.folder = folder.to_owned();
        running::tell(state, event);
        match event {
            Event::Notice { level, text } => state.tell(*level, text.clone()),
            Event::Accepted(_) => {
                if let Some(run) = state.run.take() {
                    effects.extend(reopening::open_data_of(state, &run));
                    state.run = Some(run);
                }
            }
            _ => {}
        }
    }
    if let (Some(table), Some(run)) = (news.predictions, &mut state.run) {
        running::take_predictions(run, Some(&mut state.selected_prediction), table);
    }
    if !news.going {
        state.followed = None;
        effects.push(Effect::ListRuns);
        cut_off(state, folder);
    }
    effects
}

/// The other process is gone: a run that told no end was cut off.
fn cut_off(state: &mut State, folder: &Path) {
    let Some(run) = state.run.as_ref().filter(|run| run.done.is_none()) else { return };
    let text = tr!(
        "The process that trained {run} is gone; it was cut off at step {step}.",
        run = state.title_of(folder),
        step = run.step
    );
    state.tell(Level::Info, text);
    state.offer = Some(folder.to_owned());
}
