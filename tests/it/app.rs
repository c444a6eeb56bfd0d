//! Tests of the app room: `update` as a pure function of State and Action.

mod elsewhere;
mod following;
mod forking;
mod keeping;
mod pictures;
mod resuming;
mod trouble;
mod verifying;

use attentive::app::{
    Action, Activity, ColumnRole, Effect, PredictionFilter, RunView, State, Theme, merge_predictions,
    problems, recipe, update,
};
use attentive::config::{SETTINGS, Value};
use attentive::data::builtin::BUILTINS;
use attentive::data::{DataSummary, Dataset, Examples, Images, Preview, Split, Target, Task, Texts, summary};
use attentive::preprocess::RawInput;
use attentive::runs::{Accepted, Done, Event, Level, Metrics, Outcome, PredictionTable};
use attentive::train::{Control, PredictReply, Saliency, SaliencyParts};
use attentive::worker::{Command, Job, JobId, WorkerEvent, WorkerEventKind};
use std::path::PathBuf;
use std::sync::Arc;

fn dataset(source: &str, examples: Examples, count: usize) -> Arc<Dataset> {
    let split = |i: usize| if i.is_multiple_of(4) { Split::Validation } else { Split::Train };
    Arc::new(Dataset {
        name: source.trim_start_matches("builtin:").to_owned(),
        source: source.to_owned(),
        format: "made up",
        task: Task::Classification,
        examples,
        classes: vec!["cat".to_owned(), "dog".to_owned()],
        own_classes: vec!["cat".to_owned(), "dog".to_owned()],
        reading: Default::default(),
        targets: (0..count).map(|i| Target::Class((i % 2) as u32)).collect(),
        splits: (0..count).map(split).collect(),
        declared: (0..count).map(|_| Split::Train).collect(),
        fingerprint: format!("fingerprint of {source}"),
        notices: vec!["The label column was guessed.".to_owned()],
        set_aside: Vec::new(),
    })
}

fn images(source: &str) -> Arc<Dataset> {
    let pixels = vec![7; 8 * 6 * 6];
    dataset(source, Examples::Images(Images::new(6, 6, 1, pixels)), 8)
}

fn texts(source: &str) -> Arc<Dataset> {
    let texts: Texts = ["a", "b", "c", "d", "e", "f", "g", "h"].into_iter().collect();
    dataset(source, Examples::Texts(Arc::new(texts)), 8)
}

fn report(state: &mut State, job: JobId, kind: WorkerEventKind) -> Vec<Effect> {
    update(state, Action::Worker(WorkerEvent { job, kind }))
}

fn run_event(state: &mut State, job: JobId, event: Event) -> Vec<Effect> {
    report(state, job, WorkerEventKind::Run(event))
}

/// The job that an effect starts.
fn started(effects: &[Effect]) -> Option<(JobId, Job)> {
    effects.iter().find_map(|effect| match effect {
        Effect::Trainer(Command::Start(id, job)) | Effect::Reader(Command::Start(id, job)) => {
            Some((*id, job.clone()))
        }
        _ => None,
    })
}

fn controls(effects: &[Effect]) -> Vec<Control> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Trainer(Command::Control(_, control)) => Some(control.clone()),
            _ => None,
        })
        .collect()
}

fn open(state: &mut State, data: &Arc<Dataset>) -> JobId {
    let effects = update(state, Action::OpenData(data.source.clone()));
    let (job, _) = started(&effects).expect("opening starts a job");
    report(state, job, WorkerEventKind::Data(data.clone(), summary(data)));
    report(state, job, WorkerEventKind::Ended(Ok(())));
    job
}

/// With data open and settings that fit it.
fn ready(data: &Arc<Dataset>) -> State {
    let mut state = State { runs_folder: PathBuf::from("/nowhere/runs"), ..State::default() };
    open(&mut state, data);
    update(&mut state, Action::Set("model.patch", Value::Int(3)));
    assert_eq!(state.problems, [], "the made-up data fits");
    state
}

fn accepted(state: &State, folder: &str, data: DataSummary) -> Event {
    Event::Accepted(Box::new(Accepted {
        version: "0".to_owned(),
        started: 1,
        run: folder.to_owned(),
        config: state.config.clone(),
        task: Task::Classification,
        data,
        parameters: 10,
        steps_per_epoch: 4,
        total_steps: 40,
        device: "CPU".to_owned(),
    }))
}

fn step(step: u64) -> Event {
    let metrics = Metrics::from([("loss".to_owned(), 1.0 / step as f64)]);
    Event::Step { step, epoch: step as f64 / 4.0, seconds: step as f64, metrics }
}

fn done(outcome: Outcome, step: u64) -> Event {
    Event::Done(Box::new(Done {
        outcome,
        step,
        validation: None,
        test: None,
        best: None,
        seconds: 1.0,
        reason: String::new(),
    }))
}

