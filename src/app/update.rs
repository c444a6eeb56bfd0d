//! The only place where State changes.

use super::{Action, Effect, State};

/// Applies one action and says what must happen outside.
pub fn update(state: &mut State, action: Action) -> Vec<Effect> {
    let _ = (state, action);
    Vec::new()
}
