//! Tests of worker: nothing that matters is lost and nobody waits for the other, with work
//! made up here; then the real work, once.

use attentive::config::RunConfig;
use attentive::data::catalogue::{Hash, PublicSet, Remote, keep};
use attentive::data::{OpenOptions, Split};
use attentive::preprocess::{ModelViewRequest, RawInput, Seen};
use attentive::runs::{Event, Level, Metrics, Outcome, PredictionTable, list_runs, read_run};
use attentive::train::{Control, Observer, PredictRequest, Steering};
use attentive::worker::{
    Command, Job, JobId, JobObserver, JobSteering, Trainer, Work, Worker, WorkerEvent,
    WorkerEventKind as Kind,
};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// Long enough for any machine; a test that reaches it has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A job that the made-up work tells apart by the run's name.
fn job(name: &str) -> Job {
    Job::Train {
        config: Box::new(RunConfig::default()),
        data: None,
        folder: PathBuf::from(name),
        force: false,
    }
}

fn name(job: &Job) -> String {
    match job {
        Job::Train { folder, .. } => folder.to_string_lossy().into_owned(),
        _ => "other".to_owned(),
    }
}

fn start(worker: &Worker, id: u64, job: Job) {
    worker.try_send(Command::Start(JobId(id), job)).expect("there is room");
}

fn step(step: u64) -> Event {
    Event::Step { step, epoch: 0.0, seconds: step as f64, metrics: Metrics::new() }
}

fn notice(text: &str) -> Event {
    Event::Notice { level: Level::Info, text: text.to_owned() }
}

/// Takes everything until this job has ended.
fn until_ended(worker: &Worker, id: u64) -> Vec<WorkerEvent> {
    let mut all: Vec<WorkerEvent> = Vec::new();
    while !all.iter().any(|e| e.job == JobId(id) && matches!(e.kind, Kind::Ended(_))) {
        let more = worker.wait(PATIENCE);
        assert!(!more.is_empty(), "nothing came for a long time after {all:?}");
        all.extend(more);
    }
    all
}

fn of(events: &[WorkerEvent], id: u64) -> Vec<&Kind> {
    events.iter().filter(|event| event.job == JobId(id)).map(|event| &event.kind).collect()
}

fn step_numbers(events: &[&Kind]) -> Vec<u64> {
    let number =
        |kind: &&Kind| if let Kind::Run(Event::Step { step, .. }) = kind { Some(*step) } else { None };
    events.iter().filter_map(number).collect()
}

/// Says far more than the channel holds, then says that it is through.
struct Talkative(Sender<String>);

impl Work for Talkative {
    fn run(
        &mut self,
        job: Job,
        steering: &mut JobSteering,
        observer: &mut JobObserver,
    ) -> Result<(), String> {
        for number in 1..=5000 {
            assert_eq!(steering.poll(), None);
            observer.event(&Event::Progress { stage: "Talking".into(), done: number, total: 5000 });
            observer.event(&step(number));
            observer.event(&notice("and another thing"));
            observer.predictions(&Arc::new(PredictionTable { step: number, ..PredictionTable::default() }));
        }
        self.0.send(name(&job)).map_err(|e| e.to_string())
    }
}

#[test]
fn a_full_channel_stops_nobody_and_loses_no_point() {
    let (through, finished) = channel();
    let woken = Arc::new(AtomicU64::new(0));
    let count = woken.clone();
    let wake = move || {
        count.fetch_add(1, Ordering::Relaxed);
    };
    let worker = Worker::spawn_with("talkative", wake, Talkative(through));
    start(&worker, 1, job("first"));
    start(&worker, 2, job("second"));
    // Both jobs run to their end while nobody takes anything, as behind a hidden window.
    for expected in ["first", "second"] {
        assert_eq!(finished.recv_timeout(PATIENCE), Ok(expected.to_owned()));
    }
    let events = until_ended(&worker, 2);
    for id in [1, 2] {
        let events = of(&events, id);
        assert!(
            matches!(events.first(), Some(Kind::Accepted))
                && matches!(events.last(), Some(Kind::Ended(Ok(()))))
        );
        assert_eq!(step_numbers(&events), (1..=5000).collect::<Vec<_>>());
        let notices = events.iter().filter(|kind| matches!(kind, Kind::Run(Event::Notice { .. }))).count();
        assert_eq!(notices, 5000);
        let tables: Vec<u64> = events
            .iter()
            .filter_map(|kind| if let Kind::Predictions(table) = kind { Some(table.step) } else { None })
            .collect();
        assert!(tables.len() < 5000 && tables.last() == Some(&5000), "older predictions give way to newer");
    }
    assert!(woken.load(Ordering::Relaxed) > 0);
}

