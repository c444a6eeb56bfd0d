//! What went wrong with the numbers of a run, as values: the command line and the window say what
//! can be done about it, each in its own way. It decides nothing: the rules are `train`'s.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Something is wrong with what a run learns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "trouble", rename_all = "snake_case")]
pub enum Trouble {
    /// The loss went far up and stayed there; the run goes on.
    Spike {
        /// The last of the steps that were far above.
        step: u64,
        /// The lowest loss among them.
        loss: f64,
        /// The highest loss of the steps before them.
        highest: f64,
        /// `train.learning_rate` at that step.
        learning_rate: f64,
    },
    /// Something is no longer a finite number; the run has ended.
    NotFinite {
        /// The step that it came up in; nothing of it was kept.
        step: u64,
        /// What: `the loss`, `the gradient`, ...
        what: String,
        /// `train.learning_rate` at that step.
        learning_rate: f64,
        /// Step of the newest checkpoint that was saved before the run went wrong.
        good: Option<u64>,
        /// Whether products were rounded to bfloat16.
        bf16: bool,
    },
}

impl Trouble {
    /// The step that it came up in.
    pub fn step(&self) -> u64 {
        match self {
            Self::Spike { step, .. } | Self::NotFinite { step, .. } => *step,
        }
    }
}

impl Trouble {
    /// The learning rate to try next: half, and a tenth where all there is went wrong. Three
    /// digits, so that it reads well.
    pub fn lower_rate(&self) -> f64 {
        let rate = match self {
            Self::Spike { learning_rate, .. } | Self::NotFinite { learning_rate, good: Some(_), .. } => {
                learning_rate / 2.0
            }
            Self::NotFinite { learning_rate, good: None, .. } => learning_rate / 10.0,
        };
        format!("{rate:.2e}").parse().unwrap_or(rate)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spike { step, loss, highest, learning_rate } => write!(
                f,
                "the loss has gone up and stayed there: at least {} in the steps up to {step}, at most \
                 {} in the 50 before them (train.learning_rate = {learning_rate}). A lower learning rate \
                 helps; if the loss does not come down again, stop the run and go on from an earlier checkpoint",
                short_loss(*loss),
                short_loss(*highest)
            ),
            Self::NotFinite { step, what, learning_rate, good, bf16 } => {
                write!(
                    f,
                    "{what} is no longer a finite number at step {step} (train.learning_rate = {learning_rate}); \
                     nothing of that step was kept. "
                )?;
                match good {
                    Some(good) => write!(
                        f,
                        "The last good checkpoint is that of step {good}: go on from there with a lower \
                         train.learning_rate, half of it for example. "
                    )?,
                    None => write!(
                        f,
                        "There is no good checkpoint to go back to: train again with a much lower \
                         train.learning_rate, a tenth of it for example. "
                    )?,
                }
                write!(
                    f,
                    "Gradient clipping (train.clip_norm = 1) and a longer warm-up (train.warmup_fraction) help too"
                )?;
                if *bf16 {
                    write!(f, ", and so may train.precision = f32")?;
                }
                Ok(())
            }
        }
    }
}

/// Three decimals, or three digits and a power of ten where a loss has left all bounds.
pub fn short_loss(loss: f64) -> String {
    if loss < 1e4 { format!("{loss:.3}") } else { format!("{loss:.2e}") }
}
