//! Work on many examples in several threads, the results in the order of the examples.

use super::PreprocessError;
use crate::data::Progress;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Examples a thread takes at a time: the same whatever the number of threads.
const GROUP: usize = 512;

/// Applies `work` to groups of `items` and returns its results in order.
///
/// # Errors
/// [`PreprocessError::Cancelled`] when `progress` says so.
pub fn in_order<T: Sync, R: Send>(
    items: &[T],
    stage: &'static str,
    progress: Progress<'_>,
    work: impl Fn(&[T]) -> R + Sync,
) -> Result<Vec<R>, PreprocessError> {
    let groups: Vec<&[T]> = items.chunks(GROUP).collect();
    let (next, done, stopped) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
    let run = || {
        let mut results = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(group) = groups.get(at) else { break };
            if stopped.load(Ordering::Relaxed) {
                break;
            }
            results.push((at, work(group)));
            let done = done.fetch_add(group.len(), Ordering::Relaxed) + group.len();
            if !progress(stage, done as u64, items.len() as u64) {
                stopped.store(true, Ordering::Relaxed);
            }
        }
        results
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(groups.len());
    let mut results = std::thread::scope(|scope| {
        let running: Vec<_> = (1..threads).map(|_| scope.spawn(run)).collect();
        let mut results = run();
        for handle in running {
            match handle.join() {
                Ok(more) => results.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    });
    if stopped.load(Ordering::Relaxed) {
        return Err(PreprocessError::Cancelled);
    }
    results.sort_by_key(|(at, _)| *at);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}
