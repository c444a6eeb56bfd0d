//! Forks in the charts: up to the step of its checkpoint a fork is its parent. Where the parent is
//! drawn too, a fork beside the shown run begins there, so that one line parts in two. Pure
//! functions.

use super::Extra;
use crate::app::{Point, RunView};
use crate::runs::Parent;
use std::path::Path;

/// Whether a folder is that of the run that a fork comes from.
pub fn is(folder: &Path, parent: &Parent) -> bool {
    // The folder of runs may have been moved since; names are dated.
    folder == parent.folder || folder.file_name().is_some_and(|name| *name == *parent.run)
}

/// Sets from where each of the runs beside the shown one is drawn.
pub(super) fn begin<'a>(shown: &RunView, mut extras: Vec<Extra<'a>>) -> Vec<Extra<'a>> {
    let folders: Vec<&Path> =
        std::iter::once(shown.folder.as_path()).chain(extras.iter().map(|e| e.folder)).collect();
    let begins: Vec<f64> = extras
        .iter()
        .map(|extra| {
            let parent = extra.run.and_then(|run| run.parent.as_ref());
            let drawn = parent.filter(|parent| folders.iter().any(|folder| is(folder, parent)));
            drawn.map_or(0.0, |parent| parent.step as f64)
        })
        .collect();
    for (extra, begins) in extras.iter_mut().zip(begins) {
        extra.begins = begins;
    }
    extras
}

/// The part of a range from a step on.
pub fn range([low, high]: [f64; 2], begins: f64) -> [f64; 2] {
    // Just behind it, because the point before the range is drawn as well.
    let begins = if begins > 0.0 { begins + 0.5 } else { begins };
    [low.max(begins), high.max(begins)]
}

/// The points from a step on.
pub fn after(mut points: Vec<Point>, begins: f64) -> Vec<Point> {
    points.retain(|[step, _]| *step >= begins);
    points
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::Color32;

    fn run(folder: &str, parent: Option<(&str, u64)>) -> RunView {
        let parent = parent.map(|(run, step)| Parent {
            run: run.to_owned(),
            folder: format!("/old/{run}").into(),
            step,
            checkpoint: String::new(),
        });
        RunView { folder: folder.into(), parent, ..RunView::default() }
    }

    fn extra(run: &RunView) -> Extra<'_> {
        let (folder, color) = (run.folder.as_path(), Color32::WHITE);
        Extra { folder, name: String::new(), color, run: Some(run), begins: 0.0 }
    }

    fn begins(shown: &RunView, others: &[RunView]) -> Vec<f64> {
        begin(shown, others.iter().map(extra).collect()).iter().map(|extra| extra.begins).collect()
    }

    #[test]
    fn a_fork_begins_at_its_step_where_its_parent_is_drawn_too() {
        let (parent, fork) = (run("/runs/a", None), run("/runs/b", Some(("a", 40))));
        let other = run("/runs/c", Some(("gone", 10)));
        assert_eq!(begins(&parent, &[fork.clone(), other.clone()]), [40.0, 0.0]);
        assert_eq!(begins(&other, &[fork.clone(), parent.clone()]), [40.0, 0.0], "both beside another");
        assert_eq!(begins(&other, std::slice::from_ref(&fork)), [0.0], "alone it is drawn whole");
        assert_eq!(begins(&fork, &[parent]), [0.0]);
    }

    #[test]
    fn what_lies_before_is_left_out() {
        assert_eq!(range([0.0, 100.0], 0.0), [0.0, 100.0]);
        assert_eq!(range([0.0, 100.0], 40.0), [40.5, 100.0]);
        assert_eq!(range([60.0, 100.0], 40.0), [60.0, 100.0]);
        assert_eq!(range([0.0, 30.0], 40.0), [40.5, 40.5], "nothing of it is in the picture");
        assert_eq!(after(vec![[10.0, 1.0], [40.0, 2.0], [50.0, 3.0]], 40.0), [[40.0, 2.0], [50.0, 3.0]]);
    }
}
