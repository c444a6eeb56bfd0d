//! How a batch is cut into micro-batches and these are dealt to lanes: a function of the
//! batch and the model alone, never of the number of threads.

use crate::model::Batch;
use crate::preprocess::Input;
use std::ops::Range;

/// Rows that a micro-batch aims at: enough for efficient products, few enough that a
/// block's activations stay near the core.
pub(super) const ROWS: usize = 512;
/// Rows below which a batch is not cut further to fill lanes.
const FEWEST_ROWS: usize = 256;
/// Most lanes, and so most threads that train at once.
pub(super) const MOST_LANES: usize = 8;
/// Numbers that all lanes' gradients together may hold (512 MiB), if there are more than two.
const MOST_GRADIENTS: usize = 1 << 27;

/// Cuts samples of these many rows into micro-batches of nearly equal rows, and deals them
/// to lanes: ranges of samples, and for each lane its range of micro-batches.
pub(super) fn deal(rows: &[usize], dense: usize) -> (Vec<Range<usize>>, Vec<Range<usize>>) {
    let total: usize = rows.iter().sum();
    let most_lanes = (MOST_GRADIENTS / dense.max(1)).clamp(2, MOST_LANES);
    let fill = (total / FEWEST_ROWS).min(most_lanes);
    let wanted = total.div_ceil(ROWS).max(fill).max(1);
    let lanes = wanted.min(most_lanes).min(rows.len());
    let count = wanted.next_multiple_of(lanes).min(rows.len());
    let mut parts = Vec::with_capacity(count);
    let (mut start, mut seen) = (0, 0);
    for (i, r) in rows.iter().enumerate() {
        seen += r;
        let left = rows.len() - (i + 1);
        let due = seen * count >= (parts.len() + 1) * total;
        // A part is closed when it has its share, or when the rest is needed one by one.
        if (due || left < count - parts.len()) && parts.len() < count {
            parts.push(start..i + 1);
            start = i + 1;
        }
    }
    if let Some(last) = parts.last_mut() {
        last.end = rows.len();
    }
    let n = parts.len();
    let lanes = (0..lanes).map(|l| l * n / lanes..(l + 1) * n / lanes).collect();
    (parts, lanes)
}

/// Parts of a made batch that inference takes at a time.
pub(super) fn inference_cuts(input: &Input) -> Vec<Range<usize>> {
    match input {
        Input::Images { .. } => std::iter::once(0..input.len()).collect(),
        Input::Tokens { offsets, .. } => {
            let mut cuts = Vec::new();
            let mut start = 0;
            for end in 1..offsets.len() {
                if offsets[end] - offsets[start] >= ROWS || end + 1 == offsets.len() {
                    cuts.push(start..end);
                    start = end;
                }
            }
            cuts
        }
    }
}

/// Samples `range` of a made batch.
pub(super) fn view(input: &Input, range: Range<usize>) -> Batch<'_> {
    match input {
        Input::Images { pixels, channels, height, width } => {
            let size = channels * height * width;
            let pixels = &pixels[range.start * size..range.end * size];
            Batch::Images { pixels, channels: *channels, height: *height, width: *width }
        }
        Input::Tokens { ids, offsets } => {
            let offsets = &offsets[range.start..=range.end];
            Batch::Tokens { ids: &ids[offsets[0]..offsets[offsets.len() - 1]], offsets }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_in_one_micro_batch_and_every_micro_batch_in_one_lane() {
        let ragged: Vec<usize> = (0..77).map(|i| 1 + i * 37 % 128).collect();
        let batches =
            [vec![50; 128], vec![50; 1], vec![4096; 5], vec![1; 3], ragged, vec![197; 16], vec![1; 5000]];
        for rows in &batches {
            for dense in [0, 1_000_000, 100_000_000] {
                let (parts, lanes) = deal(rows, dense);
                let chained = |ranges: &[Range<usize>], end: usize| {
                    let ends: Vec<usize> = std::iter::once(0).chain(ranges.iter().map(|r| r.end)).collect();
                    ranges.iter().zip(&ends).all(|(r, start)| r.start == *start && r.end > r.start)
                        && ends.last() == Some(&end)
                };
                assert!(chained(&parts, rows.len()), "{rows:?}: {parts:?}");
                assert!(chained(&lanes, parts.len()) && lanes.len() <= MOST_LANES, "{rows:?}: {lanes:?}");
                let total: usize = rows.iter().sum();
                let largest = rows.iter().max().copied().unwrap_or(0);
                for part in &parts {
                    assert!(
                        rows[part.clone()].iter().sum::<usize>() <= ROWS + largest,
                        "{total} rows: {part:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn full_batches_fill_the_lanes_evenly() {
        let (parts, lanes) = deal(&[50; 128], 1_000_000);
        assert_eq!((parts.len(), lanes.len()), (16, 8));
        assert!(parts.iter().all(|p| p.len() == 8) && lanes.iter().all(|l| l.len() == 2));
        // Too many parameters for eight gradient buffers.
        assert_eq!(deal(&[50; 128], 40_000_000).1.len(), 3);
    }
}
