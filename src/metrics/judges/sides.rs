//! Chooses songs for comparisons, so that few groups do not dominate.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::collections::HashMap;

const SEED: u64 = 0;

/// Two sets of songs without a common group, as indices.
#[derive(Debug, Clone, PartialEq)]
pub struct Sides {
    /// The real songs of every comparison.
    pub real: Vec<usize>,
    /// Other real songs, for the null and the power; empty if there are too few groups.
    pub other: Vec<usize>,
}

impl Sides {
    /// Divides songs, given their groups, into at most `real` and `other` songs. Real songs come first: with few groups,
    /// half of them.
    pub fn new(groups: &[&str], size: usize) -> Self {
        let turns = turns(groups);
        // One group in two is on the other side, as long as both get as many songs as they need.
        let (mut even, mut odd): (Vec<Vec<usize>>, Vec<Vec<usize>>) = (Vec::new(), Vec::new());
        for (place, group) in turns.into_iter().enumerate() {
            if place % 2 == 0 { even.push(group) } else { odd.push(group) }
        }
        Self { real: take_turns(&even, size), other: take_turns(&odd, size) }
    }
}

/// Chooses at most `size` songs, given the group of each: one of every group, then a second one of every group, and so on.
/// Depends only on the groups.
pub fn choose(groups: &[&str], size: usize) -> Vec<usize> {
    take_turns(&turns(groups), size)
}

/// Returns the songs of each group; groups and songs are in random order.
fn turns(groups: &[&str]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(SEED));
    let (mut turns, mut places): (Vec<Vec<usize>>, HashMap<&str, usize>) = Default::default();
    for song in order {
        let place = *places.entry(groups[song]).or_insert(turns.len());
        match turns.get_mut(place) {
            Some(songs) => songs.push(song),
            None => turns.push(vec![song]),
        }
    }
    turns
}

fn take_turns(turns: &[Vec<usize>], size: usize) -> Vec<usize> {
    let longest = turns.iter().map(Vec::len).max().unwrap_or(0);
    let rounds = (0..longest).flat_map(|round| turns.iter().filter_map(move |it| it.get(round)));
    rounds.copied().take(size).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_group_has_its_turn_before_any_has_a_second_one() {
        let groups = ["a", "a", "a", "a", "b", "c", "c"];
        let chosen = choose(&groups, 4);
        let first: BTreeSet<&str> = chosen[..3].iter().map(|&song| groups[song]).collect();
        assert_eq!((chosen.len(), first.len()), (4, 3));
        assert_eq!(choose(&groups, 99).len(), 7);
        assert_eq!(choose(&groups, 4), chosen);
        assert!(choose(&[], 4).is_empty());
    }

    #[test]
    fn sides_share_no_group() {
        let groups: Vec<String> = (0..60).map(|song| (song / 3).to_string()).collect();
        let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
        let Sides { real, other } = Sides::new(&groups, 20);
        let of = |songs: &[usize]| songs.iter().map(|&song| groups[song]).collect::<BTreeSet<_>>();
        assert_eq!((real.len(), other.len()), (20, 20));
        assert!(of(&real).is_disjoint(&of(&other)));
    }
}
