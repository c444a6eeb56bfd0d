//! Training a model from scratch: prepare, learn, close. The loop is here; what it decides
//! by (schedule, place, evaluation, wishes) lies in small files beside it.

use super::error::Halt;
use super::extend::{ExtendJob, take_up};
use super::learner::Stepped;
use super::link::Link;
use super::metrics::{StepFacts, step_metrics};
use super::resume::{ResumeJob, Taken};
use super::room::Room;
use super::schedule::learning_rate_after;
use super::session::Session;
use super::setup::prepare;
use super::spike::Spike;
use super::wishes::Stop;
use super::{Clock, Observer, Steering, SystemClock, TrainError};
use crate::config::{RunConfig, Sampling};
use crate::data::{Dataset, Split};
use crate::runs::{Disk, Done, Event, Level, Trouble};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

/// What to train.
#[derive(Clone, Debug)]
pub struct TrainJob {
    /// All settings.
    pub config: RunConfig,
    /// The data, if already open; otherwise `config.data.source` is opened. The validation
    /// split is made anew from the settings either way.
    pub data: Option<Arc<Dataset>>,
    /// Folder to create for the run; `None` keeps nothing.
    pub folder: Option<PathBuf>,
}

/// Trains. Once the run has begun (`Event::Accepted`), every end, a failure too, is an
/// `Event::Done`, and the same value is returned.
///
/// # Errors
/// [`TrainError`] when it could not begin; nothing is left behind then.
pub fn run(
    job: TrainJob,
    steering: &mut dyn Steering,
    observer: &mut dyn Observer,
) -> Result<Done, TrainError> {
    run_by(job, steering, observer, &SystemClock::start())
}

/// The same, taking only so much memory.
///
/// # Errors
/// As [`run`].
pub fn run_within(
    job: TrainJob,
    steering: &mut dyn Steering,
    observer: &mut dyn Observer,
    room: Room,
) -> Result<Done, TrainError> {
    let clock = SystemClock::start();
    let link = Link::new(steering, observer, &clock).within(room);
    let session = prepare(job, &link)?;
    Ok(conduct(session))
}

/// The same by another clock.
///
/// # Errors
/// As [`run`].
pub fn run_by(
    job: TrainJob,
    steering: &mut dyn Steering,
    observer: &mut dyn Observer,
    clock: &dyn Clock,
) -> Result<Done, TrainError> {
    let link = Link::new(steering, observer, clock);
    let session = prepare(job, &link)?;
    Ok(conduct(session))
}

/// The same as [`run`] with the run folder on another disk.
///
/// # Errors
/// As [`run`].
pub fn run_on(
    job: TrainJob,
    steering: &mut dyn Steering,
    observer: &mut dyn Observer,
    disk: Arc<dyn Disk>,
) -> Result<Done, TrainError> {
    let clock = SystemClock::start();
    let link = Link::new(steering, observer, &clock).on(disk);
    let session = prepare(job, &link)?;
    Ok(conduct(session))
}

/// Goes on with a run that ended before its last step, whatever ended it: from its newest sound
/// checkpoint, or from the beginning where there is none. It becomes, to the last bit, the run
/// that never ended. One that is finished only says so again.
///
/// # Errors
/// [`TrainError`] when it cannot go on; the run is as it was then.
pub fn resume(
    job: ResumeJob,
    steering: &mut dyn Steering,
    observer: &mut dyn Observer,
) -> Result<Done, TrainError> {
    resume_on(job, steering, observer, crate::runs::system_disk())
}

/// The same with the run folder on another disk.
///
/// # Errors
/// As [`resume`].
pub fn resume_on(
    job: ResumeJob,
    steering: &mut dyn Steering,
    observer: &mut dyn Observer,
    disk: Arc<dyn Disk>,
) -> Result<Done, TrainError> {
    let clock = SystemClock::start();
    // A run that was begun once may go on; that memory is short is told.
    let link = Link::new(steering, observer, &clock).on(disk).within(Room { force: true, ..Room::default() });
    Ok(match super::resume::take_up(job, &link).map_err(TrainError::of_old_run)? {
        Taken::Session(session) => conduct(*session),
        Taken::Finished(done) => {
            link.event(&Event::Done(done.clone()));
            *done
        }
    })
}

/// Goes on with a run from its last checkpoint, in the same folder: weights, optimizer, step
/// count and curves go on, and the schedule stretches to the new plan. It ends as [`run`] does.
///
/// # Errors
/// [`TrainError`] when it cannot go on; the run is as it was then.
pub fn extend(
    job: ExtendJob,
    steering: &mut dyn Steering,
    observer: &mut dyn Observer,
) -> Result<Done, TrainError> {
    extend_by(job, steering, observer, &SystemClock::start())
}

