//! How many operations a second matrix products reach here at best: the measure that speed is
//! held against. It uses the kernel that the network uses.

use crate::ops::{Matrix, Target, matmul};
use std::time::Instant;

/// Side of the square matrices, which together fit a core's second-level cache.
const SIDE: usize = 384;
/// Products between two looks at the clock, and looks.
const AT_ONCE: usize = 8;
const LOOKS: usize = 12;

/// The best speed of matrix products in `f32`.
#[derive(Clone, Copy, Debug)]
pub struct ProductPeak {
    /// Floating-point operations a second of all threads together; a multiply and an add are two.
    pub flops: f64,
    /// Threads that worked at the same time.
    pub threads: usize,
}

/// Measures independent products on this many threads at once, about a fifth of a second.
pub fn product_peak(threads: usize) -> ProductPeak {
    let threads = threads.max(1);
    let others: f64 = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(one_thread)).collect();
        let own = one_thread();
        own + others.into_iter().map(|other| other.join().unwrap_or(0.0)).sum::<f64>()
    });
    ProductPeak { flops: others, threads }
}

/// The best of some measurements.
fn one_thread() -> f64 {
    let a: Vec<f32> = (0..SIDE * SIDE).map(|i| (i % 7) as f32).collect();
    let b: Vec<f32> = (0..SIDE * SIDE).map(|i| (i % 5) as f32).collect();
    let mut c = vec![0f32; SIDE * SIDE];
    let mut best = f64::INFINITY;
    for _ in 0..LOOKS {
        let start = Instant::now();
        for _ in 0..AT_ONCE {
            let (a, b) = (Matrix::new(&a, SIDE, SIDE), Matrix::new(&b, SIDE, SIDE));
            matmul(Target::set(&mut c, SIDE), 1.0, a, b);
        }
        best = best.min(start.elapsed().as_secs_f64());
    }
    std::hint::black_box(&c);
    (2 * SIDE * SIDE * SIDE * AT_ONCE) as f64 / best
}
