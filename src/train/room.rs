//! Whether a run has the memory that it will take: its peak is counted beforehand and compared
//! with what is free. From 75 % on a run is warned of, from 95 % on it is refused unless it is
//! forced. It looks once, before training; it neither frees nor reserves anything.

use super::TrainError;
use super::estimate::{Facts, peak_bytes};
use super::machine::free_bytes;
use super::parallel::Compute;
use crate::config::{RunConfig, Value};
use crate::data::Dataset;
use crate::preprocess::Preprocess;
use crate::runs::{Event, Level};
use std::fmt;

/// Per cent of the free memory from which a run is warned of.
const WARN: u64 = 75;
/// Per cent from which it is refused.
const REFUSE: u64 = 95;

/// How much memory a run may take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// Bytes that are free; `None` asks the system.
    pub free: Option<u64>,
    /// Whether it begins although it may not be enough.
    pub force: bool,
}

/// A run takes more memory than it should.
#[derive(Clone, Debug, PartialEq)]
pub struct Shortage {
    /// Most bytes that the run adds to the process.
    pub needed: u64,
    /// Bytes that are free.
    pub free: u64,
    /// What would take so much less that the run is begun, the least intrusive first.
    pub lighter: Vec<Lighter>,
}

/// A setting with which the run takes less memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Lighter {
    /// `section.name`.
    pub key: &'static str,
    /// The value.
    pub value: Value,
    /// Most bytes that the run adds then.
    pub needed: u64,
    /// Whether the run's result stays the same.
    pub same_result: bool,
}

impl Shortage {
    /// What is needed, in per cent of what is free.
    pub fn percent(&self) -> u64 {
        let percent = u128::from(self.needed) * 100 / u128::from(self.free.max(1));
        u64::try_from(percent).unwrap_or(u64::MAX)
    }

    fn reaches(&self, percent: u64) -> bool {
        u128::from(self.needed) * 100 >= u128::from(self.free) * u128::from(percent)
    }
}

impl fmt::Display for Shortage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (needed, free) = (size(self.needed), size(self.free));
        write!(
            f,
            "the run takes about {needed} of memory at its peak, {} % of the {free} that",
            self.percent()
        )?;
        write!(f, " are free. ")?;
        for (i, Lighter { key, value, needed, same_result }) in self.lighter.iter().enumerate() {
            write!(f, "{}{key} = {value}", if i == 0 { "Set " } else { " or " })?;
            write!(f, " (about {}", size(*needed))?;
            write!(f, "{})", if *same_result { ", with the same result" } else { "" })?;
        }
        let end = if self.lighter.is_empty() { "End" } else { ", end" };
        write!(f, "{end} other programs, or make the model smaller")
    }
}

/// `310 MB`, `1.3 GB`.
fn size(bytes: u64) -> String {
    let mega = bytes as f64 / 1e6;
    if mega < 999.5 { format!("{mega:.0} MB") } else { format!("{:.1} GB", mega / 1e3) }
}

/// Compares what a run will take with what is free; a warning where it is much.
///
/// # Errors
/// [`TrainError::Memory`] where it is too much and not forced; settings that do not fit.
pub(super) fn check(
    room: Room,
    config: &RunConfig,
    data: &Dataset,
    preprocess: &Preprocess,
) -> Result<Option<Event>, TrainError> {
    let Some(free) = room.free.or_else(free_bytes) else { return Ok(None) };
    let facts = Facts::of(config, data, preprocess)?;
    let threads = Compute::new(usize::try_from(config.train.threads).unwrap_or(0)).threads();
    let needed = peak_bytes(config, &facts, threads);
    let mut shortage = Shortage { needed, free, lighter: Vec::new() };
    if !shortage.reaches(WARN) {
        return Ok(None);
    }
    shortage.lighter = lighter(config, &facts, threads, needed, free);
    if shortage.reaches(REFUSE) && !room.force {
        return Err(TrainError::Memory(Box::new(shortage)));
    }
    Ok(Some(Event::Notice { level: Level::Warning, text: shortage.to_string() }))
}

/// Fewer threads give the same result; half the batch does not, but may take less.
fn lighter(config: &RunConfig, facts: &Facts, threads: usize, needed: u64, free: u64) -> Vec<Lighter> {
    let mut found = Vec::new();
    let fits = |needed: u64| u128::from(needed) * 100 < u128::from(free) * u128::from(WARN);
    let fewer = std::iter::successors(Some(threads / 2), |threads| Some(threads / 2));
    let fewer: Vec<(usize, u64)> =
        fewer.take_while(|threads| *threads > 0).map(|t| (t, peak_bytes(config, facts, t))).collect();
    if let Some((threads, needed)) = fewer.iter().find(|(_, bytes)| fits(*bytes)).or(fewer.last()) {
        let value = Value::Int(i64::try_from(*threads).unwrap_or(1));
        found.push(Lighter { key: "train.threads", value, needed: *needed, same_result: true });
    }
    let batch = config.train.batch_size / 2;
    if batch > 0 {
        let mut half = config.clone();
        half.train.batch_size = batch;
        let value = Value::Int(i64::try_from(batch).unwrap_or(1));
        let needed = peak_bytes(&half, facts, threads);
        found.push(Lighter { key: "train.batch_size", value, needed, same_result: false });
    }
    // What saves less than a hundredth, or would be refused as well, is no help.
    found.retain(|lighter| {
        let begun = !Shortage { needed: lighter.needed, free, lighter: Vec::new() }.reaches(REFUSE);
        begun && lighter.needed < needed - needed / 100
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(needed: u64, free: u64) -> Shortage {
        Shortage { needed, free, lighter: Vec::new() }
    }

    #[test]
    fn the_limits_are_reached_exactly() {
        for (needed, warned, refused) in
            [(7499, false, false), (7500, true, false), (9499, true, false), (9500, true, true)]
        {
            let shortage = short(needed, 10_000);
            assert_eq!((shortage.reaches(WARN), shortage.reaches(REFUSE)), (warned, refused), "{needed}");
        }
        assert!(short(1, 0).reaches(REFUSE) && short(u64::MAX, u64::MAX).reaches(REFUSE));
        assert_eq!((short(3, 4).percent(), short(1, 0).percent()), (75, 100));
    }

    #[test]
    fn the_words_name_what_takes_less() {
        let lighter =
            |key, value, needed, same_result| Lighter { key, value: Value::Int(value), needed, same_result };
        let mut shortage = short(3_100_000_000, 3_000_000_000);
        assert_eq!(
            shortage.to_string(),
            "the run takes about 3.1 GB of memory at its peak, 103 % of the 3.0 GB that are free. End other \
             programs, or make the model smaller"
        );
        shortage.lighter = vec![
            lighter("train.threads", 1, 900_000_000, true),
            lighter("train.batch_size", 32, 2_000_000_000, false),
        ];
        assert!(shortage.to_string().ends_with(
            "Set train.threads = 1 (about 900 MB, with the same result) or train.batch_size = 32 (about 2.0 GB), \
             end other programs, or make the model smaller"
        ));
    }
}
