//! The min/max pyramid against looking at every point.

use super::fixture::{key, unit};
use attentive::app::Point;
use attentive::ui::widgets::pyramid::{Outline, Pyramid, Scale};
use proptest::prelude::*;

/// `len` points with steps of 1 or 2, spikes, and gaps where `gaps`.
fn made_up(len: usize, seed: u64, gaps: bool) -> Vec<Point> {
    let mut x = 0.0;
    (0..len)
        .map(|i| {
            let here = key(90).with(seed).with(i as u64);
            x += if unit(here.with(1)) < 0.5 { 1.0 } else { 2.0 };
            let spike = if unit(here.with(2)) < 0.01 { 50.0 } else { 0.0 };
            let value = unit(here) * 4.0 - 2.0 + spike;
            [x, if gaps && unit(here.with(3)) < 0.02 { f64::NAN } else { value }]
        })
        .collect()
}

fn outline(pyramid: &Pyramid, points: &[Point], window: std::ops::Range<usize>, columns: usize) -> Outline {
    let mut found = Outline::default();
    pyramid.outline(points, window, columns, Scale::Linear, &mut found);
    found
}

/// The outline of parts of `2^k` points, by looking at every point.
fn brute_force(points: &[Point], window: std::ops::Range<usize>, columns: usize) -> Vec<Vec<Point>> {
    let part = window.len().div_ceil(columns).next_power_of_two();
    let mut runs = vec![Vec::new()];
    let mut start = window.start;
    while start < window.end {
        let end = ((start / part + 1) * part).min(window.end);
        let finite: Vec<&Point> = points[start..end].iter().filter(|p| p[1].is_finite()).collect();
        // The first of equal values stands for all.
        let low = finite.iter().copied().min_by(|a, b| a[1].total_cmp(&b[1]));
        let high = finite.iter().rev().copied().max_by(|a, b| a[1].total_cmp(&b[1]));
        let mut extremes: Vec<Point> = low.into_iter().chain(high).copied().collect();
        extremes.sort_by(|a, b| a[0].total_cmp(&b[0]));
        extremes.dedup();
        runs.last_mut().unwrap().extend(extremes);
        if points[start..end].iter().any(|p| !p[1].is_finite()) && !runs.last().unwrap().is_empty() {
            runs.push(Vec::new());
        }
        start = end;
    }
    runs.retain(|run| !run.is_empty());
    runs
}

