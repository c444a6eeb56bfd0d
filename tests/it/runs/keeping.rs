//! What a person does with past runs: notes, deleting and taking it back, room on disk.

use super::{accepted, done, step, write_log};
use attentive::config::RunConfig;
use attentive::runs::{
    Notes, Outcome, RunFolder, bytes_on_disk, discard, discarded, empty_trash, list_runs, restore,
};
use std::fs;
use std::path::PathBuf;

fn run(home: &tempfile::TempDir, name: &str) -> PathBuf {
    write_log(home.path().join(name), &[accepted(10), step(1), done(Outcome::Finished, 1)])
}

#[test]
fn notes_are_read_back_and_a_run_without_them_has_none() {
    let home = tempfile::tempdir().expect("folder");
    let run = run(&home, "one");
    assert_eq!(Notes::read(&run).expect("no file is no error"), Notes::default());
    let notes = Notes {
        name: "宽网络 \"2\"".into(),
        tags: Notes::parse_tags(" baseline, 论文，baseline、 wide ;;"),
        text: "first line\nsecond, with = and #".into(),
    };
    assert_eq!(notes.tags, ["baseline", "论文", "wide"]);
    notes.write(&run).expect("writes");
    assert_eq!(Notes::read(&run).expect("reads"), notes);
    assert_eq!(list_runs(home.path()).expect("lists").runs[0].notes, notes);
    // Keys of a later version stay, and empty notes leave nothing behind.
    let file = run.join("notes.toml");
    fs::write(&file, format!("rating = 5\n{}", fs::read_to_string(&file).expect("reads"))).expect("writes");
    Notes { tags: Vec::new(), ..notes }.write(&run).expect("writes");
    let text = fs::read_to_string(&file).expect("reads");
    assert!(text.contains("rating = 5") && !text.contains("tags"), "{text}");
    fs::remove_file(&file).expect("removes");
    Notes::default().write(&run).expect("nothing to write");
    assert!(!file.exists());
}

#[test]
fn damaged_notes_hide_no_run_and_are_kept_beside_the_new_ones() {
    let home = tempfile::tempdir().expect("folder");
    let run = run(&home, "one");
    fs::write(run.join("notes.toml"), "name = ").expect("writes");
    let catalogue = list_runs(home.path()).expect("lists");
    assert_eq!(catalogue.runs.len(), 1);
    assert!(catalogue.problems[0].contains("notes.toml") && catalogue.problems[0].contains("damaged"));
    let notes = Notes { name: "new".into(), ..Notes::default() };
    notes.write(&run).expect("writes");
    assert_eq!(Notes::read(&run).expect("reads"), notes);
    assert_eq!(fs::read_to_string(run.join("notes.toml.bad")).expect("kept"), "name = ");
}

#[test]
fn a_deleted_run_can_be_put_back_until_the_trash_is_emptied() {
    let home = tempfile::tempdir().expect("folder");
    let (one, two) = (run(&home, "one"), run(&home, "two"));
    let events = fs::read(one.join("events.jsonl")).expect("reads");
    let place = discard(&one).expect("moves");
    assert!(!one.exists());
    let names = |home: &tempfile::TempDir| -> Vec<String> {
        list_runs(home.path()).expect("lists").runs.into_iter().map(|r| r.name).collect()
    };
    assert_eq!(names(&home), ["two"]);
    assert_eq!(discarded(home.path()), std::slice::from_ref(&place));
    restore(&place, &one).expect("moves back");
    assert_eq!(fs::read(one.join("events.jsonl")).expect("reads"), events);
    assert_eq!(names(&home).len(), 2);

    // Another run of the same name is not written over, neither in the trash nor outside.
    let first = discard(&one).expect("moves");
    let again = run(&home, "one");
    assert!(restore(&first, &again).unwrap_err().to_string().contains("something else is there"));
    let second = discard(&again).expect("moves");
    assert_ne!(first, second);
    fs::create_dir(home.path().join(".trash/mine")).expect("folder");
    fs::write(home.path().join(".trash/mine/letter.txt"), "x").expect("writes");
    assert_eq!(empty_trash(home.path()).expect("empties"), 2);
    assert!(discarded(home.path()).is_empty());
    assert!(home.path().join(".trash/mine/letter.txt").exists(), "what is no run stays");
    assert!(two.exists());
}

#[test]
fn only_runs_that_nobody_writes_are_deleted() {
    let home = tempfile::tempdir().expect("folder");
    let folder = home.path().join("letters");
    fs::create_dir(&folder).expect("folder");
    assert!(discard(&folder).unwrap_err().to_string().contains("not a run"));
    let going = RunFolder::create(&home.path().join("going"), &RunConfig::default()).expect("new");
    let refused = discard(going.path()).unwrap_err().to_string();
    assert!(refused.contains("writing this run now") && refused.contains("stop it first"), "{refused}");
    assert!(going.path().exists());
}

#[test]
fn the_list_tells_best_metrics_data_and_room_on_disk() {
    let home = tempfile::tempdir().expect("folder");
    let run = run(&home, "one");
    fs::create_dir(run.join("checkpoints")).expect("folder");
    fs::write(run.join("checkpoints/weights"), vec![0u8; 5000]).expect("writes");
    let log = fs::metadata(run.join("events.jsonl")).expect("there").len();
    #[cfg(unix)]
    std::os::unix::fs::symlink(home.path(), run.join("elsewhere")).expect("links");
    assert_eq!(bytes_on_disk(&run), log + 5000, "links count as nothing");
    let entry = list_runs(home.path()).expect("lists").runs.remove(0);
    let best = entry.best.expect("evaluated");
    assert_eq!((best.step, best.metrics["loss"], entry.accuracy), (1, 0.7, Some(0.5)));
    assert_eq!((entry.fingerprint.as_str(), entry.bytes), ("abc", log + 5000));
}
