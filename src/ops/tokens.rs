//! Token ids to rows: a table looked up, and learned positions added. One op of (table,
//! positions). An id outside the table or a sequence longer than the positions is refused.

use super::Spans;
use super::cpu::{by_dtype, output, read, slice, tensor};
use super::kernels::add;
use super::sink::{RowGradients, RowSink, Sink, accumulate};
use super::tape::{Record, apply2};
use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, bail};
use std::sync::Arc;

/// Where the gradients go: the table's as rows, the positions' into a range.
#[derive(Clone)]
pub struct TokenRecord<'a> {
    /// Of the table.
    pub table: RowSink,
    /// Of the positions, and the tape.
    pub positions: Record<'a>,
}

/// `table[id] + positions[place in its sequence]`: `table` `[vocabulary, width]`, `positions`
/// `[longest, width]`; `[rows, width]`.
///
/// # Errors
/// If an id, a length or a size does not fit.
pub fn embed_tokens(
    ids: &[u32],
    spans: &Spans,
    table: &Tensor,
    positions: &Tensor,
    record: Option<TokenRecord<'_>>,
) -> Result<Tensor> {
    let (vocabulary, width) = table.dims2()?;
    let (longest, positions_width) = positions.dims2()?;
    if width != positions_width || ids.len() != spans.rows() {
        bail!("{} ids in {} rows, {:?}, {:?}", ids.len(), spans.rows(), table.shape(), positions.shape())
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
    let tape = record.as_ref().map(|r| r.positions.tape);
    let sinks = record.map(|r| (r.table, r.positions.sink));
    apply2(table, positions, Op { ids: ids.into(), spans: spans.clone(), sinks }, tape)
}

/// The same from candle's own operations.
pub fn plain(ids: &[u32], spans: &Spans, table: &Tensor, positions: &Tensor) -> Result<Tensor> {
    let places: Vec<u32> = spans.iter().flat_map(|s| 0..s.len() as u32).collect();
    let looked_up = table.index_select(&Tensor::new(ids, table.device())?, 0)?;
    looked_up + positions.index_select(&Tensor::new(places, table.device())?, 0)?
}

struct Op {
    ids: Arc<[u32]>,
    spans: Spans,
    sinks: Option<(RowSink, Sink)>,
}

impl CustomOp2 for Op {
    fn name(&self) -> &'static str {
        "token embedding"
    }

    fn cpu_fwd(
        &self,
        t: &CpuStorage,
        tl: &Layout,
        p: &CpuStorage,
        pl: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (_, width) = tl.shape().dims2()?;
        by_dtype!(t.dtype(), self.name(), T => {
            let (table, positions) = (slice::<T>(t, tl)?, slice::<T>(p, pl)?);
            let mut out = Vec::with_capacity(self.ids.len() * width);
            for &id in self.ids.iter() {
                out.extend_from_slice(&table[id as usize * width..][..width]);
            }
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
        by_dtype!(t.dtype(), self.name(), T => {
            let sink = self.sinks.as_ref().map(|s| &s.1);
            let dpositions = read::<T, _>(dy, |dy| accumulate::<T>(sink, p.elem_count(), |grads| {
                for span in self.spans.iter() {
                    add(&dy[span.start * width..span.end * width], grads);
                }
            }))?;
            let rows = RowGradients { ids: self.ids.clone(), grads: dy.detach() };
            let dtable = match &self.sinks {
                Some((table, _)) => {
                    table.push(rows);
                    None
                }
                None => {
                    let mut grads: Vec<T> = vec![0.0; t.elem_count()];
                    rows.scatter(&mut grads, width)?;
                    Some(tensor(grads, t.shape())?)
                }
            };
            let dpositions = dpositions.map(|d| d.reshape(p.shape())).transpose()?;
            Ok((dtable, dpositions))
        })
    }
}