/// Tells the niceness of its own thread and of one that it starts, as training starts its own.
#[cfg(target_os = "linux")]
struct Nice(Sender<[i64; 2]>);

#[cfg(target_os = "linux")]
impl Work for Nice {
    fn run(&mut self, _: Job, _: &mut JobSteering, _: &mut JobObserver) -> Result<(), String> {
        let started = std::thread::scope(|scope| scope.spawn(niceness).join()).expect("ends well");
        self.0.send([niceness(), started]).map_err(|e| e.to_string())
    }
}

#[cfg(target_os = "linux")]
fn niceness() -> i64 {
    let status = std::fs::read_to_string("/proc/thread-self/stat").expect("the system says it");
    let (_, fields) = status.rsplit_once(')').expect("the name ends");
    fields.split_whitespace().nth(16).expect("it has 52 fields").parse().expect("a number")
}

#[cfg(target_os = "linux")]
#[test]
fn a_worker_and_the_threads_that_it_starts_yield_to_the_window() {
    let before = niceness();
    let (tell, told) = channel();
    let worker = Worker::spawn_with("nice", || (), Nice(tell));
    start(&worker, 1, job("any"));
    let nicer = (before + 5).min(19);
    assert_eq!(told.recv_timeout(PATIENCE), Ok([nicer, nicer]));
    assert_eq!(niceness(), before, "the window's own thread stays as it was");
}

/// The real work, and word of each job that is through.
struct Announced(Trainer, Sender<()>);

impl Work for Announced {
    fn run(
        &mut self,
        job: Job,
        steering: &mut JobSteering,
        observer: &mut JobObserver,
    ) -> Result<(), String> {
        let result = self.0.run(job, steering, observer);
        self.1.send(()).map_err(|e| e.to_string()).and(result)
    }
}

#[test]
fn a_run_that_nobody_listens_to_trains_to_its_end_and_tells_all_of_it_later() {
    let home = tempfile::tempdir().expect("temporary folder");
    let table = home.path().join("messages.csv");
    write_table(&table, 60);
    let mut config = RunConfig::default();
    config.data.source = table.to_string_lossy().into_owned();
    // Each step is evaluated and saved, so that there is far more to say than the channel holds.
    for assignment in [
        "model.width=16",
        "model.depth=1",
        "text.vocabulary=200",
        "train.epochs=1000",
        "train.max_steps=40",
        "train.evaluate_every=1",
        "train.save_every=1",
    ] {
        config.apply(assignment).expect("fits");
    }
    let (through, finished) = channel();
    let worker = Worker::spawn_with("deaf", || {}, Announced(Trainer::default(), through));
    let folder = home.path().join("run");
    start(
        &worker,
        1,
        Job::Train { config: Box::new(config), data: None, folder: folder.clone(), force: false },
    );
    assert_eq!(finished.recv_timeout(PATIENCE), Ok(()));
    let log = read_run(&folder).expect("reads").0;
    assert!(matches!(log.last(), Some(Event::Done(done)) if done.step == 40), "the log has all of it");
    let told = until_ended(&worker, 1);
    let told = of(&told, 1);
    assert!(matches!((told.first(), told.last()), (Some(Kind::Accepted), Some(Kind::Ended(Ok(()))))));
    let told: Vec<&Event> = told
        .iter()
        .filter_map(|kind| match kind {
            Kind::Run(Event::Progress { .. }) => None,
            Kind::Run(event) => Some(event),
            _ => None,
        })
        .collect();
    assert_eq!(told, log.iter().collect::<Vec<_>>());
}