/// A run that is going.
fn running(data: &Arc<Dataset>) -> (State, JobId) {
    let mut state = ready(data);
    let (job, _) = started(&update(&mut state, Action::Train)).expect("Train starts a job");
    report(&mut state, job, WorkerEventKind::Accepted);
    let begin = accepted(&state, "/nowhere/runs/one", summary(data));
    run_event(&mut state, job, begin);
    (state, job)
}

fn table(split: Split, samples: &[u32], predicted: &[u32]) -> Arc<PredictionTable> {
    let rows = samples.len();
    Arc::new(PredictionTable {
        step: 1,
        classes: 2,
        samples: samples.to_vec(),
        splits: vec![split; rows],
        targets: vec![Some(0); rows],
        predicted: predicted.to_vec(),
        probabilities: predicted.iter().flat_map(|p| if *p == 0 { [0.9, 0.1] } else { [0.2, 0.8] }).collect(),
        losses: vec![0.5; rows],
    })
}

#[test]
fn opening_shows_progress_then_data_and_asks_for_the_split_of_the_settings() {
    let mut state = State::default();
    update(&mut state, Action::Set("data.validation_fraction", Value::Float(0.25)));
    update(&mut state, Action::Set("train.seed", Value::Int(9)));
    let effects = update(&mut state, Action::OpenData("  /data/pets ".to_owned()));
    let (job, Job::Describe { source, hold_out, .. }) = started(&effects).expect("a job") else {
        panic!("opening data is a Describe job");
    };
    assert_eq!((source.as_str(), hold_out), ("/data/pets", (0.25, 9)));
    run_event(&mut state, job, Event::Progress { stage: "Reading images".to_owned(), done: 3, total: 8 });
    let (_, _, stage, done, total) = state.opening.clone().expect("still opening");
    assert_eq!((stage.as_str(), done, total), ("Reading images", 3, 8));
    assert!(state.why_not_train().expect("not yet").contains("still being read"));

    let data = images("/data/pets");
    report(&mut state, job, WorkerEventKind::Data(data.clone(), summary(&data)));
    report(&mut state, job, WorkerEventKind::Ended(Ok(())));
    assert!(state.opening.is_none());
    assert_eq!(state.data.as_ref().expect("open").summary.name, "/data/pets");
    assert_eq!(state.config.data.source, "/data/pets");
    assert!(state.log.iter().any(|line| line.text.contains("guessed")), "notices of the data are told");
}

#[test]
fn another_validation_share_splits_the_open_data_without_reading_it_again() {
    let mut state = ready(&images("/data/pets"));
    let effects = update(&mut state, Action::Set("data.validation_fraction", Value::Float(0.5)));
    assert!(started(&effects).is_none());
    let data = state.data.as_ref().expect("open");
    assert_eq!(data.summary.split_counts, [4, 4, 0]);
    assert_eq!(data.dataset.count(Split::Validation), 4);
    let before = data.dataset.splits.clone();
    update(&mut state, Action::Set("train.seed", Value::Int(3)));
    assert_ne!(state.data.as_ref().expect("open").dataset.splits, before, "the seed decides which");
}

#[test]
fn events_of_an_opening_that_was_given_up_change_nothing() {
    let mut state = State::default();
    let (old, _) = started(&update(&mut state, Action::OpenData("/data/old".to_owned()))).expect("a job");
    let effects = update(&mut state, Action::OpenData("/data/new".to_owned()));
    assert!(
        effects
            .iter()
            .any(|e| matches!(e, Effect::Reader(Command::Control(job, Control::Stop)) if *job == old)),
        "the reader is told to stop reading the old source"
    );
    let data = images("/data/old");
    report(&mut state, old, WorkerEventKind::Data(data.clone(), summary(&data)));
    report(&mut state, old, WorkerEventKind::Ended(Err("late".to_owned())));
    assert!(state.data.is_none() && state.open_error.is_none());
    assert_eq!(state.opening.as_ref().expect("the new one").1, "/data/new");
    update(&mut state, Action::CancelOpen);
    assert!(state.opening.is_none());
}

#[test]
fn a_failed_opening_keeps_the_open_data_and_its_settings_and_says_why() {
    let mut state = ready(&images("/data/pets"));
    let (job, _) =
        started(&update(&mut state, Action::OpenData("/data/broken.csv".to_owned()))).expect("a job");
    let reason = "/data/broken.csv, row 3: 5 fields instead of 2; quote texts that contain commas";
    report(&mut state, job, WorkerEventKind::Ended(Err(reason.to_owned())));
    assert_eq!(state.open_error.as_deref(), Some(reason));
    assert_eq!(state.notice.as_ref().expect("shown").level, Level::Error);
    assert_eq!(state.data.as_ref().expect("still open").summary.source, "/data/pets");
    assert_eq!(state.config.data.source, "/data/pets");

    // Naming the column tries the broken source again, with the name.
    let effects = update(&mut state, Action::Set("data.text_column", Value::Text("message".to_owned())));
    let Some((_, Job::Describe { source, options, .. })) = started(&effects) else { panic!("tries again") };
    assert_eq!((source.as_str(), options.text_column.as_str()), ("/data/broken.csv", "message"));
    // Another source starts without it.
    let effects = update(&mut state, Action::OpenData("/data/other.csv".to_owned()));
    let Some((_, Job::Describe { options, .. })) = started(&effects) else { panic!("opens") };
    assert_eq!(options.text_column, "");
}

