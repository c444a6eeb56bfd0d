//! Where compute time goes, by op and kernel: what `attentive bench --profile` shows. It is off
//! until somebody asks, and then costs one look at a flag per kernel. Times are exclusive: what
//! a kernel spends inside an op is not the op's own. It counts for the whole process.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The way through an op.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// From input to result.
    Forward,
    /// From the result's gradient to the input's.
    Backward,
    /// Neither: loading, the optimizer.
    Neither,
}

/// What a stretch of time was spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// The op, or the part of a step.
    pub op: &'static str,
    /// The way through it.
    pub direction: Direction,
    /// The kernel; empty for what the op does besides its kernels.
    pub kernel: &'static str,
}

/// Time of all threads together on one spot.
#[derive(Clone, Copy, Debug)]
pub struct Spent {
    /// Where.
    pub spot: Spot,
    /// How long.
    pub time: Duration,
    /// How often.
    pub calls: u64,
}

type Times = BTreeMap<Spot, (Duration, u64)>;

static ON: AtomicBool = AtomicBool::new(false);
static TOTAL: Mutex<Times> = Mutex::new(Times::new());

fn total() -> MutexGuard<'static, Times> {
    TOTAL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A stretch that has begun, and what of it belongs to stretches inside.
struct Open {
    spot: Spot,
    begun: Instant,
    inside: Duration,
}

#[derive(Default)]
struct Stack {
    open: Vec<Open>,
    times: Times,
}

thread_local! {
    static STACK: RefCell<Stack> = RefCell::default();
}

/// Counts time until it is dropped, on the thread that made it.
#[must_use]
pub struct Span {
    counts: bool,
    here: PhantomData<*const ()>,
}

/// Begins to count from nothing.
pub fn start() {
    total().clear();
    ON.store(true, Relaxed);
}

/// Ends counting; what was counted, the longest first. Stretches that are still open are missing.
pub fn finish() -> Vec<Spent> {
    ON.store(false, Relaxed);
    let rows = std::mem::take(&mut *total()).into_iter();
    let mut rows: Vec<Spent> = rows.map(|(spot, (time, calls))| Spent { spot, time, calls }).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.time));
    rows
}

/// An op, or a part of a step.
pub fn op(op: &'static str, direction: Direction) -> Span {
    begin(|_| Spot { op, direction, kernel: "" })
}

/// A kernel of the op that is under way.
pub fn kernel(kernel: &'static str) -> Span {
    begin(|open| {
        let outer = open.last().map(|open| open.spot);
        Spot { kernel, ..outer.unwrap_or(Spot { op: "", direction: Direction::Neither, kernel }) }
    })
}

fn begin(spot: impl FnOnce(&[Open]) -> Spot) -> Span {
    let counts = ON.load(Relaxed);
    if counts {
        STACK.with_borrow_mut(|stack| {
            let spot = spot(&stack.open);
            stack.open.push(Open { spot, begun: Instant::now(), inside: Duration::ZERO });
        });
    }
    Span { counts, here: PhantomData }
}

impl Drop for Span {
    fn drop(&mut self) {
        if self.counts {
            STACK.with_borrow_mut(Stack::end);
        }
    }
}

impl Stack {
    fn end(&mut self) {
        let Some(Open { spot, begun, inside }) = self.open.pop() else { return };
        let whole = begun.elapsed();
        let row = self.times.entry(spot).or_default();
        *row = (row.0 + whole.saturating_sub(inside), row.1 + 1);
        match self.open.last_mut() {
            Some(outer) => outer.inside += whole,
            // The outermost stretch hands on what the thread has counted.
            None => {
                let mut total = total();
                for (spot, (time, calls)) in std::mem::take(&mut self.times) {
                    let row = total.entry(spot).or_default();
                    *row = (row.0 + time, row.1 + calls);
                }
            }
        }
    }
}
