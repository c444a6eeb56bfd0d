//! Which network the Model panel draws: that of the settings shown, or of the run shown.

use super::State;
use crate::train::{Outline, outline};

/// The network that the next run would train; `None` without data or while settings do not fit.
pub fn next_model(state: &State) -> Option<Outline> {
    let data = state.data.as_ref()?;
    let known = &state.estimate;
    if let (None, Some((config, summary)), Some(Ok(estimate))) = (known.job, &known.asked, &known.answer)
        && *config == state.config
        && *summary == data.summary
    {
        // It knows the vocabulary.
        return Some(estimate.outline.clone());
    }
    outline(&state.config, &data.summary, None).ok()
}

/// The network of the run shown, live or from disk.
pub fn run_model(state: &State) -> Option<Outline> {
    let accepted = state.run.as_ref()?.accepted.as_ref()?;
    outline(&accepted.config, &accepted.data, Some(accepted.parameters)).ok()
}
