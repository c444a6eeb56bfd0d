//! Moves an image by whole pixels in each direction. It refuses nothing: what leaves the
//! image is lost, what comes in from outside of the picture is black.

use super::{Affine, Shape};
use crate::config::Augment;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Pixels to the right and down.
pub fn amounts(settings: &Augment, rng: &mut ChaCha8Rng) -> (i64, i64) {
    let most = i64::try_from(settings.shift).unwrap_or(0);
    let right = rng.random_range(-most..=most);
    (right, rng.random_range(-most..=most))
}

/// Draws a move.
pub fn draw(settings: &Augment, rng: &mut ChaCha8Rng, _: Shape) -> Affine {
    let (right, down) = amounts(settings, rng);
    Affine { x: [1.0, 0.0, -right as f64], y: [0.0, 1.0, -down as f64] }
}
