//! Questions asked of predictions: confusion, class scores, filtering and sorting, the
//! difference of two evaluations, a table to take along.
//! Pure functions over plain values; nothing here trains, opens files or draws.

mod classes;
mod compare;
mod confusion;
mod export;
mod filter;
mod search;

pub use classes::{CLASS_MEASURES, ClassMeasure, ClassRow, class_curve, class_rows};
pub use compare::{Change, Comparison, Counts, Pair, compare, mcnemar};
pub use confusion::{ClassScore, ConfusedPair, class_scores, confusion, most_confused, overall_accuracy};
pub use export::write_predictions;
pub use filter::{
    ChangeFilter, OutcomeFilter, PredictionFilter, Probability, SortBy, Subject, confidence, margin, rows,
};
