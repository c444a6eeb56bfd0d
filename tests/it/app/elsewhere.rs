//! A model put to work on other data, and a run that goes on: what is asked of the workers and
//! what State shows of it.

use super::{accepted, controls, done, images, ready, report, run_event, started, step};
use attentive::app::{Action, Activity, Effect, State, update};
use attentive::config::Value;
use attentive::data::{Split, summary};
use attentive::runs::{Evaluation, Event, Extended, Level, Outcome, PredictionTable};
use attentive::train::{Control, PredictedFile};
use attentive::worker::{Command, Job, JobId, WorkerEventKind};
use std::path::PathBuf;
use std::sync::Arc;

/// With a finished run of 40 steps shown.
fn finished() -> State {
    let data = images("builtin:fashion");
    let mut state = ready(&data);
    let (job, _) = started(&update(&mut state, Action::Train)).expect("trains");
    report(&mut state, job, WorkerEventKind::Accepted);
    let begun = accepted(&state, "/nowhere/runs/one", summary(&data));
    run_event(&mut state, job, begun);
    run_event(&mut state, job, step(40));
    run_event(&mut state, job, done(Outcome::Finished, 40));
    report(&mut state, job, WorkerEventKind::Ended(Ok(())));
    assert_eq!(state.activity, Activity::Idle);
    state
}

fn stopped_reader(effects: &[Effect]) -> Option<JobId> {
    effects.iter().find_map(|effect| match effect {
        Effect::Reader(Command::Control(job, Control::Stop)) => Some(*job),
        _ => None,
    })
}

#[test]
fn a_model_is_measured_on_other_data() {
    let mut state = finished();
    let run = state.run.as_ref().expect("shown").folder.clone();
    let effects = update(&mut state, Action::EvaluateOn(" other.csv ".to_owned()));
    let (job, asked) = started(&effects).expect("a job");
    let Job::Evaluate { run: of, source, split: None } = asked else { panic!("{asked:?}") };
    assert_eq!((of, source.as_deref()), (run, Some("other.csv")));
    let progress = Event::Progress { stage: "Evaluating".to_owned(), done: 3, total: 8 };
    run_event(&mut state, job, progress);
    let on = state.evaluation_on.as_ref().expect("going");
    assert_eq!(on.progress, ("Evaluating".to_owned(), 3, 8));
    assert!(on.job.is_some() && on.classes == ["cat", "dog"]);

    let evaluation = Evaluation {
        step: 40,
        epoch: 10.0,
        split: Split::Test,
        samples: 8,
        metrics: [("accuracy".to_owned(), 0.5)].into(),
        classes: Default::default(),
        confusion: vec![vec![2, 2], vec![2, 2]],
        seconds: 0.1,
        predictions: None,
        best: false,
    };
    let other = images("other.csv");
    run_event(&mut state, job, Event::Evaluation(Box::new(evaluation.clone())));
    report(&mut state, job, WorkerEventKind::Predictions(Arc::new(PredictionTable::default())));
    report(&mut state, job, WorkerEventKind::Data(other.clone(), summary(&other)));
    report(&mut state, job, WorkerEventKind::Ended(Ok(())));
    let on = state.evaluation_on.as_ref().expect("kept");
    assert!(on.job.is_none() && on.result == Some(Ok(())));
    assert_eq!(on.found.evaluation.as_ref(), Some(&evaluation));
    assert!(on.found.predictions.is_some() && on.found.data.is_some());
    let shown = state.run.as_ref().expect("shown");
    assert!(shown.evaluations.is_empty() && shown.predictions.is_none(), "the run's own stay its own");
    assert!(state.log.last().is_some_and(|line| line.text.contains("8 examples of other.csv")));

    // Another one takes its place; one that is going is stopped first.
    let (first, _) = started(&update(&mut state, Action::EvaluateOn("a".to_owned()))).expect("a job");
    let effects = update(&mut state, Action::EvaluateOn("b".to_owned()));
    assert_eq!(stopped_reader(&effects), Some(first));
    let (second, _) = started(&effects).expect("a job");
    report(&mut state, first, WorkerEventKind::Ended(Err("late".to_owned())));
    assert_eq!(state.evaluation_on.as_ref().map(|on| on.source.as_str()), Some("b"));
    report(&mut state, second, WorkerEventKind::Ended(Err("b is not there".to_owned())));
    let on = state.evaluation_on.as_ref().expect("kept");
    assert_eq!(on.result, Some(Err("b is not there".to_owned())));
    assert!(state.notice.as_ref().is_some_and(|n| n.level == Level::Error && n.text == "b is not there"));
    let (third, _) = started(&update(&mut state, Action::EvaluateOn("c".to_owned()))).expect("a job");
    assert_eq!(stopped_reader(&update(&mut state, Action::CancelEvaluateOn)), Some(third));
    assert!(state.evaluation_on.is_none());
}

