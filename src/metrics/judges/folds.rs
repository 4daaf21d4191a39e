//! Folds of a cross-validation by group.

use std::collections::HashMap;

/// Number of folds.
pub(super) const FOLDS: usize = 5;

/// Returns the fold of each song of two sets, given their groups. Songs of one group are in one fold, also across the sets.
/// The groups of each set take turns, so that every fold has about equally many songs of both sets.
pub(super) fn folds<'a>(sets: [&[&'a str]; 2]) -> [Vec<usize>; 2] {
    let mut known: HashMap<&'a str, usize> = HashMap::new();
    sets.map(|groups| {
        let mut turns = (0..FOLDS).cycle();
        let mut folds = Vec::with_capacity(groups.len());
        for &group in groups {
            folds.push(*known.entry(group).or_insert_with(|| turns.next().unwrap_or_default()));
        }
        folds
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn songs_of_one_group_are_in_one_fold_and_folds_are_even() {
        let first = ["a", "b", "a", "c", "d", "e", "f"];
        let second = ["x", "a", "y", "z"];
        let [a, b] = folds([&first, &second]);
        assert_eq!(a, [0, 1, 0, 2, 3, 4, 0]);
        assert_eq!(b, [0, 0, 1, 2]);
    }
}