#[test]
fn a_run_whose_folder_is_deleted_ends_with_a_message_and_the_next_one_trains() {
    let home = tempfile::tempdir().expect("temporary folder");
    let table = home.path().join("messages.csv");
    write_table(&table, 60);
    let mut config = RunConfig::default();
    config.data.source = table.to_string_lossy().into_owned();
    for assignment in [
        "model.width=16",
        "model.depth=1",
        "text.vocabulary=200",
        "train.epochs=100000",
        "train.save_every=5",
    ] {
        config.apply(assignment).expect("fits");
    }
    let worker = Worker::spawn("trainer", || {});
    let folder = home.path().join("gone");
    let config = Box::new(config);
    start(
        &worker,
        1,
        Job::Train { config: config.clone(), data: None, folder: folder.clone(), force: false },
    );
    // Deleted as soon as it has taken a step.
    let mut events: Vec<WorkerEvent> = Vec::new();
    while step_numbers(&of(&events, 1)).is_empty() {
        events.extend(worker.wait(PATIENCE));
        assert!(!events.is_empty(), "nothing came for a long time");
    }
    std::fs::remove_dir_all(&folder).expect("removes");
    events.extend(until_ended(&worker, 1));
    let done = events.iter().find_map(|event| match &event.kind {
        Kind::Run(Event::Done(done)) => Some(done),
        _ => None,
    });
    let done = done.expect("an end is told");
    assert_eq!(done.outcome, Outcome::Failed);
    assert!(
        done.reason.contains(folder.to_str().expect("UTF-8")) && done.reason.contains("deleted"),
        "{}",
        done.reason
    );
    let mut short = config;
    short.apply("train.max_steps=3").expect("fits");
    let next = home.path().join("next");
    start(&worker, 2, Job::Train { config: short, data: None, folder: next.clone(), force: false });
    until_ended(&worker, 2);
    let log = read_run(&next).expect("reads").0;
    assert!(matches!(log.last(), Some(Event::Done(done)) if done.outcome == Outcome::Finished));
}

#[test]
fn draining_keeps_to_its_budget() {
    let (through, finished) = channel();
    let worker = Worker::spawn_with("talkative", || {}, Talkative(through));
    start(&worker, 1, job("a"));
    finished.recv_timeout(PATIENCE).expect("ends");
    let first = worker.drain(Duration::ZERO);
    assert!(!first.is_empty() && first.len() <= 256, "one message at a time: {}", first.len());
    let mut all = first;
    while !all.iter().any(|event| matches!(event.kind, Kind::Ended(_))) {
        all.extend(worker.drain(Duration::from_millis(1)));
    }
    assert_eq!(step_numbers(&of(&all, 1)).len(), 5000);
    assert!(worker.drain(PATIENCE).is_empty(), "an empty channel does not wait");
}

/// Fails, panics or works, as the job's name says.
struct Moody;

impl Work for Moody {
    fn run(&mut self, job: Job, _: &mut JobSteering, observer: &mut JobObserver) -> Result<(), String> {
        (1..=3).for_each(|number| observer.event(&step(number)));
        match name(&job).as_str() {
            "panics" => panic!("made-up fault {}", 7),
            "other" => panic!("made-up fault"),
            "fails" => Err("try something else".to_owned()),
            _ => Ok(()),
        }
    }
}

