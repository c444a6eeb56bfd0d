//! `attentive train CONFIG`: a run without a window, and `attentive train --extend RUN`: more of
//! one that has ended. It refuses to decide anything about training: it reads the settings,
//! hands them to `train` and prints its events.

use super::describe::headline;
use super::exit::{Exit, Failure};
use super::output::Output;
use super::progress::Bar;
use super::signal::CtrlC;
use super::summary::{averages_line, baseline_line, class_table, evaluation_line, score_line};
use crate::config::{ConfigError, RunConfig, Value, read_toml, setting};
use crate::data::Split;
use crate::runs::{
    Accepted, Baseline, Done, Evaluation, Event, Level, Outcome, Parent, Trouble, default_runs_folder,
    new_run_folder, read_run,
};
use crate::train::{ExtendJob, Observer, Room, TrainJob};
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Settings file (TOML), for example configs/fashion.toml
    #[arg(value_name = "CONFIG", required_unless_present = "extend", conflicts_with = "extend")]
    config: Option<PathBuf>,
    /// Go on with this run from its last checkpoint instead, for example with
    /// --set train.epochs=20; settings that make another model or other data stay as they are
    #[arg(long, value_name = "RUN", conflicts_with_all = ["run", "preset", "dry_run"])]
    extend: Option<PathBuf>,
    /// Sizes of the model over the file: tiny, small or base. `attentive list presets` shows them
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,
    /// Set one setting over the file; may be given often. `attentive list settings` shows all
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Folder to create for the run (default: a new one where runs are kept, see `attentive runs`)
    #[arg(long, value_name = "DIR")]
    run: Option<PathBuf>,
    /// Train nothing: print how many parameters, how much memory and time it would take
    #[arg(long)]
    dry_run: bool,
    /// Train although memory may not be enough
    #[arg(long, conflicts_with_all = ["extend", "dry_run"])]
    force: bool,
    /// Print every event as a line of JSON, the last of them "done"
    #[arg(long)]
    json: bool,
}

impl super::Run for Arguments {
    fn run(self, output: &mut Output) -> Result<Exit, Failure> {
        let json = self.json;
        if self.dry_run {
            return super::dry_run::print(&self.config()?, json, output);
        }
        printed(output, json, |printer| self.train(printer))
    }
}

/// Does a run's work with a printer; with JSON the last line is always "done", also when the
/// run could not begin.
pub(super) fn printed(
    output: &mut Output,
    json: bool,
    work: impl FnOnce(&mut Printer<'_>) -> Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    let mut printer = Printer::new(output, json);
    let result = work(&mut printer);
    printer.bar.clear();
    if let (Err(failure), true, None) = (&result, json, &printer.done) {
        let stopped = failure.exit == Exit::Interrupted;
        let done = Done {
            outcome: if stopped { Outcome::Stopped } else { Outcome::Failed },
            step: 0,
            validation: None,
            test: None,
            best: None,
            seconds: 0.0,
            reason: failure.text.clone(),
        };
        printer.output.json(&Event::Done(Box::new(done)));
    }
    result
}

impl Arguments {
    /// The file's settings, the preset's over them, and those of `--set` over both.
    fn config(&self) -> Result<RunConfig, Failure> {
        let Some(path) = &self.config else {
            return Err(Failure::usage("name a settings file, or a run with --extend"));
        };
        let mut config = read_toml(path)?;
        if let Some(name) = &self.preset {
            config.use_preset(name).map_err(|error| Failure::usage(format!("--preset {name}: {error}")))?;
        }
        for assignment in &self.set {
            config
                .apply(assignment)
                .map_err(|error| Failure::usage(format!("--set {assignment}: {error}")))?;
        }
        config.validate()?;
        Ok(config)
    }

    fn train(self, printer: &mut Printer<'_>) -> Result<Exit, Failure> {
        if let Some(run) = &self.extend {
            return self.extend(run, printer);
        }
        let config = self.config()?;
        let folder = self.run.unwrap_or_else(|| new_folder(&config));
        let job = TrainJob { config, data: None, folder: Some(folder) };
        let room = Room { force: self.force, ..Room::default() };
        crate::train::run_within(job, &mut listen(printer), printer, room)?;
        Ok(printer.finish())
    }

    fn extend(&self, run: &Path, printer: &mut Printer<'_>) -> Result<Exit, Failure> {
        let changes = assigned(&self.set)?;
        printer.goes_on_with(run);
        let job = ExtendJob { run: run.to_owned(), changes, data: None };
        crate::train::extend(job, &mut listen(printer), printer)?;
        Ok(printer.finish())
    }
}

/// Each `key=value` as a setting and its value.
pub(super) fn assigned(assignments: &[String]) -> Result<Vec<(String, Value)>, Failure> {
    let one = |assignment: &String| {
        let (key, text) = assignment
            .split_once('=')
            .ok_or_else(|| ConfigError::NotAnAssignment { text: assignment.to_owned() })?;
        let row = setting(key.trim())?;
        Ok((row.key.to_owned(), row.parse(text.trim())?))
    };
    let named = |text: &String, error: ConfigError| Failure::usage(format!("--set {text}: {error}"));
    assignments.iter().map(|text| one(text).map_err(|error| named(text, error))).collect()
}

/// Listens to Ctrl-C, or says why it cannot.
pub(super) fn listen(printer: &mut Printer<'_>) -> CtrlC {
    let (steering, refused) = CtrlC::listen();
    if let Some(reason) = refused {
        printer.bar.say(&reason);
    }
    steering
}

/// A dated folder where runs are kept, named after the data.
fn new_folder(config: &RunConfig) -> PathBuf {
    let source = config.data.source.trim_start_matches("builtin:").trim_start_matches("public:");
    let name = Path::new(source).file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into());
    new_run_folder(&default_runs_folder(), &name)
}