#[test]
fn a_value_out_of_range_is_explained_and_not_taken() {
    let mut state = ready(&images("/data/pets"));
    let before = state.config.clone();
    update(&mut state, Action::Set("train.epochs", Value::Int(0)));
    assert_eq!(state.config, before);
    let [(key, message)] = state.problems.as_slice() else { panic!("one problem: {:?}", state.problems) };
    assert_eq!(key, "train.epochs");
    assert!(message.contains("train.epochs = 0") && message.contains("from 1 to"), "{message}");
    assert!(state.why_not_train().expect("blocked").contains("train.epochs"));
    update(&mut state, Action::Reset("train.epochs"));
    assert_eq!(state.problems, []);
    assert_eq!(state.why_not_train(), None);
}

#[test]
fn settings_that_contradict_each_other_or_the_images_name_key_and_remedy() {
    let mut state = ready(&images("/data/pets"));
    update(&mut state, Action::Set("model.patch", Value::Int(4)));
    update(&mut state, Action::Set("model.heads", Value::Int(5)));
    let message = |state: &State, key: &str| {
        problems(state).into_iter().find(|(k, _)| k == key).map(|(_, message)| message).unwrap_or_default()
    };
    assert!(message(&state, "model.patch").contains("6 x 6"), "{:?}", state.problems);
    assert!(message(&state, "model.patch").contains("for example 3"), "{:?}", state.problems);
    assert!(message(&state, "model.heads").contains("for example 4"), "{:?}", state.problems);
    update(&mut state, Action::Train);
    assert_eq!(state.activity, Activity::Idle, "Train does nothing while settings do not fit");
    // The patch does not matter for text.
    open(&mut state, &texts("/data/talk.csv"));
    assert_eq!(message(&state, "model.patch"), "");
}

#[test]
fn train_starts_a_run_in_a_new_folder_with_the_settings_and_data_shown() {
    let data = images("/data/pets");
    let mut state = State { runs_folder: PathBuf::from("/nowhere/runs"), ..State::default() };
    update(&mut state, Action::Train);
    assert_eq!(state.activity, Activity::Idle);
    assert!(state.notice.as_ref().expect("told").text.contains("Open data first"));

    let mut state_ready = ready(&data);
    let effects = update(&mut state_ready, Action::Train);
    let Some((job, Job::Train { config, data: sent, folder, force: false })) = started(&effects) else {
        panic!("trains")
    };
    assert_eq!(*config, state_ready.config);
    assert!(Arc::ptr_eq(&sent.expect("the open data"), &data));
    assert!(folder.starts_with("/nowhere/runs") && folder.as_os_str() != "/nowhere/runs");
    assert_eq!(state_ready.activity, Activity::Starting(job));
    assert!(started(&update(&mut state_ready, Action::Train)).is_none(), "one run at a time");
}

#[test]
fn a_run_is_steered_and_the_second_stop_is_sent_too() {
    let (mut state, job) = running(&images("/data/pets"));
    assert_eq!(state.activity, Activity::Running(job));
    for (action, control) in [
        (Action::Pause, Control::Pause),
        (Action::Resume, Control::Resume),
        (Action::OneStep, Control::OneStep),
        (Action::EvaluateNow, Control::EvaluateNow),
        (Action::SaveNow, Control::SaveNow),
        (Action::Stop, Control::Stop),
        (Action::Stop, Control::Stop),
    ] {
        assert_eq!(controls(&update(&mut state, action)), [control]);
    }
    assert_eq!(state.activity, Activity::Stopping(job));
    run_event(&mut state, job, done(Outcome::Stopped, 0));
    report(&mut state, job, WorkerEventKind::Ended(Ok(())));
    assert_eq!(state.activity, Activity::Idle);
    assert!(controls(&update(&mut state, Action::Pause)).is_empty(), "nothing to pause");
    assert!(state.log.iter().any(|line| line.text.contains("Stopped at step 0")));
}

#[test]
fn live_settings_reach_the_run_and_others_wait() {
    let (mut state, job) = running(&images("/data/pets"));
    let effects = update(&mut state, Action::Set("train.learning_rate", Value::Float(0.01)));
    assert_eq!(controls(&effects), [Control::Change("train.learning_rate", Value::Float(0.01))]);
    let effects = update(&mut state, Action::Set("train.learning_rate", Value::Float(5.0)));
    assert!(controls(&effects).is_empty(), "a value out of range is not sent");
    assert_eq!(state.config.train.learning_rate, 0.01);
    let before = state.config.clone();
    assert!(controls(&update(&mut state, Action::Set("model.depth", Value::Int(2)))).is_empty());
    assert_eq!(state.config, before, "a setting that is not live keeps its value");
    run_event(
        &mut state,
        job,
        Event::SettingChanged {
            step: 3,
            key: "train.learning_rate".to_owned(),
            from: Value::Float(0.001),
            to: Value::Float(0.01),
        },
    );
    assert_eq!(state.run.as_ref().expect("shown").changes.len(), 1);
}