#[test]
fn a_panic_ends_its_job_alone() {
    let worker = Worker::spawn_with("moody", || {}, Moody);
    start(&worker, 1, job("panics"));
    let request = PredictRequest { id: 1, inputs: Vec::new(), explain: false };
    start(&worker, 2, Job::Predict { run: PathBuf::new(), request });
    start(&worker, 3, job("fails"));
    start(&worker, 4, job("works"));
    let events = until_ended(&worker, 4);
    let first = of(&events, 1);
    assert_eq!(step_numbers(&first), [1, 2, 3]);
    let [.., Kind::Run(Event::Done(done)), Kind::Ended(Err(reason))] = &first[..] else {
        panic!("{first:?}")
    };
    assert_eq!((done.outcome, done.step, done.seconds, &done.reason), (Outcome::Failed, 3, 3.0, reason));
    assert!(reason.contains("made-up fault 7") && reason.contains("please report it"), "{reason}");
    let second = of(&events, 2);
    assert!(!second.iter().any(|kind| matches!(kind, Kind::Run(Event::Done(_)))), "no run, no end of a run");
    assert!(matches!(second.last(), Some(Kind::Ended(Err(_)))));
    assert!(
        matches!(of(&events, 3).last(), Some(Kind::Ended(Err(reason))) if reason == "try something else")
    );
    assert!(matches!(of(&events, 4).last(), Some(Kind::Ended(Ok(())))));
}

/// Waits for wishes and repeats them until one is Resume or Stop.
struct Patient {
    begun: Sender<String>,
    heard: Sender<Control>,
}

impl Work for Patient {
    fn run(&mut self, job: Job, steering: &mut JobSteering, _: &mut JobObserver) -> Result<(), String> {
        let _ = self.begun.send(name(&job));
        while let Some(control) = steering.wait() {
            let _ = self.heard.send(control.clone());
            if matches!(control, Control::Resume | Control::Stop) {
                break;
            }
        }
        // Dropping the worker is a Stop and another one.
        while let Some(control) = steering.poll() {
            let _ = self.heard.send(control);
        }
        Ok(())
    }
}

fn patient() -> (Worker, Receiver<String>, Receiver<Control>) {
    let ((begun, has_begun), (heard, has_heard)) = (channel(), channel());
    (Worker::spawn_with("patient", || {}, Patient { begun, heard }), has_begun, has_heard)
}

#[test]
fn wishes_reach_their_own_job_only_and_a_waiting_job_can_be_taken_back() {
    let (worker, begun, heard) = patient();
    start(&worker, 1, job("one"));
    start(&worker, 2, job("two"));
    start(&worker, 3, job("three"));
    for (id, control) in [
        (9, Control::Stop),
        (1, Control::Pause),
        (2, Control::Stop),
        (3, Control::Pause),
        (2, Control::Stop),
        (1, Control::Resume),
    ] {
        worker.try_send(Command::Control(JobId(id), control)).expect("there is room");
    }
    assert_eq!(begun.recv_timeout(PATIENCE).as_deref(), Ok("one"));
    assert_eq!(heard.recv_timeout(PATIENCE), Ok(Control::Pause));
    assert_eq!(heard.recv_timeout(PATIENCE), Ok(Control::Resume));
    assert_eq!(begun.recv_timeout(PATIENCE).as_deref(), Ok("three"));
    worker.try_send(Command::Control(JobId(1), Control::Pause)).expect("there is room");
    worker.try_send(Command::Control(JobId(3), Control::Resume)).expect("there is room");
    let events = until_ended(&worker, 3);
    assert!(matches!(of(&events, 2)[..], [Kind::Ended(Ok(()))]), "never accepted, ended once");
    assert_eq!(heard.recv_timeout(PATIENCE), Ok(Control::Resume), "a wish for an old job is dropped");
}

#[test]
fn dropping_stops_the_job_and_joins() {
    let (worker, begun, heard) = patient();
    start(&worker, 1, job("one"));
    start(&worker, 2, job("two"));
    begun.recv_timeout(PATIENCE).expect("begins");
    drop(worker);
    // The thread is gone, so its end of the channel is closed behind what it said.
    assert_eq!(heard.iter().collect::<Vec<_>>(), [Control::Stop, Control::Stop]);
    assert_eq!(begun.iter().count(), 0, "what waited is not begun");

    let (through, finished) = channel();
    let worker = Worker::spawn_with("talkative", || {}, Talkative(through));
    start(&worker, 1, job("a"));
    finished.recv_timeout(PATIENCE).expect("ends");
    drop(worker); // With a full channel.
    drop(Worker::spawn_with("idle", || {}, Moody));
}

