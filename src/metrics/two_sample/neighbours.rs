//! Two sets of points, told apart by who stands beside whom.

use super::vectors::{distance, subsample_equal};

/// Neighbours that span a point's surroundings.
const NEIGHBOURS: usize = 5;

/// Leave-one-out accuracy of the nearest neighbour in telling the sets apart (Lopez-Paz & Oquab 2017),
/// 0..=1: 0.5 for sets that cannot be told apart, 1 for sets that can, below 0.5 where each point stands
/// beside one of the other set, as copies do. Of the larger set as many points are taken as the smaller
/// one has. `None` with fewer than two points in a set.
pub fn accuracy(a: &[Vec<f64>], b: &[Vec<f64>]) -> Option<f64> {
    let sets = subsample_equal(a, b);
    let size = sets[0].len();
    if size < 2 {
        return None;
    }
    let nearest = |point: &[f64], set: &[&[f64]], skip: Option<usize>| {
        let others = set.iter().enumerate().filter(|(at, _)| Some(*at) != skip);
        others.map(|(_, other)| distance(point, other)).fold(f64::INFINITY, f64::min)
    };
    let mut right = 0.0;
    for side in 0..2 {
        for (at, point) in sets[side].iter().enumerate() {
            let own = nearest(point, &sets[side], Some(at));
            let other = nearest(point, &sets[1 - side], None);
            right += match own.total_cmp(&other) {
                std::cmp::Ordering::Less => 1.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Greater => 0.0,
            };
        }
    }
    Some(right / (2 * size) as f64)
}

/// How drawn points lie among real ones, each 0..=1, higher is better.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Manifold {
    /// Share of the drawn points inside the surroundings of a real point (Kynkaanniemi et al. 2019): are
    /// drawn songs like real ones?
    pub precision: f64,
    /// Share of the real points inside the surroundings of a drawn point: is every kind of real song
    /// drawn?
    pub recall: f64,
    /// Share of the real points with a drawn point inside their own surroundings (Naeem et al. 2020):
    /// recall that one outlier among the drawn points cannot inflate.
    pub coverage: f64,
}

/// Compares drawn points with real ones. A point's surroundings reach to its fifth neighbour in its own
/// set. `None` unless both sets have more than five points.
pub fn manifold(real: &[Vec<f64>], drawn: &[Vec<f64>]) -> Option<Manifold> {
    if real.len() <= NEIGHBOURS || drawn.len() <= NEIGHBOURS {
        return None;
    }
    let (real_reach, drawn_reach) = (knn_radii(real), knn_radii(drawn));
    let share = |count: usize, of: usize| count as f64 / of as f64;
    let inside = |point: &[f64], set: &[Vec<f64>], reaches: &[f64]| {
        set.iter().zip(reaches).any(|(other, &reach)| distance(point, other) <= reach)
    };
    let precise = drawn.iter().filter(|point| inside(point, real, &real_reach)).count();
    let recalled = real.iter().filter(|point| inside(point, drawn, &drawn_reach)).count();
    let covered = real
        .iter()
        .zip(&real_reach)
        .filter(|(point, reach)| drawn.iter().any(|other| distance(point, other) <= **reach));
    Some(Manifold {
        precision: share(precise, drawn.len()),
        recall: share(recalled, real.len()),
        coverage: share(covered.count(), real.len()),
    })
}

/// Squared distance of each point to its fifth neighbour in the set.
fn knn_radii(set: &[Vec<f64>]) -> Vec<f64> {
    let reach = |point: &Vec<f64>| {
        let mut all: Vec<f64> = set.iter().map(|other| distance(point, other)).collect();
        // The point itself stands at place 0.
        *all.select_nth_unstable_by(NEIGHBOURS, f64::total_cmp).1
    };
    set.iter().map(reach).collect()
}

#[cfg(test)]
mod tests {
    use super::super::vectors::testing::cloud;
    use super::*;

    #[test]
    fn sets_of_one_source_cannot_be_told_apart_and_distant_ones_always() {
        let (a, b) = (cloud(300, 0.0, 1), cloud(300, 0.0, 2));
        let even = accuracy(&a, &b).unwrap();
        assert!((even - 0.5).abs() < 0.06, "{even}");
        assert_eq!(accuracy(&a, &cloud(300, 50.0, 3)), Some(1.0));
    }

    #[test]
    fn copies_are_below_a_half() {
        let a = cloud(100, 0.0, 1);
        assert_eq!(accuracy(&a, &a), Some(0.0));
    }

    #[test]
    fn the_larger_set_is_cut_to_the_size_of_the_smaller() {
        let (few, many) = (cloud(40, 0.0, 1), cloud(4000, 0.0, 2));
        let even = accuracy(&many, &few).unwrap();
        assert!((even - 0.5).abs() < 0.15, "{even}");
        assert_eq!(accuracy(&many, &few[..1]), None);
    }

    #[test]
    fn a_set_that_lacks_a_kind_is_precise_without_recall() {
        let mut real = cloud(100, 0.0, 1);
        real.extend(cloud(100, 50.0, 2));
        let found = manifold(&real, &cloud(100, 0.0, 3)).unwrap();
        assert!(found.precision > 0.8 && found.recall < 0.6 && found.coverage < 0.6, "{found:?}");
        let same = manifold(&real, &real).unwrap();
        assert_eq!((same.precision, same.recall, same.coverage), (1.0, 1.0, 1.0));
        assert_eq!(manifold(&real, &real[..5]), None);
    }
}
