//! Mirrors half of the images left to right. It never turns one upside down.

use super::{Affine, Shape, shift};
use crate::config::Augment;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Draws whether to mirror. The draws of [`shift`] come first on the stream that they share.
pub fn draw(settings: &Augment, rng: &mut ChaCha8Rng, shape: Shape) -> Affine {
    let _ = shift::amounts(settings, rng);
    if rng.random::<bool>() {
        Affine { x: [-1.0, 0.0, shape.width as f64 - 1.0], y: [0.0, 1.0, 0.0] }
    } else {
        Affine::STILL
    }
}