#[test]
fn shutdown_ends_the_thread_and_later_commands_are_refused() {
    let (worker, begun, heard) = patient();
    start(&worker, 1, job("one"));
    begun.recv_timeout(PATIENCE).expect("begins");
    worker.try_send(Command::Shutdown).expect("there is room");
    assert_eq!(heard.iter().count(), 2);
    let refused =
        (0..10_000).find_map(|_| worker.try_send(Command::Shutdown).err()).expect("nobody takes them");
    assert!(refused.contains("has ended") || refused.contains("try again"), "{refused}");
}

#[test]
fn too_many_commands_are_refused_and_not_waited_for() {
    let (worker, begun, _heard) = patient();
    start(&worker, 1, job("one"));
    begun.recv_timeout(PATIENCE).expect("begins");
    // The job of this work hears every wish, so the channel is filled while it is not looking:
    // a made-up job that never looks.
    drop(worker);
    struct Asleep(Sender<()>, Receiver<()>);
    impl Work for Asleep {
        fn run(&mut self, _: Job, _: &mut JobSteering, _: &mut JobObserver) -> Result<(), String> {
            let _ = self.0.send(());
            let _ = self.1.recv();
            Ok(())
        }
    }
    let ((begun, has_begun), (wake, awake)) = (channel(), channel());
    let worker = Worker::spawn_with("asleep", || {}, Asleep(begun, awake));
    start(&worker, 1, job("one"));
    has_begun.recv_timeout(PATIENCE).expect("begins");
    let refused = (0..1000).find_map(|_| worker.try_send(Command::Control(JobId(1), Control::Pause)).err());
    assert!(refused.expect("the channel is bounded").contains("too many commands"), "says so");
    drop(wake);
    until_ended(&worker, 1);
}

/// Short messages about weather and food as a table.
fn write_table(path: &std::path::Path, rows: usize) {
    let mut text = "message,topic\n".to_owned();
    for row in 0..rows {
        let (word, topic) = if row % 2 == 0 { ("rain", "weather") } else { ("soup", "food") };
        text += &format!("we had {word} number {row},{topic}\n");
    }
    std::fs::write(path, text).expect("writes");
}

