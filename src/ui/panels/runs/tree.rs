//! The order of the list as a tree: each run is followed by its forks, however the list is sorted.
//! Pure functions.

use crate::app::RunRow;
use std::collections::HashMap;

/// A run in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which of the runs.
    pub run: usize,
    /// 0, or how many parents above it are in the list.
    pub depth: usize,
}

/// Puts the forks among the runs in `order` below their parents, in that order among themselves.
/// One whose parent is not in the list stands for itself.
pub fn tree(runs: &[RunRow], order: &[usize]) -> Vec<Place> {
    let listed = || order.iter().filter_map(|run| Some((*run, runs.get(*run)?)));
    let names: HashMap<&str, usize> = listed().map(|(run, row)| (row.name.as_str(), run)).collect();
    let folders: HashMap<_, usize> = listed().map(|(run, row)| (row.folder.as_path(), run)).collect();
    let mut forks: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut roots = Vec::new();
    for (run, row) in listed() {
        let parent = row.parent.as_ref().and_then(|parent| {
            // The folder of runs may have been moved since; names are dated.
            folders.get(parent.folder.as_path()).or_else(|| names.get(parent.run.as_str())).copied()
        });
        match parent.filter(|parent| *parent != run) {
            Some(parent) => forks.entry(parent).or_default().push(run),
            None => roots.push(run),
        }
    }
    let mut places = Vec::with_capacity(order.len());
    for root in roots {
        below(root, 0, &mut forks, &mut places);
    }
    // Runs that name each other as parents, which only an edited file says, are none's forks.
    for run in order {
        if forks.values().any(|forks| forks.contains(run)) {
            below(*run, 0, &mut forks, &mut places);
        }
    }
    places
}

/// A run, then its forks; each is taken out, so that none comes twice.
fn below(run: usize, depth: usize, forks: &mut HashMap<usize, Vec<usize>>, places: &mut Vec<Place>) {
    let mut waiting = vec![(run, depth)];
    while let Some((run, depth)) = waiting.pop() {
        if places.iter().any(|place| place.run == run) {
            continue;
        }
        places.push(Place { run, depth });
        let own = forks.remove(&run).unwrap_or_default();
        waiting.extend(own.into_iter().rev().map(|fork| (fork, depth + 1)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::Parent;

    fn runs(lines: &[(&str, &str)]) -> Vec<RunRow> {
        let parent = |run: &str| Parent {
            run: run.to_owned(),
            folder: format!("/elsewhere/{run}").into(),
            step: 4,
            checkpoint: String::new(),
        };
        lines
            .iter()
            .map(|(name, from)| RunRow {
                folder: format!("/runs/{name}").into(),
                name: (*name).to_owned(),
                parent: (!from.is_empty()).then(|| parent(from)),
                ..RunRow::default()
            })
            .collect()
    }

    fn drawn(runs: &[RunRow], order: &[usize]) -> String {
        let line = |place: Place| format!("{}{} ", "-".repeat(place.depth), runs[place.run].name);
        tree(runs, order).into_iter().map(line).collect()
    }

    #[test]
    fn forks_stand_below_their_parents_in_the_order_of_the_list() {
        let runs = runs(&[("a", ""), ("b", "a"), ("c", ""), ("d", "b"), ("e", "a")]);
        assert_eq!(drawn(&runs, &[4, 3, 2, 1, 0]), "c a -e -b --d ");
        assert_eq!(drawn(&runs, &[0, 1, 2, 3, 4]), "a -b --d -e c ");
    }

    #[test]
    fn a_fork_whose_parent_is_gone_or_not_found_stands_for_itself() {
        let runs = runs(&[("a", ""), ("b", "a"), ("c", "gone"), ("d", "b")]);
        assert_eq!(drawn(&runs, &[2, 0, 1, 3]), "c a -b --d ");
        assert_eq!(drawn(&runs, &[3, 1]), "b -d ", "a search found these");
    }

    #[test]
    fn no_run_is_lost_or_comes_twice_whatever_the_files_say() {
        let runs = runs(&[("a", "b"), ("b", "a"), ("c", "c"), ("d", "a")]);
        let mut found: Vec<usize> = tree(&runs, &[0, 1, 2, 3]).iter().map(|place| place.run).collect();
        found.sort_unstable();
        assert_eq!(found, [0, 1, 2, 3]);
    }
}
