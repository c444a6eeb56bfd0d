//! The encoder block from candle's own differentiable operations: used on devices other
//! than the CPU, and as the reference that the kernel is tested against.

use super::super::rotary::Rotary;
use super::super::{Keep, Spans, dropout, layer_norm, linear, stochastic_depth};
use super::{BlockRun, BlockShape};
use candle_core::{D, DType, Result, Tensor};

/// As [`super::block`].
pub fn block(
    x: &Tensor,
    parameters: &Tensor,
    spans: &Spans,
    shape: BlockShape,
    run: &BlockRun<'_>,
) -> Result<Tensor> {
    let mut start = 0;
    let mut next = |len: usize| {
        start += len;
        parameters.narrow(0, start - len, len)
    };
    let (w, m) = (shape.width, shape.mlp);
    let norm1 = next(2 * w)?;
    let qkv = next(3 * w * w + 3 * w)?;
    let out = next(w * w + w)?;
    let norm2 = next(2 * w)?;
    let up = next(m * w + m)?;
    let down = next(w * m + w)?;

    let all = shape.keep == Keep::All;
    let kept_spans = if all { spans.clone() } else { Spans::equal(spans.len(), 1) };
    let kept = |x: &Tensor| if all { Ok(x.clone()) } else { single_rows(x, spans, shape.keep) };
    let drop_out = |x: Tensor, place| {
        let x = match run.dropout {
            Some(d) => dropout::plain(&x, &kept_spans, d.at(place))?,
            None => x,
        };
        match run.depth {
            Some(d) => stochastic_depth::plain(&x, &kept_spans, d.at(place)),
            None => Ok(x),
        }
    };
    let norm = |x: &Tensor, p: &Tensor| layer_norm::plain(x, p, shape.epsilon);
    let mlp = |x: &Tensor| {
        let u = linear::plain(x, &up)?;
        // Composed, since the derivative of candle's own erf GELU is only good to seven digits.
        let active = ((&u / 2f64.sqrt())?.erf()? + 1.0)?.mul(&(u / 2.0)?)?;
        drop_out(linear::plain(&active, &down)?, 1)
    };
    let attend = |x: &Tensor| {
        let attended = attention(&linear::plain(x, &qkv)?, spans, &shape, run.rotary)?;
        drop_out(linear::plain(&attended, &out)?, 0)
    };
    if shape.post_norm {
        let a = norm(&(kept(x)? + attend(x)?)?, &norm1)?;
        norm(&(&a + mlp(&a)?)?, &norm2)
    } else {
        let a = (kept(x)? + attend(&norm(x, &norm1)?)?)?;
        &a + mlp(&norm(&a, &norm2)?)?
    }
}

fn single_rows(x: &Tensor, spans: &Spans, keep: Keep) -> Result<Tensor> {
    let rows: Vec<u32> = spans.iter().filter_map(|s| keep.single(&s)).map(|row| row as u32).collect();
    x.index_select(&Tensor::new(rows, x.device())?, 0)
}

/// `qkv` `[rows, 3 width]` -> `[rows or sequences, width]`.
fn attention(qkv: &Tensor, spans: &Spans, shape: &BlockShape, rotary: Option<&Rotary>) -> Result<Tensor> {
    let size = shape.width / shape.heads;
    let mut outs = Vec::new();
    for span in spans.iter() {
        let t = span.len();
        // [t, 3, heads, size] -> [3, heads, t, size]
        let parts = qkv.narrow(0, span.start, t)?.reshape((t, 3, shape.heads, size))?;
        let parts = parts.permute((1, 2, 0, 3))?.contiguous()?;
        let (q, k, v) = (parts.get(0)?, parts.get(1)?, parts.get(2)?);
        let (q, k) = match rotary {
            Some(rotary) => (rotary.plain(&q)?, rotary.plain(&k)?),
            None => (q, k),
        };
        let first = shape.keep.single(&(0..t));
        let q = first.map_or(Ok(q.clone()), |row| q.narrow(1, row, 1)?.contiguous())?;
        let mut scores = (q.matmul(&k.t()?.contiguous()?)? / (size as f64).sqrt())?;
        if shape.causal {
            scores = scores.broadcast_add(&causal_mask(
                first.unwrap_or(0),
                scores.dim(1)?,
                t,
                scores.dtype(),
                qkv.device(),
            )?)?;
        }
        let p = candle_nn::ops::softmax(&scores, D::Minus1)?;
        let out = p.matmul(&v)?.transpose(0, 1)?.contiguous()?;
        outs.push(out.reshape(((), shape.width))?);
    }
    Tensor::cat(&outs, 0)
}

/// 0 where row `first + i` may see column j, else a number that softmax turns into 0.
fn causal_mask(
    first: usize,
    rows: usize,
    columns: usize,
    dtype: DType,
    device: &candle_core::Device,
) -> Result<Tensor> {
    let mask: Vec<f32> = (first..first + rows)
        .flat_map(|i| (0..columns).map(move |j| if j <= i { 0.0 } else { -1e30 }))
        .collect();
    Tensor::from_vec(mask, (rows, columns), device)?.to_dtype(dtype)
}