/// Prints what happens in a run.
pub(super) struct Printer<'a> {
    output: &'a mut Output,
    json: bool,
    bar: Bar,
    accepted: Option<Accepted>,
    total_steps: u64,
    validation: Option<Evaluation>,
    test: Option<Evaluation>,
    baselines: Vec<Baseline>,
    trouble: Option<Trouble>,
    done: Option<Done>,
}

impl<'a> Printer<'a> {
    pub(super) fn new(output: &'a mut Output, json: bool) -> Self {
        Self {
            output,
            json,
            bar: Bar::new(),
            accepted: None,
            total_steps: 0,
            validation: None,
            test: None,
            baselines: Vec::new(),
            trouble: None,
            done: None,
        }
    }

    /// Takes the bar away.
    pub(super) fn clear(&mut self) {
        self.bar.clear();
    }

    /// A warning that is no event of the run.
    pub(super) fn warn(&mut self, text: &str) {
        self.bar.say(&format!("warning: {text}"));
    }

    /// Whether the reader of the results has gone away.
    pub(super) fn nobody_reads(&self) -> bool {
        self.output.nobody_reads()
    }

    fn begin(&mut self, accepted: &Accepted) {
        self.total_steps = accepted.total_steps;
        self.bar.say(&headline(&accepted.data));
        for notice in &accepted.data.notices {
            self.bar.say(&format!("note: {notice}"));
        }
        self.bar.say(&format!(
            "{} parameters, {} steps ({} an epoch), {}",
            accepted.parameters, accepted.total_steps, accepted.steps_per_epoch, accepted.device
        ));
        self.bar.say(&format!("run folder: {}", accepted.run));
        self.accepted = Some(accepted.clone());
    }

    /// Which run it is that goes on, for the summary; a folder that is none is refused later.
    pub(super) fn goes_on_with(&mut self, run: &Path) {
        for event in read_run(run).map(|(events, _)| events).unwrap_or_default() {
            match event {
                Event::Accepted(accepted) => {
                    self.accepted = Some(Accepted { run: run.to_string_lossy().into_owned(), ..*accepted });
                }
                Event::Baseline(baseline) => self.baselines.push(*baseline),
                _ => {}
            }
        }
    }

    /// The readable summary and the exit code.
    pub(super) fn finish(&mut self) -> Exit {
        self.bar.clear();
        let Some(done) = self.done.take() else {
            self.output.message("error: the run ended without saying how");
            return Exit::Failed;
        };
        if !self.json {
            self.summary(&done);
        }
        if done.outcome == Outcome::Failed {
            self.output.message(&format!("error: {}", done.reason));
            self.advise();
        }
        let exit = match done.outcome {
            Outcome::Failed => Exit::Failed,
            Outcome::Stopped if CtrlC::came() => Exit::Interrupted,
            Outcome::Finished | Outcome::Stopped => Exit::Done,
        };
        self.done = Some(done);
        exit
    }

    /// The command for what the error says to try.
    fn advise(&mut self) {
        let Some(trouble @ Trouble::NotFinite { good, bf16, .. }) = &self.trouble else { return };
        let run = self.accepted.as_ref().map_or("", |accepted| accepted.run.as_str());
        if let Some(step) = good.filter(|_| !run.is_empty()) {
            let fork = format!("attentive fork {run} --step {step} --set");
            self.output.message(&format!("try: {fork} train.learning_rate={}", trouble.lower_rate()));
            if *bf16 {
                self.output.message(&format!("or:  {fork} train.precision=f32"));
            }
        } else {
            self.output.message(&format!("try: --set train.learning_rate={}", trouble.lower_rate()));
        }
    }

