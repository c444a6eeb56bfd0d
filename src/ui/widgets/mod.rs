//! Small painted parts that several panels use. They know no State.

mod bars;
mod caution;
pub mod contrast;
mod empty;
pub mod list;
pub mod number;
mod progress;
pub mod pyramid;
mod section;
mod still;
pub mod swatch;
pub mod time;
mod verdict;

pub use bars::{Bar, bars, bars_marked, elided};
pub use caution::caution;
pub use empty::empty;
pub use progress::{progress, progress_said};
pub use section::{foldable, foldable_as, section};
pub use still::{step_axis, still, value_axis};
pub use swatch::swatch;
pub use verdict::verdict;
