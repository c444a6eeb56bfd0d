//! Which class was taken for which; not one number, so it stands beside the table.

use crate::runs::PredictionTable;

/// `confusion[true class][predicted class]`, counts over the labelled rows.
pub fn confusion(table: &PredictionTable) -> Vec<Vec<u32>> {
    let mut counts = vec![vec![0; table.classes]; table.classes];
    for (target, predicted) in table.targets.iter().zip(&table.predicted) {
        let cell = target.and_then(|target| counts.get_mut(target as usize)?.get_mut(*predicted as usize));
        if let Some(cell) = cell {
            *cell += 1;
        }
    }
    counts
}