    fn summary(&mut self, done: &Done) {
        let mut lines = Vec::new();
        let outcome = match done.outcome {
            Outcome::Finished => "Finished",
            Outcome::Stopped => "Stopped",
            Outcome::Failed => "Failed",
        };
        lines.push(format!("{outcome} after {} steps and {:.0} s of training.", done.step, done.seconds));
        let scores =
            [("validation", &done.validation), ("test", &done.test), ("best validation", &done.best)];
        for (what, score) in scores {
            if let Some(score) = score {
                lines.push(score_line(what, score));
            }
        }
        lines.extend(self.baselines.iter().map(baseline_line));
        let classes = self.accepted.as_ref().map_or(&[][..], |a| &a.data.classes);
        // The test split, where there is one, says most about the classes.
        if let Some(evaluation) = self.test.as_ref().or(self.validation.as_ref()) {
            lines.push(format!("\nClasses, {} examples:", evaluation.split.name()));
            lines.extend(class_table(classes, &evaluation.confusion));
            lines.extend(averages_line(&evaluation.metrics));
        }
        if let Some(run) = self.accepted.as_ref().map(|a| &a.run).filter(|run| !run.is_empty()) {
            lines.push(format!("\nThe run lies in {run}"));
            lines.push(format!("Look at its curves and mistakes: attentive --open {run}"));
            lines.push(format!("Predict with it:                 attentive predict {run} ..."));
        }
        for line in lines {
            self.output.line(&line);
        }
    }
}

impl Observer for Printer<'_> {
    fn event(&mut self, event: &Event) {
        match event {
            Event::Accepted(accepted) => self.begin(accepted),
            Event::Extended(extended) => {
                (self.total_steps, self.done) = (extended.total_steps, None);
                self.bar.say(&format!(
                    "goes on from step {}; {} steps in all, {}",
                    extended.from_step, extended.total_steps, extended.device
                ));
            }
            Event::Forked(forked) => {
                let Parent { run, step, .. } = &forked.parent;
                self.bar.say(&format!("a fork of {run} at step {step}"));
            }
            Event::Resumed { from_step, sitting: Some(sitting) } => {
                (self.total_steps, self.done) = (sitting.total_steps, None);
                self.bar.say(&format!(
                    "resumed from step {from_step} of {}, {}",
                    sitting.total_steps, sitting.device
                ));
            }
            Event::Progress { stage, done, total } => self.bar.stage(stage, *done, *total),
            Event::Step { step, metrics, .. } => {
                let value = |name: &str| metrics.get(name).copied();
                let mut beside = String::new();
                if let (Some(loss), Some(rate)) = (value("loss"), value("learning_rate")) {
                    beside = format!("loss {loss:.3}  learning rate {rate:.2e}");
                }
                if let Some(speed) = value("samples_per_s") {
                    beside.push_str(&format!("  {speed:.0} examples/s"));
                }
                self.bar.show("Training", *step, self.total_steps, &beside);
            }
            Event::Evaluation(evaluation) => {
                self.bar.say(&evaluation_line(evaluation));
                let kept = match evaluation.split {
                    Split::Validation => &mut self.validation,
                    Split::Test => &mut self.test,
                    Split::Train => &mut None,
                };
                *kept = Some((**evaluation).clone());
            }
            Event::Baseline(baseline) => {
                self.bar.say(&baseline_line(baseline));
                self.baselines.retain(|other| other.split != baseline.split);
                self.baselines.push((**baseline).clone());
            }
            Event::Notice { level, text } => {
                let word = match level {
                    Level::Info => "note",
                    Level::Warning => "warning",
                    Level::Error => "error",
                };
                self.bar.say(&format!("{word}: {text}"));
            }
            Event::Trouble(trouble) => {
                if let Trouble::Spike { .. } = trouble {
                    self.bar.say(&format!("warning: {trouble}"));
                }
                self.trouble = Some(trouble.clone());
            }
            Event::Done(done) => self.done = Some((**done).clone()),
            Event::SettingChanged { .. }
            | Event::Checkpoint { .. }
            | Event::Paused { .. }
            | Event::Resumed { .. } => {}
        }
        // Progress is for the eye only; the rest is what the run's log holds.
        if self.json && !matches!(event, Event::Progress { .. }) {
            self.output.json(event);
        }
    }
}
