//! First values of parameters, as a function of a key. Linear layers start as PyTorch's
//! do, embeddings and positions as ViT's and BERT's.

use crate::random::Key;
use rand::Rng;

/// How a field starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Initial {
    /// All the same.
    Constant(f32),
    /// Evenly spread between plus and minus this (PyTorch's linear layers: `1 / sqrt(inputs)`).
    Uniform(f64),
    /// Normal with this deviation, drawn again beyond two deviations.
    Truncated(f64),
}

/// Appends `count` values.
pub fn fill(initial: Initial, key: Key, count: usize, out: &mut Vec<f32>) {
    let mut rng = key.rng();
    match initial {
        Initial::Constant(value) => out.extend(std::iter::repeat_n(value, count)),
        Initial::Uniform(bound) => out.extend((0..count).map(|_| rng.random_range(-bound..bound) as f32)),
        Initial::Truncated(deviation) => out.extend((0..count).map(|_| {
            loop {
                // Box and Muller 1958; the first is not 0, whose logarithm is infinite.
                let (a, b): (f64, f64) = (1.0 - rng.random::<f64>(), rng.random());
                let z = (-2.0 * a.ln()).sqrt() * (2.0 * std::f64::consts::PI * b).cos();
                if z.abs() <= 2.0 {
                    break (z * deviation) as f32;
                }
            }
        })),
    }
}
