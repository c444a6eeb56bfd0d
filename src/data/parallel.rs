//! Work on many numbered things in as many threads as there are cores, the results in order.
//! The first that fails, or a wish to cancel, ends it in every thread.

use super::meter::Meter;
use super::{DataError, Progress};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Applies `work` to the numbers `0..count`.
///
/// # Errors
/// What `work` says, cancelled.
pub fn in_parallel<R: Send>(
    count: usize,
    stage: &'static str,
    progress: Progress<'_>,
    work: impl Fn(usize) -> Result<R, DataError> + Sync,
) -> Result<Vec<R>, DataError> {
    let meter = Meter::new(progress, stage, count as u64);
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let run = || -> Result<Vec<(usize, R)>, DataError> {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= count || failed.load(Ordering::Relaxed) {
                return Ok(done);
            }
            let result = work(at).and_then(|result| meter.add(1).map(|()| result));
            match result {
                Ok(result) => done.push((at, result)),
                Err(error) => {
                    failed.store(true, Ordering::Relaxed);
                    return Err(error);
                }
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(count);
    let mut results = std::thread::scope(|scope| {
        let running: Vec<_> = (1..threads).map(|_| scope.spawn(run)).collect();
        let mut results = run();
        for handle in running {
            let more = handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            match (more, &mut results) {
                (Ok(more), Ok(results)) => results.extend(more),
                // What failed says more than that the others were cancelled.
                (Err(error), Ok(_) | Err(DataError::Cancelled)) => results = Err(error),
                (_, Err(_)) => {}
            }
        }
        results
    })?;
    results.sort_unstable_by_key(|(at, _)| *at);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}
