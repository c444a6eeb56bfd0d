//! Fulfils wishes between two steps: pause and go on, save, evaluate, change a setting,
//! predict. What cannot be done is answered with a notice and changes nothing.

use super::error::Halt;
use super::session::Session;
use super::wishes::Stop;
use crate::config::{ConfigError, Value, setting};
use crate::data::Split;
use crate::runs::{Event, Level};

impl Session<'_> {
    /// Fulfils all open wishes; returns when the next step may begin.
    pub fn obey(&mut self) -> Result<(), Halt> {
        self.replay_changes()?;
        loop {
            let stop = self.link.look();
            self.answer()?;
            while let Some((key, value)) = self.link.wishes(|w| w.changes.pop_front()) {
                self.change(key, &value)?;
            }
            if self.link.wishes(|w| std::mem::take(&mut w.save)) {
                self.save()?;
            }
            if stop == Stop::No && self.link.wishes(|w| std::mem::take(&mut w.evaluate)) {
                self.evaluate_now()?;
                continue; // Wishes may have come in meanwhile.
            }
            let (paused, standing) = self.link.wishes(|w| (w.paused, w.standing()));
            if self.stands && !paused || stop != Stop::No {
                self.go_on()?;
            }
            if stop != Stop::No {
                return Err(Halt::Stopped);
            }
            if !standing {
                self.link.wishes(|w| w.single_steps = w.single_steps.saturating_sub(1));
                return Ok(());
            }
            self.stand_still()?;
        }
    }

    fn go_on(&mut self) -> Result<(), Halt> {
        if std::mem::take(&mut self.stands) {
            self.emit(&Event::Resumed { from_step: self.place.step, sitting: None })?;
        }
        Ok(())
    }

    /// Reports a pause that begins, and waits for one wish.
    fn stand_still(&mut self) -> Result<(), Halt> {
        if !std::mem::replace(&mut self.stands, true) {
            self.emit(&Event::Paused { step: self.place.step })?;
        }
        let since = self.link.now();
        self.link.wait();
        self.stopwatch.pause(self.link.now() - since);
        Ok(())
    }

    fn evaluate_now(&mut self) -> Result<(), Halt> {
        let step = self.place.step;
        if !self.has(Split::Validation) {
            return self
                .notice("there are no validation examples to evaluate; data.validation_fraction is 0");
        }
        if self.marks.evaluated() == Some(step) {
            return self.notice(&format!("the weights of step {step} are already evaluated"));
        }
        self.evaluate_validation(false)
    }

    /// Makes again the changes that were made before this step when it was done before.
    fn replay_changes(&mut self) -> Result<(), Halt> {
        while self.replay.front().is_some_and(|(first, ..)| *first <= self.place.step + 1) {
            if let Some((_, key, value)) = self.replay.pop_front() {
                self.change(&key, &value)?;
            }
        }
        Ok(())
    }

    fn change(&mut self, key: &str, value: &Value) -> Result<(), Halt> {
        match self.changed(key, value) {
            Ok(None) => Ok(()),
            Ok(Some(event)) => self.emit(&event),
            Err(error) => self.notice(&format!("{error}. The setting stays as it was")),
        }
    }

    /// Changes a live setting; `None` if it has that value already.
    fn changed(&mut self, key: &str, value: &Value) -> Result<Option<Event>, ConfigError> {
        let row = setting(key)?;
        let conflict = |reason: String, remedy: &str| ConfigError::Conflict {
            key: row.key,
            reason,
            remedy: remedy.to_owned(),
        };
        if !row.live {
            return Err(conflict(
                "this setting cannot change while a run is going".to_owned(),
                "stop the run and start another one with the new value",
            ));
        }
        let mut config = self.config.clone();
        row.set(&mut config, value)?;
        config.validate()?;
        let (from, to) = ((row.get)(&self.config), (row.get)(&config));
        if from == to {
            return Ok(None);
        }
        let step = self.place.step;
        if self.steps_with(config.train.epochs) <= step {
            let reason = format!("{to} epochs have been gone through already, the run is at step {step}");
            return Err(conflict(reason, "give more epochs, or press Stop to end the run now"));
        }
        self.config = config;
        self.marks.unsave();
        Ok(Some(Event::SettingChanged { step: step + 1, key: row.key.to_owned(), from, to }))
    }

    fn notice(&mut self, text: &str) -> Result<(), Halt> {
        self.emit(&Event::Notice { level: Level::Warning, text: text.to_owned() })
    }
}
