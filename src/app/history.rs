//! Settings as they were: what undo goes back to and redo forward to. Bounded; steps that
//! follow each other at once and change the same setting are one step. It keeps the source of
//! the data out: data is opened, not undone.

use crate::config::RunConfig;

/// Steps that can be undone.
const STEPS: usize = 100;
/// Seconds within which changes of the same setting are one step: a slider reports each frame.
const ONE_STEP: u64 = 1;

/// Earlier and later settings.
#[derive(Clone, Debug, Default)]
pub struct History {
    past: Vec<RunConfig>,
    future: Vec<RunConfig>,
    /// The setting of the last step and when it was last changed.
    last: Option<(&'static str, u64)>,
}

impl History {
    /// Remembers `before`, which has just been changed. `key` is the setting where only one was
    /// changed, `now` the time in seconds.
    pub fn record(&mut self, before: RunConfig, key: Option<&'static str>, now: u64) {
        self.future.clear();
        let goes_on = key.is_some_and(|key| {
            self.last.is_some_and(|(last, time)| last == key && now.saturating_sub(time) <= ONE_STEP)
        });
        self.last = key.map(|key| (key, now));
        if goes_on && !self.past.is_empty() {
            return;
        }
        self.past.push(before);
        if self.past.len() > STEPS {
            self.past.remove(0);
        }
    }

    /// Whether there is something to undo.
    pub fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    /// Whether there is something to redo.
    pub fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }

    /// The settings before the last step; `now` is kept for redo.
    pub fn undo(&mut self, now: &RunConfig) -> Option<RunConfig> {
        self.last = None;
        let before = self.past.pop()?;
        self.future.push(now.clone());
        Some(before)
    }

    /// The settings after the step undone last; `now` is kept for undo.
    pub fn redo(&mut self, now: &RunConfig) -> Option<RunConfig> {
        self.last = None;
        let after = self.future.pop()?;
        self.past.push(now.clone());
        Some(after)
    }

    /// Takes back what [`History::undo`] or [`History::redo`] gave, when it could not be applied.
    pub fn refuse(&mut self, given: RunConfig, undone: bool) {
        let (from, to) =
            if undone { (&mut self.future, &mut self.past) } else { (&mut self.past, &mut self.future) };
        from.pop();
        to.push(given);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(epochs: u64) -> RunConfig {
        let mut config = RunConfig::default();
        config.train.epochs = epochs;
        config
    }

    #[test]
    fn undo_and_redo_walk_the_same_way_and_a_change_forgets_the_future() {
        let mut history = History::default();
        history.record(config(1), Some("train.epochs"), 10);
        history.record(config(2), Some("train.seed"), 10);
        assert_eq!(history.undo(&config(3)), Some(config(2)));
        assert_eq!(history.undo(&config(2)), Some(config(1)));
        assert_eq!(history.undo(&config(1)), None);
        assert_eq!(history.redo(&config(1)), Some(config(2)));
        assert_eq!(history.redo(&config(2)), Some(config(3)));
        assert!(!history.can_redo());
        assert_eq!(history.undo(&config(3)), Some(config(2)));
        history.record(config(2), None, 20);
        assert!(history.can_undo() && !history.can_redo());
    }

    #[test]
    fn a_dragged_slider_is_one_step() {
        let mut history = History::default();
        for epochs in 1..50 {
            history.record(config(epochs), Some("train.epochs"), 100 + epochs / 30);
        }
        history.record(config(50), Some("train.epochs"), 110);
        assert_eq!(history.undo(&config(51)), Some(config(50)), "a later change is a step of its own");
        assert_eq!(history.undo(&config(50)), Some(config(1)));
        assert!(!history.can_undo());
    }

    #[test]
    fn old_steps_are_forgotten_and_a_refused_one_is_kept() {
        let mut history = History::default();
        for epochs in 0..200 {
            history.record(config(epochs), None, epochs);
        }
        let undone = history.undo(&config(200)).expect("there are steps");
        history.refuse(undone.clone(), true);
        assert!(!history.can_redo());
        assert_eq!(history.undo(&config(200)), Some(undone));
        let mut steps = 1;
        while history.undo(&config(0)).is_some() {
            steps += 1;
        }
        assert_eq!(steps, STEPS);
    }
}
