//! Questions asked of predictions: confusion, class scores, filtering and sorting.
//! Pure functions over plain values; nothing here trains, reads files or draws.

mod confusion;
mod filter;

pub use confusion::{ClassScore, ConfusedPair, class_scores, confusion, most_confused, overall_accuracy};
pub use filter::{PredictionFilter, SortBy, confidence, rows};
