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
    /// Divides songs, given their groups, into two sets of at most `size` songs. Groups take turns, so each set has half of
    /// them.
    pub fn new(groups: &[&str], size: usize) -> Self {
        let turns = turns(groups);
        let half = |first: usize| {
            let groups: Vec<&Vec<usize>> = turns.iter().skip(first).step_by(2).collect();
            take_turns(&groups, size)
        };
        Self { real: half(0), other: half(1) }
    }
}

/// Chooses at most `size` songs, given the group of each: one of every group, then a second one of every group, and so on.
/// Depends only on the groups.
pub fn choose(groups: &[&str], size: usize) -> Vec<usize> {
    take_turns(&turns(groups).iter().collect::<Vec<_>>(), size)
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

fn take_turns(turns: &[&Vec<usize>], size: usize) -> Vec<usize> {
    let longest = turns.iter().map(|songs| songs.len()).max().unwrap_or(0);
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