#[test]
fn steps_and_predictions_arrive_in_the_run_and_the_chosen_sample_stays() {
    let (mut state, job) = running(&images("/data/pets"));
    for number in 1..=3 {
        run_event(&mut state, job, step(number));
    }
    let run = state.run.as_ref().expect("shown");
    assert_eq!(run.step, 3);
    assert_eq!(run.steps["loss"], [[1.0, 1.0], [2.0, 0.5], [3.0, 1.0 / 3.0]]);
    report(&mut state, job, WorkerEventKind::Predictions(table(Split::Validation, &[0, 4], &[0, 1])));
    update(&mut state, Action::SelectPrediction(Some(1)));
    report(&mut state, job, WorkerEventKind::Predictions(table(Split::Validation, &[4, 0], &[0, 0])));
    assert_eq!(state.selected_prediction, Some(0), "sample 4 is now in row 0");
    // The final evaluation of the test samples does not take the validation samples away.
    report(&mut state, job, WorkerEventKind::Predictions(table(Split::Test, &[7], &[1])));
    let merged = state.run.as_ref().and_then(|r| r.predictions.clone()).expect("there");
    assert_eq!(merged.samples, [7, 4, 0]);
    assert_eq!(merged.probabilities(1), [0.9, 0.1]);
    // Events of a job that is over are dropped.
    report(&mut state, job, WorkerEventKind::Ended(Ok(())));
    run_event(&mut state, job, step(9));
    assert_eq!(state.run.as_ref().expect("shown").step, 3);
}

#[test]
fn merging_predictions_replaces_the_same_split() {
    let old = table(Split::Validation, &[0, 4], &[0, 1]);
    let new = table(Split::Validation, &[4], &[0]);
    assert_eq!(merge_predictions(&old, &new).samples, [4]);
}

#[test]
fn a_run_that_fails_says_why_and_leaves_nothing_half_alive() {
    let data = images("/data/pets");
    let mut state = ready(&data);
    let (job, _) = started(&update(&mut state, Action::Train)).expect("a job");
    report(&mut state, job, WorkerEventKind::Accepted);
    report(
        &mut state,
        job,
        WorkerEventKind::Ended(Err("/nowhere/runs: not writable; choose another".to_owned())),
    );
    assert_eq!(state.activity, Activity::Idle);
    assert!(state.run.is_none());
    assert!(state.notice.as_ref().expect("told").text.contains("not writable"));

    let (mut state, job) = running(&data);
    run_event(&mut state, job, step(1));
    report(&mut state, job, WorkerEventKind::Ended(Err("the worker panicked".to_owned())));
    let run = state.run.as_ref().expect("what was seen stays");
    assert!(!run.is_live());
    assert_eq!(run.done.as_ref().expect("ended").outcome, Outcome::Failed);
    assert_eq!(state.why_not_train(), None, "the window lives and can train again");
}

#[test]
fn trying_a_text_asks_the_trainer_during_the_run_and_the_reader_afterwards() {
    let (mut state, job) = running(&texts("/data/talk.csv"));
    let effects = update(&mut state, Action::TryText("hello".to_owned()));
    let wishes = controls(&effects);
    let [Control::Predict(request)] = wishes.as_slice() else { panic!("asks the trainer: {wishes:?}") };
    assert_eq!(request.inputs, [RawInput::Text("hello".to_owned())]);
    let reply = |id, step| PredictReply { id, step, probabilities: vec![Ok(vec![0.3, 0.7])], saliency: None };
    report(&mut state, job, WorkerEventKind::Predicted(reply(request.id - 1, 0)));
    assert_eq!(state.try_it.answer, None, "answers to older questions are dropped");
    report(&mut state, job, WorkerEventKind::Predicted(reply(request.id, 1)));
    assert_eq!(state.try_it.answer, Some((1, Ok(vec![0.3, 0.7]))));
    // Newer weights are asked after some steps, one question at a time.
    assert!(controls(&run_event(&mut state, job, step(2))).is_empty());
    let again = controls(&run_event(&mut state, job, step(30)));
    assert!(matches!(again.as_slice(), [Control::Predict(_)]), "{again:?}");
    assert!(controls(&run_event(&mut state, job, step(60))).is_empty(), "the last one is not answered yet");

    run_event(&mut state, job, done(Outcome::Finished, 60));
    let effects = report(&mut state, job, WorkerEventKind::Ended(Ok(())));
    let Some((reader, Job::Predict { run, request })) = started(&effects) else {
        panic!("the question that the run left open goes to the reader: {effects:?}");
    };
    assert_eq!(run, PathBuf::from("/nowhere/runs/one"));
    report(&mut state, reader, WorkerEventKind::Predicted(reply(request.id, 60)));
    report(&mut state, reader, WorkerEventKind::Ended(Ok(())));
    assert_eq!(state.try_it.answer.as_ref().expect("answered").0, 60);
    // An empty text asks nothing.
    let effects = update(&mut state, Action::TryText("  ".to_owned()));
    assert!(started(&effects).is_none() && state.try_it.answer.is_none());
}

