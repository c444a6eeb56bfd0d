//! One map from the places of a changed image back to those of the image, and the one pass
//! that samples it. It knows nothing of what was drawn.

use super::Shape;

/// Where the pixel at column `x` and row `y` comes from: column `x[0] x + x[1] y + x[2]`, row
/// `y[0] x + y[1] y + y[2]`, both counted from the middle of the first pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Affine {
    /// The column.
    pub x: [f64; 3],
    /// The row.
    pub y: [f64; 3],
}

impl Affine {
    /// Every pixel comes from where it is.
    pub const STILL: Self = Self { x: [1.0, 0.0, 0.0], y: [0.0, 1.0, 0.0] };

    /// First `other`, then this.
    #[must_use]
    pub fn after(&self, other: &Self) -> Self {
        let row = |by: &[f64; 3]| {
            let each = |at: usize| by[0] * other.x[at] + by[1] * other.y[at];
            [each(0), each(1), each(2) + by[2]]
        };
        Self { x: row(&self.x), y: row(&self.y) }
    }

    /// Fills `out` from `image`, both `[row, column, channel]`. Between the middles of pixels
    /// it is interpolated linearly in both directions; what lies outside of the image is black.
    pub fn sample(&self, image: &[u8], shape: Shape, out: &mut [u8]) {
        match (*self == Self::STILL, self.whole(), shape.channels) {
            (true, ..) => out.copy_from_slice(image),
            (false, Some(origin), channels) => copied(origin, image, shape, channels, out),
            (false, None, 1) => self.interpolated::<1>(image, shape, out),
            (false, None, _) => self.interpolated::<3>(image, shape, out),
        }
    }

    /// Column of the first pixel's origin, row of it, and whether columns run backwards, if
    /// pixels only move by whole places and are perhaps mirrored.
    fn whole(&self) -> Option<(i64, i64, bool)> {
        let mirrored = self.x[0] == -1.0;
        let still = (self.x[0] == 1.0 || mirrored)
            && (self.x[1], self.y[0], self.y[1]) == (0.0, 0.0, 1.0)
            && self.x[2].fract() == 0.0
            && self.y[2].fract() == 0.0;
        still.then_some((self.x[2] as i64, self.y[2] as i64, mirrored))
    }

    fn interpolated<const CHANNELS: usize>(&self, image: &[u8], shape: Shape, out: &mut [u8]) {
        let (x, y) = (self.x.map(|v| v as f32), self.y.map(|v| v as f32));
        let (pixels, _) = image.as_chunks::<CHANNELS>();
        let (targets, _) = out.as_chunks_mut::<CHANNELS>();
        let (last_x, last_y) = (shape.width as f32 - 1.0, shape.height as f32 - 1.0);
        for (row, line) in targets.chunks_exact_mut(shape.width).enumerate() {
            let (start_x, start_y) = (x[1] * row as f32 + x[2], y[1] * row as f32 + y[2]);
            for (column, target) in line.iter_mut().enumerate() {
                let from_x = x[0] * column as f32 + start_x;
                let from_y = y[0] * column as f32 + start_y;
                // The outer half of a border pixel belongs to it too.
                let inside = from_x > -0.5 && from_x < last_x + 0.5 && from_y > -0.5 && from_y < last_y + 0.5;
                if !inside {
                    *target = [0; CHANNELS];
                    continue;
                }
                let (from_x, from_y) = (from_x.clamp(0.0, last_x), from_y.clamp(0.0, last_y));
                let (left, top) = (from_x as usize, from_y as usize);
                let (part_x, part_y) = (from_x - left as f32, from_y - top as f32);
                let (right, below) = ((left + 1).min(shape.width - 1), (top + 1).min(shape.height - 1));
                let (upper, lower) = (top * shape.width, below * shape.width);
                let corners = [
                    pixels[upper + left],
                    pixels[upper + right],
                    pixels[lower + left],
                    pixels[lower + right],
                ];
                for (channel, target) in target.iter_mut().enumerate() {
                    let [a, b, c, d] = corners.map(|corner| f32::from(corner[channel]));
                    let above = a + (b - a) * part_x;
                    let under = c + (d - c) * part_x;
                    *target = (above + (under - above) * part_y + 0.5) as u8;
                }
            }
        }
    }
}

