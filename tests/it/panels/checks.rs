//! The Data panel's parts before training: what is found about the data, and public sets.

use super::{Alone, fixture, show, wishes};
use attentive::app::{Action, Checking, Effect, Fetching, State, update};
use attentive::config::Value;
use attentive::data::catalogue::{PUBLIC_SETS, public_set};
use attentive::data::{Dataset, Split, summary};
use attentive::preprocess::{DataReport, ModelView};
use attentive::worker::{Command, Job, JobId, WorkerEvent, WorkerEventKind};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use std::sync::Arc;

/// A state in which this data has just been opened, and the effects of that.
fn opened(mut data: Dataset) -> (State, Vec<Effect>) {
    data.splits = (0..data.len()).map(|i| [Split::Train, Split::Validation][i / 2 % 2]).collect();
    data.declared = data.splits.clone();
    let mut state = State::default();
    let source = data.source.clone();
    let effects = update(&mut state, Action::OpenData(source));
    let job = effects
        .iter()
        .find_map(|effect| match effect {
            Effect::Reader(Command::Start(job, _)) => Some(*job),
            _ => None,
        })
        .expect("opening is a job");
    let numbers = summary(&data);
    let kind = WorkerEventKind::Data(Arc::new(data), numbers);
    let effects = update(&mut state, Action::Worker(WorkerEvent { job, kind }));
    update(&mut state, Action::Worker(WorkerEvent { job, kind: WorkerEventKind::Ended(Ok(())) }));
    (state, effects)
}

/// The check that effects start.
fn check_of(effects: &[Effect]) -> Option<(JobId, Arc<Dataset>)> {
    effects.iter().find_map(|effect| match effect {
        Effect::Checker(Command::Start(job, Job::Check { data, .. })) => Some((*job, data.clone())),
        _ => None,
    })
}

/// The same state after its check has ended.
fn checked(mut state: State, effects: &[Effect]) -> State {
    let (job, data) = check_of(effects).expect("a check was started");
    let report = DataReport::make(&data, &state.config, &attentive::data::silent).expect("not cancelled");
    for kind in [WorkerEventKind::Report(Arc::new(report)), WorkerEventKind::Ended(Ok(()))] {
        update(&mut state, Action::Worker(WorkerEvent { job, kind }));
    }
    state
}

fn says(harness: &Harness<'static, Alone>, text: &str) -> bool {
    harness.query_all_by_label_contains(text).next().is_some()
}

#[test]
fn small_data_is_checked_when_it_opens_and_large_data_on_request() {
    let (state, effects) = opened(fixture::texts(40, &["退款", "refund"]));
    let (job, _) = check_of(&effects).expect("small data is checked by itself");
    assert_eq!(state.checking.job.as_ref().map(|(job, _)| *job), Some(job));
    assert!(state.findings().is_empty(), "nothing is known yet");
    let state = checked(state, &effects);
    assert!(!state.findings().is_empty() && state.checking.job.is_none());

    let (mut state, effects) = opened(fixture::texts(30_000, &["退款", "refund"]));
    assert!(check_of(&effects).is_none());
    let harness = show("data", state.clone(), [420.0, 1400.0]);
    harness.get_by_label("Check the data").click();
    let mut harness = harness;
    assert!(matches!(wishes(&mut harness).as_slice(), [Action::CheckData]));
    let effects = update(&mut state, Action::CheckData);
    let (job, _) = check_of(&effects).expect("on request");
    let kind = WorkerEventKind::Run(attentive::runs::Event::Progress {
        stage: "Comparing samples".to_owned(),
        done: 100,
        total: 30_000,
    });
    update(&mut state, Action::Worker(WorkerEvent { job, kind }));
    let mut harness = show("data", state.clone(), [420.0, 1400.0]);
    harness.get_by_label("Cancel").click();
    assert!(matches!(wishes(&mut harness).as_slice(), [Action::CancelCheck]));
    let effects = update(&mut state, Action::CancelCheck);
    assert!(matches!(effects.as_slice(), [Effect::Checker(Command::Control(stopped, _))] if *stopped == job));
    assert!(state.checking.job.is_none());
    // What an abandoned check still says is dropped.
    let kind = WorkerEventKind::Ended(Err("late".to_owned()));
    update(&mut state, Action::Worker(WorkerEvent { job, kind }));
    assert!(state.checking.error.is_none());
}