/// The same by another clock.
///
/// # Errors
/// As [`extend`].
pub fn extend_by(
    job: ExtendJob,
    steering: &mut dyn Steering,
    observer: &mut dyn Observer,
    clock: &dyn Clock,
) -> Result<Done, TrainError> {
    let link = Link::new(steering, observer, clock).within(Room { force: true, ..Room::default() });
    let session = take_up(job, &link).map_err(TrainError::of_old_run)?;
    Ok(conduct(session))
}

/// From the first event to the last.
fn conduct(mut session: Session<'_>) -> Done {
    let end = session.accept().and_then(|()| {
        // A fault in the program must not lose what was learned before it.
        catch_unwind(AssertUnwindSafe(|| session.learn()))
            .unwrap_or_else(|panic| Err(session.panicked(&*panic)))
    });
    session.close(end)
}

impl Session<'_> {
    fn learn(&mut self) -> Result<(), Halt> {
        self.check_patience()?;
        self.check_balance()?;
        if self.deadline().is_some() {
            // What it takes must not come after the deadline.
            self.measure_baseline(Split::Validation, Stop::Once)?;
        }
        if std::mem::take(&mut self.owes_evaluation) {
            self.evaluate_validation(true)?;
        }
        while self.place.step < self.total_steps() {
            if self.is_out_of_patience()? {
                break;
            }
            self.obey()?;
            if self.is_out_of_time()? {
                break;
            }
            if !self.step()? {
                continue; // Interrupted: the half-done step is discarded and the wish obeyed.
            }
            if self.evaluation_due() {
                self.evaluate_validation(true)?;
            } else {
                self.save_now_and_then()?;
            }
        }
        Ok(())
    }

    /// One update of the weights; `false` when a wish to stop came between.
    pub fn step(&mut self) -> Result<bool, Halt> {
        let (begun, step) = (self.link.now(), self.place.step + 1);
        let done = self.done_by_schedule();
        let train = &self.config.train;
        let rate = learning_rate_after(train, done, self.total_steps());
        let batch = self.place.batch(train.batch_size as usize);
        let link = self.link;
        let mut interrupted = || link.look() != Stop::No;
        let stepped =
            self.learner.step(&self.config, batch, (self.place.epoch, step), rate, &mut interrupted)?;
        let Stepped::Done(facts) = stepped else {
            return match stepped {
                Stepped::Unmoved(names) => Err(Halt::Failed(did_not_move(&names))),
                Stepped::NotFinite(what, loss) => Err(self.went_wrong(what, step, loss)),
                _ => Ok(false),
            };
        };
        self.place.advance(train.batch_size as usize);
        let seconds = self.link.now() - begun;
        self.pace.stepped(seconds, facts.samples);
        let loss = facts.loss;
        let machine = self.watch.look();
        let metrics = step_metrics(&StepFacts { learning_rate: rate, seconds, machine, ..facts });
        let (epoch, seconds) = (self.place.epochs(), self.seconds());
        self.emit(&Event::Step { step, epoch, seconds, metrics })?;
        self.watch_loss(step, loss)?;
        Ok(true)
    }

    /// Tells a spike, which changes nothing.
    fn watch_loss(&mut self, step: u64, loss: f64) -> Result<(), Halt> {
        self.good.take(step, loss);
        let Some(Spike { loss, highest }) = self.spikes.take(loss) else { return Ok(()) };
        let learning_rate = self.config.train.learning_rate;
        self.emit(&Event::Trouble(Trouble::Spike { step, loss, highest, learning_rate }))
    }

    /// Patience counts evaluations; without validation examples there are none.
    fn check_patience(&mut self) -> Result<(), Halt> {
        if self.config.train.patience == 0 || self.has(Split::Validation) {
            return Ok(());
        }
        let text = "train.patience has no effect: there are no validation examples. Set \
                    data.validation_fraction, for example to 0.1";
        self.emit(&Event::Notice { level: Level::Warning, text: text.to_owned() })
    }

    /// Two ways to balance classes together would turn rare classes into frequent ones.
    fn check_balance(&mut self) -> Result<(), Halt> {
        let train = &self.config.train;
        if train.sampling != Sampling::Balanced || !train.class_weights {
            return Ok(());
        }
        let text = "train.sampling = balanced and train.class_weights both make up for rare classes: together \
                    they overdo it. Turn one of them off";
        self.emit(&Event::Notice { level: Level::Warning, text: text.to_owned() })
    }

    /// Seconds of training until the deadline, if there is one.
    fn deadline(&self) -> Option<f64> {
        let minutes = self.config.train.deadline;
        (minutes > 0.0).then_some(minutes * 60.0)
    }

    /// Examples that are evaluated at the end.
    fn closing_examples(&self) -> usize {
        self.data.count(Split::Validation) + self.data.count(Split::Test)
    }

    /// How many steps the schedule counts as done: the steps, or by the clock where it leads.
    fn done_by_schedule(&mut self) -> f64 {
        let (steps, total) = (self.place.step as f64, self.total_steps() as f64);
        let Some(deadline) = self.deadline() else { return steps };
        let (elapsed, examples) = (self.stopwatch.sitting(self.link.now()), self.closing_examples());
        // A run that goes on has the steps that are left for its time.
        let left = (total - self.first_step as f64).max(0.0);
        let by_time = self.first_step as f64 + self.pace.share(deadline, elapsed, examples) * left;
        steps.max(by_time)
    }

    /// Whether to end because another step would miss the deadline, which is told.
    fn is_out_of_time(&mut self) -> Result<bool, Halt> {
        let minutes = self.config.train.deadline;
        let Some(deadline) = self.deadline() else { return Ok(false) };
        if self.told_deadline != minutes {
            self.told_deadline = minutes;
            let text = format!(
                "train.deadline = {minutes} minutes: the run ends by then, and the learning rate follows the \
                 clock where that is further than the steps. How many steps there are depends on this machine, \
                 so the run cannot be repeated bit by bit; the log has the seconds and the learning rate of \
                 every step"
            );
            self.emit(&Event::Notice { level: Level::Info, text })?;
        }
        let elapsed = self.stopwatch.sitting(self.link.now());
        if !self.pace.is_over(deadline, elapsed, self.closing_examples()) {
            return Ok(false);
        }
        let text = format!(
            "ended at step {} of {} after {:.1} minutes to keep the deadline (train.deadline = {minutes})",
            self.place.step,
            self.total_steps(),
            elapsed / 60.0
        );
        self.emit(&Event::Notice { level: Level::Info, text })?;
        Ok(true)
    }

    /// Whether to end before the last step, which is told.
    fn is_out_of_patience(&mut self) -> Result<bool, Halt> {
        let patience = self.config.train.patience;
        let Some((best, waited)) = self.marks.waited() else { return Ok(false) };
        if patience == 0 || waited < patience || self.place.step >= self.total_steps() {
            return Ok(false);
        }
        let plural = if waited == 1 { "" } else { "s" };
        let text = format!(
            "ended early at step {}: {waited} evaluation{plural} in a row gave no better validation result than \
             step {best} (train.patience = {patience})",
            self.place.step
        );
        self.emit(&Event::Notice { level: Level::Info, text })?;
        Ok(true)
    }

    /// Whether the plan has an evaluation after the step just done.
    pub fn evaluation_due(&self) -> bool {
        let every = self.config.train.evaluate_every;
        let due = if every > 0 { self.place.step.is_multiple_of(every) } else { self.place.epoch_ended() };
        due && self.place.step > 0 && self.has(Split::Validation)
    }
}

