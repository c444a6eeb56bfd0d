//! What the model would be given with the settings shown: a job for the reader. One is
//! under way at a time; what changes meanwhile is asked about when it has ended.

use crate::app::{Effect, State};
use crate::config::RunConfig;
use crate::data::{Dataset, Split};
use crate::preprocess::{ModelView, ModelViewRequest};
use crate::train::Control;
use crate::worker::{Command, Job, JobId, WorkerEventKind};
use std::sync::Arc;

/// Samples shown at a time.
const SAMPLES: usize = 4;
/// Epochs shown at a time.
pub const EPOCHS: u64 = 4;

/// What is known of the preview.
#[derive(Clone, Debug, Default)]
pub struct ModelViewing {
    /// The reader's job, while one is under way.
    pub job: Option<JobId>,
    /// What came of the last one.
    pub shown: Option<Result<Arc<ModelView>, String>>,
    /// Which epochs are shown: the first 4, the next 4, ...
    pub page: u64,
    /// What was asked about last.
    asked: Option<Question>,
}

/// What a preview depends on.
#[derive(Clone, Debug)]
struct Question {
    data: Arc<Dataset>,
    config: Box<RunConfig>,
    page: u64,
    /// What the person looks at.
    selected: Option<u32>,
}

impl Question {
    fn of(state: &State) -> Option<Self> {
        let data = state.data.as_ref()?.dataset.clone();
        let (page, selected) = (state.model_view.page, state.selected_sample);
        Some(Self { data, config: Box::new(state.config.clone()), page, selected })
    }

    /// Whether the answer would be the same.
    fn is(&self, other: &Self) -> bool {
        let relevant = |config: &RunConfig| {
            let RunConfig { image, augment, text, model, train, .. } = config.clone();
            (image, augment, text, model.pooling, train.seed)
        };
        Arc::ptr_eq(&self.data, &other.data)
            && (self.page, self.selected) == (other.page, other.selected)
            && relevant(&self.config) == relevant(&other.config)
    }

    /// The sample looked at, and others from all over the training examples.
    fn request(&self) -> ModelViewRequest {
        let training = self.data.indices(Split::Train);
        let place = |at: usize| (2 * at + 1) * training.len() / (2 * SAMPLES);
        let spread = (0..SAMPLES).filter_map(|at| training.get(place(at)).copied());
        let others = spread.filter(|sample| Some(*sample) != self.selected);
        let mut samples: Vec<u32> = self.selected.into_iter().chain(others).collect();
        samples.dedup();
        samples.truncate(SAMPLES);
        let first = self.page * EPOCHS;
        ModelViewRequest { samples, epochs: first..first + EPOCHS }
    }
}

impl State {
    /// Whether what is shown as the preview is of other data or settings than are open now,
    /// and nobody is at work on it.
    pub fn model_view_is_due(&self) -> bool {
        let Some(now) = Question::of(self) else { return false };
        self.model_view.job.is_none() && !self.model_view.asked.as_ref().is_some_and(|asked| asked.is(&now))
    }
}

/// Asks for a page of the preview with the settings shown.
pub fn ask(state: &mut State, page: u64) -> Vec<Effect> {
    state.model_view.page = page;
    let Some(question) = Question::of(state) else { return Vec::new() };
    let mut effects = Vec::new();
    if let Some(old) = state.model_view.job.take() {
        effects.push(Effect::Reader(Command::Control(old, Control::Stop)));
    }
    let job = state.next_job();
    state.model_view.job = Some(job);
    let (data, config, request) = (question.data.clone(), question.config.clone(), question.request());
    state.model_view.asked = Some(question);
    effects.push(Effect::Reader(Command::Start(job, Job::ModelView { data, config, request })));
    effects
}

/// The reader says something about the preview.
pub fn report(state: &mut State, kind: WorkerEventKind) -> Vec<Effect> {
    match kind {
        WorkerEventKind::ModelView(preview) => state.model_view.shown = Some(Ok(preview)),
        WorkerEventKind::Ended(result) => {
            state.model_view.job = None;
            if let Err(reason) = result {
                state.model_view.shown = Some(Err(reason));
            }
        }
        _ => {}
    }
    Vec::new()
}
