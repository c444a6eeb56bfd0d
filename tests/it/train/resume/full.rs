//! A disk that is full: told ahead where it can be, told all the same where a write finds it out,
//! and when there is room again the run goes on to the bytes of the one that never stopped. Once
//! with a disk that says so, once with a small one that is really filled.

use super::{Quick, Recorder, assert_same, bars, go_on, job, new_run, no_wishes, tiny};
use attentive::config::RunConfig;
use attentive::data::Dataset;
use attentive::runs::{
    Checkpoints, Disk, Done, Event, Outcome, SystemDisk, bytes_on_disk, is_run, read_run, system_disk,
};
use attentive::train::{
    Control, ForkJob, ForkPoint, NoSteering, TrainError, TrainJob, fork, newest_checkpoint, resume_on, run_on,
};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Has no room from the look of a number on.
#[derive(Debug)]
struct Filling {
    from: usize,
    looks: AtomicUsize,
}

impl Filling {
    fn from(from: usize) -> Arc<Self> {
        Arc::new(Self { from, looks: AtomicUsize::new(0) })
    }
}

impl Disk for Filling {
    fn room(&self, _: &Path) -> Option<u64> {
        let look = self.looks.fetch_add(1, Ordering::SeqCst);
        Some(if look < self.from { u64::MAX } else { 100_000 })
    }
}

fn config() -> RunConfig {
    tiny(&[
        "train.epochs=8",
        "train.save_every=1",
        "train.keep_checkpoints=99",
        "train.ema=0.9",
        "model.dropout=0.1",
    ])
}

fn begin(
    folder: &Path,
    data: &Dataset,
    disk: Arc<dyn Disk>,
    answer: impl FnMut(&Event) -> Vec<Control> + Send,
) -> Result<Done, TrainError> {
    begin_with(config(), folder, data, disk, answer)
}

fn begin_with(
    config: RunConfig,
    folder: &Path,
    data: &Dataset,
    disk: Arc<dyn Disk>,
    answer: impl FnMut(&Event) -> Vec<Control> + Send,
) -> Result<Done, TrainError> {
    let job = TrainJob { config, data: Some(Arc::new(data.clone())), folder: Some(folder.to_owned()) };
    run_on(job, &mut NoSteering, &mut Recorder::new(answer), disk)
}

/// What a person must read of it.
fn assert_told(message: &str, run: &Path, begun: bool) {
    let remedy =
        if begun { "then resume the run: attentive resume " } else { "choose a folder on another disk" };
    for part in [run.to_str().expect("UTF-8"), "too full", " need ", " are free", "make room", remedy] {
        assert!(message.contains(part), "{part}: {message}");
    }
    assert!(begun || !message.contains("resume"), "there is nothing to resume: {message}");
}

#[test]
fn too_little_room_is_refused_before_a_run_and_ends_it_in_order_before_a_save() {
    let data = bars(60, 0);
    let (_home, whole) = new_run();
    let looking = Filling::from(usize::MAX);
    begin(&whole, &data, looking.clone(), no_wishes).expect("begins");
    let looks = looking.looks.load(Ordering::SeqCst);
    assert!(looks > 8, "once before the run and before each save: {looks}");
    for from in 0..looks {
        let (home, parts) = new_run();
        // What could go is named with its size.
        let trash = home.path().join(".trash/old");
        fs::create_dir_all(&trash).expect("a folder");
        fs::write(trash.join("events.jsonl"), vec![b'\n'; 3_000_000]).expect("writes");
        let end = begin(&parts, &data, Filling::from(from), no_wishes);
        if from == 0 {
            let error = end.expect_err("refused");
            assert!(matches!(&error, TrainError::Run(error) if error.full), "{error}");
            assert_told(&error.to_string(), &parts, false);
            assert!(error.to_string().contains(".trash holds 3.0 MB"), "{error}");
            assert!(!parts.exists(), "nothing is left behind");
            continue;
        }
        let done = end.expect("begins");
        assert_eq!((done.outcome, done.step as usize), (Outcome::Failed, from));
        assert_told(&done.reason, &parts, true);
        assert!(!done.reason.contains("moreover"), "said once: {}", done.reason);
        // The log knows of the end, and all that was saved is whole.
        let (events, problems) = read_run(&parts).expect("reads");
        assert_eq!((events.last(), problems.len()), (Some(&Event::Done(Box::new(done))), 0));
        assert_eq!(Checkpoints::of(&parts).steps(), (1..from as u64).collect::<Vec<_>>());
        if from > 1 {
            let (step, skipped) = newest_checkpoint(&parts).expect("sound").expect("there is one");
            assert_eq!((step as usize, skipped.len()), (from - 1, 0));
        }
        // As long as there is no room it is refused, and stays as it was.
        let before = fs::read(parts.join("events.jsonl")).expect("reads");
        let still = resume_on(
            job(&parts, &data, 1),
            &mut NoSteering,
            &mut Recorder::new(no_wishes),
            Filling::from(0),
        );
        assert_told(&still.expect_err("refused").to_string(), &parts, true);
        assert!(fs::read(parts.join("events.jsonl")).expect("reads") == before);
        go_on(&parts, &data, 1, no_wishes);
        assert_same(&parts, &whole, &format!("no room at look {from}"));
    }
}

