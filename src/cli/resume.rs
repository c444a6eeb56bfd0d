//! `attentive resume RUN`: goes on with a run that was stopped, cut off or failed, as if it never
//! had been. It refuses to decide what may change: `train` says that.

use super::exit::{Exit, Failure};
use super::output::Output;
use super::train::{assigned, listen, printed};
use crate::train::ResumeJob;
use std::path::PathBuf;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Folder of a run that ended before its last step; `attentive runs` lists them
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Set what does not touch the result, for example train.threads=2; may be given often
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Print every event as a line of JSON, the first of them "resumed", the last "done"
    #[arg(long)]
    json: bool,
}

impl super::Run for Arguments {
    fn run(self, output: &mut Output) -> Result<Exit, Failure> {
        printed(output, self.json, |printer| {
            let changes = assigned(&self.set)?;
            printer.goes_on_with(&self.run);
            let job = ResumeJob { run: self.run, changes, data: None };
            crate::train::resume(job, &mut listen(printer), printer)?;
            Ok(printer.finish())
        })
    }
}