fn did_not_move(names: &[String]) -> String {
    format!(
        "these parameters got no gradient in the first step and would never learn: {}. If the first batch \
         is not blank, this is a fault in the program: please report it",
        names.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Examples, Images, Target, silent};
    use crate::preprocess::Preprocess;
    use crate::runs::Outcome;
    use crate::train::{Control, NoSteering};

    struct Deaf;
    impl Observer for Deaf {
        fn event(&mut self, _: &Event) {}
    }

    fn job(folder: PathBuf) -> TrainJob {
        let pixels: Vec<u8> = (0..40 * 16).map(|i| (i * 37 % 251) as u8).collect();
        let images = Images::new(4, 4, 1, pixels);
        let targets = (0..40).map(|i| Target::Class(i % 2)).collect();
        let classes = vec!["even".to_owned(), "odd".to_owned()];
        let splits = vec![Split::Train; 40];
        let examples = Examples::Images(images);
        let data = Dataset::new("a".into(), "made-up".into(), "made-up", examples, classes, targets, splits);
        let mut config = RunConfig::default();
        for assignment in
            ["model.width=8", "model.depth=1", "model.heads=2", "train.batch_size=10", "train.threads=1"]
        {
            config.apply(assignment).expect("fits");
        }
        TrainJob { config, data: Some(Arc::new(data)), folder: Some(folder) }
    }

    /// From here on every input is NaN.
    fn poison(session: &mut Session<'_>) {
        let mut preprocess = session.learner.engine.preprocess.clone();
        if let Preprocess::Image(image) = &mut preprocess {
            image.mean = vec![f64::NAN];
        }
        session.learner.prepared = preprocess.prepare(&session.data, &silent).expect("prepares");
    }

    #[test]
    fn a_loss_that_is_no_number_stops_the_same_step_and_keeps_the_weights_before() {
        let home = tempfile::tempdir().expect("temporary folder");
        let folder = home.path().join("run");
        let (mut steering, mut observer) = (NoSteering, Deaf);
        let clock = SystemClock::start();
        let link = Link::new(&mut steering, &mut observer, &clock);
        let mut session = prepare(job(folder.clone()), &link).expect("begins");
        session.accept().expect("begins");
        for _ in 0..3 {
            assert_eq!(session.step(), Ok(true));
        }
        session.save().expect("saves");
        assert_eq!(session.step(), Ok(true));
        session.save().expect("saves");
        let saved = folder.join("checkpoints/step-000003/model.safetensors");
        let before = std::fs::read(&saved).expect("saved");
        poison(&mut session);
        let end = session.learn();
        assert!(matches!(end, Err(Halt::Broken(_))), "{end:?}");
        let kept = crate::runs::Checkpoints::of(&folder).steps();
        assert_eq!(kept, [3, 4], "4 is what broke; 3 is known to be good");
        let done = session.close(end);
        assert_eq!((done.outcome, done.step, &done.validation), (Outcome::Failed, 4, &None));
        for part in [
            "the loss is no longer a finite number at step 5",
            "The last good checkpoint is that of step 3",
            "train.learning_rate",
            "train.clip_norm",
            "train.warmup_fraction",
        ] {
            assert!(done.reason.contains(part), "{}", done.reason);
        }
        assert!(std::fs::read(saved).expect("saved") == before);
        let (events, _) = crate::runs::read_run(&folder).expect("reads");
        assert_eq!(events.iter().filter(|e| matches!(e, Event::Step { .. })).count(), 4);
        assert!(matches!(events.last(), Some(Event::Done(last)) if last.outcome == Outcome::Failed));
    }

    #[test]
    fn predictions_that_are_no_numbers_fail_the_run_and_are_not_written() {
        let home = tempfile::tempdir().expect("temporary folder");
        let (mut steering, mut observer) = (NoSteering, Deaf);
        let clock = SystemClock::start();
        let link = Link::new(&mut steering, &mut observer, &clock);
        let folder = home.path().join("run");
        let mut session = prepare(job(folder.clone()), &link).expect("begins");
        session.accept().expect("begins");
        assert_eq!(session.step(), Ok(true));
        poison(&mut session);
        let end = session.evaluate_validation(true);
        assert!(
            matches!(&end, Err(Halt::Broken(reason)) if reason.contains("of the validation examples is no longer a finite number at step 1")),
            "{end:?}"
        );
        let done = session.close(end);
        assert_eq!((done.outcome, done.validation, done.best), (Outcome::Failed, None, None));
        assert!(crate::runs::Checkpoints::of(&folder).steps().is_empty(), "what is broken is not saved");
    }

    #[test]
    fn a_parameter_that_gets_no_gradient_fails_the_first_step_by_name() {
        assert!(did_not_move(&["blocks.0.norm1.weight".to_owned()]).contains("blocks.0.norm1.weight"));
        let home = tempfile::tempdir().expect("temporary folder");
        let mut job = job(home.path().join("run"));
        // Black images and nothing else: after normalising, every pixel is zero and the patch
        // weights get no gradient.
        let data = job.data.take().map(Arc::unwrap_or_clone).map(|data| Dataset {
            examples: Examples::Images(Images::new(4, 4, 1, vec![0; 40 * 16])),
            ..data
        });
        job.data = data.map(Arc::new);
        let done = run(job, &mut NoSteering, &mut Deaf).expect("begins");
        assert_eq!((done.outcome, done.step), (Outcome::Failed, 0));
        assert!(
            done.reason.contains("embedding.patches.weight") && done.reason.contains("no gradient"),
            "{}",
            done.reason
        );
    }

    #[test]
    fn wishes_of_a_dead_steering_end_a_pause() {
        struct PauseOnce(bool);
        impl Steering for PauseOnce {
            fn poll(&mut self) -> Option<Control> {
                std::mem::take(&mut self.0).then_some(Control::Pause)
            }
            fn wait(&mut self) -> Option<Control> {
                None
            }
        }
        let home = tempfile::tempdir().expect("temporary folder");
        let mut job = job(home.path().join("run"));
        job.config.data.validation_fraction = 0.0;
        // The pause comes while preparing and holds before the first step.
        let done = run(job, &mut PauseOnce(true), &mut Deaf).expect("begins");
        assert_eq!((done.outcome, done.step), (Outcome::Stopped, 0));
    }
}
