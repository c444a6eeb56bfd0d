//! Small painted parts that several panels use. They know no State.

mod bars;
mod empty;

pub use bars::{Bar, bars};
pub use empty::empty;