#[test]
fn what_an_answer_rests_on_belongs_to_its_question() {
    let (mut state, job) = running(&texts("/data/talk.csv"));
    update(&mut state, Action::TryText("hello".to_owned()));
    let asked = |effects: &[Effect]| match controls(effects).as_slice() {
        [Control::Predict(request)] => request.clone(),
        other => panic!("asks the trainer: {other:?}"),
    };
    let request = asked(&update(&mut state, Action::Explain(true)));
    assert!(request.explain && request.inputs == [RawInput::Text("hello".to_owned())]);
    let parts = SaliencyParts::Text { text: "hello".to_owned(), pieces: Vec::new() };
    let found = Saliency { step: 1, method: "occlusion", class: 0, probabilities: vec![0.7, 0.3], parts };
    let reply = |id| PredictReply {
        id,
        step: 1,
        probabilities: vec![Ok(vec![0.7, 0.3])],
        saliency: Some(Ok(found.clone())),
    };
    report(&mut state, job, WorkerEventKind::Predicted(reply(request.id - 1)));
    assert_eq!(state.try_it.saliency, None, "an older question's");
    report(&mut state, job, WorkerEventKind::Predicted(reply(request.id)));
    assert_eq!(state.try_it.saliency, Some(Ok(Arc::new(found.clone()))));
    // Another question takes it away; a sample of the run's data is asked about with its label.
    let effects = update(&mut state, Action::ExplainSample(1));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::ShowPanel("try_it"))));
    assert!(asked(&effects).explain && state.try_it.saliency.is_none() && state.try_it.truth.is_some());
    assert!(update(&mut state, Action::ExplainSample(99)).is_empty(), "there is no such sample");
    assert!(update(&mut state, Action::Explain(false)).is_empty());
    assert!(!asked(&update(&mut state, Action::TryText("bye".to_owned()))).explain);
}

#[test]
fn a_random_sample_is_one_of_validation_with_its_label() {
    let (mut state, _) = running(&images("/data/pets"));
    let effects = update(&mut state, Action::TryRandomSample);
    let wishes = controls(&effects);
    let [Control::Predict(request)] = wishes.as_slice() else { panic!("asks the trainer: {wishes:?}") };
    assert_eq!(request.inputs, [RawInput::Image { width: 6, height: 6, channels: 1, pixels: vec![7; 36] }]);
    assert_eq!(state.try_it.truth, Some(0), "validation samples 0 and 4 are both cats");
    let effects = update(
        &mut state,
        Action::PictureRead(PathBuf::from("/x.png"), Err("/x.png: not a picture; give a PNG".to_owned())),
    );
    assert!(effects.is_empty());
    assert!(matches!(&state.try_it.answer, Some((_, Err(reason))) if reason.contains("/x.png")));
    assert_eq!(state.try_it.truth, None);
}

#[test]
fn a_run_from_disk_fills_all_panels_and_finds_its_data() {
    let data = images("/data/pets");
    let mut state = ready(&data);
    let folder = PathBuf::from("/moved/one");
    assert!(matches!(
        update(&mut state, Action::OpenRun(folder.clone())).as_slice(),
        [Effect::LoadRun(asked)] if *asked == folder
    ));
    let events = vec![
        accepted(&state, "/nowhere/runs/one", summary(&data)),
        step(1),
        step(2),
        done(Outcome::Finished, 2),
    ];
    let kept = Some(table(Split::Validation, &[0, 4], &[0, 1]));
    update(&mut state, Action::RunLoaded(folder.clone(), Ok((events.clone(), kept))));
    let run = state.run.as_ref().expect("shown");
    assert_eq!((run.step, run.folder.clone(), run.is_live()), (2, folder.clone(), false));
    assert!(run.predictions.is_some());
    assert!(Arc::ptr_eq(state.run_data.as_ref().expect("found"), &data));

    // With other data open, the run's own data is opened beside it.
    let mut other = ready(&texts("/data/talk.csv"));
    update(&mut other, Action::OpenRun(folder.clone()));
    let effects = update(&mut other, Action::RunLoaded(folder.clone(), Ok((events, None))));
    let Some((job, Job::Describe { source, .. })) = started(&effects) else { panic!("opens the data") };
    assert_eq!(
        source,
        other.run.as_ref().and_then(|r| r.accepted.as_ref()).expect("begun").config.data.source
    );
    report(&mut other, job, WorkerEventKind::Data(data.clone(), summary(&data)));
    report(&mut other, job, WorkerEventKind::Ended(Ok(())));
    assert!(Arc::ptr_eq(other.run_data.as_ref().expect("opened"), &data));
    assert_eq!(other.data.as_ref().expect("open").summary.source, "/data/talk.csv", "the open data stays");

    // A run that cannot be read changes nothing.
    update(&mut other, Action::OpenRun(PathBuf::from("/gone")));
    update(&mut other, Action::RunLoaded(PathBuf::from("/gone"), Err("/gone: no such folder".to_owned())));
    assert_eq!(other.run.as_ref().expect("still").folder, folder);
    assert!(other.notice.as_ref().expect("told").text.contains("/gone"));
}

