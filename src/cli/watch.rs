//! `attentive watch RUN`: follows a run that another process trains until it is done, and prints
//! what `attentive train` prints. It changes nothing: ending it does not touch the run.

use super::exit::{Exit, Failure};
use super::output::Output;
use super::train::Printer;
use crate::runs::{Event, Follower, Standing};
use crate::train::Observer;
use std::path::PathBuf;
use std::time::Duration;

/// Time between two looks at the log.
const EVERY: Duration = Duration::from_millis(250);

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Folder of a run; `attentive runs` lists them
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Print every event as a line of JSON, from the run's first on
    #[arg(long)]
    json: bool,
}

impl super::Run for Arguments {
    fn run(self, output: &mut Output) -> Result<Exit, Failure> {
        let mut follower = Follower::of(&self.run);
        let mut printer = Printer::new(output, self.json);
        let mut last_step = 0;
        loop {
            let followed = follower.look()?;
            for event in &followed.events {
                if let Event::Step { step, .. } = event {
                    last_step = *step;
                }
                printer.event(event);
            }
            for text in followed.problems {
                printer.warn(&text);
            }
            match followed.standing {
                Standing::Going if printer.nobody_reads() => return Ok(Exit::Done),
                Standing::Going => std::thread::sleep(EVERY),
                Standing::Ended(_) => return Ok(printer.finish()),
                Standing::CutOff => {
                    printer.clear();
                    let run = self.run.display();
                    return Err(Failure::failed(format!(
                        "{run}: nobody trains this run, and it was cut off at step {last_step}; \
                         go on with it by `attentive resume {run}`"
                    )));
                }
            }
        }
    }
}
