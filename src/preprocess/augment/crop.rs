//! Cuts a part out of an image and enlarges it to the whole size: random resized crop, as in
//! Szegedy et al. 2015 and torchvision's RandomResizedCrop. The part's share of the area is
//! drawn evenly, its proportions evenly on a logarithmic scale between 3:4 and 4:3.

use super::{Affine, Shape};
use crate::config::Augment;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Draws of area and proportions before the whole image is taken.
const TRIES: usize = 10;

/// Draws a part.
pub fn draw(settings: &Augment, rng: &mut ChaCha8Rng, shape: Shape) -> Affine {
    let (width, height) = (shape.width as f64, shape.height as f64);
    let longest = libm::log(4.0 / 3.0);
    for _ in 0..TRIES {
        let share = settings.crop + (1.0 - settings.crop) * rng.random::<f64>();
        let proportion = libm::exp((rng.random::<f64>() * 2.0 - 1.0) * longest);
        let (across, down) = (rng.random::<f64>(), rng.random::<f64>());
        let area = width * height * share;
        let (wide, high) = (libm::sqrt(area * proportion), libm::sqrt(area / proportion));
        if wide <= width && high <= height {
            return enlarged([(width - wide) * across, (height - high) * down, wide, high], shape);
        }
    }
    Affine::STILL
}

/// Where pixels come from when the box `[left, top, width, height]`, in pixels from the upper
/// left corner of the image, becomes the whole image.
pub fn enlarged([left, top, wide, high]: [f64; 4], shape: Shape) -> Affine {
    let (across, down) = (wide / shape.width as f64, high / shape.height as f64);
    // The middle of a pixel is half a pixel from its corner.
    Affine { x: [across, 0.0, left + 0.5 * across - 0.5], y: [0.0, down, top + 0.5 * down - 0.5] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Key, Purpose};

    #[test]
    fn the_part_lies_inside_and_is_as_large_as_asked_for() {
        let shape = Shape { width: 20, height: 10, channels: 1 };
        let settings = Augment { crop: 0.25, ..Augment::default() };
        let mut smallest = f64::MAX;
        for counter in 0..2000 {
            let map = draw(&settings, &mut Key::new(1, Purpose::Test).with(counter).rng(), shape);
            let (wide, high) = (map.x[0] * 20.0, map.y[1] * 10.0);
            let (left, top) = (map.x[2] + 0.5 - 0.5 * map.x[0], map.y[2] + 0.5 - 0.5 * map.y[1]);
            let within = |start: f64, length: f64, most: f64| start > -1e-9 && start + length < most + 1e-9;
            assert!(within(left, wide, 20.0) && within(top, high, 10.0), "{map:?}");
            if map != Affine::STILL {
                let (share, proportion) = (wide * high / 200.0, wide / high);
                assert!(share > 0.25 - 1e-9 && share <= 1.0, "{share}");
                assert!(proportion > 0.75 - 1e-9 && proportion < 4.0 / 3.0 + 1e-9, "{proportion}");
                smallest = smallest.min(share);
            }
        }
        assert!(smallest < 0.26, "small parts occur: {smallest}");
    }
}
