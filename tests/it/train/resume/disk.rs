//! A disk that fails: at each operation in turn, once or from then on. Whatever was saved
//! before is still there, and the run goes on from it.

use super::{assert_same, bars, go_on, job, new_run, no_wishes, tiny};
use crate::train::Recorder;
use attentive::data::Dataset;
use attentive::runs::{Checkpoints, Disk, Outcome, SystemDisk, is_run, read_run};
use attentive::train::{NoSteering, TrainJob, newest_checkpoint, run_on};
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Fails at the operation of a number, or at it and all after it.
#[derive(Debug)]
struct Failing {
    at: usize,
    once: bool,
    asked: AtomicUsize,
}

impl Failing {
    fn new(at: usize, once: bool) -> Arc<Self> {
        Arc::new(Self { at, once, asked: AtomicUsize::new(0) })
    }

    fn ask(&self) -> io::Result<()> {
        let now = self.asked.fetch_add(1, Ordering::SeqCst);
        let fails = if self.once { now == self.at } else { now >= self.at };
        if fails { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }
}

impl Disk for Failing {
    fn create(&self, path: &Path) -> io::Result<File> {
        self.ask()?;
        SystemDisk.create(path)
    }
    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        if let Err(error) = self.ask() {
            // A full disk takes what fits.
            SystemDisk.write(file, &bytes[..bytes.len() / 2])?;
            return Err(error);
        }
        SystemDisk.write(file, bytes)
    }
    fn sync(&self, file: &File) -> io::Result<()> {
        let _ = file;
        self.ask()
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.ask()?;
        SystemDisk.rename(from, to)
    }
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        self.ask()?;
        SystemDisk.create_folder(path)
    }
    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        let _ = path;
        self.ask()
    }
    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.ask()?;
        SystemDisk.remove_folder(path)
    }
}

fn begin(folder: &Path, data: &Dataset, disk: Arc<Failing>) -> Option<Outcome> {
    let config = tiny(&["train.epochs=2", "train.save_every=1", "train.ema=0.5", "model.dropout=0.1"]);
    let job = TrainJob { config, data: Some(Arc::new(data.clone())), folder: Some(folder.to_owned()) };
    run_on(job, &mut NoSteering, &mut Recorder::new(no_wishes), disk).ok().map(|done| done.outcome)
}

#[test]
fn a_disk_that_fails_anywhere_loses_nothing_that_was_there() {
    let data = bars(60, 0);
    let (_home, whole) = new_run();
    let counting = Failing::new(usize::MAX, true);
    assert_eq!(begin(&whole, &data, counting.clone()), Some(Outcome::Finished));
    let operations = counting.asked.load(Ordering::SeqCst);
    assert!(operations > 60, "{operations}");
    let (mut failed, mut from_midst) = (0, 0);
    for at in 0..operations {
        for once in [true, false] {
            let (_other, parts) = new_run();
            let outcome = begin(&parts, &data, Failing::new(at, once));
            if outcome.is_none() {
                assert!(!is_run(&parts), "{at}: a run that could not begin leaves nothing behind");
                continue;
            }
            failed += u32::from(outcome == Some(Outcome::Failed));
            let (_, problems) = read_run(&parts).expect("the log reads");
            assert_eq!(problems, Vec::<String>::new(), "{at}: no line is spoilt");
            if Checkpoints::of(&parts).last().is_some() {
                let (_, skipped) = newest_checkpoint(&parts).expect("sound").expect("there is one");
                assert_eq!(skipped, Vec::<String>::new(), "{at}: what has its name is whole");
                from_midst += 1;
            }
            go_on(&parts, &data, 1, no_wishes);
            assert_same(&parts, &whole, &format!("operation {at}, once: {once}"));
        }
    }
    assert!(failed > operations as u32 && from_midst > operations, "{failed} {from_midst}");
}

#[test]
fn a_disk_that_fails_while_resuming_loses_nothing_either() {
    let data = bars(60, 0);
    let (home, whole) = new_run();
    begin(&whole, &data, Failing::new(usize::MAX, true));
    let cut = home.path().join("cut");
    // Cut off at the second of four steps.
    let config = tiny(&["train.epochs=2", "train.save_every=1", "train.ema=0.5", "model.dropout=0.1"]);
    let started = home.path().join("started");
    let begun = TrainJob { config, data: Some(Arc::new(data.clone())), folder: Some(started.clone()) };
    let mut recorder = Recorder::new(|event: &attentive::runs::Event| {
        if matches!(event, attentive::runs::Event::Step { step: 3, .. }) {
            crate::copy_folder(&started, &cut);
        }
        Vec::new()
    });
    attentive::train::run(begun, &mut NoSteering, &mut recorder).expect("begins");
    let resume_on = |run: &Path, disk: Arc<Failing>| {
        attentive::train::resume_on(job(run, &data, 1), &mut NoSteering, &mut Recorder::new(no_wishes), disk)
    };
    let counting = Failing::new(usize::MAX, true);
    let straight = home.path().join("straight");
    crate::copy_folder(&cut, &straight);
    resume_on(&straight, counting.clone()).expect("goes on");
    for at in 0..counting.asked.load(Ordering::SeqCst) {
        let parts = home.path().join(at.to_string());
        crate::copy_folder(&cut, &parts);
        // Whether it says so or ends as failed: it can be resumed.
        let _ = resume_on(&parts, Failing::new(at, false));
        go_on(&parts, &data, 1, no_wishes);
        assert_same(&parts, &whole, &format!("operation {at}"));
    }
}