#[test]
fn the_live_run_goes_on_while_another_is_shown() {
    let data = images("/data/pets");
    let (mut state, job) = running(&data);
    let live = state.run.as_ref().expect("live").folder.clone();
    let folder = PathBuf::from("/nowhere/runs/old");
    update(&mut state, Action::OpenRun(folder.clone()));
    let events = vec![accepted(&state, "/nowhere/runs/old", summary(&data)), done(Outcome::Finished, 0)];
    update(&mut state, Action::RunLoaded(folder.clone(), Ok((events, None))));
    assert_eq!(state.run.as_ref().expect("the old").folder, folder);
    run_event(&mut state, job, step(5));
    assert_eq!(state.run.as_ref().expect("the old").step, 0, "the shown run gets no steps of the live one");
    assert_eq!(state.live_run().expect("going on").step, 5);
    update(&mut state, Action::OpenRun(live.clone()));
    assert_eq!(state.run.as_ref().map(|r| (r.folder.clone(), r.step)), Some((live, 5)));
    assert!(state.shows_live);
}

#[test]
fn filtering_by_classes_brings_the_predictions_to_the_front() {
    let (mut state, _) = running(&images("/data/pets"));
    update(&mut state, Action::SelectPrediction(Some(0)));
    let filter = PredictionFilter { true_class: Some(1), predicted_class: Some(0), ..state.filter.clone() };
    // The second time too, when the filter is what it was.
    for _ in 0..2 {
        let effects = update(&mut state, Action::ShowSamples(filter.clone()));
        assert!(matches!(effects.as_slice(), [Effect::ShowPanel("predictions")]));
        assert_eq!((state.filter.clone(), state.selected_prediction), (filter.clone(), None));
    }
    assert!(update(&mut state, Action::Filter(filter)).is_empty(), "the toolbar moves no panel");
}

#[test]
fn dropped_pictures_are_tried_and_everything_else_is_opened() {
    let mut state = ready(&images("/data/pets"));
    let effects = update(&mut state, Action::Dropped(vec![PathBuf::from("/x/Shoe.PNG")]));
    assert!(effects.iter().any(|e| matches!(e, Effect::ReadPicture(_))));
    let effects = update(&mut state, Action::Dropped(vec![PathBuf::from("/x/reviews.csv")]));
    assert!(
        matches!(started(&effects), Some((_, Job::Describe { source, .. })) if source == "/x/reviews.csv")
    );
    let effects = update(&mut state, Action::Dropped(vec![PathBuf::from("/a"), PathBuf::from("/b")]));
    assert!(effects.is_empty() && state.notice.is_some());
}

#[test]
fn every_built_in_set_has_a_recipe_that_fits_and_replaces_only_untouched_settings() {
    for builtin in BUILTINS {
        let source = format!("builtin:{}", builtin.name);
        let wanted = recipe(&source).unwrap_or_else(|| panic!("{source} has a recipe"));
        assert_eq!(wanted.validate(), Ok(()), "{source}");
        assert_eq!(wanted.data.source, source);

        let mut state = State::default();
        update(&mut state, Action::OpenData(source.clone()));
        assert_eq!(state.config.train, wanted.train, "{source}: settings nobody touched follow the recipe");

        let mut state = State::default();
        update(&mut state, Action::Set("train.epochs", Value::Int(77)));
        update(&mut state, Action::OpenData(source.clone()));
        assert_eq!(state.config.train.epochs, 77, "{source}: what a person chose stays");
        update(&mut state, Action::UseRecipe(builtin.name));
        assert_eq!(state.config.train, wanted.train);
    }
}

#[test]
fn every_setting_can_be_set_to_its_own_value_and_reset() {
    for row in SETTINGS.iter().filter(|row| row.key != "data.source") {
        let mut state = State::default();
        let usual = (row.get)(&state.config);
        update(&mut state, Action::Set(row.key, usual.clone()));
        assert_eq!(state.problems, [], "{}", row.key);
        update(&mut state, Action::Reset(row.key));
        assert!(state.rejected.is_empty(), "{}", row.key);
    }
}

