//! Two-sample tests by nearest neighbours.

use super::vectors::{distance, subsample_equal};

/// Number of neighbours that define the radius of a point.
const NEIGHBOURS: usize = 5;

/// Leave-one-out accuracy of the 1-NN two-sample test (Lopez-Paz & Oquab 2017), 0..=1: 0.5 for sets that cannot be
/// distinguished, 1 for sets that can, below 0.5 if the nearest neighbours are in the other set, as with copies. The larger
/// set is subsampled to the size of the smaller one. `None` with fewer than two points in a set.
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
            right += if own == other { 0.5 } else { f64::from(own < other) };
        }
    }
    Some(right / (2 * size) as f64)
}

/// Precision and recall of generated points among real ones, each 0..=1, higher is better.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Manifold {
    /// Share of the generated points within the radius of a real point (Kynkaanniemi et al. 2019): are generated songs
    /// similar to real ones?
    pub precision: f64,
    /// Share of the real points within the radius of a generated point: is every kind of real song generated?
    pub recall: f64,
    /// Share of the real points with a generated point within their own radius (Naeem et al. 2020): unlike recall, an
    /// outlier among the generated points cannot inflate it.
    pub coverage: f64,
}

/// Compares generated points with real ones. The radius of a point is the distance to its fifth neighbour in its own set.
/// `None` unless both sets have more than five points.
pub fn manifold(real: &[Vec<f64>], drawn: &[Vec<f64>]) -> Option<Manifold> {
    if real.len() <= NEIGHBOURS || drawn.len() <= NEIGHBOURS {
        return None;
    }
    let (real_radii, drawn_radii) = (knn_radii(real), knn_radii(drawn));
    let share = |count: usize, of: usize| count as f64 / of as f64;
    let inside = |point: &[f64], set: &[Vec<f64>], radii: &[f64]| {
        set.iter().zip(radii).any(|(other, &radius)| distance(point, other) <= radius)
    };
    let precise = drawn.iter().filter(|point| inside(point, real, &real_radii)).count();
    let recalled = real.iter().filter(|point| inside(point, drawn, &drawn_radii)).count();
    let covered = real
        .iter()
        .zip(&real_radii)
        .filter(|&(point, &radius)| drawn.iter().any(|other| distance(point, other) <= radius));
    Some(Manifold {
        precision: share(precise, drawn.len()),
        recall: share(recalled, real.len()),
        coverage: share(covered.count(), real.len()),
    })
}

/// Returns the squared distance of each point to its fifth neighbour in the set.
fn knn_radii(set: &[Vec<f64>]) -> Vec<f64> {
    let radius = |point: &Vec<f64>| {
        let mut all: Vec<f64> = set.iter().map(|other| distance(point, other)).collect();
        // The point itself is at index 0.
        *all.select_nth_unstable_by(NEIGHBOURS, f64::total_cmp).1
    };
    set.iter().map(radius).collect()
}

#[cfg(test)]
mod tests {
    use super::super::vectors::testing::cloud;
    use super::*;

    #[test]
    fn sets_of_one_source_cannot_be_distinguished_and_distant_ones_always() {
        let (a, b) = (cloud(300, 0.0, 1), cloud(300, 0.0, 2));
        let even = accuracy(&a, &b).unwrap();
        assert!((even - 0.5).abs() < 0.06, "{even}");
        assert_eq!(accuracy(&a, &cloud(300, 50.0, 3)), Some(1.0));
    }

    #[test]
    fn copies_score_below_a_half() {
        let a = cloud(100, 0.0, 1);
        assert_eq!(accuracy(&a, &a), Some(0.0));
    }

    #[test]
    fn larger_set_is_subsampled_to_the_size_of_the_smaller() {
        let (few, many) = (cloud(40, 0.0, 1), cloud(4000, 0.0, 2));
        let even = accuracy(&many, &few).unwrap();
        assert!((even - 0.5).abs() < 0.15, "{even}");
        assert_eq!(accuracy(&many, &few[..1]), None);
    }

    #[test]
    fn missing_kinds_lower_recall_but_not_precision() {
        let mut real = cloud(100, 0.0, 1);
        real.extend(cloud(100, 50.0, 2));
        let found = manifold(&real, &cloud(100, 0.0, 3)).unwrap();
        assert!(found.precision > 0.8 && found.recall < 0.6 && found.coverage < 0.6, "{found:?}");
        let same = manifold(&real, &real).unwrap();
        assert_eq!((same.precision, same.recall, same.coverage), (1.0, 1.0, 1.0));
        assert_eq!(manifold(&real, &real[..5]), None);
    }
}
