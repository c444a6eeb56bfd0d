//! A min/max pyramid over a growing list of points, so that a line of a million points
//! draws as fast as one of a thousand and still shows every extreme.
//! It holds indices only (the points stay where they are), is extended as points arrive
//! and never interpolates: all it hands out are points of the line. What it has cut down stays
//! as it is while points arrive behind it, so a frame costs what came since the last.

use crate::app::Point;
use egui_plot::PlotPoint;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

/// Points in a block of the lowest level, and blocks in a block above.
const FAN: usize = 4;

/// Where the extremes of a block are, as indices of points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Extremes {
    /// Index of the smallest finite value; [`NONE`] when no value is finite.
    low: u32,
    /// Index of the largest finite value.
    high: u32,
    /// Whether a value is not finite: the line has a gap here.
    gap: bool,
}

/// Stands for "no such point".
const NONE: u32 = u32::MAX;

impl Extremes {
    const EMPTY: Self = Self { low: NONE, high: NONE, gap: false };

    fn add(&mut self, points: &[Point], index: usize) {
        let Some([_, y]) = points.get(index) else { return };
        if y.is_finite() {
            self.merge(points, &Self { low: index as u32, high: index as u32, gap: false });
        } else {
            self.gap = true;
        }
    }

    fn merge(&mut self, points: &[Point], other: &Self) {
        let value = |index: u32| points.get(index as usize).map_or(f64::NAN, |p| p[1]);
        self.gap |= other.gap;
        if other.low == NONE {
            return;
        }
        // Comparisons with NaN are false: the first of equal values stays.
        if self.low == NONE || value(other.low) < value(self.low) {
            self.low = other.low;
        }
        if self.high == NONE || value(other.high) > value(self.high) {
            self.high = other.high;
        }
    }
}

/// How values are drawn; it must not turn their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// As they are.
    #[default]
    Linear,
    /// As powers of ten; what has no logarithm is a gap.
    Log,
}

impl Scale {
    fn of(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Log => value.log10(),
        }
    }
}

/// A line cut down to what can be seen: runs of points without gaps.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    points: Vec<PlotPoint>,
    /// Ends of the runs in `points`.
    ends: Vec<usize>,
    /// What need not be made again.
    settled: Settled,
}

/// The beginning of an outline that more points do not change: its whole parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Settled {
    /// Of which pyramid, cut from where, into parts of how many points, on which scale.
    key: (u64, usize, usize, Scale),
    /// The first point that is not in it.
    next: usize,
    /// Its points and its runs that have ended.
    points: usize,
    ends: usize,
}

/// Two that show the same are equal, however they were made.
impl PartialEq for Outline {
    fn eq(&self, other: &Self) -> bool {
        self.points == other.points && self.ends == other.ends
    }
}

impl Outline {
    /// The runs, each a connected part of the line; none is empty.
    pub fn runs(&self) -> impl Iterator<Item = &[PlotPoint]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).filter_map(|(start, end)| self.points.get(start..*end))
    }

    /// Smallest and largest value; `None` for an empty line.
    pub fn extent(&self) -> Option<(f64, f64)> {
        self.points.iter().map(|p| p.y).fold(None, |found, y| match found {
            None => Some((y, y)),
            Some((low, high)) => Some((f64::min(low, y), f64::max(high, y))),
        })
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// Goes back to what is settled, if it is of this and not beyond `end`; to nothing otherwise.
    fn go_back(&mut self, key: (u64, usize, usize, Scale), end: usize) {
        if self.settled.key != key || self.settled.next > end {
            self.settled = Settled { key, next: key.1, ..Settled::default() };
        }
        self.points.truncate(self.settled.points);
        self.ends.truncate(self.settled.ends);
    }

    /// Everything so far is of whole parts, which end before `next`.
    fn settle(&mut self, next: usize) {
        (self.settled.next, self.settled.points, self.settled.ends) =
            (next, self.points.len(), self.ends.len());
    }

    fn end_run(&mut self) {
        if self.points.len() > self.ends.last().copied().unwrap_or(0) {
            self.ends.push(self.points.len());
        }
    }
}

/// Tells pyramids apart; 0 is that of an outline of none.
static MADE: AtomicU64 = AtomicU64::new(1);

/// The pyramid. Level `k` has one entry per `FAN^(k + 1)` points.
#[derive(Debug)]
pub struct Pyramid {
    /// Another for each beginning anew.
    id: u64,
    len: usize,
    levels: Vec<Vec<Extremes>>,
}