#[test]
fn no_action_needs_a_particular_state() {
    let actions = || {
        vec![
            Action::OpenData(String::new()),
            Action::CancelOpen,
            Action::SelectSample(Some(99)),
            Action::Set("no.such_key", Value::Bool(true)),
            Action::Reset("no.such_key"),
            Action::UseRecipe("nothing"),
            Action::Pause,
            Action::Stop,
            Action::SelectPrediction(Some(99)),
            Action::TryText("x".to_owned()),
            Action::TryRandomSample,
            Action::ExplainSample(9),
            Action::Explain(true),
            Action::RefreshRuns,
            Action::ShowLiveRun,
            Action::SetTheme(Theme::Dark),
            Action::DismissNotice,
            Action::Dropped(Vec::new()),
            Action::RunLoaded(PathBuf::from("/x"), Ok((Vec::new(), None))),
            Action::Worker(WorkerEvent { job: JobId(999), kind: WorkerEventKind::Accepted }),
            Action::CompareWith(None),
            Action::CompareWithShown,
            Action::Overlay("/x".into(), true),
            Action::OverlayColor("/y".into(), [0; 3]),
            Action::EditNotes("/x".into(), attentive::runs::Notes::default()),
            Action::UndoDelete,
            Action::ShowSamples(PredictionFilter::default()),
            Action::Train,
        ]
    };
    for mut state in [State::default(), ready(&images("/data/pets")), running(&texts("/data/t.csv")).0] {
        for action in actions() {
            update(&mut state, action);
        }
        assert_eq!(state.theme, Theme::Dark);
    }
    assert!(!RunView::default().is_live());
}

// ---- columns and class names ----

fn preview() -> Preview {
    Preview {
        columns: vec!["id".to_owned(), "remark".to_owned(), "mood".to_owned()],
        rows: vec![vec!["1".to_owned(), "so good".to_owned(), "x".to_owned()]],
        text: Some(1),
        ..Preview::default()
    }
}

#[test]
fn a_table_that_is_refused_offers_its_columns_and_a_choice_reads_it_again() {
    let mut state = State::default();
    let (job, _) = started(&update(&mut state, Action::OpenData("/x.csv".to_owned()))).expect("opening");
    let refusal = Err("/x.csv: no label column was found".to_owned());
    let effects = report(&mut state, job, WorkerEventKind::Ended(refusal));
    let (look, Job::Preview { source, .. }) = started(&effects).expect("the columns are looked at") else {
        panic!("a preview")
    };
    assert_eq!(source, "/x.csv");
    report(&mut state, look, WorkerEventKind::Preview(Box::new(preview())));
    report(&mut state, look, WorkerEventKind::Ended(Ok(())));
    assert_eq!(state.preview, Some(("/x.csv".to_owned(), preview())));

    let choose = |state: &mut State, role, name: &str| {
        let effects = update(state, Action::ChooseColumn(role, name.to_owned()));
        match started(&effects) {
            Some((_, Job::Describe { source, options, .. })) => {
                assert_eq!(source, "/x.csv", "the refused source, not the one that was open");
                [options.text_column, options.label_column, options.split_column]
            }
            other => panic!("read again, not {other:?}"),
        }
    };
    assert_eq!(choose(&mut state, ColumnRole::Label, "mood"), ["", "mood", ""]);
    // A column has one role: a label that becomes the text is no label any more.
    assert_eq!(choose(&mut state, ColumnRole::Text, "mood"), ["mood", "", ""]);
    assert_eq!(choose(&mut state, ColumnRole::Text, "remark"), ["", "", ""], "the second click lets guess");
    if let Some((_, preview)) = &mut state.preview {
        preview.split = Some(0);
    }
    assert_eq!(choose(&mut state, ColumnRole::Split, "id"), ["", "", "none"]);
    assert_eq!(choose(&mut state, ColumnRole::Split, "mood"), ["", "", "mood"]);
}

#[test]
fn columns_stay_as_they_are_while_a_run_is_going() {
    let (mut state, _) = running(&texts("/x.csv"));
    state.preview = Some(("/x.csv".to_owned(), preview()));
    assert!(update(&mut state, Action::ChooseColumn(ColumnRole::Label, "mood".to_owned())).is_empty());
    assert!(state.notice.is_some_and(|notice| notice.text.contains("stop the run first")));
}

