//! Diversity of a set of songs.

use super::jaccard::jaccard_index;
use super::reconstruction::Counts;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Mean Jaccard index of pairs of songs, 0..=1: 0 if they share nothing, 1 if all are the same.
/// Cells are compared measure by measure; two empty songs are equal. `None` for fewer than two
/// songs.
///
/// At most `max_pairs` pairs (at least one) are compared. If there are more, they are divided into `max_pairs` equal ranges and one
/// pair is drawn from each with a fixed seed: equal arguments give equal results.
///
/// Random songs of a corpus like the thesis' have 0.012; a collapsed model reaches 1.
pub fn pair_jaccard(songs: &[Vec<Vec<u16>>], max_pairs: usize) -> Option<f64> {
    let songs_count = songs.len() as u64;
    let pairs = songs_count * songs_count.saturating_sub(1) / 2;
    if pairs == 0 {
        return None;
    }
    let taken = pairs.min(max_pairs.max(1) as u64);
    let mut random = ChaCha8Rng::seed_from_u64(0);
    let run_start = |run: u64| (u128::from(run) * u128::from(pairs) / u128::from(taken)) as u64;
    let total: f64 = (0..taken)
        .map(|run| {
            let (a, b) = pair(random.random_range(run_start(run)..run_start(run + 1)));
            song_jaccard(&songs[a as usize], &songs[b as usize])
        })
        .sum();
    Some(total / taken as f64)
}

/// Jaccard index of the cells of two songs, 0..=1; 1 if both are empty.
pub fn song_jaccard(a: &[Vec<u16>], b: &[Vec<u16>]) -> f64 {
    let counts = Counts::compare(a, b);
    jaccard_index(counts.hits as usize, counts.predicted as usize, counts.actual as usize)
}

/// Returns the pair `(a, b)`, `a < b`, at an index of the list (0,1), (0,2), (1,2), (0,3), ...
fn pair(place: u64) -> (u64, u64) {
    // The root is exact up to rounding; the two loops correct a step of it.
    let mut b = (((1.0 + 8.0 * place as f64).sqrt() + 1.0) / 2.0) as u64;
    while b * (b - 1) / 2 > place {
        b -= 1;
    }
    while b * (b + 1) / 2 <= place {
        b += 1;
    }
    (place - b * (b - 1) / 2, b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::testing::song;

    #[test]
    fn indices_number_each_pair_once() {
        let pairs: Vec<_> = (0..6).map(pair).collect();
        assert_eq!(pairs, [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3)]);
        let last = 100_000 * 99_999 / 2 - 1;
        assert_eq!(pair(last), (99_998, 99_999));
    }

    #[test]
    fn equal_songs_have_no_diversity() {
        let same = vec![song(&[(0, 0, 60), (5, 3, 70)]); 5];
        assert_eq!(pair_jaccard(&same, 100), Some(1.0));
    }

    #[test]
    fn few_pairs_are_all_compared() {
        let songs = [song(&[(0, 0, 60)]), song(&[(0, 0, 60)]), song(&[(1, 0, 60)])];
        assert_eq!(pair_jaccard(&songs, 3), Some(1.0 / 3.0));
        assert_eq!(pair_jaccard(&songs[..1], 3), None);
    }

    #[test]
    fn sampled_pairs_approximate_all_and_are_deterministic() {
        let songs: Vec<_> = (0..60).map(|at| song(&[(0, 0, 60), (1, 0, 50 + at % 7)])).collect();
        let (all, some) = (pair_jaccard(&songs, 10_000), pair_jaccard(&songs, 300));
        assert_eq!(some, pair_jaccard(&songs, 300));
        assert!((all.unwrap() - some.unwrap()).abs() < 0.03, "{all:?} {some:?}");
    }
}
