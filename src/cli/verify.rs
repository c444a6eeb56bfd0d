//! `attentive verify RUN`: trains a part of a run again and says whether it comes out the same.
//! A difference is a failure; the run is not touched by one.

use super::exit::{Exit, Failure};
use super::output::Output;
use super::progress::Bar;
use super::signal::CtrlC;
use crate::runs::Event;
use crate::train::{Observer, VerifyJob};
use serde_json::json;
use std::path::PathBuf;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Run folder; `attentive runs` lists them
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Replay at least so many steps, if the kept checkpoints allow (default: from the last but one)
    #[arg(long, value_name = "K", default_value_t = 1, conflicts_with = "from_start")]
    steps: u64,
    /// Replay from the first step, or from the checkpoint that a fork began with
    #[arg(long)]
    from_start: bool,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

struct Shown(Bar);

impl Observer for Shown {
    fn event(&mut self, event: &Event) {
        if let Event::Progress { stage, done, total } = event {
            self.0.stage(stage, *done, *total);
        }
    }
}

impl super::Run for Arguments {
    fn run(self, output: &mut Output) -> Result<Exit, Failure> {
        let (mut steering, refused) = CtrlC::listen();
        refused.iter().for_each(|reason| output.message(reason));
        let mut shown = Shown(Bar::new());
        let job = VerifyJob { run: self.run, steps: self.steps, from_start: self.from_start, data: None };
        let result = crate::train::verify(job, &mut steering, &mut shown);
        shown.0.clear();
        let found = result?;
        let replay = &found.replay;
        if self.json {
            let mut line = json!({
                "event": if found.difference.is_none() { "verified" } else { "differs" },
                "run": found.run, "from_step": replay.from_step, "to_step": replay.to_step,
                "weights": replay.weights, "processor": replay.processor,
                "instructions": replay.instructions, "threads": replay.threads, "version": replay.version,
            });
            if let Some(difference) = &found.difference {
                line["step"] = difference.step.into();
                line["what"] = difference.what.clone().into();
            }
            output.json(&line);
        }
        let range = format!("steps {} to {}", replay.from_step + 1, replay.to_step);
        let place = format!(
            "{}, {}, {} thread{}, Attentive {}",
            replay.processor,
            replay.instructions,
            replay.threads,
            if replay.threads == 1 { "" } else { "s" },
            replay.version
        );
        if let Some(difference) = found.difference {
            return Err(Failure::failed(format!(
                "{}: {range} do not come out the same: the first that differs is step {}: {} (on {place}). Another \
                 processor, another version of the program or changed files may be why; the run is as it was",
                found.run.display(),
                difference.step,
                difference.what
            )));
        }
        if !self.json {
            output.line(&format!(
                "Verified: {range} come out the same, to the last bit of weights and optimizer ({place})."
            ));
        }
        Ok(Exit::Done)
    }
}