impl Default for Pyramid {
    fn default() -> Self {
        Self { id: MADE.fetch_add(1, Ordering::Relaxed), len: 0, levels: Vec::new() }
    }
}

impl Pyramid {
    /// Number of points taken in.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Takes in the points that came since the last call; those before must be unchanged.
    /// A list that has become shorter is taken in anew. Up to `u32::MAX` points.
    pub fn extend(&mut self, points: &[Point]) {
        if points.len() < self.len {
            *self = Self::default();
        }
        let (old, end) = (self.len, points.len().min(NONE as usize));
        if old == end {
            return;
        }
        let mut level = 0;
        let mut size = FAN;
        loop {
            let blocks = end.div_ceil(size);
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            let (below, above) = self.levels.split_at_mut(level);
            let Some(entries) = above.first_mut() else { break };
            // The block that was growing is made anew, those before it stay.
            entries.truncate(old / size);
            for block in entries.len()..blocks {
                let mut extremes = Extremes::EMPTY;
                match below.last() {
                    Some(parts) => {
                        for part in parts.iter().skip(block * FAN).take(FAN) {
                            extremes.merge(points, part);
                        }
                    }
                    None => (block * size..end.min((block + 1) * size)).for_each(|i| extremes.add(points, i)),
                }
                entries.push(extremes);
            }
            if blocks == 1 {
                break;
            }
            level += 1;
            size *= FAN;
        }
        self.len = end;
    }

    /// Indices of the points with `x` from `from` to `to`, and one more on either side so
    /// that the line leaves the picture. `points` are in order of `x`.
    pub fn window(points: &[Point], from: f64, to: f64) -> Range<usize> {
        let start = points.partition_point(|p| p[0] < from).saturating_sub(1);
        let end = (points.partition_point(|p| p[0] <= to) + 1).min(points.len());
        start..end.max(start)
    }

    /// The points of `window` cut down to what `columns` columns of pixels can show: every
    /// point when they are few, else the two extremes of each of between `columns / 2` and
    /// `columns + 2` parts, in order. The parts do not move while points arrive, so the line
    /// does not shimmer, and `out` keeps those that are whole. Where the scaled value is not
    /// finite (the logarithm of zero) the line has a gap.
    pub fn outline(
        &self,
        points: &[Point],
        window: Range<usize>,
        columns: usize,
        scale: Scale,
        out: &mut Outline,
    ) {
        let window = window.start..window.end.min(self.len).min(points.len());
        let part = window.len().div_ceil(columns.max(1)).next_power_of_two();
        out.go_back((self.id, window.start, part, scale), window.end);
        let mut index = out.settled.next;
        while index < window.end {
            let end = (index / part + 1) * part;
            let next = end.min(window.end);
            emit(points, self.part(points, index..next), scale, out);
            index = next;
            if next == end {
                out.settle(next);
            }
        }
        out.end_run();
    }

    /// Extremes of any range, from the largest blocks that fit inside.
    fn part(&self, points: &[Point], range: Range<usize>) -> Extremes {
        let mut all = Extremes::EMPTY;
        let mut index = range.start;
        while index < range.end {
            let mut size = 1;
            let mut best = None;
            for entries in &self.levels {
                size *= FAN;
                if !index.is_multiple_of(size) || index + size > range.end {
                    break;
                }
                best = entries.get(index / size).map(|entry| (*entry, size));
            }
            match best {
                Some((entry, size)) => {
                    all.merge(points, &entry);
                    index += size;
                }
                None => {
                    all.add(points, index);
                    index += 1;
                }
            }
        }
        all
    }
}

/// Appends a part's extremes in order of their index, and ends the run at a gap. The gap
/// may lie before, between or behind them; at the width of a pixel that cannot be seen.
fn emit(points: &[Point], extremes: Extremes, scale: Scale, out: &mut Outline) {
    let first = extremes.low.min(extremes.high);
    let last = extremes.low.max(extremes.high);
    let mut gap = extremes.gap;
    for index in [first, last].into_iter().take(if first == last { 1 } else { 2 }) {
        let Some([x, y]) = points.get(index as usize) else { continue };
        let y = scale.of(*y);
        if y.is_finite() {
            out.points.push(PlotPoint::new(*x, y));
        } else {
            gap = true;
        }
    }
    if gap {
        out.end_run();
    }
}