#[test]
fn the_real_work_describes_trains_predicts_evaluates_and_names_what_is_wrong() {
    let home = tempfile::tempdir().expect("temporary folder");
    let table = home.path().join("messages.csv");
    write_table(&table, 60);
    let source = table.to_string_lossy().into_owned();
    let worker = Worker::spawn("worker", || {});

    let options = OpenOptions::default();
    start(
        &worker,
        1,
        Job::Describe { source: source.clone(), options: options.clone(), hold_out: (0.25, 0) },
    );
    let missing = home.path().join("missing.csv").to_string_lossy().into_owned();
    start(&worker, 2, Job::Describe { source: missing, options, hold_out: (0.25, 0) });
    let events = until_ended(&worker, 2);
    let described = of(&events, 1);
    let data = described
        .iter()
        .find_map(|k| if let Kind::Data(data, summary) = k { Some((data, summary)) } else { None });
    let (data, summary) = data.expect("described");
    assert_eq!(summary.split_counts, [45, 15, 0]);
    assert!(
        matches!(of(&events, 2).last(), Some(Kind::Ended(Err(reason))) if reason.contains("missing.csv"))
    );

    let mut config = RunConfig::default();
    let settings =
        ["model.width=16", "model.depth=1", "model.heads=2", "train.batch_size=16", "train.threads=1"];
    for assignment in
        settings.iter().chain(&["train.epochs=30", "train.learning_rate=0.01", "text.vocabulary=200"])
    {
        config.apply(assignment).expect("fits");
    }
    config.data.source = source;
    let run = home.path().join("run");
    let train = |data, folder| Job::Train { config: Box::new(config.clone()), data, folder, force: false };
    start(&worker, 3, train(Some(data.clone()), run.clone()));
    start(&worker, 4, train(None, run.clone()));
    let request = PredictRequest { id: 5, inputs: vec![RawInput::Text("soup again".into())], explain: false };
    start(&worker, 5, Job::Predict { run: run.clone(), request: request.clone() });
    start(&worker, 6, Job::Evaluate { run: run.clone(), source: None, split: Some(Split::Validation) });
    start(&worker, 7, Job::Predict { run: home.path().to_owned(), request });
    let events = until_ended(&worker, 7);

    let trained = of(&events, 3);
    assert!(matches!(trained.last(), Some(Kind::Ended(Ok(())))));
    let told: Vec<Event> = trained
        .iter()
        .filter_map(|k| if let Kind::Run(event) = k { Some(event.clone()) } else { None })
        .collect();
    let Some(Event::Done(done)) = told.last() else { panic!("{told:?}") };
    assert!(
        done.outcome == Outcome::Finished
            && done.validation.as_ref().expect("evaluated").metrics["accuracy"] > 0.9
    );
    let logged = read_run(&run).expect("reads").0;
    let steps = |events: &[Event]| events.iter().filter(|e| matches!(e, Event::Step { .. })).count();
    assert_eq!(
        (steps(&logged), steps(&told)),
        (done.step as usize, done.step as usize),
        "every point arrives"
    );
    assert!(
        matches!(of(&events, 4).last(), Some(Kind::Ended(Err(reason))) if reason.contains("already a run"))
    );

    let answers: Vec<_> = events
        .iter()
        .filter_map(|e| if let Kind::Predicted(reply) = &e.kind { Some(reply) } else { None })
        .collect();
    let soup = answers[0].probabilities[0].as_ref().expect("a text");
    let food = summary.classes.iter().position(|class| class == "food").expect("a class");
    assert!(answers[0].step == done.step && soup[food] > 0.5, "{answers:?}");
    assert!(answers[1].probabilities[0].as_ref().is_err_and(|reason| reason.contains("not a run")));
    let evaluated = of(&events, 6)
        .into_iter()
        .find_map(|k| if let Kind::Run(Event::Evaluation(e)) = k { Some(e) } else { None });
    assert_eq!(evaluated.map(|evaluation| evaluation.score()), done.validation);
}

#[test]
fn dropping_the_worker_in_the_midst_of_a_run_saves_it() {
    let home = tempfile::tempdir().expect("temporary folder");
    let table = home.path().join("messages.csv");
    write_table(&table, 60);
    let mut config = RunConfig::default();
    config.data.source = table.to_string_lossy().into_owned();
    for assignment in
        ["model.width=16", "model.depth=1", "train.threads=1", "train.epochs=100000", "text.vocabulary=200"]
    {
        config.apply(assignment).expect("fits");
    }
    let worker = Worker::spawn("worker", || {});
    start(
        &worker,
        1,
        Job::Train { config: Box::new(config), data: None, folder: home.path().join("run"), force: false },
    );
    let mut events = Vec::new();
    while !events.iter().any(|e: &WorkerEvent| matches!(e.kind, Kind::Run(Event::Step { .. }))) {
        let more = worker.wait(PATIENCE);
        assert!(!more.is_empty() && !more.iter().any(|e| matches!(e.kind, Kind::Ended(_))), "{more:?}");
        events.extend(more);
    }
    drop(worker);
    let catalogue = list_runs(home.path()).expect("reads");
    assert_eq!(catalogue.runs.len(), 1, "{catalogue:?}");
    assert_eq!(catalogue.runs[0].status.name(), "stopped");
    let last =
        home.path().join(format!("run/checkpoints/step-{:06}/model.safetensors", catalogue.runs[0].step));
    assert!(last.is_file());
}

