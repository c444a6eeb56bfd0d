//! Small painted parts that several panels use. They know no State.

mod bars;
pub mod contrast;
mod empty;
pub mod list;
pub mod number;
pub mod pyramid;
mod section;
pub mod swatch;
pub mod time;
mod verdict;

pub use bars::{Bar, bars, bars_marked, elided};
pub use empty::empty;
pub use section::{foldable, foldable_as, section};
pub use swatch::swatch;
pub use verdict::verdict;
