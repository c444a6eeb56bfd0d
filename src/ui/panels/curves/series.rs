//! What a step metric needs to be drawn quickly: the pyramid over its points, the smoothed
//! line and its pyramid, and the outline of both at the present zoom. All three grow with
//! the run; only a new smoothing makes the smoothed line anew, so many points at a time, while
//! the line as it was stays.

use crate::app::Point;
use crate::ui::widgets::pyramid::{Outline, Pyramid, Scale};

/// Exponential smoothing that leaves gaps where they are and is not drawn to zero at the
/// start (the correction of Kingma and Ba 2015, section 3, for the moments of Adam).
#[derive(Clone, Debug)]
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

    /// An empty line. A value keeps `weight` (0 to below 1) of the average before it.
    pub fn new(weight: f64) -> Self {
        // `left` is weight^n: the share of the average that no value has filled yet.
        Self { weight, sum: 0.0, left: 1.0, points: Vec::new() }
    }

    /// Takes in the points that came since the last call, at most `most` of them; those
    /// before must be unchanged. True when all are in.
    pub fn extend(&mut self, points: &[Point], most: usize) -> bool {
        let begun = self.points.len();
        self.points.reserve(points.len().saturating_sub(begun));
        for [x, y] in points.iter().skip(begun).take(most) {
            if y.is_finite() {
                self.sum = self.weight * self.sum + (1.0 - self.weight) * y;
                self.left *= self.weight;
                self.points.push([*x, self.sum / (1.0 - self.left)]);
            } else {
                self.points.push([*x, f64::NAN]);
            }
        }
        self.points.len() >= points.len()
    }

    /// Whether it is the beginning of these points, smoothed like this.
    fn is_of(&self, points: &[Point], weight: f64) -> bool {
        self.weight == weight && self.points.len() <= points.len()
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
#[derive(Debug, Default)]
pub struct Series {
    pyramid: Pyramid,
    smoothed: Option<(Smoothed, Pyramid)>,
    /// The line that takes its place when all points are in it.
    coming: Option<(Smoothed, Pyramid)>,
    look: Option<(Look, usize)>,
    unfinished: bool,
    /// The line as measured.
    pub raw: Outline,
    /// The smoothed line; empty without smoothing.
    pub smooth: Outline,
    /// Smallest and largest shown value in the picture.
    pub extent: Option<(f64, f64)>,
}

impl Series {
    /// Brings everything up to the points and the look; does nothing if neither changed. It
    /// smooths at most `most` points; true when there are more.
    pub fn update(&mut self, points: &[Point], look: Look, most: usize) -> bool {
        if self.look == Some((look, points.len())) && !self.unfinished {
            return false;
        }
        self.look = Some((look, points.len()));
        self.pyramid.extend(points);
        let scale = if look.log { Scale::Log } else { Scale::Linear };
        let window = Pyramid::window(points, look.range[0], look.range[1]);
        self.pyramid.outline(points, window.clone(), look.columns, scale, &mut self.raw);
        self.extent = self.raw.extent();
        self.unfinished = false;
        if look.smoothing == 0.0 {
            self.smooth = Outline::default();
        } else {
            self.unfinished = !self.smoothen(points, look.smoothing, most);
            if let Some((smoothed, pyramid)) = &self.smoothed {
                pyramid.outline(smoothed.points(), window, look.columns, scale, &mut self.smooth);
            }
        }
        self.unfinished
    }

    /// Goes on smoothing; true when all points are in.
    fn smoothen(&mut self, points: &[Point], weight: f64, most: usize) -> bool {
        if self.smoothed.as_ref().is_some_and(|(line, _)| line.points.len() > points.len()) {
            // Other points than before: the old line is of no use.
            self.smoothed = None;
        }
        if let Some((line, pyramid)) = self.smoothed.as_mut().filter(|(line, _)| line.is_of(points, weight)) {
            self.coming = None;
            let all = line.extend(points, most);
            pyramid.extend(line.points());
            return all;
        }
        let (mut line, mut pyramid) = match self.coming.take() {
            Some(coming) if coming.0.is_of(points, weight) => coming,
            _ => (Smoothed::new(weight), Pyramid::default()),
        };
        let all = line.extend(points, most);
        pyramid.extend(line.points());
        if all || self.smoothed.is_none() {
            self.smoothed = Some((line, pyramid));
        } else {
            self.coming = Some((line, pyramid));
        }
        all
    }

    /// The one line to draw where there is room for one: smoothed, or as measured without smoothing.
    pub fn drawn(&self) -> &Outline {
        if self.smooth.is_empty() { &self.raw } else { &self.smooth }
    }

    /// The point nearest to a step and its smoothed value (as measured without smoothing).
    pub fn at(&self, points: &[Point], step: f64) -> Option<(Point, f64)> {
        let index = nearest(points, step)?;
        let point = *points.get(index)?;
        let smoothed = self.look.filter(|(look, _)| look.smoothing > 0.0).and(self.smoothed.as_ref());
        let value = smoothed.and_then(|(line, _)| line.points().get(index)).map_or(point[1], |p| p[1]);
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
        let mut smoothed = Smoothed::new(0.5);
        assert!(smoothed.extend(&points, usize::MAX));
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
        let mut pieces = Smoothed::new(0.9);
        for end in [1, 2, 30, 31, 100] {
            assert!(pieces.extend(&points[..end], usize::MAX));
        }
        let mut few = Smoothed::new(0.9);
        assert!(!few.extend(&points, 60), "forty are left");
        assert!(few.extend(&points, 60));
        let mut whole = Smoothed::new(0.9);
        whole.extend(&points, usize::MAX);
        assert_eq!(pieces.points(), whole.points());
        assert_eq!(few.points(), whole.points());
    }

    #[test]
    fn another_smoothing_takes_its_place_when_it_is_whole() {
        let points: Vec<Point> = (0..100).map(|i| [f64::from(i), f64::from(i % 7)]).collect();
        let look = |smoothing| Look { range: [0.0, 99.0], columns: 1000, smoothing, log: false };
        let mut series = Series::default();
        assert!(!series.update(&points, look(0.9), usize::MAX));
        let old = series.at(&points, 99.0);
        let mut fresh = Series::default();
        fresh.update(&points, look(0.5), usize::MAX);
        assert_ne!(fresh.at(&points, 99.0), old);
        for _ in 0..3 {
            assert!(series.update(&points, look(0.5), 30), "thirty at a time");
            assert_eq!(series.at(&points, 99.0), old, "the old line stays");
        }
        assert!(!series.update(&points, look(0.5), 30));
        assert_eq!((series.at(&points, 99.0), &series.smooth), (fresh.at(&points, 99.0), &fresh.smooth));
        assert!(!series.update(&points, look(0.5), 0), "nothing is left to do");
        // A run that begins anew forgets the line of the old one.
        series.update(&points[..10], look(0.5), usize::MAX);
        assert_eq!(series.smooth.runs().map(<[_]>::len).sum::<usize>(), 10);
    }

    #[test]
    fn nearest_point_of_a_step() {
        let points: Vec<Point> = [10.0, 20.0, 30.0].map(|x| [x, 0.0]).into();
        let found = [0.0, 14.0, 16.0, 30.0, 99.0].map(|x| nearest(&points, x));
        assert_eq!(found, [Some(0), Some(0), Some(1), Some(2), Some(2)]);
        assert_eq!(nearest(&[], 1.0), None);
    }
}
