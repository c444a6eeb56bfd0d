//! Multi-head scaled dot-product attention (Vaswani et al. 2017) of each sequence on its
//! own span of rows, with an optional causal mask. Kernels for the encoder block; queries
//! are taken in chunks so that memory grows with the length, not with its square.

use super::buffers::Buffer;
use super::kernels::{softmax, softmax_backward};
use super::matmul::{Matrix, Target, matmul};
use super::{Keep, Real, Spans};
use std::ops::Range;

/// Queries of a sequence handled at a time.
const CHUNK: usize = 256;
/// Probabilities are kept for backward up to this sequence length, and computed again above.
const LONGEST_KEPT: usize = 256;

/// Sizes and masks. `qkv` buffers are `[rows, 3 width]`: queries, keys, values.
#[derive(Clone, Copy)]
pub struct Attention {
    pub width: usize,
    pub heads: usize,
    /// Row i sees rows up to i of its sequence only.
    pub causal: bool,
    /// Which rows ask: all, or one of each sequence, and then there is one output row for each.
    pub keep: Keep,
}

/// One head of one sequence.
struct Head {
    /// Rows of the sequence in `qkv`.
    span: Range<usize>,
    /// First of its output rows.
    out: usize,
    /// Place of the first query in the sequence.
    first: usize,
    /// Number of queries.
    queries: usize,
    head: usize,
}

impl Attention {
    fn heads<'a>(&'a self, spans: &'a Spans) -> impl Iterator<Item = Head> + 'a {
        spans.iter().enumerate().flat_map(move |(i, span)| {
            let (out, first, queries) = match self.keep.single(&span) {
                Some(row) => (i, row - span.start, 1),
                None => (span.start, 0, span.len()),
            };
            (0..self.heads).map(move |head| Head { span: span.clone(), out, first, queries, head })
        })
    }

    fn keeps(spans: &Spans) -> bool {
        spans.iter().all(|s| s.len() <= LONGEST_KEPT)
    }

    /// Numbers that hold all probabilities; 0 if they are not kept for sequences this long.
    pub fn kept_len(&self, spans: &Spans) -> usize {
        if !Self::keeps(spans) {
            return 0;
        }
        self.heads(spans).map(|h| h.queries * stride(h.span.len())).sum()
    }

    /// Probabilities of queries `chunk` of a head: `[chunk, stride(length)]`.
    fn probabilities<T: Real>(&self, qkv: &[T], h: &Head, chunk: Range<usize>, out: &mut [T]) {
        let (w, size, length) = (self.width, self.width / self.heads, h.span.len());
        let q = &qkv[(h.span.start + h.first + chunk.start) * 3 * w + h.head * size..];
        let k = &qkv[h.span.start * 3 * w + w + h.head * size..];
        let scale = T::one() / T::of(size as f64).sqrt();
        matmul(
            Target::set(out, stride(length)),
            scale,
            Matrix::strided(q, chunk.len(), size, 3 * w),
            Matrix::strided(k, length, size, 3 * w).t(),
        );
        softmax(out, stride(length), length, self.causal.then_some(h.first + chunk.start));
    }

    /// `out` `[output rows, width]` from `qkv`; the probabilities if `keep`, for backward.
    pub fn forward<T: Real>(&self, qkv: &[T], spans: &Spans, out: &mut [T], keep: bool) -> Option<Buffer<T>> {
        let (w, size) = (self.width, self.width / self.heads);
        let mut kept = (keep && Self::keeps(spans)).then(|| Buffer::dirty(self.kept_len(spans)));
        let mut scratch = Buffer::dirty(if kept.is_some() { 0 } else { self.scratch_len(spans) });
        let mut start = 0;
        for h in self.heads(spans) {
            let length = h.span.len();
            let v = &qkv[h.span.start * 3 * w + 2 * w + h.head * size..];
            for chunk in chunks(h.queries) {
                let used = chunk.len() * stride(length);
                let p = match &mut kept {
                    Some(kept) => &mut kept[start..start + used],
                    None => &mut scratch[..used],
                };
                start += used;
                self.probabilities(qkv, &h, chunk.clone(), p);
                matmul(
                    Target::set(&mut out[(h.out + chunk.start) * w + h.head * size..], w),
                    T::one(),
                    Matrix::strided(p, chunk.len(), length, stride(length)),
                    Matrix::strided(v, length, size, 3 * w),
                );
            }
        }
        kept
    }

    /// `dqkv` from `dout`; every key's and value's gradient is written, and every query's
    /// that asked.
    pub fn backward<T: Real>(
        &self,
        dout: &[T],
        qkv: &[T],
        kept: Option<&[T]>,
        spans: &Spans,
        dqkv: &mut [T],
    ) {
        let (w, size) = (self.width, self.width / self.heads);
        let scale = T::one() / T::of(size as f64).sqrt();
        let mut again = Buffer::dirty(if kept.is_some() { 0 } else { self.scratch_len(spans) });
        let mut grad = Buffer::dirty(self.scratch_len(spans));
        let mut start = 0;
        for h in self.heads(spans) {
            let (length, wide) = (h.span.len(), stride(h.span.len()));
            let base = h.span.start * 3 * w + h.head * size;
            for chunk in chunks(h.queries) {
                let (n, used) = (chunk.len(), chunk.len() * wide);
                let p: &[T] = match kept {
                    Some(kept) => &kept[start..start + used],
                    None => {
                        self.probabilities(qkv, &h, chunk.clone(), &mut again[..used]);
                        &again[..used]
                    }
                };
                start += used;
                let first = chunk.start == 0;
                let d = Matrix::strided(&dout[(h.out + chunk.start) * w + h.head * size..], n, size, w);
                let probabilities = Matrix::strided(p, n, length, wide);
                matmul(
                    Target::place(&mut dqkv[base + 2 * w..], 3 * w, !first),
                    T::one(),
                    probabilities.t(),
                    d,
                );
                let v = Matrix::strided(&qkv[base + 2 * w..], length, size, 3 * w);
                let grad = &mut grad[..used];
                matmul(Target::set(grad, wide), T::one(), d, v.t());
                softmax_backward(p, grad, wide, length);
                let grad = Matrix::strided(grad, n, length, wide);
                let row = base + (h.first + chunk.start) * 3 * w;
                let q = Matrix::strided(&qkv[row..], n, size, 3 * w);
                let k = Matrix::strided(&qkv[base + w..], length, size, 3 * w);
                matmul(Target::place(&mut dqkv[base + w..], 3 * w, !first), scale, grad.t(), q);
                matmul(Target::set(&mut dqkv[row..], 3 * w), scale, grad, k);
            }
        }
    }

    /// Numbers that hold the probabilities of one head at a time.
    pub fn scratch_len(&self, spans: &Spans) -> usize {
        spans.iter().map(|s| s.len().min(CHUNK) * stride(s.len())).max().unwrap_or(0)
    }
}

fn chunks(queries: usize) -> impl Iterator<Item = Range<usize>> {
    (0..queries).step_by(CHUNK).map(move |start| start..(start + CHUNK).min(queries))
}

/// Rows of scores start a whole number of vector registers apart.
fn stride(length: usize) -> usize {
    length.next_multiple_of(16)
}
