//! What the process takes of the machine: processor time and memory, asked about once a
//! second. It measures the whole process, the window's drawing and other jobs included. And how
//! much memory is free.

use std::time::{Duration, Instant};
use sysinfo::{MemoryRefreshKind, Pid, ProcessRefreshKind, ProcessesToUpdate, System, get_current_pid};

/// Asked at most this often: a look at the system costs more than a small step.
const EVERY: Duration = Duration::from_secs(1);

/// What the process takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Machine {
    /// Processor time since the look before, as a share of all cores, 0 to 1; `None` at the first.
    pub cpu: Option<f64>,
    /// Memory in use (resident), in MB of a million bytes.
    pub memory: f64,
}

/// Looks at the process now and then.
pub(super) struct Watch {
    system: Option<(System, Pid)>,
    cores: f64,
    /// When it was last looked, and the processor's milliseconds up to then.
    last: Option<(Instant, u64)>,
}

impl Watch {
    /// Where the system tells nothing, nothing is measured.
    pub fn new() -> Self {
        let system = System::new().ok().zip(get_current_pid().ok());
        Self {
            system,
            cores: std::thread::available_parallelism().map_or(1.0, |n| n.get() as f64),
            last: None,
        }
    }

    /// What the process takes, if it is time to look.
    pub fn look(&mut self) -> Option<Machine> {
        if self.last.is_some_and(|(at, _)| at.elapsed() < EVERY) {
            return None;
        }
        let (system, pid) = self.system.as_mut()?;
        let what = ProcessRefreshKind::nothing().with_cpu().with_memory();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[*pid]), false, what);
        let process = system.process(*pid)?;
        let (now, used) = (Instant::now(), process.accumulated_cpu_time());
        let memory = process.memory() as f64 / 1e6;
        let cpu = self
            .last
            .map(|(at, before)| share(used.saturating_sub(before), (now - at).as_secs_f64(), self.cores));
        self.last = Some((now, used));
        Some(Machine { cpu, memory })
    }
}

/// Bytes that can be had without taking them from other programs; within a control group (a
/// container, a batch job) not more than it still allows. `None` where the system does not tell.
pub fn free_bytes() -> Option<u64> {
    let mut system = System::new().ok()?;
    system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
    let free = system.available_memory();
    let allowed = get_current_pid().ok().and_then(|pid| {
        system.refresh_processes_specifics(
            ProcessesToUpdate::Some(&[pid]),
            false,
            ProcessRefreshKind::nothing(),
        );
        // What the group's files hold in the page cache goes when it is needed.
        system.process(pid)?.cgroup_limits().map(|limits| limits.total_memory.saturating_sub(limits.rss))
    });
    (free > 0).then(|| free.min(allowed.unwrap_or(u64::MAX)))
}

/// Milliseconds of processor time in so many seconds, as a share of all cores.
fn share(used: u64, seconds: f64, cores: f64) -> f64 {
    (used as f64 / (seconds * 1000.0 * cores).max(1.0)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_memory_is_free() {
        let free = free_bytes().expect("this system tells");
        assert!(free > 1 << 20, "{free}");
    }

    #[test]
    fn the_process_is_seen_and_not_asked_about_too_often() {
        let mut watch = Watch::new();
        let first = watch.look().expect("this system tells");
        assert!(first.cpu.is_none() && first.memory > 1.0, "{first:?}");
        assert_eq!(watch.look(), None, "within a second");
        // As if the look before had been a while ago, with nothing used up to then.
        let long_ago = Instant::now().checked_sub(Duration::from_secs(100));
        watch.last = long_ago.map(|at| (at, 0));
        let second = watch.look().expect("it is time");
        assert!(long_ago.is_none() || second.cpu.is_some_and(|cpu| (0.0..=1.0).contains(&cpu)), "{second:?}");
        // A second of one of two cores in ten seconds; more than there is does not occur.
        assert_eq!((share(1000, 10.0, 2.0), share(5000, 1.0, 2.0), share(0, 0.0, 1.0)), (0.05, 1.0, 0.0));
    }
}
