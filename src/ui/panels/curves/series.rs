//! What a step metric needs to be drawn quickly: the pyramid over its points, the smoothed
//! line and its pyramid, and the outline of both at the present zoom. All three grow with
//! the run; only a new smoothing makes the smoothed line anew.

use crate::app::Point;
use crate::ui::widgets::pyramid::{Outline, Pyramid};

/// Exponential smoothing that leaves gaps where they are and is not drawn to zero at the
/// start (the correction of Kingma and Ba 2015, section 3, for the moments of Adam).
#[derive(Clone, Debug, Default)]
pub struct Smoothed {
    weight: f64,
    sum: f64,
    left: f64,
    points: Vec<Point>,
}

impl Smoothed {
    /// The smoothed points, one for each taken in.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// Takes in the points that came since the last call. A value keeps `weight` (0 to
    /// below 1) of the average before it. True if what was there before was made anew.
    pub fn extend(&mut self, points: &[Point], weight: f64) -> bool {
        let anew = self.weight != weight || points.len() < self.points.len();
        if anew {
            self.points.clear();
        }
        if self.points.is_empty() {
            // `left` is weight^n: the share of the average that no value has filled yet.
            (self.weight, self.sum, self.left) = (weight, 0.0, 1.0);
        }
        self.points.reserve(points.len().saturating_sub(self.points.len()));
        for [x, y] in points.iter().skip(self.points.len()) {
            if y.is_finite() {
                self.sum = weight * self.sum + (1.0 - weight) * y;
                self.left *= weight;
                self.points.push([*x, self.sum / (1.0 - self.left)]);
            } else {
                self.points.push([*x, f64::NAN]);
            }
        }
        anew
    }
}

/// How the lines are to be drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// First and last step in the picture.
    pub range: [f64; 2],
    /// Columns of pixels.
    pub columns: usize,
    /// Weight of the smoothing; 0 for none.
    pub smoothing: f64,
    /// Whether values are drawn as logarithms.
    pub log: bool,
}

/// One step metric, ready to draw.
#[derive(Clone, Debug, Default)]
pub struct Series {
    pyramid: Pyramid,
    smoothed: Smoothed,
    smoothed_pyramid: Pyramid,
    look: Option<(Look, usize)>,
    /// The line as measured.
    pub raw: Outline,
    /// The smoothed line; empty without smoothing.
    pub smooth: Outline,
    /// Smallest and largest shown value in the picture.
    pub extent: Option<(f64, f64)>,
}

impl Series {
    /// Brings everything up to the points and the look; does nothing if neither changed.
    pub fn update(&mut self, points: &[Point], look: Look) {
        if self.look == Some((look, points.len())) {
            return;
        }
        self.look = Some((look, points.len()));
        self.pyramid.extend(points);
        let scale = if look.log { f64::log10 } else { |v| v };
        let window = Pyramid::window(points, look.range[0], look.range[1]);
        self.pyramid.outline(points, window.clone(), look.columns, scale, &mut self.raw);
        self.extent = self.raw.extent();
        if look.smoothing > 0.0 {
            if self.smoothed.extend(points, look.smoothing) {
                self.smoothed_pyramid = Pyramid::default();
            }
            let smoothed = self.smoothed.points();
            self.smoothed_pyramid.extend(smoothed);
            self.smoothed_pyramid.outline(smoothed, window, look.columns, scale, &mut self.smooth);
        } else {
            self.smooth = Outline::default();
        }
    }

    /// The point nearest to a step and its smoothed value (as measured without smoothing).
    pub fn at(&self, points: &[Point], step: f64) -> Option<(Point, f64)> {
        let index = nearest(points, step)?;
        let point = *points.get(index)?;
        let smoothed = self.look.filter(|(look, _)| look.smoothing > 0.0);
        let value = smoothed.and_then(|_| self.smoothed.points().get(index)).map_or(point[1], |p| p[1]);
        Some((point, value))
    }
}

/// Index of the point nearest to `x`; `points` are in order of `x`.
pub fn nearest(points: &[Point], x: f64) -> Option<usize> {
    let after = points.partition_point(|p| p[0] < x);
    let distance = |index: usize| points.get(index).map_or(f64::INFINITY, |p| (p[0] - x).abs());
    let before = after.saturating_sub(1);
    if points.is_empty() {
        None
    } else if distance(before) <= distance(after) {
        Some(before)
    } else {
        Some(after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smoothing_starts_at_the_first_value_and_keeps_gaps() {
        let points: Vec<Point> =
            [4.0, 8.0, f64::NAN, 4.0].iter().zip(1..).map(|(y, x)| [f64::from(x), *y]).collect();
        let mut smoothed = Smoothed::default();
        smoothed.extend(&points, 0.5);
        let values: Vec<f64> = smoothed.points().iter().map(|p| p[1]).collect();
        // By hand: 2/0.5, (1+4)/0.75, gap, (2.5+2)/0.875.
        assert!((values[0] - 4.0).abs() < 1e-12);
        assert!((values[1] - 5.0 / 0.75).abs() < 1e-12);
        assert!(values[2].is_nan());
        assert!((values[3] - 4.5 / 0.875).abs() < 1e-12);
    }

    #[test]
    fn smoothing_in_pieces_equals_smoothing_at_once() {
        let points: Vec<Point> = (0..100).map(|i| [f64::from(i), f64::from(i * 7919 % 101)]).collect();
        let mut pieces = Smoothed::default();
        for end in [1, 2, 30, 31, 100] {
            pieces.extend(&points[..end], 0.9);
        }
        let mut whole = Smoothed::default();
        whole.extend(&points, 0.9);
        assert_eq!(pieces.points(), whole.points());
        assert!(whole.extend(&points, 0.5), "another weight makes the line anew");
        assert!(!whole.extend(&points, 0.5));
    }

    #[test]
    fn nearest_point_of_a_step() {
        let points: Vec<Point> = [10.0, 20.0, 30.0].map(|x| [x, 0.0]).into();
        let found = [0.0, 14.0, 16.0, 30.0, 99.0].map(|x| nearest(&points, x));
        assert_eq!(found, [Some(0), Some(0), Some(1), Some(2), Some(2)]);
        assert_eq!(nearest(&[], 1.0), None);
    }
}