/// Whole pixels, moved and perhaps mirrored.
fn copied(
    (first_x, first_y, mirrored): (i64, i64, bool),
    image: &[u8],
    shape: Shape,
    channels: usize,
    out: &mut [u8],
) {
    let Shape { width, height, .. } = shape;
    for (row, line) in (0i64..).zip(out.chunks_exact_mut(width * channels)) {
        let from_row = usize::try_from(first_y + row).ok().filter(|row| *row < height);
        let Some(from_row) = from_row else {
            line.fill(0);
            continue;
        };
        let source = &image[from_row * width * channels..(from_row + 1) * width * channels];
        for (column, target) in (0i64..).zip(line.chunks_exact_mut(channels)) {
            let from = if mirrored { first_x - column } else { first_x + column };
            match usize::try_from(from).ok().filter(|column| *column < width) {
                Some(from) => target.copy_from_slice(&source[from * channels..(from + 1) * channels]),
                None => target.fill(0),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{crop, rotation};
    use super::*;

    const SQUARE: Shape = Shape { width: 3, height: 3, channels: 1 };
    const NUMBERS: [u8; 9] = [10, 20, 30, 40, 50, 60, 70, 80, 90];

    fn sampled(map: Affine, image: &[u8], shape: Shape) -> Vec<u8> {
        let mut out = vec![1; image.len()];
        map.sample(image, shape, &mut out);
        out
    }

    #[test]
    fn half_a_pixel_is_the_mean_of_two() {
        let right = Affine { x: [1.0, 0.0, 0.5], y: [0.0, 1.0, 0.0] };
        // The last column lies on the outer edge of the border pixel, which is outside.
        assert_eq!(sampled(right, &NUMBERS, SQUARE), [15, 25, 0, 45, 55, 0, 75, 85, 0]);
        let both = Affine { x: [1.0, 0.0, 0.25], y: [0.0, 1.0, 0.25] };
        // 10 + 0.25 * 10 + 0.25 * 30 = 20; border pixels reach half a pixel further.
        assert_eq!(sampled(both, &NUMBERS, SQUARE), [20, 30, 38, 50, 60, 68, 73, 83, 90]);
    }

    #[test]
    fn quarter_turns_are_exact() {
        let left = rotation::turn(90.0, SQUARE);
        assert_eq!(sampled(left, &NUMBERS, SQUARE), [30, 60, 90, 20, 50, 80, 10, 40, 70]);
        let right = rotation::turn(-90.0, SQUARE);
        assert_eq!(sampled(right, &NUMBERS, SQUARE), [70, 40, 10, 80, 50, 20, 90, 60, 30]);
        let half = rotation::turn(180.0, SQUARE);
        assert_eq!(sampled(half, &NUMBERS, SQUARE), [90, 80, 70, 60, 50, 40, 30, 20, 10]);
        let there_and_back = rotation::turn(33.0, SQUARE).after(&rotation::turn(-33.0, SQUARE));
        assert!((there_and_back.x[0] - 1.0).abs() < 1e-12 && there_and_back.x[2].abs() < 1e-12);
    }

    #[test]
    fn an_eighth_turn_shows_black_corners() {
        let found = sampled(rotation::turn(45.0, SQUARE), &[200; 9], SQUARE);
        // The corners come from 1.41 pixels beside the middle, all others from inside.
        assert_eq!(found, [200; 9], "a corner lies at 1.41, within the half pixel around the border");
        let large = Shape { width: 9, height: 9, channels: 1 };
        let found = sampled(rotation::turn(45.0, large), &[200; 81], large);
        assert_eq!((found[0], found[8], found[40], found[4]), (0, 0, 200, 200));
    }

    #[test]
    fn a_part_becomes_the_whole() {
        let shape = Shape { width: 4, height: 2, channels: 1 };
        let image = [0, 100, 200, 40, 0, 100, 200, 40];
        // The left half: columns from -0.25 (the border pixel), 0.25, 0.75 and 1.25.
        let left = crop::enlarged([0.0, 0.0, 2.0, 2.0], shape);
        assert_eq!(sampled(left, &image, shape), [0, 25, 75, 125, 0, 25, 75, 125]);
        let whole = crop::enlarged([0.0, 0.0, 4.0, 2.0], shape);
        assert_eq!(whole, Affine::STILL);
    }

    #[test]
    fn whole_places_are_copied_as_interpolation_would() {
        let shape = Shape { width: 5, height: 4, channels: 3 };
        let image: Vec<u8> = (0..60).map(|v| v * 4).collect();
        for map in [
            Affine { x: [1.0, 0.0, -2.0], y: [0.0, 1.0, 1.0] },
            Affine { x: [-1.0, 0.0, 4.0], y: [0.0, 1.0, 0.0] },
            Affine { x: [-1.0, 0.0, 6.0], y: [0.0, 1.0, -3.0] },
            Affine { x: [1.0, 0.0, 9.0], y: [0.0, 1.0, 0.0] },
        ] {
            let mut interpolated = vec![1; 60];
            map.interpolated::<3>(&image, shape, &mut interpolated);
            assert_eq!(sampled(map, &image, shape), interpolated, "{map:?}");
        }
    }
}
