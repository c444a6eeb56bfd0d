//! Verifying a run: by the trainer, never beside a run, with progress, until it is cancelled.

use super::{controls, images, ready, report, running, started};
use attentive::app::{Action, Activity, Effect, ForkWish, RunRow, RunView, State, update};
use attentive::runs::{Event, Level, Verified};
use attentive::train::{Control, Difference, Verification};
use attentive::worker::{Job, JobId, WorkerEventKind};
use std::path::PathBuf;

fn run() -> PathBuf {
    PathBuf::from("/nowhere/runs/one")
}

fn begun(state: &mut State, from_start: bool) -> JobId {
    let effects = update(state, Action::VerifyRun(run(), from_start));
    let (job, asked) = started(&effects).expect("a job");
    let Job::Verify(verify) = asked else { panic!("{asked:?}") };
    assert_eq!((verify.run, verify.from_start, verify.data.is_some()), (run(), from_start, false));
    job
}

fn found(difference: Option<Difference>) -> WorkerEventKind {
    let replay = Verified {
        from_step: 8,
        to_step: 12,
        weights: String::new(),
        processor: "a processor".to_owned(),
        instructions: "AVX2".to_owned(),
        threads: 2,
        version: "0.1.0".to_owned(),
        at: 1,
    };
    WorkerEventKind::Verified(Box::new(Verification { run: run(), replay, difference }))
}

fn state() -> State {
    let mut state = ready(&images("builtin:fashion"));
    state.runs =
        vec![RunRow { folder: run(), name: "one".into(), status: "finished".into(), ..RunRow::default() }];
    state
}

#[test]
fn a_run_that_comes_out_the_same_is_told_and_the_list_is_read_again() {
    let mut state = state();
    let job = begun(&mut state, true);
    report(&mut state, job, WorkerEventKind::Accepted);
    let progress = Event::Progress { stage: "Replaying".to_owned(), done: 3, total: 12 };
    report(&mut state, job, WorkerEventKind::Run(progress));
    assert_eq!(state.verifies().map(|v| v.progress.clone()), Some(("Replaying".to_owned(), 3, 12)));
    assert_eq!(state.activity, Activity::Idle, "the top bar does not speak of a run");
    report(&mut state, job, found(None));
    let effects = report(&mut state, job, WorkerEventKind::Ended(Ok(())));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::ListRuns)), "with the mark");
    let line = state.log.last().expect("told");
    assert_eq!(line.level, Level::Info);
    assert!(line.text.contains("one is verified: steps 9 to 12 come out the same"), "{}", line.text);
    assert!(state.verifies().is_none() && state.why_busy().is_none());
}

#[test]
fn a_difference_names_the_file_and_the_step_and_stays_known() {
    let mut state = state();
    let job = begun(&mut state, false);
    let what = "model.safetensors has other bytes after step 12".to_owned();
    report(&mut state, job, found(Some(Difference { step: 12, what: what.clone() })));
    report(&mut state, job, WorkerEventKind::Ended(Ok(())));
    let notice = state.notice.clone().expect("told");
    assert_eq!(notice.level, Level::Error);
    for part in ["one does not come out the same", "step 12", &what, "the run is as it was"] {
        assert!(notice.text.contains(part), "{part}: {}", notice.text);
    }
    assert_eq!(state.verifying.as_ref().and_then(|v| v.differs.clone()), Some((12, what)));
}

#[test]
fn nothing_else_is_trained_meanwhile_and_it_can_be_cancelled() {
    let mut state = state();
    let job = begun(&mut state, false);
    for action in [
        Action::Train,
        Action::ResumeRun("/nowhere/runs/two".into()),
        Action::VerifyRun("/nowhere/runs/two".into(), false),
    ] {
        let effects = update(&mut state, action);
        assert!(started(&effects).is_none() && effects.is_empty(), "{effects:?}");
        assert!(state.notice.take().is_some_and(|notice| notice.text.contains("is being verified")));
    }
    let control = update(&mut state, Action::CancelVerify);
    assert_eq!(controls(&control), [Control::Stop]);
    report(&mut state, job, WorkerEventKind::Ended(Ok(())));
    assert!(state.verifies().is_none() && state.notice.is_none(), "no result, no failure");
    assert!(update(&mut state, Action::CancelVerify).is_empty());
    let job = begun(&mut state, false);
    report(&mut state, job, WorkerEventKind::Ended(Err("it has a deadline".to_owned())));
    assert!(state.notice.take().is_some_and(|notice| notice.text == "it has a deadline"));
}

#[test]
fn a_run_that_is_going_is_not_verified() {
    let (mut state, _) = running(&images("builtin:fashion"));
    assert!(started(&update(&mut state, Action::VerifyRun(run(), false))).is_none());
    assert!(state.notice.take().is_some_and(|notice| notice.text.contains("going")));
    let mut state = self::state();
    state.runs[0].status = "running".to_owned();
    assert!(started(&update(&mut state, Action::VerifyRun(run(), false))).is_none());
    assert!(state.notice.take().is_some_and(|notice| notice.text.contains("wait until it has ended")));
    state.run = Some(RunView::default());
    assert!(update(&mut state, Action::VerifyShown).is_empty());
    assert!(state.notice.take().is_some_and(|notice| notice.text.contains("Open a run first")));
    update(&mut state, Action::Fork(ForkWish::OfShown));
    assert!(state.forking.is_none());
}
