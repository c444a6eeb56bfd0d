//! Whether memory suffices, before training: the limits, what takes less, and what a run that is
//! refused leaves behind.

use super::{Recorder, Script, bars, new_run, no_wishes, sentences, tiny, train};
use attentive::config::{RunConfig, Value};
use attentive::data::{Dataset, silent};
use attentive::runs::{Event, Level, Outcome};
use attentive::train::{Estimator, Room, Shortage, TrainError, TrainJob, run_within};
use std::path::Path;
use std::sync::Arc;

fn within(
    config: &RunConfig,
    data: &Dataset,
    folder: Option<&Path>,
    room: Room,
) -> Result<(Outcome, Vec<Event>), TrainError> {
    let mut recorder = Recorder::new(no_wishes);
    let mut script = Script(recorder.wishes.clone());
    let (data, folder) = (Some(Arc::new(data.clone())), folder.map(Path::to_owned));
    let job = TrainJob { config: config.clone(), data, folder };
    let done = run_within(job, &mut script, &mut recorder, room)?;
    Ok((done.outcome, recorder.events))
}

/// What the run adds at its peak, by the estimate that the window shows.
fn peak(config: &RunConfig, data: &Dataset) -> u64 {
    let mut data = data.clone();
    data.hold_out(config.data.validation_fraction, config.train.seed);
    Estimator::default().estimate(config, &data, &silent).expect("fits").peak_bytes
}

fn warnings(events: &[Event]) -> Vec<&str> {
    let warning = |event: &'_ Event| matches!(event, Event::Notice { level: Level::Warning, text } if text.contains("of memory at its peak"));
    let found = events.iter().filter(|event| warning(event));
    found
        .filter_map(|event| if let Event::Notice { text, .. } = event { Some(text.as_str()) } else { None })
        .collect()
}

fn cases() -> [(&'static str, Dataset, RunConfig); 2] {
    [
        ("images", bars(200, 40), tiny(&["train.max_steps=1", "model.patch=2"])),
        ("texts", sentences(200), tiny(&["train.max_steps=1", "text.vocabulary=200"])),
    ]
}

#[test]
fn three_quarters_are_warned_of_and_nearly_all_is_refused_unless_forced() {
    for (name, data, config) in cases() {
        let peak = peak(&config, &data);
        // So many bytes that the peak is just under or just at these per cent of them.
        let under = |percent: u64| peak * 100 / percent + 1;
        let at = |percent: u64| peak * 100 / percent;
        for (free, warned, refused) in [
            (peak * 100 / 74, false, false),
            (under(75), false, false),
            (at(75), true, false),
            (peak * 100 / 94, true, false),
            (under(95), true, false),
            (at(95), true, true),
            (peak / 2, true, true),
        ] {
            for force in [false, true] {
                let (_home, folder) = new_run();
                let result = within(&config, &data, Some(&folder), Room { free: Some(free), force });
                if refused && !force {
                    let Err(TrainError::Memory(shortage)) = result else {
                        panic!("{name} {free}: {result:?}")
                    };
                    assert_eq!((shortage.needed, shortage.free), (peak, free), "{name}: as it was estimated");
                    assert!(!folder.exists(), "{name}: nothing is left behind");
                    continue;
                }
                let (outcome, events) = result.expect("begins");
                assert_eq!(outcome, Outcome::Finished);
                assert_eq!(warnings(&events).len(), usize::from(warned), "{name} {free} of {peak}");
            }
        }
    }
}

#[test]
fn what_takes_less_takes_what_is_said() {
    let data = bars(400, 0);
    let heavy = tiny(&[
        "train.max_steps=1",
        "train.batch_size=256",
        "train.threads=4",
        "model.width=64",
        "model.depth=4",
        "model.patch=1",
    ]);
    let refused = |config: &RunConfig, free: u64| -> Box<Shortage> {
        match within(config, &data, None, Room { free: Some(free), force: false }) {
            Err(TrainError::Memory(shortage)) => shortage,
            other => panic!("{other:?}"),
        }
    };
    let shortage = refused(&heavy, peak(&heavy, &data));
    let threads = &shortage.lighter[0];
    assert_eq!((threads.key, threads.same_result), ("train.threads", true), "{shortage:?}");
    for lighter in &shortage.lighter {
        let mut config = heavy.clone();
        config.apply(&format!("{}={}", lighter.key, lighter.value)).expect("fits");
        assert_eq!(peak(&config, &data), lighter.needed, "{lighter:?}");
        assert!(lighter.needed < shortage.needed);
    }
    // A small batch is cut into as many lanes as it fills: half of it takes less.
    let small = tiny(&[
        "train.max_steps=1",
        "train.batch_size=16",
        "train.threads=4",
        "model.width=64",
        "model.patch=1",
    ]);
    let shortage = refused(&small, peak(&small, &data));
    let half = shortage.lighter.iter().find(|lighter| lighter.key == "train.batch_size").expect("helps");
    assert_eq!((&half.value, half.same_result), (&Value::Int(8), false));
    // Where nothing helps, nothing is named.
    assert!(refused(&small, 1000).lighter.is_empty());
    let text = TrainError::Memory(shortage.clone()).to_string();
    assert!(text.contains("train.batch_size = 8") && text.contains("--force"), "{text}");
}

#[test]
fn memory_that_is_short_does_not_touch_the_result() {
    let (_, data, config) = cases().into_iter().next().expect("a case");
    let (_home, plain) = new_run();
    let (_other, forced) = new_run();
    train(&config, &data, Some(&plain), no_wishes);
    within(&config, &data, Some(&forced), Room { free: Some(1), force: true }).expect("begins");
    assert!(super::weights(&plain) == super::weights(&forced));
}