/// A name, and whether this is the event.
type Moment = (&'static str, fn(&Event) -> bool);

/// A small file system of its own; unmounted when dropped.
struct Small(tempfile::TempDir);

impl Small {
    /// `None`, said visibly, where this process may not mount.
    fn mount(bytes: u64) -> Option<Self> {
        let place = tempfile::tempdir().expect("a folder");
        let size = format!("size={bytes}");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(place.path()).output();
        if mounted.is_ok_and(|mounted| mounted.status.success()) {
            return Some(Self(place));
        }
        // Written past the test harness, which keeps what a passing test prints to itself.
        let told =
            writeln!(std::io::stderr(), "SKIPPED a really full disk: mounting a tmpfs needs more rights");
        assert!(told.is_ok());
        None
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file that leaves this many bytes free.
    fn fill(&self, leave: u64) {
        let free = SystemDisk.room(self.0.path()).expect("this file system tells");
        let mut file =
            fs::OpenOptions::new().create(true).append(true).open(self.path("other")).expect("opens");
        let bytes = vec![7; free.saturating_sub(leave) as usize];
        // What was freed meanwhile may be taken meanwhile: as much as fits.
        let _ = file.write_all(&bytes);
    }

    fn make_room(&self) {
        fs::remove_file(self.path("other")).expect("removes");
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        // Nobody is left to hear that it is still mounted; it holds a few megabytes.
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[test]
fn a_run_that_fills_a_real_disk_says_so_and_goes_on_when_there_is_room() {
    let data = bars(60, 0);
    let (_home, whole) = new_run();
    begin(&whole, &data, Arc::new(Quick), no_wishes).expect("begins");
    let bytes = bytes_on_disk(&whole);
    let Some(small) = Small::mount(3 * bytes) else { return };
    let run = small.path("run");

    // So little that a run does not even begin.
    small.fill(50_000);
    let error = begin(&run, &data, system_disk(), no_wishes).expect_err("refused");
    assert_told(&error.to_string(), &run, false);
    assert!(!run.exists());
    // Nothing at all: even the folder of a run cannot be made whole.
    small.fill(0);
    let error = begin(&run, &data, system_disk(), no_wishes).expect_err("refused").to_string();
    assert!(error.contains("full") && error.contains("make room") && !error.contains("resume"), "{error}");
    assert!(!is_run(&run), "nothing is left of it");
    small.make_room();

    // It fills up in the midst by its own checkpoints.
    // Room for the margin and for some of its checkpoints, not for all.
    small.fill(500_000);
    let done = begin(&run, &data, system_disk(), no_wishes).expect("begins");
    assert_eq!(done.outcome, Outcome::Failed);
    assert_told(&done.reason, &run, true);
    assert!(Checkpoints::of(&run).steps().len() > 1, "some were saved: {}", done.reason);
    goes_on(&small, &run, &data, &whole, "by its own checkpoints");

    // Somebody else takes the rest between two steps, or while it saves and evaluates.
    let moments: [Moment; 3] = [
        ("step 3", |event| matches!(event, Event::Step { step: 3, .. })),
        ("saving", |event| matches!(event, Event::Progress { stage, .. } if stage == "Saving")),
        ("evaluating", |event| matches!(event, Event::Progress { stage, .. } if stage == "Evaluating")),
    ];
    for (name, is_moment) in moments {
        fs::remove_dir_all(&run).expect("removes");
        let mut filled = false;
        let done = begin(&run, &data, system_disk(), |event| {
            if !filled && is_moment(event) {
                filled = true;
                small.fill(0);
            }
            Vec::new()
        });
        let done = done.expect("begins");
        assert_eq!(done.outcome, Outcome::Failed, "{name}");
        assert!(
            done.reason.contains("full") && done.reason.contains("attentive resume"),
            "{name}: {}",
            done.reason
        );
        goes_on(&small, &run, &data, &whole, name);
    }

    // Nothing is saved before the end, so that it is the log that finds the disk full.
    let rarely =
        tiny(&["train.epochs=20", "train.save_every=0", "train.save_minutes=0", "train.evaluate_every=999"]);
    let (_home, unsaved) = new_run();
    begin_with(rarely.clone(), &unsaved, &data, Arc::new(Quick), no_wishes).expect("begins");
    fs::remove_dir_all(&run).expect("removes");
    let done = begin_with(rarely, &run, &data, system_disk(), |event| {
        if matches!(event, Event::Step { step: 3, .. }) {
            small.fill(0);
        }
        Vec::new()
    });
    let done = done.expect("begins");
    assert!(done.outcome == Outcome::Failed && (3..40).contains(&done.step), "{done:?}");
    for part in ["events.jsonl", "the disk is full", "attentive resume"] {
        assert!(done.reason.contains(part), "{}", done.reason);
    }
    goes_on(&small, &run, &data, &unsaved, "the log");

    // A fork that does not fit leaves nothing.
    small.fill(20_000);
    let (point, changes, name) = (ForkPoint::Last, Vec::new(), String::new());
    let forked = ForkJob { run: run.clone(), point, changes, folder: small.path("forked"), name };
    let longer = ("train.epochs".to_owned(), attentive::config::Value::Int(99));
    let forked = ForkJob { changes: vec![longer], ..forked };
    let error = fork(&forked).expect_err("refused").to_string();
    assert!(error.contains("full") && error.contains("make room") && !error.contains("resume"), "{error}");
    assert!(!forked.folder.exists());
}

/// What there is reads; with room it becomes the run that never stopped.
fn goes_on(small: &Small, run: &Path, data: &Dataset, whole: &Path, name: &str) {
    let (_, problems) = read_run(run).expect("reads");
    assert_eq!(problems, Vec::<String>::new(), "{name}: a torn last line is no damage");
    if let Some((_, skipped)) = newest_checkpoint(run).expect("sound") {
        assert_eq!(skipped, Vec::<String>::new(), "{name}");
    }
    small.make_room();
    go_on(run, data, 1, no_wishes);
    assert_same(run, whole, name);
}