#[test]
fn a_folder_is_predicted_into_a_file() {
    let mut state = finished();
    let out = PathBuf::from("/nowhere/out.csv");
    let effects = update(&mut state, Action::PredictTo("pictures".to_owned(), out.clone()));
    let (job, asked) = started(&effects).expect("a job");
    let Job::PredictFile { source, out: to, .. } = asked else { panic!("{asked:?}") };
    assert_eq!((source.as_str(), &to), ("pictures", &out));
    run_event(&mut state, job, Event::Progress { stage: "Predicting".to_owned(), done: 1, total: 2 });
    assert_eq!(state.batch_prediction.as_ref().expect("going").progress.1, 1);
    let written = PredictedFile { rows: 2, failed: 1 };
    report(&mut state, job, WorkerEventKind::PredictedFile(written.clone()));
    report(&mut state, job, WorkerEventKind::Ended(Ok(())));
    let batch = state.batch_prediction.as_ref().expect("kept");
    assert_eq!((batch.job, &batch.written, &batch.result), (None, &Some(written), &Some(Ok(()))));
    let told = &state.log.last().expect("told").text;
    assert!(told.contains("2 examples to /nowhere/out.csv") && told.contains("1 could not"), "{told}");

    let again = Action::PredictTo("pictures".to_owned(), out);
    let (job, _) = started(&update(&mut state, again)).expect("a job");
    assert_eq!(stopped_reader(&update(&mut state, Action::CancelPredictTo)), Some(job));
    assert!(state.batch_prediction.is_none());
    assert!(update(&mut state, Action::CancelPredictTo).is_empty());
    for (source, out) in [(" ", "out.csv"), ("pictures", "")] {
        assert!(update(&mut state, Action::PredictTo(source.to_owned(), out.into())).is_empty());
        assert!(state.notice.take().is_some(), "says what is missing");
    }
    let mut nothing = State::default();
    assert!(update(&mut nothing, Action::EvaluateOn("a.csv".to_owned())).is_empty());
    assert!(nothing.notice.is_some_and(|notice| notice.text.contains("open a run")));
}

#[test]
fn a_finished_run_goes_on_and_settings_show_its_own() {
    let mut state = finished();
    let (epochs, rate) = (state.config.train.epochs, state.config.train.learning_rate);
    assert_eq!(state.usual_train_on(), Some(2 * epochs), "twice as many");
    update(&mut state, Action::Set("train.learning_rate", Value::Float(0.5)));
    let effects = update(&mut state, Action::TrainOn(15));
    let (job, asked) = started(&effects).expect("a job");
    let Job::Extend { run, changes, data } = asked else { panic!("{asked:?}") };
    assert_eq!((run, data.is_some()), (PathBuf::from("/nowhere/runs/one"), true));
    assert_eq!(changes, [("train.epochs".to_owned(), Value::Int(15))]);
    assert_eq!(state.config.train.epochs, 15);
    assert_eq!(state.config.train.learning_rate, rate, "that of the run that goes on");
    assert!(state.why_not_train_on().is_some() && state.why_not_train().is_some(), "one at a time");
    assert!(update(&mut state, Action::TrainOn(20)).is_empty());

    report(&mut state, job, WorkerEventKind::Accepted);
    assert!(state.run.as_ref().expect("shown").done.is_some(), "until it is known to go on");
    let extended = Extended {
        from_step: 40,
        version: "0".to_owned(),
        started: 2,
        total_steps: 60,
        device: "CPU".to_owned(),
    };
    run_event(&mut state, job, Event::Extended(Box::new(extended)));
    run_event(&mut state, job, step(41));
    let run = state.run.as_ref().expect("shown");
    assert!(run.is_live() && run.step == 41 && run.total_steps == 60);
    assert_eq!(run.steps["loss"].len(), 2, "the curve goes on");
    assert_eq!(controls(&update(&mut state, Action::Pause)), [Control::Pause]);
    run_event(&mut state, job, done(Outcome::Stopped, 41));
    report(&mut state, job, WorkerEventKind::Ended(Ok(())));
    assert_eq!((state.activity, state.usual_train_on()), (Activity::Idle, Some(epochs)), "what was planned");
}

#[test]
fn what_keeps_a_run_from_going_on_is_told() {
    let mut state = finished();
    let (job, _) = started(&update(&mut state, Action::TrainOn(15))).expect("a job");
    report(&mut state, job, WorkerEventKind::Accepted);
    report(&mut state, job, WorkerEventKind::Ended(Err("the data has changed".to_owned())));
    assert_eq!(state.activity, Activity::Idle);
    assert!(state.notice.as_ref().is_some_and(|notice| notice.text == "the data has changed"));
    let run = state.run.as_ref().expect("still shown");
    assert_eq!(run.done.as_ref().map(|d| d.outcome), Some(Outcome::Finished), "the run is as it was");
    assert!(State::default().why_not_train_on().is_some_and(|why| why.contains("Runs panel")));
}

#[test]
fn the_time_left_is_that_of_the_steps_or_of_the_deadline() {
    let mut state = finished();
    let run = state.run.as_mut().expect("shown");
    (run.step, run.total_steps, run.seconds) = (10, 40, 20.0);
    assert_eq!(run.seconds_left(), 60.0, "at two seconds a step");
    run.accepted.as_mut().expect("begun").config.train.deadline = 1.0;
    assert_eq!(run.seconds_left(), 40.0, "a minute less what is gone");
    (run.seconds, run.seconds_before) = (120.0, 110.0);
    assert_eq!(run.seconds_left(), 50.0, "of this sitting");
}
