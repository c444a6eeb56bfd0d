//! Backward along a straight chain of ops, for the training loop on the CPU.
//!
//! Candle's own backward fills zeros and adds for every edge, and from 64 Ki numbers on it
//! does so on one pool of spinning threads behind a lock, where lanes would wait for each
//! other. A network without branches needs neither: each op's gradient goes straight to
//! the op before it. Ops record themselves here when given a tape, and in candle's graph
//! otherwise; the same `bwd` runs. It refuses chains that branch or are cut.

use super::profile::{self, Direction};
use super::sink::Sink;
use candle_core::{CustomOp1, CustomOp2, Result, Tensor, bail};
use std::cell::RefCell;

type Step = Box<dyn FnOnce(Tensor) -> Result<Option<Tensor>>>;

/// The ops of one forward pass, in order.
#[derive(Default)]
pub struct Tape(RefCell<Vec<Step>>);

/// Where an op with parameters records itself and leaves their gradient.
#[derive(Clone)]
pub struct Record<'a> {
    /// For backward.
    pub tape: &'a Tape,
    /// For the parameters' gradient.
    pub sink: Sink,
}

impl Tape {
    fn push(&self, step: impl FnOnce(Tensor) -> Result<Option<Tensor>> + 'static) {
        self.0.borrow_mut().push(Box::new(step));
    }

    /// Runs all recorded ops backward from the result of the last, a scalar.
    ///
    /// # Errors
    /// If the chain is cut, or an op fails.
    pub fn backward(self, result: &Tensor) -> Result<()> {
        let mut grad = Some(result.ones_like()?);
        for step in self.0.into_inner().into_iter().rev() {
            let Some(incoming) = grad else { bail!("the chain of ops is cut: no gradient arrives") };
            grad = step(incoming)?;
        }
        Ok(())
    }
}

/// Applies an op, recorded on the tape or in candle's graph.
pub(super) fn apply1<C: CustomOp1 + Send + Sync + 'static>(
    x: &Tensor,
    op: C,
    tape: Option<&Tape>,
) -> Result<Tensor> {
    let Some(tape) = tape else { return x.apply_op1(op) };
    let y = {
        let _span = profile::op(op.name(), Direction::Forward);
        x.apply_op1_no_bwd(&op)?
    };
    let (x, out) = (x.clone(), y.clone());
    tape.push(move |grad| {
        let _span = profile::op(op.name(), Direction::Backward);
        op.bwd(&x, &out, &grad)
    });
    Ok(y)
}

/// Applies an op of rows and parameters, recorded on the tape or in candle's graph.
pub(super) fn apply2<C: CustomOp2 + Send + Sync + 'static>(
    x: &Tensor,
    parameters: &Tensor,
    op: C,
    tape: Option<&Tape>,
) -> Result<Tensor> {
    let Some(tape) = tape else { return x.apply_op2(parameters, op) };
    let y = {
        let _span = profile::op(op.name(), Direction::Forward);
        x.apply_op2_no_bwd(parameters, &op)?
    };
    let (x, parameters, out) = (x.clone(), parameters.clone(), y.clone());
    tape.push(move |grad| {
        let _span = profile::op(op.name(), Direction::Backward);
        Ok(op.bwd(&x, &parameters, &out, &grad)?.0)
    });
    Ok(y)
}
