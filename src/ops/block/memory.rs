//! How much scratch memory a block takes, counted from the same sizes that its passes use.
//! It allocates nothing; a test holds it against what the passes leave on the free list.

use super::super::{Keep, Spans};
use super::BlockShape;

/// Lengths, in numbers, of the buffers that a block has in use at the same time.
pub struct BlockBuffers {
    /// While attention is computed forward in training.
    pub attending: Vec<usize>,
    /// Held from the forward to the backward pass of training.
    pub kept: Vec<usize>,
    /// At times of the backward pass, beside those kept.
    pub backward: [Vec<usize>; 3],
    /// At times of a forward pass without training; nothing is kept.
    pub inference: [Vec<usize>; 2],
}

impl BlockShape {
    /// Buffers for these sequences.
    pub fn buffers(&self, spans: &Spans) -> BlockBuffers {
        let (w, m, rows) = (self.width, self.mlp, spans.rows());
        let single = self.keep != Keep::All;
        let n = if single { spans.len() } else { rows };
        let (probabilities, scratch) =
            (self.attention().kept_len(spans), self.attention().scratch_len(spans));

        // Statistics of both norms, qkv, and the first norm's rows where it stands before.
        let mut early = vec![2 * if self.post_norm { n } else { rows }, 2 * n, 3 * rows * w];
        if !self.post_norm {
            early.push(rows * w);
        }
        let with = |more: &[usize]| [&early[..], more].concat();
        let attended = n * w;
        let mut held = with(&[attended, n * w, n * w, n * m]); // Both sums' inputs and the MLP's.
        if self.post_norm {
            held.push(n * w);
        }
        let mut kept = held.clone();
        kept.extend([n * m, probabilities]); // GELU's slope.

        // The gradients of the stream, of a branch and of the MLP's hidden numbers.
        let stream = [n * w, n * w, n * m];
        let both = [&stream[..], &[attended, 3 * rows * w]].concat();
        let mut attention = [&both[..], &[scratch]].concat();
        if probabilities == 0 {
            attention.push(scratch);
        }
        let mut projection = both;
        if !self.post_norm {
            projection.push(rows * w);
        }
        if single {
            projection.extend([n * w; 3]);
        }
        BlockBuffers {
            attending: with(&[attended, if probabilities == 0 { scratch } else { probabilities }]),
            kept,
            backward: [[&stream[..], &[n * w]].concat(), attention, projection],
            inference: [with(&[attended, scratch]), held],
        }
    }
}
