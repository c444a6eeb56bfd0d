//! `attentive fork RUN`: a new run that goes on from a checkpoint of another one, with settings
//! that may be other ones. It refuses to decide which: `train` says that.

use super::exit::{Exit, Failure};
use super::output::Output;
use super::train::{assigned, listen, printed};
use crate::runs::{Event, default_runs_folder, new_run_folder};
use crate::train::{ForkJob, ForkPoint, Observer, ResumeJob};
use std::path::PathBuf;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Folder of the run to go on from; it stays as it is
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// From the checkpoint of this step (default: the newest)
    #[arg(long, value_name = "S", conflicts_with = "best")]
    step: Option<u64>,
    /// From the checkpoint with the best validation result
    #[arg(long)]
    best: bool,
    /// Change a setting from there on, for example train.learning_rate=0.0005; may be given often.
    /// What the data means and the shape of the model stay as they are
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// What the new run is called in the list of runs
    #[arg(long, value_name = "NAME", default_value = "")]
    name: String,
    /// Folder to create for it (default: a new one beside the run)
    #[arg(long = "run", value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Print every event as a line of JSON, the first of them "forked", the last "done"
    #[arg(long)]
    json: bool,
}

impl super::Run for Arguments {
    fn run(self, output: &mut Output) -> Result<Exit, Failure> {
        printed(output, self.json, |printer| {
            let changes = assigned(&self.set)?;
            let run = std::path::absolute(&self.run).unwrap_or(self.run);
            let beside = || run.parent().map_or_else(default_runs_folder, std::path::Path::to_owned);
            let folder = self.folder.unwrap_or_else(|| new_run_folder(&beside(), "fork"));
            let point = match self.step {
                Some(step) => ForkPoint::Step(step),
                None if self.best => ForkPoint::Best,
                None => ForkPoint::Last,
            };
            let job = ForkJob { run, point, changes, folder, name: self.name };
            let forked = crate::train::fork(&job)?;
            printer.goes_on_with(&job.folder);
            printer.event(&Event::Forked(Box::new(forked)));
            let job = ResumeJob { run: job.folder, changes: Vec::new(), data: None };
            crate::train::resume(job, &mut listen(printer), printer)?;
            Ok(printer.finish())
        })
    }
}