#[test]
fn classes_are_renamed_at_once_and_two_of_one_name_are_refused() {
    let mut state = ready(&images("/pictures"));
    let names =
        |state: &State| state.data.as_ref().map(|d| (d.summary.classes.clone(), d.dataset.classes.clone()));
    let expect = |a: &str, b: &str| {
        let list = vec![a.to_owned(), b.to_owned()];
        Some((list.clone(), list))
    };
    let fingerprint = state.data.as_ref().map(|d| d.dataset.fingerprint.clone());
    let effects = update(&mut state, Action::RenameClass(1, " hound, brown ".to_owned()));
    assert!(started(&effects).is_none(), "nothing is read again");
    assert_eq!(names(&state), expect("cat", "hound, brown"));
    assert_eq!(state.config.data.class_names, "dog = \"hound, brown\"");
    assert_eq!(state.data.as_ref().map(|d| d.dataset.fingerprint.clone()), fingerprint);

    update(&mut state, Action::RenameClass(0, "hound, brown".to_owned()));
    assert_eq!(names(&state), expect("cat", "hound, brown"), "the last good names stay");
    assert_eq!(state.config.data.class_names, "dog = \"hound, brown\"");
    let (key, reason) = state.rejected.first().expect("the reason stands beside the setting");
    assert_eq!(*key, "data.class_names");
    assert!(reason.contains("'cat' and 'dog' would both be called 'hound, brown'"), "{reason}");

    update(&mut state, Action::RenameClass(1, String::new()));
    assert_eq!((names(&state), state.config.data.class_names.as_str()), (expect("cat", "dog"), ""));
    assert_eq!(state.rejected, []);
    update(&mut state, Action::Set("data.class_names", Value::Text("cat".to_owned())));
    assert!(state.rejected[0].1.contains("no = and new name"), "{:?}", state.rejected);

    // The names go into the run and do not follow to other data.
    update(&mut state, Action::Set("data.class_names", Value::Text("cat = tom".to_owned())));
    match started(&update(&mut state, Action::Train)) {
        Some((_, Job::Train { config, data: Some(data), .. })) => {
            assert_eq!((config.data.class_names.as_str(), data.classes[0].as_str()), ("cat = tom", "tom"));
        }
        other => panic!("a run, not {other:?}"),
    }
    let mut state = ready(&images("/pictures"));
    update(&mut state, Action::RenameClass(1, "hound".to_owned()));
    update(&mut state, Action::OpenData("/other".to_owned()));
    assert_eq!(state.config.data.class_names, "");
}

/// The question about cost among these effects.
fn estimate_asked(effects: &[Effect]) -> Option<(JobId, attentive::config::RunConfig)> {
    effects.iter().find_map(|effect| match effect {
        Effect::Reader(Command::Start(job, Job::Estimate { config, .. })) => Some((*job, (**config).clone())),
        _ => None,
    })
}

#[test]
fn the_cost_is_asked_for_again_when_something_changed_and_one_question_at_a_time() {
    let data = images("builtin:pets");
    let mut state = State::default();
    let effects = update(&mut state, Action::OpenData(data.source.clone()));
    let (job, _) = started(&effects).expect("opening starts a job");
    report(&mut state, job, WorkerEventKind::Data(data.clone(), summary(&data)));
    // A person's patch of 4 does not divide 6 x 6: there is nothing to estimate.
    update(&mut state, Action::Set("model.patch", Value::Int(4)));
    assert_eq!(estimate_asked(&report(&mut state, job, WorkerEventKind::Ended(Ok(())))), None);
    let (first, config) =
        estimate_asked(&update(&mut state, Action::Set("model.patch", Value::Int(3)))).expect("asked");
    assert_eq!(config.model.patch, 3);
    // While it is worked on, changes wait and only the last of them is asked about.
    for depth in [5, 6] {
        assert_eq!(estimate_asked(&update(&mut state, Action::Set("model.depth", Value::Int(depth)))), None);
    }
    let estimate = attentive::train::Estimate {
        parameters: 1234,
        peak_bytes: 5,
        seconds_per_epoch: 6.0,
        how_sure: attentive::train::HowSure::Measured,
        outline: attentive::app::next_model(&state).expect("fits"),
    };
    report(&mut state, first, WorkerEventKind::Estimated(Box::new(estimate.clone())));
    assert_eq!(state.estimate.answer, Some(Ok(estimate)));
    let (second, config) =
        estimate_asked(&report(&mut state, first, WorkerEventKind::Ended(Ok(())))).expect("asked anew");
    assert_eq!(config.model.depth, 6);
    assert!(second != first && state.estimate.job == Some(second));
    // What fails is not asked again.
    assert_eq!(
        estimate_asked(&report(&mut state, second, WorkerEventKind::Ended(Err("no".to_owned())))),
        None
    );
    assert_eq!(state.estimate.answer, Some(Err("no".to_owned())));
    // Nor is anything while a run goes.
    update(&mut state, Action::Train);
    assert_eq!(estimate_asked(&update(&mut state, Action::Set("train.epochs", Value::Int(3)))), None);
}

#[test]
fn a_preset_sets_the_models_sizes() {
    let mut state = ready(&images("builtin:pets"));
    update(&mut state, Action::UsePreset("base"));
    assert_eq!((state.config.model.width, state.config.model.depth), (256, 8));
    assert_eq!(state.config.model.patch, 3, "other settings stay");
    assert!(attentive::config::PRESETS[2].fits(&state.config));
    update(&mut state, Action::UsePreset("no such preset"));
    assert!(state.log.last().is_some_and(|line| line.text.contains("tiny, small, base")), "{:?}", state.log);
    update(&mut state, Action::Train);
    update(&mut state, Action::UsePreset("tiny"));
    assert_eq!(state.config.model.width, 256, "not while a run goes");
}
