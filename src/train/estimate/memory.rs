//! The most memory that a run adds to the process: weights and what belongs to each of them,
//! scratch memory of the threads, activations between blocks, predictions, and what saving
//! takes for a moment. Counted, not measured.

use super::super::deal::{ROWS, deal};
use super::facts::Facts;
use crate::config::{OptimizerKind, RunConfig};
use crate::model::{InputSpec, Model, Scratch};
use crate::ops::{Keep, Spans};

const FLOAT: usize = size_of::<f32>();
/// Batches looked at, since texts differ in length.
const BATCHES: usize = 8;

pub(in crate::train) fn peak_bytes(config: &RunConfig, facts: &Facts, threads: usize) -> u64 {
    let spec = &facts.spec;
    let parameters = Model::count(spec);
    let table = match spec.input {
        InputSpec::Text { vocabulary, .. } => vocabulary * spec.width,
        InputSpec::Image { .. } => 0,
    };
    let dense = parameters - table;
    let batch = usize::try_from(config.train.batch_size).unwrap_or(usize::MAX).min(facts.training.max(1));

    let (mut scratch, mut rows, mut lanes, mut passing) = (Scratch::default(), 0, 0, 0);
    let batches = if facts.rows.len() == 1 { 1 } else { BATCHES };
    // The last batch of an epoch may be smaller, and is cut in other sizes then.
    let sizes = std::iter::repeat_n(batch, batches).chain([facts.training % batch]);
    for (number, size) in sizes.enumerate().filter(|(_, size)| *size > 0) {
        let lengths: Vec<usize> = (0..size).map(|i| facts.rows_of(number * batch + i)).collect();
        let (parts, dealt) = deal(&lengths, dense);
        lanes = lanes.max(dealt.len());
        rows = rows.max(lengths.iter().sum());
        for part in &parts {
            let Some(spans) = spans(&lengths[part.clone()]) else { continue };
            scratch.merge(&spec.training_scratch(&spans));
            passing = passing.max(tensors(facts, &spans));
        }
    }
    let at_once = (ROWS / facts.rows_of(0)).max(1);
    let lengths: Vec<usize> = (0..at_once).map(|i| facts.rows_of(i)).collect();
    if let Some(spans) = spans(&lengths) {
        scratch.merge(&spec.inference_scratch(&spans));
    }

    let moments = if config.train.optimizer == OptimizerKind::AdamW { 2 } else { 1 };
    let averages = usize::from(config.train.ema > 0.0);
    // Weights, moments, the summed gradient, the average; weights made ready for products.
    let held = parameters * (2 + moments + averages) + lanes * dense + spec.ready_numbers();
    // The table's gradient comes as rows.
    let table_rows = if table > 0 { rows * spec.width } else { 0 };
    let working = threads.min(lanes) * (scratch.numbers() + passing);
    // A file of weights, and beside it moments as bytes and again as a file.
    let saving = parameters * (1 + 2 * moments + 2 * averages).max(3);
    let predictions = facts.predicted * (spec.classes + 4) * 3;
    let numbers = held + table_rows + working + saving + predictions + facts.tokens;
    (numbers * FLOAT) as u64
}

/// Numbers in what passes between ops: the rows after each block and their gradients.
fn tensors(facts: &Facts, spans: &Spans) -> usize {
    let spec = &facts.spec;
    let rows = spans.rows() * spec.width;
    let kept = if spec.keep() == Keep::All { rows } else { spans.len() * spec.width };
    let pixels = match spec.input {
        InputSpec::Image { channels, height, width, .. } => 2 * channels * height * width * spans.len(),
        InputSpec::Text { .. } => 0,
    };
    rows * spec.depth + 3 * kept + 2 * rows + pixels
}

fn spans(lengths: &[usize]) -> Option<Spans> {
    let mut offsets = vec![0];
    for length in lengths {
        offsets.push(offsets[offsets.len() - 1] + length);
    }
    Spans::new(&offsets).ok()
}