#[test]
fn findings_say_what_to_do_and_one_click_does_it() {
    // Every fourth text is the same, twenty of them in training.
    let (mut state, _) = opened(fixture::texts(40, &["退款", "refund"]));
    update(&mut state, Action::Set("text.length", Value::Int(8)));
    let effects = update(&mut state, Action::CheckData);
    let state = checked(state, &effects);
    let mut harness = show("data", state.clone(), [420.0, 2400.0]);
    assert!(says(&harness, "Training samples that repeat an earlier one: 18"));
    assert!(says(&harness, "of the texts are longer than 8 tokens"));
    assert!(says(&harness, "Histogram of the tokens of a text"));
    let button = harness.query_all_by_label_contains("Set length to").next().expect("a remedy");
    button.click();
    match wishes(&mut harness).as_slice() {
        [Action::Set("text.length", Value::Int(tokens))] => assert!(*tokens > 8),
        other => panic!("{other:?}"),
    }
    assert_eq!(harness.unnamed_widgets(), Vec::<String>::new());

    let mut changed = state;
    update(&mut changed, Action::Set("text.length", Value::Int(64)));
    assert!(changed.check_is_old() && changed.findings().is_empty());
    let harness = show("data", changed, [420.0, 2400.0]);
    assert!(says(&harness, "Settings have changed since"));
    harness.get_by_label("Check again");
}

#[test]
fn duplicates_are_listed_and_a_click_shows_one() {
    let (state, effects) = opened(fixture::texts(40, &["退款", "refund"]));
    let state = checked(state, &effects);
    let groups = state.checking.report.as_ref().map_or(0, |report| report.duplicates.num_groups);
    assert_eq!(groups, 4, "four texts, ten times each");
    let mut harness = show("data", state, [420.0, 2400.0]);
    harness.get_by_label(&format!("Duplicates ({groups})")).click();
    harness.run_steps(20);
    let row = harness.query_all_by_label_contains("Duplicate in group 1: sample").next().expect("a row");
    row.click();
    assert!(matches!(wishes(&mut harness).as_slice(), [Action::SelectSample(Some(_))]));
}

#[test]
fn what_is_nearly_equal_stands_in_a_list_of_its_own_with_both() {
    let mut data = fixture::texts(40, &["退款", "refund"]);
    let texts: Vec<String> = (0..40).map(|n| format!("message {n} of forty")).collect();
    let rows = texts.iter().map(String::as_str).take(38).chain(["Where is it?", "where is IT"]);
    data.examples = attentive::data::Examples::Texts(Arc::new(rows.collect()));
    let (state, effects) = opened(data);
    let state = checked(state, &effects);
    assert_eq!(state.checking.report.as_ref().map(|report| report.duplicates.num_groups), Some(0));
    let mut harness = show("data", state, [420.0, 2400.0]);
    harness.get_by_label("Nearly equal (1)").click();
    harness.run_steps(20);
    assert!(says(&harness, "are nearly equal to an earlier sample of their split"));
    assert!(says(&harness, "Texts are nearly equal if they differ in case"));
    harness.get_by_label_contains("Nearly equal in group 1: sample 38");
    harness.get_by_label_contains("Nearly equal in group 1: sample 39").click();
    assert!(matches!(wishes(&mut harness).as_slice(), [Action::SelectSample(Some(39))]));
    assert_eq!(harness.unnamed_widgets(), Vec::<String>::new());
}

#[test]
fn pictures_without_faults_are_told_to_be_sound() {
    let (state, effects) = opened(fixture::images(60, &["a", "b"]));
    let state = checked(state, &effects);
    assert_eq!(state.findings(), []);
    let harness = show("data", state, [420.0, 2400.0]);
    assert!(says(&harness, "Nothing to warn of"));
    assert!(!says(&harness, "Histogram of the tokens"));
}

#[test]
fn the_tokens_of_a_text_are_shown_with_the_cut_and_what_they_say() {
    let (mut state, _) = opened(fixture::texts(40, &["退款", "refund"]));
    update(&mut state, Action::Set("text.length", Value::Int(6)));
    update(&mut state, Action::SelectSample(Some(0)));
    let mut harness = show("data", state.clone(), [420.0, 2400.0]);
    assert!(wishes(&mut harness).is_empty(), "nothing is asked for until it is to be seen");
    harness.get_by_label("Tokens that the model is given").click();
    harness.run_steps(20);
    let asked = wishes(&mut harness);
    assert!(matches!(asked.first(), Some(Action::SeeTokens(0))), "{asked:?}");
    let effects = update(&mut state, Action::SeeTokens(0));
    let [Effect::Checker(Command::Start(job, Job::ModelView { data, config, request }))] = effects.as_slice()
    else {
        panic!("{effects:?}")
    };
    assert!(!state.tokens_are_due(0) && state.tokens_of(0).is_none());
    let seen = ModelView::make(data, config, request, &attentive::data::silent).expect("tokens");
    for kind in [WorkerEventKind::ModelView(Arc::new(seen)), WorkerEventKind::Ended(Ok(()))] {
        update(&mut state, Action::Worker(WorkerEvent { job: *job, kind }));
    }
    let mut harness = show("data", state.clone(), [420.0, 2400.0]);
    harness.get_by_label("Tokens that the model is given").click();
    harness.run_steps(20);
    assert!(wishes(&mut harness).is_empty(), "it is not asked for twice");
    assert!(says(&harness, "Token [CLS], id 2") && says(&harness, "Token my, id"));
    assert!(says(&harness, "cut at 6"));
    assert!(says(&harness, "6 of "));
    assert!(says(&harness, "Put together again"));
    assert_eq!(harness.unnamed_widgets(), Vec::<String>::new());
    // A sample past the end of the data is told of.
    let effects = update(&mut state, Action::SeeTokens(40));
    let Some(Effect::Checker(Command::Start(job, _))) = effects.last() else { panic!("{effects:?}") };
    let none = Arc::new(ModelView { samples: Vec::new() });
    update(&mut state, Action::Worker(WorkerEvent { job: *job, kind: WorkerEventKind::ModelView(none) }));
    assert!(
        state.tokens_of(40).is_some_and(|seen| seen.as_ref().is_err_and(|why| why.contains("number 40")))
    );
    update(&mut state, Action::Set("text.length", Value::Int(16)));
    assert!(state.tokens_are_due(0), "other settings give other tokens");
}

