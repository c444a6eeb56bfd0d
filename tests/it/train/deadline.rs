//! Training to a deadline, by a clock that the test moves.

use super::{Recorder, Wishes, bars, new_run, tiny, weights};
use attentive::config::{RunConfig, Value};
use attentive::data::Dataset;
use attentive::runs::{Done, Event, Outcome};
use attentive::train::{Clock, Control, Steering, TrainJob, run_by};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A clock's hand, and what it needs to know to move.
#[derive(Default)]
struct Hand {
    milliseconds: AtomicU64,
    step: AtomicU64,
    evaluating: AtomicBool,
}

impl Hand {
    fn move_on(&self, seconds: f64) {
        self.milliseconds.fetch_add((seconds * 1000.0) as u64, Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn seconds(&self) -> f64 {
        self.milliseconds.load(Ordering::SeqCst) as f64 / 1000.0
    }
}

/// How often a step of these small runs asks for wishes: once before and three times inside.
const QUESTIONS: f64 = 4.0;

/// Lets time pass with every question, and an hour with every wish that is waited for.
struct Slow<F>(Wishes, Arc<Hand>, F);

impl<F: Fn(u64) -> f64 + Send> Steering for Slow<F> {
    fn poll(&mut self) -> Option<Control> {
        let hand = &self.1;
        let evaluating = hand.evaluating.load(Ordering::SeqCst);
        let seconds = (self.2)(hand.step.load(Ordering::SeqCst) + 1) / QUESTIONS;
        hand.move_on(if evaluating { 0.02 } else { seconds });
        self.0.lock().expect("not poisoned").pop_front()
    }
    fn wait(&mut self) -> Option<Control> {
        self.1.move_on(3600.0);
        Some(self.0.lock().expect("not poisoned").pop_front().expect("a wish to end the pause"))
    }
}

/// Trains; step `n` takes about `pace(n)` seconds.
fn timed(
    config: &RunConfig,
    data: &Dataset,
    folder: Option<&Path>,
    pace: impl Fn(u64) -> f64 + Send,
    mut answer: impl FnMut(&Event) -> Vec<Control> + Send,
) -> (Done, Vec<Event>) {
    let hand = Arc::new(Hand::default());
    let moved = hand.clone();
    let mut recorder = Recorder::new(move |event| {
        let evaluating = matches!(event, Event::Progress { stage, .. } if stage.starts_with("Evaluating"));
        moved.evaluating.store(evaluating, Ordering::SeqCst);
        if let Event::Step { step, .. } = event {
            moved.step.store(*step, Ordering::SeqCst);
        }
        answer(event)
    });
    let mut steering = Slow(recorder.wishes.clone(), hand.clone(), pace);
    let (data, folder) = (Some(Arc::new(data.clone())), folder.map(Path::to_owned));
    // What a look costs by this clock is a step's; the baseline looks for other reasons.
    let mut config = config.clone();
    config.train.baseline = false;
    let job = TrainJob { config, data, folder };
    let done = run_by(job, &mut steering, &mut recorder, &*hand).expect("begins");
    let events = std::mem::take(&mut recorder.events);
    (done, events)
}

/// (step, learning rate) of every step.
fn rates(events: &[Event]) -> Vec<f64> {
    let of = |event: &Event| match event {
        Event::Step { metrics, .. } => Some(metrics["learning_rate"]),
        _ => None,
    };
    events.iter().filter_map(of).collect()
}

fn notices(events: &[Event]) -> Vec<&str> {
    let text = |event: &'_ Event| matches!(event, Event::Notice { .. });
    let notices = events.iter().filter(|event| text(event));
    notices.map(|event| if let Event::Notice { text, .. } = event { text.as_str() } else { "" }).collect()
}

fn no_wishes(_: &Event) -> Vec<Control> {
    Vec::new()
}

#[test]
fn a_slow_run_ends_in_time_with_its_schedule_gone_through() {
    let data = bars(200, 40);
    for schedule in ["cosine", "linear", "one-cycle", "step"] {
        let schedule = format!("train.schedule={schedule}");
        // 500 steps are planned; at a second each the deadline allows about a tenth of them.
        let config = tiny(&["train.epochs=100", "train.deadline=1", "train.learning_rate=0.01", &schedule]);
        let (done, events) = timed(&config, &data, None, |_| 1.0, no_wishes);
        assert_eq!(done.outcome, Outcome::Finished, "{schedule}");
        assert!((50..=60).contains(&done.step), "{schedule}: {}", done.step);
        assert!(done.seconds <= 60.0, "{schedule}: {}", done.seconds);
        assert!(done.validation.is_some() && done.test.is_some(), "{schedule}: evaluated at the end");
        let rates = rates(&events);
        let top = rates.iter().copied().fold(0.0, f64::max);
        let at = rates.iter().position(|rate| *rate == top).expect("a largest");
        assert!(top > 0.008 && top <= 0.01, "{schedule}: the peak is reached: {top}");
        assert!(rates[..=at].is_sorted() && rates[at..].is_sorted_by(|a, b| a >= b), "{schedule}: {rates:?}");
        let last = rates[rates.len() - 1];
        assert!(last < 0.04 * top, "{schedule}: it has come down: {last}");
        // Smooth: no second of a minute takes the rate down by more than three even shares of it.
        let largest = rates[at..].windows(2).map(|pair| pair[0] - pair[1]).fold(0.0, f64::max);
        assert!(schedule.ends_with("=step") || largest < 3.0 * top / 50.0, "{schedule}: {largest}");
        let told = notices(&events);
        assert!(told[0].contains("train.deadline = 1 minutes") && told[0].contains("cannot be repeated"));
        let end = format!("ended at step {} of 500 after", done.step);
        assert!(told[1].starts_with(&end) && told[1].contains("to keep the deadline"), "{told:?}");
    }
}

#[test]
fn an_uneven_pace_keeps_the_rate_falling() {
    // Slower and slower, with hiccups: the clock overtakes the steps.
    let config = tiny(&["train.epochs=30", "train.deadline=2", "train.warmup_fraction=0"]);
    let pace = |step: u64| 0.1 + step as f64 / 25.0 + f64::from(u8::from(step.is_multiple_of(7)));
    let (done, events) = timed(&config, &bars(200, 40), None, pace, no_wishes);
    let rates = rates(&events);
    assert!(rates.is_sorted_by(|a, b| a >= b), "{rates:?}");
    assert!(rates[rates.len() - 1] < 0.02 * rates[0] && done.seconds <= 120.0, "{rates:?} {done:?}");
    assert!(done.step < 150, "cut by the clock: {}", done.step);
}

#[test]
fn a_run_that_is_quick_enough_does_not_feel_its_deadline() {
    let data = bars(200, 40);
    let trained = |deadline: &str| {
        let (_home, folder) = new_run();
        let config = tiny(&["train.epochs=3", deadline]);
        let (done, events) = timed(&config, &data, Some(&folder), |_| 1.0, no_wishes);
        (done.step, rates(&events), weights(&folder))
    };
    assert!(trained("train.deadline=0") == trained("train.deadline=5"));
}

#[test]
fn pauses_do_not_count_and_the_deadline_may_move() {
    let config = tiny(&["train.epochs=100", "train.deadline=1"]);
    let (done, events) = timed(
        &config,
        &bars(200, 40),
        None,
        |_| 1.0,
        |event| match event {
            Event::Step { step: 10, .. } => vec![Control::Pause],
            // An hour goes by before this is heard.
            Event::Paused { .. } => vec![Control::Resume],
            Event::Step { step: 30, .. } => vec![Control::Change("train.deadline", Value::Float(2.0))],
            _ => Vec::new(),
        },
    );
    assert!((105..=120).contains(&done.step) && done.seconds <= 120.0, "{} {}", done.step, done.seconds);
    let rates = rates(&events);
    assert!(rates[30] > rates[29], "more time, a higher rate again");
    assert!(notices(&events)[1].contains("train.deadline = 2 minutes"), "{:?}", notices(&events));
}
