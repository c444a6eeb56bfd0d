//! Training: start, steer, and what the trainer reports.

use super::{setting, tell_notice, trying};
use crate::app::{Activity, Effect, PredictionFilter, RunView, State, remedy, trouble};
use crate::config::{SETTINGS, Value};
use crate::language::tr;
use crate::runs::{Done, Event, Level, Outcome, PredictionTable, Trouble, new_run_folder};
use crate::train::Control;
use crate::worker::{Command, Job, WorkerEventKind};
use std::sync::Arc;

/// The same with one setting changed, which is told, or although memory may not be enough.
pub fn train_with(state: &mut State, change: Option<(&'static str, Value)>, force: bool) -> Vec<Effect> {
    let mut effects = Vec::new();
    if let Some((key, value)) = change {
        if let Some(reason) = state.why_busy() {
            state.tell(Level::Warning, reason);
            return effects;
        }
        let Ok(row) = crate::config::setting(key) else { return effects };
        let before = (row.get)(&state.config);
        effects.extend(setting::set(state, key, &value));
        if (row.get)(&state.config) != value {
            return effects; // Refused; the Settings panel says why.
        }
        state.tell(
            Level::Info,
            tr!("{key} changed from {from} to {to}.", key = key, from = before, to = value),
        );
    }
    effects.extend(train(state, force));
    effects
}

/// Starts a run on the open data with the settings shown.
pub fn train(state: &mut State, force: bool) -> Vec<Effect> {
    if let Some(reason) = state.why_not_train() {
        state.tell(Level::Warning, reason);
        return Vec::new();
    }
    let Some(data) = &state.data else { return Vec::new() };
    let dataset = data.dataset.clone();
    let folder = new_run_folder(&state.runs_folder, &dataset.name);
    let job = state.next_job();
    let config = Box::new(state.config.clone());
    state.activity = Activity::Starting(job);
    state.run = Some(RunView { folder: folder.clone(), ..RunView::default() });
    state.shows_live = true;
    state.background = None;
    state.run_data = Some(dataset.clone());
    state.run_data_job = None;
    state.loading_run = None;
    state.filter = PredictionFilter::mistakes();
    state.selected_prediction = None;
    state.try_it.answer = None;
    state.notice = None;
    vec![
        Effect::Trainer(Command::Start(job, Job::Train { config, data: Some(dataset), folder, force })),
        Effect::ShowPanel("curves"),
        Effect::ShowPanel("predictions"),
    ]
}

/// Goes on with the run shown until it has `epochs` in all.
pub fn train_on(state: &mut State, epochs: u64) -> Vec<Effect> {
    if let Some(reason) = state.why_not_train_on() {
        state.tell(Level::Warning, reason);
        return Vec::new();
    }
    let Some(run) = &state.run else { return Vec::new() };
    let Some(config) = run.accepted.as_ref().map(|accepted| accepted.config.clone()) else {
        return Vec::new();
    };
    let epochs = Value::Int(i64::try_from(epochs).unwrap_or(i64::MAX));
    let mut changes = vec![("train.epochs".to_owned(), epochs)];
    if config.train.max_steps > 0 {
        // A limit of the first sitting would end this one at once.
        changes.push(("train.max_steps".to_owned(), Value::Int(0)));
    }
    let folder = run.folder.clone();
    let job = state.next_job();
    // What may change during a run shows the values of the run that is going.
    for row in SETTINGS.iter().filter(|row| row.live) {
        let changed = changes.iter().find(|(key, _)| key == row.key).map(|(_, value)| value.clone());
        let _ = row.set(&mut state.config, &changed.unwrap_or_else(|| (row.get)(&config)));
    }
    super::recheck(state);
    state.activity = Activity::Starting(job);
    state.shows_live = true;
    state.background = None;
    state.loading_run = None;
    state.notice = None;
    let data = state.run_data.clone();
    vec![
        Effect::Trainer(Command::Start(job, Job::Extend { run: folder, changes, data })),
        Effect::ShowPanel("curves"),
    ]
}

/// Steers the run, if one is going.
pub fn control(state: &State, control: Control) -> Vec<Effect> {
    match state.activity {
        Activity::Running(job) | Activity::Starting(job) => {
            vec![Effect::Trainer(Command::Control(job, control))]
        }
        Activity::Idle | Activity::Stopping(_) => Vec::new(),
    }
}

/// Stops the run; the second time its closing evaluation too.
pub fn stop(state: &mut State) -> Vec<Effect> {
    match state.training_job() {
        Some(job) => {
            state.activity = Activity::Stopping(job);
            vec![Effect::Trainer(Command::Control(job, Control::Stop))]
        }
        None => Vec::new(),
    }
}

/// The trainer says something.
pub fn report(state: &mut State, kind: WorkerEventKind) -> Vec<Effect> {
    tell_notice(state, &kind);
    match kind {
        WorkerEventKind::Accepted => {
            if let Activity::Starting(job) = state.activity {
                state.activity = Activity::Running(job);
            }
            Vec::new()
        }
        WorkerEventKind::Run(event) => event_of_run(state, &event),
        WorkerEventKind::Predictions(table) => {
            predictions(state, table);
            Vec::new()
        }
        WorkerEventKind::Predicted(reply) => trying::answer(state, reply),
        WorkerEventKind::Data(..)
        | WorkerEventKind::Estimated(_)
        | WorkerEventKind::PredictedFile(_)
        | WorkerEventKind::Verified(_)
        | WorkerEventKind::Preview(_)
        | WorkerEventKind::ModelView(_)
        | WorkerEventKind::Report(_) => Vec::new(),
        WorkerEventKind::Shortage(shortage) => {
            state.shortage = Some(shortage);
            Vec::new()
        }
        WorkerEventKind::Ended(result) => ended(state, result),
    }
}

fn event_of_run(state: &mut State, event: &Event) -> Vec<Effect> {
    if let Some(run) = state.live_run_mut() {
        run.apply(event);
    }
    tell(state, event);
    match event {
        Event::Trouble(spike @ Trouble::Spike { .. }) => state.remedies = remedy::of_spike(spike),
        Event::Done(done) if done.outcome == Outcome::Failed => state.remedies = remedy::of_failure(state),
        _ => {}
    }
    match event {
        Event::Accepted(_) => vec![Effect::ListRuns],
        Event::Extended(_) | Event::Resumed { sitting: Some(_), .. } => {
            vec![Effect::ListRuns, Effect::SavePreferences]
        }
        Event::Step { .. } => trying::ask_again(state, trying::STEPS_BETWEEN_ANSWERS),
        Event::Evaluation(_) => trying::ask_again(state, 1),
        _ => Vec::new(),
    }
}

/// What happened in a run, for the log.
pub(super) fn tell(state: &mut State, event: &Event) {
    match event {
        Event::Accepted(accepted) => {
            state.tell(
                Level::Info,
                tr!(
                    "Training on {data}: {parameters} parameters, {steps} steps, {device}.",
                    data = accepted.data.name,
                    parameters = accepted.parameters,
                    steps = accepted.total_steps,
                    device = accepted.device
                ),
            );
        }
        Event::Extended(extended) => {
            let (from, total) = (extended.from_step, extended.total_steps);
            let text =
                tr!("Training goes on from step {step}; {total} steps in all.", step = from, total = total);
            state.tell(Level::Info, text);
        }
        Event::Resumed { from_step, sitting: Some(sitting) } => {
            let text = tr!(
                "The run is resumed from step {step} of {total}.",
                step = from_step,
                total = sitting.total_steps
            );
            state.tell(Level::Info, text);
        }
        Event::SettingChanged { step, key, from, to } => {
            state.tell(
                Level::Info,
                tr!(
                    "{key} changed from {from} to {to} at step {step}.",
                    key = key,
                    from = from,
                    to = to,
                    step = step
                ),
            );
        }
        // One that ends the run is told as its end.
        Event::Trouble(found @ Trouble::Spike { .. }) => state.tell(Level::Warning, trouble::words(found)),
        Event::Done(done) => tell_done(state, done),
        _ => {}
    }
}

fn tell_done(state: &mut State, done: &Done) {
    let accuracy = |score: &Option<crate::runs::Score>| {
        score
            .as_ref()
            .and_then(|s| s.metrics.get("accuracy"))
            .map_or(tr!("not evaluated").to_owned(), |a| format!("{:.1} %", a * 100.0))
    };
    let results = tr!(
        "validation accuracy {validation}, test accuracy {test}",
        validation = accuracy(&done.validation),
        test = accuracy(&done.test)
    );
    match done.outcome {
        Outcome::Finished => state.tell(
            Level::Info,
            tr!("Finished at step {step}: {results}.", step = done.step, results = results),
        ),
        Outcome::Stopped => state.tell(
            Level::Info,
            tr!("Stopped at step {step}: {results}.", step = done.step, results = results),
        ),
        Outcome::Failed => {
            let run = state.live_run().or(state.run.as_ref());
            let words = run.and_then(trouble::ended_by).map(trouble::words);
            state.tell(Level::Error, words.unwrap_or_else(|| done.reason.clone()));
        }
    }
}

/// Newer predictions take the place of older ones of the same splits. A sample shown in
/// detail stays shown.
fn predictions(state: &mut State, table: Arc<PredictionTable>) {
    if state.shows_live {
        if let Some(run) = &mut state.run {
            take_predictions(run, Some(&mut state.selected_prediction), table);
        }
    } else if let Some((run, _)) = &mut state.background {
        take_predictions(run, None, table);
    }
}

/// The same for a run, whose row in detail is `selected` where it is the one shown.
pub(super) fn take_predictions(
    run: &mut RunView,
    selected: Option<&mut Option<usize>>,
    table: Arc<PredictionTable>,
) {
    let old = run.predictions.take();
    let merged = old.as_ref().map_or_else(|| table.clone(), |old| merge(old, &table));
    run.predictions = Some(merged.clone());
    if let (Some(old), Some(selected)) = (old, selected)
        && let Some(row) = *selected
    {
        let sample = old.samples.get(row);
        *selected = sample.and_then(|sample| merged.samples.iter().position(|other| other == sample));
    }
}

/// The rows of `new`, and those rows of `old` whose split `new` does not have.
pub fn merge(old: &Arc<PredictionTable>, new: &Arc<PredictionTable>) -> Arc<PredictionTable> {
    let kept: Vec<usize> =
        (0..old.len()).filter(|row| old.splits.get(*row).is_some_and(|s| !new.splits.contains(s))).collect();
    if old.classes != new.classes || kept.is_empty() {
        return new.clone();
    }
    let mut merged = (**new).clone();
    for row in kept {
        merged.samples.push(old.samples[row]);
        merged.splits.push(old.splits[row]);
        merged.targets.push(old.targets[row]);
        merged.predicted.push(old.predicted[row]);
        merged.losses.push(old.losses[row]);
        merged.probabilities.extend_from_slice(old.probabilities(row));
    }
    Arc::new(merged)
}

fn ended(state: &mut State, result: Result<(), String>) -> Vec<Effect> {
    // By these words: a run that is to go on may have failed before, with others.
    let told = |state: &State, reason: &str| {
        let done = state.live_run().and_then(|run| run.done.as_ref());
        done.is_some_and(|done| done.outcome == Outcome::Failed && done.reason == reason)
    };
    state.activity = Activity::Idle;
    if let Err(reason) = result {
        if let Some(shortage) = state.shortage.take() {
            state.tell(Level::Error, trouble::shortage(&shortage));
            state.remedies = remedy::of_shortage(&shortage);
        } else if !told(state, &reason) {
            state.tell(Level::Error, reason.clone());
            state.remedies = remedy::of_failure(state);
        }
        end_without_done(state, reason);
    }
    state.background = None;
    let mut effects = vec![Effect::ListRuns];
    if state.try_it.waiting {
        effects.extend(trying::ask(state));
    }
    state.shows_live = false;
    effects
}

/// A job that failed before or outside its run's last event: the run shown must not look alive.
fn end_without_done(state: &mut State, reason: String) {
    let Some(run) = state.live_run_mut() else { return };
    if run.accepted.is_none() {
        if state.shows_live {
            state.run = None;
            state.run_data = None;
        }
    } else if run.done.is_none() {
        run.apply(&Event::Done(Box::new(Done {
            outcome: Outcome::Failed,
            step: run.step,
            validation: None,
            test: None,
            best: None,
            seconds: run.seconds,
            reason,
        })));
    }
}