// ---- public sets ----

fn public(state: State) -> Harness<'static, Alone> {
    let mut harness = show("data", state, [420.0, 2600.0]);
    harness.get_by_label("Public data sets").click();
    harness.run_steps(20);
    harness
}

#[test]
fn public_sets_stand_with_licence_and_size_and_are_fetched_only_at_a_click() {
    let mut harness = public(State::default());
    for set in PUBLIC_SETS {
        harness.get_by_label(set.title);
        assert!(says(&harness, set.licence), "{}", set.name);
    }
    assert!(says(&harness, "12\u{a0}MB"), "the size of MNIST");
    assert!(wishes(&mut harness).is_empty(), "looking asks for nothing");
    harness.get_by_label("Get MNIST").click();
    let set = match wishes(&mut harness).as_slice() {
        [Action::FetchPublic(set)] => *set,
        other => panic!("{other:?}"),
    };
    let mut state = State::default();
    let effects = update(&mut state, Action::FetchPublic(set));
    let [Effect::Fetcher(Command::Start(job, Job::Fetch { set, .. }))] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert_eq!(set.name, "mnist");
    let kind = WorkerEventKind::Run(attentive::runs::Event::Progress {
        stage: "Fetching".to_owned(),
        done: 5_800_000,
        total: 11_594_722,
    });
    update(&mut state, Action::Worker(WorkerEvent { job: *job, kind }));
    let mut harness = public(state.clone());
    harness.get_by_label("Fetching 5.8\u{a0}MB of 12\u{a0}MB");
    assert!(harness.get_by_label("Get CIFAR-10").accesskit_node().is_disabled());
    harness.get_by_label("Cancel fetching MNIST").click();
    assert!(matches!(wishes(&mut harness).as_slice(), [Action::CancelFetch]));
    let effects = update(&mut state, Action::CancelFetch);
    assert!(matches!(effects.as_slice(), [Effect::Fetcher(Command::Control(..))]));
    let kind = WorkerEventKind::Ended(Ok(()));
    let effects = update(&mut state, Action::Worker(WorkerEvent { job: *job, kind }));
    assert!(matches!(effects.as_slice(), [Effect::ListPublic]));
    assert!(state.public.fetching.is_none());
    assert!(state.log.last().is_some_and(|line| line.text.contains("cancelled")));
}

#[test]
fn a_set_that_cannot_be_reached_says_so_beside_it_and_one_that_is_here_opens() {
    let set = public_set("mnist").expect("a set");
    let mut state = State::default();
    let effects = update(&mut state, Action::FetchPublic(set));
    let [Effect::Fetcher(Command::Start(job, _))] = effects.as_slice() else { panic!("{effects:?}") };
    let reason = "MNIST was not fetched: no connection; this computer seems to be offline".to_owned();
    let kind = WorkerEventKind::Ended(Err(reason));
    update(&mut state, Action::Worker(WorkerEvent { job: *job, kind }));
    let harness = public(state.clone());
    assert!(says(&harness, "this computer seems to be offline"));
    harness.get_by_label("Get MNIST");

    update(&mut state, Action::PublicListed(vec!["mnist"]));
    let mut harness = public(state);
    harness.get_by_label("Open MNIST").click();
    assert!(
        matches!(wishes(&mut harness).as_slice(), [Action::OpenData(source)] if source == "public:mnist")
    );
    assert_eq!(harness.unnamed_widgets(), Vec::<String>::new());
}

#[test]
fn one_set_is_fetched_at_a_time() {
    let mut state = State::default();
    let [first, second] = ["mnist", "imdb"].map(|name| public_set(name).expect("a set"));
    update(&mut state, Action::FetchPublic(first));
    assert!(update(&mut state, Action::FetchPublic(second)).is_empty());
    assert!(state.public.fetching.as_ref().is_some_and(|f: &Fetching| f.set.name == "mnist"));
    let _: &Checking = &state.checking;
}