fn as_points(outline: &Outline) -> Vec<Vec<Point>> {
    outline.runs().map(|run| run.iter().map(|p| [p.x, p.y]).collect()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn equals_brute_force(len in 1usize..700, seed in 0u64..1000, columns in 1usize..80, gaps: bool, cuts in prop::array::uniform2(0.0f64..1.0)) {
        let points = made_up(len, seed, gaps);
        let mut pyramid = Pyramid::default();
        pyramid.extend(&points);
        let mut ends = cuts.map(|c| (c * len as f64) as usize);
        ends.sort_unstable();
        let window = ends[0]..ends[1];
        let found = as_points(&outline(&pyramid, &points, window.clone(), columns));
        prop_assert_eq!(found, brute_force(&points, window, columns));
    }

    #[test]
    fn growing_in_pieces_equals_taking_all_at_once(len in 1usize..600, seed in 0u64..1000, piece in 1usize..70) {
        let points = made_up(len, seed, true);
        let (mut pieces, mut whole) = (Pyramid::default(), Pyramid::default());
        whole.extend(&points);
        for end in (0..len).step_by(piece).chain([len]) {
            pieces.extend(&points[..end]);
        }
        prop_assert_eq!(pieces.len(), len);
        for columns in [1, 3, 20, 500] {
            prop_assert_eq!(outline(&pieces, &points, 0..len, columns), outline(&whole, &points, 0..len, columns));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_outline_that_grows_is_the_one_made_at_once(
        len in 1usize..600,
        seed in 0u64..1000,
        columns in 1usize..80,
        steps in prop::collection::vec((0.0f64..1.0, 0.0f64..1.0, any::<bool>()), 1..12),
    ) {
        let points = made_up(len, seed, true);
        let mut pyramid = Pyramid::default();
        let mut kept = Outline::default();
        let mut taken = 0;
        // Points arrive; the picture ends with them or, moved by hand, anywhere before.
        for (arrived, start, moved) in steps {
            taken += (arrived * (len - taken) as f64).ceil() as usize;
            pyramid.extend(&points[..taken]);
            let window = if moved { (start * taken as f64) as usize..taken } else { 0..taken };
            for end in [window.end, window.start + window.len() / 2, window.end] {
                let scale = if moved { Scale::Log } else { Scale::Linear };
                let (mut fresh, seen) = (Outline::default(), window.start..end);
                pyramid.outline(&points[..taken], seen.clone(), columns, scale, &mut kept);
                pyramid.outline(&points[..taken], seen, columns, scale, &mut fresh);
                prop_assert_eq!(&kept, &fresh);
            }
        }
        // Another line of as many points takes its place.
        let other = made_up(len, seed + 1, true);
        pyramid.extend(&other[..taken / 2]);
        pyramid.extend(&other);
        let mut fresh = Outline::default();
        pyramid.outline(&other, 0..len, columns, Scale::Linear, &mut kept);
        pyramid.outline(&other, 0..len, columns, Scale::Linear, &mut fresh);
        prop_assert_eq!(&kept, &fresh);
    }
}

#[test]
fn a_hundred_thousand_points_keep_their_extremes_in_few_points() {
    let points = made_up(100_000, 7, false);
    let mut pyramid = Pyramid::default();
    pyramid.extend(&points);
    let found = outline(&pyramid, &points, 0..points.len(), 800);
    let true_low = points.iter().map(|p| p[1]).fold(f64::INFINITY, f64::min);
    let true_high = points.iter().map(|p| p[1]).fold(f64::NEG_INFINITY, f64::max);
    assert_eq!(found.extent(), Some((true_low, true_high)));
    let kept: usize = found.runs().map(<[_]>::len).sum();
    assert!(kept <= 2 * 802, "{kept} points for 800 columns");
    // Every column's spike is there, not only the largest.
    let spikes = points.iter().filter(|p| p[1] > 40.0).count();
    let shown = found.runs().flatten().filter(|p| p.y > 40.0).count();
    assert!(shown > 300 && shown <= spikes, "{shown} of {spikes} spikes");
}

#[test]
fn few_points_are_all_drawn_and_gaps_cut_the_line() {
    let points =
        [[1.0, 5.0], [2.0, 4.0], [3.0, f64::NAN], [4.0, 6.0], [5.0, f64::INFINITY], [6.0, 1.0], [7.0, 2.0]];
    let mut pyramid = Pyramid::default();
    pyramid.extend(&points);
    let runs = as_points(&outline(&pyramid, &points, 0..7, 100));
    assert_eq!(runs, [vec![[1.0, 5.0], [2.0, 4.0]], vec![[4.0, 6.0]], vec![[6.0, 1.0], [7.0, 2.0]]]);
}

#[test]
fn a_logarithm_of_zero_is_a_gap() {
    let points = [[1.0, 10.0], [2.0, 0.0], [3.0, 100.0], [4.0, 1000.0]];
    let mut pyramid = Pyramid::default();
    pyramid.extend(&points);
    let mut found = Outline::default();
    pyramid.outline(&points, 0..4, 100, Scale::Log, &mut found);
    assert_eq!(as_points(&found), [vec![[1.0, 1.0]], vec![[3.0, 2.0], [4.0, 3.0]]]);
}

#[test]
fn the_window_reaches_one_point_beyond_the_picture() {
    let points: Vec<Point> = (0..10).map(|i| [f64::from(i), 0.0]).collect();
    assert_eq!(Pyramid::window(&points, 3.5, 6.5), 3..8);
    assert_eq!(Pyramid::window(&points, -5.0, 50.0), 0..10);
    assert_eq!(Pyramid::window(&points, 20.0, 30.0), 9..10);
    assert_eq!(Pyramid::window(&[], 0.0, 1.0), 0..0);
}

#[test]
fn a_shorter_list_is_taken_in_anew() {
    let (long, short) = (made_up(300, 1, false), made_up(40, 2, false));
    let mut pyramid = Pyramid::default();
    pyramid.extend(&long);
    pyramid.extend(&short);
    assert_eq!(as_points(&outline(&pyramid, &short, 0..40, 5)), brute_force(&short, 0..40, 5));
}
