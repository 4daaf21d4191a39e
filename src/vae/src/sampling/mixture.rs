//! A mixture of Gaussians, fitted by expectation-maximization (EM).
//!
//! Started by k-means++ (Arthur & Vassilvitskii 2007) and run for a fixed number of rounds, so that the work
//! is known beforehand, and equal points, options and seed give an equal mixture.

use super::em::{Component, Covariance, DataStats, responsibilities};
use super::gaussian::Gaussian;
use crate::rng::{self, Purpose};
use rand::RngCore;
use rand_chacha::ChaCha8Rng;

/// Rounds of EM.
const ROUNDS: usize = 30;

/// Parameters of [`Mixture::fit`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MixtureOptions {
    /// Number of Gaussians; fewer if there are fewer different points.
    pub components: usize,
    /// Their correlations.
    pub covariance: Covariance,
    /// Seed for the points that they start from.
    pub seed: u64,
}

/// A mixture of Gaussians on the latent space.
#[derive(Debug, Clone, PartialEq)]
pub struct Mixture {
    /// Cumulative weights, the last is 1: a component is chosen if a uniform number is below its bound and
    /// not below the one before.
    bounds: Vec<f64>,
    components: Vec<Gaussian>,
}

impl Mixture {
    /// Fits a mixture to `points` of equal length; finally adds `more` to the variances of each component,
    /// one number per dimension, or none. No point gives the standard normal distribution of as many
    /// dimensions as `more` has.
    pub fn fit(points: &[Vec<f32>], more: &[f32], options: MixtureOptions) -> Self {
        if points.is_empty() {
            return Self { bounds: vec![1.0], components: vec![Gaussian::fit(points, more)] };
        }
        let points: Vec<Vec<f64>> =
            points.iter().map(|p| p.iter().copied().map(f64::from).collect()).collect();
        let stats = DataStats::compute(&points, options.covariance);
        let mut components = stats.initial_components(&points, &start_points(&points, options));
        for _ in 0..ROUNDS {
            let responsibilities = responsibilities(&points, &components);
            components = stats.m_step(&points, &components, &responsibilities);
        }
        let mut bound = 0.0;
        let cumulative = |component: &Component| {
            bound += component.weight;
            bound
        };
        let mut bounds: Vec<f64> = components.iter().map(cumulative).collect();
        if let Some(last) = bounds.last_mut() {
            *last = 1.0;
        }
        let gaussian = |component: Component| component.into_gaussian(more);
        Self { bounds, components: components.into_iter().map(gaussian).collect() }
    }

    /// Returns the number of Gaussians.
    pub fn len(&self) -> usize {
        self.components.len()
    }

    /// Returns true if there is no Gaussian, which [`fit`](Self::fit) never gives.
    pub fn is_empty(&self) -> bool {
        self.components.is_empty()
    }

    /// Samples the point of a seed and an index; `temperature` scales its distance from its component's mean.
    pub fn sample(&self, seed: u64, index: u64, temperature: f32) -> Vec<f32> {
        let uniform = uniform(&mut rng::stream(seed, Purpose::MixtureComponent, index));
        let chosen = self.bounds.partition_point(|&bound| bound <= uniform);
        self.components[chosen.min(self.components.len() - 1)].sample(seed, index, temperature)
    }
}

