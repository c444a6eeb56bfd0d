//! How many charts go into each row: pure arithmetic on the size of the panel.

/// Smallest useful chart, in points.
pub const SMALLEST: [f32; 2] = [210.0, 112.0];
/// Width of a chart divided by its height that reads best.
const ASPECT: f32 = 2.0;

/// Charts in each row for `count` charts in a panel of `width` x `height`, and the height of
/// a row. Rows above have no more charts than rows below, so that the first charts are the
/// widest. Rows that do not fit are scrolled.
pub fn rows(count: usize, width: f32, height: f32) -> (Vec<usize>, f32) {
    let cost = |rows: usize| {
        let across = count.div_ceil(rows) as f32;
        let row_height = (height / rows as f32).max(SMALLEST[1]);
        let aspect = (width / across) / row_height;
        let too_narrow = (SMALLEST[0] - width / across).max(0.0) / SMALLEST[0];
        // Many charts are scrolled anyway: twice as far costs the same again, whatever it was.
        let scrolled = (row_height * rows as f32 / height.max(1.0)).max(1.0).ln();
        (aspect / ASPECT).ln().abs() + 8.0 * too_narrow + scrolled
    };
    let best = (1..=count).min_by(|a, b| cost(*a).total_cmp(&cost(*b))).unwrap_or(1);
    let (least, more) = (count / best, count % best);
    let across = (0..best).map(|row| least + usize::from(row >= best - more)).collect();
    (across, (height / best as f32).max(SMALLEST[1]))
}

#[cfg(test)]
mod tests {
    use super::{SMALLEST, rows};

    #[test]
    fn charts_fill_the_panel_and_the_first_are_the_widest() {
        for count in 1..12 {
            for (width, height) in [(250.0, 900.0), (900.0, 300.0), (900.0, 900.0), (2500.0, 400.0)] {
                let (across, row_height) = rows(count, width, height);
                assert_eq!(across.iter().sum::<usize>(), count);
                assert!(across.windows(2).all(|pair| pair[0] <= pair[1]), "{across:?}");
                assert!(row_height >= SMALLEST[1]);
            }
        }
        assert_eq!(rows(5, 930.0, 330.0).0, [2, 3]);
        assert_eq!(rows(5, 240.0, 900.0).0, [1, 1, 1, 1, 1]);
        assert_eq!(rows(5, 2400.0, 200.0).0, [5]);
    }
}
