//! What one should know about a data set before training, as far as it needs no settings:
//! how even the classes are, and which samples stand in it more than once. It changes nothing.

mod balance;
mod duplicates;

pub use balance::{Balance, SCARCE, balance};
pub use duplicates::{Duplicates, Group, duplicates};