/// Samples a number in `[0, 1)`.
fn uniform(random: &mut ChaCha8Rng) -> f64 {
    (random.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
}

/// Chooses the points that components start from, all different: the first at random, each next one with a
/// probability proportional to its squared distance from the chosen ones.
fn start_points(points: &[Vec<f64>], options: MixtureOptions) -> Vec<usize> {
    let mut random = rng::stream(options.seed, Purpose::MixtureStart, 0);
    let mut chosen =
        vec![((uniform(&mut random) * points.len() as f64) as usize).min(points.len() - 1)];
    let mut distances = vec![f64::INFINITY; points.len()];
    while chosen.len() < options.components {
        let latest = &points[chosen[chosen.len() - 1]];
        for (distance, point) in distances.iter_mut().zip(points) {
            let from_latest = point.iter().zip(latest).map(|(a, b)| (a - b) * (a - b)).sum();
            *distance = distance.min(from_latest);
        }
        let total: f64 = distances.iter().sum();
        let mut rest = uniform(&mut random) * total;
        let next = distances.iter().position(|&distance| {
            rest -= distance;
            distance > 0.0 && rest <= 0.0
        });
        // Rounding may leave a rest: then the last possible point.
        match next.or_else(|| distances.iter().rposition(|&distance| distance > 0.0)) {
            Some(next) => chosen.push(next),
            None => break,
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two clouds of standard deviation 0.1, a third of the points around (3, 0) and the rest around (-3, 1).
    fn two_clouds(count: u64) -> Vec<Vec<f32>> {
        let point = |index: u64| {
            let noise = rng::normal(&mut rng::stream(2, Purpose::Prior, index), 2);
            let (x, y) = if index.is_multiple_of(3) { (3.0, 0.0) } else { (-3.0, 1.0) };
            vec![x + 0.1 * noise[0], y + 0.1 * noise[1]]
        };
        (0..count).map(point).collect()
    }

    fn options(components: usize, covariance: Covariance) -> MixtureOptions {
        MixtureOptions { components, covariance, seed: 5 }
    }

    #[test]
    fn samples_are_from_each_cloud_in_proportion_to_its_points_and_never_between() {
        for covariance in [Covariance::Diagonal, Covariance::Full] {
            for components in [2, 5] {
                let mixture = Mixture::fit(&two_clouds(300), &[], options(components, covariance));
                assert_eq!(mixture.len(), components);
                let samples: Vec<_> =
                    (0..3000).map(|index| mixture.sample(1, index, 1.0)).collect();
                let right = samples.iter().filter(|point| point[0] > 0.0).count();
                assert!((900..1100).contains(&right), "{covariance:?} {components}: {right}");
                let near = |p: &Vec<f32>| {
                    let (x, y) = if p[0] > 0.0 { (3.0, 0.0) } else { (-3.0, 1.0) };
                    (p[0] - x).hypot(p[1] - y) < 1.5
                };
                assert!(samples.iter().all(near), "{covariance:?} {components}");
            }
        }
    }

    #[test]
    fn full_components_fit_a_correlation_and_diagonal_ones_do_not() {
        let line: Vec<Vec<f32>> = (0..500)
            .map(|index| {
                let noise = rng::normal(&mut rng::stream(2, Purpose::Prior, index), 2);
                vec![noise[0], noise[0] + 0.05 * noise[1]]
            })
            .collect();
        let apart = |covariance| {
            let mixture = Mixture::fit(&line, &[], options(1, covariance));
            let samples = (0..2000).map(|index| mixture.sample(1, index, 1.0));
            samples.map(|p| f64::from(p[1] - p[0]).powi(2)).sum::<f64>() / 2000.0
        };
        assert!(apart(Covariance::Full) < 0.05);
        assert!(apart(Covariance::Diagonal) > 1.5);
    }

    #[test]
    fn equal_seeds_give_equal_samples_and_temperature_0_gives_means() {
        let (points, options) = (two_clouds(90), options(2, Covariance::Full));
        let mixture = Mixture::fit(&points, &[], options);
        assert_eq!(Mixture::fit(&points, &[], options), mixture);
        let many: Vec<_> = (0..50).map(|index| mixture.sample(1, index, 0.0)).collect();
        let mut distinct = many.clone();
        distinct.sort_by(|a, b| a[0].total_cmp(&b[0]));
        distinct.dedup();
        assert_eq!(distinct.len(), 2);
        assert_eq!(mixture.sample(1, 7, 0.0), many[7]);
    }

    #[test]
    fn few_or_equal_points_give_fewer_components_and_finite_samples() {
        let mixture = Mixture::fit(&vec![vec![1.0, 2.0]; 9], &[], options(4, Covariance::Full));
        assert_eq!(mixture.len(), 1);
        let samples = mixture.sample(1, 0, 1.0);
        assert!((samples[0] - 1.0).abs() < 0.01 && (samples[1] - 2.0).abs() < 0.01, "{samples:?}");
        let three = [vec![0.0; 6], vec![1.0; 6], vec![-2.0, 0.0, 0.0, 0.0, 0.0, 4.0]];
        for covariance in [Covariance::Diagonal, Covariance::Full] {
            let mixture = Mixture::fit(&three, &[], options(10, covariance));
            assert_eq!(mixture.len(), 3);
            let samples = (0..100).flat_map(|index| mixture.sample(1, index, 1.0));
            assert!(samples.into_iter().all(|value| value.is_finite() && value.abs() < 20.0));
        }
        let none = Mixture::fit(&[], &[1.0; 3], options(4, Covariance::Full));
        assert_eq!(none.sample(1, 0, 1.0).len(), 3);
    }
}
