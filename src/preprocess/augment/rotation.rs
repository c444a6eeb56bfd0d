//! Turns an image about its middle by an angle drawn evenly between the largest to the left
//! and to the right, as torchvision's RandomRotation does. What lies outside is black.

use super::{Affine, Shape};
use crate::config::Augment;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Draws a turn.
pub fn draw(settings: &Augment, rng: &mut ChaCha8Rng, shape: Shape) -> Affine {
    turn((rng.random::<f64>() * 2.0 - 1.0) * settings.rotation, shape)
}

/// Where pixels come from when the image is turned to the left by so many degrees.
pub fn turn(degrees: f64, shape: Shape) -> Affine {
    let angle = degrees.to_radians();
    let (sin, cos) = (libm::sin(angle), libm::cos(angle));
    let (middle_x, middle_y) = ((shape.width as f64 - 1.0) / 2.0, (shape.height as f64 - 1.0) / 2.0);
    // Rows grow downwards: back to the right in the usual sense is `cos, -sin; sin, cos`.
    Affine {
        x: [cos, -sin, middle_x - cos * middle_x + sin * middle_y],
        y: [sin, cos, middle_y - sin * middle_x - cos * middle_y],
    }
}
