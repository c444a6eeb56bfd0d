//! Sinusoidal positions (Vaswani et al. 2017): a fixed table that is added to the rows and
//! never learned. It is a function of sizes alone.

use std::sync::Arc;

/// `[longest, width]`: number 2i of row p is sin(p / 10000^(2i / width)), number 2i + 1 the cosine.
pub fn sinusoidal(longest: usize, width: usize) -> Arc<[f32]> {
    let value = |place: usize, i: usize| {
        let angle = place as f64 / 10_000f64.powf((i - i % 2) as f64 / width as f64);
        (if i.is_multiple_of(2) { angle.sin() } else { angle.cos() }) as f32
    };
    (0..longest).flat_map(|place| (0..width).map(move |i| value(place, i))).collect()
}
