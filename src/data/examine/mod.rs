//! What one should know about a data set before training, as far as it needs no settings:
//! how even the classes are, and which samples stand in it more than once, the same or nearly
//! so. It changes nothing.

mod balance;
mod duplicates;
mod near;

pub use balance::{Balance, SCARCE, balance};
pub use duplicates::{Duplicates, Group, duplicates};
pub use near::near_duplicates;
