//! What the person wishes of a run and has not got yet. A plain value: it neither waits
//! nor knows where the wishes come from.

use super::{Control, PredictRequest};
use crate::config::Value;
use std::collections::VecDeque;

/// How urgently the run is to end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stop {
    /// Not at all.
    #[default]
    No,
    /// Halt, save and evaluate.
    Once,
    /// Halt and save only.
    Twice,
}

/// Open wishes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Wishes {
    pub stop: Stop,
    pub paused: bool,
    /// Steps allowed while paused.
    pub single_steps: u64,
    pub save: bool,
    pub evaluate: bool,
    pub changes: VecDeque<(&'static str, Value)>,
    pub predictions: VecDeque<PredictRequest>,
}

impl Wishes {
    /// Notes one more.
    pub fn take(&mut self, control: Control) {
        match control {
            Control::Pause => (self.paused, self.single_steps) = (true, 0),
            Control::Resume => (self.paused, self.single_steps) = (false, 0),
            Control::OneStep => (self.paused, self.single_steps) = (true, self.single_steps + 1),
            Control::Stop if self.stop == Stop::No => self.stop = Stop::Once,
            Control::Stop => self.stop = Stop::Twice,
            Control::SaveNow => self.save = true,
            Control::EvaluateNow => self.evaluate = true,
            Control::Change(key, value) => self.changes.push_back((key, value)),
            Control::Predict(request) => self.predictions.push_back(request),
        }
    }

    /// Whether the next step has to wait.
    pub fn standing(&self) -> bool {
        self.paused && self.single_steps == 0 && self.stop == Stop::No
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pause_steps_and_stops_follow_the_person() {
        let cases: &[(&[Control], bool, Stop)] = &[
            (&[], false, Stop::No),
            (&[Control::Pause], true, Stop::No),
            (&[Control::Pause, Control::Resume], false, Stop::No),
            (&[Control::OneStep], false, Stop::No),
            (&[Control::OneStep, Control::Pause], true, Stop::No),
            (&[Control::Pause, Control::Stop], false, Stop::Once),
            (&[Control::Stop, Control::Stop], false, Stop::Twice),
            (&[Control::Stop, Control::Stop, Control::Stop], false, Stop::Twice),
        ];
        for (controls, standing, stop) in cases {
            let mut wishes = Wishes::default();
            controls.iter().for_each(|control| wishes.take(control.clone()));
            assert_eq!((wishes.standing(), wishes.stop), (*standing, *stop), "{controls:?}");
        }
    }
}