#[test]
fn a_run_goes_on_is_measured_elsewhere_and_predicts_a_table_into_a_file() {
    let home = tempfile::tempdir().expect("temporary folder");
    let (table, other) = (home.path().join("messages.csv"), home.path().join("other.csv"));
    write_table(&table, 60);
    write_table(&other, 300);
    let mut config = RunConfig::default();
    config.data.source = table.to_string_lossy().into_owned();
    for assignment in [
        "model.width=16",
        "model.depth=1",
        "model.heads=2",
        "train.batch_size=16",
        "train.threads=1",
        "train.epochs=15",
        "train.learning_rate=0.01",
        "text.vocabulary=200",
    ] {
        config.apply(assignment).expect("fits");
    }
    let (run, out) = (home.path().join("run"), home.path().join("out.csv"));
    let worker = Worker::spawn("worker", || {});
    start(&worker, 1, Job::Train { config: Box::new(config), data: None, folder: run.clone(), force: false });
    let more = |epochs| vec![("train.epochs".to_owned(), attentive::config::Value::Int(epochs))];
    start(&worker, 2, Job::Extend { run: run.clone(), changes: more(20), data: None });
    start(&worker, 3, Job::Extend { run: run.clone(), changes: more(5), data: None });
    let elsewhere = other.to_string_lossy().into_owned();
    start(&worker, 4, Job::Evaluate { run: run.clone(), source: Some(elsewhere.clone()), split: None });
    start(&worker, 5, Job::PredictFile { run: run.clone(), source: elsewhere.clone(), out: out.clone() });
    let nowhere = home.path().join("no such folder/out.csv");
    start(&worker, 6, Job::PredictFile { run, source: elsewhere, out: nowhere });
    let events = until_ended(&worker, 6);

    let went_on = of(&events, 2);
    assert!(went_on.iter().any(|k| matches!(k, Kind::Run(Event::Extended(e)) if e.from_step == 60)));
    assert_eq!(step_numbers(&went_on), (61..=80).collect::<Vec<_>>());
    assert!(matches!(of(&events, 3).last(), Some(Kind::Ended(Err(reason))) if reason.contains("at step 80")));

    let measured = of(&events, 4);
    let found = |k: &&Kind| matches!(k, Kind::Run(Event::Evaluation(e)) if e.samples == 300);
    assert!(measured.iter().any(found));
    assert!(measured.iter().any(|k| matches!(k, Kind::Data(data, _) if data.len() == 300)));

    let written = of(&events, 5);
    let all =
        |k: &&Kind| matches!(k, Kind::PredictedFile(written) if written.rows == 300 && written.failed == 0);
    assert!(written.iter().any(all) && matches!(written.last(), Some(Kind::Ended(Ok(())))));
    let mut rows = csv::Reader::from_path(&out).expect("written");
    let heading: Vec<String> = rows.headers().expect("a heading").iter().map(str::to_owned).collect();
    assert_eq!(heading, ["row", "prediction", "probability", "p_food", "p_weather", "error"]);
    let mut right = 0;
    for (number, row) in rows.records().enumerate() {
        let row = row.expect("reads");
        assert_eq!(row[0], (number + 1).to_string());
        let p = |column: usize| row[column].parse::<f32>().expect("a number");
        assert!((p(3) + p(4) - 1.0).abs() < 1e-5 && p(2) == p(3).max(p(4)));
        assert_eq!(&row[1], if p(3) >= p(4) { "food" } else { "weather" });
        right += usize::from((&row[1] == "weather") == (number % 2 == 0));
        assert!(row[5].is_empty());
    }
    // Chance is half of them.
    assert!(right > 225, "{right} of 300");
    let refused = of(&events, 6);
    assert!(
        matches!(refused.last(), Some(Kind::Ended(Err(reason))) if reason.contains("no such folder")),
        "{refused:?}"
    );
}

