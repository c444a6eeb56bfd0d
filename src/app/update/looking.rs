//! The tokens of one text as the model would be given them: a job for the worker that looks
//! through data. It asks again only when sample, data or settings have changed.

use super::checking::{Basis, basis};
use crate::app::{Effect, State};
use crate::language::tr;
use crate::preprocess::{ModelViewRequest, Seen, SeenTokens};
use crate::train::Control;
use crate::worker::{Command, Job, JobId, WorkerEventKind};

/// What is known of the tokens of a text.
#[derive(Clone, Debug, Default)]
pub struct Looking {
    /// The job, while one is under way.
    pub job: Option<JobId>,
    /// What came of the last one.
    answer: Option<Result<SeenTokens, String>>,
    /// What was asked about last.
    asked: Option<(u32, Basis)>,
}

impl State {
    /// The tokens of a sample with the settings shown, or why there are none; `None` while it
    /// is not known.
    pub fn tokens_of(&self, sample: u32) -> Option<&Result<SeenTokens, String>> {
        self.looking.answer.as_ref().filter(|_| self.looking.asked == question(self, sample))
    }

    /// Whether the tokens of a sample have not been asked for.
    pub fn tokens_are_due(&self, sample: u32) -> bool {
        self.looking.asked != question(self, sample)
    }
}

fn question(state: &State, sample: u32) -> Option<(u32, Basis)> {
    Some((sample, basis(state)?))
}

/// Asks for the tokens of a sample; an older question is given up.
pub fn ask(state: &mut State, sample: u32) -> Vec<Effect> {
    let mut effects = Vec::new();
    if let Some(old) = state.looking.job.take() {
        effects.push(Effect::Checker(Command::Control(old, Control::Stop)));
    }
    let Some(data) = state.data.as_ref().map(|data| data.dataset.clone()) else { return effects };
    let job = state.next_job();
    state.looking = Looking { job: Some(job), answer: None, asked: question(state, sample) };
    let config = Box::new(state.config.clone());
    let request = ModelViewRequest { samples: vec![sample], epochs: 0..0 };
    effects.push(Effect::Checker(Command::Start(job, Job::ModelView { data, config, request })));
    effects
}

/// The worker says something about it.
pub fn report(state: &mut State, kind: WorkerEventKind) -> Vec<Effect> {
    match kind {
        WorkerEventKind::ModelView(view) => {
            let sample = state.looking.asked.as_ref().map_or(0, |(sample, _)| *sample);
            let seen = view.samples.iter().find(|view| view.sample == sample).map(|view| &view.seen);
            state.looking.answer = Some(match seen {
                Some(Seen::Tokens(seen)) => Ok(seen.clone()),
                _ => Err(tr!("There is no text number {sample} in the open data.", sample = sample)),
            });
        }
        WorkerEventKind::Ended(result) => {
            state.looking.job = None;
            if let Err(reason) = result {
                state.looking.answer = Some(Err(reason));
            }
        }
        _ => {}
    }
    Vec::new()
}
