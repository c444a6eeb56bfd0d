//! What went wrong with a run, in the words of the window. The command line has its own in
//! `runs` and `train`; what can be done is in `remedy`.

use super::RunView;
use crate::language::{tr, tr_dynamic};
use crate::runs::{Outcome, Trouble, short_loss as short};
use crate::train::Shortage;

/// What went wrong, and what helps.
pub(super) fn words(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Spike { step, loss, highest, .. } => tr!(
            "The loss has gone up and stayed there: at least {loss} in the steps up to {step}, at most {highest} in the 50 before them. A lower learning rate helps; if it does not come down again, stop the run and go on from an earlier checkpoint.",
            loss = short(*loss),
            step = step,
            highest = short(*highest)
        ),
        Trouble::NotFinite { step, what, learning_rate, good: Some(good), .. } => tr!(
            "The run has ended: {what} is no longer a finite number at step {step}, with a learning rate of {rate}. The last good checkpoint is that of step {good}. A lower learning rate, gradient clipping or a longer warm-up help.",
            what = tr_dynamic(what),
            step = step,
            rate = learning_rate,
            good = good
        ),
        Trouble::NotFinite { step, what, learning_rate, good: None, .. } => tr!(
            "The run has ended: {what} is no longer a finite number at step {step}, with a learning rate of {rate}. There is no good checkpoint to go back to. A much lower learning rate, gradient clipping or a longer warm-up help.",
            what = tr_dynamic(what),
            step = step,
            rate = learning_rate
        ),
    }
}

/// What a run that has failed was ended by, if that were its numbers.
pub(super) fn ended_by(run: &RunView) -> Option<&Trouble> {
    let done = run.done.as_ref().filter(|done| done.outcome == Outcome::Failed)?;
    let last = run.troubles.last().filter(|last| matches!(last, Trouble::NotFinite { .. }))?;
    done.reason.starts_with(&last.to_string()).then_some(last)
}

/// Why a run was refused for want of memory.
pub(super) fn shortage(shortage: &Shortage) -> String {
    tr!(
        "The run was not begun: it would take about {needed} of memory, {percent} % of the {free} that are free. End other programs, or make the model smaller.",
        needed = size(shortage.needed),
        percent = shortage.percent(),
        free = size(shortage.free)
    )
}

/// `310 MB`, `1.3 GB`.
fn size(bytes: u64) -> String {
    let mega = bytes as f64 / 1e6;
    if mega < 999.5 { format!("{mega:.0}\u{a0}MB") } else { format!("{:.1}\u{a0}GB", mega / 1e3) }
}