#[test]
fn a_batch_prediction_that_is_stopped_leaves_what_was_there() {
    let home = tempfile::tempdir().expect("temporary folder");
    let table = home.path().join("messages.csv");
    write_table(&table, 60);
    let mut config = RunConfig::default();
    config.data.source = table.to_string_lossy().into_owned();
    for assignment in
        ["model.width=16", "model.depth=1", "train.threads=1", "train.max_steps=1", "text.vocabulary=200"]
    {
        config.apply(assignment).expect("fits");
    }
    let run = home.path().join("run");
    let worker = Worker::spawn("worker", || {});
    start(&worker, 1, Job::Train { config: Box::new(config), data: None, folder: run.clone(), force: false });
    until_ended(&worker, 1);
    let predictor = attentive::train::Predictor::open(&run).expect("opens");
    let out = home.path().join("out.csv");
    std::fs::write(&out, "what was there").expect("writes");
    let files = || std::fs::read_dir(home.path()).expect("reads").count();
    let before = files();
    for stop_at in 0..2 {
        let seen = AtomicU64::new(0);
        let stop = |stage: &'static str, _: u64, _: u64| {
            stage != "Predicting" || seen.fetch_add(1, Ordering::Relaxed) < stop_at
        };
        let result = predictor.predict_to_csv(&table, &predictor.open_options(), &out, &stop);
        assert!(matches!(result, Err(attentive::train::TrainError::Cancelled)), "{result:?}");
        assert_eq!(std::fs::read_to_string(&out).expect("reads"), "what was there");
        assert_eq!(files(), before, "nothing is left beside it");
    }
    let itself = predictor.predict_to_csv(&out, &predictor.open_options(), &out, &attentive::data::silent);
    assert!(itself.expect_err("refused").to_string().contains("this is the file"));
}

#[test]
fn the_real_work_checks_data_shows_tokens_and_fetches() {
    let home = tempfile::tempdir().expect("temporary folder");
    let table = home.path().join("messages.csv");
    write_table(&table, 60);
    let source = table.to_string_lossy().into_owned();
    let mut data =
        attentive::data::open(&source, &OpenOptions::default(), &attentive::data::silent).expect("opens");
    data.hold_out(0.2, 0);
    let (data, config) = (Arc::new(data), Box::new(RunConfig::default()));
    // An address that nobody serves: fetching ends with words, not with a hang.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port");
    let address: &'static str = Box::leak(format!("http://{closed}/x.bin").into_boxed_str());
    let addresses: &'static [&'static str] = Box::leak(vec![address].into_boxed_slice());
    let set: &'static PublicSet = Box::leak(Box::new(PublicSet {
        name: "x",
        title: "X",
        about: "a test",
        modality: attentive::data::Modality::Image,
        licence: "none",
        citation: "none",
        page: "none",
        files: Box::leak(
            vec![Remote { name: "x.bin", addresses, bytes: None, hash: Hash::Md5("0") }].into_boxed_slice(),
        ),
        arrange: keep,
    }));
    let worker = Worker::spawn("checker", || {});
    start(&worker, 1, Job::Check { data: data.clone(), config: config.clone() });
    for (id, sample) in [(2, 0), (3, 60)] {
        let request = ModelViewRequest { samples: vec![sample], epochs: 0..0 };
        start(&worker, id, Job::ModelView { data: data.clone(), config: config.clone(), request });
    }
    start(&worker, 4, Job::Fetch { set, folder: home.path().join("sets") });
    let events = until_ended(&worker, 4);
    let report =
        of(&events, 1).into_iter().find_map(|k| if let Kind::Report(r) = k { Some(r) } else { None });
    assert!(report.is_some_and(|report| report.tokens.is_some() && report.split_counts == [48, 12, 0]));
    assert!(of(&events, 1).iter().any(|k| matches!(k, Kind::Run(Event::Progress { .. }))), "with progress");
    let view = |id| {
        of(&events, id).into_iter().find_map(|k| if let Kind::ModelView(v) = k { Some(v) } else { None })
    };
    let tokens = view(2).expect("shown").samples.first().map(|view| view.seen.clone());
    assert!(matches!(tokens, Some(Seen::Tokens(seen)) if !seen.tokens.is_empty()));
    assert!(view(3).expect("shown").samples.is_empty(), "past the end");
    let ended = |id| match of(&events, id).last() {
        Some(Kind::Ended(result)) => result.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!((ended(1), ended(2), ended(3)), (Ok(()), Ok(()), Ok(())));
    assert!(ended(4).is_err_and(|reason| reason.contains("seems to be offline")));
}
