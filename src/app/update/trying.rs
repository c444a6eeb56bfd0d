//! Try it: the trainer answers while the shown run is live, otherwise the reader does.

use crate::app::{Effect, Picture, State};
use crate::data::{Dataset, Examples, Split};
use crate::language::tr;
use crate::preprocess::RawInput;
use crate::random::{Key, Purpose};
use crate::runs::Level;
use crate::train::{Control, PredictReply, PredictRequest};
use crate::worker::{Command, Job, WorkerEventKind};
use std::path::Path;
use std::sync::Arc;

/// Steps after which a shown answer is asked for again with newer weights.
pub const STEPS_BETWEEN_ANSWERS: u64 = 10;

/// A text to be predicted; an empty one asks nothing.
pub fn text(state: &mut State, text: String) -> Vec<Effect> {
    state.try_it.truth = None;
    state.try_it.picture = None;
    state.try_it.saliency = None;
    state.try_it.question = text;
    ask(state)
}

/// A picture file that was read.
pub fn picture(state: &mut State, path: &Path, picture: Result<Picture, String>) -> Vec<Effect> {
    state.try_it.question = path.to_string_lossy().into_owned();
    state.try_it.truth = None;
    state.try_it.saliency = None;
    match picture {
        Ok(picture) => {
            state.try_it.picture = Some(picture);
            ask(state)
        }
        Err(reason) => {
            state.try_it.picture = None;
            state.try_it.request += 1;
            state.try_it.waiting = false;
            state.try_it.answer = Some((0, Err(reason)));
            Vec::new()
        }
    }
}

/// A validation sample chosen at random (or any sample, where none is held out).
pub fn random_sample(state: &mut State) -> Vec<Effect> {
    let shown = state.run_data.clone();
    let Some(data) = shown.or_else(|| state.data.as_ref().map(|d| d.dataset.clone())) else {
        return Vec::new();
    };
    let Some(sample) = pick(&data, state.try_it.request) else { return Vec::new() };
    show(state, &data, sample)
}

/// A sample of the shown run's data, with what its prediction rests on.
pub fn explain_sample(state: &mut State, sample: u32) -> Vec<Effect> {
    let sample = sample as usize;
    let Some(data) = state.run_data.clone().filter(|data| sample < data.len()) else { return Vec::new() };
    state.try_it.explain = true;
    let mut effects = vec![Effect::ShowPanel("try_it")];
    effects.extend(show(state, &data, sample));
    effects
}

/// Whether to show what the answer rests on.
pub fn explain(state: &mut State, on: bool) -> Vec<Effect> {
    state.try_it.explain = on;
    state.try_it.saliency = None;
    if on { ask(state) } else { Vec::new() }
}

/// Asks about a sample of the data.
fn show(state: &mut State, data: &Dataset, sample: usize) -> Vec<Effect> {
    state.try_it.saliency = None;
    state.try_it.truth = data.targets.get(sample).and_then(|t| t.class());
    match &data.examples {
        Examples::Images(images) => {
            state.try_it.question = tr!("sample {sample} of {data}", sample = sample, data = data.name);
            let pixels = match images.get(sample) {
                Ok(pixels) => pixels.into_owned(),
                Err(error) => {
                    state.tell(Level::Error, error.to_string());
                    return Vec::new();
                }
            };
            state.try_it.picture = Some(Picture {
                width: images.width,
                height: images.height,
                channels: images.channels,
                pixels: Arc::new(pixels),
            });
        }
        Examples::Texts(texts) => {
            state.try_it.picture = None;
            state.try_it.question = texts.get(sample).to_owned();
        }
    }
    ask(state)
}

fn pick(data: &Dataset, salt: u64) -> Option<usize> {
    let held_out = data.indices(Split::Validation);
    let bits = Key::new(salt, Purpose::Pick).bits() as usize;
    match held_out.len() {
        0 => bits.checked_rem(data.len()),
        count => held_out.get(bits % count).map(|sample| *sample as usize),
    }
}

/// Sends the question to whoever has the shown run's weights.
pub fn ask(state: &mut State) -> Vec<Effect> {
    state.try_it.request += 1;
    state.try_it.waiting = false;
    let input = match &state.try_it.picture {
        Some(p) => RawInput::Image {
            width: p.width,
            height: p.height,
            channels: p.channels,
            pixels: p.pixels.to_vec(),
        },
        None if state.try_it.question.trim().is_empty() => {
            state.try_it.answer = None;
            return Vec::new();
        }
        None => RawInput::Text(state.try_it.question.clone()),
    };
    let Some(run) = state.run.as_ref().filter(|r| r.accepted.is_some()) else { return Vec::new() };
    let folder = run.folder.clone();
    let request =
        PredictRequest { id: state.try_it.request, inputs: vec![input], explain: state.try_it.explain };
    state.try_it.waiting = true;
    if let (true, Some(job)) = (state.shows_live, state.training_job()) {
        return vec![Effect::Trainer(Command::Control(job, Control::Predict(request)))];
    }
    let mut effects = Vec::new();
    if let Some(old) = state.try_it.job.take() {
        effects.push(Effect::Reader(Command::Control(old, Control::Stop)));
    }
    let job = state.next_job();
    state.try_it.job = Some(job);
    effects.push(Effect::Reader(Command::Start(job, Job::Predict { run: folder, request })));
    effects
}

/// Asks again while training, when the weights are at least `steps` newer than the answer.
pub fn ask_again(state: &mut State, steps: u64) -> Vec<Effect> {
    let Some(step) = state.live_run().map(|r| r.step) else { return Vec::new() };
    let old = match &state.try_it.answer {
        Some((answered, Ok(_))) => *answered + steps <= step,
        Some((_, Err(_))) => false,
        None => true,
    };
    if state.shows_live && old && !state.try_it.waiting { ask(state) } else { Vec::new() }
}

/// An answer; answers to older questions are dropped.
pub fn answer(state: &mut State, reply: PredictReply) -> Vec<Effect> {
    if reply.id == state.try_it.request {
        state.try_it.waiting = false;
        state.try_it.answer = reply.probabilities.into_iter().next().map(|answer| (reply.step, answer));
        state.try_it.saliency = reply.saliency.map(|found| found.map(Arc::new));
    }
    Vec::new()
}

/// The reader says something about the prediction.
pub fn report(state: &mut State, kind: WorkerEventKind) -> Vec<Effect> {
    match kind {
        WorkerEventKind::Predicted(reply) => answer(state, reply),
        WorkerEventKind::Ended(result) => {
            state.try_it.job = None;
            if let (true, Err(reason)) = (state.try_it.waiting, result) {
                state.try_it.waiting = false;
                state.tell(Level::Error, reason.clone());
                state.try_it.answer = Some((0, Err(reason)));
            }
            Vec::new()
        }
        _ => Vec::new(),
    }
}
