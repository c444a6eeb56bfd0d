//! Where the parts of the matrix are: pure arithmetic on the panel's size, the number of
//! classes and the lengths of their names.

/// Cells are never smaller, in points; below that the matrix scrolls.
const SMALLEST: f32 = 13.0;
/// Nor larger at zoom 1.
const LARGEST: f32 = 64.0;
/// Width of the column of recalls, height of the row of precisions.
pub const RECALL: f32 = 46.0;
pub const PRECISION: f32 = 20.0;
/// Height and width of the axis titles.
pub const TITLE: f32 = 17.0;
/// Cells at least this large carry numbers.
const NUMBERS: f32 = 17.0;

/// Sizes of the parts, in points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Layout {
    /// Width of the class names at the left.
    pub left: f32,
    /// Height of the class names at the top.
    pub top: f32,
    /// Side of a cell.
    pub cell: f32,
    /// Whether the names at the top are turned by 90 degrees.
    pub turned: bool,
    /// Whether cells carry numbers.
    pub numbers: bool,
}

/// The layout for a panel of `width` x `height`, `classes` classes whose longest name is
/// `longest` points wide, and cells `zoom` times as large as fits.
pub fn layout(width: f32, height: f32, classes: usize, longest: f32, zoom: f32) -> Layout {
    let count = classes.max(1) as f32;
    let left = (longest + 8.0).clamp(24.0, (width * 0.26).clamp(48.0, 150.0));
    let across = width - left - TITLE - RECALL;
    // Names that do not fit on their column are turned, and then need height.
    let fits = |cell: f32| longest + 6.0 <= cell;
    let flat = 18.0;
    let upright = (longest + 8.0).clamp(24.0, (height * 0.28).clamp(48.0, 110.0));
    let side = |top: f32| {
        let down = height - top - TITLE - PRECISION;
        ((across / count).min(down / count).clamp(SMALLEST, LARGEST) * zoom).floor()
    };
    let turned = !fits(side(flat));
    let top = if turned { upright } else { flat };
    let cell = side(top);
    Layout { left, top, cell, turned, numbers: cell >= NUMBERS }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matrices_of_two_to_a_hundred_classes_find_room() {
        for (width, height) in [(300.0, 260.0), (380.0, 360.0), (900.0, 800.0)] {
            for classes in [2, 10, 30, 100] {
                for longest in [10.0, 70.0, 400.0] {
                    let found = layout(width, height, classes, longest, 1.0);
                    assert!((SMALLEST..=LARGEST).contains(&found.cell), "{found:?}");
                    assert!(found.left <= 150.0 && found.top <= 110.0);
                    assert!(found.left + TITLE + RECALL < width);
                }
            }
        }
        let ten = layout(420.0, 400.0, 10, 60.0, 1.0);
        assert!(ten.numbers && ten.turned, "{ten:?}");
        assert!(ten.left + TITLE + RECALL + ten.cell * 10.0 <= 420.0, "ten classes need no scrolling");
        assert!(!layout(420.0, 400.0, 2, 40.0, 1.0).turned);
        assert!(layout(420.0, 400.0, 100, 60.0, 3.0).numbers, "zoom brings the numbers back");
    }
}
