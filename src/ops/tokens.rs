//! Token ids to rows: a table looked up, and positions added, learned or fixed. One op of the
//! table, and of the positions where they are learned. An id outside the table or a sequence
//! longer than the positions is refused.

use super::cpu::{by_dtype, output, read, slice, tensor};
use super::kernels::add;
use super::sink::{RowGradients, RowSink, Sink, accumulate};
use super::tape::{Tape, apply1, apply2};
use super::{Real, Spans};
use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Tensor, bail};
use std::sync::Arc;

/// Where the gradients go: the table's as rows, the positions' into a range.
#[derive(Clone)]
pub struct TokenRecord<'a> {
    /// For backward.
    pub tape: &'a Tape,
    /// Of the table.
    pub table: RowSink,
    /// Of learned positions.
    pub positions: Option<Sink>,
}

/// What is added to the looked-up rows.
#[derive(Clone, Copy)]
pub enum Positions<'a> {
    /// Parameters, `[longest, width]`.
    Learned(&'a Tensor),
    /// Numbers that stay, `[longest, width]`.
    Fixed(&'a Arc<[f32]>),
    /// Nothing: places count elsewhere, or not at all.
    None,
}

/// `table[id] + positions[place in its sequence]`: `table` `[vocabulary, width]`;
/// `[rows, width]`.
///
/// # Errors
/// If an id, a length or a size does not fit.
pub fn embed_tokens(
    ids: &[u32],
    spans: &Spans,
    table: &Tensor,
    positions: Positions<'_>,
    record: Option<TokenRecord<'_>>,
) -> Result<Tensor> {
    let (vocabulary, width) = table.dims2()?;
    let (longest, positions_width) = match positions {
        Positions::Learned(positions) => positions.dims2()?,
        Positions::Fixed(numbers) => (numbers.len() / width.max(1), width),
        Positions::None => (usize::MAX, width),
    };
    if width != positions_width || ids.len() != spans.rows() {
        let rows = spans.rows();
        bail!("{} ids in {rows} rows, {:?}, positions of width {positions_width}", ids.len(), table.shape())
    }
    if let Some(id) = ids.iter().find(|id| **id as usize >= vocabulary) {
        bail!("token id {id} lies outside the vocabulary of {vocabulary}")
    }
    if let Some(length) = spans.iter().map(|s| s.len()).find(|length| *length > longest) {
        bail!("a sequence of {length} tokens is longer than the {longest} positions of the model")
    }
    if !table.device().is_cpu() {
        return plain(ids, spans, table, positions);
    }
    let tape = record.as_ref().map(|r| r.tape);
    let (table_sink, sink) = record.map(|r| (r.table, r.positions)).unzip();
    let (sink, mut fixed) = (sink.flatten(), None);
    if let Positions::Fixed(numbers) = positions {
        fixed = Some(numbers.clone());
    }
    let op = Op { ids: ids.into(), spans: spans.clone(), fixed, table: table_sink, positions: sink };
    match positions {
        Positions::Learned(positions) => apply2(table, positions, op, tape),
        Positions::Fixed(_) | Positions::None => apply1(table, op, tape),
    }
}

/// The same from candle's own operations.
pub fn plain(ids: &[u32], spans: &Spans, table: &Tensor, positions: Positions<'_>) -> Result<Tensor> {
    let places: Vec<u32> = spans.iter().flat_map(|s| 0..s.len() as u32).collect();
    let looked_up = table.index_select(&Tensor::new(ids, table.device())?, 0)?;
    let places = Tensor::new(places, table.device())?;
    match positions {
        Positions::Learned(positions) => looked_up + positions.index_select(&places, 0)?,
        Positions::Fixed(numbers) => {
            let width = table.dims2()?.1;
            let numbers = Tensor::from_slice(numbers, (numbers.len() / width, width), table.device())?;
            looked_up + numbers.to_dtype(table.dtype())?.index_select(&places, 0)?
        }
        Positions::None => Ok(looked_up),
    }
}

const NAME: &str = "token embedding";

struct Op {
    ids: Arc<[u32]>,
    spans: Spans,
    fixed: Option<Arc<[f32]>>,
    table: Option<RowSink>,
    positions: Option<Sink>,
}

impl Op {
    fn look_up<T: Real>(&self, table: &[T], width: usize) -> Vec<T> {
        let mut out = Vec::with_capacity(self.ids.len() * width);
        for &id in self.ids.iter() {
            out.extend_from_slice(&table[id as usize * width..][..width]);
        }
        out
    }

    /// The table's gradient: to the sink, or for candle.
    fn table_gradient<T: Real>(&self, table: &Tensor, dy: &Tensor) -> Result<Option<Tensor>> {
        let rows = RowGradients { ids: self.ids.clone(), grads: dy.detach() };
        if let Some(sink) = &self.table {
            sink.push(rows);
            return Ok(None);
        }
        let mut grads = vec![T::zero(); table.elem_count()];
        rows.scatter(&mut grads, table.dims2()?.1)?;
        Ok(Some(tensor(grads, table.shape())?))
    }
}

impl CustomOp1 for Op {
    fn name(&self) -> &'static str {
        NAME
    }
    fn cpu_fwd(&self, t: &CpuStorage, tl: &Layout) -> Result<(CpuStorage, Shape)> {
        let (_, width) = tl.shape().dims2()?;
        by_dtype!(t.dtype(), NAME, T => {
            let mut out = self.look_up(slice::<T>(t, tl)?, width);
            if let Some(fixed) = &self.fixed {
                for span in self.spans.iter() {
                    for (o, &v) in out[span.start * width..span.end * width].iter_mut().zip(fixed.iter()) {
                        *o += T::of(f64::from(v));
                    }
                }
            }
            Ok(output(out, (self.ids.len(), width)))
        })
    }
    fn bwd(&self, t: &Tensor, _: &Tensor, dy: &Tensor) -> Result<Option<Tensor>> {
        by_dtype!(t.dtype(), NAME, T => self.table_gradient::<T>(t, dy))
    }
}

impl CustomOp2 for Op {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(
        &self,
        t: &CpuStorage,
        tl: &Layout,
        p: &CpuStorage,
        pl: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (_, width) = tl.shape().dims2()?;
        by_dtype!(t.dtype(), NAME, T => {
            let (table, positions) = (slice::<T>(t, tl)?, slice::<T>(p, pl)?);
            let mut out = self.look_up(table, width);
            for span in self.spans.iter() {
                add(positions, &mut out[span.start * width..span.end * width]);
            }
            Ok(output(out, (self.ids.len(), width)))
        })
    }

    fn bwd(
        &self,
        t: &Tensor,
        p: &Tensor,
        _: &Tensor,
        dy: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let (_, width) = t.dims2()?;
        by_dtype!(t.dtype(), NAME, T => {
            let sink = self.positions.as_ref();
            let dpositions = read::<T, _>(dy, |dy| accumulate::<T>(sink, p.elem_count(), |grads| {
                for span in self.spans.iter() {
                    add(&dy[span.start * width..span.end * width], grads);
                }
            }))?;
            let dtable = self.table_gradient::<T>(t, dy)?;
            let dpositions = dpositions.map(|d| d.reshape(p.shape())).transpose()?;
            Ok((dtable, dpositions))
        })
    }
}
